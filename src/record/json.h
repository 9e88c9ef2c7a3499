/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON in one form only, so that hashes reproduce: no white space, members in the order of their
 * names' bytes, each once, strings escaped no more than they must be, whole numbers. RFC 8785 with
 * narrower numbers and names. Reading accepts nothing else and yields slices of its input; nothing
 * allocates.
 */
#pragma once

#include "base/bytes.h"

enum { RECORD_JSON_DEPTH_MAX = 8 };

/* Numbers that every reader of JSON keeps exactly: up to 2^53 - 1 (RFC 8785 section 3.2.2.3). */
#define RECORD_JSON_NUMBER_MAX UINT64_C(9007199254740991)

/* The text is UTF-8: the caller has made sure of it. With its quotes. */
void record_json_write_text(np_writer *writer, np_bytes text);
void record_json_write_hex(np_writer *writer, np_bytes bytes);
void record_json_write_base64(np_writer *writer, np_bytes bytes);
void record_json_write_number(np_writer *writer, uint64_t number);

/* "name": with the comma that stands before every member but the first of its object. */
void record_json_write_name(np_writer *writer, const char *name);

typedef struct record_json_member {
    np_bytes name;  /* without its quotes */
    np_bytes value; /* as it is written */
} record_json_member;

/* Is this one value in canonical form, with nothing behind it? */
bool record_json_is_value(np_bytes text);

/*
 * Takes an object apart, members in their order. False when the text is no object in canonical
 * form, or has more members than max.
 */
bool record_json_members(np_bytes text, record_json_member *ret, size_t max, size_t *ret_count);

/* What stands between the quotes of a string, escapes as they are; false for any other value. */
bool record_json_string(np_bytes value, np_bytes *ret);

/* A whole number from 0 on; false for any other value. */
bool record_json_number(np_bytes value, uint64_t *ret);
