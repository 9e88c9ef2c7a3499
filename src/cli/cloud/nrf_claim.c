/* SPDX-License-Identifier: Apache-2.0 */
/* cloud nrf claim and unclaim: devices become an account's by the tokens that they gave. */
#include "base/csv.h"
#include "base/wipe.h"
#include "cli/cloud/nrf_service.h"
#include "cli/command.h"
#include "cli/record.h"
#include "cloud/nrf_row.h"
#include "cloud/rules.h"
#include "cloud/text_file.h"
#include <stdio.h>
#include <stdlib.h>

/* A token has 180 characters, tags a few: not tuned. */
enum { TOKEN_MAX = 4096, CLAIM_ROW_MAX = 2 * TOKEN_MAX, COLUMNS_WITH_TOKEN = 4, TOKEN_COLUMN = 2 };

/* Tokens of one call. */
typedef struct claim_part {
    uint8_t *text; /* heap */
    size_t len;
    size_t rows;
} claim_part;

typedef struct claim_run {
    const cli_arguments *arguments;
    cli_nrf_service service;
    cloud_text text;
    claim_part part;
    size_t tokens;
    size_t claimed;
    json_t *failed; /* what the service says about those that it did not claim */
} claim_run;

static void claim_clear(claim_run *run)
{
    free(run->part.text);
    json_decref(run->failed);
    cloud_text_clear(&run->text);
    cli_nrf_service_close(&run->service);
}

/* Base64 for URLs, a dot, Base64 for URLs. */
static bool is_token(np_bytes text)
{
    const uint8_t *dot = text.len == 0 ? NULL : memchr(text.data, '.', text.len);
    return dot != NULL && dot != text.data && dot + 1 < text.data + text.len &&
           memchr(dot + 1, '.', (size_t)(text.data + text.len - dot - 1)) == NULL &&
           cloud_has_only(text, ".-_");
}

/* The field of a row that has the token: attestation_tokens.csv has four, other lists one or two.
 */
static np_code find_token(const claim_run *run, const np_csv_row *row, size_t number,
                          char ret[static TOKEN_MAX], np_error *err)
{
    size_t column = row->count >= COLUMNS_WITH_TOKEN ? TOKEN_COLUMN : 0;
    np_writer writer = np_writer_of((uint8_t *)ret, TOKEN_MAX - 1);
    np_csv_write_text(&writer, row->fields[column]);
    np_bytes token = np_writer_bytes(&writer);
    ret[token.len] = '\0';
    if (is_token(token)) {
        return NP_OK;
    }
    np_error_set(err, NP_EINPUT_FORMAT, "%s: row %zu has no attestation token",
                 run->arguments->target, number);
    return np_error_hint(err, NP_EINPUT_FORMAT,
                         "a token is what AT%%ATTESTTOKEN answers between its quotes");
}

static np_bytes tags_of(const claim_run *run)
{
    return run->arguments->tags == NULL ? (np_bytes){NULL, 0} : np_bytes_text(run->arguments->tags);
}

static np_code take_answer(claim_run *run, json_t *answer, np_error *err)
{
    size_t index;
    json_t *value;
    const json_t *claimed = json_object_get(answer, "claimedIds");
    if (!json_is_array(claimed)) {
        return np_error_set(err, NP_ESTATION_IO, "the claim: the answer has no list claimedIds");
    }
    run->claimed += json_array_size(claimed);
    json_array_foreach(json_object_get(answer, "failed"), index, value)
    {
        json_array_append(run->failed, value);
    }
    return NP_OK;
}

static np_code send_part(claim_run *run, np_error *err)
{
    NP_CLEANUP(np_nrf_json_clear) json_t *answer = NULL;
    if (run->part.rows == 0) {
        return NP_OK;
    }
    np_bytes rows = np_bytes_of(run->part.text, run->part.len);
    NP_TRY(np_nrf_claim_many(&run->service.cloud, rows, &answer, err));
    run->part.rows = run->part.len = 0;
    return take_answer(run, answer, err);
}

