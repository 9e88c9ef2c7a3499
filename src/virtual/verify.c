/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Verify (specs of the chip 2.24): external and stored. Validate, Invalidate, ValidateExternal and
 * the 608's answering MAC are refused (0F) until the commands that they build on are here.
 */
#include "virtual/rules.h"

enum {
    VERIFY_MODE_BITS = 0x07,
    VERIFY_STORED = 0,
    VERIFY_VALIDATE_EXTERNAL = 1,
    VERIFY_VALIDATE = 3,
    VERIFY_INVALIDATE = 7,
    VERIFY_FROM_BUFFER = 0x20, /* 608 */
    VERIFY_MAC = 0x80,         /* 608 */
    STORED_SIZE = 64,
    EXTERNAL_SIZE = 128,
    VALIDATE_SIZE = 83,
    X_AT = 4, /* in a stored public key */
    Y_AT = 40,
};

static const uint8_t *take_message(np_virtual_chip *chip, uint8_t p1, chip_answer *answer)
{
    bool is_from_buffer = (p1 & VERIFY_FROM_BUFFER) != 0;
    answer->has_used_temp_key = !is_from_buffer;
    if (is_from_buffer) {
        return chip->kept.digest_len > 0 ? chip->kept.digest_buffer : NULL;
    }
    return chip_has_message(chip) ? chip->kept.temp_key.value : NULL;
}

static np_atecc_status verify(const uint8_t *point, const uint8_t *message, np_bytes data)
{
    bool is_valid = false;
    if (np_p256_verify(point, message, data.data, &is_valid, NULL) != NP_OK) {
        return NP_ATECC_ECC_FAULT;
    }
    return is_valid ? NP_ATECC_SUCCESS : NP_ATECC_MISCOMPARE;
}

/* DEC: works in every lock state (S saw it between the locks; nobody says no before them). */
static np_atecc_status verify_external(np_virtual_chip *chip, const np_atecc_command *command,
                                       chip_answer *answer)
{
    if (command->p2 != NP_ATECC_VERIFY_P256 || command->data.len != EXTERNAL_SIZE) {
        return NP_ATECC_PARSE_ERROR;
    }
    const uint8_t *message = take_message(chip, command->p1, answer);
    if (message == NULL || (command->p1 & VERIFY_MAC) != 0) {
        return NP_ATECC_EXECUTION_ERROR;
    }
    return verify(command->data.data + STORED_SIZE, message, command->data);
}

/* A key that needs validation must have it; a key that needs a random message too. */
static bool can_use_stored(np_virtual_chip *chip, unsigned slot)
{
    bool is_trusted = !chip_key_has(chip, slot, NP_KEY_PUB_INFO) || chip_is_validated(chip, slot);
    bool is_random =
        !chip_key_has(chip, slot, NP_KEY_REQ_RANDOM) || !chip->kept.temp_key.is_input_only;
    return chip_is_config_locked(chip) && chip_is_public_slot(chip, slot) && is_trusted &&
           is_random && !chip_is_disabled(chip, slot) && chip_take_authorisation(chip, slot);
}

static np_atecc_status verify_stored(np_virtual_chip *chip, const np_atecc_command *command,
                                     chip_answer *answer)
{
    unsigned slot = 0;
    np_atecc_status status = chip_parse_key_id(command->p2, &slot);
    if (status != NP_ATECC_SUCCESS || command->data.len != STORED_SIZE) {
        return status != NP_ATECC_SUCCESS ? status : NP_ATECC_PARSE_ERROR;
    }
    const uint8_t *message = take_message(chip, command->p1, answer);
    if (message == NULL || (command->p1 & VERIFY_MAC) != 0 || !can_use_stored(chip, slot) ||
        !chip_count_use(chip, slot)) {
        return NP_ATECC_EXECUTION_ERROR;
    }
    uint8_t point[NP_P256_POINT_SIZE];
    memcpy(point, chip->eeprom + chip_slot_at(slot) + X_AT, 32);
    memcpy(point + 32, chip->eeprom + chip_slot_at(slot) + Y_AT, 32);
    status = verify(point, message, command->data);
    if (status == NP_ATECC_SUCCESS) {
        chip->kept.is_authorised = true;
        chip->kept.authorising_slot = (uint8_t)slot;
    }
    return status;
}

np_atecc_status chip_run_verify(np_virtual_chip *chip, const np_atecc_command *command,
                                chip_answer *answer)
{
    unsigned options = chip_is_608(chip) ? VERIFY_FROM_BUFFER | VERIFY_MAC : 0;
    if ((command->p1 & ~(VERIFY_MODE_BITS | options)) != 0) {
        return NP_ATECC_PARSE_ERROR;
    }
    switch (command->p1 & VERIFY_MODE_BITS) {
    case VERIFY_STORED:
        return verify_stored(chip, command, answer);
    case NP_ATECC_VERIFY_EXTERNAL:
        return verify_external(chip, command, answer);
    case VERIFY_VALIDATE_EXTERNAL:
    case VERIFY_VALIDATE:
    case VERIFY_INVALIDATE:
        return command->data.len == VALIDATE_SIZE ? NP_ATECC_EXECUTION_ERROR : NP_ATECC_PARSE_ERROR;
    default:
        return NP_ATECC_PARSE_ERROR;
    }
}
