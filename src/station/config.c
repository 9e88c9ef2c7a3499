/* SPDX-License-Identifier: Apache-2.0 */
#include "station/config.h"

#include "base/format.h"
#include "base/wipe.h"
#include "station/label.h"
#include <confuse.h>
#include <limits.h>
#include <nameplate/nerveskey.h>
#include <stdio.h>
#include <stdlib.h>

typedef enum value_kind { VALUE_TEXT, VALUE_NUMBER, VALUE_FLAG, VALUE_LIST } value_kind;

typedef bool text_check(const char *text);

/* What a key takes, and where it goes. */
typedef struct key_row {
    np_station_key key;
    value_kind kind;
    size_t offset; /* in np_station_config, or in np_station_bay */
    size_t size;   /* of a text, with its NUL */
    long preset, min, max;
    const char *preset_text;
    size_t list_max;
    size_t count_offset; /* of a list */
    text_check *check;   /* NULL: any text */
    const char *takes;   /* what the check wants, for people */
} key_row;

#define MEMBER(name)  offsetof(np_station_config, name)
#define SIZE_OF(name) sizeof(((np_station_config *)0)->name)
#define PLACE(name)   .offset = MEMBER(name), .size = SIZE_OF(name)
#define BAY(name)                                                                                  \
    .offset = offsetof(np_station_bay, name), .size = sizeof(((np_station_bay *)0)->name)
#define NUMBER(a, b, c) .kind = VALUE_NUMBER, .preset = (a), .min = (b), .max = (c)

