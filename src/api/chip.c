/* SPDX-License-Identifier: Apache-2.0 */
#include "api/chip.h"

#include "base/wipe.h"
#include "crypto/hash.h"
#include "nerveskey/layout.h"
#include "nerveskey/verify.h"
#include "signer/signer.h"
#include <stdlib.h>

/* Public sizes are those of the rooms below. */
_Static_assert((int)NP_CHIP_SERIAL_SIZE == (int)NP_ATECC_SERIAL_SIZE, "chip serial");
_Static_assert((int)NP_SERIAL_TEXT_SIZE == NP_MANUFACTURER_SERIAL_READ_MAX + 1, "serial");
_Static_assert((int)NP_BOARD_TEXT_SIZE == NP_BOARD_MAX + 1, "board");
_Static_assert((int)NP_USER_DATA_SIZE == (int)NP_USER_DATA_MAX, "user data");

static np_code open_link(const char *uri, unsigned wait_ms, np_chip *chip, np_error *err)
{
    np_link_options options = {.lock_wait_ms = wait_ms};
    NP_TRY(np_link_open(uri, &options, &chip->link, err));
    np_atecc_init(&chip->device, np_link_bus(chip->link), np_link_address(chip->link));
    return NP_OK;
}

np_code np_chip_open(const char *uri, unsigned wait_ms, np_chip **ret, np_error *err)
{
    *ret = NULL;
    np_chip *chip = calloc(1, sizeof(*chip));
    if (chip == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for the chip");
    }
    np_code code = open_link(uri, wait_ms, chip, err);
    if (code != NP_OK) {
        free(chip);
        return code;
    }
    *ret = chip;
    return NP_OK;
}

np_code np_chip_close(np_chip *chip, np_error *err)
{
    if (chip == NULL) {
        return NP_OK;
    }
    np_code slept = np_atecc_sleep(&chip->device, err);
    np_code closed = np_link_close(chip->link, slept == NP_OK ? err : NULL);
    np_wipe(chip, sizeof(*chip));
    free(chip);
    return slept == NP_OK ? closed : slept;
}

void np_chip_abandon(np_chip *chip)
{
    if (np_chip_close(chip, NULL) != NP_OK) {
        return; /* the caller knows an earlier error that matters more */
    }
}

np_code chip_rest(np_chip *chip, np_code code, np_error *err)
{
    np_code slept = np_atecc_sleep(&chip->device, code == NP_OK ? err : NULL);
    return code == NP_OK ? slept : code;
}

static np_code take_snapshot(np_chip *chip, np_snapshot *ret, np_error *err)
{
    NP_TRY(chip_rest(chip, np_snapshot_take(&chip->device, ret, err), err));
    return ret->has_identity ? np_identity_settle(&ret->identity, chip_root(chip), err) : NP_OK;
}

static bool is_locked(const np_snapshot *snapshot)
{
    return snapshot->stage == NP_STAGE_DATA_LOCKED || snapshot->stage == NP_STAGE_KEY_LOCKED;
}

static void take_fingerprint(const np_identity_der *der, uint8_t ret[static NP_FINGERPRINT_SIZE])
{
    np_sha256(np_bytes_of(der->bytes, der->len), ret);
}

static void fill_identity(const np_identity *identity, np_chip_facts *ret)
{
    memcpy(ret->serial, identity->otp.serial.text, sizeof(ret->serial));
    memcpy(ret->board, identity->otp.board, sizeof(ret->board));
    memcpy(ret->user_data, identity->otp.user_data, sizeof(ret->user_data));
    memcpy(ret->eui48, identity->eui48, sizeof(ret->eui48));
    ret->kind = identity->kind;
    ret->root = identity->root;
    take_fingerprint(&identity->device, ret->device_fingerprint);
    take_fingerprint(&identity->signer, ret->signer_fingerprint);
}

np_code np_chip_read_facts(np_chip *chip, np_chip_facts *ret, np_error *err)
{
    np_snapshot snapshot;
    NP_TRY(take_snapshot(chip, &snapshot, err));
    np_chip_serial serial = np_config_serial(snapshot.config);
    *ret = (np_chip_facts){
        .model = np_atecc_model_name(snapshot.model),
        .stage = snapshot.stage,
        .mode = np_nerveskey_mode(snapshot.config),
        .has_identity = snapshot.has_identity,
        .is_provisioned = snapshot.has_identity && snapshot.stage == NP_STAGE_KEY_LOCKED,
    };
    memcpy(ret->chip_serial, serial.bytes, sizeof(ret->chip_serial));
    if (snapshot.has_identity) {
        fill_identity(&snapshot.identity, ret);
    } else if (is_locked(&snapshot)) {
        ret->identity_error = snapshot.identity_error;
    }
    return NP_OK;
}

static np_code refuse_certificates(const np_snapshot *snapshot, np_error *err)
{
    if (is_locked(snapshot)) {
        if (err != NULL) {
            *err = snapshot->identity_error;
        }
        return snapshot->identity_error.code;
    }
    return np_error_set(err, NP_ECONFLICT_OTHER,
                        "the chip carries no certificates: its stage is '%s'",
                        np_stage_name(snapshot->stage));
}

np_code np_chip_read_certificates(np_chip *chip, np_chip_certificates *ret, np_error *err)
{
    np_snapshot snapshot;
    NP_TRY(take_snapshot(chip, &snapshot, err));
    if (!snapshot.has_identity) {
        return refuse_certificates(&snapshot, err);
    }
    ret->device = snapshot.identity.device;
    ret->signer = snapshot.identity.signer;
    return NP_OK;
}

typedef struct signing {
    const uint8_t *digest;
    uint8_t *signature;
} signing;

static np_code sign(void *self, np_atecc *device, np_error *err)
{
    const signing *what = self;
    return np_atecc_sign(device, NP_NERVESKEY_KEY_SLOT, what->digest, what->signature, err);
}

np_code np_chip_sign(np_chip *chip, const uint8_t digest[static NP_DIGEST_SIZE],
                     uint8_t ret_signature[static NP_SIGNATURE_SIZE], np_error *err)
{
    signing what = {digest, ret_signature};
    const np_volatile_work work = {.run = sign, .self = &what};
    return chip_run(chip, &work, err);
}

typedef struct verifying {
    const np_trust *trust;
    int64_t now;
    np_verification *seen;
} verifying;

static np_code verify(void *self, np_atecc *device, np_error *err)
{
    const verifying *what = self;
    return np_identity_verify(device, what->trust, what->now, np_random_system(), what->seen, err);
}

np_code np_chip_verify(np_chip *chip, const np_signer *trusted, int64_t now, np_chip_verdicts *ret,
                       np_error *err)
{
    np_verification seen;
    np_trust trust = {.root = chip_root(chip),
                      .accepts_virtual_root = np_link_is_virtual(chip->link)};
    verifying what = {.trust = &trust, .now = now, .seen = &seen};
    const np_volatile_work work = {.run = verify, .self = &what};
    if (trusted != NULL) {
        trust.signer = np_signer_certificate(trusted)->der;
    }
    NP_TRY(chip_run(chip, &work, err));
    memcpy(ret->verdicts, seen.verdicts, sizeof(ret->verdicts));
    memcpy(ret->notes, seen.notes, sizeof(ret->notes));
    ret->is_good = seen.is_good;
    ret->signer_is_trusted = seen.signer_is_trusted;
    ret->signer_is_expired = seen.signer_is_expired;
    return NP_OK;
}
