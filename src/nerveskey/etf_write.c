/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"
#include "nerveskey/etf.h"

enum { SMALL_MAX = 255, INTEGER_BITS = 31, TUPLE_SMALL_MAX = 255, INTEGER_BYTES = 8 };

static size_t significant(np_bytes magnitude)
{
    size_t len = magnitude.len;
    while (len > 0 && magnitude.data[len - 1] == 0) {
        len--;
    }
    return len;
}

/* The value when it fits in 63 bits. */
static bool fits(np_bytes magnitude, uint64_t *ret)
{
    *ret = 0;
    if (magnitude.len > INTEGER_BYTES) {
        return false;
    }
    for (size_t i = magnitude.len; i > 0; i--) {
        *ret = *ret << 8 | magnitude.data[i - 1];
    }
    return *ret <= INT64_MAX;
}

static void write_small_big(np_writer *writer, bool is_negative, np_bytes magnitude)
{
    np_write_u8(writer, NP_ETF_SMALL_BIG);
    np_write_u8(writer, (uint8_t)magnitude.len);
    np_write_u8(writer, is_negative);
    np_write_bytes(writer, magnitude);
}

void np_etf_write_integer(np_writer *writer, int64_t value)
{
    if (value >= 0 && value <= SMALL_MAX) {
        np_write_u8(writer, NP_ETF_SMALL_INTEGER);
        np_write_u8(writer, (uint8_t)value);
        return;
    }
    if (value >= INT32_MIN && value <= INT32_MAX) {
        np_write_u8(writer, NP_ETF_INTEGER);
        np_write_u32_be(writer, (uint32_t)value);
        return;
    }
    uint8_t bytes[INTEGER_BYTES];
    uint64_t magnitude = value < 0 ? UINT64_C(0) - (uint64_t)value : (uint64_t)value;
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t)(magnitude >> 8 * i);
    }
    write_small_big(writer, value < 0, np_bytes_of(bytes, significant(NP_BYTES(bytes))));
}

void np_etf_write_big(np_writer *writer, bool is_negative, np_bytes magnitude)
{
    uint64_t value;
    np_bytes minimal = np_bytes_of(magnitude.data, significant(magnitude));
    if (fits(minimal, &value)) {
        np_etf_write_integer(writer, is_negative ? -(int64_t)value : (int64_t)value);
    } else {
        write_small_big(writer, is_negative, minimal);
    }
}

void np_etf_write_float(np_writer *writer, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    np_write_u8(writer, NP_ETF_FLOAT);
    np_write_u64_be(writer, bits);
}

void np_etf_write_binary(np_writer *writer, np_bytes bytes)
{
    np_write_u8(writer, NP_ETF_BINARY);
    np_write_u32_be(writer, (uint32_t)bytes.len);
    np_write_bytes(writer, bytes);
}

void np_etf_write_string(np_writer *writer, np_bytes bytes)
{
    np_write_u8(writer, NP_ETF_STRING);
    np_write_u16_be(writer, (uint16_t)bytes.len);
    np_write_bytes(writer, bytes);
}

void np_etf_write_nil(np_writer *writer)
{
    np_write_u8(writer, NP_ETF_NIL);
}

void np_etf_write_list(np_writer *writer, uint32_t count)
{
    np_write_u8(writer, NP_ETF_LIST);
    np_write_u32_be(writer, count);
}

void np_etf_write_tuple(np_writer *writer, uint32_t count)
{
    if (count <= TUPLE_SMALL_MAX) {
        np_write_u8(writer, NP_ETF_SMALL_TUPLE);
        np_write_u8(writer, (uint8_t)count);
    } else {
        np_write_u8(writer, NP_ETF_LARGE_TUPLE);
        np_write_u32_be(writer, count);
    }
}

void np_etf_write_map(np_writer *writer, uint32_t count)
{
    np_write_u8(writer, NP_ETF_MAP);
    np_write_u32_be(writer, count);
}

static void write_utf8_atom(np_writer *writer, np_bytes text)
{
    if (text.len <= SMALL_MAX) {
        np_write_u8(writer, NP_ETF_SMALL_ATOM_UTF8);
        np_write_u8(writer, (uint8_t)text.len);
    } else {
        np_write_u8(writer, NP_ETF_ATOM_UTF8);
        np_write_u16_be(writer, (uint16_t)text.len);
    }
    np_write_bytes(writer, text);
}

np_code np_etf_write_atom(np_writer *writer, np_bytes text, np_etf_atoms atoms, np_error *err)
{
    size_t characters = 0;
    uint8_t latin1[NP_ETF_ATOM_MAX];
    np_writer narrow = np_writer_of(latin1, sizeof(latin1));
    if (!np_utf8_count(text, &characters)) {
        return np_error_set(err, NP_EINPUT_FORMAT, "an atom must be UTF-8 text");
    }
    if (characters > NP_ETF_ATOM_MAX) {
        return np_error_set(err, NP_EINPUT_RANGE, "an atom of %zu characters; Erlang allows %d",
                            characters, NP_ETF_ATOM_MAX);
    }
    if (atoms == NP_ETF_ATOMS_UTF8 || !np_utf8_to_latin1(text, &narrow)) {
        write_utf8_atom(writer, text);
        return NP_OK;
    }
    np_write_u8(writer, NP_ETF_ATOM_LATIN1);
    np_write_u16_be(writer, (uint16_t)narrow.len);
    np_write_bytes(writer, np_writer_bytes(&narrow));
    return NP_OK;
}
