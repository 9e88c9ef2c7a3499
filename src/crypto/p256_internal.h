/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the P-256 door share: releases of libcrypto's objects and the one error. */
#pragma once

#include "crypto/p256.h"
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>

static inline void p256_group_free(EC_GROUP **group)
{
    EC_GROUP_free(*group);
}

static inline void p256_point_free(EC_POINT **point)
{
    EC_POINT_free(*point);
}

static inline void p256_bn_free(BIGNUM **number)
{
    BN_clear_free(*number);
}

static inline void p256_object_free(EVP_PKEY **object)
{
    EVP_PKEY_free(*object);
}

static inline void p256_context_free(EVP_PKEY_CTX **context)
{
    EVP_PKEY_CTX_free(*context);
}

static inline void p256_bio_free(BIO **bio)
{
    BIO_free(*bio);
}

/*
 * Two kinds of libcrypto object: a private key with its point, or (scalar NULL) a public key alone.
 * NULL when libcrypto refuses, as it does a point off the curve. The caller's to free.
 */
EVP_PKEY *p256_make_object(const uint8_t *scalar, const uint8_t *point);

/* The key's own object, made when first asked for and kept; NULL when libcrypto fails. */
EVP_PKEY *p256_key_object(np_p256_key *key);

/* True also when libcrypto cannot tell. */
bool p256_is_on_curve(const uint8_t *point);

/* ECDSA-Sig-Value from and to r|s; the numbers must be below the group's order. */
enum { P256_SIGNATURE_DER_MAX = 72 };
size_t p256_encode_signature(const uint8_t *signature, uint8_t *ret_der);
bool p256_decode_signature(np_bytes der, uint8_t *ret_signature);

/* NP_ESTATION_CRYPTO: "libcrypto cannot <what>". */
np_code p256_library_error(np_error *err, const char *what);
