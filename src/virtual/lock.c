/* SPDX-License-Identifier: Apache-2.0 */
/* Lock (specs of the chip 2.12). */
#include "virtual/rules.h"

enum { LOCK_RESERVED = 0x40, LOCK_SLOT_SHIFT = 2 };

static void set_byte(np_virtual_chip *chip, size_t offset, uint8_t value)
{
    chip_change_later(chip, NP_EEPROM_CONFIG + offset, np_bytes_of(&value, 1));
}

static uint16_t config_crc(const np_virtual_chip *chip)
{
    return np_crc16(np_bytes_of(chip_config(chip), NP_ATECC_CONFIG_SIZE));
}

/* All slots in order but those of private keys, then the OTP zone. */
static uint16_t data_crc(const np_virtual_chip *chip)
{
    uint16_t crc = 0;
    for (unsigned slot = 0; slot < NP_ATECC_SLOT_COUNT; slot++) {
        if (!chip_key_has(chip, slot, NP_KEY_PRIVATE)) {
            const uint8_t *at = chip->eeprom + chip_slot_at(slot);
            crc = np_crc16_update(crc, np_bytes_of(at, np_atecc_slot_size(slot)));
        }
    }
    return np_crc16_update(crc, np_bytes_of(chip->eeprom + NP_EEPROM_OTP, NP_ATECC_OTP_SIZE));
}

static bool is_checked(const np_atecc_command *command)
{
    return (command->p1 & NP_ATECC_LOCK_NO_CRC) == 0;
}

static np_atecc_status lock_config(np_virtual_chip *chip, const np_atecc_command *command)
{
    if (chip_is_config_locked(chip)) {
        return NP_ATECC_EXECUTION_ERROR;
    }
    if (is_checked(command) && command->p2 != config_crc(chip)) {
        return chip_status(chip, READING_LOCK_WRONG_SUMMARY);
    }
    set_byte(chip, NP_CONFIG_LOCK_CONFIG, NP_ATECC_LOCKED);
    return NP_ATECC_SUCCESS;
}

static np_atecc_status lock_data(np_virtual_chip *chip, const np_atecc_command *command)
{
    if (!chip_is_config_locked(chip) || chip_is_data_locked(chip)) {
        return NP_ATECC_EXECUTION_ERROR;
    }
    if (is_checked(command) && command->p2 != data_crc(chip)) {
        return chip_status(chip, READING_LOCK_WRONG_SUMMARY);
    }
    set_byte(chip, NP_CONFIG_LOCK_VALUE, NP_ATECC_LOCKED);
    return NP_ATECC_SUCCESS;
}

static np_atecc_status lock_slot(np_virtual_chip *chip, unsigned slot)
{
    if (!chip_is_config_locked(chip) || !chip_key_has(chip, slot, NP_KEY_LOCKABLE) ||
        chip_is_slot_locked(chip, slot)) {
        return NP_ATECC_EXECUTION_ERROR;
    }
    size_t offset = NP_CONFIG_SLOT_LOCKED + slot / 8;
    uint8_t byte = (uint8_t)(chip_config(chip)[offset] & ~(1U << slot % 8));
    set_byte(chip, offset, byte);
    return NP_ATECC_SUCCESS;
}

np_atecc_status chip_run_lock(np_virtual_chip *chip, const np_atecc_command *command,
                              chip_answer *answer)
{
    (void)answer;
    if ((command->p1 & LOCK_RESERVED) != 0) {
        return NP_ATECC_PARSE_ERROR;
    }
    switch (command->p1 & 3) {
    case NP_ATECC_LOCK_CONFIG:
        return lock_config(chip, command);
    case NP_ATECC_LOCK_DATA:
        return lock_data(chip, command);
    case NP_ATECC_LOCK_SLOT:
        return lock_slot(chip, command->p1 >> LOCK_SLOT_SHIFT & 0xf);
    default:
        return NP_ATECC_PARSE_ERROR;
    }
}
