/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/export.h"
#include "base/wipe.h"
#include "cli/record.h"

static np_code add_unit(void *self, const np_record_line *line, const np_record_trailer *trailer,
                        np_error *err)
{
    (void)trailer;
    return line->kind == NP_RECORD_UNIT ? np_cloud_export_add(self, line, err) : NP_OK;
}

static void put_summary(const cli_arguments *arguments, cli_output *output,
                        const np_cloud_summary *summary)
{
    cli_put_text(output, "target", "target", arguments->to);
    cli_put_text(output, "folder", "folder", arguments->out);
    cli_put_count(output, "exported", "exported", summary->exported);
    cli_put_count(output, "refused", "refused", summary->refused);
    cli_put_count(output, "parts", "parts", summary->parts);
}

static np_code tell_refused(const cli_arguments *arguments, const np_cloud_summary *summary,
                            np_error *err)
{
    if (summary->refused == 0) {
        return NP_OK;
    }
    np_error_set(err, NP_EREJECTS, "%zu of %zu units were refused", summary->refused,
                 summary->exported + summary->refused);
    return np_error_hint(err, NP_EREJECTS, "%s/refused.json tells which, and by which rule",
                         arguments->out);
}

np_code cli_cloud_export(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    NP_CLEANUP(cli_record_close) cli_record record = {0};
    NP_CLEANUP(np_cloud_export_free_at) np_cloud_export *exporting = NULL;
    const np_cloud_export_options options = {
        .target = arguments->to, .folder = arguments->out, .chunk = arguments->chunk};
    np_record_report report = {0};
    np_cloud_summary summary;
    NP_TRY(cli_record_open(arguments, &record, err));
    /* Nothing is handed out from a record that does not fit together. */
    NP_TRY(cli_record_check(&record, &report, err));
    NP_TRY(np_cloud_export_open(&options, &exporting, err));
    report = (np_record_report){0};
    NP_TRY(cli_record_read(&record, add_unit, exporting, &report, err));
    NP_TRY(np_cloud_export_finish(exporting, &summary, err));
    put_summary(arguments, output, &summary);
    return tell_refused(arguments, &summary, err);
}
