/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/hash.h"
#include "x509/profile_internal.h"

/* One signature in 256 does not suit; so many in a row only come from a signer that repeats one. */
enum { SIGNATURES_MAX = 32 };

static np_code check_signer(const np_profile *profile, const np_profile_values *values,
                            const np_signing *signing, np_error *err)
{
    const uint8_t *wanted = profile->is_self_signed ? values->public_key : values->authority_key;
    if (memcmp(signing->public_key, wanted, sizeof(signing->public_key)) != 0) {
        return np_error_set(err, NP_EINPUT_KEY,
                            "the key that is to sign is not the one that the certificate names");
    }
    return NP_OK;
}

static np_code sign_suitably(const np_signing *signing, const uint8_t *digest, uint8_t *signature,
                             unsigned *ret_count, np_error *err)
{
    for (*ret_count = 1; *ret_count <= SIGNATURES_MAX; (*ret_count)++) {
        NP_TRY(signing->sign(signing->self, digest, signature, err));
        if (np_signature_suits_old_readers(signature)) {
            return NP_OK;
        }
    }
    return np_error_set(err, NP_ESTATION_CRYPTO,
                        "%d signatures in a row begin with zeros; the signer repeats itself",
                        SIGNATURES_MAX);
}

static np_code check_signature(const np_signing *signing, const uint8_t *digest,
                               const uint8_t *signature, np_error *err)
{
    bool is_valid = false;
    NP_TRY(np_p256_verify(signing->public_key, digest, signature, &is_valid, err));
    if (!is_valid) {
        return np_error_set(err, NP_EINPUT_KEY,
                            "the signature does not verify with the signer's public key");
    }
    return NP_OK;
}

/* What is issued is put together from what was signed; what readers see comes from 72 bytes. */
static np_code check_rebuilt(const np_profile *profile, const np_profile_values *values,
                             const np_issued *issued, np_error *err)
{
    uint8_t der[sizeof(issued->der)];
    np_writer writer = np_writer_of(der, sizeof(der));
    NP_TRY(np_profile_rebuild(profile, values, issued->compressed, &writer, err));
    if (!np_bytes_equal(np_writer_bytes(&writer), np_bytes_of(issued->der, issued->der_len))) {
        return np_error_set(err, NP_EINPUT_STORABLE,
                            "the certificate does not come back from its 72 bytes");
    }
    return NP_OK;
}

np_code np_profile_issue(const np_profile *profile, const np_profile_values *values,
                         const uint8_t dates[static NP_DATES_SIZE], const np_signing *signing,
                         np_issued *ret, np_error *err)
{
    uint8_t tbs[sizeof(ret->der)];
    uint8_t digest[NP_SHA256_SIZE];
    np_writer tbs_writer = np_writer_of(tbs, sizeof(tbs));
    np_writer der_writer = np_writer_of(ret->der, sizeof(ret->der));
    np_compressed compressed = {
        .template_id = profile->template_id,
        .chain_id = profile->chain_id,
        .signer_id = profile->has_signer_id ? values->signer_id : 0,
        .serial_source = (uint8_t)x509_profile_source(profile, values),
    };
    NP_TRY(check_signer(profile, values, signing, err));
    NP_TRY(np_profile_write_tbs(profile, values, dates, &tbs_writer, err));
    np_sha256(np_writer_bytes(&tbs_writer), digest);
    NP_TRY(sign_suitably(signing, digest, compressed.signature, &ret->signatures, err));
    NP_TRY(check_signature(signing, digest, compressed.signature, err));
    memcpy(compressed.dates, dates, NP_DATES_SIZE);
    np_compressed_encode(&compressed, ret->compressed);
    np_profile_assemble(np_writer_bytes(&tbs_writer), compressed.signature, &der_writer);
    ret->der_len = np_writer_bytes(&der_writer).len;
    return check_rebuilt(profile, values, ret, err);
}
