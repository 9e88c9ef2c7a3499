/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does whoever registers a CA hold its key? He gets a challenge, and shows a certificate that the
 * CA signed and that carries it: as a URI in the alternative names (urn:nerveshub:verify:TOKEN, or
 * urn:nameplate:verify:TOKEN), or as common name. The challenge is of one organisation and one CA
 * and good for one use; that is its keeper's affair (a row of the registry).
 */
#pragma once

#include "x509/judge.h"

enum {
    NP_CHALLENGE_BYTES = 32,
    NP_CHALLENGE_SIZE = 44, /* Base64url without padding, and a NUL */
};

typedef struct np_ownership {
    np_bytes authority; /* DER */
    np_bytes proof;     /* DER */
    const char *challenge;
    np_judge judge;
    int64_t now;
} np_ownership;

/*
 * Can this certificate admit devices? NP_EINPUT_FORMAT when it is no certificate of version 3, no
 * CA, may not sign certificates, or has a critical extension that is not known; NP_EINPUT_KEY when
 * its key is too weak. *ret_is_expired is an outcome: such a CA can be registered.
 */
NP_MUST_USE np_code np_authority_check(np_bytes der, int64_t now, bool *ret_is_expired,
                                       np_error *err);

/*
 * The challenge that a proof carries, whoever signed it. ret_token has NP_CHALLENGE_SIZE
 * characters. NP_EINPUT_MISSING when there is none of our length, NP_EINPUT_FORMAT when it is no
 * certificate.
 */
NP_MUST_USE np_code np_ownership_find_challenge(np_bytes proof, char *ret_token, np_error *err);

/*
 * NP_OK when the proof is good. NP_EINPUT_FORMAT when it is no certificate, NP_EINPUT_KEY when this
 * CA has not signed it, NP_EINPUT_MISSING when it does not carry the challenge, NP_EINPUT_TIME when
 * it is not valid now.
 */
NP_MUST_USE np_code np_ownership_check(const np_ownership *ownership, np_error *err);
