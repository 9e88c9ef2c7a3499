/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/config.h"

#include "base/format.h"
#include "base/wipe.h"
#include <confuse.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#define MEMBER(name) offsetof(np_gateway_config, name)

typedef struct number_row {
    const char *name;
    size_t offset; /* of an unsigned */
    long preset, min, max;
    bool is_of_management; /* inside its braces */
} number_row;

static const number_row numbers[] = {
    {"processes", MEMBER(processes), 1, 1, 256, false},
    {"registry_connections", MEMBER(registry_connections), 4, 1, 64, false},
    {"registry_wait_ms", MEMBER(registry_wait_ms), 5000, 1, 60000, false},
    {"connections", MEMBER(limits.connections), 10000, 0, INT_MAX, false},
    {"connections_per_second", MEMBER(limits.per_second), 1000, 0, INT_MAX, false},
    {"connections_per_address", MEMBER(limits.per_address), 0, 0, INT_MAX, false},
    {"handshake_ms", MEMBER(handshake_ms), 10000, 100, 600000, false},
    {"idle_ms", MEMBER(idle_ms), 180000, 100, INT_MAX, false},
    {"request_ms", MEMBER(request_ms), 10000, 100, 600000, false},
    {"stop_ms", MEMBER(stop_ms), 5000, 0, 600000, false},
    {"clock_skew_s", MEMBER(policy.skew_s), 300, 0, 86400, false},
    {"log_refusals", MEMBER(quiet.of_all), 1000, 0, INT_MAX, false},
    {"log_refusals_per_source", MEMBER(quiet.of_one), 20, 0, INT_MAX, false},
    {"nh1_iterations_min", MEMBER(nh1.iterations_min), 1000, 1, 100000, false},
    {"nh1_iterations_max", MEMBER(nh1.iterations_max), 10000, 1, 100000, false},
    {"nh1_window_s", MEMBER(nh1.window_s), 90, 1, 3600, false},
    {"nh1_skew_s", MEMBER(nh1.skew_s), 0, 0, 3600, false},
    {"certificates_per_device", MEMBER(policy.certificates_per_device), 0, 0, INT_MAX, false},
    {"connections", MEMBER(management.connections), 256, 1, 100000, true},
    {"upload_mb", MEMBER(management.upload_mb), 512, 1, 65536, true},
    {"upload_ms", MEMBER(management.upload_ms), 600000, 1000, INT_MAX, true},
};

typedef struct text_row {
    const char *name;
    size_t offset; /* of NP_CONFIG_TEXT_SIZE chars */
    bool is_required;
    bool is_of_management;
} text_row;

static const text_row texts[] = {
    {"certificate", MEMBER(certificate), true, false},
    {"key", MEMBER(key), true, false},
    {"registry", MEMBER(registry), false, false},
    {"certificate", MEMBER(management.certificate), false, true},
    {"key", MEMBER(management.key), false, true},
};

static const char *const log_names[NP_LOG_COUNT] = {"all", "refused", "none"};

enum {
    OTHERS = 7, /* log, refuse_expired_known, upstream, listen, management, the error, the end */
    ROWS_MAX = sizeof(numbers) / sizeof(numbers[0]) + sizeof(texts) / sizeof(texts[0]) + OTHERS,
};

/*
 * libconfuse hands no pointer through to its callbacks. Each table of options has a row that no
 * text can set (it has no type), whose pointer leads to the error.
 */
static const char error_row[] = "";

static np_error *error_of(const cfg_t *cfg)
{
    for (const cfg_opt_t *opt = cfg->opts; opt->name != NULL; opt++) {
        if (opt->name[0] == '\0') {
            return opt->simple_value.ptr == NULL ? NULL : *opt->simple_value.ptr;
        }
    }
    return NULL;
}

static void take_error(cfg_t *cfg, const char *format, va_list list) NP_PRINTF(2, 0);

static void take_error(cfg_t *cfg, const char *format, va_list list)
{
    char text[NP_ERROR_MESSAGE_SIZE];
    np_error *err = error_of(cfg);
    (void)vsnprintf(text, sizeof(text), format, list);
    if (err != NULL && err->code == NP_OK) { /* the first is the cause of those behind it */
        np_error_set(err, NP_EINPUT_FORMAT, "%s:%d: %s", cfg->filename, cfg->line, text);
    }
}

static bool is_management(cfg_t *cfg)
{
    return strcmp(cfg_name(cfg), "management") == 0;
}

