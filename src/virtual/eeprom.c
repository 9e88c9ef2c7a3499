/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EEPROM changes. A command leaves its changes pending; they are applied when its time has passed,
 * or torn when power goes before.
 */
#include "virtual/mix.h"
#include "virtual/rules.h"

static void forget_key(np_virtual_chip *chip, unsigned slot)
{
    np_p256_free(chip->keys[slot]);
    chip->keys[slot] = NULL;
}

void chip_forget_keys(np_virtual_chip *chip)
{
    for (unsigned slot = 0; slot < NP_ATECC_SLOT_COUNT; slot++) {
        forget_key(chip, slot);
    }
}

/* A key is remembered only as long as its bytes are. */
static void forget_changed_keys(np_virtual_chip *chip, size_t offset, size_t len)
{
    for (unsigned slot = 0; slot < NP_ATECC_SLOT_COUNT; slot++) {
        size_t at = chip_slot_at(slot);
        if (chip->keys[slot] != NULL && offset < at + np_atecc_slot_size(slot) &&
            at < offset + len) {
            forget_key(chip, slot);
        }
    }
}

void chip_change_later(np_virtual_chip *chip, size_t offset, np_bytes bytes)
{
    chip_change *change = &chip->changes[chip->change_count++];
    change->offset = (uint16_t)offset;
    change->len = (uint8_t)bytes.len;
    memcpy(change->bytes, bytes.data, bytes.len);
}

void chip_change_now(np_virtual_chip *chip, size_t offset, np_bytes bytes)
{
    memcpy(chip->eeprom + offset, bytes.data, bytes.len);
    chip->generation++;
}

void chip_drop_changes(np_virtual_chip *chip)
{
    np_p256_free(chip->created);
    chip->created = NULL;
    chip->change_count = 0;
}

void chip_apply_changes(np_virtual_chip *chip)
{
    for (size_t i = 0; i < chip->change_count; i++) {
        const chip_change *change = &chip->changes[i];
        if (change->offset >= NP_EEPROM_DATA) {
            forget_changed_keys(chip, change->offset, change->len);
        }
        chip_change_now(chip, change->offset, np_bytes_of(change->bytes, change->len));
    }
    if (chip->created != NULL) {
        chip->keys[chip->created_slot] = chip->created;
        chip->created = NULL;
    }
    chip->change_count = 0;
}

static void tear_change(np_virtual_chip *chip, const chip_change *change, uint64_t *seed)
{
    for (size_t i = 0; i < change->len; i++) {
        uint8_t *byte = chip->eeprom + change->offset + i;
        const uint8_t outcomes[3] = {*byte, change->bytes[i],
                                     (uint8_t)chip_reading(chip, READING_TORN_BYTE)};
        *byte = outcomes[np_mix_next(seed) % 3];
    }
}

void chip_tear_changes(np_virtual_chip *chip, uint64_t seed)
{
    for (size_t i = 0; i < chip->change_count; i++) {
        const chip_change *change = &chip->changes[i];
        forget_changed_keys(chip, change->offset, change->len);
        tear_change(chip, change, &seed);
        chip->generation++;
    }
    chip_drop_changes(chip);
}
