/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does the device prove its identity? Layout, locks, chain, and a fresh signature challenge. The
 * findings are an outcome; an error only when the chip cannot be asked.
 */
#pragma once

#include "crypto/random.h"
#include "nerveskey/snapshot.h"

typedef struct np_verification {
    np_verdict verdicts[NP_CHECK_COUNT];
    char notes[NP_CHECK_COUNT][NP_CHECK_NOTE_SIZE]; /* why it failed or was skipped; may be empty */
    bool is_good;                                   /* no check failed, none was skipped */
    bool signer_is_trusted; /* false: only the signer stored on the chip was at hand */
    bool signer_is_expired; /* reported, not fatal */
    np_identity identity;   /* valid as far as it could be read */
} np_verification;

/* trusted_signer: DER of the signer certificate, or empty: the one stored on the chip. */
NP_MUST_USE np_code np_identity_verify(np_atecc *chip, np_bytes trusted_signer, int64_t now,
                                       np_random random, np_verification *ret, np_error *err);
