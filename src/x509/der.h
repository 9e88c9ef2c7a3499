/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strict DER (X.690): definite minimal lengths, one-byte tags, minimal positive integers. Reading
 * yields slices into the input; writing goes forward, a container's length is filled in when it is
 * closed. No heap.
 */
#pragma once

#include "base/bytes.h"
#include "base/error.h"

enum {
    NP_DER_BOOLEAN = 0x01,
    NP_DER_INTEGER = 0x02,
    NP_DER_BIT_STRING = 0x03,
    NP_DER_OCTET_STRING = 0x04,
    NP_DER_OID = 0x06,
    NP_DER_UTF8_STRING = 0x0c,
    NP_DER_PRINTABLE_STRING = 0x13,
    NP_DER_UTC_TIME = 0x17,
    NP_DER_GENERALIZED_TIME = 0x18,
    NP_DER_SEQUENCE = 0x30,
    NP_DER_SET = 0x31,
};

typedef struct np_der {
    uint8_t tag;
    np_bytes content;
    np_bytes whole; /* tag, length and content */
} np_der;

/* Takes the next element. False, with the reader failed, when the bytes are not strict DER. */
bool np_der_next(np_reader *reader, np_der *ret);

/* The same, and the tag must be this one. */
bool np_der_take(np_reader *reader, uint8_t tag, np_der *ret);

/* Is the tag of the next element this one? Takes nothing. */
bool np_der_is_next(const np_reader *reader, uint8_t tag);

/* Takes a positive minimal INTEGER; its content without the leading zero byte. */
bool np_der_take_unsigned(np_reader *reader, np_bytes *ret);

void np_der_write(np_writer *writer, uint8_t tag, np_bytes content);

/* Opens a container; returns the mark that closes it. Works while measuring as well. */
size_t np_der_open(np_writer *writer, uint8_t tag);
void np_der_close(np_writer *writer, size_t mark);

/* A positive INTEGER from big-endian bytes: leading zeros stripped, sign byte put where needed. */
void np_der_write_unsigned(np_writer *writer, np_bytes big_endian);

/* ECDSA-Sig-Value: SEQUENCE of two minimal INTEGERs, from and to r|s. */
void np_der_write_signature(np_writer *writer, const uint8_t signature[static 64]);
bool np_der_parse_signature(np_bytes der, uint8_t ret_signature[static 64]);
