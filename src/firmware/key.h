/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys in fwup's own forms (specs of fwup 3.4): a public key is 32 bytes, a private one its seed
 * and its public half; in files as they are or in Base64. What fwup's reader tolerates is
 * tolerated, but nothing stands behind a key but white space, and no key is taken that cannot be
 * verified with: degenerate points, halves that do not belong together.
 */
#pragma once

#include "crypto/ed25519.h"
#include "firmware/reason.h"

enum {
    NP_FIRMWARE_PUBLIC_TEXT = 44,
    NP_FIRMWARE_PRIVATE_TEXT = 88,
    NP_FIRMWARE_FINGERPRINT_SIZE = 32,
};

/* A private key; wipe it. */
typedef struct np_firmware_private_key {
    uint8_t seed[NP_ED25519_SEED_SIZE];
    uint8_t point[NP_ED25519_PUBLIC_SIZE];
} np_firmware_private_key;

/* For NP_CLEANUP. */
void np_firmware_private_key_clear(np_firmware_private_key *key);

/* From a seed. */
void np_firmware_private_key_make(const uint8_t seed[static NP_ED25519_SEED_SIZE],
                                  np_firmware_private_key *ret);

/* NP_EINPUT_FORMAT, NP_EINPUT_KEY. An encrypted one is opened by np_ed25519_parse_encrypted_pem. */
NP_MUST_USE np_code np_firmware_private_key_decode(np_bytes text, np_firmware_private_key *ret,
                                                   np_error *err);

/* 44 and 88 characters, without a line feed, as fwup writes them. */
void np_firmware_write_public(const np_firmware_private_key *key, np_writer *writer);
void np_firmware_write_private(const np_firmware_private_key *key, np_writer *writer);

/* SHA-256 of the 32 bytes: what a key is called where its file is not known. */
void np_firmware_key_fingerprint(const uint8_t point[static NP_ED25519_PUBLIC_SIZE],
                                 uint8_t ret[static NP_FIRMWARE_FINGERPRINT_SIZE]);
