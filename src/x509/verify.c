/* SPDX-License-Identifier: Apache-2.0 */
#include "x509/verify.h"

#include "crypto/hash.h"
#include "crypto/p256.h"
#include "x509/der.h"
#include "x509/oids.h"

np_code np_certificate_is_signed_by(const np_certificate *certificate,
                                    const uint8_t public_key[static 64], bool *ret_is_signed,
                                    np_error *err)
{
    uint8_t signature[64];
    uint8_t digest[NP_SHA256_SIZE];
    np_bytes algorithm = NP_BYTES(x509_ecdsa_with_sha256);
    *ret_is_signed = false;
    if (!np_bytes_equal(certificate->signature_algorithm, algorithm) ||
        !np_bytes_equal(certificate->tbs_algorithm, algorithm) ||
        !np_der_parse_signature(certificate->signature, signature)) {
        return NP_OK;
    }
    np_sha256(certificate->tbs, digest);
    return np_p256_verify(public_key, digest, signature, ret_is_signed, err);
}
