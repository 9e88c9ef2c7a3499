/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/p256_internal.h"
#include <openssl/err.h>
#include <openssl/obj_mac.h>
#include <stdlib.h>

/* libcrypto's context holds on to the key inside the object, so that both follow a new point. */
struct np_p256_verifier {
    EVP_PKEY *object;
    EVP_PKEY_CTX *context;
    /* for asking points alone, which takes less than half of giving them to the object */
    EC_GROUP *group;
    EC_POINT *point;
    BN_CTX *numbers;
};

void np_p256_verifier_free(np_p256_verifier *verifier)
{
    if (verifier == NULL) {
        return;
    }
    EVP_PKEY_CTX_free(verifier->context);
    EVP_PKEY_free(verifier->object);
    EC_POINT_free(verifier->point);
    EC_GROUP_free(verifier->group);
    BN_CTX_free(verifier->numbers);
    free(verifier);
}

np_code np_p256_verifier_create(np_p256_verifier **ret, np_error *err)
{
    /* The base point (FIPS 186-4 D.1.2.3), so that there is a public key to begin with. */
    static const uint8_t base_point[NP_P256_POINT_SIZE] = {
        0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5, 0x63,
        0xa4, 0x40, 0xf2, 0x77, 0x03, 0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0, 0xf4, 0xa1,
        0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96, 0x4f, 0xe3, 0x42, 0xe2, 0xfe, 0x1a, 0x7f,
        0x9b, 0x8e, 0xe7, 0xeb, 0x4a, 0x7c, 0x0f, 0x9e, 0x16, 0x2b, 0xce, 0x33, 0x57,
        0x6b, 0x31, 0x5e, 0xce, 0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5};
    *ret = NULL;
    NP_CLEANUP(np_p256_verifier_free_at) np_p256_verifier *verifier = calloc(1, sizeof(*verifier));
    if (verifier == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for a verifier");
    }
    verifier->object = p256_make_object(NULL, base_point);
    verifier->context = verifier->object == NULL ? NULL : EVP_PKEY_CTX_new(verifier->object, NULL);
    if (verifier->context == NULL || EVP_PKEY_verify_init(verifier->context) != 1) {
        return p256_library_error(err, "verify");
    }
    verifier->group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    verifier->point = verifier->group == NULL ? NULL : EC_POINT_new(verifier->group);
    verifier->numbers = BN_CTX_new();
    if (verifier->point == NULL || verifier->numbers == NULL) {
        return p256_library_error(err, "check points");
    }
    *ret = verifier;
    verifier = NULL;
    return NP_OK;
}

/* A point off the curve is refused here. */
static bool point_at(np_p256_verifier *verifier, const uint8_t *point)
{
    uint8_t octets[1 + NP_P256_POINT_SIZE] = {POINT_CONVERSION_UNCOMPRESSED};
    memcpy(octets + 1, point, NP_P256_POINT_SIZE);
    return EVP_PKEY_set1_encoded_public_key(verifier->object, octets, sizeof(octets)) == 1;
}

bool np_p256_verifier_accepts(np_p256_verifier *verifier,
                              const uint8_t point[static NP_P256_POINT_SIZE])
{
    uint8_t octets[1 + NP_P256_POINT_SIZE] = {POINT_CONVERSION_UNCOMPRESSED};
    memcpy(octets + 1, point, NP_P256_POINT_SIZE);
    ERR_set_mark();
    bool is_accepted = EC_POINT_oct2point(verifier->group, verifier->point, octets, sizeof(octets),
                                          verifier->numbers) == 1;
    ERR_pop_to_mark();
    return is_accepted;
}

np_code np_p256_verifier_check(np_p256_verifier *verifier,
                               const uint8_t point[static NP_P256_POINT_SIZE],
                               const uint8_t digest[static 32],
                               const uint8_t signature[static NP_P256_SIGNATURE_SIZE],
                               bool *ret_is_valid, np_error *err)
{
    uint8_t der[P256_SIGNATURE_DER_MAX];
    *ret_is_valid = false;
    if (!np_p256_is_scalar(signature) || !np_p256_is_scalar(signature + 32)) {
        return NP_OK;
    }
    size_t len = p256_encode_signature(signature, der);
    /* A refusal is an outcome of ours: it must leave nothing in the host's error queue. */
    ERR_set_mark();
    bool is_pointed = point_at(verifier, point);
    int verdict = is_pointed ? EVP_PKEY_verify(verifier->context, der, len, digest, 32) : 0;
    ERR_pop_to_mark();
    if (!is_pointed && p256_is_on_curve(point)) {
        return p256_library_error(err, "take the public key");
    }
    *ret_is_valid = verdict == 1;
    return NP_OK;
}