static int check_number(cfg_t *cfg, cfg_opt_t *opt)
{
    long value = cfg_opt_getnint(opt, cfg_opt_size(opt) - 1);
    for (size_t i = 0; i < NP_COUNT_OF(numbers); i++) {
        const number_row *row = &numbers[i];
        bool is_it =
            strcmp(row->name, opt->name) == 0 && row->is_of_management == is_management(cfg);
        if (is_it && (value < row->min || value > row->max)) {
            cfg_error(cfg, "%s takes %ld to %ld, not %ld", row->name, row->min, row->max, value);
            return -1;
        }
    }
    return 0;
}

static const char *last_text(cfg_opt_t *opt)
{
    const char *text = cfg_opt_getnstr(opt, cfg_opt_size(opt) - 1);
    return text == NULL ? "" : text;
}

static int check_text(cfg_t *cfg, cfg_opt_t *opt)
{
    size_t len = strlen(last_text(opt));
    if (len == 0 || len >= NP_CONFIG_TEXT_SIZE) {
        cfg_error(cfg, "%s takes a text of 1 to %d bytes", opt->name, NP_CONFIG_TEXT_SIZE - 1);
        return -1;
    }
    return 0;
}

static bool parse_log(const char *text, np_config_log *ret)
{
    for (size_t i = 0; i < NP_LOG_COUNT; i++) {
        if (strcmp(log_names[i], text) == 0) {
            *ret = (np_config_log)i;
            return true;
        }
    }
    return false;
}

static int check_log(cfg_t *cfg, cfg_opt_t *opt)
{
    np_config_log log;
    if (!parse_log(last_text(opt), &log)) {
        cfg_error(cfg, "log takes all, refused or none, not '%s'", last_text(opt));
        return -1;
    }
    return 0;
}

static int check_proxy(cfg_t *cfg, cfg_opt_t *opt)
{
    if (strcmp(last_text(opt), "v2") != 0 && strcmp(last_text(opt), "none") != 0) {
        cfg_error(cfg, "proxy takes v2 or none, not '%s'", last_text(opt));
        return -1;
    }
    return 0;
}

static int check_upstream(cfg_t *cfg, cfg_opt_t *opt)
{
    np_address address;
    cfg_t *section = cfg_opt_getnsec(opt, cfg_opt_size(opt) - 1);
    const char *to = cfg_getstr(section, "address");
    size_t len = strlen(cfg_title(section));
    if (to == NULL || !np_address_parse(to, &address)) {
        cfg_error(cfg,
                  "upstream \"%s\": address takes \"192.0.2.1:1883\", \"[::1]:1883\" or "
                  "\"unix:/path\"",
                  cfg_title(section));
        return -1;
    }
    if (len == 0 || len >= NP_CONFIG_NAME_SIZE || cfg_opt_size(opt) > NP_CONFIG_UPSTREAMS_MAX) {
        cfg_error(cfg, "at most %d upstreams, with names of 1 to %d bytes", NP_CONFIG_UPSTREAMS_MAX,
                  NP_CONFIG_NAME_SIZE - 1);
        return -1;
    }
    return 0;
}

static int check_listener(cfg_t *cfg, cfg_opt_t *opt)
{
    np_address address;
    cfg_t *section = cfg_opt_getnsec(opt, cfg_opt_size(opt) - 1);
    if (!np_address_parse(cfg_title(section), &address) || address.storage.ss_family == AF_UNIX) {
        cfg_error(cfg,
                  "listen takes an address and a port, as \"0.0.0.0:8443\" or "
                  "\"[::]:8443\", not \"%s\"",
                  cfg_title(section));
        return -1;
    }
    if (cfg_opt_size(opt) > NP_CONFIG_LISTENERS_MAX) {
        cfg_error(cfg, "at most %d addresses to listen at", NP_CONFIG_LISTENERS_MAX);
        return -1;
    }
    return 0;
}

static int check_management(cfg_t *cfg, cfg_opt_t *opt)
{
    np_address address;
    cfg_t *section = cfg_opt_getnsec(opt, cfg_opt_size(opt) - 1);
    const char *at = cfg_getstr(section, "listen");
    bool has_certificate = cfg_size(section, "certificate") > 0;
    if (cfg_opt_size(opt) > 1) {
        cfg_error(cfg, "management is said once");
        return -1;
    }
    if (at == NULL || !np_address_parse(at, &address)) {
        cfg_error(cfg, "management: listen takes \"127.0.0.1:8444\", \"[::1]:8444\" or "
                       "\"unix:/path\"");
        return -1;
    }
    if (has_certificate != (cfg_size(section, "key") > 0)) {
        cfg_error(cfg, "management: certificate and key belong together");
        return -1;
    }
    if (!has_certificate && !np_address_is_local(&address)) {
        cfg_error(cfg,
                  "management: tokens do not go over a network unprotected: give certificate and "
                  "key, or listen at \"127.0.0.1:...\", \"[::1]:...\" or \"unix:/path\", not %s",
                  at);
        return -1;
    }
    return 0;
}

