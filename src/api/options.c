/* SPDX-License-Identifier: Apache-2.0 */
/* What a chip is told once and heeds from then on: the root to trust, the activation key. */
#include "api/certificate.h"
#include "api/chip.h"

#include "base/wipe.h"

const uint8_t *chip_root(const np_chip *chip)
{
    return chip->has_root ? chip->root : NULL;
}

np_code np_chip_trust_root(np_chip *chip, np_bytes certificate, np_error *err)
{
    certificate_copy copy;
    if (certificate.len == 0) {
        chip->has_root = false;
        return NP_OK;
    }
    NP_TRY(certificate_decode(certificate, &copy, err));
    if (copy.parsed.point.len != NP_PUBLIC_KEY_SIZE) {
        return np_error_set(err, NP_EINPUT_KEY, "the key of the root is not uncompressed P-256");
    }
    memcpy(chip->root, copy.parsed.point.data, sizeof(chip->root));
    chip->has_root = true;
    return NP_OK;
}

void np_chip_use_activation_key(np_chip *chip, const uint8_t *key)
{
    chip->has_activation_key = key != NULL;
    if (key != NULL) {
        memcpy(chip->activation_key, key, sizeof(chip->activation_key));
    } else {
        np_wipe(chip->activation_key, sizeof(chip->activation_key));
    }
}

np_code chip_run(np_chip *chip, const np_volatile_work *work, np_error *err)
{
    const uint8_t *key = chip->has_activation_key ? chip->activation_key : NULL;
    np_code code = np_volatile_run(&chip->device, key, np_random_system(), work, err);
    return chip_rest(chip, code, err);
}

static np_code authorize(np_chip *chip, const uint8_t *key, np_error *err)
{
    uint8_t config[NP_ATECC_CONFIG_SIZE];
    NP_TRY(np_atecc_read_config(&chip->device, 0, sizeof(config), config, err));
    return np_volatile_authorize(&chip->device, config, key, np_random_system(), err);
}

np_code np_chip_authorize(np_chip *chip, const uint8_t key[static NP_VOLATILE_KEY_SIZE],
                          np_error *err)
{
    return chip_rest(chip, authorize(chip, key, err), err);
}
