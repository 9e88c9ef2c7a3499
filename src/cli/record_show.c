/* SPDX-License-Identifier: Apache-2.0 */
#include "base/civil.h"
#include "base/wipe.h"
#include "cli/record.h"
#include <stdio.h>

typedef struct show_run {
    cli_output *output;
    json_t *batches; /* NULL without --json */
} show_run;

static void put_header(cli_output *output, const np_record_line *line)
{
    static const struct {
        const char *member;
        const char *label;
    } rows[] = {{"station", "station"}, {"key", "station key"}, {"created", "created"}};
    json_t *header = cli_json_line(line);
    for (size_t i = 0; i < NP_COUNT_OF(rows); i++) {
        const char *text = json_string_value(json_object_get(header, rows[i].member));
        cli_put_text(output, rows[i].member, rows[i].label, text == NULL ? "" : text);
    }
    cli_put_json(output, "issuers", json_incref(json_object_get(header, "issuers")));
    json_decref(header);
}

static void put_batch(show_run *showing, const np_record_trailer *trailer)
{
    char finished[NP_TIME_TEXT_SIZE];
    np_format_time(trailer->finished, finished);
    cli_print(showing->output, "batch%s%.*s: from line %zu, units: %zu, signed at %s",
              trailer->batch.len > 0 ? " " : "", (int)trailer->batch.len,
              (const char *)trailer->batch.data, (size_t)trailer->count, (size_t)trailer->first + 1,
              finished);
}

static np_code show_line(void *self, const np_record_line *line, const np_record_trailer *trailer,
                         np_error *err)
{
    (void)err;
    show_run *showing = self;
    if (line->kind == NP_RECORD_HEADER) {
        put_header(showing->output, line);
    } else if (trailer != NULL && showing->batches != NULL) {
        showing->output->has_failed |=
            json_array_append_new(showing->batches, cli_json_line(line)) != 0;
    } else if (trailer != NULL) {
        put_batch(showing, trailer);
    }
    return NP_OK;
}

np_code cli_record_show(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    NP_CLEANUP(cli_record_close) cli_record record = {0};
    np_record_report report = {0};
    show_run showing = {.output = output};
    NP_TRY(cli_record_open(arguments, &record, err));
    NP_TRY(cli_record_check(&record, &report, err));
    showing.batches = output->is_json ? json_array() : NULL;
    report = (np_record_report){0};
    np_code code = cli_record_read(&record, show_line, &showing, &report, err);
    cli_put_json(output, "batches", showing.batches);
    NP_TRY(code);
    cli_put_count(output, "units", "units", report.chain.units);
    cli_put_count(output, "unsigned_units", "of these not signed yet", report.chain.tree.count);
    cli_put_count(output, "last_line", "last line", report.chain.next_seq);
    cli_put_hex(output, "head", "head", NP_BYTES(report.chain.head.bytes));
    if (!record.has_key) {
        cli_note("the lines fit together; who wrote them, only nameplate record verify can tell");
    }
    return NP_OK;
}
