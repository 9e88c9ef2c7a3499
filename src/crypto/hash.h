/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hashing by nettle, kept apart from keys (libcrypto) so that rooms which must not bring libcrypto
 * into their host can hash. Pure; never fails.
 */
#pragma once

#include <nameplate/bytes.h>

enum { NP_SHA256_SIZE = 32, NP_SHA1_SIZE = 20 };

void np_sha256(np_bytes data, uint8_t ret_digest[NP_SHA256_SIZE]);

/* SHA-256 over several slices in order. */
void np_sha256_parts(const np_bytes *parts, size_t count, uint8_t ret_digest[NP_SHA256_SIZE]);

/* SHA-256 over bytes that come one after another. Begin, add as often as needed, end once. */
typedef struct np_sha256_stream {
    uint64_t state[16]; /* room for nettle's, whose header stays out of this one */
} np_sha256_stream;

void np_sha256_begin(np_sha256_stream *stream);
void np_sha256_add(np_sha256_stream *stream, np_bytes data);
void np_sha256_end(np_sha256_stream *stream, uint8_t ret_digest[NP_SHA256_SIZE]);

/* SHA-1, only for the key identifiers that existing certificates carry. */
void np_sha1(np_bytes data, uint8_t ret_digest[NP_SHA1_SIZE]);
