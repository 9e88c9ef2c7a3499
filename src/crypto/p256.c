/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/p256.h"

#include "base/text.h"
#include "base/wipe.h"
#include "crypto/p256_internal.h"
#include "crypto/random.h"
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/obj_mac.h>
#include <stdlib.h>

/*
 * Making libcrypto's key object costs as much as a signature, so it waits for the first signature
 * and stays, together with its context: every later signature costs what libcrypto's own does.
 */
struct np_p256_key {
    uint8_t scalar[NP_P256_SCALAR_SIZE];
    uint8_t point[NP_P256_POINT_SIZE];
    EVP_PKEY *object;
    EVP_PKEY_CTX *signing;
};

np_code p256_library_error(np_error *err, const char *what)
{
    return np_error_set(err, NP_ESTATION_CRYPTO, "libcrypto cannot %s", what);
}

void np_p256_free(np_p256_key *key)
{
    if (key == NULL) {
        return;
    }
    EVP_PKEY_CTX_free(key->signing);
    EVP_PKEY_free(key->object);
    np_wipe(key, sizeof(*key));
    free(key);
}

/* Fixed-base multiplication: constant time in libcrypto for a scalar of the group. */
static bool multiply_base(const uint8_t *scalar, uint8_t *ret_point)
{
    uint8_t octets[1 + NP_P256_POINT_SIZE];
    NP_CLEANUP(p256_group_free) EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    NP_CLEANUP(p256_bn_free) BIGNUM *number = BN_secure_new();
    NP_CLEANUP(p256_point_free) EC_POINT *point = group == NULL ? NULL : EC_POINT_new(group);
    bool is_good = point != NULL && number != NULL &&
                   BN_bin2bn(scalar, NP_P256_SCALAR_SIZE, number) != NULL &&
                   EC_POINT_mul(group, point, number, NULL, NULL, NULL) == 1 &&
                   EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, octets,
                                      sizeof(octets), NULL) == sizeof(octets);
    if (is_good) {
        memcpy(ret_point, octets + 1, NP_P256_POINT_SIZE);
    }
    return is_good;
}

np_code np_p256_from_scalar(const uint8_t scalar[static NP_P256_SCALAR_SIZE], np_p256_key **ret_key,
                            np_error *err)
{
    *ret_key = NULL;
    if (!np_p256_is_scalar(scalar)) {
        return np_error_set(err, NP_EINPUT_RANGE,
                            "the private key is no number from 1 to below the order of P-256");
    }
    NP_CLEANUP(np_p256_free_at) np_p256_key *key = calloc(1, sizeof(*key));
    if (key == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for a key");
    }
    memcpy(key->scalar, scalar, sizeof(key->scalar));
    if (!multiply_base(scalar, key->point)) {
        return p256_library_error(err, "compute the public key");
    }
    *ret_key = key;
    key = NULL;
    return NP_OK;
}

np_code np_p256_generate(np_p256_key **ret_key, np_error *err)
{
    *ret_key = NULL;
    NP_SECRET32 scalar = {0};
    np_random random = np_random_system();
    do {
        NP_TRY(random.fill(random.self, scalar.bytes, sizeof(scalar.bytes), err));
    } while (!np_p256_is_scalar(scalar.bytes));
    return np_p256_from_scalar(scalar.bytes, ret_key, err);
}

np_code np_p256_copy(const np_p256_key *key, np_p256_key **ret_key, np_error *err)
{
    return np_p256_from_scalar(key->scalar, ret_key, err);
}

void np_p256_public(const np_p256_key *key, uint8_t ret_point[static NP_P256_POINT_SIZE])
{
    memcpy(ret_point, key->point, NP_P256_POINT_SIZE);
}

/*
 * ECPrivateKey (RFC 5915) of P-256: only the two numbers differ from key to key, so that the
 * template needs no encoder.
 */
void np_p256_write_pem(const np_p256_key *key, np_writer *writer)
{
    static const uint8_t before_scalar[] = {0x30, 0x77, 0x02, 0x01, 0x01, 0x04, 0x20};
    static const uint8_t before_point[] = {0xa0, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d,
                                           0x03, 0x01, 0x07, 0xa1, 0x44, 0x03, 0x42, 0x00, 0x04};
    uint8_t der[sizeof(before_scalar) + sizeof(before_point) + NP_P256_SCALAR_SIZE +
                NP_P256_POINT_SIZE];
    np_writer encoder = np_writer_of(der, sizeof(der));
    np_write_bytes(&encoder, NP_BYTES(before_scalar));
    np_write_bytes(&encoder, NP_BYTES(key->scalar));
    np_write_bytes(&encoder, NP_BYTES(before_point));
    np_write_bytes(&encoder, NP_BYTES(key->point));
    np_write_text(writer, "-----BEGIN EC PRIVATE KEY-----\n");
    np_write_base64(writer, np_writer_bytes(&encoder), 64);
    np_write_text(writer, "-----END EC PRIVATE KEY-----\n");
    np_wipe(der, sizeof(der));
}

