/* SPDX-License-Identifier: Apache-2.0 */
#include "x509/judge.h"

#include "crypto/hash.h"
#include "x509/der.h"
#include "x509/oids.h"

np_code np_certificate_judge(const np_certificate *certificate, const uint8_t public_key[static 64],
                             np_judge judge, bool *ret_is_signed, np_error *err)
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
    return judge.verify(judge.self, public_key, digest, signature, ret_is_signed, err);
}
