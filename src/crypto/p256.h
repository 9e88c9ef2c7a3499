/* SPDX-License-Identifier: Apache-2.0 */
/*
 * P-256 keys and ECDSA: the only door to libcrypto. Points are 64 bytes X|Y and signatures 64 bytes
 * r|s, big endian, as on a chip's bus; a digest is 32 bytes. libcrypto draws the nonce of a
 * signature itself; all other randomness is handed in. NP_ESTATION_CRYPTO when libcrypto fails.
 */
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include "base/wipe.h"

enum { NP_P256_SCALAR_SIZE = 32, NP_P256_POINT_SIZE = 64, NP_P256_SIGNATURE_SIZE = 64 };

/* A private key with its public point; one thread at a time. */
typedef struct np_p256_key np_p256_key;

/* Wipes and releases; accepts NULL. */
void np_p256_free(np_p256_key *key);

/* For NP_CLEANUP. */
static inline void np_p256_free_at(np_p256_key **key)
{
    np_p256_free(*key);
}

/* A fresh key from the library's own random numbers. */
NP_MUST_USE np_code np_p256_generate(np_p256_key **ret_key, np_error *err);

/* NP_EINPUT_RANGE when the scalar is 0 or not below the group order. */
NP_MUST_USE np_code np_p256_from_scalar(const uint8_t scalar[static NP_P256_SCALAR_SIZE],
                                        np_p256_key **ret_key, np_error *err);

/* PEM, SEC1 ("EC PRIVATE KEY", P-256 named curve) or PKCS #8. NP_EINPUT_FORMAT otherwise. */
NP_MUST_USE np_code np_p256_parse_pem(np_bytes pem, np_p256_key **ret_key, np_error *err);

/*
 * The same, and encrypted ones: PKCS #8 ("ENCRYPTED PRIVATE KEY") and the old form with Proc-Type.
 * NP_EINPUT_KEY when the passphrase does not open it.
 */
NP_MUST_USE np_code np_p256_parse_encrypted_pem(np_bytes pem, np_bytes passphrase,
                                                np_p256_key **ret_key, np_error *err);

bool np_p256_pem_is_encrypted(np_bytes pem);

/* PKCS #8 with AES-256-CBC and PBKDF2. NP_ESTATION_CRYPTO. */
NP_MUST_USE np_code np_p256_write_encrypted_pem(np_p256_key *key, np_bytes passphrase,
                                                np_writer *writer, np_error *err);

/* SEC1 PEM with named curve and public key, as `openssl ecparam -genkey` writes it. Secret! */
void np_p256_write_pem(const np_p256_key *key, np_writer *writer);

/* PKCS #8 PEM ("PRIVATE KEY"), as `openssl genpkey` writes it. Secret! */
void np_p256_write_pkcs8_pem(const np_p256_key *key, np_writer *writer);

/* The same key once more, for another thread. */
NP_MUST_USE np_code np_p256_copy(const np_p256_key *key, np_p256_key **ret_key, np_error *err);

void np_p256_public(const np_p256_key *key, uint8_t ret_point[static NP_P256_POINT_SIZE]);

NP_MUST_USE np_code np_p256_sign(np_p256_key *key, const uint8_t digest[static 32],
                                 uint8_t ret_signature[static NP_P256_SIGNATURE_SIZE],
                                 np_error *err);

/* *ret_is_valid is false also for a point off the curve and for r or s out of range. */
NP_MUST_USE np_code np_p256_verify(const uint8_t point[static NP_P256_POINT_SIZE],
                                   const uint8_t digest[static 32],
                                   const uint8_t signature[static NP_P256_SIGNATURE_SIZE],
                                   bool *ret_is_valid, np_error *err);

/*
 * Verifies signatures of ever other keys: libcrypto's objects are made once and re-pointed, which
 * saves np_p256_verify's making of them for each. One thread at a time.
 */
typedef struct np_p256_verifier np_p256_verifier;

NP_MUST_USE np_code np_p256_verifier_create(np_p256_verifier **ret, np_error *err);

/* Accepts NULL. */
void np_p256_verifier_free(np_p256_verifier *verifier);

/* For NP_CLEANUP. */
static inline void np_p256_verifier_free_at(np_p256_verifier **verifier)
{
    np_p256_verifier_free(*verifier);
}

/* Is it a point of the curve? */
bool np_p256_verifier_accepts(np_p256_verifier *verifier,
                              const uint8_t point[static NP_P256_POINT_SIZE]);

/* As np_p256_verify. */
NP_MUST_USE np_code np_p256_verifier_check(np_p256_verifier *verifier,
                                           const uint8_t point[static NP_P256_POINT_SIZE],
                                           const uint8_t digest[static 32],
                                           const uint8_t signature[static NP_P256_SIGNATURE_SIZE],
                                           bool *ret_is_valid, np_error *err);

/*
 * All public keys with which the signature verifies (SEC 1 4.1.6): none when r is not the
 * X coordinate of any point, else two, in one case out of 2^128 four. Points need not be secret.
 */
enum { NP_P256_RECOVERED_MAX = 4 };
NP_MUST_USE np_code np_p256_recover(
    const uint8_t digest[static 32], const uint8_t signature[static NP_P256_SIGNATURE_SIZE],
    uint8_t ret_points[static NP_P256_RECOVERED_MAX][NP_P256_POINT_SIZE], size_t *ret_count,
    np_error *err);

/*
 * ECDH: the X coordinate of the point multiplied by the key. *ret_is_valid is false for a point off
 * the curve, and ret_secret is then untouched.
 */
NP_MUST_USE np_code np_p256_agree(np_p256_key *key, const uint8_t point[static NP_P256_POINT_SIZE],
                                  uint8_t ret_secret[static 32], bool *ret_is_valid, np_error *err);

/* 0 < scalar < group order, without touching libcrypto. */
bool np_p256_is_scalar(const uint8_t scalar[static NP_P256_SCALAR_SIZE]);
