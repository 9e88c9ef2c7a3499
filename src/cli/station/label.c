/* SPDX-License-Identifier: Apache-2.0 */
/* A label for a unit of a record, or the check of what a scanner has read of it. */
#include "station/label.h"
#include "base/wipe.h"
#include "cli/file.h"
#include "cli/record.h"
#include <stdlib.h>

enum { LABEL_MODE = 0644 };

/* The last line with the serial: what holds when a unit was made again. */
typedef struct label_run {
    const char *serial;
    uint8_t text[NP_RECORD_LINE_MAX];
    size_t len; /* 0: none was found */
    np_record_line line;
    cli_file template_file;
    np_label_template template;
    np_label label;
} label_run;

static np_code keep_match(void *self, const np_record_line *line, const np_record_trailer *trailer,
                          np_error *err)
{
    label_run *run = self;
    (void)trailer;
    (void)err;
    if (line->kind == NP_RECORD_UNIT &&
        np_record_line_says(line, "serial", np_bytes_text(run->serial))) {
        memcpy(run->text, line->text.data, line->text.len);
        run->len = line->text.len;
    }
    return NP_OK;
}

static np_code find_unit(const cli_arguments *arguments, label_run *run, np_error *err)
{
    NP_CLEANUP(cli_record_close) cli_record record = {0};
    np_record_report report = {0};
    cli_arguments reading = *arguments;
    reading.target = arguments->record;
    NP_TRY(cli_record_open(&reading, &record, err));
    NP_TRY(cli_record_read(&record, keep_match, run, &report, err));
    if (run->len == 0) {
        return np_error_set(err, NP_EINPUT_MISSING, "%s: no unit has the serial %s",
                            arguments->record, run->serial);
    }
    return np_record_line_parse(np_bytes_of(run->text, run->len), &run->line, err);
}

static np_code fill(const cli_arguments *arguments, label_run *run, np_error *err)
{
    NP_TRY(cli_file_load(arguments->template, &run->template_file, err));
    NP_TRY(np_label_template_parse(cli_file_bytes(&run->template_file), arguments->template,
                                   &run->template, err));
    np_label_facts facts = np_label_facts_of_line(&run->line);
    return np_label_fill(&run->template, &facts, &run->label, err);
}

static void put_marks(const label_run *run, cli_output *output)
{
    json_t *texts = json_array();
    for (size_t i = 0; i < run->label.count; i++) {
        const np_label_mark *mark = &run->label.marks[i];
        bool is_code = mark->item->kind == NP_LABEL_QR;
        output->has_failed |=
            json_array_append_new(texts, json_pack("{s:s, s:s}", "kind", is_code ? "qr" : "text",
                                                   "text", mark->text)) != 0;
        cli_print(output, "%s: %s", is_code ? "qr" : "text", mark->text);
    }
    cli_put_json(output, "printed", texts);
}

/* By --format, or by the ending of --out. */
static np_code choose_format(const cli_arguments *arguments, np_label_format *ret, np_error *err)
{
    const char *dot = arguments->out == NULL ? NULL : strrchr(arguments->out, '.');
    const char *name = arguments->format != NULL ? arguments->format : dot == NULL ? "" : dot + 1;
    if (np_label_format_find(name, ret)) {
        return NP_OK;
    }
    return np_error_set(err, NP_EUSAGE,
                        "--format takes svg, png or zpl, which is also the ending "
                        "of --out");
}

static np_code print(const cli_arguments *arguments, const label_run *run, cli_output *output,
                     np_error *err)
{
    np_label_format format;
    uint8_t *bytes = NULL;
    size_t len = 0;
    NP_TRY(choose_format(arguments, &format, err));
    NP_TRY(np_label_format_bytes(&run->label, format, &bytes, &len, err));
    np_code code = np_file_create(arguments->out, LABEL_MODE, np_bytes_of(bytes, len), err);
    free(bytes);
    NP_TRY(code);
    cli_put_text(output, "serial", "serial", run->serial);
    cli_put_text(output, "path", "label", arguments->out);
    cli_put_text(output, "format", "format", np_label_format_name(format));
    put_marks(run, output);
    return NP_OK;
}

static np_code check(const cli_arguments *arguments, const label_run *run, cli_output *output,
                     np_error *err)
{
    NP_CLEANUP(cli_file_clear) cli_file scanned = {0};
    np_label_scan scan;
    NP_TRY(cli_file_load_any(arguments->check, &scanned, err));
    NP_TRY(np_label_check(&run->label, cli_file_bytes(&scanned), &scan, err));
    const char *text = np_label_verdict_text(scan.verdict);
    cli_put_text(output, "serial", "serial", run->serial);
    cli_put_text(output, "verdict", "verdict", np_label_verdict_name(scan.verdict));
    cli_put_text(output, "reason", "reason", text);
    if (scan.verdict == NP_LABEL_OTHER_UNIT) {
        cli_put_text(output, "fact", "differs in", scan.fact);
        cli_put_text(output, "printed", "printed", scan.printed);
        cli_put_text(output, "scanned", "scanned", scan.scanned);
    }
    return scan.verdict == NP_LABEL_SAME
               ? NP_OK
               : np_error_set(err, NP_EDEVICE_VERIFY, "the label of %s: %s", run->serial, text);
}

static np_code check_question(const cli_arguments *arguments, np_error *err)
{
    if ((arguments->out == NULL) == (arguments->check == NULL)) {
        return np_error_set(err, NP_EUSAGE,
                            "give --out to make the label, or --check to compare "
                            "what a scanner has read");
    }
    return NP_OK;
}

static np_code run_label(const cli_arguments *arguments, label_run *run, cli_output *output,
                         np_error *err)
{
    NP_TRY(find_unit(arguments, run, err));
    NP_TRY(fill(arguments, run, err));
    return arguments->check != NULL ? check(arguments, run, output, err)
                                    : print(arguments, run, output, err);
}

np_code cli_station_label(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    NP_TRY(check_question(arguments, err));
    label_run *run = calloc(1, sizeof(*run));
    if (run == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "out of memory");
    }
    run->serial = arguments->target;
    np_code code = run_label(arguments, run, output, err);
    np_label_free(&run->label);
    cli_file_clear(&run->template_file);
    free(run);
    return code;
}