typedef struct option_tables {
    cfg_opt_t root[ROWS_MAX];
    cfg_opt_t management[ROWS_MAX];
    cfg_opt_t upstream[4];
    cfg_opt_t listener[4];
} option_tables;

static cfg_opt_t row(const char *name, cfg_type_t type, cfg_validate_callback_t check)
{
    return (cfg_opt_t){.name = name, .type = type, .flags = CFGF_NODEFAULT, .validcb = check};
}

static cfg_opt_t error_option(void **pointer)
{
    return (cfg_opt_t){.name = error_row, .type = CFGT_NONE, .simple_value.ptr = pointer};
}

static cfg_opt_t section(const char *name, cfg_opt_t *options, cfg_validate_callback_t check)
{
    return (cfg_opt_t){.name = name,
                       .type = CFGT_SEC,
                       .flags = CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES,
                       .subopts = options,
                       .validcb = check};
}

/* The rows of numbers and texts of one of the two tables; how many. */
static size_t fill_rows(cfg_opt_t *table, bool is_of_management)
{
    size_t count = 0;
    for (size_t i = 0; i < NP_COUNT_OF(numbers); i++) {
        if (numbers[i].is_of_management == is_of_management) {
            table[count++] = row(numbers[i].name, CFGT_INT, check_number);
        }
    }
    for (size_t i = 0; i < NP_COUNT_OF(texts); i++) {
        if (texts[i].is_of_management == is_of_management) {
            table[count++] = row(texts[i].name, CFGT_STR, check_text);
        }
    }
    return count;
}

static void fill(option_tables *tables, void **error)
{
    size_t count = fill_rows(tables->management, true);
    tables->management[count++] = row("listen", CFGT_STR, check_text);
    tables->management[count] = error_option(error);
    count = fill_rows(tables->root, false);
    tables->root[count++] = row("log", CFGT_STR, check_log);
    tables->root[count++] = row("refuse_expired_known", CFGT_BOOL, NULL);
    tables->root[count++] = section("upstream", tables->upstream, check_upstream);
    tables->root[count++] = section("listen", tables->listener, check_listener);
    tables->root[count] = section("management", tables->management, check_management);
    tables->root[count++].flags = CFGF_MULTI;
    tables->root[count] = error_option(error);
    tables->upstream[0] = row("address", CFGT_STR, check_text);
    tables->upstream[1] = row("proxy", CFGT_STR, check_proxy);
    tables->upstream[2] = error_option(error);
    tables->listener[0] = row("upstream", CFGT_STR, check_text);
    tables->listener[1] = row("shared_secrets", CFGT_BOOL, NULL);
    tables->listener[2] = error_option(error);
}

/* Of the table or, where its section is missing (NULL), all presets. */
static void take_rows(cfg_t *cfg, bool is_of_management, np_gateway_config *ret)
{
    for (size_t i = 0; i < NP_COUNT_OF(numbers); i++) {
        if (numbers[i].is_of_management == is_of_management) {
            bool is_given = cfg != NULL && cfg_size(cfg, numbers[i].name) > 0;
            long value = is_given ? cfg_getint(cfg, numbers[i].name) : numbers[i].preset;
            unsigned number = (unsigned)value;
            memcpy((char *)ret + numbers[i].offset, &number, sizeof(number));
        }
    }
    for (size_t i = 0; i < NP_COUNT_OF(texts); i++) {
        if (texts[i].is_of_management == is_of_management) {
            const char *text = cfg == NULL ? NULL : cfg_getstr(cfg, texts[i].name);
            np_format((char *)ret + texts[i].offset, NP_CONFIG_TEXT_SIZE, "%s",
                      text == NULL ? "" : text);
        }
    }
}

static void take_management(cfg_t *cfg, np_gateway_config *ret)
{
    cfg_t *from = cfg_size(cfg, "management") == 0 ? NULL : cfg_getnsec(cfg, "management", 0);
    take_rows(from, true, ret);
    ret->management.is_on =
        from != NULL && np_address_parse(cfg_getstr(from, "listen"), &ret->management.address);
}

