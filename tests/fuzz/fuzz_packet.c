/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Groups: a decoder never looks outside its input, and what it accepts comes back byte for byte
 * when encoded again. The same input, taken as contents, is encoded and must decode to itself.
 */
#include "atecc/packet.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static bool is_within(np_bytes part, np_bytes whole)
{
    return part.data >= whole.data && part.data + part.len <= whole.data + whole.len;
}

static void decode_as_command(np_bytes input)
{
    np_atecc_command command;
    if (!np_atecc_decode_command(input, &command)) {
        return;
    }
    require(is_within(command.data, input));
    uint8_t again[NP_ATECC_GROUP_MAX];
    np_writer writer = np_writer_of(again, sizeof(again));
    np_atecc_encode_command(&command, &writer);
    require(np_bytes_equal(np_writer_bytes(&writer), input));
}

static void decode_as_response(np_bytes input)
{
    np_bytes answer;
    if (!np_atecc_decode_response(input, &answer)) {
        return;
    }
    require(is_within(answer, input));
    uint8_t again[NP_ATECC_GROUP_MAX];
    np_writer writer = np_writer_of(again, sizeof(again));
    np_atecc_encode_response(answer, &writer);
    np_bytes group = np_writer_bytes(&writer);
    require(group.len <= input.len);
    require(np_bytes_equal(group, np_bytes_of(input.data, group.len)));
}

static void encode_a_command(np_bytes input)
{
    np_reader reader = np_reader_of(input);
    np_atecc_command command = {.opcode = np_read_u8(&reader)};
    command.p1 = np_read_u8(&reader);
    command.p2 = np_read_u16_le(&reader);
    command.data = reader.rest;
    uint8_t group[NP_ATECC_GROUP_MAX];
    np_writer writer = np_writer_of(group, sizeof(group));
    np_atecc_encode_command(&command, &writer);
    require(np_writer_has_room(&writer) == (command.data.len <= NP_ATECC_COMMAND_DATA_MAX));
    if (np_writer_has_room(&writer)) {
        np_atecc_command back;
        require(np_atecc_decode_command(np_writer_bytes(&writer), &back));
        require(back.opcode == command.opcode && back.p1 == command.p1 && back.p2 == command.p2);
        require(np_bytes_equal(back.data, command.data));
    }
}

static void encode_a_response(np_bytes input)
{
    uint8_t group[NP_ATECC_GROUP_MAX];
    np_writer writer = np_writer_of(group, sizeof(group));
    np_atecc_encode_response(input, &writer);
    require(np_writer_has_room(&writer) == (input.len <= NP_ATECC_RESPONSE_DATA_MAX));
    if (np_writer_has_room(&writer) && input.len > 0) {
        np_bytes back;
        require(np_atecc_decode_response(np_writer_bytes(&writer), &back));
        require(np_bytes_equal(back, input));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    np_bytes input = np_bytes_of(data, size);
    decode_as_command(input);
    decode_as_response(input);
    encode_a_command(input);
    encode_a_response(input);
    return 0;
}
