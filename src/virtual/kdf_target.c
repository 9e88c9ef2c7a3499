/* SPDX-License-Identifier: Apache-2.0 */
#include "virtual/kdf_target.h"

enum {
    TARGET_SHIFT = 2,
    TARGET_MASK = 7,
    TO_TEMP_KEY = 0,
    TO_TEMP_KEY_UPPER = 1,
    TO_SLOT = 2,
    TO_ALTERNATE_KEY = 3,
    TO_OUTPUT = 4,
    TO_OUTPUT_ENCRYPTED = 5,
    SLOT_SHIFT = 8,        /* of P2 */
    PROTECTION_SHIFT = 10, /* KDFProt in ChipOptions */
};

static unsigned target_of(const np_atecc_command *command)
{
    return command->p1 >> TARGET_SHIFT & TARGET_MASK;
}

bool kdf_is_target(const np_atecc_command *command)
{
    return target_of(command) <= TO_OUTPUT_ENCRYPTED;
}

static np_atecc_status answer_clear(const np_virtual_chip *chip, np_bytes bytes,
                                    chip_answer *answer)
{
    if ((chip_options(chip) >> PROTECTION_SHIFT & 3) != 0) {
        return chip_status(chip, READING_KDF_PROTECTED_CLEAR_OUTPUT);
    }
    memcpy(answer->data, bytes.data, bytes.len);
    answer->len = bytes.len;
    return NP_ATECC_SUCCESS;
}

static np_atecc_status set_upper(np_virtual_chip *chip, np_bytes bytes)
{
    chip_temp_key *key = &chip->kept.temp_key;
    if (!chip_has_message(chip) || bytes.len > 32) {
        return NP_ATECC_EXECUTION_ERROR;
    }
    memcpy(key->value + 32, bytes.data, bytes.len);
    key->is_upper_valid = true;
    return NP_ATECC_SUCCESS;
}

static np_atecc_status set_alternate_key(np_virtual_chip *chip, np_bytes bytes)
{
    if (bytes.len > sizeof(chip->kept.alternate_key)) {
        return NP_ATECC_EXECUTION_ERROR;
    }
    memcpy(chip->kept.alternate_key, bytes.data, bytes.len);
    chip->kept.has_alternate_key = true;
    return NP_ATECC_SUCCESS;
}

/* After the data lock only a slot that anybody may write. */
static np_atecc_status store(np_virtual_chip *chip, unsigned slot, np_bytes bytes)
{
    unsigned write_config = chip_slot_config(chip, slot) >> NP_SLOT_WRITE_CONFIG_SHIFT;
    bool is_open = !chip_is_data_locked(chip) || write_config == 0 ||
                   chip_reading(chip, READING_KDF_TARGET_IGNORES_WRITE_CONFIG);
    if (!chip_is_config_locked(chip) || chip_key_has(chip, slot, NP_KEY_PRIVATE) ||
        chip_is_slot_locked(chip, slot) || !is_open || bytes.len > np_atecc_slot_size(slot)) {
        return NP_ATECC_EXECUTION_ERROR;
    }
    chip_store_in_slot(chip, slot, 0, np_bytes_of(bytes.data, 32));
    if (bytes.len > 32) {
        chip_store_in_slot(chip, slot, 32, np_bytes_of(bytes.data + 32, bytes.len - 32));
    }
    return NP_ATECC_SUCCESS;
}

static np_atecc_status put(np_virtual_chip *chip, const np_atecc_command *command, np_bytes bytes,
                           chip_answer *answer)
{
    switch (target_of(command)) {
    case TO_TEMP_KEY:
        chip_set_temp_key(chip, bytes, chip_reading(chip, READING_KDF_RESULT_SOURCE));
        return NP_ATECC_SUCCESS;
    case TO_TEMP_KEY_UPPER:
        return set_upper(chip, bytes);
    case TO_SLOT:
        return store(chip, command->p2 >> SLOT_SHIFT & 0xf, bytes);
    case TO_ALTERNATE_KEY:
        return set_alternate_key(chip, bytes);
    case TO_OUTPUT:
        return answer_clear(chip, bytes, answer);
    default:
        return chip_answer_encrypted(chip, bytes, answer);
    }
}

/* The clear half is tried first, so that a refusal stores nothing. */
np_atecc_status kdf_deliver(np_virtual_chip *chip, const np_atecc_command *command,
                            const kdf_result *result, chip_answer *answer)
{
    if (!result->is_split) {
        return put(chip, command, np_bytes_of(result->bytes, result->len), answer);
    }
    if (target_of(command) >= TO_OUTPUT) {
        return NP_ATECC_PARSE_ERROR;
    }
    np_atecc_status status = answer_clear(chip, np_bytes_of(result->bytes + 32, 32), answer);
    if (status == NP_ATECC_SUCCESS) {
        status = put(chip, command, np_bytes_of(result->bytes, 32), answer);
    }
    answer->len = status == NP_ATECC_SUCCESS ? answer->len : 0;
    return status;
}
