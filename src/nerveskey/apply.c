/* SPDX-License-Identifier: Apache-2.0 */
#include "nerveskey/apply.h"

#include "crypto/hash.h"
#include "nerveskey/layout.h"
#include "nerveskey/proof.h"
#include "nerveskey/volatile.h"

enum { LOCK_ATTEMPTS = 2, KEY_ATTEMPTS = 2, LOCK_WORD = NP_CONFIG_USER_EXTRA };

typedef struct application {
    np_plan *plan;
    np_atecc *chip;
    const np_apply_tools *tools;
    np_apply_result *result;
} application;

static np_code write_config(application *app, const np_step *step, np_error *err)
{
    np_bytes data = np_bytes_of(app->plan->config + step->offset, step->len);
    np_code code = np_atecc_write(app->chip, NP_ATECC_ZONE_CONFIG,
                                  np_atecc_zone_address(step->offset), data, err);
    if (code != NP_OK) {
        return np_error_prefix(err, code, "configuration byte %u", (unsigned)step->offset);
    }
    if (step->offset == NP_CONFIG_I2C_ADDRESS && app->chip->address != app->plan->address) {
        /* an erased address was repaired; it holds from the next wake on */
        NP_TRY(np_atecc_sleep(app->chip, err));
        app->chip->address = app->plan->address;
    }
    return NP_OK;
}

static np_code write_otp(application *app, const np_step *step, np_error *err)
{
    np_bytes data = np_bytes_of(app->plan->otp_bytes + step->offset, step->len);
    np_code code = np_atecc_write(app->chip, NP_ATECC_ZONE_OTP, np_atecc_zone_address(step->offset),
                                  data, err);
    return code == NP_OK ? NP_OK
                         : np_error_prefix(err, code, "OTP byte %u", (unsigned)step->offset);
}

static np_code write_slot(application *app, const np_step *step, np_error *err)
{
    uint8_t block[NP_ATECC_BLOCK_SIZE] = {0};
    size_t left = np_atecc_slot_size(step->slot) - step->offset;
    const uint8_t *from = app->plan->data + np_atecc_slot_offset(step->slot) + step->offset;
    memcpy(block, from, left < sizeof(block) ? left : sizeof(block));
    np_code code =
        np_atecc_write(app->chip, NP_ATECC_ZONE_DATA,
                       np_atecc_slot_address(step->slot, step->offset), NP_BYTES(block), err);
    return code == NP_OK ? NP_OK
                         : np_error_prefix(err, code, "slot %u, block %u", (unsigned)step->slot,
                                           (unsigned)step->offset / NP_ATECC_BLOCK_SIZE);
}

/* What a lock changed: the word with LockValue and LockConfig, then the one with SlotLocked. */
static np_code read_locks(np_atecc *chip, const np_step *step, np_lock_state *ret, np_error *err)
{
    np_step_kind kind = step->kind;
    uint8_t word[NP_ATECC_WORD_SIZE];
    if (kind == NP_STEP_LOCK_KEY) {
        NP_TRY(np_atecc_read_config(chip, NP_CONFIG_SLOT_LOCKED, sizeof(word), word, err));
        *ret = ((word[0] | word[1] << 8) >> step->slot & 1) != 0 ? NP_LOCK_OPEN : NP_LOCK_CLOSED;
        return NP_OK;
    }
    size_t at = kind == NP_STEP_LOCK_CONFIG ? NP_CONFIG_LOCK_CONFIG : NP_CONFIG_LOCK_VALUE;
    NP_TRY(np_atecc_read_config(chip, LOCK_WORD, sizeof(word), word, err));
    *ret = np_lock_state_of(word[at - LOCK_WORD]);
    return NP_OK;
}

static np_code send_lock(application *app, const np_step *step, np_error *err)
{
    switch (step->kind) {
    case NP_STEP_LOCK_CONFIG:
        return np_atecc_lock_zone(app->chip, NP_ATECC_LOCK_CONFIG, np_plan_config_crc(app->plan),
                                  err);
    case NP_STEP_LOCK_DATA:
        return np_atecc_lock_zone(app->chip, NP_ATECC_LOCK_DATA, np_plan_data_crc(app->plan), err);
    default:
        return np_atecc_lock_slot(app->chip, step->slot, err);
    }
}

