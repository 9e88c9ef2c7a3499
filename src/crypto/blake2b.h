/* SPDX-License-Identifier: Apache-2.0 */
/* BLAKE2b with 32 bytes of output, no key (RFC 7693), by libsodium. Pure; never fails. */
#pragma once

#include <nameplate/bytes.h>
#include <stdalign.h>

enum { NP_BLAKE2B_SIZE = 32, NP_BLAKE2B_STATE_SIZE = 384, NP_BLAKE2B_ALIGNMENT = 64 };

/* A message in pieces; copied by assignment. */
typedef struct np_blake2b_stream {
    alignas(NP_BLAKE2B_ALIGNMENT) uint8_t state[NP_BLAKE2B_STATE_SIZE]; /* libsodium's own */
} np_blake2b_stream;

void np_blake2b_begin(np_blake2b_stream *stream);
void np_blake2b_add(np_blake2b_stream *stream, np_bytes data);

/* Once a stream: it cannot go on afterwards. */
void np_blake2b_end(np_blake2b_stream *stream, uint8_t ret[static NP_BLAKE2B_SIZE]);
