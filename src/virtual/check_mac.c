/* SPDX-License-Identifier: Apache-2.0 */
/* CheckMac (specs of the chip 2.4, 4.5): compares, authorises, and may copy a slot to TempKey. */
#include "virtual/messages.h"

enum {
    CHECK_P1_BITS = CHIP_MODE_BLOCK_2_TEMP_KEY | CHIP_MODE_BLOCK_1_TEMP_KEY | CHIP_MODE_SOURCE,
    CHALLENGE_SIZE = 32,
    OTHER_AT = 2 * CHALLENGE_SIZE,
    PERMISSION_ENABLE = 0x80, /* configuration byte 69 */
};

static bool may_run(np_virtual_chip *chip, const np_atecc_command *command, unsigned slot)
{
    bool is_block_1 = (command->p1 & CHIP_MODE_BLOCK_1_TEMP_KEY) != 0;
    bool is_block_2 = (command->p1 & CHIP_MODE_BLOCK_2_TEMP_KEY) != 0;
    return chip_is_config_locked(chip) &&
           (!(is_block_1 || is_block_2) || chip_matches_source(chip, command->p1)) &&
           (is_block_1 || chip_take_key(chip, slot, is_block_2));
}

static bool does_match(const np_virtual_chip *chip, const np_atecc_command *command, unsigned slot)
{
    const uint8_t *temp_key = chip->kept.temp_key.value;
    const uint8_t *data = command->data.data;
    const uint8_t *const blocks[2] = {
        (command->p1 & CHIP_MODE_BLOCK_1_TEMP_KEY) != 0 ? temp_key : chip_slot_bytes(chip, slot),
        (command->p1 & CHIP_MODE_BLOCK_2_TEMP_KEY) != 0 ? temp_key : data};
    uint8_t message[CHIP_MAC_MESSAGE_SIZE];
    uint8_t digest[NP_SHA256_SIZE];
    chip_put_mac_message(chip, blocks, data + OTHER_AT, message);
    np_sha256(NP_BYTES(message), digest);
    np_wipe(message, sizeof(message));
    return chip_are_equal(digest, data + CHALLENGE_SIZE);
}

/* The slot of byte 69 lets the persistent latch be set next. */
static void permit_latch(np_virtual_chip *chip, unsigned slot)
{
    uint8_t permission = chip_config(chip)[NP_CONFIG_VOLATILE_PERMISSION];
    if (chip_is_608(chip) && (permission & PERMISSION_ENABLE) != 0 && (permission & 0xf) == slot) {
        chip->kept.may_set_latch = true;
    }
}

/* Even slots hand over their neighbour's bytes, odd ones their own, when ReadKey is 0 there. */
static void copy_slot(np_virtual_chip *chip, unsigned slot, chip_answer *answer)
{
    unsigned target = slot | 1;
    if ((chip_slot_config(chip, target) & NP_SLOT_READ_KEY_MASK) != 0 ||
        chip_key_has(chip, target, NP_KEY_PRIVATE)) {
        return;
    }
    chip_set_temp_key(chip, np_bytes_of(chip_slot_bytes(chip, target), 32),
                      chip_reading(chip, READING_CHECK_MAC_COPY_SOURCE));
    answer->has_set_temp_key = true;
}

np_atecc_status chip_run_check_mac(np_virtual_chip *chip, const np_atecc_command *command,
                                   chip_answer *answer)
{
    unsigned slot = 0;
    bool is_block_1 = (command->p1 & CHIP_MODE_BLOCK_1_TEMP_KEY) != 0;
    bool is_block_2 = (command->p1 & CHIP_MODE_BLOCK_2_TEMP_KEY) != 0;
    if ((command->p1 & ~CHECK_P1_BITS) != 0) {
        return NP_ATECC_PARSE_ERROR;
    }
    answer->has_used_temp_key = is_block_1 || is_block_2;
    if (!chip_mask_key_id(chip, command->p2, &slot) || !may_run(chip, command, slot)) {
        return NP_ATECC_EXECUTION_ERROR;
    }
    if (!does_match(chip, command, slot)) {
        return NP_ATECC_MISCOMPARE;
    }
    if (!is_block_1) {
        permit_latch(chip, slot);
    }
    if (!is_block_1 &&
        (is_block_2 || chip_reading(chip, READING_CHECK_MAC_AUTHORISES_WITHOUT_NONCE))) {
        chip_authorise(chip, slot);
    }
    if (!is_block_1 && is_block_2) {
        copy_slot(chip, slot, answer);
    }
    return NP_ATECC_SUCCESS;
}
