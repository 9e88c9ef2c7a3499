/* SPDX-License-Identifier: Apache-2.0 */
/* Whoever can sign a digest with a P-256 key: a PEM key, an HSM, a chip. A table, not a key. */
#pragma once

#include "crypto/p256.h"

typedef struct np_signing {
    NP_MUST_USE np_code (*sign)(void *self, const uint8_t digest[static 32],
                                uint8_t ret_signature[static NP_P256_SIGNATURE_SIZE],
                                np_error *err);
    void *self;
    uint8_t public_key[NP_P256_POINT_SIZE];
} np_signing;

/* Signs with a key that stays the caller's and must outlive the table. */
np_signing np_signing_by_key(np_p256_key *key);
