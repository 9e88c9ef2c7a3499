/* SPDX-License-Identifier: Apache-2.0 */
/* MAC and the 508A's HMAC (specs of the chip 2.13, 4.4, 4.6). */
#include "virtual/messages.h"

enum {
    MAC_SERIAL = 0x40,
    MAC_P1_BITS =
        CHIP_MODE_BLOCK_2_TEMP_KEY | CHIP_MODE_BLOCK_1_TEMP_KEY | CHIP_MODE_SOURCE | MAC_SERIAL,
    HMAC_P1_BITS = CHIP_MODE_SOURCE | MAC_SERIAL,
};

static const uint8_t zeros[32];

/* TempKey in the part that the mode gives it; nothing that NoMac protects may be in it. */
static bool may_use_temp_key(const np_virtual_chip *chip, uint8_t p1)
{
    return chip_matches_source(chip, p1) && !chip->kept.temp_key.is_no_mac;
}

static bool may_use_slot(np_virtual_chip *chip, unsigned slot, bool has_temp_key)
{
    return !chip_slot_has(chip, slot, NP_SLOT_NO_MAC) && chip_take_key(chip, slot, has_temp_key);
}

np_atecc_status chip_run_mac(np_virtual_chip *chip, const np_atecc_command *command,
                             chip_answer *answer)
{
    unsigned slot = 0;
    bool is_block_1 = (command->p1 & CHIP_MODE_BLOCK_1_TEMP_KEY) != 0;
    bool is_block_2 = (command->p1 & CHIP_MODE_BLOCK_2_TEMP_KEY) != 0;
    if ((command->p1 & ~MAC_P1_BITS) != 0 || (command->data.len == 0) != is_block_2) {
        return NP_ATECC_PARSE_ERROR;
    }
    answer->has_used_temp_key = is_block_1 || is_block_2;
    if (!chip_mask_key_id(chip, command->p2, &slot) || !chip_is_config_locked(chip) ||
        (answer->has_used_temp_key && !may_use_temp_key(chip, command->p1)) ||
        (!is_block_1 && !may_use_slot(chip, slot, is_block_2))) {
        return NP_ATECC_EXECUTION_ERROR;
    }
    const uint8_t *temp_key = chip->kept.temp_key.value;
    const uint8_t *const blocks[2] = {is_block_1 ? temp_key : chip_slot_bytes(chip, slot),
                                      is_block_2 ? temp_key : command->data.data};
    uint8_t other[CHIP_OTHER_DATA_SIZE];
    uint8_t message[CHIP_MAC_MESSAGE_SIZE];
    chip_put_other_data(chip, command, other);
    chip_put_mac_message(chip, blocks, other, message);
    np_sha256(NP_BYTES(message), answer->data);
    np_wipe(message, sizeof(message));
    answer->len = NP_SHA256_SIZE;
    return NP_ATECC_SUCCESS;
}

np_atecc_status chip_run_hmac(np_virtual_chip *chip, const np_atecc_command *command,
                              chip_answer *answer)
{
    unsigned slot = 0;
    if ((command->p1 & ~HMAC_P1_BITS) != 0) {
        return NP_ATECC_PARSE_ERROR;
    }
    if (!chip_mask_key_id(chip, command->p2, &slot) || !chip_is_config_locked(chip) ||
        !may_use_temp_key(chip, command->p1) || !may_use_slot(chip, slot, true)) {
        return NP_ATECC_EXECUTION_ERROR;
    }
    const uint8_t *const blocks[2] = {zeros, chip->kept.temp_key.value};
    uint8_t other[CHIP_OTHER_DATA_SIZE];
    uint8_t message[CHIP_MAC_MESSAGE_SIZE];
    chip_put_other_data(chip, command, other);
    chip_put_mac_message(chip, blocks, other, message);
    const np_bytes parts[] = {NP_BYTES(message)};
    np_hmac_sha256(np_bytes_of(chip_slot_bytes(chip, slot), 32), parts, 1, answer->data);
    np_wipe(message, sizeof(message));
    answer->len = NP_SHA256_SIZE;
    return NP_ATECC_SUCCESS;
}
