/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/certificate.h"
#include "cli/command.h"

static void put_findings(const np_storable_report *report, cli_output *output)
{
    json_t *findings = json_array();
    for (size_t i = 0; i < report->count; i++) {
        const np_storable_finding *finding = &report->findings[i];
        const char *cause = np_storable_cause_name(finding->cause);
        cli_print(output, "%s: %s", cause, finding->text);
        json_t *row = json_object();
        json_object_set_new(row, "cause", cli_json_text(cause));
        json_object_set_new(row, "text", cli_json_text(finding->text));
        json_array_append_new(findings, row);
    }
    cli_put_json(output, "findings", findings);
}

np_code cli_signer_check(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    cli_certificate certificate;
    np_storable_report report;
    NP_TRY(cli_certificate_load(arguments->target, &certificate, err));
    NP_TRY(np_storable_check(&np_profile_nerveskey_signer, &certificate.parsed, &report, err));
    cli_put_flag(output, "is_storable", "can be stored on a chip", report.count == 0);
    put_findings(&report, output);
    if (report.count > 0) {
        np_error_set(err, NP_EINPUT_STORABLE, "%s: a chip cannot store this certificate",
                     arguments->target);
        return np_error_hint(err, NP_EINPUT_STORABLE,
                             "make a signer that can be stored: nameplate signer create NAME");
    }
    cli_put_hex(output, "compressed", "compressed", NP_BYTES(report.compressed));
    cli_put_flag(output, "suits_old_readers", "can be read by readers before nameplate",
                 report.suits_old_readers);
    return NP_OK;
}
