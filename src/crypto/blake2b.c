/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/blake2b.h"

#include <sodium.h>

_Static_assert(sizeof(crypto_generichash_state) == NP_BLAKE2B_STATE_SIZE, "another libsodium");

static crypto_generichash_state *state_of(np_blake2b_stream *stream)
{
    return (crypto_generichash_state *)(void *)stream->state;
}

/* libsodium chooses the processor's fastest code once; it counts for nothing else if it fails. */
void np_blake2b_begin(np_blake2b_stream *stream)
{
    (void)!sodium_init();
    crypto_generichash_init(state_of(stream), NULL, 0, NP_BLAKE2B_SIZE);
}

void np_blake2b_add(np_blake2b_stream *stream, np_bytes data)
{
    crypto_generichash_update(state_of(stream), data.data, data.len);
}

void np_blake2b_end(np_blake2b_stream *stream, uint8_t ret[static NP_BLAKE2B_SIZE])
{
    crypto_generichash_final(state_of(stream), ret, NP_BLAKE2B_SIZE);
}
