/* SPDX-License-Identifier: Apache-2.0 */
/* Write (specs of the chip 2.18, 4.7). */
#include "virtual/messages.h"

enum {
    WRITE_P1_BITS = NP_ATECC_32_BYTES | NP_ATECC_ENCRYPTED | 0x03,
    MAC_SIZE = 32,
    OTP_CONSUMPTION = 0x55,     /* OTPmode of a 508A */
    WRITE_ENCRYPTED = 0x4,      /* WriteConfig bit 14 */
    WRITE_ALWAYS = 0x0,         /* WriteConfig 0000 */
    WRITE_PUB_INVALID = 0x1,    /* WriteConfig 0001 */
    VALIDITY_INVALID = 0xa0,    /* top nibble of the first byte */
    FIRST_NEVER_WRITTEN_TO = 16 /* 3.2: bytes 0 to 15 and 84 to 87 */
};

static bool is_block(const chip_span *span)
{
    return span->size == NP_ATECC_BLOCK_SIZE;
}

static bool can_write_config(const np_virtual_chip *chip, const chip_span *span, bool is_encrypted)
{
    size_t end = span->offset + span->stored;
    bool is_fixed = span->offset < FIRST_NEVER_WRITTEN_TO ||
                    (span->offset <= NP_CONFIG_LOCK_CONFIG && end > NP_CONFIG_USER_EXTRA);
    return !chip_is_config_locked(chip) && !is_encrypted && !is_fixed;
}

/* Before the data lock any key that GenDig has hashed may encrypt. */
static bool has_open_key(const np_virtual_chip *chip)
{
    return chip_has_message(chip) &&
           (chip->kept.temp_key.is_gendig || !chip_reading(chip, READING_OPEN_WRITE_NEEDS_GENDIG));
}

/* 508A in consumption mode takes 4 or 32 bytes after the lock; a 608 never does (C). */
static bool can_write_otp(const np_virtual_chip *chip, const chip_span *span, bool is_encrypted)
{
    if (!chip_is_config_locked(chip)) {
        return false;
    }
    if (!chip_is_data_locked(chip)) {
        return is_block(span) && (!is_encrypted || has_open_key(chip));
    }
    return !chip_is_608(chip) && chip_config(chip)[NP_CONFIG_OTP_MODE] == OTP_CONSUMPTION;
}

/* Policy after the data lock. P1 bit 6 is ignored. */
static bool does_policy_allow(const np_virtual_chip *chip, const chip_span *span)
{
    unsigned write_config = chip_slot_config(chip, span->slot) >> NP_SLOT_WRITE_CONFIG_SHIFT;
    switch (write_config) {
    case WRITE_ALWAYS:
        return is_block(span) || !chip_slot_has(chip, span->slot, NP_SLOT_IS_SECRET);
    case WRITE_PUB_INVALID:
        return is_block(span) && !chip_is_validated(chip, span->slot);
    default:
        return (write_config & WRITE_ENCRYPTED) != 0 && is_block(span) &&
               chip_has_gendig_of(chip, chip_write_key(chip, span->slot));
    }
}

static bool can_write_slot(const np_virtual_chip *chip, const chip_span *span, bool is_encrypted)
{
    if (!chip_is_config_locked(chip) || chip_is_slot_locked(chip, span->slot) ||
        chip_key_has(chip, span->slot, NP_KEY_PRIVATE)) {
        return false;
    }
    if (!chip_is_data_locked(chip)) {
        return is_block(span) && (!is_encrypted || has_open_key(chip));
    }
    return does_policy_allow(chip, span);
}

static bool can_write(const np_virtual_chip *chip, const chip_span *span, bool is_encrypted)
{
    switch (span->zone) {
    case NP_ATECC_ZONE_CONFIG:
        return can_write_config(chip, span, is_encrypted);
    case NP_ATECC_ZONE_OTP:
        return can_write_otp(chip, span, is_encrypted);
    default:
        return can_write_slot(chip, span, is_encrypted);
    }
}

/* Consumption mode: bits go from 1 to 0 only. */
static void and_with_old(const np_virtual_chip *chip, const chip_span *span, uint8_t *bytes)
{
    for (size_t i = 0; i < span->stored; i++) {
        bytes[i] &= chip->eeprom[span->offset + i];
    }
}

