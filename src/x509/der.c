/* SPDX-License-Identifier: Apache-2.0 */
#include "x509/der.h"

enum { LONG_FORM = 0x80, MULTI_BYTE_TAG = 0x1f, SIGN_BIT = 0x80 };

static bool read_length(np_reader *reader, size_t *ret_len)
{
    uint8_t first = np_read_u8(reader);
    if (first < LONG_FORM) {
        *ret_len = first;
        return !reader->failed;
    }
    size_t count = first & 0x7fU;
    np_bytes digits = np_read_bytes(reader, count);
    size_t len = 0;
    if (reader->failed || count == 0 || count > 4 || digits.data[0] == 0) {
        return false; /* indefinite, absurd or padded */
    }
    for (size_t i = 0; i < count; i++) {
        len = len << 8 | digits.data[i];
    }
    *ret_len = len;
    return len >= LONG_FORM;
}

bool np_der_next(np_reader *reader, np_der *ret)
{
    const uint8_t *start = reader->rest.data;
    uint8_t tag = np_read_u8(reader);
    size_t len = 0;
    *ret = (np_der){0};
    if (reader->failed || (tag & MULTI_BYTE_TAG) == MULTI_BYTE_TAG || !read_length(reader, &len)) {
        reader->failed = true;
        return false;
    }
    np_bytes content = np_read_bytes(reader, len);
    if (reader->failed) {
        return false;
    }
    size_t whole = (size_t)(reader->rest.data - start);
    *ret = (np_der){.tag = tag, .content = content, .whole = {start, whole}};
    return true;
}

bool np_der_take(np_reader *reader, uint8_t tag, np_der *ret)
{
    if (np_der_next(reader, ret) && ret->tag != tag) {
        reader->failed = true;
    }
    return !reader->failed;
}

bool np_der_is_next(const np_reader *reader, uint8_t tag)
{
    return !reader->failed && reader->rest.len > 0 && reader->rest.data[0] == tag;
}

bool np_der_take_unsigned(np_reader *reader, np_bytes *ret)
{
    np_der integer;
    *ret = (np_bytes){NULL, 0};
    if (!np_der_take(reader, NP_DER_INTEGER, &integer)) {
        return false;
    }
    np_bytes content = integer.content;
    bool is_negative = content.len > 0 && (content.data[0] & SIGN_BIT) != 0;
    bool is_padded = content.len > 1 && content.data[0] == 0 && (content.data[1] & SIGN_BIT) == 0;
    if (content.len == 0 || is_negative || is_padded) {
        reader->failed = true;
        return false;
    }
    size_t skipped = content.len > 1 && content.data[0] == 0 ? 1 : 0;
    *ret = np_bytes_of(content.data + skipped, content.len - skipped);
    return true;
}

/* How many bytes the length takes beyond its first. */
static size_t count_long_bytes(size_t len)
{
    size_t count = 0;
    for (size_t rest = len < LONG_FORM ? 0 : len; rest > 0; rest >>= 8) {
        count++;
    }
    return count;
}

static void write_length(np_writer *writer, size_t len)
{
    size_t count = count_long_bytes(len);
    np_write_u8(writer, (uint8_t)(count == 0 ? len : LONG_FORM | count));
    for (size_t i = count; i-- > 0;) {
        np_write_u8(writer, (uint8_t)(len >> (8 * i)));
    }
}

void np_der_write(np_writer *writer, uint8_t tag, np_bytes content)
{
    np_write_u8(writer, tag);
    write_length(writer, content.len);
    np_write_bytes(writer, content);
}

/* Reserves one byte of length, enough for most; np_der_close moves the content if it is not. */
size_t np_der_open(np_writer *writer, uint8_t tag)
{
    np_write_u8(writer, tag);
    np_write_u8(writer, 0);
    return writer->len;
}

void np_der_close(np_writer *writer, size_t mark)
{
    size_t len = writer->len - mark;
    size_t more = count_long_bytes(len);
    bool is_written = writer->data != NULL && writer->len + more <= writer->size;
    writer->len += more;
    if (!is_written) {
        return;
    }
    memmove(writer->data + mark + more, writer->data + mark, len);
    np_writer header = np_writer_of(writer->data + mark - 1, 1 + more);
    write_length(&header, len);
}

void np_der_write_unsigned(np_writer *writer, np_bytes big_endian)
{
    while (big_endian.len > 1 && big_endian.data[0] == 0) {
        big_endian = np_bytes_of(big_endian.data + 1, big_endian.len - 1);
    }
    size_t mark = np_der_open(writer, NP_DER_INTEGER);
    if (big_endian.len == 0 || (big_endian.data[0] & SIGN_BIT) != 0) {
        np_write_u8(writer, 0);
    }
    np_write_bytes(writer, big_endian);
    np_der_close(writer, mark);
}

void np_der_write_signature(np_writer *writer, const uint8_t signature[static 64])
{
    size_t mark = np_der_open(writer, NP_DER_SEQUENCE);
    np_der_write_unsigned(writer, np_bytes_of(signature, 32));
    np_der_write_unsigned(writer, np_bytes_of(signature + 32, 32));
    np_der_close(writer, mark);
}

static bool take_half(np_reader *reader, uint8_t *ret)
{
    np_bytes number;
    if (!np_der_take_unsigned(reader, &number) || number.len > 32) {
        return false;
    }
    memset(ret, 0, 32);
    memcpy(ret + 32 - number.len, number.data, number.len);
    return true;
}

bool np_der_parse_signature(np_bytes der, uint8_t ret_signature[static 64])
{
    np_reader outer = np_reader_of(der);
    np_der sequence;
    if (!np_der_take(&outer, NP_DER_SEQUENCE, &sequence) || !np_reader_is_done(&outer)) {
        return false;
    }
    np_reader inner = np_reader_of(sequence.content);
    return take_half(&inner, ret_signature) && take_half(&inner, ret_signature + 32) &&
           np_reader_is_done(&inner);
}
