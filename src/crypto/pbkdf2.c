/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/pbkdf2.h"

#include <nettle/hmac.h>
#include <nettle/pbkdf2.h>

/* What PBKDF2 wants of an HMAC: its context with the secret, and two functions on it. */
typedef union hmac_context {
    struct hmac_sha1_ctx sha1;
    struct hmac_sha256_ctx sha256; /* SHA-224's as well */
    struct hmac_sha512_ctx sha512; /* SHA-384's as well */
} hmac_context;

typedef struct hmac_row {
    nettle_hash_update_func *set_key;
    nettle_hash_update_func *update;
    nettle_hash_digest_func *digest;
} hmac_row;

#define ROW(name)                                                                                  \
    {                                                                                              \
        (nettle_hash_update_func *)hmac_##name##_set_key,                                          \
            (nettle_hash_update_func *)hmac_##name##_update,                                       \
            (nettle_hash_digest_func *)hmac_##name##_digest                                        \
    }

static const hmac_row rows[NP_DIGEST_KIND_COUNT] = {
    [NP_DIGEST_SHA1] = ROW(sha1),     [NP_DIGEST_SHA224] = ROW(sha224),
    [NP_DIGEST_SHA256] = ROW(sha256), [NP_DIGEST_SHA384] = ROW(sha384),
    [NP_DIGEST_SHA512] = ROW(sha512),
};

void np_pbkdf2(np_digest_kind kind, np_bytes secret, np_bytes salt, unsigned iterations,
               size_t key_len, uint8_t *ret_key)
{
    hmac_context context;
    const hmac_row *row = &rows[kind];
    row->set_key(&context, secret.len, secret.data);
    pbkdf2(&context, row->update, row->digest, np_digest_size(kind), iterations, salt.len,
           salt.data, key_len, ret_key);
}