void chip_store_in_slot(np_virtual_chip *chip, unsigned slot, size_t offset, np_bytes bytes)
{
    size_t at = chip_slot_at(slot);
    chip_change_later(chip, at + offset, bytes);
    if (!chip_is_public_slot(chip, slot) || !chip_key_has(chip, slot, NP_KEY_PUB_INFO)) {
        return;
    }
    unsigned old = offset == 0 ? bytes.data[0] : chip->eeprom[at];
    uint8_t first = (uint8_t)(VALIDITY_INVALID | (old & 0x0f));
    if (offset == 0) {
        /* one change a byte: a torn one is old, new or erased, never what lay between */
        chip->changes[chip->change_count - 1].bytes[0] = first;
    } else {
        chip_change_later(chip, at, np_bytes_of(&first, 1));
    }
}

static void store(np_virtual_chip *chip, const chip_span *span, np_bytes data)
{
    uint8_t bytes[NP_ATECC_BLOCK_SIZE];
    if (span->zone == NP_ATECC_ZONE_DATA) {
        size_t offset = span->offset - chip_slot_at(span->slot);
        chip_store_in_slot(chip, span->slot, offset, np_bytes_of(data.data, span->stored));
        return;
    }
    memcpy(bytes, data.data, span->stored);
    if (span->zone == NP_ATECC_ZONE_OTP && chip_is_data_locked(chip)) {
        and_with_old(chip, span, bytes);
    }
    chip_change_later(chip, span->offset, np_bytes_of(bytes, span->stored));
}

/* The bytes are masked by TempKey; the MAC covers them in the clear. */
static np_atecc_status store_encrypted(np_virtual_chip *chip, const np_atecc_command *command,
                                       const chip_span *span)
{
    NP_SECRET32 plain = {0};
    uint8_t mac[NP_SHA256_SIZE];
    for (size_t i = 0; i < sizeof(plain.bytes); i++) {
        plain.bytes[i] = command->data.data[i] ^ chip->kept.temp_key.value[i];
    }
    chip_message message = {.head = chip_temp_key_bytes(chip),
                            .middle = chip_25_zeros(),
                            .tail = NP_BYTES(plain.bytes)};
    chip_put_origin(command, message.origin);
    chip_hash_message(chip, &message, mac);
    if (!chip_are_equal(mac, command->data.data + NP_ATECC_BLOCK_SIZE)) {
        return chip_status(chip, READING_WRONG_INPUT_MAC);
    }
    store(chip, span, NP_BYTES(plain.bytes));
    return NP_ATECC_SUCCESS;
}

/* P1 bit 6 says so before the data lock; after it the slot does, and OTP has no such form. */
static bool expects_mac(const np_virtual_chip *chip, const chip_span *span, uint8_t p1)
{
    if (span->zone == NP_ATECC_ZONE_CONFIG || !chip_is_data_locked(chip)) {
        return (p1 & NP_ATECC_ENCRYPTED) != 0;
    }
    unsigned write_config = chip_slot_config(chip, span->slot) >> NP_SLOT_WRITE_CONFIG_SHIFT;
    return span->zone == NP_ATECC_ZONE_DATA && (write_config & WRITE_ENCRYPTED) != 0;
}

np_atecc_status chip_run_write(np_virtual_chip *chip, const np_atecc_command *command,
                               chip_answer *answer)
{
    chip_span span;
    if ((command->p1 & ~WRITE_P1_BITS) != 0) {
        return NP_ATECC_PARSE_ERROR;
    }
    if (!chip_find_span(command->p1, command->p2, &span)) {
        return chip_status(chip, READING_SPARE_ADDRESS_BITS);
    }
    bool is_encrypted = expects_mac(chip, &span, command->p1);
    bool has_mac = command->data.len == span.size + MAC_SIZE;
    if (command->data.len != span.size && !(has_mac && is_encrypted)) {
        return NP_ATECC_PARSE_ERROR;
    }
    answer->has_used_temp_key = is_encrypted;
    if (has_mac != is_encrypted || !can_write(chip, &span, is_encrypted)) {
        return NP_ATECC_EXECUTION_ERROR;
    }
    if (is_encrypted) {
        return store_encrypted(chip, command, &span);
    }
    store(chip, &span, np_bytes_of(command->data.data, span.size));
    return NP_ATECC_SUCCESS;
}
