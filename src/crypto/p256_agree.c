/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/p256_internal.h"
#include <openssl/err.h>

static np_code derive(np_p256_key *key, EVP_PKEY *peer, uint8_t *ret_secret, np_error *err)
{
    EVP_PKEY *object = p256_key_object(key);
    NP_CLEANUP(p256_context_free)
    EVP_PKEY_CTX *context = object == NULL ? NULL : EVP_PKEY_CTX_new(object, NULL);
    size_t len = 32;
    if (context == NULL || EVP_PKEY_derive_init(context) != 1 ||
        EVP_PKEY_derive_set_peer(context, peer) != 1 ||
        EVP_PKEY_derive(context, ret_secret, &len) != 1 || len != 32) {
        return p256_library_error(err, "agree on a secret");
    }
    return NP_OK;
}

static np_code agree(np_p256_key *key, const uint8_t *point, uint8_t *ret_secret,
                     bool *ret_is_valid, np_error *err)
{
    NP_CLEANUP(p256_object_free) EVP_PKEY *peer = p256_make_object(NULL, point);
    if (peer == NULL) {
        return p256_is_on_curve(point) ? p256_library_error(err, "take the public key") : NP_OK;
    }
    NP_TRY(derive(key, peer, ret_secret, err));
    *ret_is_valid = true;
    return NP_OK;
}

np_code np_p256_agree(np_p256_key *key, const uint8_t point[static NP_P256_POINT_SIZE],
                      uint8_t ret_secret[static 32], bool *ret_is_valid, np_error *err)
{
    *ret_is_valid = false;
    /* A refusal is an outcome of ours: it must leave nothing in the host's error queue. */
    ERR_set_mark();
    np_code code = agree(key, point, ret_secret, ret_is_valid, err);
    ERR_pop_to_mark();
    return code;
}
