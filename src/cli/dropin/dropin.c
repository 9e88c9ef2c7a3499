/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/dropin/dropin.h"

#include "base/format.h"
#include "cli/file.h"
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static const dropin_program *const programs[] = {
    &dropin_claim_devices,
    &dropin_create_ca_cert,
    &dropin_create_device_credentials,
    &dropin_create_proxy_jwt,
    &dropin_installer,
    &dropin_gather_attestation_tokens,
    &dropin_modem_credentials_parser,
    &dropin_nrf_cloud_onboard,
    &dropin_nrf_cloud_provision,
};

const dropin_program *dropin_find(const char *name)
{
    const char *slash = strrchr(name, '/');
    const char *base = slash == NULL ? name : slash + 1;
    for (size_t i = 0; i < NP_COUNT_OF(programs); i++) {
        size_t len = strlen(programs[i]->name);
        if (strncmp(base, programs[i]->name, len) == 0 &&
            (base[len] == '\0' || strcmp(base + len, ".py") == 0)) {
            return programs[i];
        }
    }
    return NULL;
}

/* The row that a word names, and the value that stands in the same word ("--dv=7"). */
static const dropin_option *find_option(const dropin_program *program, const char *word,
                                        dropin_arguments *ret, const char **ret_value)
{
    const char *equals = strncmp(word, "--", 2) == 0 ? strchr(word, '=') : NULL;
    size_t len = equals == NULL ? strlen(word) : (size_t)(equals - word);
    *ret_value = equals == NULL ? NULL : equals + 1;
    for (size_t i = 0; i < program->option_count; i++) {
        const dropin_option *row = &program->options[i];
        const char *const spellings[] = {row->old, row->current, row->alias};
        for (size_t k = 0; k < NP_COUNT_OF(spellings); k++) {
            if (spellings[k] != NULL && strlen(spellings[k]) == len &&
                strncmp(spellings[k], word, len) == 0) {
                bool has_changed = row->old == NULL || strcmp(row->old, row->current) != 0;
                ret->is_of_2022 |= has_changed && k == 0;
                ret->is_of_2026 |= has_changed && k == 1;
                return row;
            }
        }
    }
    return NULL;
}

static np_code parse(const dropin_program *program, int argc, char **argv, dropin_arguments *ret,
                     np_error *err)
{
    *ret = (dropin_arguments){0};
    for (int i = 1; i < argc; i++) {
        const char *value = NULL;
        if (strcmp(argv[i], "-h") == 0 || strcmp(argv[i], "--help") == 0) {
            ret->help = true;
            return NP_OK;
        }
        const dropin_option *row = find_option(program, argv[i], ret, &value);
        if (row == NULL) {
            return np_error_set(err, NP_EUSAGE, "unrecognized argument: %s", argv[i]);
        }
        if (row->is_flag) {
            *(bool *)((char *)ret + row->offset) = true;
            continue;
        }
        value = value == NULL && i + 1 < argc ? argv[++i] : value;
        if (value == NULL) {
            return np_error_set(err, NP_EUSAGE, "argument %s: expected one argument", argv[i]);
        }
        memcpy((char *)ret + row->offset, &value, sizeof(value));
    }
    return ret->is_of_2022 && ret->is_of_2026
               ? np_error_set(err, NP_EUSAGE,
                              "options in the spelling of 2022 and of today are mixed, so that it "
                              "is open what certificate is wanted")
               : NP_OK;
}

static void print_usage(const dropin_program *program, FILE *stream)
{
    fprintf(stream, "usage: %s", program->name);
    for (size_t i = 0; i < program->option_count; i++) {
        const dropin_option *row = &program->options[i];
        bool has_two = row->old != NULL && strcmp(row->old, row->current) != 0;
        fprintf(stream, " [%s%s%s%s]", has_two ? row->old : "", has_two ? "|" : "", row->current,
                row->is_flag ? "" : " VALUE");
    }
    fprintf(stream, "\n");
}

