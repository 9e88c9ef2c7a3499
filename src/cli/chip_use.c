/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/chip_use.h"

#include "cli/volatile_key.h"

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

typedef struct signing {
    const uint8_t *digest;
    uint8_t *signature;
} signing;

static np_code sign(void *self, np_atecc *chip, np_error *err)
{
    const signing *what = self;
    return np_atecc_sign(chip, NP_NERVESKEY_KEY_SLOT, what->digest, what->signature, err);
}

/* The latch is asked only after a refusal: signing itself stays two commands. */
static bool lacks_authorization(np_atecc *chip)
{
    uint8_t config[NP_ATECC_CONFIG_SIZE];
    bool is_set = true;
    return np_atecc_read_config(chip, 0, sizeof(config), config, NULL) == NP_OK &&
           np_layout_of(config) == &np_layouts[NP_LAYOUT_VOLATILE] &&
           np_atecc_latch_read(chip, &is_set, NULL) == NP_OK && !is_set;
}

static np_code report_refusal(np_atecc *chip, np_code code, np_error *err)
{
    if (lacks_authorization(chip)) {
        np_error_set(err, NP_ECONFLICT_OTHER,
                     "the chip is not authorised: its key works only after the activation key was "
                     "given");
        return np_error_hint(err, NP_ECONFLICT_OTHER,
                             "--activation-key-file FILE authorises it for this one use, "
                             "nameplate chip authorize until power fails");
    }
    np_error_prefix(err, code, "signing with slot %d", NP_NERVESKEY_KEY_SLOT);
    return np_error_hint(err, code, "nameplate chip explain tells what the slot allows");
}

np_code cli_use_sign(const cli_arguments *arguments, cli_chip *chip,
                     const uint8_t digest[static 32], uint8_t ret_signature[static 64],
                     np_error *err)
{
    signing what = {digest, ret_signature};
    const np_volatile_work work = {.run = sign, .self = &what};
    np_code code = cli_volatile_run(arguments->activation_key_file, &chip->device, &work, err);
    return code == NP_EDEVICE_STATUS ? report_refusal(&chip->device, code, err) : code;
}
