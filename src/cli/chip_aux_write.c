/* SPDX-License-Identifier: Apache-2.0 */
/* Writing and clearing auxiliary certificates. */
#include "base/text.h"
#include "base/wipe.h"
#include "cli/certificate.h"
#include "cli/chip_aux.h"
#include "cli/consent.h"
#include "cli/signals.h"
#include "cli/signer_key.h"
#include <stdio.h>

/* The plan points into nothing; the signer lives as long as this. */
typedef struct aux_work {
    np_signer *signer;
    cli_chip chip;
    np_aux before;
    np_aux_plan plan;
    uint8_t fingerprint[32];
} aux_work;

static void aux_work_clear(aux_work *work)
{
    cli_chip_abandon(&work->chip);
    np_signer_free(work->signer);
}

static np_code begin(const cli_arguments *arguments, aux_work *ret, np_error *err)
{
    uint8_t compressed[NP_COMPRESSED_SIZE];
    uint8_t key[64];
    NP_TRY(cli_signer_open(arguments, &ret->signer, err));
    NP_TRY(cli_chip_open(arguments, &ret->chip, err));
    NP_TRY(np_aux_read(&ret->chip.device, &ret->before, err));
    np_signer_compressed(ret->signer, compressed);
    np_signer_public_key(ret->signer, key);
    np_signer_fingerprint(ret->signer, ret->fingerprint);
    np_plan_signer signer = {
        .certificate = np_signer_certificate(ret->signer),
        .compressed = compressed,
        .public_key = key,
        .fingerprint = ret->fingerprint,
    };
    return np_aux_plan_compute(&ret->before, &signer, ret->chip.now, &ret->plan, err);
}

enum { PLAN_LINES = 7, PLAN_LINE_SIZE = 200 };

typedef struct plan_text {
    size_t count;
    char lines[PLAN_LINES][PLAN_LINE_SIZE];
} plan_text;

static void add_hex(plan_text *text, const char *label, np_bytes bytes, const char *behind)
{
    char hex[2 * 32 + 1];
    np_format_hex(bytes, hex);
    snprintf(text->lines[text->count++], PLAN_LINE_SIZE, "%s: %s%s", label, hex, behind);
}

static void add_line(plan_text *text, const char *label, const char *words)
{
    snprintf(text->lines[text->count++], PLAN_LINE_SIZE, "%s: %s", label, words);
}

static plan_text write_plan(const aux_work *work)
{
    plan_text text = {0};
    const np_aux_plan *plan = &work->plan;
    add_hex(&text, "chip serial", NP_BYTES(plan->chip_serial.bytes), "");
    add_line(&text, "serial", plan->otp.serial.text);
    add_hex(&text, "signer fingerprint", NP_BYTES(work->fingerprint), "");
    add_line(&text, "auxiliary certificates", np_aux_state_name(work->before.state));
    add_line(&text, "steps",
             plan->is_done ? "none, this signer's pair is there already"
                           : "issue a certificate, write slots 9, 14 and 15, read them back");
    add_hex(&text, "plan hash", NP_BYTES(plan->hash), "");
    return text;
}

static void put_plan(const aux_work *work, cli_output *output)
{
    const np_aux_plan *plan = &work->plan;
    plan_text text = write_plan(work);
    for (size_t i = 0; i < text.count; i++) {
        cli_print(output, "%s", text.lines[i]);
    }
    cli_put_json(output, "chip_serial", cli_json_hex(NP_BYTES(plan->chip_serial.bytes)));
    cli_put_json(output, "model", cli_json_text(np_atecc_model_name(plan->model)));
    cli_put_json(output, "serial", cli_json_text(plan->otp.serial.text));
    cli_put_json(output, "signer_fingerprint", cli_json_hex(NP_BYTES(work->fingerprint)));
    cli_put_json(output, "state", cli_json_text(np_aux_state_name(work->before.state)));
    cli_put_json(output, "is_done", json_boolean(plan->is_done));
    cli_put_json(output, "hash", cli_json_hex(NP_BYTES(plan->hash)));
}

static np_code get_consent(const cli_arguments *arguments, const aux_work *work, np_error *err)
{
    plan_text text = write_plan(work);
    for (size_t i = 0; i < text.count; i++) {
        cli_note_line("%s", text.lines[i]);
    }
    return cli_consent_get(arguments, "WRITE", "a certificate would be issued and written", err);
}

static np_code report_done(const cli_arguments *arguments, aux_work *work, cli_output *output,
                           np_error *err)
{
    NP_TRY(cli_chip_close(&work->chip, err));
    NP_TRY(cli_put_aux(output, &work->before, err));
    cli_put_json(output, "was_done", json_true());
    if (arguments->strict) {
        return np_error_set(err, NP_ECONFLICT_DONE,
                            "the chip carries auxiliary certificates of this signer already");
    }
    cli_note("the chip carries auxiliary certificates of this signer already; nothing was written");
    return NP_OK;
}

/* Eight writes take less than half a second: signals wait for the end. */
static np_code apply(aux_work *work, np_aux *ret, np_error *err)
{
    sigset_t before = cli_signals_hold();
    np_code code = np_aux_plan_apply(&work->plan, &work->chip.device,
                                     np_signer_signing(work->signer), ret, err);
    if (code == NP_OK) {
        code = cli_chip_close(&work->chip, err);
    }
    cli_signals_let_through(&before);
    return code;
}

np_code cli_chip_aux_provision(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    NP_CLEANUP(aux_work_clear) aux_work work = {0};
    np_aux after;
    NP_TRY(begin(arguments, &work, err));
    if (arguments->dry_run) {
        put_plan(&work, output);
        NP_TRY(cli_consent_check(arguments, work.plan.hash, err));
        return cli_chip_close(&work.chip, err);
    }
    NP_TRY(cli_consent_check(arguments, work.plan.hash, err));
    if (work.plan.is_done) {
        return report_done(arguments, &work, output, err);
    }
    NP_TRY(get_consent(arguments, &work, err));
    NP_TRY(apply(&work, &after, err));
    NP_TRY(cli_put_aux(output, &after, err));
    cli_put_json(output, "was_done", json_false());
    return NP_OK;
}

static np_code clear(cli_chip *chip, np_error *err)
{
    sigset_t before = cli_signals_hold();
    np_code code = np_aux_clear(&chip->device, err);
    if (code == NP_OK) {
        code = cli_chip_close(chip, err);
    }
    cli_signals_let_through(&before);
    return code;
}

np_code cli_chip_aux_clear(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    NP_CLEANUP(cli_chip_abandon) cli_chip chip = {0};
    np_aux before;
    NP_TRY(cli_chip_open(arguments, &chip, err));
    NP_TRY(np_aux_read(&chip.device, &before, err));
    if (before.state == NP_AUX_UNREADABLE) {
        return np_error_set(err, NP_ECONFLICT_OTHER,
                            "the chip is not provisioned: its data zone is not locked");
    }
    NP_TRY(clear(&chip, err));
    cli_put_text(output, "state_before", "auxiliary certificates before",
                 np_aux_state_name(before.state));
    cli_put_text(output, "state", "auxiliary certificates", np_aux_state_name(NP_AUX_ABSENT));
    return NP_OK;
}