static np_code add_token(claim_run *run, const char *token, np_error *err)
{
    claim_part *part = &run->part;
    uint8_t *larger = realloc(part->text, part->len + CLAIM_ROW_MAX);
    if (larger == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for the tokens");
    }
    part->text = larger;
    np_writer writer = np_writer_of(part->text + part->len, CLAIM_ROW_MAX);
    np_nrf_claim_row_write(&writer, np_bytes_text(token), tags_of(run));
    part->len += np_writer_bytes(&writer).len;
    part->rows++;
    return part->rows == NP_NRF_ROWS_MAX ? send_part(run, err) : NP_OK;
}

/* --dry-run: each token is looked at by the service, one that it refuses ends nothing. */
static np_code check_token(claim_run *run, const char *token, np_error *err)
{
    np_error refused;
    np_code code = np_nrf_claim_check(&run->service.cloud, token, &refused);
    if (code == NP_OK) {
        run->claimed++;
        return NP_OK;
    }
    np_class class = np_error_class(code);
    if (class != NP_CLASS_INPUT && class != NP_CLASS_CONFLICT) {
        if (err != NULL) {
            *err = refused;
        }
        return code;
    }
    json_array_append_new(run->failed, cli_json_text(refused.message));
    return NP_OK;
}

typedef np_code (*token_visit)(claim_run *run, const char *token, np_error *err);

static np_code count_token(claim_run *run, const char *token, np_error *err)
{
    (void)token;
    (void)err;
    run->tokens++;
    return NP_OK;
}

static np_code each_token(claim_run *run, token_visit visit, np_error *err)
{
    np_csv_row row;
    np_csv_found found;
    size_t number = 0;
    np_reader reader = np_reader_of(np_bytes_of(run->text.data, run->text.len));
    while ((found = np_csv_next(&reader, &row)) == NP_CSV_ROW) {
        char token[TOKEN_MAX];
        NP_TRY(find_token(run, &row, ++number, token, err));
        NP_TRY(visit(run, token, err));
    }
    if (found != NP_CSV_END || number == 0) {
        return np_error_set(err, NP_EINPUT_FORMAT, "%s: row %zu is no CSV", run->arguments->target,
                            number + 1);
    }
    return NP_OK;
}

static void put_result(const claim_run *run, cli_output *output)
{
    bool is_check = run->arguments->dry_run;
    cli_put_count(output, "tokens", "tokens", run->tokens);
    cli_put_count(output, is_check ? "claimable" : "claimed", is_check ? "claimable" : "claimed",
                  run->claimed);
    for (size_t i = 0; i < json_array_size(run->failed); i++) {
        const json_t *entry = json_array_get(run->failed, i);
        char *other =
            json_is_string(entry) ? NULL : json_dumps(entry, JSON_COMPACT | JSON_ENCODE_ANY);
        cli_print(output, "refused: %s", other != NULL ? other : json_string_value(entry));
        free(other);
    }
    if (output->is_json) {
        cli_put_json(output, "failed", json_incref(run->failed));
    }
}

static np_code work(claim_run *run, np_error *err)
{
    if (run->arguments->dry_run) {
        return each_token(run, check_token, err);
    }
    NP_TRY(each_token(run, add_token, err));
    return send_part(run, err);
}

/* All rows are looked at before the first one is sent. */
np_code cli_cloud_nrf_claim(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    NP_CLEANUP(claim_clear) claim_run run = {.arguments = arguments, .failed = json_array()};
    NP_TRY(cloud_text_load(arguments->target, &run.text, err));
    NP_TRY(each_token(&run, count_token, err));
    NP_TRY(cli_nrf_service_open(arguments, &run.service, err));
    np_code code = work(&run, err);
    put_result(&run, output);
    NP_TRY(code);
    return run.claimed == run.tokens
               ? NP_OK
               : np_error_set(err, NP_EREJECTS, "%zu of %zu tokens were refused",
                              run.tokens - run.claimed, run.tokens);
}

np_code cli_cloud_nrf_unclaim(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    NP_CLEANUP(cli_nrf_service_close) cli_nrf_service service = {0};
    NP_TRY(cli_nrf_service_open(arguments, &service, err));
    NP_TRY(np_nrf_unclaim(&service.cloud, arguments->target, err));
    cli_put_text(output, "unclaimed", "unclaimed", arguments->target);
    return NP_OK;
}
