/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "base/wipe.h"
#include "cli/record.h"

/* A line that was once the last one, and must still be there. */
typedef struct head_search {
    np_record_hash wanted;
    bool is_found;
} head_search;

static np_code match_head(void *self, const np_record_line *line, const np_record_trailer *trailer,
                          np_error *err)
{
    (void)trailer;
    (void)err;
    head_search *search = self;
    if (memcmp(&line->hash, &search->wanted, sizeof(line->hash)) == 0) {
        search->is_found = true;
    }
    return NP_OK;
}

static np_code parse_head(const char *text, head_search *ret, np_error *err)
{
    if (text == NULL) {
        return NP_OK;
    }
    np_code code = np_parse_hex(text, ret->wanted.bytes, sizeof(ret->wanted.bytes), err);
    return code == NP_OK ? NP_OK : np_error_prefix(err, NP_EUSAGE, "--head");
}

static np_code check_head(const cli_arguments *arguments, const head_search *search, np_error *err)
{
    if (arguments->head == NULL || search->is_found) {
        return NP_OK;
    }
    np_error_set(err, NP_EINPUT_FORMAT,
                 "%s: the line with the hash %s is not in it: the end was cut off, or it is "
                 "another record",
                 arguments->target, arguments->head);
    return NP_EINPUT_FORMAT;
}

static void put_report(cli_output *output, const np_record_report *report)
{
    const np_record_chain *chain = &report->chain;
    cli_put_count(output, "units", "units", chain->units);
    cli_put_count(output, "batches", "batches", chain->batches);
    cli_put_count(output, "recovered", "recovered after a crash", report->recovered);
    cli_put_hex(output, "key", "station key", NP_BYTES(chain->key.bytes));
    cli_put_count(output, "last_line", "last line", chain->next_seq);
    cli_put_hex(output, "head", "head", NP_BYTES(chain->head.bytes));
}

np_code cli_record_verify(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    NP_CLEANUP(cli_record_close) cli_record record = {0};
    np_record_report report = {0};
    head_search search = {.is_found = false};
    NP_TRY(parse_head(arguments->head, &search, err));
    NP_TRY(cli_record_open(arguments, &record, err));
    np_code code = cli_record_read(&record, match_head, &search, &report, err);
    if (code != NP_OK) {
        if (report.bad_line > 0) {
            cli_put_json(output, "line", json_integer((json_int_t)report.bad_line));
        }
        return code;
    }
    NP_TRY(check_head(arguments, &search, err));
    put_report(output, &report);
    return NP_OK;
}
