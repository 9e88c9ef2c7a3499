/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/signing.h"

static np_code sign_with_key(void *self, const uint8_t digest[static 32],
                             uint8_t ret_signature[static NP_P256_SIGNATURE_SIZE], np_error *err)
{
    return np_p256_sign(self, digest, ret_signature, err);
}

np_signing np_signing_by_key(np_p256_key *key)
{
    np_signing signing = {.sign = sign_with_key, .self = key};
    np_p256_public(key, signing.public_key);
    return signing;
}
