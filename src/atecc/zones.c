/* SPDX-License-Identifier: Apache-2.0 */
#include "atecc/zones.h"

enum { SMALL_SLOTS = 8, BIG_SLOT = 8, TAIL_SLOT_SIZE = 72 };

size_t np_atecc_slot_size(unsigned slot)
{
    if (slot >= NP_ATECC_SLOT_COUNT) {
        return 0;
    }
    if (slot == BIG_SLOT) {
        return NP_ATECC_SLOT_MAX;
    }
    return slot < SMALL_SLOTS ? NP_ATECC_KEY_SIZE : TAIL_SLOT_SIZE;
}

size_t np_atecc_slot_offset(unsigned slot)
{
    if (slot <= BIG_SLOT) {
        return slot * (size_t)NP_ATECC_KEY_SIZE;
    }
    return SMALL_SLOTS * (size_t)NP_ATECC_KEY_SIZE + NP_ATECC_SLOT_MAX +
           (slot - BIG_SLOT - 1) * (size_t)TAIL_SLOT_SIZE;
}

uint16_t np_atecc_zone_address(size_t offset)
{
    return (uint16_t)(offset / NP_ATECC_WORD_SIZE);
}

uint16_t np_atecc_slot_address(unsigned slot, size_t offset)
{
    size_t block = offset / NP_ATECC_BLOCK_SIZE;
    size_t word = offset / NP_ATECC_WORD_SIZE % (NP_ATECC_BLOCK_SIZE / NP_ATECC_WORD_SIZE);
    return (uint16_t)(block << 8 | slot << 3 | word);
}

static uint16_t word_at(const uint8_t *bytes)
{
    return (uint16_t)(bytes[0] | bytes[1] << 8);
}

uint16_t np_config_slot_config(const uint8_t config[static NP_ATECC_CONFIG_SIZE], unsigned slot)
{
    return word_at(config + NP_CONFIG_SLOT_CONFIG + 2 * slot);
}

uint16_t np_config_key_config(const uint8_t config[static NP_ATECC_CONFIG_SIZE], unsigned slot)
{
    return word_at(config + NP_CONFIG_KEY_CONFIG + 2 * slot);
}

np_chip_serial np_config_serial(const uint8_t config[static NP_ATECC_CONFIG_SIZE])
{
    np_chip_serial serial;
    memcpy(serial.bytes, config, 4);
    memcpy(serial.bytes + 4, config + 8, 5);
    return serial;
}

bool np_config_slot_is_locked(const uint8_t config[static NP_ATECC_CONFIG_SIZE], unsigned slot)
{
    return (word_at(config + NP_CONFIG_SLOT_LOCKED) >> slot & 1) == 0;
}

bool np_config_key_is_fixed(const uint8_t config[static NP_ATECC_CONFIG_SIZE], unsigned slot)
{
    const uint16_t replacing = NP_SLOT_GENKEY_ALLOWED | NP_SLOT_WRITE_ENCRYPTED;
    return np_config_slot_is_locked(config, slot) ||
           (np_config_slot_config(config, slot) & replacing) == 0;
}

np_lock_state np_lock_state_of(uint8_t lock_byte)
{
    if (lock_byte == NP_ATECC_UNLOCKED) {
        return NP_LOCK_OPEN;
    }
    return lock_byte == NP_ATECC_LOCKED ? NP_LOCK_CLOSED : NP_LOCK_TORN;
}
