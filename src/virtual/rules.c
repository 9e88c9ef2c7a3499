/* SPDX-License-Identifier: Apache-2.0 */
#include "virtual/rules.h"

enum {
    KEY_DISABLE = 0x1000,    /* KeyConfig bit 12 */
    KEY_AUTH_SHIFT = 8,      /* KeyConfig 11..8 */
    FIRST_PUBLIC_SLOT = 8,   /* the smaller slots have no room for a public key */
    VALIDITY_VALID = 0x50,   /* top nibble of the first byte of a stored public key */
    DATA_SPARE_BIT = 0x0080, /* of P2 */
    X_AT = 4,                /* in a stored public key */
    Y_AT = 40,
};

bool chip_is_config_locked(const np_virtual_chip *chip)
{
    return chip_config(chip)[NP_CONFIG_LOCK_CONFIG] != NP_ATECC_UNLOCKED;
}

bool chip_is_data_locked(const np_virtual_chip *chip)
{
    return chip_config(chip)[NP_CONFIG_LOCK_VALUE] != NP_ATECC_UNLOCKED;
}

uint16_t chip_slot_config(const np_virtual_chip *chip, unsigned slot)
{
    return np_config_slot_config(chip_config(chip), slot);
}

uint16_t chip_key_config(const np_virtual_chip *chip, unsigned slot)
{
    return np_config_key_config(chip_config(chip), slot);
}

bool chip_key_has(const np_virtual_chip *chip, unsigned slot, unsigned bits)
{
    return (chip_key_config(chip, slot) & bits) == bits;
}

bool chip_slot_has(const np_virtual_chip *chip, unsigned slot, unsigned bits)
{
    return (chip_slot_config(chip, slot) & bits) == bits;
}

bool chip_is_slot_locked(const np_virtual_chip *chip, unsigned slot)
{
    return np_config_slot_is_locked(chip_config(chip), slot);
}

static bool is_p256(const np_virtual_chip *chip, unsigned slot)
{
    return (chip_key_config(chip, slot) & NP_KEY_TYPE_MASK) == NP_KEY_TYPE_P256;
}

bool chip_is_signing_slot(const np_virtual_chip *chip, unsigned slot)
{
    return chip_key_has(chip, slot, NP_KEY_PRIVATE) && is_p256(chip, slot) &&
           chip_slot_has(chip, slot, NP_SLOT_IS_SECRET);
}

bool chip_is_public_slot(const np_virtual_chip *chip, unsigned slot)
{
    return slot >= FIRST_PUBLIC_SLOT && is_p256(chip, slot) &&
           !chip_key_has(chip, slot, NP_KEY_PRIVATE);
}

bool chip_is_validated(const np_virtual_chip *chip, unsigned slot)
{
    return (chip->eeprom[chip_slot_at(slot)] & 0xf0) == VALIDITY_VALID;
}

bool chip_take_authorisation(np_virtual_chip *chip, unsigned slot)
{
    if (!chip_key_has(chip, slot, NP_KEY_REQ_AUTH) || !chip_is_data_locked(chip)) {
        return true;
    }
    unsigned wanted = chip_key_config(chip, slot) >> KEY_AUTH_SHIFT & 0xf;
    bool is_authorised = chip->kept.is_authorised && chip->kept.authorising_slot == wanted;
    chip->kept.is_authorised = false;
    chip->kept.authorising_slot = 0; /* as Info shows it on a real part (S) */
    return is_authorised;
}

bool chip_is_disabled(const np_virtual_chip *chip, unsigned slot)
{
    return chip_key_has(chip, slot, KEY_DISABLE) && !chip->latch;
}

bool chip_take_secret(np_virtual_chip *chip, unsigned slot)
{
    return !chip_key_has(chip, slot, NP_KEY_PRIVATE) && !chip_is_disabled(chip, slot) &&
           chip_take_authorisation(chip, slot) && chip_count_use(chip, slot);
}

static bool is_random_enough(const np_virtual_chip *chip, unsigned slot, bool has_temp_key)
{
    if (!chip_key_has(chip, slot, NP_KEY_REQ_RANDOM) ||
        (!chip_is_data_locked(chip) && !chip_reading(chip, READING_REQ_RANDOM_BEFORE_DATA_LOCK))) {
        return true;
    }
    return has_temp_key ? chip_has_message(chip) && !chip->kept.temp_key.is_input_only
                        : chip_reading(chip, READING_REQ_RANDOM_WITHOUT_TEMP_KEY);
}

bool chip_take_key(np_virtual_chip *chip, unsigned slot, bool has_temp_key)
{
    return is_random_enough(chip, slot, has_temp_key) && chip_take_secret(chip, slot);
}

bool chip_take_uncounted(np_virtual_chip *chip, unsigned slot, bool has_temp_key)
{
    return is_random_enough(chip, slot, has_temp_key) &&
           !chip_key_has(chip, slot, NP_KEY_PRIVATE) && !chip_is_disabled(chip, slot) &&
           chip_take_authorisation(chip, slot);
}

