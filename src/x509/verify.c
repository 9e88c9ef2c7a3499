/* SPDX-License-Identifier: Apache-2.0 */
#include "x509/verify.h"

static np_code verify(void *self, const uint8_t public_key[static 64],
                      const uint8_t digest[static 32], const uint8_t signature[static 64],
                      bool *ret_is_good, np_error *err)
{
    (void)self;
    return np_p256_verify(public_key, digest, signature, ret_is_good, err);
}

np_judge np_judge_libcrypto(void)
{
    return (np_judge){.verify = verify};
}

static np_code check(void *self, const uint8_t public_key[static 64],
                     const uint8_t digest[static 32], const uint8_t signature[static 64],
                     bool *ret_is_good, np_error *err)
{
    return np_p256_verifier_check(self, public_key, digest, signature, ret_is_good, err);
}

np_judge np_judge_by_verifier(np_p256_verifier *verifier)
{
    return (np_judge){.verify = check, .self = verifier};
}

np_code np_certificate_is_signed_by(const np_certificate *certificate,
                                    const uint8_t public_key[static 64], bool *ret_is_signed,
                                    np_error *err)
{
    return np_certificate_judge(certificate, public_key, np_judge_libcrypto(), ret_is_signed, err);
}
