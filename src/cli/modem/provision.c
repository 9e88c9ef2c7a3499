/* SPDX-License-Identifier: Apache-2.0 */
/* modem provision: a root, a key and its certificate for nRF Cloud, and the row that goes there. */
#include "cli/consent.h"
#include "cli/modem/provisioning.h"
#include "cli/modem/session.h"
#include "cli/record.h"

static np_code get_consent(const cli_modem_provisioning *run, np_error *err)
{
    NP_TRY(cli_consent_check(run->arguments, run->plan.hash, err));
    if (!np_nordic_plan_destroys(&run->plan)) {
        return NP_OK;
    }
    cli_modem_note_plan(run);
    return cli_consent_get(run->arguments, "REPLACE", "credentials would be lost", err);
}

/* Did the modem itself answer? What cannot be checked is said. */
static void put_identity(const cli_modem_provisioning *run, cli_output *output)
{
    const char *verdict = np_token_verdict_name(run->attested.verdict);
    cli_put_json(output, "identity", json_string(verdict));
    cli_print(output, "identity: %s (%s)", verdict, run->attested.reason);
    if (run->identity.is_pinned) {
        cli_put_text(output, "pin", "pin", np_pin_outcome_name(run->identity.pin));
    }
}

static void put_result(const cli_modem_provisioning *run, cli_output *output)
{
    const np_nordic_journal *journal = &run->plan.journal;
    const np_nordic_result *result = &run->result;
    np_bytes der = np_bytes_of(journal->certificate, journal->certificate_len);
    cli_put_text(output, "device_id", "device id", result->id);
    cli_put_text(output, "imei", "IMEI", run->plan.snapshot.identity.imei);
    cli_put_count(output, "sectag", "security tag", run->plan.snapshot.tag);
    cli_put_fingerprint(output, "fingerprint", "fingerprint", der);
    cli_put_text(output, "line_ends", "line ends",
                 np_text_form_name(result->forms[NP_NORDIC_CERTIFICATE]));
    put_identity(run, output);
    if (output->is_json) {
        cli_put_text(output, "firmware", "", run->plan.snapshot.identity.firmware);
        cli_put_flag(output, "was_done", "", run->was_done);
        cli_put_flag(output, "made_key", "", result->made_key);
        cli_put_pem(output, "certificate", der);
    }
}

static np_code report_done(const cli_modem_provisioning *run, np_error *err)
{
    if (run->arguments->strict) {
        return np_error_set(err, NP_ECONFLICT_DONE, "the modem was provisioned as asked before");
    }
    cli_note("the modem was provisioned as asked before; nothing was written to it");
    return NP_OK;
}

static np_code provision(cli_modem_provisioning *run, cli_output *output, np_error *err)
{
    if (run->arguments->dry_run) {
        cli_modem_put_plan(output, run);
        return cli_consent_check(run->arguments, run->plan.hash, err);
    }
    NP_TRY(get_consent(run, err));
    NP_TRY(cli_modem_provisioning_apply(run, err));
    put_result(run, output);
    return run->was_done ? report_done(run, err) : NP_OK;
}

np_code cli_modem_provision(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    NP_CLEANUP(cli_modem_provisioning_clear) cli_modem_provisioning run = {0};
    NP_CLEANUP(cli_modem_abandon) cli_modem modem = {0};
    NP_TRY(cli_modem_provisioning_prepare(arguments, &run, err));
    NP_TRY(cli_modem_open(arguments, &modem, err));
    NP_TRY(cli_modem_provisioning_plan(&run, &modem.modem, err));
    NP_TRY(provision(&run, output, err));
    return cli_modem_close(&modem, err);
}
