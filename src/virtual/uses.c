/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Limited use (specs of the chip 2.2, 3.5). A use is counted before the operation and at once: a
 * cut during the command may cost a use, it never gives one back.
 */
#include "virtual/rules.h"

enum {
    COUNTER_SIZE = 8,
    COUNTER_MAX = 2097151,
    LAST_KEY_USE = NP_CONFIG_LAST_KEY_USE, /* one bit a use of slot 15 */
    LAST_KEY_USE_SIZE = 16,
    LAST_KEY_SLOT = 15,
    COUNT_MATCH = NP_CONFIG_OTP_MODE, /* 608: the same byte */
    COUNT_MATCH_ENABLE = 0x01,
};

static uint32_t load_u16(const uint8_t *at)
{
    return (uint32_t)at[0] << 8 | at[1];
}

static void store_u16(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

/* Zero bits before the first one bit of 16. */
static uint32_t leading_zeros(uint32_t value)
{
    return value == 0 ? 16 : (uint32_t)__builtin_clz(value) - 16;
}

static uint32_t decode_counter(const uint8_t bytes[static COUNTER_SIZE])
{
    uint32_t linear_a = load_u16(bytes);
    if (linear_a != 0) {
        return 32 * load_u16(bytes + 4) + leading_zeros(linear_a);
    }
    return 32 * load_u16(bytes + 6) + 16 + leading_zeros(load_u16(bytes + 2));
}

static void encode_counter(uint32_t value, uint8_t ret[static COUNTER_SIZE])
{
    bool is_small = value < 16;
    uint32_t late = is_small ? 0 : value - 16;
    store_u16(ret, 0xffffU >> (value % 32));
    store_u16(ret + 2, 0xffffU >> (late % 32));
    store_u16(ret + 4, value / 32);
    store_u16(ret + 6, late / 32);
}

/* 608 CountMatch: the named slot begins with the limit, twice, little endian. */
static bool has_reached_match(const np_virtual_chip *chip, uint32_t value)
{
    uint8_t mode = chip_config(chip)[COUNT_MATCH];
    if (!chip_is_608(chip) || (mode & COUNT_MATCH_ENABLE) == 0) {
        return false;
    }
    const uint8_t *at = chip->eeprom + chip_slot_at(mode >> 4);
    uint32_t limit =
        (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
    bool is_torn =
        memcmp(at, at + 4, 4) != 0 && !chip_reading(chip, READING_COUNT_MATCH_COPIES_DIFFER);
    return is_torn || value >= limit;
}

static size_t counter_at(unsigned which)
{
    return NP_EEPROM_CONFIG + NP_CONFIG_COUNTERS + (size_t)which * COUNTER_SIZE;
}

uint32_t chip_counter(const np_virtual_chip *chip, unsigned which)
{
    return decode_counter(chip->eeprom + counter_at(which));
}

bool chip_increment(np_virtual_chip *chip, unsigned which)
{
    uint32_t value = chip_counter(chip, which);
    if (value >= COUNTER_MAX) {
        return false;
    }
    uint8_t bytes[COUNTER_SIZE];
    encode_counter(value + 1, bytes);
    chip_change_now(chip, counter_at(which), NP_BYTES(bytes));
    return true;
}

static bool count_on_counter(np_virtual_chip *chip)
{
    return !has_reached_match(chip, chip_counter(chip, 0)) && chip_increment(chip, 0);
}

/* 508A, slot 15: the first one bit, from bit 7 of byte 68 onward, becomes zero. */
static bool count_on_last_key(np_virtual_chip *chip)
{
    for (size_t i = LAST_KEY_USE; i < LAST_KEY_USE + LAST_KEY_USE_SIZE; i++) {
        uint8_t byte = chip->eeprom[NP_EEPROM_CONFIG + i];
        if (byte != 0) {
            unsigned first = 0x80U >> (leading_zeros(byte) - 8);
            byte = (uint8_t)(byte & ~first);
            chip_change_now(chip, NP_EEPROM_CONFIG + i, np_bytes_of(&byte, 1));
            return true;
        }
    }
    return false;
}

bool chip_count_use(np_virtual_chip *chip, unsigned slot)
{
    if (!chip_slot_has(chip, slot, NP_SLOT_LIMITED_USE)) {
        return true;
    }
    if (!chip_is_608(chip) && slot == LAST_KEY_SLOT) {
        return count_on_last_key(chip);
    }
    return count_on_counter(chip);
}