/* PrivateKeyInfo (RFC 5958) with the ECPrivateKey of RFC 5915 in it. */
void np_p256_write_pkcs8_pem(const np_p256_key *key, np_writer *writer)
{
    static const uint8_t before_scalar[] = {0x30, 0x81, 0x87, 0x02, 0x01, 0x00, 0x30, 0x13, 0x06,
                                            0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06,
                                            0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07,
                                            0x04, 0x6d, 0x30, 0x6b, 0x02, 0x01, 0x01, 0x04, 0x20};
    static const uint8_t before_point[] = {0xa1, 0x44, 0x03, 0x42, 0x00, 0x04};
    uint8_t der[sizeof(before_scalar) + sizeof(before_point) + NP_P256_SCALAR_SIZE +
                NP_P256_POINT_SIZE];
    np_writer encoder = np_writer_of(der, sizeof(der));
    np_write_bytes(&encoder, NP_BYTES(before_scalar));
    np_write_bytes(&encoder, NP_BYTES(key->scalar));
    np_write_bytes(&encoder, NP_BYTES(before_point));
    np_write_bytes(&encoder, NP_BYTES(key->point));
    np_write_text(writer, "-----BEGIN PRIVATE KEY-----\n");
    np_write_base64(writer, np_writer_bytes(&encoder), 64);
    np_write_text(writer, "-----END PRIVATE KEY-----\n");
    np_wipe(der, sizeof(der));
}

EVP_PKEY *p256_make_object(const uint8_t *scalar, const uint8_t *point)
{
    uint8_t octets[1 + NP_P256_POINT_SIZE] = {POINT_CONVERSION_UNCOMPRESSED};
    char group[] = SN_X9_62_prime256v1;
    NP_SECRET32 native = {0};
    memcpy(octets + 1, point, NP_P256_POINT_SIZE);
    for (size_t i = 0; scalar != NULL && i < NP_P256_SCALAR_SIZE; i++) {
        bool is_little = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;
        native.bytes[i] = scalar[is_little ? NP_P256_SCALAR_SIZE - 1 - i : i];
    }
    OSSL_PARAM values[] = {
        OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof(group) - 1),
        OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, octets, sizeof(octets)),
        scalar == NULL ? (OSSL_PARAM)OSSL_PARAM_END
                       : (OSSL_PARAM)OSSL_PARAM_BN(OSSL_PKEY_PARAM_PRIV_KEY, native.bytes,
                                                   sizeof(native.bytes)),
        OSSL_PARAM_END};
    int selection = scalar == NULL ? EVP_PKEY_PUBLIC_KEY : EVP_PKEY_KEYPAIR;
    NP_CLEANUP(p256_context_free)
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    EVP_PKEY *object = NULL;
    if (context == NULL || EVP_PKEY_fromdata_init(context) != 1 ||
        EVP_PKEY_fromdata(context, &object, selection, values) != 1) {
        return NULL;
    }
    return object;
}

EVP_PKEY *p256_key_object(np_p256_key *key)
{
    if (key->object == NULL) {
        key->object = p256_make_object(key->scalar, key->point);
    }
    return key->object;
}

static np_code prepare_signing(np_p256_key *key, np_error *err)
{
    if (key->signing != NULL) {
        return NP_OK;
    }
    EVP_PKEY *object = p256_key_object(key);
    NP_CLEANUP(p256_context_free)
    EVP_PKEY_CTX *context = object == NULL ? NULL : EVP_PKEY_CTX_new(object, NULL);
    if (context == NULL || EVP_PKEY_sign_init(context) != 1) {
        return p256_library_error(err, "take the private key");
    }
    key->signing = context;
    context = NULL;
    return NP_OK;
}

np_code np_p256_sign(np_p256_key *key, const uint8_t digest[static 32],
                     uint8_t ret_signature[static NP_P256_SIGNATURE_SIZE], np_error *err)
{
    NP_TRY(prepare_signing(key, err));
    uint8_t der[P256_SIGNATURE_DER_MAX];
    size_t len = sizeof(der);
    if (EVP_PKEY_sign(key->signing, der, &len, digest, 32) != 1) {
        return p256_library_error(err, "sign");
    }
    if (!p256_decode_signature(np_bytes_of(der, len), ret_signature)) {
        return p256_library_error(err, "read its own signature");
    }
    return NP_OK;
}

bool p256_is_on_curve(const uint8_t *point)
{
    uint8_t octets[1 + NP_P256_POINT_SIZE] = {POINT_CONVERSION_UNCOMPRESSED};
    memcpy(octets + 1, point, NP_P256_POINT_SIZE);
    NP_CLEANUP(p256_group_free) EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    NP_CLEANUP(p256_point_free) EC_POINT *parsed = group == NULL ? NULL : EC_POINT_new(group);
    return parsed == NULL || EC_POINT_oct2point(group, parsed, octets, sizeof(octets), NULL) == 1;
}

static np_code verify_in_range(const uint8_t *point, const uint8_t *digest,
                               const uint8_t *signature, bool *ret_is_valid, np_error *err)
{
    NP_CLEANUP(p256_object_free) EVP_PKEY *object = p256_make_object(NULL, point);
    if (object == NULL) {
        return p256_is_on_curve(point) ? p256_library_error(err, "take the public key") : NP_OK;
    }
    NP_CLEANUP(p256_context_free) EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(object, NULL);
    uint8_t der[P256_SIGNATURE_DER_MAX];
    size_t len = p256_encode_signature(signature, der);
    if (context == NULL || EVP_PKEY_verify_init(context) != 1) {
        return p256_library_error(err, "verify");
    }
    *ret_is_valid = EVP_PKEY_verify(context, der, len, digest, 32) == 1;
    return NP_OK;
}

np_code np_p256_verify(const uint8_t point[static NP_P256_POINT_SIZE],
                       const uint8_t digest[static 32],
                       const uint8_t signature[static NP_P256_SIGNATURE_SIZE], bool *ret_is_valid,
                       np_error *err)
{
    *ret_is_valid = false;
    if (!np_p256_is_scalar(signature) || !np_p256_is_scalar(signature + 32)) {
        return NP_OK;
    }
    /* A refusal is an outcome of ours: it must leave nothing in the host's error queue. */
    ERR_set_mark();
    np_code code = verify_in_range(point, digest, signature, ret_is_valid, err);
    ERR_pop_to_mark();
    return code;
}
