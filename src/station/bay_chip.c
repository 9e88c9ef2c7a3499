/* SPDX-License-Identifier: Apache-2.0 */
/* The chip of a bay: looked at, planned, made. What cannot be undone waits for the recorder. */
#include "station/bay_internal.h"

#include "base/text.h"
#include "crypto/hash.h"
#include "nerveskey/verify.h"
#include "x509/certificate.h"
#include "x509/public_key.h"

/* Opening */

np_code bay_chip_close(station_bay *bay, np_error *err)
{
    bay_chip *chip = &bay->chip;
    const np_station_parts *parts = bay->shared->options->parts;
    np_code code = NP_OK;
    chip->is_fresh = false;
    if (!chip->is_open) {
        return NP_OK;
    }
    code = np_atecc_sleep(&chip->device, err);
    if (chip->is_held) {
        np_bus_release(&chip->device.bus);
    }
    chip->is_held = false;
    chip->is_open = false;
    np_code closed = parts->close_chip(parts->self, &chip->link, code == NP_OK ? err : NULL);
    return code == NP_OK ? closed : code;
}

static np_code read_serial(bay_chip *chip, np_chip_serial *ret, np_error *err)
{
    uint8_t config[NP_ATECC_CONFIG_SIZE] = {0};
    NP_TRY(np_atecc_read_config(&chip->device, 0, NP_ATECC_BLOCK_SIZE, config, err));
    *ret = np_config_serial(config);
    return np_atecc_sleep(&chip->device, err);
}

np_code bay_chip_open(station_bay *bay, bool is_whole, np_error *err)
{
    bay_chip *chip = &bay->chip;
    const np_station_parts *parts = bay->shared->options->parts;
    np_chip_serial serial;
    if (!chip->is_open) {
        NP_TRY(parts->open_chip(parts->self, bay->config, &chip->link, err));
        chip->is_open = true;
        np_atecc_init(&chip->device, chip->link.bus, chip->link.address);
        NP_TRY(np_bus_hold(&chip->device.bus, err));
        chip->is_held = true;
    }
    if (is_whole) {
        NP_TRY(np_snapshot_take(&chip->device, &chip->snapshot, err));
        chip->is_fresh = true;
        serial = np_config_serial(chip->snapshot.config);
    } else {
        NP_TRY(read_serial(chip, &serial, err));
    }
    np_format_hex(NP_BYTES(serial.bytes), bay->uid);
    return NP_OK;
}

/* Planning */

static np_plan_request request_of(const station_bay *bay)
{
    const np_station_chip_product *product = bay->shared->options->chip;
    const np_station_hooks *hooks = bay->shared->options->hooks;
    return (np_plan_request){
        .serial = np_bytes_text(bay->view.serial),
        .board = product->board,
        .user_data = product->user_data,
        .layout = product->layout,
        .signer = product->signer,
        .now = hooks->now_ms(hooks->self) / 1000,
        .address = bay->chip.link.address, /* not one that a torn write has left */
    };
}

/* Of a plan that is refused because of what the chip holds. */
static bool find_refused_state(np_code code, np_unit_state *ret)
{
    *ret = code == NP_ECONFLICT_FOREIGN ? NP_UNIT_FOREIGN : NP_UNIT_INCONSISTENT;
    return code == NP_ECONFLICT_FOREIGN || code == NP_ECONFLICT_OTHER || code == NP_EDEVICE_LOST;
}

np_code bay_chip_plan(station_bay *bay, np_unit_sight *ret, np_error *err)
{
    bay_chip *chip = &bay->chip;
    np_stage stage = chip->snapshot.stage;
    np_plan_request request = request_of(bay);
    *ret = (np_unit_sight){.memory = bay->view.memory,
                           .has_certificate =
                               stage == NP_STAGE_DATA_LOCKED || stage == NP_STAGE_KEY_LOCKED};
    chip->is_made = false;
    if (request.serial.len > NP_MANUFACTURER_SERIAL_MAX) {
        return np_error_set(err, NP_EPOLICY, "a chip has room for serials of %d bytes",
                            NP_MANUFACTURER_SERIAL_MAX);
    }
    np_code code = np_plan_compute(&chip->snapshot, &request, &chip->plan, err);
    if (code != NP_OK) {
        return find_refused_state(code, &ret->state) ? NP_OK : code;
    }
    ret->state = np_plan_is_done(&chip->plan) ? NP_UNIT_DONE
                 : stage == NP_STAGE_BLANK    ? NP_UNIT_BLANK
                                              : NP_UNIT_PARTIAL;
    return NP_OK;
}

/* Applying */

