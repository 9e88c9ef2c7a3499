/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CBOR (RFC 8949) as tokens have it, read item by item with libcbor's decoder that allocates
 * nothing: definite lengths only, which is looked at before libcbor sees an item, and items within
 * items to a fixed depth. Byte strings are slices of the input. Inside the room.
 */
#pragma once

#include "base/bytes.h"

enum {
    TOKEN_CBOR_MAX = 3072, /* bytes of one part of a token: what its characters can hold */
    TOKEN_CBOR_DEPTH = 4,
    TOKEN_CBOR_TAG_SELF_DESCRIBED = 55799,
};

typedef enum token_cbor_kind {
    TOKEN_CBOR_OTHER, /* anything that tokens do not have */
    TOKEN_CBOR_UNSIGNED,
    TOKEN_CBOR_NEGATIVE, /* the value is -1 - number */
    TOKEN_CBOR_BYTES,
    TOKEN_CBOR_ARRAY, /* of number items */
    TOKEN_CBOR_MAP,   /* of number pairs */
    TOKEN_CBOR_TAG,
    TOKEN_CBOR_NULL,
} token_cbor_kind;

typedef struct token_cbor_item {
    token_cbor_kind kind;
    uint64_t number;
    np_bytes bytes;
} token_cbor_item;

/* A reader that has failed from the start when there are more bytes than TOKEN_CBOR_MAX. */
np_reader token_cbor_reader(np_bytes bytes);

/* The head of the next item, with its content if it is a string. False: it is none. */
bool token_cbor_next(np_reader *reader, token_cbor_item *ret);

/* The same, and it must be of this kind. */
bool token_cbor_take(np_reader *reader, token_cbor_kind kind, token_cbor_item *ret);

/* A byte string of this size. */
bool token_cbor_take_bytes(np_reader *reader, size_t size, np_bytes *ret);

/* A tag, an array or a map with just this number. */
bool token_cbor_expect(np_reader *reader, token_cbor_kind kind, uint64_t number);

/* Passes a whole item with all that is in it. */
bool token_cbor_skip(np_reader *reader);

/* Writing: the head of an item; of a byte string with its content. */
void token_cbor_write(np_writer *writer, token_cbor_kind kind, uint64_t number);
void token_cbor_write_bytes(np_writer *writer, np_bytes bytes);
