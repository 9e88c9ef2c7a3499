/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How an organisation gets its CA registered: a challenge is given out, a proof that carries it
 * comes back (registry/ownership.h), and the CA is recorded (registry/fleet.h). What a command and
 * a server do alike.
 */
#pragma once

#include "crypto/random.h"
#include "registry/fleet.h"
#include "registry/ownership.h"

enum {
    NP_CHALLENGE_LIFETIME_S = 86400
}; /* a day: proofs are signed where CAs are kept. Not tuned */

typedef struct np_challenge_request {
    np_bytes org;
    np_bytes authority; /* DER */
    np_random random;
    int64_t now;
} np_challenge_request;

typedef struct np_challenge {
    char token[NP_CHALLENGE_SIZE];
    int64_t expires_at;
} np_challenge;

/* For a CA that can be registered: errors are those of np_authority_check, and of the store. */
NP_MUST_USE np_code np_challenge_give(np_store *store, const np_challenge_request *request,
                                      np_challenge *ret, np_error *err);

typedef struct np_shown_proof {
    np_bytes der;     /* empty: none; whoever administers the registry vouches for the CA */
    const char *name; /* what messages call it: its file */
} np_shown_proof;

/*
 * Checks the CA and its proof, and registers it. Errors are those of np_authority_check,
 * np_ownership_check, whose messages begin with the proof's name, and np_authority_add.
 */
NP_MUST_USE np_code np_authority_register(np_store *store, const np_authority *authority,
                                          const np_shown_proof *proof, const np_actor *actor,
                                          bool *ret_is_expired, np_error *err);