static void take_values(cfg_t *cfg, np_gateway_config *ret)
{
    take_rows(cfg, false, ret);
    if (cfg_size(cfg, "log") > 0) {
        (void)parse_log(cfg_getstr(cfg, "log"), &ret->log);
    }
    ret->nh1.is_enabled = true;
    ret->nh1.key_min = np_nh1_policy_default.key_min;
    ret->nh1.key_max = np_nh1_policy_default.key_max;
    ret->policy.refuses_expired_known =
        cfg_size(cfg, "refuse_expired_known") > 0 && cfg_getbool(cfg, "refuse_expired_known");
}

static void take_upstreams(cfg_t *cfg, np_gateway_config *ret)
{
    ret->upstream_count = cfg_size(cfg, "upstream");
    for (size_t i = 0; i < ret->upstream_count; i++) {
        cfg_t *from = cfg_getnsec(cfg, "upstream", (unsigned)i);
        np_config_upstream *to = &ret->upstreams[i];
        np_format(to->name, sizeof(to->name), "%s", cfg_title(from));
        (void)np_address_parse(cfg_getstr(from, "address"), &to->address);
        to->sends_proxy =
            cfg_size(from, "proxy") > 0 && strcmp(cfg_getstr(from, "proxy"), "v2") == 0;
    }
}

static int find_upstream(const np_gateway_config *config, const char *name)
{
    for (size_t i = 0; i < config->upstream_count; i++) {
        if (strcmp(config->upstreams[i].name, name) == 0) {
            return (int)i;
        }
    }
    return -1;
}

static void take_listeners(cfg_t *cfg, np_gateway_config *ret)
{
    ret->listener_count = cfg_size(cfg, "listen");
    for (size_t i = 0; i < ret->listener_count; i++) {
        cfg_t *from = cfg_getnsec(cfg, "listen", (unsigned)i);
        np_config_listener *to = &ret->listeners[i];
        (void)np_address_parse(cfg_title(from), &to->address);
        bool is_given = cfg_size(from, "upstream") > 0;
        to->upstream = is_given ? find_upstream(ret, cfg_getstr(from, "upstream")) : -1;
        to->takes_secrets =
            cfg_size(from, "shared_secrets") > 0 && cfg_getbool(from, "shared_secrets");
        if (is_given && to->upstream < 0) {
            cfg_error(from, "there is no upstream \"%s\"", cfg_getstr(from, "upstream"));
        }
    }
    if (ret->listener_count == 0) {
        cfg_error(cfg, "nothing says where to listen: listen \"0.0.0.0:8443\" {}");
    }
}

static void require_texts(cfg_t *cfg)
{
    for (size_t i = 0; i < NP_COUNT_OF(texts); i++) {
        if (texts[i].is_required && cfg_size(cfg, texts[i].name) == 0) {
            cfg_error(cfg, "%s is missing", texts[i].name);
        }
    }
}

static void free_cfg(cfg_t **cfg)
{
    if (*cfg != NULL) {
        cfg_free(*cfg);
    }
}

static void close_file(FILE **file)
{
    if (*file != NULL) {
        (void)fclose(*file);
    }
}

static np_code parse(cfg_t *cfg, FILE *file, np_gateway_config *ret, const np_error *err)
{
    if (cfg_parse_fp(cfg, file) != CFG_SUCCESS) {
        cfg_error(cfg, "this is not understood");
        return err->code;
    }
    require_texts(cfg);
    take_values(cfg, ret);
    take_upstreams(cfg, ret);
    take_listeners(cfg, ret);
    take_management(cfg, ret);
    return err->code;
}

np_code np_gateway_config_parse(np_bytes text, const char *name, np_gateway_config *ret,
                                np_error *err)
{
    option_tables tables = {0};
    np_error local = {0};
    void *error = &local;
    *ret = (np_gateway_config){0};
    if (text.len == 0 || memchr(text.data, '\0', text.len) != NULL) {
        return np_error_set(err, NP_EINPUT_FORMAT, "%s:1: %s", name,
                            text.len == 0 ? "the file is empty" : "no text");
    }
    union {
        const uint8_t *read;
        void *kept;
    } bytes = {.read = text.data}; /* fmemopen reads only */
    fill(&tables, &error);
    NP_CLEANUP(free_cfg) cfg_t *cfg = cfg_init(tables.root, CFGF_NONE);
    NP_CLEANUP(close_file) FILE *file = fmemopen(bytes.kept, text.len, "r");
    char *filename = strdup(name);
    if (cfg == NULL || file == NULL || filename == NULL) {
        free(filename);
        return np_error_set(err, NP_ESTATION_MEMORY, "out of memory");
    }
    cfg->filename = filename;
    cfg_set_error_function(cfg, take_error);
    np_code code = parse(cfg, file, ret, &local);
    if (code != NP_OK) {
        return np_error_set(err, code, "%s", local.message);
    }
    return NP_OK;
}
