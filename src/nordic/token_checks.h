/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The checks of what a modem says of itself (modem/token.h), each with its own verdict: ok, failed,
 * or not checkable. This is where the token and its certificate request (x509/csr.h) meet. Rule for
 * callers: a token of which a check has failed proves nothing.
 */
#pragma once

#include "modem/attestation.h"
#include "x509/csr.h"

typedef enum np_token_check {
    NP_TOKEN_CHECK_DIGEST,   /* the attestation is of this body */
    NP_TOKEN_CHECK_REQUEST,  /* the holder of the new key has signed the request */
    NP_TOKEN_CHECK_NAME,     /* the request's common name is the device's UUID */
    NP_TOKEN_CHECK_IDENTITY, /* the device's identity key has signed the attestation */
    NP_TOKEN_CHECK_COUNT
} np_token_check;

/* "digest", "request", "name", "identity" */
const char *np_token_check_name(np_token_check check);

typedef enum np_token_verdict {
    NP_TOKEN_OK,
    NP_TOKEN_FAILED,
    NP_TOKEN_NOT_CHECKABLE,
} np_token_verdict;

/* "ok", "failed", "not checkable" */
const char *np_token_verdict_name(np_token_verdict verdict);

typedef struct np_token_finding {
    np_token_verdict verdict;
    const char *reason; /* a constant text: what is known, or why not */
} np_token_finding;

typedef struct np_token_report {
    np_token_finding findings[NP_TOKEN_CHECK_COUNT];
    np_token_form form; /* if the identity key was known and fits */
    np_csr request;     /* of NP_TOKEN_REQUEST; slices of the token */
    np_bytes common_name;
    bool has_public_key;
    uint8_t public_key[64]; /* the new key, of a KEYGEN reply */
} np_token_report;

/*
 * identity is the key that is known for this device, 64 bytes, or NULL. NP_EINPUT_FORMAT when the
 * body is no request or no key.
 */
NP_MUST_USE np_code np_token_judge(const np_token *token, const uint8_t *identity,
                                   np_p256_verifier *verifier, np_token_report *ret, np_error *err);

/* Has no check failed? */
bool np_token_has_passed(const np_token_report *report);
