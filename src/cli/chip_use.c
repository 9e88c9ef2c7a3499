/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/chip_use.h"

#include "nerveskey/layout.h"

/* The two words with UserExtra, the locks and SlotLocked. */
enum { LOCKS_SIZE = 2 * NP_ATECC_WORD_SIZE };

static np_code read_stage(np_atecc *chip, np_stage *ret, np_error *err)
{
    uint8_t config[NP_ATECC_CONFIG_SIZE] = {0};
    NP_TRY(np_atecc_read_config(chip, NP_CONFIG_USER_EXTRA, LOCKS_SIZE,
                                config + NP_CONFIG_USER_EXTRA, err));
    *ret = np_stage_of(config);
    return NP_OK;
}

np_code cli_use_open(const cli_arguments *arguments, cli_chip *ret, np_error *err)
{
    np_stage stage = NP_STAGE_BLANK;
    NP_TRY(cli_chip_open(arguments, ret, err));
    NP_TRY(read_stage(&ret->device, &stage, err));
    if (stage == NP_STAGE_DATA_LOCKED || stage == NP_STAGE_KEY_LOCKED) {
        return NP_OK;
    }
    np_error_set(err, NP_ECONFLICT_OTHER, "the chip is not provisioned: its stage is '%s'",
                 np_stage_name(stage));
    return np_error_hint(err, NP_ECONFLICT_OTHER, "give it its identity: nameplate chip provision");
}

np_code cli_use_sign(cli_chip *chip, const uint8_t digest[static 32],
                     uint8_t ret_signature[static 64], np_error *err)
{
    np_code code = np_atecc_sign(&chip->device, NP_NERVESKEY_KEY_SLOT, digest, ret_signature, err);
    if (code == NP_EDEVICE_STATUS) {
        np_error_prefix(err, code, "signing with slot %d", NP_NERVESKEY_KEY_SLOT);
        return np_error_hint(err, code, "nameplate chip explain tells what the slot allows");
    }
    return code;
}
