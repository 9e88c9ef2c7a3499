/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/modem/provisioning.h"

#include "cli/file.h"
#include "cli/modem/session.h"
#include "cli/signals.h"
#include "cli/signer_key.h"
#include "cloud/rules.h"
#include "crypto/hash.h"
#include "x509/pem.h"
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum {
    LOCK_WAIT_MS = 10000,
    ID_PREFIX_MAX = 49, /* with an IMEI of 15 digits behind it */
    PEM_MAX = 2 * NP_LEAF_MAX,
};

void cli_modem_provisioning_clear(cli_modem_provisioning *run)
{
    cli_recording_clear(&run->recording);
    np_rows_file_free(run->rows);
    np_rows_file_free(run->info);
    np_signer_free(run->signer);
    np_nordic_plan_clear(&run->plan);
}

/* Preparing. */

static np_bytes text_of(const char *text)
{
    return text == NULL ? (np_bytes){NULL, 0} : np_bytes_text(text);
}

static np_code check_texts(const cli_arguments *arguments, np_error *err)
{
    const np_nrf_row row = {.sub_type = text_of(arguments->sub_type),
                            .tags = text_of(arguments->tags),
                            .firmware_types = text_of(arguments->firmware_types)};
    NP_TRY(np_nrf_texts_check(&row, err));
    if (!cloud_has_only(text_of(arguments->id), NP_NRF_ID_MARKS)) {
        return np_error_set(err, NP_EINPUT_FORMAT,
                            "a device id has letters, digits and %s, not '%s'", NP_NRF_ID_MARKS,
                            arguments->id);
    }
    if (arguments->id_imei && text_of(arguments->id).len > ID_PREFIX_MAX) {
        return np_error_set(err, NP_EINPUT_RANGE, "before an IMEI --id has at most %d characters",
                            ID_PREFIX_MAX);
    }
    if (text_of(arguments->id).len > NP_NORDIC_ID_MAX) {
        return np_error_set(err, NP_EINPUT_RANGE, "--id has at most %d characters",
                            (int)NP_NORDIC_ID_MAX);
    }
    return NP_OK;
}

static np_code open_rows(const char *path, const np_rows_form *form, np_rows_file **ret,
                         np_error *err)
{
    if (path == NULL || path[0] == '\0') {
        return NP_OK;
    }
    NP_TRY(np_rows_file_open(path, form, LOCK_WAIT_MS, ret, err));
    if (np_rows_file_torn(*ret) > 0) {
        cli_note("%s: %zu bytes that a crash had left behind are cut off", path,
                 np_rows_file_torn(*ret));
    }
    return NP_OK;
}

/* A key that was made here has no attestation that could be checked. */
static np_code check_identity_options(const cli_arguments *arguments, np_error *err)
{
    if (arguments->local_key && (arguments->identity_key != NULL || arguments->pins != NULL)) {
        return np_error_set(err, NP_EUSAGE,
                            "with --local-key the modem attests nothing that --pins or "
                            "--identity-key could check");
    }
    return cli_token_check_files(arguments, err);
}

np_code cli_modem_provisioning_prepare(const cli_arguments *arguments, cli_modem_provisioning *ret,
                                       np_error *err)
{
    *ret = (cli_modem_provisioning){.arguments = arguments};
    NP_TRY(check_texts(arguments, err));
    NP_TRY(check_identity_options(arguments, err));
    NP_TRY(np_roots_load(arguments->root, arguments->coap, ret->roots, err));
    NP_TRY(cli_modem_prepare_signer(arguments, &ret->signer, &ret->request.profile, &ret->template,
                                    err));
    np_sha256(np_signer_certificate(ret->signer)->der, ret->fingerprint);
    NP_TRY(open_rows(arguments->csv, &np_rows_onboard, &ret->rows, err));
    NP_TRY(open_rows(arguments->devinfo, &np_rows_info, &ret->info, err));
    ret->request.roots = np_bytes_text(ret->roots);
    ret->request.is_local = arguments->local_key;
    ret->request.keeps_lf = arguments->keeps_lf;
    ret->request.renews = arguments->new_key;
    ret->request.signer_fingerprint = ret->fingerprint;
    ret->request.id = ret->id;
    ret->shows_progress = isatty(STDERR_FILENO) != 0;
    return NP_OK;
}

/* Planning. */

static np_code choose_id(cli_modem_provisioning *run, const np_nordic_snapshot *snapshot,
                         np_error *err)
{
    const cli_arguments *arguments = run->arguments;
    const char *given = arguments->id != NULL ? arguments->id : "";
    if (arguments->id_imei && !snapshot->has_at) {
        return np_error_set(err, NP_EUSAGE, "a TLS credential shell does not tell the IMEI");
    }
    snprintf(run->id, sizeof(run->id), "%s%s", given,
             arguments->id_imei ? snapshot->identity.imei : "");
    return NP_OK;
}

