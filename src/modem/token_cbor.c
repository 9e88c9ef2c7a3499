/* SPDX-License-Identifier: Apache-2.0 */
#include "modem/token_cbor.h"

#include <cbor.h>

enum { FIRST_SHORT_TAG = 0xc0, LAST_SHORT_TAG = 0xd7 };
enum { LENGTH_BITS = 0x1f, LENGTH_RESERVED = 28 /* up to 30; 31 is an indefinite length */ };

static void put(void *item, token_cbor_kind kind, uint64_t number)
{
    token_cbor_item *ret = item;
    ret->kind = kind;
    ret->number = number;
}

static void on_uint8(void *item, uint8_t number)
{
    put(item, TOKEN_CBOR_UNSIGNED, number);
}

static void on_uint16(void *item, uint16_t number)
{
    put(item, TOKEN_CBOR_UNSIGNED, number);
}

static void on_uint32(void *item, uint32_t number)
{
    put(item, TOKEN_CBOR_UNSIGNED, number);
}

static void on_uint64(void *item, uint64_t number)
{
    put(item, TOKEN_CBOR_UNSIGNED, number);
}

static void on_negative8(void *item, uint8_t number)
{
    put(item, TOKEN_CBOR_NEGATIVE, number);
}

static void on_negative16(void *item, uint16_t number)
{
    put(item, TOKEN_CBOR_NEGATIVE, number);
}

static void on_negative32(void *item, uint32_t number)
{
    put(item, TOKEN_CBOR_NEGATIVE, number);
}

static void on_negative64(void *item, uint64_t number)
{
    put(item, TOKEN_CBOR_NEGATIVE, number);
}

static void on_bytes(void *item, cbor_data data, size_t len)
{
    put(item, TOKEN_CBOR_BYTES, len);
    ((token_cbor_item *)item)->bytes = np_bytes_of(data, len);
}

static void on_array(void *item, size_t count)
{
    put(item, TOKEN_CBOR_ARRAY, count);
}

static void on_map(void *item, size_t count)
{
    put(item, TOKEN_CBOR_MAP, count);
}

static void on_tag(void *item, uint64_t number)
{
    put(item, TOKEN_CBOR_TAG, number);
}

static void on_null(void *item)
{
    put(item, TOKEN_CBOR_NULL, 0);
}

static struct cbor_callbacks make_callbacks(void)
{
    struct cbor_callbacks callbacks = cbor_empty_callbacks;
    callbacks.uint8 = on_uint8;
    callbacks.uint16 = on_uint16;
    callbacks.uint32 = on_uint32;
    callbacks.uint64 = on_uint64;
    callbacks.negint8 = on_negative8;
    callbacks.negint16 = on_negative16;
    callbacks.negint32 = on_negative32;
    callbacks.negint64 = on_negative64;
    callbacks.byte_string = on_bytes;
    callbacks.array_start = on_array;
    callbacks.map_start = on_map;
    callbacks.tag = on_tag;
    callbacks.null = on_null;
    return callbacks;
}

np_reader token_cbor_reader(np_bytes bytes)
{
    np_reader reader = np_reader_of(bytes);
    reader.failed = bytes.len > TOKEN_CBOR_MAX;
    return reader;
}

/* libcbor 0.8 does not know most of the tags of one byte, 18 among them, and calls them damaged. */
static bool take_short_tag(np_reader *reader, token_cbor_item *ret)
{
    uint8_t head = reader->rest.data[0];
    if (head < FIRST_SHORT_TAG || head > LAST_SHORT_TAG) {
        return false;
    }
    put(ret, TOKEN_CBOR_TAG, (uint64_t)np_read_u8(reader) - FIRST_SHORT_TAG);
    return true;
}

bool token_cbor_next(np_reader *reader, token_cbor_item *ret)
{
    struct cbor_callbacks callbacks = make_callbacks();
    *ret = (token_cbor_item){.kind = TOKEN_CBOR_OTHER};
    if (reader->failed || reader->rest.len == 0 ||
        (reader->rest.data[0] & LENGTH_BITS) >= LENGTH_RESERVED) {
        reader->failed = true;
        return false;
    }
    if (take_short_tag(reader, ret)) {
        return true;
    }
    struct cbor_decoder_result result =
        cbor_stream_decode(reader->rest.data, reader->rest.len, &callbacks, ret);
    if (result.status != CBOR_DECODER_FINISHED) {
        reader->failed = true;
        return false;
    }
    (void)np_read_bytes(reader, result.read);
    return !reader->failed;
}

bool token_cbor_take(np_reader *reader, token_cbor_kind kind, token_cbor_item *ret)
{
    return token_cbor_next(reader, ret) && ret->kind == kind;
}

bool token_cbor_take_bytes(np_reader *reader, size_t size, np_bytes *ret)
{
    token_cbor_item item;
    bool is_taken = token_cbor_take(reader, TOKEN_CBOR_BYTES, &item) && item.bytes.len == size;
    *ret = is_taken ? item.bytes : (np_bytes){NULL, 0};
    return is_taken;
}

bool token_cbor_expect(np_reader *reader, token_cbor_kind kind, uint64_t number)
{
    token_cbor_item item;
    return token_cbor_take(reader, kind, &item) && item.number == number;
}

/* Items that an item of this kind holds; more than the input has bytes there cannot be. */
static uint64_t items_within(const token_cbor_item *item)
{
    bool is_absurd = item->number > TOKEN_CBOR_MAX;
    switch (item->kind) {
    case TOKEN_CBOR_ARRAY:
        return item->number;
    case TOKEN_CBOR_MAP:
        return is_absurd ? item->number : 2 * item->number;
    case TOKEN_CBOR_TAG:
        return 1;
    default:
        return 0;
    }
}

static bool skip_within(np_reader *reader, unsigned depth)
{
    token_cbor_item item;
    if (depth == 0 || !token_cbor_next(reader, &item)) {
        return false;
    }
    for (uint64_t left = items_within(&item); left > 0; left--) {
        if (!skip_within(reader, depth - 1)) {
            return false;
        }
    }
    return true;
}

bool token_cbor_skip(np_reader *reader)
{
    return skip_within(reader, TOKEN_CBOR_DEPTH);
}

enum { HEAD_MAX = 9 };

void token_cbor_write(np_writer *writer, token_cbor_kind kind, uint64_t number)
{
    uint8_t head[HEAD_MAX];
    size_t len = kind == TOKEN_CBOR_UNSIGNED   ? cbor_encode_uint(number, head, sizeof(head))
                 : kind == TOKEN_CBOR_NEGATIVE ? cbor_encode_negint(number, head, sizeof(head))
                 : kind == TOKEN_CBOR_BYTES
                     ? cbor_encode_bytestring_start(number, head, sizeof(head))
                 : kind == TOKEN_CBOR_ARRAY ? cbor_encode_array_start(number, head, sizeof(head))
                 : kind == TOKEN_CBOR_MAP   ? cbor_encode_map_start(number, head, sizeof(head))
                 : kind == TOKEN_CBOR_TAG   ? cbor_encode_tag(number, head, sizeof(head))
                                            : cbor_encode_null(head, sizeof(head));
    np_write_bytes(writer, np_bytes_of(head, len));
}

void token_cbor_write_bytes(np_writer *writer, np_bytes bytes)
{
    token_cbor_write(writer, TOKEN_CBOR_BYTES, bytes.len);
    np_write_bytes(writer, bytes);
}
