/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Write (specs of the chip 2.18). Encrypted forms need the key that GenDig leaves in TempKey and
 * are refused until that command is here.
 */
#include "virtual/rules.h"

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

/* 508A in consumption mode takes 4 or 32 bytes after the lock; a 608 never does (C). */
static bool can_write_otp(const np_virtual_chip *chip, const chip_span *span, bool is_encrypted)
{
    if (!chip_is_config_locked(chip)) {
        return false;
    }
    if (!chip_is_data_locked(chip)) {
        return is_block(span) && !is_encrypted;
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
    default: /* never, or WRITE_ENCRYPTED */
        return false;
    }
}

static bool can_write_slot(const np_virtual_chip *chip, const chip_span *span, bool is_encrypted)
{
    if (!chip_is_config_locked(chip) || chip_is_slot_locked(chip, span->slot) ||
        chip_key_has(chip, span->slot, NP_KEY_PRIVATE)) {
        return false;
    }
    if (!chip_is_data_locked(chip)) {
        return is_block(span) && !is_encrypted;
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

/* Any write into a public key that needs validation makes it invalid. */
static void invalidate_public_key(np_virtual_chip *chip, const chip_span *span, uint8_t *bytes)
{
    if (!chip_is_public_slot(chip, span->slot) ||
        !chip_key_has(chip, span->slot, NP_KEY_PUB_INFO)) {
        return;
    }
    size_t at = chip_slot_at(span->slot);
    bool is_inside = span->offset == at;
    uint8_t first = is_inside ? bytes[0] : chip->eeprom[at];
    first = (uint8_t)(VALIDITY_INVALID | (first & 0x0f));
    if (is_inside) {
        bytes[0] = first;
    } else {
        chip_change_later(chip, at, np_bytes_of(&first, 1));
    }
}

static void store(np_virtual_chip *chip, const chip_span *span, np_bytes data)
{
    uint8_t bytes[NP_ATECC_BLOCK_SIZE];
    memcpy(bytes, data.data, span->stored);
    if (span->zone == NP_ATECC_ZONE_OTP && chip_is_data_locked(chip)) {
        and_with_old(chip, span, bytes);
    }
    if (span->zone == NP_ATECC_ZONE_DATA) {
        invalidate_public_key(chip, span, bytes);
    }
    chip_change_later(chip, span->offset, np_bytes_of(bytes, span->stored));
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
    (void)answer;
    if ((command->p1 & ~WRITE_P1_BITS) != 0 || !chip_find_span(command->p1, command->p2, &span)) {
        return NP_ATECC_PARSE_ERROR;
    }
    bool is_encrypted = expects_mac(chip, &span, command->p1);
    bool has_mac = command->data.len == span.size + MAC_SIZE;
    if (command->data.len != span.size && !(has_mac && is_encrypted)) {
        return NP_ATECC_PARSE_ERROR;
    }
    if (!can_write(chip, &span, is_encrypted)) {
        return NP_ATECC_EXECUTION_ERROR;
    }
    store(chip, &span, np_bytes_of(command->data.data, span.size));
    return NP_ATECC_SUCCESS;
}
