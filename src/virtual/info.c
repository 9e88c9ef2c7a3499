/* SPDX-License-Identifier: Apache-2.0 */
/* Info (specs of the chip 2.10). */
#include "virtual/messages.h"

enum {
    INFO_REVISION = 0,
    INFO_KEY_VALID = 1,
    INFO_STATE = 2,
    INFO_LATCH = 4, /* 608 */
    INFO_SIZE = 4,
    LATCH_READ = 0x0000,
    LATCH_CLEAR = 0x0002,
    LATCH_SET = 0x0003,
};

static np_atecc_status answer_byte(chip_answer *answer, uint8_t value)
{
    memset(answer->data, 0, INFO_SIZE);
    answer->data[0] = value;
    answer->len = INFO_SIZE;
    return NP_ATECC_SUCCESS;
}

/* As the configuration bytes have it, so that an image of an early 608A stays an early 608A. */
static np_atecc_status answer_revision(const np_virtual_chip *chip, chip_answer *answer)
{
    memcpy(answer->data, chip_config(chip) + NP_CONFIG_REVISION, INFO_SIZE);
    answer->len = INFO_SIZE;
    return NP_ATECC_SUCCESS;
}

/* An empty private slot is not valid (S); a stored public key is by its nibble. */
static np_atecc_status answer_key_valid(np_virtual_chip *chip, unsigned slot, chip_answer *answer)
{
    bool is_valid = chip_key_has(chip, slot, NP_KEY_PRIVATE)
                        ? chip_is_signing_slot(chip, slot) && chip_slot_key(chip, slot) != NULL
                        : chip_is_public_slot(chip, slot) && chip_is_validated(chip, slot);
    return answer_byte(answer, is_valid);
}

/* The random generator's two bits of the second byte are 0: always so on a 608. */
static np_atecc_status answer_state(const np_virtual_chip *chip, chip_answer *answer)
{
    const chip_temp_key *key = &chip->kept.temp_key;
    answer_byte(answer, chip_temp_key_flags(chip));
    answer->data[1] = (uint8_t)(key->is_valid << 7 | (chip->kept.authorising_slot & 0xf) << 3 |
                                chip->kept.is_authorised << 2);
    return NP_ATECC_SUCCESS;
}

/* Setting needs a CheckMac on the slot of byte 69 since the last wake. */
static np_atecc_status run_latch(np_virtual_chip *chip, uint16_t p2, chip_answer *answer)
{
    if (p2 != LATCH_READ && p2 != LATCH_CLEAR && p2 != LATCH_SET) {
        return NP_ATECC_PARSE_ERROR;
    }
    bool needs_permission =
        p2 == LATCH_SET || (p2 == LATCH_CLEAR && !chip_reading(chip, READING_LATCH_CLEAR_IS_FREE));
    if (needs_permission && !chip->kept.may_set_latch) {
        return chip_status(chip, READING_LATCH_SET_REFUSED);
    }
    if (p2 != LATCH_READ) {
        chip->latch = p2 == LATCH_SET;
        chip->kept.may_set_latch = false;
    }
    return answer_byte(answer, chip->latch);
}

np_atecc_status chip_run_info(np_virtual_chip *chip, const np_atecc_command *command,
                              chip_answer *answer)
{
    switch (command->p1) {
    case INFO_REVISION:
        return answer_revision(chip, answer);
    case INFO_KEY_VALID:
        return answer_key_valid(chip, command->p2 & 0xf, answer);
    case INFO_STATE:
        return answer_state(chip, answer);
    case INFO_LATCH:
        return chip_is_608(chip) ? run_latch(chip, command->p2, answer) : NP_ATECC_PARSE_ERROR;
    default: /* 3, GPIO, is an error on parts with I2C (S) */
        return NP_ATECC_PARSE_ERROR;
    }
}
