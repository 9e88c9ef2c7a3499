/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does the device prove its identity? Layout, locks, chain, and a fresh signature challenge. The
 * findings are an outcome; an error only when the chip cannot be asked.
 */
#pragma once

#include "crypto/random.h"
#include "nerveskey/snapshot.h"

typedef enum np_check {
    NP_CHECK_LAYOUT,    /* configuration is NervesKey's */
    NP_CHECK_LOCKS,     /* configuration, data and slot 0 are locked */
    NP_CHECK_OTP,       /* magic, serial */
    NP_CHECK_SIGNER,    /* the signer on the chip is the one trusted, and signed itself */
    NP_CHECK_DEVICE,    /* the device certificate is signed by it and names the key in slot 0 */
    NP_CHECK_TIME,      /* device certificate valid now */
    NP_CHECK_CHALLENGE, /* slot 0 signed 32 random bytes */
    NP_CHECK_COUNT
} np_check;

/* "layout" */
const char *np_check_name(np_check check);

typedef enum np_verdict { NP_VERDICT_PASSED, NP_VERDICT_FAILED, NP_VERDICT_SKIPPED } np_verdict;

typedef struct np_verification {
    np_verdict verdicts[NP_CHECK_COUNT];
    char notes[NP_CHECK_COUNT][160]; /* why it failed or was skipped; may be empty */
    bool is_good;                    /* no check failed, none was skipped */
    bool signer_is_trusted;          /* false: only the signer stored on the chip was at hand */
    bool signer_is_expired;          /* reported, not fatal */
    np_identity identity;            /* valid as far as it could be read */
} np_verification;

/* trusted_signer: DER of the signer certificate, or empty: the one stored on the chip. */
NP_MUST_USE np_code np_identity_verify(np_atecc *chip, np_bytes trusted_signer, int64_t now,
                                       np_random random, np_verification *ret, np_error *err);
