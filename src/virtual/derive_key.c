/* SPDX-License-Identifier: Apache-2.0 */
/* DeriveKey (specs of the chip 2.6, 4.8). */
#include "virtual/messages.h"

/* The key that is hashed: the target itself (roll), or its parent (create). */
static unsigned source_of(const np_virtual_chip *chip, unsigned target)
{
    bool is_create = chip_slot_has(chip, target, NP_SLOT_FROM_PARENT);
    return is_create ? chip_write_key(chip, target) : target;
}

static bool can_derive(const np_virtual_chip *chip, const np_atecc_command *command,
                       unsigned target)
{
    return chip_is_config_locked(chip) && chip_matches_source(chip, command->p1) &&
           (chip_reading(chip, READING_DERIVE_FROM_NO_MAC) || !chip->kept.temp_key.is_no_mac) &&
           !chip_key_has(chip, target, NP_KEY_PRIVATE) &&
           chip_slot_has(chip, target, NP_SLOT_GENKEY_ALLOWED) &&
           !chip_is_slot_locked(chip, target);
}

/* The MAC is always the parent's: parent | 1C | P1 | P2 | serial. */
static bool is_mac_right(const np_virtual_chip *chip, const np_atecc_command *command,
                         unsigned target)
{
    const uint8_t *parent = chip_slot_bytes(chip, chip_write_key(chip, target));
    chip_message message = {.head = np_bytes_of(parent, 32)};
    uint8_t mac[NP_SHA256_SIZE];
    chip_put_origin(command, message.origin);
    chip_hash_message(chip, &message, mac);
    return chip_are_equal(mac, command->data.data);
}

/* Only a parent's uses are counted; a key that rolls counts none. */
static bool take_source(np_virtual_chip *chip, unsigned source, unsigned target)
{
    return source == target ? chip_take_uncounted(chip, source, true)
                            : chip_take_key(chip, source, true);
}

np_atecc_status chip_run_derive_key(np_virtual_chip *chip, const np_atecc_command *command,
                                    chip_answer *answer)
{
    unsigned target = 0;
    if ((command->p1 & ~CHIP_MODE_SOURCE) != 0) {
        return NP_ATECC_PARSE_ERROR;
    }
    answer->has_used_temp_key = true;
    if (!chip_mask_key_id(chip, command->p2, &target)) {
        return NP_ATECC_EXECUTION_ERROR;
    }
    bool wants_mac = chip_slot_has(chip, target, NP_SLOT_DERIVE_MAC);
    if ((command->data.len > 0) != wants_mac) {
        return NP_ATECC_PARSE_ERROR;
    }
    unsigned source = source_of(chip, target);
    if (!can_derive(chip, command, target) || !take_source(chip, source, target)) {
        return NP_ATECC_EXECUTION_ERROR;
    }
    if (wants_mac && !is_mac_right(chip, command, target)) {
        return chip_status(chip, READING_WRONG_INPUT_MAC);
    }
    chip_message message = {.head = np_bytes_of(chip_slot_bytes(chip, source), 32),
                            .middle = chip_25_zeros(),
                            .tail = chip_temp_key_bytes(chip)};
    NP_SECRET32 derived = {0};
    chip_put_origin(command, message.origin);
    chip_hash_message(chip, &message, derived.bytes);
    chip_store_in_slot(chip, target, 0, NP_BYTES(derived.bytes));
    return NP_ATECC_SUCCESS;
}
