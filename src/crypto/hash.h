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

/* SHA-1, only for the key identifiers that existing certificates carry. */
void np_sha1(np_bytes data, uint8_t ret_digest[NP_SHA1_SIZE]);
