/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The modem of a bay: looked at, planned, made. What it says once and never again is in its journal
 * (nordic/journal.h) before the next command goes out.
 */
#include "base/format.h"
#include "crypto/hash.h"
#include "station/bay_internal.h"
#include "x509/public_key.h"

/* Opening */

np_code bay_modem_close(station_bay *bay, np_error *err)
{
    bay_modem *modem = &bay->modem;
    const np_station_parts *parts = bay->shared->options->parts;
    modem->is_fresh = false;
    if (!modem->is_open) {
        return NP_OK;
    }
    modem->is_open = false;
    return parts->close_modem(parts->self, &modem->link, err);
}

/* Who it is, for the memory: the IMEI, which every modem has for good. */
static np_code name_part(const bay_modem *modem, const char *imei, char ret[static NP_IMEI_SIZE],
                         np_error *err)
{
    if (imei[0] == '\0' || !np_modem_has_at(&modem->modem)) {
        return np_error_set(err, NP_EDEVICE_ANSWER, "the modem does not tell its IMEI");
    }
    memcpy(ret, imei, NP_IMEI_SIZE);
    return NP_OK;
}

np_code bay_modem_open(station_bay *bay, bool is_whole, char ret_imei[static NP_IMEI_SIZE],
                       np_error *err)
{
    bay_modem *modem = &bay->modem;
    const np_station_parts *parts = bay->shared->options->parts;
    const np_station_modem_product *product = bay->shared->options->modem;
    char imei[NP_IMEI_SIZE] = "";
    if (!modem->is_open) {
        NP_TRY(parts->open_modem(parts->self, bay->config, &modem->link, err));
        modem->is_open = true;
        NP_TRY(np_modem_open(&modem->modem, modem->link.port, &modem->link.other_end, err));
    }
    if (!is_whole) {
        NP_TRY(np_modem_read_imei(&modem->modem, imei, err));
        return name_part(modem, imei, ret_imei, err);
    }
    NP_TRY(np_nordic_snapshot_take(&modem->modem, product->tag, &modem->snapshot, err));
    modem->is_fresh = true;
    return name_part(modem, modem->snapshot.identity.imei, ret_imei, err);
}

/* Planning */

/* The device's UUID is its name at the cloud; a modem that attests none is named by its IMEI. */
static void choose_id(bay_modem *modem)
{
    const np_modem_identity *identity = &modem->snapshot.identity;
    modem->id[0] = '\0';
    if (identity->device_uuid[0] == '\0') {
        np_format(modem->id, sizeof(modem->id), "nrf-%s", identity->imei);
    }
}

static np_unit_state state_of(const np_nordic_plan *plan)
{
    bool is_begun = plan->touched_before != 0 || plan->journal.reply.len > 0 ||
                    plan->journal.certificate_len > 0;
    return np_nordic_plan_is_done(plan)    ? NP_UNIT_DONE
           : np_nordic_plan_destroys(plan) ? NP_UNIT_INCONSISTENT
           : is_begun                      ? NP_UNIT_PARTIAL
                                           : NP_UNIT_BLANK;
}

np_code bay_modem_plan(station_bay *bay, np_unit_sight *ret, np_error *err)
{
    bay_modem *modem = &bay->modem;
    const np_station_hooks *hooks = bay->shared->options->hooks;
    const np_station_modem_product *product = bay->shared->options->modem;
    NP_CLEANUP(np_nordic_journal_clear) np_nordic_journal journal = {0};
    NP_TRY(bay_modem_judge(bay, err));
    modem->is_made = false;
    choose_id(modem);
    modem->request = (np_nordic_request){.id = modem->id,
                                         .roots = product->roots,
                                         .is_local = product->is_local,
                                         .signer_fingerprint = product->signer_fingerprint,
                                         .profile = product->template->profile};
    np_error own = {.code = NP_OK};
    np_code code = hooks->load_journal(hooks->self, modem->snapshot.identity.imei, product->tag,
                                       &journal, &own);
    if (code == NP_OK) {
        code =
            np_nordic_plan_compute(&modem->snapshot, &modem->request, &journal, &modem->plan, &own);
    }
    *ret = (np_unit_sight){.memory = bay->view.memory,
                           .is_replaceable = true,
                           .state = NP_UNIT_INCONSISTENT,
                           .has_certificate = journal.certificate_len > 0};
    if (code == NP_OK) {
        ret->state = state_of(&modem->plan);
        return NP_OK;
    }
    *err = own;
    return code == NP_ECONFLICT_OTHER ? NP_OK : code;
}

/* Applying */

static np_code save(void *self, const np_nordic_journal *journal, np_error *err)
{
    const station_bay *bay = self;
    const np_station_hooks *hooks = bay->shared->options->hooks;
    return hooks->save_journal(hooks->self, bay->modem.snapshot.identity.imei,
                               bay->shared->options->modem->tag, journal, err);
}

static np_code may_issue(void *self, const char *id, const uint8_t point[static NP_P256_POINT_SIZE],
                         np_error *err)
{
    station_bay *bay = self;
    uint8_t digest[NP_SHA256_SIZE];
    /* of a unit with a chip that certificate is the one that counts */
    if (bay->config->chip[0] != '\0') {
        return bay_await_claim(bay, err);
    }
    np_public_key_digest(point, digest);
    return bay_reserve(bay, id, digest, err);
}

static np_code keep_certificate(station_bay *bay, const np_nordic_journal *journal, np_error *err)
{
    if (bay->config->chip[0] != '\0') {
        return NP_OK; /* it has a line of its own */
    }
    return bay_keep_certificate(bay, np_bytes_of(journal->certificate, journal->certificate_len),
                                err);
}

/* Also one that an earlier run has signed and saved, and was cut before it was noted. */
static np_code note_certificate(station_bay *bay, const np_nordic_journal *journal, np_error *err)
{
    if (bay->is_noted || !bay->work.is_claimed || journal->certificate_len == 0) {
        return NP_OK;
    }
    NP_TRY(keep_certificate(bay, journal, err));
    bay_note_certificate(bay);
    return NP_OK;
}

static np_code before_step(void *self, const np_nordic_plan *plan, size_t step_index, np_error *err)
{
    station_bay *bay = self;
    np_nordic_step step = plan->steps[step_index];
    bay_tell_step(bay, np_nordic_step_name(step));
    if (bay->config->chip[0] == '\0') {
        NP_TRY(note_certificate(bay, &plan->journal, err));
    }
    return step == NP_NORDIC_WRITE_CERTIFICATE ? bay_await_note(bay, err)
                                               : bay_await_claim(bay, err);
}

np_code bay_modem_apply(station_bay *bay, np_error *err)
{
    bay_modem *modem = &bay->modem;
    const np_line_options *options = bay->shared->options;
    const np_nordic_tools tools = {
        .issuer = {options->modem->template, bay->shared->signing, options->random},
        .save = save,
        .may_issue = may_issue,
        .before_step = before_step,
        .self = bay,
    };
    modem->result = (np_nordic_result){.made_key = false};
    NP_TRY(np_nordic_plan_apply(&modem->plan, &modem->modem, &tools, &modem->result, err));
    modem->is_made = true;
    return keep_certificate(bay, &modem->plan.journal, err);
}
