/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a 608 answers under its IO protection key (specs of the chip 3.6, 4.13): ciphertext in
 * blocks of 32 bytes, then the nonce.
 */
#include "virtual/messages.h"

enum {
    OPTION_IO_PROTECTION = 0x0002,
    IO_KEY_SHIFT = 12,
    NONCE_SIZE = 32,
    NONCE_PART = 16, /* of the nonce, for each block */
};

uint16_t chip_options(const np_virtual_chip *chip)
{
    const uint8_t *at = chip_config(chip) + NP_CONFIG_CHIP_OPTIONS;
    return chip_is_608(chip) ? (uint16_t)(at[0] | (unsigned)at[1] << 8) : (uint16_t)0;
}

const uint8_t *chip_io_key(const np_virtual_chip *chip)
{
    uint16_t options = chip_options(chip);
    bool is_enabled = (options & OPTION_IO_PROTECTION) != 0 && chip_is_config_locked(chip);
    return is_enabled ? chip_slot_bytes(chip, options >> IO_KEY_SHIFT) : NULL;
}

np_atecc_status chip_answer_encrypted(np_virtual_chip *chip, np_bytes plain, chip_answer *answer)
{
    const uint8_t *key = chip_io_key(chip);
    uint8_t *nonce = answer->data + plain.len;
    if (key == NULL) {
        return NP_ATECC_EXECUTION_ERROR;
    }
    if (!chip_draw(chip, nonce)) {
        return chip_draw_failure(chip);
    }
    for (size_t block = 0; block * 32 < plain.len; block++) {
        NP_SECRET32 mask = {0};
        const np_bytes parts[] = {np_bytes_of(key, 32),
                                  np_bytes_of(nonce + NONCE_PART * block, NONCE_PART)};
        np_sha256_parts(parts, NP_COUNT_OF(parts), mask.bytes);
        for (size_t i = 0; i < 32; i++) {
            answer->data[32 * block + i] = plain.data[32 * block + i] ^ mask.bytes[i];
        }
    }
    answer->len = plain.len + NONCE_SIZE;
    return NP_ATECC_SUCCESS;
}
