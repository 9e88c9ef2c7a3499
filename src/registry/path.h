/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a device's certificate up to a registered CA (RFC 5280 6.1, with the CA as trust anchor).
 * Inside the room: a part of the rule of registry/admission.h.
 */
#pragma once

#include "registry/admission.h"
#include "x509/constraints.h"

typedef struct admission_path {
    size_t count; /* certificates parsed, from the leaf up, as far as each signed the one before */
    np_certificate certificates[NP_ADMISSION_CHAIN_MAX];
    np_constraints constraints[NP_ADMISSION_CHAIN_MAX];
    /* the registered CA above the last of them, when the reason is NP_REASON_REGISTERED */
    np_known_authority authority;
    bool is_expired; /* it, or a certificate between it and the leaf */
    /* what is known so far while it is looked for */
    bool has_candidate; /* a CA of the last one's issuer's name, and with the key that was named */
    bool has_signer;    /* which signed the last one */
    bool is_ambiguous;
    bool is_no_ca; /* the only one that signed may not */
} admission_path;

/*
 * Was the certificate signed by this key, P-256 by the judge and everything else by libcrypto? An
 * outcome, not an error.
 */
NP_MUST_USE np_code admission_is_signed(const np_certificate *certificate,
                                        const np_certificate *issuer, np_judge judge,
                                        bool *ret_is_signed, np_error *err);

/* Parses one certificate with its constraints; false when it is malformed, and err says how. */
bool admission_parse(np_bytes der, np_certificate *ret, np_constraints *ret_constraints,
                     np_error *err);

enum { ADMISSION_STRENGTH_MIN = 112 }; /* NIST SP 800-57 part 1, table 4: until 2030 */

/* Has its key so many bits of strength, and can it sign? */
bool admission_is_strong(const np_certificate *certificate);

/* SAN URIs that make a certificate an ownership proof: NervesHub's, and ours; the token follows. */
enum { ADMISSION_PROOF_URIS = 2 };
extern const char *const admission_proof_uris[ADMISSION_PROOF_URIS];

/*
 * The path begins with the leaf, which is there already; count is 1 and all that is known is false
 * then. *ret_reason is NP_REASON_REGISTERED when there is one, or why there is none. After an error
 * it may be called again with the same path, and goes on where the store gave no answer.
 */
NP_MUST_USE np_code admission_path_find(const np_admission_request *request, admission_path *path,
                                        np_reason *ret_reason, np_error *err);
