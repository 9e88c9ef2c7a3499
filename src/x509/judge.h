/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who says whether a signature is good: libcrypto (x509/verify.h), or a chip, for programs that
 * must not carry libcrypto.
 */
#pragma once

#include "x509/certificate.h"

typedef struct np_judge {
    /* ECDSA P-256; the verdict is an outcome, not an error. */
    NP_MUST_USE np_code (*verify)(void *self, const uint8_t public_key[static 64],
                                  const uint8_t digest[static 32],
                                  const uint8_t signature[static 64], bool *ret_is_good,
                                  np_error *err);
    void *self;
} np_judge;

/* Is the certificate signed (ecdsa-with-SHA256) by this 64-byte public key? */
NP_MUST_USE np_code np_certificate_judge(const np_certificate *certificate,
                                         const uint8_t public_key[static 64], np_judge judge,
                                         bool *ret_is_signed, np_error *err);