static np_code report_refused_lock(np_code code, np_step_kind kind, np_error *err)
{
    if (code != NP_EDEVICE_STATUS) {
        return np_error_prefix(err, code, "%s", np_step_name(kind));
    }
    int status = err != NULL ? err->sub : 0;
    np_error_set_sub(err, NP_EDEVICE_LOCK, status,
                     "%s: the chip refuses, its contents are not the ones that were sent",
                     np_step_name(kind));
    return np_error_hint(err, NP_EDEVICE_LOCK,
                         "run the same command again, it writes everything anew; if it is refused "
                         "again, replace the chip");
}

/*
 * A lock whose answer was lost or damaged may have happened: the lock byte tells. Only a lock that
 * is seen to be open is sent again.
 */
static np_code lock(application *app, const np_step *step, np_error *err)
{
    np_error lock_error;
    np_code code = NP_OK;
    for (unsigned count = 0; count < LOCK_ATTEMPTS; count++) {
        code = send_lock(app, step, &lock_error);
        if (code == NP_OK) {
            return NP_OK;
        }
        np_lock_state state = NP_LOCK_OPEN;
        NP_TRY(read_locks(app->chip, step, &state, err));
        if (state == NP_LOCK_CLOSED) {
            return NP_OK;
        }
        if (state == NP_LOCK_TORN) {
            return np_error_set(err, NP_EDEVICE_LOST,
                                "%s: this chip is lost: its lock byte has neither value",
                                np_step_name(step->kind));
        }
        if (code == NP_EDEVICE_STATUS) {
            break;
        }
    }
    if (err != NULL) {
        *err = lock_error;
    }
    return report_refused_lock(code, step->kind, err);
}

static np_code lock_config(application *app, const np_step *step, np_error *err)
{
    NP_TRY(lock(app, step, err));
    /* what the configuration says about keys and random numbers is sure to hold after a wake */
    return np_atecc_sleep(app->chip, err);
}

/*
 * The lock bytes are read right before: a chip that misses the Lock command would give its last
 * answer again, and this one cannot be taken for the success of a Lock.
 */
static np_code lock_data(application *app, const np_step *step, np_error *err)
{
    np_lock_state state = NP_LOCK_OPEN;
    NP_TRY(read_locks(app->chip, step, &state, err));
    if (state != NP_LOCK_OPEN) {
        return np_error_set(err, NP_EDEVICE_ANSWER, "the data zone is locked before its time");
    }
    return lock(app, step, err);
}

static np_code check_random(application *app, const np_step *step, np_error *err)
{
    (void)step;
    uint8_t random[32];
    NP_TRY(np_atecc_random(app->chip, random, err));
    if (np_atecc_is_factory_pattern(random)) {
        np_code code = np_error_set(err, NP_EDEVICE_ANSWER,
                                    "the chip's random numbers are still the factory's pattern; a "
                                    "key made now would be worthless");
        return np_error_hint(err, code, "run the same command again; then replace the chip");
    }
    return NP_OK;
}

static uint32_t repetitions(const np_atecc *chip)
{
    return chip->counts.rereads + chip->counts.resends;
}

/*
 * After any doubt about the answer the chip is asked which key it has: the certificate must name
 * the key that is there, not one that was overwritten or misread.
 */
static np_code make_key(application *app, const np_step *step, np_error *err)
{
    (void)step;
    uint8_t *key = app->result->identity.public_key;
    np_code code = NP_OK;
    for (unsigned count = 0; count < KEY_ATTEMPTS; count++) {
        uint32_t before = repetitions(app->chip);
        code = np_atecc_genkey_create(app->chip, NP_NERVESKEY_KEY_SLOT, key, err);
        if (code == NP_OK && repetitions(app->chip) == before) {
            return NP_OK;
        }
        if (code != NP_OK && code != NP_ESTATION_TIMEOUT && code != NP_EDEVICE_ANSWER) {
            break;
        }
        code = np_atecc_genkey_public(app->chip, NP_NERVESKEY_KEY_SLOT, key, err);
        if (code != NP_EDEVICE_STATUS) {
            break;
        }
    }
    return code == NP_OK ? NP_OK : np_error_prefix(err, code, "making the key in slot 0");
}