bool chip_is_trusted_public(const np_virtual_chip *chip, unsigned slot)
{
    return chip_is_public_slot(chip, slot) &&
           (!chip_key_has(chip, slot, NP_KEY_PUB_INFO) || chip_is_validated(chip, slot));
}

void chip_authorise(np_virtual_chip *chip, unsigned slot)
{
    chip->kept.is_authorised = true;
    chip->kept.authorising_slot = (uint8_t)slot;
}

unsigned chip_write_key(const np_virtual_chip *chip, unsigned slot)
{
    return chip_slot_config(chip, slot) >> NP_SLOT_WRITE_KEY_SHIFT & 0xf;
}

bool chip_has_gendig_of(const np_virtual_chip *chip, unsigned slot)
{
    const chip_temp_key *key = &chip->kept.temp_key;
    return chip_has_message(chip) && key->is_gendig && key->key_id == slot;
}

bool chip_matches_source(const np_virtual_chip *chip, uint8_t p1)
{
    return chip_has_message(chip) &&
           chip->kept.temp_key.is_input_only == ((p1 & CHIP_MODE_SOURCE) != 0);
}

void chip_set_temp_key(np_virtual_chip *chip, np_bytes value, bool is_input_only)
{
    chip_temp_key *key = &chip->kept.temp_key;
    *key = (chip_temp_key){.is_valid = true,
                           .is_upper_valid = value.len == sizeof(key->value),
                           .is_input_only = is_input_only};
    memcpy(key->value, value.data, value.len);
}

bool chip_has_message(const np_virtual_chip *chip)
{
    return chip->kept.temp_key.is_valid && !chip->kept.temp_key.is_private;
}

bool chip_mask_key_id(const np_virtual_chip *chip, uint16_t key_id, unsigned *ret_slot)
{
    *ret_slot = key_id & 0xf;
    return key_id < 0x8000 &&
           (key_id < NP_ATECC_SLOT_COUNT || chip_reading(chip, READING_KEY_ID_HASHED_IS_MASKED));
}

np_atecc_status chip_parse_key_id(const np_virtual_chip *chip, uint16_t key_id, unsigned *ret_slot)
{
    *ret_slot = key_id & 0xf;
    if (key_id < NP_ATECC_SLOT_COUNT) {
        return NP_ATECC_SUCCESS;
    }
    return chip_status(chip, key_id < 0x8000 ? READING_KEY_ID_ABOVE_15 : READING_TRANSPORT_KEY);
}

size_t chip_slot_at(unsigned slot)
{
    return NP_EEPROM_DATA + np_atecc_slot_offset(slot);
}

const uint8_t *chip_slot_bytes(const np_virtual_chip *chip, unsigned slot)
{
    return chip->eeprom + chip_slot_at(slot);
}

void chip_stored_point(const np_virtual_chip *chip, unsigned slot,
                       uint8_t ret[static NP_P256_POINT_SIZE])
{
    memcpy(ret, chip_slot_bytes(chip, slot) + X_AT, 32);
    memcpy(ret + 32, chip_slot_bytes(chip, slot) + Y_AT, 32);
}

np_chip_serial chip_serial(const np_virtual_chip *chip)
{
    return np_config_serial(chip_config(chip));
}

/* Configuration and OTP: block<<3 | word. */
static bool find_in_zone(uint16_t p2, size_t zone_at, size_t zone_size, chip_span *span)
{
    size_t offset = (size_t)p2 * NP_ATECC_WORD_SIZE;
    if (offset >= zone_size) {
        return false;
    }
    span->offset = zone_at + offset / span->size * span->size;
    span->stored = span->size;
    return true;
}

/* Data: block<<8 | slot<<3 | word. */
static bool find_in_slot(uint16_t p2, chip_span *span)
{
    unsigned slot = p2 >> 3 & 0xf;
    size_t slot_size = np_atecc_slot_size(slot);
    size_t word = span->size == NP_ATECC_WORD_SIZE ? p2 & 7U : 0;
    size_t offset = (size_t)(p2 >> 8) * NP_ATECC_BLOCK_SIZE + word * NP_ATECC_WORD_SIZE;
    if ((p2 & DATA_SPARE_BIT) != 0 || offset >= slot_size) {
        return false;
    }
    span->slot = slot;
    span->offset = chip_slot_at(slot) + offset;
    span->stored = span->size < slot_size - offset ? span->size : slot_size - offset;
    return true;
}

bool chip_find_span(uint8_t p1, uint16_t p2, chip_span *ret)
{
    bool is_block = (p1 & NP_ATECC_32_BYTES) != 0;
    *ret = (chip_span){.zone = p1 & 3, .size = is_block ? NP_ATECC_BLOCK_SIZE : NP_ATECC_WORD_SIZE};
    switch (ret->zone) {
    case NP_ATECC_ZONE_CONFIG:
        return find_in_zone(p2, NP_EEPROM_CONFIG, NP_ATECC_CONFIG_SIZE, ret);
    case NP_ATECC_ZONE_OTP:
        return find_in_zone(p2, NP_EEPROM_OTP, NP_ATECC_OTP_SIZE, ret);
    case NP_ATECC_ZONE_DATA:
        return find_in_slot(p2, ret);
    default:
        return false;
    }
}
