/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/digest.h"

#include <nettle/nettle-meta.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>

_Static_assert(sizeof(struct sha512_ctx) <= NP_DIGEST_STATE_WORDS * sizeof(uint64_t),
               "the largest context fits");

static const struct nettle_hash *algorithm(np_digest_kind kind)
{
    static const struct nettle_hash *const algorithms[NP_DIGEST_KIND_COUNT] = {
        [NP_DIGEST_SHA1] = &nettle_sha1,     [NP_DIGEST_SHA224] = &nettle_sha224,
        [NP_DIGEST_SHA256] = &nettle_sha256, [NP_DIGEST_SHA384] = &nettle_sha384,
        [NP_DIGEST_SHA512] = &nettle_sha512,
    };
    return algorithms[kind];
}

size_t np_digest_size(np_digest_kind kind)
{
    return algorithm(kind)->digest_size;
}

void np_digest_begin(np_digest_stream *stream, np_digest_kind kind)
{
    stream->kind = kind;
    algorithm(kind)->init(stream->state);
}

void np_digest_add(np_digest_stream *stream, np_bytes data)
{
    algorithm(stream->kind)->update(stream->state, data.len, data.data);
}

void np_digest_end(np_digest_stream *stream, uint8_t *ret_digest)
{
    const struct nettle_hash *hash = algorithm(stream->kind);
    hash->digest(stream->state, hash->digest_size, ret_digest);
}
