/* SPDX-License-Identifier: Apache-2.0 */
/*
 * COSE_Sign1 (RFC 9052) with ES256, as modems sign their tokens: taken apart into slices, what is
 * signed, and put together. Nothing else of COSE. No heap.
 */
#pragma once

#include "base/bytes.h"
#include "base/error.h"

enum { NP_COSE_SIGNATURE_SIZE = 64 };

/* Key ids as Nordic writes them: numbers in CBOR within a byte string. */
enum {
    NP_COSE_KEY_UNNAMED = 0,
    NP_COSE_KEY_IDENTITY = -2,
    NP_COSE_KEY_NORDIC_PRODUCTION = -4,
    NP_COSE_KEY_NORDIC_RD = -5,
};

/* "identity_key"; NULL for a number that no source names. */
const char *np_cose_key_name(int64_t key);

/* Slices of the bytes that were parsed. */
typedef struct np_cose_sign1 {
    np_bytes protected_header;
    int64_t key; /* id of the key that signed */
    bool has_payload;
    np_bytes payload;
    np_bytes signature; /* 64 bytes r|s */
} np_cose_sign1;

/* NP_EINPUT_FORMAT, with the part that is wrong; another algorithm than ES256 is wrong too. */
NP_MUST_USE np_code np_cose_parse(np_bytes bytes, np_cose_sign1 *ret, np_error *err);

/* SHA-256 of the Sig_structure with this external data, which may be empty. */
void np_cose_digest(const np_cose_sign1 *message, np_bytes external_data, uint8_t ret_digest[32]);

/* The message; its protected header is ES256 alone, whatever the structure says. */
void np_cose_write(const np_cose_sign1 *message, np_writer *writer);

/* That protected header, for what is signed. */
np_bytes np_cose_es256_header(void);