static np_code issue(application *app, const np_step *step, np_error *err)
{
    (void)step;
    np_plan *plan = app->plan;
    if (app->tools->signing == NULL) {
        return np_error_set(err, NP_EUSAGE,
                            "a certificate must be issued, and there is no signer key");
    }
    np_profile_values values = {
        .subject = np_bytes_of(plan->otp.serial.text, plan->otp.serial.len),
        .public_key = app->result->identity.public_key,
        .authority_key = plan->signer_key,
        .chip_serial = NP_BYTES(plan->chip_serial.bytes),
    };
    np_issued issued;
    np_code code = np_profile_issue(&np_profile_nerveskey_device, &values, plan->dates,
                                    app->tools->signing, &issued, err);
    if (code != NP_OK) {
        return np_error_prefix(err, code, "device certificate");
    }
    memcpy(plan->data + np_atecc_slot_offset(NP_NERVESKEY_DEVICE_CERTIFICATE_SLOT),
           issued.compressed, NP_COMPRESSED_SIZE);
    app->result->issued = true;
    return NP_OK;
}

static np_code fail_verification(const char *what, np_error *err)
{
    return np_error_set(err, NP_EDEVICE_VERIFY, "read back from the chip: %s", what);
}

static np_code check_key(application *app, const np_step *step, np_error *err)
{
    (void)step;
    np_identity *identity = &app->result->identity;
    bool is_good = false;
    NP_TRY(np_identity_read_contents(app->chip, &app->plan->chip_serial, NP_IDENTITY_NERVESKEY,
                                     identity, err));
    NP_TRY(np_identity_rebuild(identity, err));
    NP_TRY(proof_check_certificate(identity, &is_good, err));
    if (!is_good) {
        return np_error_set(
            err, NP_ECONFLICT_OTHER,
            "the key in slot 0 is not the one that the certificate in slot 10 names; "
            "slot 0 was not locked");
    }
    return NP_OK;
}

/* The configuration as the locks must have left it: blocks 0 and 2 tell serial and locks. */
static np_code compare_config(application *app, np_error *err)
{
    uint8_t expected[NP_ATECC_CONFIG_SIZE];
    uint8_t block[NP_ATECC_BLOCK_SIZE];
    memcpy(expected, app->plan->config, sizeof(expected));
    expected[NP_CONFIG_LOCK_VALUE] = NP_ATECC_LOCKED;
    expected[NP_CONFIG_LOCK_CONFIG] = NP_ATECC_LOCKED;
    expected[NP_CONFIG_SLOT_LOCKED] &= (uint8_t)~app->plan->layout->locked_slots;
    expected[NP_CONFIG_SLOT_LOCKED + 1] &= (uint8_t) ~(app->plan->layout->locked_slots >> 8);
    for (size_t offset = 0; offset < sizeof(expected); offset += 2 * sizeof(block)) {
        NP_TRY(np_atecc_read_config(app->chip, offset, sizeof(block), block, err));
        for (size_t i = 0; i < sizeof(block); i++) {
            if (block[i] != expected[offset + i]) {
                return np_error_set(err, NP_EDEVICE_VERIFY,
                                    "read back from the chip: configuration byte %zu is %02x, not "
                                    "%02x",
                                    offset + i, (unsigned)block[i], (unsigned)expected[offset + i]);
            }
        }
    }
    return NP_OK;
}

static bool slot_holds(const np_plan *plan, unsigned slot, np_bytes bytes)
{
    return memcmp(plan->data + np_atecc_slot_offset(slot), bytes.data, bytes.len) == 0;
}

static np_code compare_contents(application *app, np_error *err)
{
    np_identity *identity = &app->result->identity;
    const np_plan *plan = app->plan;
    if (memcmp(identity->otp_bytes, plan->otp_bytes, sizeof(plan->otp_bytes)) != 0) {
        return fail_verification("the OTP zone differs", err);
    }
    if (!slot_holds(plan, NP_NERVESKEY_DEVICE_CERTIFICATE_SLOT,
                    NP_BYTES(identity->device_compressed)) ||
        !slot_holds(plan, NP_NERVESKEY_SIGNER_KEY_SLOT, NP_BYTES(identity->signer_key)) ||
        !slot_holds(plan, NP_NERVESKEY_SIGNER_CERTIFICATE_SLOT,
                    NP_BYTES(identity->signer_compressed))) {
        return fail_verification("a certificate slot (10, 11 or 12) differs", err);
    }
    return NP_OK;
}

static const uint8_t *planned_key(const np_plan *plan, unsigned slot)
{
    return plan->data + np_atecc_slot_offset(slot);
}

