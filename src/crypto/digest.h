/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any of the digests that programs sign, of a message in pieces (FIPS 180-4), by nettle. Pure;
 * never fails; no heap.
 */
#pragma once

#include <nameplate/bytes.h>
#include <stdint.h>

typedef enum np_digest_kind {
    NP_DIGEST_SHA1,
    NP_DIGEST_SHA224,
    NP_DIGEST_SHA256,
    NP_DIGEST_SHA384,
    NP_DIGEST_SHA512,
    NP_DIGEST_KIND_COUNT
} np_digest_kind;

enum { NP_DIGEST_MAX = 64, NP_DIGEST_STATE_WORDS = 27 };

/* Copied by assignment; holds what may be secret: wipe it. */
typedef struct np_digest_stream {
    np_digest_kind kind;
    uint64_t state[NP_DIGEST_STATE_WORDS]; /* nettle's own, the largest is SHA-512's */
} np_digest_stream;

/* In bytes: 20, 28, 32, 48, 64. */
size_t np_digest_size(np_digest_kind kind);

void np_digest_begin(np_digest_stream *stream, np_digest_kind kind);
void np_digest_add(np_digest_stream *stream, np_bytes data);

/* Writes np_digest_size bytes; the stream begins anew. */
void np_digest_end(np_digest_stream *stream, uint8_t *ret_digest);
