/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is a token signed by the device's identity key? That key is made in the factory and stands
 * nowhere in the token, so it must be known from elsewhere, or be found: a signature leaves two
 * candidates for its key in each form, and two tokens of one device have just one in common
 * (specs of the modem 3.5). Needs libcrypto.
 */
#pragma once

#include "crypto/p256.h"
#include "modem/token.h"

/* SHA-256 of what is signed. */
void np_token_signed_digest(const np_token *token, np_token_form form, uint8_t ret_digest[32]);

/*
 * Tries the forms that the token can have, the likelier first. *ret_form is the one that fits. A
 * token without attestation is not valid.
 */
NP_MUST_USE np_code np_token_verify(const np_token *token,
                                    const uint8_t identity[static NP_P256_POINT_SIZE],
                                    np_p256_verifier *verifier, bool *ret_is_valid,
                                    np_token_form *ret_form, np_error *err);

/* Keys that the identity key may be. */
enum { NP_TOKEN_KEYS_MAX = NP_TOKEN_FORM_COUNT * NP_P256_RECOVERED_MAX };

typedef struct np_token_keys {
    size_t count;
    uint8_t points[NP_TOKEN_KEYS_MAX][NP_P256_POINT_SIZE];
} np_token_keys;

/* The candidates of one form; none when the token cannot have that form. */
NP_MUST_USE np_code np_token_recover(const np_token *token, np_token_form form, np_token_keys *ret,
                                     np_error *err);

/* Of all forms. None: no key in the world has made this signature. */
NP_MUST_USE np_code np_token_candidates(const np_token *token, np_token_keys *ret, np_error *err);

/* Leaves in the first what the second has too. One left of two tokens: the identity key. */
void np_token_keys_intersect(np_token_keys *keys, const np_token_keys *with);