static np_code load_reply(const cli_modem_provisioning *run, np_token *ret, np_error *err)
{
    const np_modem_token *reply = &run->plan.journal.reply;
    return np_token_parse(np_bytes_of(reply->text, reply->len), ret, err);
}

/* Has this modem said what the reply says? The other checks of it are np_nordic_reply_check's. */
static np_code judge_reply(cli_modem_provisioning *run, np_error *err)
{
    np_token token;
    np_token_report report;
    if (run->is_judged) {
        return NP_OK;
    }
    if (run->plan.journal.is_local) {
        run->attested = (np_token_finding){NP_TOKEN_NOT_CHECKABLE, "the key was made here"};
        return NP_OK;
    }
    NP_TRY(load_reply(run, &token, err));
    NP_TRY(cli_token_judge(run->arguments, &token, &run->identity, &report, err));
    run->attested = report.findings[NP_TOKEN_CHECK_IDENTITY];
    run->is_judged = true;
    if (run->attested.verdict != NP_TOKEN_FAILED) {
        return NP_OK;
    }
    np_error_set(err, NP_EDEVICE_VERIFY, "the modem's reply does not verify: %s",
                 run->attested.reason);
    return np_error_hint(err, NP_EDEVICE_VERIFY,
                         "is it another modem, or the wrong key? nothing was signed");
}

static np_code store_pins(const cli_modem_provisioning *run, np_error *err)
{
    np_token token;
    if (run->arguments->pins == NULL) {
        return NP_OK;
    }
    NP_TRY(load_reply(run, &token, err));
    return cli_token_store_pins(run->arguments, &token, err);
}

/* The key that an earlier run has made; false: it has not. */
static bool find_own_key(const cli_modem_provisioning *run, uint8_t ret[static NP_P256_POINT_SIZE])
{
    np_certificate certificate;
    const np_nordic_journal *journal = &run->plan.journal;
    np_bytes der = np_bytes_of(journal->certificate, journal->certificate_len);
    if (der.len == 0 || np_certificate_parse(der, &certificate, NULL) != NP_OK ||
        certificate.point.len != NP_P256_POINT_SIZE) {
        return false;
    }
    memcpy(ret, certificate.point.data, NP_P256_POINT_SIZE);
    return true;
}

/* A row of this device is one of an earlier run, or a duplicate. */
static np_code check_row(const cli_modem_provisioning *run, np_bytes id, const uint8_t *point,
                         np_error *err)
{
    bool is_own = point != NULL && np_rows_file_has_key(run->rows, id, point);
    if (run->rows == NULL || run->arguments->replace || is_own) {
        return NP_OK;
    }
    return np_rows_file_check(run->rows, id, err);
}

static np_code begin_recording(cli_modem_provisioning *run, np_error *err)
{
    if (run->is_recording) {
        return NP_OK;
    }
    run->is_recording = true;
    return cli_recording_begin(run->arguments, np_bytes_text(run->plan.id),
                               np_bytes_text(run->plan.snapshot.identity.imei),
                               np_signer_certificate(run->signer)->der, &run->recording, err);
}

/* What is known of the device's name already: what has it? */
static np_code check_device(cli_modem_provisioning *run, np_error *err)
{
    uint8_t point[NP_P256_POINT_SIZE];
    bool has_key = find_own_key(run, point);
    if (run->plan.id[0] == '\0') {
        return NP_OK;
    }
    if (run->rows != NULL) {
        NP_TRY(check_row(run, np_bytes_text(run->plan.id), has_key ? point : NULL, err));
    }
    return begin_recording(run, err);
}

np_code cli_modem_provisioning_plan(cli_modem_provisioning *run, np_modem *modem, np_error *err)
{
    NP_CLEANUP(np_nordic_journal_clear) np_nordic_journal journal = {0};
    np_nordic_snapshot snapshot;
    np_sec_tag tag;
    char folder[PATH_MAX];
    run->modem = modem;
    NP_TRY(cli_modem_tag(run->arguments, &tag, err));
    NP_TRY(np_nordic_snapshot_take(modem, tag, &snapshot, err));
    NP_TRY(choose_id(run, &snapshot, err));
    const char *name = np_nordic_modem_name(&snapshot, run->id);
    if (name[0] == '\0') {
        np_error_set(err, NP_EUSAGE, "a TLS credential shell does not tell who it is");
        return np_error_hint(err, NP_EUSAGE, "add --id");
    }
    NP_TRY(cli_modem_journal_folder(run->arguments, folder, err));
    NP_TRY(np_modem_journal_open(folder, name, tag, &run->file, &journal, err));
    NP_TRY(np_nordic_plan_compute(&snapshot, &run->request, &journal, &run->plan, err));
    run->was_done = np_nordic_plan_is_done(&run->plan);
    if (!np_nordic_plan_has(&run->plan, NP_NORDIC_MAKE_KEY)) {
        NP_TRY(judge_reply(run, err));
    }
    return check_device(run, err);
}

