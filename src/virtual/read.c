/* SPDX-License-Identifier: Apache-2.0 */
/* Read (specs of the chip 2.17). */
#include "virtual/rules.h"

enum { READ_P1_BITS = NP_ATECC_32_BYTES | 0x03 };

/*
 * Encrypted reads need the key that GenDig leaves in TempKey and are refused until that command is
 * here. DEC: a slot that is not secret but asks for encryption is refused.
 */
static bool can_read_slot(const np_virtual_chip *chip, const chip_span *span)
{
    return !chip_key_has(chip, span->slot, NP_KEY_PRIVATE) &&
           !chip_slot_has(chip, span->slot, NP_SLOT_IS_SECRET) &&
           !chip_slot_has(chip, span->slot, NP_SLOT_ENCRYPT_READ);
}

static bool can_read(const np_virtual_chip *chip, const chip_span *span)
{
    switch (span->zone) {
    case NP_ATECC_ZONE_CONFIG:
        return true;
    case NP_ATECC_ZONE_OTP: /* DEC: all of it, whatever OTPmode says */
        return chip_is_data_locked(chip);
    default:
        return chip_is_data_locked(chip) && can_read_slot(chip, span);
    }
}

/* DEC: a block that reaches past the end of its slot is filled with zeros. */
np_atecc_status chip_run_read(np_virtual_chip *chip, const np_atecc_command *command,
                              chip_answer *answer)
{
    chip_span span;
    if ((command->p1 & ~READ_P1_BITS) != 0 || !chip_find_span(command->p1, command->p2, &span)) {
        return NP_ATECC_PARSE_ERROR;
    }
    if (!can_read(chip, &span)) {
        return NP_ATECC_EXECUTION_ERROR;
    }
    memcpy(answer->data, chip->eeprom + span.offset, span.stored);
    memset(answer->data + span.stored, 0, span.size - span.stored);
    answer->len = span.size;
    return NP_ATECC_SUCCESS;
}
