/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/hash.h"

#include "base/bytes.h"
#include "base/wipe.h"
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

/* To and from nettle's own context, which counts whole blocks. */
static void resume(const np_sha256_stream *stream, struct sha256_ctx *ret)
{
    memcpy(ret->state, stream->words, sizeof(ret->state));
    memcpy(ret->block, stream->pending, sizeof(ret->block));
    ret->count = stream->len / NP_SHA256_BLOCK;
    ret->index = (unsigned)(stream->len % NP_SHA256_BLOCK);
}

static void suspend(struct sha256_ctx *context, np_sha256_stream *stream)
{
    memcpy(stream->words, context->state, sizeof(stream->words));
    memcpy(stream->pending, context->block, sizeof(stream->pending));
    stream->len = context->count * NP_SHA256_BLOCK + context->index;
    np_wipe(context, sizeof(*context));
}

void np_sha256_begin(np_sha256_stream *stream)
{
    struct sha256_ctx context = {0};
    sha256_init(&context);
    suspend(&context, stream);
}

void np_sha256_add(np_sha256_stream *stream, np_bytes data)
{
    struct sha256_ctx context;
    resume(stream, &context);
    sha256_update(&context, data.len, data.data);
    suspend(&context, stream);
}

void np_sha256_end(const np_sha256_stream *stream, uint8_t ret_digest[NP_SHA256_SIZE])
{
    struct sha256_ctx context;
    resume(stream, &context);
    sha256_digest(&context, NP_SHA256_SIZE, ret_digest);
    np_wipe(&context, sizeof(context));
}

/* A key longer than a block is hashed first; both pads differ in one byte of the standard. */
static void pad_key(np_bytes key, uint8_t pad, uint8_t ret[static NP_SHA256_BLOCK])
{
    memset(ret, 0, NP_SHA256_BLOCK);
    if (key.len > NP_SHA256_BLOCK) {
        np_sha256(key, ret);
    } else if (key.len > 0) {
        memcpy(ret, key.data, key.len);
    }
    for (size_t i = 0; i < NP_SHA256_BLOCK; i++) {
        ret[i] ^= pad;
    }
}

enum { HMAC_INNER_PAD = 0x36, HMAC_OUTER_PAD = 0x5c };

void np_hmac_sha256_begin(np_sha256_stream *stream, np_bytes key)
{
    uint8_t padded[NP_SHA256_BLOCK];
    pad_key(key, HMAC_INNER_PAD, padded);
    np_sha256_begin(stream);
    np_sha256_add(stream, NP_BYTES(padded));
    np_wipe(padded, sizeof(padded));
}

void np_hmac_sha256_end(const np_sha256_stream *stream, np_bytes key,
                        uint8_t ret_mac[NP_SHA256_SIZE])
{
    uint8_t padded[NP_SHA256_BLOCK];
    uint8_t inner[NP_SHA256_SIZE];
    pad_key(key, HMAC_OUTER_PAD, padded);
    np_sha256_end(stream, inner);
    const np_bytes parts[] = {NP_BYTES(padded), NP_BYTES(inner)};
    np_sha256_parts(parts, NP_COUNT_OF(parts), ret_mac);
    np_wipe(padded, sizeof(padded));
    np_wipe(inner, sizeof(inner));
}

void np_hmac_sha256(np_bytes key, const np_bytes *parts, size_t count,
                    uint8_t ret_mac[NP_SHA256_SIZE])
{
    np_sha256_stream stream;
    np_hmac_sha256_begin(&stream, key);
    for (size_t i = 0; i < count; i++) {
        np_sha256_add(&stream, parts[i]);
    }
    np_hmac_sha256_end(&stream, key, ret_mac);
    np_wipe(&stream, sizeof(stream));
}

void np_sha1(np_bytes data, uint8_t ret_digest[NP_SHA1_SIZE])
{
    struct sha1_ctx context;
    sha1_init(&context);
    sha1_update(&context, data.len, data.data);
    sha1_digest(&context, NP_SHA1_SIZE, ret_digest);
}
