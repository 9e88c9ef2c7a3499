/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/hash.h"

#include <nettle/sha1.h>
#include <nettle/sha2.h>

void np_sha256(np_bytes data, uint8_t ret_digest[NP_SHA256_SIZE])
{
    np_sha256_parts(&data, 1, ret_digest);
}

void np_sha256_parts(const np_bytes *parts, size_t count, uint8_t ret_digest[NP_SHA256_SIZE])
{
    struct sha256_ctx context;
    sha256_init(&context);
    for (size_t i = 0; i < count; i++) {
        sha256_update(&context, parts[i].len, parts[i].data);
    }
    sha256_digest(&context, NP_SHA256_SIZE, ret_digest);
}

_Static_assert(sizeof(struct sha256_ctx) <= sizeof(np_sha256_stream), "room for nettle's state");

static struct sha256_ctx *context_of(np_sha256_stream *stream)
{
    return (struct sha256_ctx *)(void *)stream;
}

void np_sha256_begin(np_sha256_stream *stream)
{
    sha256_init(context_of(stream));
}

void np_sha256_add(np_sha256_stream *stream, np_bytes data)
{
    sha256_update(context_of(stream), data.len, data.data);
}

void np_sha256_end(np_sha256_stream *stream, uint8_t ret_digest[NP_SHA256_SIZE])
{
    sha256_digest(context_of(stream), NP_SHA256_SIZE, ret_digest);
}

void np_sha1(np_bytes data, uint8_t ret_digest[NP_SHA1_SIZE])
{
    struct sha1_ctx context;
    sha1_init(&context);
    sha1_update(&context, data.len, data.data);
    sha1_digest(&context, NP_SHA1_SIZE, ret_digest);
}
