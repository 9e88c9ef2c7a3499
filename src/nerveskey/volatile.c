/* SPDX-License-Identifier: Apache-2.0 */
#include "nerveskey/volatile.h"

#include "base/wipe.h"

typedef struct padded_key {
    uint8_t bytes[NP_ATECC_BLOCK_SIZE];
} padded_key;

static void padded_key_clear(padded_key *key)
{
    np_wipe(key, sizeof(*key));
}

np_code np_volatile_authorize(np_atecc *chip, const uint8_t config[static NP_ATECC_CONFIG_SIZE],
                              const uint8_t key[static NP_VOLATILE_KEY_SIZE], np_random random,
                              np_error *err)
{
    NP_CLEANUP(padded_key_clear) padded_key padded = {{0}};
    uint8_t number[NP_ATECC_NONCE_NUMBER_SIZE];
    np_chip_serial serial = np_config_serial(config);
    const np_layout *layout = np_layout_of(config);
    bool matches = false;
    if (layout == NULL || !layout->needs_608) {
        return np_error_set(err, NP_ECONFLICT_FOREIGN,
                            "the chip has no activation key: its layout is not "
                            "nerveskey-volatile");
    }
    memcpy(padded.bytes, key, NP_VOLATILE_KEY_SIZE);
    NP_TRY(random.fill(random.self, number, sizeof(number), err));
    np_atecc_proof proof = {
        .slot = NP_VOLATILE_ACTIVATION_SLOT,
        .key = padded.bytes,
        .serial = &serial,
        .number = number,
    };
    NP_TRY(np_atecc_latch_set(chip, &proof, &matches, err));
    if (!matches) {
        return np_error_set(err, NP_ECONFLICT_OTHER, "the chip has another activation key");
    }
    return NP_OK;
}