/* Applying. */

static np_code save(void *self, const np_nordic_journal *journal, np_error *err)
{
    return np_modem_journal_save(&((cli_modem_provisioning *)self)->file, journal, err);
}

static np_code may_issue(void *self, const char *id, const uint8_t point[static NP_P256_POINT_SIZE],
                         np_error *err)
{
    cli_modem_provisioning *run = self;
    np_bytes name = np_bytes_text(id);
    NP_TRY(judge_reply(run, err));
    if (run->rows != NULL) {
        NP_TRY(check_row(run, name, point, err));
        NP_TRY(np_rows_file_check_key(run->rows, name, point, err));
    }
    return begin_recording(run, err);
}

static np_code before_step(void *self, const np_nordic_plan *plan, size_t step, np_error *err)
{
    const cli_modem_provisioning *run = self;
    if (cli_signals_take()) {
        np_error_set(err, NP_EINTERRUPTED, "stopped by a signal between two steps");
        return np_error_hint(err, NP_EINTERRUPTED, "run the same command again to go on");
    }
    if (run->shows_progress) {
        fprintf(stderr, "\r\033[Kstep %zu of %zu: %s", step + 1, plan->step_count,
                np_nordic_step_name(plan->steps[step]));
        fflush(stderr);
    }
    return NP_OK;
}

static np_code apply_plan(cli_modem_provisioning *run, np_error *err)
{
    const np_nordic_tools tools = {
        .issuer = {&run->template, np_signer_signing(run->signer), np_random_system()},
        .save = save,
        .may_issue = may_issue,
        .before_step = before_step,
        .self = run,
    };
    sigset_t signals = cli_signals_hold();
    np_code code = np_nordic_plan_apply(&run->plan, run->modem, &tools, &run->result, err);
    cli_signals_let_through(&signals);
    if (run->shows_progress) {
        fputs("\r\033[K", stderr);
    }
    return code;
}

static np_code put_row(cli_modem_provisioning *run, np_error *err)
{
    const cli_arguments *arguments = run->arguments;
    const np_nordic_journal *journal = &run->plan.journal;
    uint8_t pem[PEM_MAX];
    uint8_t text[NP_NRF_ROW_MAX];
    uint8_t point[NP_P256_POINT_SIZE];
    np_writer certificate = np_writer_of(pem, sizeof(pem));
    np_writer writer = np_writer_of(text, sizeof(text));
    np_bytes id = np_bytes_text(run->result.id);
    if (run->rows == NULL || (find_own_key(run, point) && !arguments->replace &&
                              np_rows_file_has_key(run->rows, id, point))) {
        return NP_OK;
    }
    np_pem_encode(&certificate, "CERTIFICATE",
                  np_bytes_of(journal->certificate, journal->certificate_len));
    const np_nrf_row row = {.id = id,
                            .sub_type = text_of(arguments->sub_type),
                            .tags = text_of(arguments->tags),
                            .firmware_types = text_of(arguments->firmware_types),
                            .certificate = np_writer_bytes(&certificate)};
    np_nrf_row_write(&writer, &row);
    return np_rows_file_put(run->rows, id, np_writer_bytes(&writer), arguments->replace, err);
}

static np_code put_info(cli_modem_provisioning *run, np_error *err)
{
    uint8_t text[NP_NRF_ROW_MAX];
    const np_modem_identity *identity = &run->plan.snapshot.identity;
    np_writer writer = np_writer_of(text, sizeof(text));
    np_bytes id = np_bytes_text(run->result.id);
    if (run->info == NULL || !run->plan.snapshot.has_at) {
        return NP_OK;
    }
    np_nrf_info_row_write(&writer, id, np_bytes_text(identity->firmware),
                          np_bytes_text(identity->imei));
    return np_rows_file_put(run->info, id, np_writer_bytes(&writer), true, err);
}

static np_code record(cli_modem_provisioning *run, np_error *err)
{
    const np_nordic_journal *journal = &run->plan.journal;
    const char *model = run->plan.snapshot.identity.model;
    const cli_recorded unit = {
        .certificate = np_bytes_of(journal->certificate, journal->certificate_len),
        .model = model[0] == '\0' ? NULL : model,
        .origin = journal->is_local ? "host" : "modem",
        .where = run->arguments->target,
    };
    return cli_recording_add(&run->recording, &unit, err);
}

np_code cli_modem_provisioning_apply(cli_modem_provisioning *run, np_error *err)
{
    NP_TRY(apply_plan(run, err));
    memcpy(run->plan.id, run->result.id, sizeof(run->result.id));
    NP_TRY(store_pins(run, err));
    NP_TRY(begin_recording(run, err));
    NP_TRY(record(run, err));
    NP_TRY(put_info(run, err));
    return put_row(run, err);
}