/* The certificate as the chip will show it: rebuilt from what was planned and made. */
static np_code rebuild(const bay_chip *chip, np_identity *ret, np_error *err)
{
    const np_plan *plan = &chip->plan;
    *ret = (np_identity){.kind = NP_IDENTITY_NERVESKEY, .chip_serial = plan->chip_serial};
    memcpy(ret->otp_bytes, plan->otp_bytes, sizeof(ret->otp_bytes));
    memcpy(ret->device_compressed,
           plan->data + np_atecc_slot_offset(NP_NERVESKEY_DEVICE_CERTIFICATE_SLOT),
           sizeof(ret->device_compressed));
    memcpy(ret->signer_compressed,
           plan->data + np_atecc_slot_offset(NP_NERVESKEY_SIGNER_CERTIFICATE_SLOT),
           sizeof(ret->signer_compressed));
    memcpy(ret->signer_key, plan->signer_key, sizeof(ret->signer_key));
    memcpy(ret->public_key, chip->result.identity.public_key, sizeof(ret->public_key));
    return np_identity_rebuild(ret, err);
}

/*
 * It is noted while the chip's slots are being written, which takes longer than any disk: nobody
 * can read a slot before the data zone is locked, and that waits for the disk.
 */
static np_code note_certificate(station_bay *bay, np_error *err)
{
    np_identity identity;
    NP_TRY(rebuild(&bay->chip, &identity, err));
    NP_TRY(bay_keep_certificate(bay, np_bytes_of(identity.device.bytes, identity.device.len), err));
    bay_note_certificate(bay);
    return NP_OK;
}

static np_code reserve(station_bay *bay, np_error *err)
{
    uint8_t digest[NP_SHA256_SIZE];
    np_public_key_digest(bay->chip.result.identity.public_key, digest);
    return bay_reserve(bay, bay->view.serial, digest, err);
}

/* What has to be on disk before a step. */
static np_code (*const gates[NP_STEP_KIND_COUNT])(station_bay *, np_error *) = {
    [NP_STEP_LOCK_CONFIG] = bay_await_claim,
    [NP_STEP_MAKE_KEY] = bay_await_claim,
    [NP_STEP_ISSUE] = reserve,
    [NP_STEP_LOCK_DATA] = bay_await_note,
    [NP_STEP_LOCK_KEY] = bay_await_note,
};

static np_code before_step(void *self, const np_plan *plan, size_t step_index, np_error *err)
{
    station_bay *bay = self;
    np_step_kind kind = plan->steps[step_index].kind;
    if (step_index == 0 || kind != bay->chip.step) {
        bay->chip.step = kind;
        bay_tell_step(bay, np_step_name(kind));
    }
    if (bay->chip.result.issued && !bay->is_noted) {
        NP_TRY(note_certificate(bay, err));
    }
    return gates[kind] == NULL ? NP_OK : gates[kind](bay, err);
}

np_code bay_chip_apply(station_bay *bay, np_error *err)
{
    bay_chip *chip = &bay->chip;
    const np_line_options *options = bay->shared->options;
    const np_apply_tools tools = {.signing = bay->shared->signing,
                                  .random = options->random,
                                  .before_step = before_step,
                                  .before_step_self = bay};
    chip->result = (np_apply_result){.issued = false};
    NP_TRY(np_plan_apply(&chip->plan, &chip->device, &tools, &chip->result, err));
    chip->is_made = true;
    return bay_keep_certificate(
        bay, np_bytes_of(chip->result.identity.device.bytes, chip->result.identity.device.len),
        err);
}

/* Checking */

static bool is_wanted(const np_station_config *config, np_check check)
{
    for (size_t i = 0; i < config->chip.verify_count; i++) {
        if (strcmp(config->chip.verify[i], np_check_name(check)) == 0) {
            return true;
        }
    }
    return false;
}

np_code bay_chip_check(station_bay *bay, np_error *err)
{
    const np_line_options *options = bay->shared->options;
    const np_station_hooks *hooks = options->hooks;
    const np_trust trust = {.signer = options->chip->signer.certificate->der};
    np_verification found;
    NP_TRY(np_identity_verify(&bay->chip.device, &trust, hooks->now_ms(hooks->self) / 1000,
                              options->random, &found, err));
    for (unsigned i = 0; i < NP_CHECK_COUNT; i++) {
        bool is_asked = is_wanted(options->config, (np_check)i);
        if (is_asked && found.verdicts[i] != NP_VERDICT_PASSED) {
            return np_error_set(err, NP_EDEVICE_VERIFY, "%s: %s", np_check_name((np_check)i),
                                found.notes[i]);
        }
    }
    return NP_OK;
}
