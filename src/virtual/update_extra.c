/* SPDX-License-Identifier: Apache-2.0 */
/* UpdateExtra: bytes 84 and 85, which Write cannot reach (specs of the chip 2.23). */
#include "virtual/rules.h"

enum { EXTRA_USER = 0, EXTRA_SELECTOR = 1, EXTRA_COUNT_USE = 2, MODE_SELECTOR = 0x01 };

/* 508A: the selector stays changeable until ChipMode bit 0 makes it one-time. */
static bool may_change(const np_virtual_chip *chip, size_t offset)
{
    const uint8_t *config = chip_config(chip);
    bool is_one_time = chip_is_608(chip) || offset == NP_CONFIG_USER_EXTRA ||
                       (config[NP_CONFIG_CHIP_MODE] & MODE_SELECTOR) != 0;
    return !is_one_time || config[offset] == chip_reading(chip, READING_SELECTOR_FREE_VALUE);
}

np_atecc_status chip_run_update_extra(np_virtual_chip *chip, const np_atecc_command *command,
                                      chip_answer *answer)
{
    (void)answer;
    bool is_byte = command->p1 == EXTRA_USER || command->p1 == EXTRA_SELECTOR;
    if (command->p1 == EXTRA_COUNT_USE && !chip_is_608(chip)) {
        unsigned slot = command->p2 & 0xf;
        bool is_limited = chip_slot_has(chip, slot, NP_SLOT_LIMITED_USE);
        return !is_limited || chip_count_use(chip, slot) ? NP_ATECC_SUCCESS
                                                         : NP_ATECC_EXECUTION_ERROR;
    }
    if (!is_byte || command->p2 > 0xff) {
        return NP_ATECC_PARSE_ERROR;
    }
    size_t offset = NP_CONFIG_USER_EXTRA + (size_t)command->p1;
    if (!may_change(chip, offset)) {
        return NP_ATECC_EXECUTION_ERROR;
    }
    uint8_t value = (uint8_t)command->p2;
    chip_change_later(chip, NP_EEPROM_CONFIG + offset, np_bytes_of(&value, 1));
    return NP_ATECC_SUCCESS;
}
