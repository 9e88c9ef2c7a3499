/* SPDX-License-Identifier: Apache-2.0 */
#include "virtual/messages.h"

static const uint8_t zeros[32];

enum { INCLUDE_SERIAL = 0x40 }; /* P1 bit 6 of MAC, HMAC and Sign */

void chip_put_origin(const np_atecc_command *command, uint8_t ret[static 4])
{
    ret[0] = command->opcode;
    ret[1] = command->p1;
    ret[2] = (uint8_t)command->p2;
    ret[3] = (uint8_t)(command->p2 >> 8);
}

void chip_hash_message(const np_virtual_chip *chip, const chip_message *message,
                       uint8_t ret[static NP_SHA256_SIZE])
{
    np_chip_serial serial = chip_serial(chip);
    const uint8_t shown[] = {serial.bytes[8], serial.bytes[0], serial.bytes[1]};
    const np_bytes parts[] = {message->head, NP_BYTES(message->origin), NP_BYTES(shown),
                              message->middle, message->tail};
    np_sha256_parts(parts, NP_COUNT_OF(parts), ret);
}

np_bytes chip_25_zeros(void)
{
    return np_bytes_of(zeros, 25);
}

void chip_put_other_data(const np_virtual_chip *chip, const np_atecc_command *command,
                         uint8_t ret[static CHIP_OTHER_DATA_SIZE])
{
    np_chip_serial serial = chip_serial(chip);
    memset(ret, 0, CHIP_OTHER_DATA_SIZE);
    chip_put_origin(command, ret);
    if ((command->p1 & INCLUDE_SERIAL) != 0) {
        memcpy(ret + 7, serial.bytes + 4, 4);
        memcpy(ret + 11, serial.bytes + 2, 2);
    }
}

void chip_put_mac_message(const np_virtual_chip *chip, const uint8_t *const blocks[static 2],
                          const uint8_t other[static CHIP_OTHER_DATA_SIZE],
                          uint8_t ret[static CHIP_MAC_MESSAGE_SIZE])
{
    np_chip_serial serial = chip_serial(chip);
    np_writer writer = np_writer_of(ret, CHIP_MAC_MESSAGE_SIZE);
    np_write_bytes(&writer, np_bytes_of(blocks[0], 32));
    np_write_bytes(&writer, np_bytes_of(blocks[1], 32));
    np_write_bytes(&writer, np_bytes_of(other, 4));
    np_write_fill(&writer, 0, 8);
    np_write_bytes(&writer, np_bytes_of(other + 4, 3));
    np_write_u8(&writer, serial.bytes[8]);
    np_write_bytes(&writer, np_bytes_of(other + 7, 4));
    np_write_bytes(&writer, np_bytes_of(serial.bytes, 2));
    np_write_bytes(&writer, np_bytes_of(other + 11, 2));
}

void chip_hash_slot_data(const np_virtual_chip *chip,
                         const uint8_t other[static CHIP_SLOT_DATA_SIZE],
                         uint8_t ret[static NP_SHA256_SIZE])
{
    static const uint8_t opcode = NP_ATECC_SIGN;
    np_chip_serial serial = chip_serial(chip);
    const np_bytes parts[] = {chip_temp_key_bytes(chip),  np_bytes_of(&opcode, 1),
                              np_bytes_of(other, 10),     np_bytes_of(serial.bytes + 8, 1),
                              np_bytes_of(other + 10, 4), np_bytes_of(serial.bytes, 2),
                              np_bytes_of(other + 14, 5)};
    np_sha256_parts(parts, NP_COUNT_OF(parts), ret);
}

uint8_t chip_temp_key_flags(const np_virtual_chip *chip)
{
    const chip_temp_key *key = &chip->kept.temp_key;
    return (uint8_t)(key->is_no_mac << 7 | key->is_genkey << 6 | key->is_gendig << 5 |
                     key->is_input_only << 4 | (key->key_id & 0xf));
}

bool chip_are_equal(const uint8_t *a, const uint8_t *b)
{
    uint8_t difference = 0;
    for (size_t i = 0; i < 32; i++) {
        difference |= a[i] ^ b[i];
    }
    return difference == 0;
}
