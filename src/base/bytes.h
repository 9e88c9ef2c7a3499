/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one bounded reader and the one bounded writer. Both are sticky: after the first step out of
 * bounds they do nothing more, and the caller asks once at the end. A writer without a buffer
 * measures.
 */
#pragma once

#include <nameplate/bytes.h>
#include <stdbool.h>
#include <string.h>

#define NP_BYTES(array)    ((np_bytes){(array), sizeof(array)})
#define NP_COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static inline np_bytes np_bytes_of(const void *data, size_t len)
{
    return (np_bytes){data, len};
}

static inline np_bytes np_bytes_text(const char *text)
{
    return (np_bytes){(const uint8_t *)text, strlen(text)};
}

static inline bool np_bytes_equal(np_bytes a, np_bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

/* True when all bytes have the value; true for an empty slice. */
bool np_bytes_are_all(np_bytes bytes, uint8_t value);

typedef struct np_reader {
    np_bytes rest;
    bool failed; /* something beyond the end was asked for */
} np_reader;

static inline np_reader np_reader_of(np_bytes bytes)
{
    return (np_reader){.rest = bytes};
}

/* Each returns zero or an empty slice once the reader has failed. */
uint8_t np_read_u8(np_reader *reader);
uint16_t np_read_u16_le(np_reader *reader);
uint16_t np_read_u16_be(np_reader *reader);
uint32_t np_read_u32_le(np_reader *reader);
uint32_t np_read_u32_be(np_reader *reader);
uint64_t np_read_u64_be(np_reader *reader);
np_bytes np_read_bytes(np_reader *reader, size_t len);

/* True when everything was read and nothing was missing. */
bool np_reader_is_done(const np_reader *reader);

typedef struct np_writer {
    uint8_t *data; /* NULL: measure only */
    size_t size;
    size_t len; /* bytes asked for so far; more than size once it has overflowed */
} np_writer;

static inline np_writer np_writer_of(uint8_t *data, size_t size)
{
    return (np_writer){.data = data, .size = size};
}

void np_write_u8(np_writer *writer, uint8_t value);
void np_write_u16_le(np_writer *writer, uint16_t value);
void np_write_u32_le(np_writer *writer, uint32_t value);
void np_write_u16_be(np_writer *writer, uint16_t value);
void np_write_u32_be(np_writer *writer, uint32_t value);
void np_write_u64_be(np_writer *writer, uint64_t value);
void np_write_bytes(np_writer *writer, np_bytes bytes);
void np_write_fill(np_writer *writer, uint8_t value, size_t len);
void np_write_text(np_writer *writer, const char *text); /* without its NUL */

static inline bool np_writer_has_room(const np_writer *writer)
{
    return writer->data == NULL || writer->len <= writer->size;
}

/* What was written; empty after an overflow. */
np_bytes np_writer_bytes(const np_writer *writer);
