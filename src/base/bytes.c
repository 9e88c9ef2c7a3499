/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bytes.h"

bool np_bytes_are_all(np_bytes bytes, uint8_t value)
{
    for (size_t i = 0; i < bytes.len; i++) {
        if (bytes.data[i] != value) {
            return false;
        }
    }
    return true;
}

np_bytes np_read_bytes(np_reader *reader, size_t len)
{
    if (reader->failed || len > reader->rest.len) {
        reader->failed = true;
        return (np_bytes){NULL, 0};
    }
    np_bytes taken = {reader->rest.data, len};
    if (len > 0) {
        reader->rest.data += len;
        reader->rest.len -= len;
    }
    return taken;
}

static uint64_t read_be(np_reader *reader, size_t len)
{
    np_bytes bytes = np_read_bytes(reader, len);
    uint64_t value = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        value = value << 8 | bytes.data[i];
    }
    return value;
}

uint8_t np_read_u8(np_reader *reader)
{
    return (uint8_t)read_be(reader, 1);
}

uint16_t np_read_u16_le(np_reader *reader)
{
    uint16_t value = np_read_u16_be(reader);
    return (uint16_t)(value << 8 | value >> 8);
}

uint32_t np_read_u32_le(np_reader *reader)
{
    uint32_t low = np_read_u16_le(reader);
    return low | (uint32_t)np_read_u16_le(reader) << 16;
}

uint16_t np_read_u16_be(np_reader *reader)
{
    return (uint16_t)read_be(reader, 2);
}

uint32_t np_read_u32_be(np_reader *reader)
{
    return (uint32_t)read_be(reader, 4);
}

uint64_t np_read_u64_be(np_reader *reader)
{
    return read_be(reader, 8);
}

bool np_reader_is_done(const np_reader *reader)
{
    return !reader->failed && reader->rest.len == 0;
}

void np_write_bytes(np_writer *writer, np_bytes bytes)
{
    bool has_room = writer->len <= writer->size && bytes.len <= writer->size - writer->len;
    if (writer->data != NULL && has_room && bytes.len > 0) {
        memcpy(writer->data + writer->len, bytes.data, bytes.len);
    }
    writer->len += bytes.len;
}

static void write_be(np_writer *writer, uint64_t value, size_t len)
{
    uint8_t bytes[8];
    for (size_t i = 0; i < len; i++) {
        bytes[i] = (uint8_t)(value >> (8 * (len - 1 - i)));
    }
    np_write_bytes(writer, np_bytes_of(bytes, len));
}

void np_write_u8(np_writer *writer, uint8_t value)
{
    np_write_bytes(writer, np_bytes_of(&value, 1));
}

void np_write_u16_le(np_writer *writer, uint16_t value)
{
    write_be(writer, (uint16_t)(value << 8 | value >> 8), 2);
}

void np_write_u32_le(np_writer *writer, uint32_t value)
{
    np_write_u16_le(writer, (uint16_t)value);
    np_write_u16_le(writer, (uint16_t)(value >> 16));
}

void np_write_u16_be(np_writer *writer, uint16_t value)
{
    write_be(writer, value, 2);
}

void np_write_u32_be(np_writer *writer, uint32_t value)
{
    write_be(writer, value, 4);
}

void np_write_u64_be(np_writer *writer, uint64_t value)
{
    write_be(writer, value, 8);
}

void np_write_fill(np_writer *writer, uint8_t value, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        np_write_u8(writer, value);
    }
}

void np_write_text(np_writer *writer, const char *text)
{
    np_write_bytes(writer, np_bytes_text(text));
}

np_bytes np_writer_bytes(const np_writer *writer)
{
    if (writer->data == NULL || writer->len > writer->size) {
        return (np_bytes){NULL, 0};
    }
    return (np_bytes){writer->data, writer->len};
}