/* The challenge of a volatile key needs the latch; it is left as a power cut would leave it. */
static np_code challenge(application *app, bool *ret_is_good, np_error *err)
{
    const np_plan *plan = app->plan;
    const uint8_t *public_key = app->result->identity.public_key;
    uint8_t config[NP_ATECC_CONFIG_SIZE];
    if (!plan->layout->needs_608) {
        return proof_challenge(app->chip, public_key, app->tools->random, ret_is_good, err);
    }
    memcpy(config, plan->config, sizeof(config));
    config[NP_CONFIG_LOCK_CONFIG] = NP_ATECC_LOCKED;
    NP_TRY(np_volatile_authorize(app->chip, config, planned_key(plan, NP_VOLATILE_ACTIVATION_SLOT),
                                 app->tools->random, err));
    np_code code = proof_challenge(app->chip, public_key, app->tools->random, ret_is_good, err);
    np_code cleared = np_atecc_latch_clear(app->chip, code == NP_OK ? err : NULL);
    return code != NP_OK ? code : cleared;
}

static np_code verify(application *app, const np_step *step, np_error *err)
{
    (void)step;
    np_identity *identity = &app->result->identity;
    bool is_good = false;
    NP_TRY(compare_config(app, err));
    NP_TRY(np_identity_read_contents(app->chip, &app->plan->chip_serial, NP_IDENTITY_NERVESKEY,
                                     identity, err));
    NP_TRY(compare_contents(app, err));
    NP_TRY(np_identity_rebuild(identity, err));
    NP_TRY(proof_check_certificate(identity, &is_good, err));
    if (!is_good) {
        return fail_verification("the signer did not sign a certificate for the key in slot 0",
                                 err);
    }
    NP_TRY(challenge(app, &is_good, err));
    if (!is_good) {
        return fail_verification("the key in slot 0 gave a wrong signature", err);
    }
    np_sha256(np_bytes_of(identity->device.bytes, identity->device.len),
              app->result->device_fingerprint);
    return NP_OK;
}

static np_code (*const actions[NP_STEP_KIND_COUNT])(application *, const np_step *, np_error *) = {
    [NP_STEP_WRITE_CONFIG] = write_config,
    [NP_STEP_LOCK_CONFIG] = lock_config,
    [NP_STEP_CHECK_RANDOM] = check_random,
    [NP_STEP_WRITE_OTP] = write_otp,
    [NP_STEP_MAKE_KEY] = make_key,
    [NP_STEP_ISSUE] = issue,
    [NP_STEP_WRITE_SLOT] = write_slot,
    [NP_STEP_LOCK_DATA] = lock_data,
    [NP_STEP_CHECK_KEY] = check_key,
    [NP_STEP_LOCK_KEY] = lock,
    [NP_STEP_VERIFY] = verify,
};

np_code np_plan_check_keys(const np_plan *plan, np_atecc *chip, np_random random, np_error *err)
{
    bool is_locked = plan->stage == NP_STAGE_DATA_LOCKED || plan->stage == NP_STAGE_KEY_LOCKED;
    if (!is_locked || !plan->layout->needs_608) {
        return NP_OK;
    }
    return np_volatile_check_keys(chip, planned_key(plan, NP_VOLATILE_ACTIVATION_SLOT),
                                  planned_key(plan, NP_VOLATILE_ENCRYPTION_SLOT), random, err);
}

static np_code apply_steps(application *app, np_error *err)
{
    NP_TRY(np_plan_check_keys(app->plan, app->chip, app->tools->random, err));
    for (size_t i = 0; i < app->plan->step_count; i++) {
        const np_step *step = &app->plan->steps[i];
        if (app->tools->before_step != NULL) {
            NP_TRY(app->tools->before_step(app->tools->before_step_self, app->plan, i, err));
        }
        NP_TRY(actions[step->kind](app, step, err));
    }
    return NP_OK;
}

np_code np_plan_apply(np_plan *plan, np_atecc *chip, const np_apply_tools *tools,
                      np_apply_result *ret, np_error *err)
{
    *ret = (np_apply_result){.issued = false};
    application app = {.plan = plan, .chip = chip, .tools = tools, .result = ret};
    np_code code = apply_steps(&app, err);
    np_code sleep_code = np_atecc_sleep(chip, code == NP_OK ? err : NULL);
    return code != NP_OK ? code : sleep_code;
}
