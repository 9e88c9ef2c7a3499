/* SPDX-License-Identifier: Apache-2.0 */
#include "signer/authority.h"

#include "crypto/hash.h"
#include "x509/pem.h"

enum { PEM_SIZE = NP_LEAF_MAX * 3 / 2 };

static np_code sign_itself(const np_authority_profile *profile, const np_authority_values *values,
                           const np_signing *signing, np_writer *ret_der, np_error *err)
{
    uint8_t tbs[NP_LEAF_MAX];
    uint8_t digest[NP_SHA256_SIZE];
    uint8_t signature[NP_P256_SIGNATURE_SIZE];
    np_writer writer = np_writer_of(tbs, sizeof(tbs));
    np_authority_write_tbs(profile, values, &writer);
    np_sha256(np_writer_bytes(&writer), digest);
    NP_TRY(signing->sign(signing->self, digest, signature, err));
    np_profile_assemble(np_writer_bytes(&writer), signature, ret_der);
    return np_writer_has_room(&writer) && np_writer_has_room(ret_der)
               ? NP_OK
               : np_error_set(err, NP_EINPUT_RANGE, "a certificate of more than %d bytes",
                              NP_LEAF_MAX);
}

np_code np_authority_create_with(const np_authority_request *request, const np_signing *signing,
                                 np_random random, np_signer **ret, np_error *err)
{
    uint8_t name[NP_LEAF_NAME_MAX];
    uint8_t serial[NP_LEAF_SERIAL_MAX];
    uint8_t der[NP_LEAF_MAX];
    uint8_t pem[PEM_SIZE];
    np_writer name_writer = np_writer_of(name, sizeof(name));
    np_writer der_writer = np_writer_of(der, sizeof(der));
    np_writer pem_writer = np_writer_of(pem, sizeof(pem));
    NP_CLEANUP(np_signer_free_at) np_signer *signer = NULL;
    *ret = NULL;
    NP_TRY(np_authority_write_name(request->profile, request->subject, &name_writer, err));
    NP_TRY(random.fill(random.self, serial, sizeof(serial), err));
    np_leaf_shape_serial(serial);
    np_authority_values values = {
        .serial = np_bytes_of(serial, request->profile->serial_size),
        .name = np_writer_bytes(&name_writer),
        .validity = request->validity,
        .public_key = signing->public_key,
    };
    NP_TRY(sign_itself(request->profile, &values, signing, &der_writer, err));
    np_pem_encode(&pem_writer, "CERTIFICATE", np_writer_bytes(&der_writer));
    NP_TRY(np_signer_open_authority(np_writer_bytes(&pem_writer), &signer, err));
    NP_TRY(np_signer_give_signing(signer, signing, err));
    *ret = signer;
    signer = NULL;
    return NP_OK;
}

np_code np_authority_create(const np_authority_request *request, np_random random, np_signer **ret,
                            np_error *err)
{
    NP_CLEANUP(np_p256_free_at) np_p256_key *key = NULL;
    NP_CLEANUP(np_signer_free_at) np_signer *signer = NULL;
    *ret = NULL;
    NP_TRY(np_p256_generate(&key, err));
    np_signing signing = np_signing_by_key(key);
    NP_TRY(np_authority_create_with(request, &signing, random, &signer, err));
    NP_TRY(np_signer_give_key(signer, &key, err));
    *ret = signer;
    signer = NULL;
    return NP_OK;
}
