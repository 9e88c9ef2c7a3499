/* SPDX-License-Identifier: Apache-2.0 */
/* AES of a 608: one block, or one GHASH multiplication (specs of the chip 2.3). */
#include "crypto/aes.h"

#include "virtual/rules.h"

enum {
    AES_ENCRYPT = 0,
    AES_DECRYPT = 1,
    AES_GFM = 3,
    AES_OPERATION_BITS = 0x07,
    AES_SPARE_BITS = 0x38,
    AES_POSITION_SHIFT = 6,
    AES_ENABLE = 0x01, /* configuration byte 13 */
    GFM_SIZE = 2 * NP_AES_BLOCK,
    KEY_IN_TEMP_KEY = 0xffff,
    KEYS_SIZE = 64, /* where in a slot keys can be */
};

bool chip_has_aes(const np_virtual_chip *chip)
{
    return (chip_config(chip)[NP_CONFIG_AES_ENABLE] & AES_ENABLE) != 0;
}

static const uint8_t *key_in_temp_key(const np_virtual_chip *chip, size_t at)
{
    size_t valid = chip->kept.temp_key.is_upper_valid ? 64 : 32;
    bool is_there = chip_has_message(chip) && at + NP_AES_KEY <= valid;
    return is_there ? chip->kept.temp_key.value + at : NULL;
}

static const uint8_t *key_in_slot(np_virtual_chip *chip, unsigned slot, size_t at)
{
    bool is_aes = (chip_key_config(chip, slot) & NP_KEY_TYPE_MASK) == NP_KEY_TYPE_AES;
    bool is_there = at + NP_AES_KEY <= np_atecc_slot_size(slot) && at < KEYS_SIZE;
    bool is_free = chip_reading(chip, READING_AES_KEY_TAKES_AUTHORISATION) ||
                   !chip_key_has(chip, slot, NP_KEY_REQ_AUTH);
    bool is_usable = chip_is_config_locked(chip) && is_aes && is_there && is_free &&
                     chip_take_secret(chip, slot);
    return is_usable ? chip_slot_bytes(chip, slot) + at : NULL;
}

static np_atecc_status multiply(const np_atecc_command *command, chip_answer *answer)
{
    if (command->data.len != GFM_SIZE) {
        return NP_ATECC_PARSE_ERROR;
    }
    np_ghash_multiply(command->data.data, command->data.data + NP_AES_BLOCK, answer->data);
    answer->len = NP_AES_BLOCK;
    return NP_ATECC_SUCCESS;
}

static np_atecc_status run_block(np_virtual_chip *chip, const np_atecc_command *command,
                                 chip_answer *answer)
{
    unsigned slot = 0;
    size_t at = (size_t)(command->p1 >> AES_POSITION_SHIFT) * NP_AES_KEY;
    bool is_decrypt = (command->p1 & AES_OPERATION_BITS) == AES_DECRYPT;
    if (command->data.len != NP_AES_BLOCK || (command->p1 & AES_SPARE_BITS) != 0) {
        return NP_ATECC_PARSE_ERROR;
    }
    const uint8_t *key = NULL;
    if (command->p2 == KEY_IN_TEMP_KEY) {
        key = key_in_temp_key(chip, at);
    } else if (chip_mask_key_id(chip, command->p2, &slot)) {
        key = key_in_slot(chip, slot, at);
    }
    if (key == NULL) {
        bool is_half = command->p2 == KEY_IN_TEMP_KEY && chip_has_message(chip);
        return is_half ? chip_status(chip, READING_AES_WITHOUT_UPPER_HALF)
                       : NP_ATECC_EXECUTION_ERROR;
    }
    (is_decrypt ? np_aes128_decrypt : np_aes128_encrypt)(key, command->data.data, answer->data);
    answer->len = NP_AES_BLOCK;
    return NP_ATECC_SUCCESS;
}

np_atecc_status chip_run_aes(np_virtual_chip *chip, const np_atecc_command *command,
                             chip_answer *answer)
{
    if (!chip_has_aes(chip)) {
        return NP_ATECC_PARSE_ERROR;
    }
    switch (command->p1 & AES_OPERATION_BITS) {
    case AES_ENCRYPT:
    case AES_DECRYPT:
        return run_block(chip, command, answer);
    case AES_GFM: /* ignores the other bits of P1 */
        return multiply(command, answer);
    default:
        return NP_ATECC_PARSE_ERROR;
    }
}
