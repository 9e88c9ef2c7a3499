/* SPDX-License-Identifier: Apache-2.0 */
#include "nerveskey/proof.h"

#include "crypto/p256.h"
#include "nerveskey/layout.h"
#include "x509/verify.h"

static np_code is_signed_by(const np_identity_der *der, const uint8_t *key, bool *ret,
                            np_error *err)
{
    np_certificate certificate;
    NP_TRY(np_certificate_parse(np_bytes_of(der->bytes, der->len), &certificate, err));
    return np_certificate_is_signed_by(&certificate, key, ret, err);
}

np_code proof_check_certificate(const np_identity *identity, bool *ret_is_good, np_error *err)
{
    return is_signed_by(&identity->device, identity->signer_key, ret_is_good, err);
}

np_code proof_check_signer(const np_identity *identity, bool *ret_is_good, np_error *err)
{
    const uint8_t *key =
        identity->kind == NP_IDENTITY_TRUST_AND_GO ? identity->root_key : identity->signer_key;
    return is_signed_by(&identity->signer, key, ret_is_good, err);
}

np_code proof_challenge(np_atecc *chip, const uint8_t public_key[static 64], np_random random,
                        bool *ret_is_good, np_error *err)
{
    uint8_t digest[32];
    uint8_t signature[64];
    NP_TRY(random.fill(random.self, digest, sizeof(digest), err));
    NP_TRY(np_atecc_sign(chip, NP_NERVESKEY_KEY_SLOT, digest, signature, err));
    return np_p256_verify(public_key, digest, signature, ret_is_good, err);
}
