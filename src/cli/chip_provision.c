/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "base/wipe.h"
#include "cli/certificate.h"
#include "cli/consent.h"
#include "cli/recording.h"
#include "cli/signals.h"
#include "nerveskey/apply.h"
#include <stdio.h>
#include <unistd.h>

/* A signal stops between two steps; then nothing is half done, and a second run resumes. */
static np_code before_step(void *self, const np_plan *plan, size_t step_index, np_error *err)
{
    const bool *shows_progress = self;
    if (cli_signals_take()) {
        np_error_set(err, NP_EINTERRUPTED, "stopped by a signal between two steps");
        return np_error_hint(err, NP_EINTERRUPTED, "run the same command again to go on");
    }
    if (*shows_progress) {
        fprintf(stderr, "\r\033[Kstep %zu of %zu: %s", step_index + 1, plan->step_count,
                np_step_name(plan->steps[step_index].kind));
        fflush(stderr);
    }
    return NP_OK;
}

static np_code apply(cli_planning *planning, np_apply_result *ret, np_error *err)
{
    bool shows_progress = isatty(STDERR_FILENO) != 0;
    np_apply_tools tools = {
        .signing = np_signer_signing(planning->signer),
        .random = np_random_system(),
        .before_step = before_step,
        .before_step_self = &shows_progress,
    };
    sigset_t signals = cli_signals_hold();
    np_code code = np_plan_apply(&planning->plan, &planning->chip.device, &tools, ret, err);
    cli_signals_let_through(&signals);
    if (shows_progress) {
        fputs("\r\033[K", stderr);
    }
    return code;
}

static void put_result(cli_output *output, const np_apply_result *result, bool was_done)
{
    const np_identity *identity = &result->identity;
    np_bytes device = np_bytes_of(identity->device.bytes, identity->device.len);
    np_bytes signer = np_bytes_of(identity->signer.bytes, identity->signer.len);
    cli_put_text(output, "serial", "serial", identity->otp.serial.text);
    cli_put_hex(output, "chip_serial", "chip serial", NP_BYTES(identity->chip_serial.bytes));
    cli_put_fingerprint(output, "device_fingerprint", "device fingerprint", device);
    if (output->is_json) {
        cli_put_fingerprint(output, "signer_fingerprint", "", signer);
        cli_put_pem(output, "device_certificate", device);
        cli_put_pem(output, "signer_certificate", signer);
        cli_put_flag(output, "was_done", "", was_done);
        cli_put_flag(output, "is_issued", "", result->issued);
    }
}

/* True when nothing remains but to look: then nobody has to consent. */
static np_code get_consent(const cli_arguments *arguments, const cli_planning *planning,
                           bool is_done, np_error *err)
{
    NP_TRY(cli_consent_check_hash(arguments, &planning->plan, err));
    return is_done ? NP_OK : cli_consent_ask(arguments, planning, err);
}

static np_code report_done(const cli_arguments *arguments, np_error *err)
{
    if (arguments->strict) {
        return np_error_set(err, NP_ECONFLICT_DONE, "the chip was provisioned as asked before");
    }
    cli_note("the chip was provisioned as asked before; nothing was written");
    return NP_OK;
}

static np_code record(cli_recording *recording, const cli_planning *planning,
                      const np_apply_result *result, np_error *err)
{
    const np_identity *identity = &result->identity;
    cli_recorded unit = {
        .certificate = np_bytes_of(identity->device.bytes, identity->device.len),
        .model = np_atecc_model_name(planning->plan.model),
        .origin = "chip",
        .where = recording->arguments->target,
        .board = identity->otp.board,
    };
    return cli_recording_add(recording, &unit, err);
}

/* What the record has against this unit is found out before anything is written to the chip. */
static np_code provision(const cli_arguments *arguments, cli_planning *planning, cli_output *output,
                         np_error *err)
{
    const np_plan *plan = &planning->plan;
    bool was_done = np_plan_is_done(plan);
    char uid[2 * NP_CHIP_SERIAL_SIZE + 1];
    np_apply_result result;
    NP_CLEANUP(cli_recording_clear) cli_recording recording = {0};
    np_format_hex(NP_BYTES(plan->chip_serial.bytes), uid);
    NP_TRY(get_consent(arguments, planning, was_done, err));
    NP_TRY(cli_recording_begin(arguments, np_bytes_text(plan->otp.serial.text), np_bytes_text(uid),
                               np_signer_certificate(planning->signer)->der, &recording, err));
    NP_TRY(apply(planning, &result, err));
    NP_TRY(cli_chip_close(&planning->chip, err));
    NP_TRY(record(&recording, planning, &result, err));
    put_result(output, &result, was_done);
    return was_done ? report_done(arguments, err) : NP_OK;
}

np_code cli_chip_provision(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    NP_CLEANUP(cli_planning_clear) cli_planning planning = {0};
    NP_TRY(cli_planning_begin(arguments, &planning, err));
    if (arguments->dry_run) {
        cli_put_plan(output, &planning);
        NP_TRY(cli_consent_check_hash(arguments, &planning.plan, err));
        return cli_chip_close(&planning.chip, err);
    }
    return provision(arguments, &planning, output, err);
}