static bool is_conflict(const char *text)
{
    for (unsigned i = 0; i < NP_CONFLICT_COUNT; i++) {
        if (strcmp(np_on_conflict_name((np_on_conflict)i), text) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_check(const char *text)
{
    for (unsigned i = 0; i < NP_CHECK_COUNT; i++) {
        if (strcmp(np_check_name((np_check)i), text) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_serials(const char *text)
{
    np_serials serials;
    return np_serials_parse(text, &serials, NULL) == NP_OK;
}

static bool is_label_format(const char *text)
{
    np_label_format format;
    return np_label_format_find(text, &format);
}

static bool is_host_and_port(const char *text)
{
    const char *colon = strrchr(text, ':');
    return colon != NULL && colon != text && colon[1] != '\0' &&
           strspn(colon + 1, "0123456789") == strlen(colon + 1);
}

static const key_row rows[] = {
    {{"", "name", "\"st07\"", "the station's name in the record; else that of its key", false},
     PLACE(name)},
    {{"", "key", "\"st07.key\"", "the station's private key (station key create), PEM", true},
     PLACE(key)},
    {{"", "record", "\"units.npj\"", "the record of what was made; it is made when it is not there",
      true},
     PLACE(record)},
    {{"", "listen", "\"127.0.0.1:8600\"", "address of the operator's screen; else there is none",
      false},
     PLACE(listen),
     .check = is_host_and_port,
     .takes = "an address and a port, as \"127.0.0.1:8600\""},
    {{"", "events", "\"station.sock\"", "a unix socket that tells events, a line of JSON each",
      false},
     PLACE(events)},
    {{"signer", "certificate", "\"acme.cert\"", "the signer's certificate, PEM", true},
     PLACE(signer.certificate)},
    {{"signer", "key", "\"acme.key\"", "its key: a PEM file or a pkcs11: URI", true},
     PLACE(signer.key)},
    {{"signer", "passphrase_file", "\"acme.pass\"", "file with the key's passphrase or the PIN",
      false},
     PLACE(signer.passphrase_file)},
    {{"authorization", "file", "\"b42.auth\"", "the right to issue: how many, which, until when",
      false},
     PLACE(authorization.file)},
    {{"authorization", "authority", "\"authority.pub\"", "public key of who signed it, PEM", false},
     PLACE(authorization.authority)},
    {{"authorization", "registry", "\"sqlite:line.db\"",
      "registry that counts for all stations; else the record alone counts", false},
     PLACE(authorization.registry)},
    {{"product", "name", "\"tracker2\"", "the product, as record and registry have it", false},
     PLACE(product.name)},
    {{"product", "serial", "\"T2-{6}\"", "scan, or a pattern whose braces hold its digits", false},
     PLACE(product.serial),
     .preset_text = "scan",
     .check = is_serials,
     .takes = "scan, or a text with its digits in braces, as \"T2-{6}\""},
    {{"product", "first", "1", "the first number of a pattern", false},
     .offset = MEMBER(product.first),
     NUMBER(1, 0, INT_MAX)},
    {{"product", "batch", "\"b42\"", "the batch's name; an authorization has its own", false},
     PLACE(product.batch)},
    {{"product", "tags", "{\"line3\"}", "tags of the units", false},
     PLACE(product.tags),
     .kind = VALUE_LIST,
     .list_max = NP_STATION_TAGS_MAX,
     .count_offset = MEMBER(product.tag_count)},
    {{"product", "label", "\"label.conf\"", "template of the label; else none is printed", false},
     PLACE(product.label)},
    {{"product", "label_output", "\"labels\"", "printer or folder that the labels go to", false},
     PLACE(product.label_output)},
    {{"product", "label_format", "\"zpl\"", "svg, png or zpl", false},
     PLACE(product.label_format),
     .preset_text = "zpl",
     .check = is_label_format,
     .takes = "svg, png or zpl"},
    {{"chip", "layout", "\"nerveskey\"", "what chips are made into", false},
     PLACE(chip.layout),
     .preset_text = "nerveskey"},
    {{"chip", "board", "\"tracker2\"", "the board's name on the chip; else NervesKey", false},
     PLACE(chip.board)},
    {{"chip", "user_data", "\"data.bin\"", "file with user data for the chip's OTP", false},
     PLACE(chip.user_data)},
    {{"chip", "verify", "{\"challenge\"}",
      "checks of chip verify to be passed once more when all is locked", false},
     PLACE(chip.verify),
     .kind = VALUE_LIST,
     .list_max = NP_STATION_CHECKS_MAX,
     .count_offset = MEMBER(chip.verify_count),
     .check = is_check,
     .takes = "layout, locks, otp, signer, device, time and challenge"},
    {{"modem", "sectag", "16842753", "security tag of key and certificate", false},
     .offset = MEMBER(modem.sectag),
     NUMBER(16842753, 0, INT_MAX)},
    {{"modem", "root", "\"root.pem\"", "another root to go with the servers' own, PEM", false},
     PLACE(modem.root)},
    {{"modem", "coap", "true", "also the root of the CoAP service", false},
     .offset = MEMBER(modem.coap),
     .kind = VALUE_FLAG},
    {{"modem", "profile", "\"nrf-2026\"", "profile of the certificate", false},
     PLACE(modem.profile),
     .preset_text = "nrf-2026"},
    {{"modem", "days", "3650", "how long certificates are valid", false},
     .offset = MEMBER(modem.days),
     NUMBER(3650, 1, 36500)},
    {{"modem", "local", "false", "make keys here, for modems that cannot", false},
     .offset = MEMBER(modem.is_local),
     .kind = VALUE_FLAG},
    {{"modem", "journals", "\"modems\"",
      "folder of what must outlive a crash; else that of the record", false},
     PLACE(modem.journals)},
    {{"test", "gateway", "\"localhost:8443\"", "gateway that plays the cloud; else no test", false},
     PLACE(test.gateway),
     .check = is_host_and_port,
     .takes = "a host and a port, as \"localhost:8443\""},
    {{"test", "ca", "\"server.pem\"", "whose certificates the gateway has, PEM", false},
     PLACE(test.ca)},
    {{"test", "timeout_s", "10", "how long the gateway may take", false},
     .offset = MEMBER(test.timeout_s),
     NUMBER(10, 1, 600)},
    {{"policy", "on_conflict", "fail", "fail, keep or replace, when serial and part do not fit",
      false},
     .offset = MEMBER(policy.on_conflict),
     .preset_text = "fail",
     .check = is_conflict,
     .takes = "fail, keep or replace"},
    {{"policy", "retries", "1", "how often a unit is tried again at once", false},
     .offset = MEMBER(policy.retries),
     NUMBER(1, 0, 100)},
    {{"policy", "stop_after", "3", "station faults in a row that stop the line; 0: never", false},
     .offset = MEMBER(policy.stop_after),
     NUMBER(3, 0, 1000)},
    {{"policy", "poll_ms", "500", "how often a bay is looked at", false},
     .offset = MEMBER(policy.poll_ms),
     NUMBER(500, 10, 60000)},
    {{"sync", "to", "\"/mnt/transfer\"", "registry URI, or a folder, that the record goes to",
      false},
     PLACE(sync.to)},
    {{"sync", "organisation", "\"acme\"", "whose devices they are in the registry", false},
     PLACE(sync.organisation)},
    {{"sync", "every_s", "0", "how often a running station does it; 0: by station sync alone",
      false},
     .offset = MEMBER(sync.every_s),
     NUMBER(0, 0, 86400)},
    {{"sync", "timeout_s", "600", "how long one may take then before it is ended", false},
     .offset = MEMBER(sync.timeout_s),
     NUMBER(600, 1, 86400)},
    {{"bay", "chip", "\"i2c:/dev/i2c-1\"", "where the chip is", false}, BAY(chip)},
    {{"bay", "modem", "\"serial:/dev/ttyACM0\"", "where the modem is", false}, BAY(modem)},
};

enum { ROW_COUNT = sizeof(rows) / sizeof(rows[0]), TABLE_SIZE = 16, SECTIONS_MAX = 10 };

const np_station_key *np_station_key_at(size_t index)
{
    return index < ROW_COUNT ? &rows[index].key : NULL;
}

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

/* Checking, as values come in. */

/* libconfuse calls what stands outside all sections "root". */
static bool is_in(const key_row *row, const cfg_t *cfg)
{
    return strcmp(row->key.section, strcmp(cfg->name, "root") == 0 ? "" : cfg->name) == 0;
}

static const key_row *row_of(const cfg_t *cfg, const cfg_opt_t *opt)
{
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (is_in(&rows[i], cfg) && strcmp(rows[i].key.name, opt->name) == 0) {
            return &rows[i];
        }
    }
    return NULL;
}

static int check_number(cfg_t *cfg, cfg_opt_t *opt)
{
    const key_row *row = row_of(cfg, opt);
    long value = cfg_opt_getnint(opt, cfg_opt_size(opt) - 1);
    if (value < row->min || value > row->max) {
        cfg_error(cfg, "%s takes %ld to %ld, not %ld", opt->name, row->min, row->max, value);
        return -1;
    }
    return 0;
}

static size_t room_of(const key_row *row)
{
    return row->kind == VALUE_LIST || row->size == 0 ? NP_STATION_NAME_SIZE : row->size;
}

static int check_text(cfg_t *cfg, cfg_opt_t *opt)
{
    const key_row *row = row_of(cfg, opt);
    const char *text = cfg_opt_getnstr(opt, cfg_opt_size(opt) - 1);
    size_t len = text == NULL ? 0 : strlen(text);
    if (len == 0 || len >= room_of(row)) {
        cfg_error(cfg, "%s takes a text of 1 to %d bytes", opt->name, (int)room_of(row) - 1);
        return -1;
    }
    if (row->check != NULL && !row->check(text)) {
        cfg_error(cfg, "%s takes %s, not '%s'", opt->name, row->takes, text);
        return -1;
    }
    if (row->kind == VALUE_LIST && cfg_opt_size(opt) > row->list_max) {
        cfg_error(cfg, "%s takes at most %d texts", opt->name, (int)row->list_max);
        return -1;
    }
    return 0;
}

static int check_bay(cfg_t *cfg, cfg_opt_t *opt)
{
    cfg_t *bay = cfg_opt_getnsec(opt, cfg_opt_size(opt) - 1);
    size_t len = strlen(cfg_title(bay));
    if (len == 0 || len >= NP_STATION_NAME_SIZE || cfg_opt_size(opt) > NP_STATION_BAYS_MAX) {
        cfg_error(cfg, "at most %d bays, with names of 1 to %d bytes", NP_STATION_BAYS_MAX,
                  NP_STATION_NAME_SIZE - 1);
        return -1;
    }
    if (cfg_size(bay, "chip") == 0 && cfg_size(bay, "modem") == 0) {
        cfg_error(cfg, "bay \"%s\" has neither a chip nor a modem", cfg_title(bay));
        return -1;
    }
    return 0;
}

/* The tables of libconfuse, made of ours. */

typedef struct option_table {
    const char *section;
    size_t count;
    cfg_opt_t options[TABLE_SIZE + SECTIONS_MAX];
} option_table;

typedef struct option_tables {
    option_table tables[SECTIONS_MAX]; /* the first is that outside all sections */
    size_t count;
} option_tables;

static void add_option(option_table *table, cfg_opt_t option)
{
    table->options[table->count++] = option;
}

static option_table *table_of(option_tables *tables, const char *section)
{
    for (size_t i = 0; i < tables->count; i++) {
        if (strcmp(tables->tables[i].section, section) == 0) {
            return &tables->tables[i];
        }
    }
    tables->tables[tables->count] = (option_table){.section = section};
    return &tables->tables[tables->count++];
}

static cfg_opt_t option_of(const key_row *row)
{
    static const cfg_type_t types[] = {[VALUE_TEXT] = CFGT_STR,
                                       [VALUE_NUMBER] = CFGT_INT,
                                       [VALUE_FLAG] = CFGT_BOOL,
                                       [VALUE_LIST] = CFGT_STR};
    cfg_flag_t list = row->kind == VALUE_LIST ? CFGF_LIST : CFGF_NONE;
    return (cfg_opt_t){.name = row->key.name,
                       .type = types[row->kind],
                       .flags = CFGF_NODEFAULT | list,
                       .validcb = row->kind == VALUE_NUMBER ? check_number
                                  : row->kind == VALUE_FLAG ? NULL
                                                            : check_text};
}

static void fill(option_tables *tables, void **error)
{
    for (size_t i = 0; i < ROW_COUNT; i++) {
        add_option(table_of(tables, rows[i].key.section), option_of(&rows[i]));
    }
    for (size_t i = 0; i < tables->count; i++) {
        option_table *table = &tables->tables[i];
        bool is_bay = strcmp(table->section, "bay") == 0;
        if (i > 0) {
            add_option(&tables->tables[0],
                       (cfg_opt_t){.name = table->section,
                                   .type = CFGT_SEC,
                                   .flags = is_bay ? CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES
                                                   : CFGF_NODEFAULT,
                                   .subopts = table->options,
                                   .validcb = is_bay ? check_bay : NULL});
        }
    }
    for (size_t i = 0; i < tables->count; i++) {
        add_option(&tables->tables[i],
                   (cfg_opt_t){.name = error_row, .type = CFGT_NONE, .simple_value.ptr = error});
    }
}

/* Taking what was read. */

static void put_text(const key_row *row, const char *text, char *place)
{
    np_format(place, room_of(row), "%s", text == NULL ? "" : text);
}

static void take_list(const key_row *row, cfg_t *section, char *base)
{
    size_t count = section == NULL ? 0 : cfg_size(section, row->key.name);
    for (size_t i = 0; i < count; i++) {
        put_text(row, cfg_getnstr(section, row->key.name, (unsigned)i),
                 base + row->offset + i * NP_STATION_NAME_SIZE);
    }
    memcpy(base + row->count_offset, &count, sizeof(count));
}

static void take_number(const key_row *row, const char *name, cfg_t *section, char *place)
{
    unsigned number = (unsigned)(section == NULL ? row->preset : cfg_getint(section, name));
    memcpy(place, &number, sizeof(number));
}

/* The enumeration is checked text until here. */
static void take_conflict(const char *text, char *place)
{
    np_on_conflict found = NP_CONFLICT_FAIL;
    for (unsigned i = 0; i < NP_CONFLICT_COUNT; i++) {
        found =
            strcmp(np_on_conflict_name((np_on_conflict)i), text) == 0 ? (np_on_conflict)i : found;
    }
    memcpy(place, &found, sizeof(found));
}

/* section NULL: the key is not given. base: the configuration, or a bay of it. */
static void take_value(const key_row *row, cfg_t *section, char *base)
{
    const char *name = row->key.name;
    char *place = base + row->offset;
    bool flag;
    const char *text;
    switch (row->kind) {
    case VALUE_LIST:
        take_list(row, section, base);
        break;
    case VALUE_NUMBER:
        take_number(row, name, section, place);
        break;
    case VALUE_FLAG:
        flag = section != NULL && cfg_getbool(section, name);
        memcpy(place, &flag, sizeof(flag));
        break;
    default:
        text = section == NULL ? row->preset_text : cfg_getstr(section, name);
        if (row->check == is_conflict) {
            take_conflict(text, place);
        } else {
            put_text(row, text, place);
        }
    }
}

/* NULL when the key is not given; a required one that is missing is an error. */
static cfg_t *find(cfg_t *cfg, const key_row *row)
{
    const char *section = row->key.section;
    cfg_t *found = section[0] == '\0'           ? cfg
                   : cfg_size(cfg, section) > 0 ? cfg_getsec(cfg, section)
                                                : NULL;
    found = found != NULL && cfg_size(found, row->key.name) > 0 ? found : NULL;
    if (found == NULL && row->key.is_required) {
        cfg_error(cfg, "%s%s%s is missing", section, section[0] == '\0' ? "" : ".", row->key.name);
    }
    return found;
}

static void take_bays(cfg_t *cfg, np_station_config *ret)
{
    ret->bay_count = cfg_size(cfg, "bay");
    for (size_t i = 0; i < ret->bay_count; i++) {
        cfg_t *from = cfg_getnsec(cfg, "bay", (unsigned)i);
        np_station_bay *to = &ret->bays[i];
        np_format(to->name, sizeof(to->name), "%s", cfg_title(from));
        for (size_t j = 0; j < ROW_COUNT; j++) {
            if (strcmp(rows[j].key.section, "bay") == 0) {
                cfg_t *given = cfg_size(from, rows[j].key.name) > 0 ? from : NULL;
                take_value(&rows[j], given, (char *)to);
            }
        }
        ret->has_chip = ret->has_chip || to->chip[0] != '\0';
        ret->has_modem = ret->has_modem || to->modem[0] != '\0';
    }
}

static bool has_file_twice(const np_station_config *config, const char **ret_uri)
{
    for (size_t i = 0; i < config->bay_count; i++) {
        for (size_t j = 0; j < i; j++) {
            const np_station_bay *a = &config->bays[i];
            const np_station_bay *b = &config->bays[j];
            *ret_uri = a->chip[0] != '\0' && strcmp(a->chip, b->chip) == 0      ? a->chip
                       : a->modem[0] != '\0' && strcmp(a->modem, b->modem) == 0 ? a->modem
                                                                                : NULL;
            if (*ret_uri != NULL) {
                return true;
            }
        }
    }
    return false;
}

/* What no single key can tell. */
static void check_whole(cfg_t *cfg, const np_station_config *config)
{
    const char *uri;
    if (config->bay_count == 0) {
        cfg_error(cfg, "there is no bay: bay \"1\" { chip = \"i2c:/dev/i2c-1\" }");
    } else if (has_file_twice(config, &uri)) {
        cfg_error(cfg, "two bays have %s", uri);
    }
    bool has_file = config->authorization.file[0] != '\0';
    if (!has_file &&
        (config->authorization.authority[0] != '\0' || config->authorization.registry[0] != '\0')) {
        cfg_error(cfg, "authorization.authority and registry are of an authorization.file");
    }
    if (config->sync.every_s > 0 && config->sync.to[0] == '\0') {
        cfg_error(cfg, "sync.every_s needs sync.to");
    }
    for (size_t i = 0; i < config->bay_count; i++) {
        const np_station_bay *bay = &config->bays[i];
        if ((bay->chip[0] != '\0') != config->has_chip ||
            (bay->modem[0] != '\0') != config->has_modem) {
            cfg_error(cfg, "bay \"%s\" has other parts than the rest", bay->name);
        }
    }
}

static void take_all(cfg_t *cfg, np_station_config *ret)
{
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (strcmp(rows[i].key.section, "bay") != 0) {
            take_value(&rows[i], find(cfg, &rows[i]), (char *)ret);
        }
    }
    take_bays(cfg, ret);
    check_whole(cfg, ret);
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

static np_code parse(cfg_t *cfg, FILE *file, np_station_config *ret, np_error *err)
{
    if (cfg_parse_fp(cfg, file) != CFG_SUCCESS) {
        cfg_error(cfg, "this is not understood");
        return err->code;
    }
    take_all(cfg, ret);
    if (err->code == NP_OK) {
        NP_TRY(np_serials_parse(ret->product.serial, &ret->product.serials, err));
    }
    return err->code;
}

np_code np_station_config_parse(np_bytes text, const char *name, np_station_config *ret,
                                np_error *err)
{
    option_tables tables = {0};
    np_error local = {0};
    void *error = &local;
    *ret = (np_station_config){0};
    if (text.len == 0 || memchr(text.data, '\0', text.len) != NULL) {
        return np_error_set(err, NP_EINPUT_FORMAT, "%s:1: %s", name,
                            text.len == 0 ? "the file is empty" : "no text");
    }
    union {
        const uint8_t *read;
        void *kept;
    } bytes = {.read = text.data}; /* fmemopen reads only */
    fill(&tables, &error);
    NP_CLEANUP(free_cfg) cfg_t *cfg = cfg_init(tables.tables[0].options, CFGF_NONE);
    NP_CLEANUP(close_file) FILE *file = fmemopen(bytes.kept, text.len, "r");
    char *filename = strdup(name);
    if (cfg == NULL || file == NULL || filename == NULL) {
        free(filename);
        return np_error_set(err, NP_ESTATION_MEMORY, "out of memory");
    }
    cfg->filename = filename;
    cfg_set_error_function(cfg, take_error);
    np_code code = parse(cfg, file, ret, &local);
    return code == NP_OK ? NP_OK : np_error_set(err, code, "%s", local.message);
}
