/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does the device prove its identity? Layout, locks, chain, and a fresh signature challenge. The
 * findings are an outcome; an error only when the chip cannot be asked.
 */
#pragma once

#include "crypto/random.h"
#include "nerveskey/snapshot.h"
#include "nerveskey/trust.h"

typedef struct np_verification {
    np_verdict verdicts[NP_CHECK_COUNT];
    char notes[NP_CHECK_COUNT][NP_CHECK_NOTE_SIZE]; /* why it failed or was skipped; may be empty */
    bool is_good;                                   /* no check failed, none was skipped */
    bool signer_is_trusted; /* false: only what is on the chip was at hand */
    bool signer_is_expired; /* reported, not fatal */
    np_identity identity;   /* valid as far as it could be read */
} np_verification;

/*
 * A root is asked of Trust&GO parts only. A chip of the volatile layout passes the challenge only
 * while it is authorised (nerveskey/volatile.h).
 */
NP_MUST_USE np_code np_identity_verify(np_atecc *chip, const np_trust *trust, int64_t now,
                                       np_random random, np_verification *ret, np_error *err);
