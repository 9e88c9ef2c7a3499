/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/ed25519.h"

#include "base/wipe.h"
#include <sodium.h>

/* Seed and public half, as libsodium wants them. */
typedef struct pair {
    uint8_t bytes[crypto_sign_ed25519_SECRETKEYBYTES];
} pair;

static void pair_clear(pair *keys)
{
    np_wipe(keys, sizeof(*keys));
}

void np_ed25519_public(const uint8_t seed[static NP_ED25519_SEED_SIZE],
                       uint8_t ret[static NP_ED25519_PUBLIC_SIZE])
{
    NP_CLEANUP(pair_clear) pair keys;
    crypto_sign_ed25519_seed_keypair(ret, keys.bytes, seed);
}

bool np_ed25519_is_public(const uint8_t point[static NP_ED25519_PUBLIC_SIZE])
{
    return crypto_core_ed25519_is_valid_point(point) == 1;
}

void np_ed25519_sign(const uint8_t seed[static NP_ED25519_SEED_SIZE], np_bytes message,
                     uint8_t ret[static NP_ED25519_SIGNATURE_SIZE])
{
    uint8_t point[NP_ED25519_PUBLIC_SIZE];
    NP_CLEANUP(pair_clear) pair keys;
    crypto_sign_ed25519_seed_keypair(point, keys.bytes, seed);
    crypto_sign_ed25519_detached(ret, NULL, message.data, message.len, keys.bytes);
}

bool np_ed25519_verify(const uint8_t point[static NP_ED25519_PUBLIC_SIZE], np_bytes message,
                       const uint8_t signature[static NP_ED25519_SIGNATURE_SIZE])
{
    return np_ed25519_is_public(point) &&
           crypto_sign_ed25519_verify_detached(signature, message.data, message.len, point) == 0;
}
