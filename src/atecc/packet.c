/* SPDX-License-Identifier: Apache-2.0 */
#include "atecc/packet.h"

enum { CRC_SIZE = 2, HEADER_SIZE = 5 /* count, opcode, P1, P2 */ };

typedef struct status_row {
    uint8_t status;
    const char *name;
} status_row;

static const status_row statuses[] = {
    {NP_ATECC_SUCCESS, "success"},
    {NP_ATECC_MISCOMPARE, "miscompare"},
    {NP_ATECC_PARSE_ERROR, "parse error"},
    {NP_ATECC_ECC_FAULT, "ECC fault"},
    {NP_ATECC_SELF_TEST_ERROR, "self-test error"},
    {NP_ATECC_HEALTH_TEST_ERROR, "health-test error"},
    {NP_ATECC_EXECUTION_ERROR, "execution error"},
    {NP_ATECC_AFTER_WAKE, "after wake"},
    {NP_ATECC_WATCHDOG, "watchdog about to expire"},
    {NP_ATECC_CRC_ERROR, "CRC or communication error"},
};

const char *np_atecc_status_name(uint8_t status)
{
    for (size_t i = 0; i < NP_COUNT_OF(statuses); i++) {
        if (statuses[i].status == status) {
            return statuses[i].name;
        }
    }
    return "unknown status";
}

/*
 * One row of the CRC's table at a time would need 512 bytes of constants; two tables of 16 do the
 * same a nibble at a time. Shifting left with the bits of a byte taken least significant first is
 * the reflected CRC-16/ARC with its register reversed, so the loop keeps the reflected register.
 */
static const uint16_t nibbles[16] = {
    0x0000, 0xcc01, 0xd801, 0x1400, 0xf001, 0x3c00, 0x2800, 0xe401,
    0xa001, 0x6c00, 0x7800, 0xb401, 0x5000, 0x9c01, 0x8801, 0x4400,
};

static uint16_t reverse_bits(uint16_t value)
{
    uint32_t bits = value;
    bits = (bits & 0x5555) << 1 | (bits >> 1 & 0x5555);
    bits = (bits & 0x3333) << 2 | (bits >> 2 & 0x3333);
    bits = (bits & 0x0f0f) << 4 | (bits >> 4 & 0x0f0f);
    return (uint16_t)(bits << 8 | bits >> 8);
}

uint16_t np_crc16_update(uint16_t crc, np_bytes bytes)
{
    uint16_t reflected = reverse_bits(crc);
    for (size_t i = 0; i < bytes.len; i++) {
        reflected ^= bytes.data[i];
        reflected = (uint16_t)(reflected >> 4 ^ nibbles[reflected & 15]);
        reflected = (uint16_t)(reflected >> 4 ^ nibbles[reflected & 15]);
    }
    return reverse_bits(reflected);
}

static void append_crc(np_writer *writer, size_t group_start)
{
    if (writer->data == NULL || !np_writer_has_room(writer)) {
        np_write_u16_le(writer, 0);
        return;
    }
    np_bytes group = np_bytes_of(writer->data + group_start, writer->len - group_start);
    np_write_u16_le(writer, np_crc16(group));
}

void np_atecc_encode_command(const np_atecc_command *command, np_writer *writer)
{
    size_t start = writer->len;
    if (command->data.len > NP_ATECC_COMMAND_DATA_MAX) {
        writer->len = writer->size + 1;
        return;
    }
    np_write_u8(writer, (uint8_t)(NP_ATECC_COMMAND_MIN + command->data.len));
    np_write_u8(writer, command->opcode);
    np_write_u8(writer, command->p1);
    np_write_u16_le(writer, command->p2);
    np_write_bytes(writer, command->data);
    append_crc(writer, start);
}

static bool has_good_crc(np_bytes group)
{
    np_bytes body = np_bytes_of(group.data, group.len - CRC_SIZE);
    uint16_t crc = np_crc16(body);
    return group.data[body.len] == (crc & 0xff) && group.data[body.len + 1] == crc >> 8;
}

bool np_atecc_decode_command(np_bytes group, np_atecc_command *ret)
{
    if (group.len < NP_ATECC_COMMAND_MIN || group.len > NP_ATECC_GROUP_MAX ||
        group.data[0] != group.len || !has_good_crc(group)) {
        return false;
    }
    *ret = (np_atecc_command){
        .opcode = group.data[1],
        .p1 = group.data[2],
        .p2 = (uint16_t)(group.data[3] | group.data[4] << 8),
        .data = np_bytes_of(group.data + HEADER_SIZE, group.len - NP_ATECC_COMMAND_MIN),
    };
    return true;
}

void np_atecc_encode_response(np_bytes data, np_writer *writer)
{
    size_t start = writer->len;
    if (data.len > NP_ATECC_RESPONSE_DATA_MAX) {
        writer->len = writer->size + 1;
        return;
    }
    np_write_u8(writer, (uint8_t)(1 + data.len + CRC_SIZE));
    np_write_bytes(writer, data);
    append_crc(writer, start);
}

bool np_atecc_decode_response(np_bytes read, np_bytes *ret_data)
{
    if (read.len < NP_ATECC_GROUP_MIN || read.data[0] < NP_ATECC_GROUP_MIN ||
        read.data[0] > NP_ATECC_GROUP_MAX || read.data[0] > read.len) {
        return false;
    }
    np_bytes group = np_bytes_of(read.data, read.data[0]);
    if (!has_good_crc(group)) {
        return false;
    }
    *ret_data = np_bytes_of(group.data + 1, group.len - 1 - CRC_SIZE);
    return true;
}
