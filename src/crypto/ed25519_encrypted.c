/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/ed25519.h"

#include "base/wipe.h"
#include "crypto/p256_internal.h"
#include "crypto/pem_internal.h"
#include <openssl/err.h>

np_code np_ed25519_write_encrypted_pem(const uint8_t seed[static NP_ED25519_SEED_SIZE],
                                       np_bytes passphrase, np_writer *writer, np_error *err)
{
    NP_CLEANUP(p256_object_free)
    EVP_PKEY *object =
        EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, NP_ED25519_SEED_SIZE);
    return pem_write_encrypted(object, passphrase, writer, err);
}

np_code np_ed25519_parse_encrypted_pem(np_bytes pem, np_bytes passphrase,
                                       uint8_t ret_seed[static NP_ED25519_SEED_SIZE], np_error *err)
{
    size_t len = NP_ED25519_SEED_SIZE;
    ERR_set_mark();
    NP_CLEANUP(p256_object_free) EVP_PKEY *object = pem_read_private_key(pem, passphrase);
    bool is_open = object != NULL;
    bool is_ours = is_open && EVP_PKEY_is_a(object, "ED25519") == 1 &&
                   EVP_PKEY_get_raw_private_key(object, ret_seed, &len) == 1 &&
                   len == NP_ED25519_SEED_SIZE;
    ERR_pop_to_mark();
    if (is_ours) {
        return NP_OK;
    }
    return np_error_set(err, NP_EINPUT_KEY, "%s",
                        is_open ? "the private key is no Ed25519 key"
                                : "the private key does not open with this passphrase");
}
