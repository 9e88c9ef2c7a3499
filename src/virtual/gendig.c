/* SPDX-License-Identifier: Apache-2.0 */
/* GenDig (specs of the chip 2.8, 4.2). */
#include "virtual/messages.h"

enum {
    DIG_CONFIG = 0,
    DIG_OTP = 1,
    DIG_DATA = 2,
    DIG_SHARED = 3,
    DIG_COUNTER = 4,
    DIG_KEY_CONFIG = 5,
    DIG_SHARED_SWAPS = 0x8000, /* P2 */
    OTHER_DATA_SIZE = 4,
    SHARED_SIZE = 32,
    MIDDLE_SIZE = 25,
};

static const uint8_t zeros[32];

/* What a zone brings into the message. */
typedef struct dig_input {
    chip_message message;
    uint8_t middle[MIDDLE_SIZE];
    bool is_shared;
    bool is_swapped;
    bool is_slot;
    unsigned slot;
} dig_input;

typedef np_atecc_status dig_zone(np_virtual_chip *chip, const np_atecc_command *command,
                                 dig_input *input);

static np_atecc_status take_block(np_virtual_chip *chip, const np_atecc_command *command,
                                  dig_input *input)
{
    bool is_config = command->p1 == DIG_CONFIG;
    size_t zone_size = is_config ? NP_ATECC_CONFIG_SIZE : NP_ATECC_OTP_SIZE;
    size_t at = (size_t)command->p2 * NP_ATECC_BLOCK_SIZE;
    if (at >= zone_size) {
        return NP_ATECC_PARSE_ERROR;
    }
    size_t zone_at = is_config ? NP_EEPROM_CONFIG : NP_EEPROM_OTP;
    input->message.head = np_bytes_of(chip->eeprom + zone_at + at, NP_ATECC_BLOCK_SIZE);
    return NP_ATECC_SUCCESS;
}

/* A NoMac slot has the other side's bytes in place of opcode, P1 and P2. */
static np_atecc_status take_slot(np_virtual_chip *chip, const np_atecc_command *command,
                                 dig_input *input)
{
    if (!chip_mask_key_id(chip, command->p2, &input->slot)) {
        return command->p2 < 0x8000 ? NP_ATECC_EXECUTION_ERROR
                                    : chip_status(chip, READING_TRANSPORT_KEY);
    }
    bool is_no_mac = chip_slot_has(chip, input->slot, NP_SLOT_NO_MAC);
    if (is_no_mac && command->data.len != OTHER_DATA_SIZE) {
        return NP_ATECC_PARSE_ERROR;
    }
    if (!chip_take_key(chip, input->slot, true)) {
        return NP_ATECC_EXECUTION_ERROR;
    }
    if (is_no_mac) {
        memcpy(input->message.origin, command->data.data, OTHER_DATA_SIZE);
    }
    input->message.head = np_bytes_of(chip_slot_bytes(chip, input->slot), 32);
    input->is_slot = true;
    return NP_ATECC_SUCCESS;
}

static np_atecc_status take_shared(np_virtual_chip *chip, const np_atecc_command *command,
                                   dig_input *input)
{
    (void)chip;
    if (command->data.len != SHARED_SIZE) {
        return NP_ATECC_PARSE_ERROR;
    }
    input->message.head = command->data;
    input->message.origin[3] = 0;
    input->is_shared = true;
    input->is_swapped = (command->p2 & DIG_SHARED_SWAPS) != 0;
    return NP_ATECC_SUCCESS;
}

static np_atecc_status take_counter(np_virtual_chip *chip, const np_atecc_command *command,
                                    dig_input *input)
{
    if (command->p2 >= CHIP_COUNTER_COUNT) {
        return NP_ATECC_PARSE_ERROR;
    }
    np_writer writer = np_writer_of(input->middle + 1, 4);
    np_write_u32_le(&writer, chip_counter(chip, command->p2));
    return NP_ATECC_SUCCESS;
}

static np_atecc_status take_key_config(np_virtual_chip *chip, const np_atecc_command *command,
                                       dig_input *input)
{
    unsigned slot = command->p2;
    if (slot >= NP_ATECC_SLOT_COUNT) {
        return NP_ATECC_PARSE_ERROR;
    }
    np_writer writer = np_writer_of(input->middle + 1, 5);
    np_write_u16_le(&writer, chip_slot_config(chip, slot));
    np_write_u16_le(&writer, chip_key_config(chip, slot));
    np_write_u8(&writer, !chip_is_slot_locked(chip, slot));
    return NP_ATECC_SUCCESS;
}

/* NoMac stays once it is set; KeyID is that of the last slot. */
static void replace_temp_key(np_virtual_chip *chip, const dig_input *input, const uint8_t *digest)
{
    chip_temp_key *key = &chip->kept.temp_key;
    memcpy(key->value, digest, NP_SHA256_SIZE);
    key->is_upper_valid = false;
    key->is_gendig =
        input->is_slot || (input->is_shared && chip_reading(chip, READING_SHARED_NONCE_IS_GENDIG));
    key->is_genkey = chip_reading(chip, READING_GENDIG_KEEPS_GENKEY_FLAG) && key->is_genkey;
    key->has_public = false;
    if (input->is_slot) {
        key->key_id = (uint8_t)input->slot;
        key->is_no_mac = key->is_no_mac || chip_slot_has(chip, input->slot, NP_SLOT_NO_MAC);
    }
}

np_atecc_status chip_run_gendig(np_virtual_chip *chip, const np_atecc_command *command,
                                chip_answer *answer)
{
    static dig_zone *const zones[] = {take_block,  take_block,   take_slot,
                                      take_shared, take_counter, take_key_config};
    (void)answer;
    if (command->p1 >= NP_COUNT_OF(zones)) {
        return NP_ATECC_PARSE_ERROR;
    }
    bool is_open =
        command->p1 == DIG_CONFIG && chip_reading(chip, READING_GENDIG_CONFIG_BEFORE_LOCK);
    if (!chip_has_message(chip) || (!chip_is_config_locked(chip) && !is_open)) {
        return NP_ATECC_EXECUTION_ERROR;
    }
    dig_input input = {.message = {.head = NP_BYTES(zeros)}};
    input.message.middle = NP_BYTES(input.middle);
    input.message.tail = chip_temp_key_bytes(chip);
    chip_put_origin(command, input.message.origin);
    np_atecc_status status = zones[command->p1](chip, command, &input);
    if (status != NP_ATECC_SUCCESS) {
        return status;
    }
    if (input.is_swapped) {
        np_bytes first = input.message.head;
        input.message.head = input.message.tail;
        input.message.tail = first;
    }
    uint8_t digest[NP_SHA256_SIZE];
    chip_hash_message(chip, &input.message, digest);
    replace_temp_key(chip, &input, digest);
    return NP_ATECC_SUCCESS;
}
