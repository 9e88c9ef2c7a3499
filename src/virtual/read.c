/* SPDX-License-Identifier: Apache-2.0 */
/* Read (specs of the chip 2.17). */
#include "virtual/rules.h"

enum { READ_P1_BITS = NP_ATECC_32_BYTES | 0x03 };

/* Secrets leave whole blocks only, under a TempKey that no input alone has made. */
static bool can_read_encrypted(const np_virtual_chip *chip, const chip_span *span)
{
    unsigned key = chip_slot_config(chip, span->slot) & NP_SLOT_READ_KEY_MASK;
    return span->size == NP_ATECC_BLOCK_SIZE &&
           chip_slot_has(chip, span->slot, NP_SLOT_ENCRYPT_READ) && chip_has_gendig_of(chip, key) &&
           !chip->kept.temp_key.is_input_only;
}

static bool is_secret(const np_virtual_chip *chip, const chip_span *span)
{
    return span->zone == NP_ATECC_ZONE_DATA && chip_slot_has(chip, span->slot, NP_SLOT_IS_SECRET);
}

static bool can_read_slot(const np_virtual_chip *chip, const chip_span *span)
{
    if (chip_key_has(chip, span->slot, NP_KEY_PRIVATE)) {
        return false;
    }
    if (is_secret(chip, span)) {
        return can_read_encrypted(chip, span);
    }
    return !chip_slot_has(chip, span->slot, NP_SLOT_ENCRYPT_READ) ||
           chip_reading(chip, READING_CLEAR_READ_OF_ENCRYPT_ONLY);
}

static bool can_read(const np_virtual_chip *chip, const chip_span *span)
{
    switch (span->zone) {
    case NP_ATECC_ZONE_CONFIG:
        return true;
    case NP_ATECC_ZONE_OTP:
        return chip_is_data_locked(chip) && (chip_reading(chip, READING_OTP_WORDS_READABLE) ||
                                             span->offset >= NP_EEPROM_OTP + 8);
    default:
        return chip_is_data_locked(chip) && can_read_slot(chip, span);
    }
}

np_atecc_status chip_run_read(np_virtual_chip *chip, const np_atecc_command *command,
                              chip_answer *answer)
{
    chip_span span;
    if ((command->p1 & ~READ_P1_BITS) != 0) {
        return NP_ATECC_PARSE_ERROR;
    }
    if (!chip_find_span(command->p1, command->p2, &span)) {
        return chip_status(chip, READING_SPARE_ADDRESS_BITS);
    }
    bool is_encrypted = is_secret(chip, &span);
    answer->has_used_temp_key = is_encrypted;
    if (!can_read(chip, &span)) {
        return NP_ATECC_EXECUTION_ERROR;
    }
    memcpy(answer->data, chip->eeprom + span.offset, span.stored);
    memset(answer->data + span.stored, (int)chip_reading(chip, READING_TAIL_FILL),
           span.size - span.stored);
    for (size_t i = 0; is_encrypted && i < span.size; i++) {
        answer->data[i] ^= chip->kept.temp_key.value[i];
    }
    answer->len = span.size;
    return NP_ATECC_SUCCESS;
}