int dropin_main(const dropin_program *program, int argc, char **argv)
{
    dropin_arguments arguments;
    np_error err = {0};
    np_code code = parse(program, argc, argv, &arguments, &err);
    if (code == NP_OK && arguments.help) {
        print_usage(program, stdout);
        printf("\n%s\n", program->purpose);
        return 0;
    }
    code = code == NP_OK ? program->run(&arguments, &err) : code;
    if (code == NP_OK && fflush(stdout) == 0) {
        return 0;
    }
    if (code == NP_EUSAGE) {
        print_usage(program, stderr);
    }
    fprintf(stderr, "%s: error: %s\n", program->name,
            code == NP_OK ? "stdout cannot be written" : err.message);
    if (code != NP_OK && err.hint[0] != '\0') {
        fprintf(stderr, "%s: hint: %s\n", program->name, err.hint);
    }
    return code == NP_EUSAGE                      ? DROPIN_USAGE
           : program->has_statuses && err.sub > 0 ? err.sub
                                                  : DROPIN_FAILED;
}

static void write_escaped(np_writer *writer, const char *text)
{
    for (; *text != '\0'; text++) {
        char digits[4];
        uint8_t byte = (uint8_t)*text;
        bool is_plain = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                        (byte >= '0' && byte <= '9');
        np_format(digits, sizeof(digits), is_plain ? "%c" : "\\%02x", byte);
        np_write_text(writer, digits);
    }
}

np_code dropin_write_subject(const dropin_arguments *arguments,
                             char ret_text[static DROPIN_SUBJECT_MAX], np_error *err)
{
    const struct {
        const char *type, *value;
    } rows[] = {{"C", arguments->country},         {"ST", arguments->state},
                {"L", arguments->locality},        {"O", arguments->organization},
                {"OU", arguments->unit},           {"CN", arguments->common_name},
                {"emailAddress", arguments->email}};
    np_writer writer = np_writer_of((uint8_t *)ret_text, DROPIN_SUBJECT_MAX - 1);
    if (arguments->country != NULL && strlen(arguments->country) != 2) {
        return np_error_set(err, NP_EINPUT_RANGE, "the country code (-c) must have 2 characters");
    }
    for (size_t i = 0; i < NP_COUNT_OF(rows); i++) {
        if (rows[i].value == NULL || rows[i].value[0] == '\0') {
            continue;
        }
        np_write_text(&writer, writer.len == 0 ? "" : ",");
        np_write_text(&writer, rows[i].type);
        np_write_text(&writer, "=");
        write_escaped(&writer, rows[i].value);
    }
    if (!np_writer_has_room(&writer)) {
        return np_error_set(err, NP_EINPUT_RANGE, "the subject is too long");
    }
    ret_text[writer.len] = '\0';
    return NP_OK;
}

np_code dropin_get_days(const dropin_arguments *arguments, unsigned *ret, np_error *err)
{
    enum { DEFAULT_DAYS = 3650, DAYS_MAX = 36500 };
    char *end = NULL;
    unsigned long days =
        arguments->days == NULL ? DEFAULT_DAYS : strtoul(arguments->days, &end, 10);
    if ((end != NULL && (*end != '\0' || end == arguments->days)) || days < 1 || days > DAYS_MAX) {
        return np_error_set(err, NP_EUSAGE, "argument -dv/--dv: 1 to %d days, not '%s'", DAYS_MAX,
                            arguments->days);
    }
    *ret = (unsigned)days;
    return NP_OK;
}

np_code dropin_store(const dropin_arguments *arguments, const char *name, np_bytes content,
                     bool is_secret, np_error *err)
{
    char path[PATH_MAX];
    char absolute[PATH_MAX];
    const char *folder = arguments->path == NULL ? "." : arguments->path;
    const char *prefix = arguments->prefix == NULL ? "" : arguments->prefix;
    if (strchr(name, '/') != NULL) {
        return np_error_set(err, NP_EINPUT_FORMAT, "'%s' cannot be the name of a file", name);
    }
    if (np_format(path, sizeof(path), "%s/%s%s", folder, prefix, name) >= sizeof(path)) {
        return np_error_set(err, NP_EINPUT_RANGE, "the name of the file is too long: %s", name);
    }
    (void)mkdir(folder, 0777); /* there already: as well */
    NP_TRY(np_file_replace(path, is_secret ? 0600 : 0644, content, err));
    printf("File created: %s\n", realpath(path, absolute) == NULL ? path : absolute);
    return NP_OK;
}
