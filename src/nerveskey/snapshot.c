/* SPDX-License-Identifier: Apache-2.0 */
#include "nerveskey/snapshot.h"

#include "base/text.h"
#include "nerveskey/layout.h"
#include "nerveskey/trust_and_go.h"

enum { ERASED_ADDRESS = NP_ATECC_ERASED >> 1 };

static const char *const stage_names[] = {
    [NP_STAGE_BLANK] = "blank",
    [NP_STAGE_CONFIGURED] = "configured",
    [NP_STAGE_DATA_LOCKED] = "data-locked",
    [NP_STAGE_KEY_LOCKED] = "key-locked",
    [NP_STAGE_LOST] = "lost",
};

const char *np_stage_name(np_stage stage)
{
    return (unsigned)stage < NP_STAGE_COUNT ? stage_names[stage] : "unknown";
}

np_stage np_stage_of(const uint8_t config[static NP_ATECC_CONFIG_SIZE])
{
    np_lock_state zone = np_lock_state_of(config[NP_CONFIG_LOCK_CONFIG]);
    np_lock_state data = np_lock_state_of(config[NP_CONFIG_LOCK_VALUE]);
    if (zone == NP_LOCK_TORN || data == NP_LOCK_TORN) {
        return NP_STAGE_LOST;
    }
    if (zone == NP_LOCK_OPEN) {
        return NP_STAGE_BLANK;
    }
    if (data == NP_LOCK_OPEN) {
        return NP_STAGE_CONFIGURED;
    }
    return np_config_key_is_fixed(config, NP_NERVESKEY_KEY_SLOT) ? NP_STAGE_KEY_LOCKED
                                                                 : NP_STAGE_DATA_LOCKED;
}

/*
 * A power cut while the word with the address was written can leave the address erased: the chip
 * then answers at 0x7f, and only there can its configuration be written again.
 */
static np_code find_erased(np_atecc *chip, bool *ret_found, np_error *err)
{
    np_atecc other = *chip;
    other.address = ERASED_ADDRESS;
    uint8_t word[NP_ATECC_WORD_SIZE];
    uint8_t locks[NP_ATECC_WORD_SIZE];
    *ret_found = false;
    bool is_there = false;
    other.is_awake = true; /* the tokens so far have woken whatever is on the bus */
    NP_TRY(np_atecc_sleep(&other, err));
    NP_TRY(np_atecc_detect(&other, &is_there, err));
    if (!is_there) {
        return NP_OK;
    }
    NP_TRY(np_atecc_read_config(&other, NP_CONFIG_I2C_ADDRESS, sizeof(word), word, err));
    NP_TRY(np_atecc_read_config(&other, NP_CONFIG_USER_EXTRA, sizeof(locks), locks, err));
    bool is_open = locks[NP_CONFIG_LOCK_CONFIG - NP_CONFIG_USER_EXTRA] == NP_ATECC_UNLOCKED;
    *ret_found = word[0] == NP_ATECC_ERASED && is_open;
    if (!*ret_found) {
        return np_atecc_sleep(&other, err);
    }
    *chip = other;
    return NP_OK;
}

static np_code find(np_atecc *chip, np_error *err)
{
    bool is_there = false;
    NP_TRY(np_atecc_detect(chip, &is_there, err));
    if (is_there) {
        return NP_OK;
    }
    bool found = false;
    NP_TRY(find_erased(chip, &found, err));
    if (found) {
        return NP_OK;
    }
    /* Ask once more at the address that was meant, for its own message. */
    uint8_t word[NP_ATECC_WORD_SIZE];
    return np_atecc_read_config(chip, 0, sizeof(word), word, err);
}

static void read_identity(np_atecc *chip, np_snapshot *ret)
{
    np_chip_serial serial = np_config_serial(ret->config);
    np_identity_kind kind =
        np_trust_and_go_has_config(ret->config) ? NP_IDENTITY_TRUST_AND_GO : NP_IDENTITY_NERVESKEY;
    np_code code =
        np_identity_read_contents(chip, &serial, kind, &ret->identity, &ret->identity_error);
    if (code == NP_OK) {
        code = np_identity_rebuild(&ret->identity, &ret->identity_error);
    }
    ret->has_identity = code == NP_OK;
}

np_code np_snapshot_take(np_atecc *chip, np_snapshot *ret, np_error *err)
{
    *ret = (np_snapshot){0};
    NP_TRY(find(chip, err));
    ret->address = chip->address;
    NP_TRY(np_atecc_read_config(chip, 0, NP_ATECC_CONFIG_SIZE, ret->config, err));
    if (!np_atecc_model_by_revision(ret->config + NP_CONFIG_REVISION, &ret->model)) {
        char revision[2 * NP_ATECC_REVISION_SIZE + 1];
        np_format_hex(np_bytes_of(ret->config + NP_CONFIG_REVISION, NP_ATECC_REVISION_SIZE),
                      revision);
        return np_error_set(err, NP_ECONFLICT_FOREIGN,
                            "the part has revision %s, which is no ATECC508A, 608A or 608B",
                            revision);
    }
    ret->stage = np_stage_of(ret->config);
    if (ret->stage == NP_STAGE_DATA_LOCKED || ret->stage == NP_STAGE_KEY_LOCKED) {
        read_identity(chip, ret);
        /* A bus that failed says nothing about what the chip holds. */
        np_code code = ret->has_identity ? NP_OK : ret->identity_error.code;
        if (np_error_class(code) == NP_CLASS_STATION) {
            np_error_set(err, code, "%s", ret->identity_error.message);
            return np_error_hint(err, code, "%s", ret->identity_error.hint);
        }
    }
    return NP_OK;
}
