/* SPDX-License-Identifier: Apache-2.0 */
/* Signature checks: the part of reading certificates that needs libcrypto. */
#pragma once

#include "crypto/p256.h"
#include "x509/judge.h"

np_judge np_judge_libcrypto(void);

/* The same with a verifier that stays the caller's: for many keys one after the other. */
np_judge np_judge_by_verifier(np_p256_verifier *verifier);

/*
 * Is the certificate signed (ecdsa-with-SHA256) by this 64-byte public key? The answer is an
 * outcome, not an error.
 */
NP_MUST_USE np_code np_certificate_is_signed_by(const np_certificate *certificate,
                                                const uint8_t public_key[static 64],
                                                bool *ret_is_signed, np_error *err);
