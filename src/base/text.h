/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes as text: hex, Base32 and Base64 (RFC 4648). Text out is NUL-terminated; nothing allocates.
 */
#pragma once

#include "base/bytes.h"
#include "base/error.h"

/* Needs 2 * len + 1 chars. Lower case. */
void np_format_hex(np_bytes bytes, char *ret_text);

/* Exactly size bytes from 2 * size hex digits of either case. NP_EINPUT_FORMAT otherwise. */
NP_MUST_USE np_code np_parse_hex(const char *text, uint8_t *ret_bytes, size_t size, np_error *err);

/* Base32 without padding, upper case; needs (8 * len + 4) / 5 + 1 chars. */
void np_format_base32(np_bytes bytes, char *ret_text);

/* Base64 with padding and a line feed after every line_length characters (0: none). */
void np_write_base64(np_writer *writer, np_bytes bytes, size_t line_length);

/* Base64 for URLs, without padding (RFC 4648 section 5). */
void np_write_base64url(np_writer *writer, np_bytes bytes);

/*
 * Strict Base64: padding required, white space between characters allowed, the unused bits zero.
 * NP_EINPUT_FORMAT for anything else, NP_EINPUT_RANGE when the writer is too small.
 */
NP_MUST_USE np_code np_parse_base64(np_bytes text, np_writer *writer, np_error *err);

/* Base64 for URLs: no padding, no white space, the unused bits zero. Errors as above. */
NP_MUST_USE np_code np_parse_base64url(np_bytes text, np_writer *writer, np_error *err);
