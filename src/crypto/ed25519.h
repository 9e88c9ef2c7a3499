/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ed25519 (RFC 8032, pure) by libsodium: keys that sign firmware. Signatures are deterministic, and
 * nothing random is drawn here: a new key's seed is handed in. Small-order and otherwise degenerate
 * public keys verify nothing. The encrypted form is PKCS #8 by libcrypto (ed25519_encrypted.c).
 */
#pragma once

#include "base/bytes.h"
#include "base/error.h"

enum {
    NP_ED25519_SEED_SIZE = 32,
    NP_ED25519_PUBLIC_SIZE = 32,
    NP_ED25519_SIGNATURE_SIZE = 64,
};

/* The public half of a seed; every seed has one. */
void np_ed25519_public(const uint8_t seed[static NP_ED25519_SEED_SIZE],
                       uint8_t ret[static NP_ED25519_PUBLIC_SIZE]);

/* Is it on the curve, in canonical form, in the main subgroup, and not of small order? */
bool np_ed25519_is_public(const uint8_t point[static NP_ED25519_PUBLIC_SIZE]);

void np_ed25519_sign(const uint8_t seed[static NP_ED25519_SEED_SIZE], np_bytes message,
                     uint8_t ret[static NP_ED25519_SIGNATURE_SIZE]);

bool np_ed25519_verify(const uint8_t point[static NP_ED25519_PUBLIC_SIZE], np_bytes message,
                       const uint8_t signature[static NP_ED25519_SIGNATURE_SIZE]);

/* PKCS #8, encrypted, in PEM: what openssl pkey reads. NP_ESTATION_CRYPTO. */
NP_MUST_USE np_code np_ed25519_write_encrypted_pem(const uint8_t seed[static NP_ED25519_SEED_SIZE],
                                                   np_bytes passphrase, np_writer *writer,
                                                   np_error *err);

/* NP_EINPUT_KEY when the passphrase does not open it or it is no Ed25519 key. */
NP_MUST_USE np_code np_ed25519_parse_encrypted_pem(np_bytes pem, np_bytes passphrase,
                                                   uint8_t ret_seed[static NP_ED25519_SEED_SIZE],
                                                   np_error *err);
