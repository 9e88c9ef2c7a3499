/* SPDX-License-Identifier: Apache-2.0 */
#include "api/chip.h"

#include "base/wipe.h"

typedef struct random_block {
    uint8_t bytes[NP_ATECC_BLOCK_SIZE];
} random_block;

static void clear_block(random_block *block)
{
    np_wipe(block, sizeof(*block));
}

static np_code draw(np_chip *chip, uint8_t *ret, size_t len, np_error *err)
{
    NP_CLEANUP(clear_block) random_block block;
    for (size_t at = 0; at < len; at += sizeof(block.bytes)) {
        size_t left = len - at;
        NP_TRY(np_atecc_random(&chip->device, block.bytes, err));
        if (np_atecc_is_factory_pattern(block.bytes)) {
            return np_error_set(err, NP_EDEVICE_ANSWER,
                                "the chip's random numbers are still the factory's pattern");
        }
        memcpy(ret + at, block.bytes, left < sizeof(block.bytes) ? left : sizeof(block.bytes));
    }
    return NP_OK;
}

np_code np_chip_random(np_chip *chip, uint8_t *ret, size_t len, np_error *err)
{
    np_code code = chip_rest(chip, draw(chip, ret, len, err), err);
    if (code != NP_OK && len > 0) {
        np_wipe(ret, len);
    }
    return code;
}
