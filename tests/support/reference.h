/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What libcrypto computes, called straight: hashes, derivations and ciphers that the virtual chip
 * gets from elsewhere (nettle and its own code). A failure of libcrypto fails the test.
 */
#pragma once

#include "base/bytes.h"

void reference_sha256(np_bytes message, uint8_t ret[static 32]);
void reference_hmac(np_bytes key, np_bytes message, uint8_t ret[static 32]);

/*
 * What a 608 answers under its IO protection key (ECDH and KDF): blocks of 32 bytes, each
 * masked by the hash of the key and of half the nonce, then the 32 bytes of nonce.
 */
void reference_unmask(const uint8_t io_key[static 32], np_bytes answer, uint8_t *ret);

/* PRF of TLS 1.2 by SHA-256; label and seed come joined. */
void reference_tls_prf(np_bytes key, np_bytes seed, uint8_t *ret, size_t size);

/* One block, AES-128-ECB. */
void reference_aes(const uint8_t key[static 16], const uint8_t block[static 16],
                   uint8_t ret[static 16]);

typedef struct reference_gcm_case {
    np_bytes key; /* 16 bytes */
    np_bytes iv;
    np_bytes extra;
    np_bytes text;
} reference_gcm_case;

/* AES-128-GCM: ciphertext of the text's length, and 16 bytes of tag. */
void reference_gcm(const reference_gcm_case *one, uint8_t *ret_cipher, uint8_t ret_tag[static 16]);
