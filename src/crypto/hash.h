/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hashing by nettle, kept apart from keys (libcrypto) so that rooms which must not bring libcrypto
 * into their host can hash. Pure; never fails.
 */
#pragma once

#include <nameplate/bytes.h>
#include <stdint.h>

enum { NP_SHA256_SIZE = 32, NP_SHA256_BLOCK = 64, NP_SHA1_SIZE = 20 };

void np_sha256(np_bytes data, uint8_t ret_digest[NP_SHA256_SIZE]);

/* SHA-256 over several slices in order. */
void np_sha256_parts(const np_bytes *parts, size_t count, uint8_t ret_digest[NP_SHA256_SIZE]);

/*
 * SHA-256 of a message that comes in pieces, open to whoever must save and restore it: the eight
 * words, how many bytes have passed, and those that fill no block yet (len modulo 64 of them).
 */
typedef struct np_sha256_stream {
    uint32_t words[8];
    uint64_t len;
    uint8_t pending[NP_SHA256_BLOCK];
} np_sha256_stream;

void np_sha256_begin(np_sha256_stream *stream);
void np_sha256_add(np_sha256_stream *stream, np_bytes data);
void np_sha256_end(const np_sha256_stream *stream, uint8_t ret_digest[NP_SHA256_SIZE]);

/* HMAC-SHA-256 (RFC 2104), in pieces and at once. A key of any length; the same key to both. */
void np_hmac_sha256_begin(np_sha256_stream *stream, np_bytes key);
void np_hmac_sha256_end(const np_sha256_stream *stream, np_bytes key,
                        uint8_t ret_mac[NP_SHA256_SIZE]);
void np_hmac_sha256(np_bytes key, const np_bytes *parts, size_t count,
                    uint8_t ret_mac[NP_SHA256_SIZE]);

/* SHA-1, only for the key identifiers that existing certificates carry. */
void np_sha1(np_bytes data, uint8_t ret_digest[NP_SHA1_SIZE]);
