/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "base/wipe.h"
#include "cli/record.h"
#include "crypto/hash.h"
#include <ctype.h>
#include <stdio.h>

/* A member and what it has to be; all that are given have to fit. */
typedef struct unit_query {
    const char *serial;
    const char *station;
    char fingerprint[2 * NP_SHA256_SIZE + 1]; /* empty: not asked for */
    cli_output *output;
    json_t *units; /* NULL without --json */
    size_t found;
} unit_query;

/* SHA-256 or SHA-1 of a certificate, as openssl prints it too: colons and capitals. */
static np_code parse_fingerprint(const char *text, unit_query *ret, np_error *err)
{
    size_t len = 0;
    for (; text != NULL && *text != '\0'; text++) {
        if (*text == ':') {
            continue;
        }
        if (isxdigit((unsigned char)*text) == 0 || len == 2 * (size_t)NP_SHA256_SIZE) {
            len = 1;
            break;
        }
        ret->fingerprint[len++] = (char)tolower((unsigned char)*text);
    }
    if (text == NULL || len == 2 * (size_t)NP_SHA256_SIZE || len == 2 * (size_t)NP_SHA1_SIZE) {
        return NP_OK;
    }
    return np_error_set(err, NP_EUSAGE,
                        "--fingerprint takes the SHA-256 or SHA-1 of a certificate in hex");
}

static bool says(const np_record_line *line, const char *name, const char *text)
{
    return np_record_line_says(line, name, np_bytes_text(text));
}

static bool is_match(const unit_query *query, const np_record_line *line)
{
    const char *hash =
        strlen(query->fingerprint) == 2 * (size_t)NP_SHA1_SIZE ? "cert_sha1" : "cert_sha256";
    return line->kind == NP_RECORD_UNIT &&
           (query->serial == NULL || says(line, "serial", query->serial)) &&
           (query->station == NULL || says(line, "station", query->station)) &&
           (query->fingerprint[0] == '\0' || says(line, hash, query->fingerprint));
}

/* The line as it is in the record, because its bytes are what is hashed. */
static np_code put_match(void *self, const np_record_line *line, const np_record_trailer *trailer,
                         np_error *err)
{
    (void)trailer;
    (void)err;
    unit_query *query = self;
    if (!is_match(query, line)) {
        return NP_OK;
    }
    query->found++;
    if (query->units == NULL) {
        fwrite(line->text.data, 1, line->text.len, stdout);
        putchar('\n');
    } else if (json_array_append_new(query->units, cli_json_line(line)) != 0) {
        query->output->has_failed = true;
    }
    return NP_OK;
}

static np_code check_question(const cli_arguments *arguments, np_error *err)
{
    if (arguments->operand != NULL || arguments->fingerprint != NULL ||
        arguments->station != NULL) {
        return NP_OK;
    }
    np_error_set(err, NP_EUSAGE, "what to look for is missing");
    return np_error_hint(err, NP_EUSAGE, "a serial, --fingerprint HEX or --station NAME");
}

np_code cli_record_query(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    NP_CLEANUP(cli_record_close) cli_record record = {0};
    np_record_report report = {0};
    unit_query query = {
        .serial = arguments->operand, .station = arguments->station, .output = output};
    NP_TRY(check_question(arguments, err));
    NP_TRY(parse_fingerprint(arguments->fingerprint, &query, err));
    NP_TRY(cli_record_open(arguments, &record, err));
    /* Nothing is answered from a record that does not fit together. */
    NP_TRY(cli_record_check(&record, &report, err));
    query.units = output->is_json ? json_array() : NULL;
    report = (np_record_report){0};
    np_code code = cli_record_read(&record, put_match, &query, &report, err);
    cli_put_json(output, "units", query.units);
    NP_TRY(code);
    return query.found > 0 ? NP_OK
                           : np_error_set(err, NP_EINPUT_MISSING, "%s: no unit is like that",
                                          arguments->target);
}
