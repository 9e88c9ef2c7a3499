/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why a certificate can or cannot be stored on a chip. Compares it with a profile part by part, so
 * that each cause has its own sentence, and in the end rebuilds it from its 72 bytes: only a
 * certificate that comes back byte for byte is storable (specs of NervesKey 5.5).
 */
#pragma once

#include "x509/profile.h"

typedef enum np_storable_cause {
    NP_STORABLE_NOT_P256,
    NP_STORABLE_SIGNATURE_ALGORITHM,
    NP_STORABLE_SUBJECT,
    NP_STORABLE_ISSUER,
    NP_STORABLE_SERIAL,
    NP_STORABLE_DATES,
    NP_STORABLE_EXTENSION_MISSING,
    NP_STORABLE_EXTENSION_UNKNOWN,
    NP_STORABLE_EXTENSION_ORDER,
    NP_STORABLE_EXTENSION_CONTENT,
    NP_STORABLE_KEY_IDENTIFIER,
    NP_STORABLE_SIGNATURE_FORM,
    NP_STORABLE_SIGNATURE_WRONG,
    NP_STORABLE_ENCODING, /* all parts agree, yet the rebuilt bytes differ */
    NP_STORABLE_CAUSE_COUNT
} np_storable_cause;

/* Stable name for JSON: "not-p256", "dates" ... */
const char *np_storable_cause_name(np_storable_cause cause);

enum { NP_STORABLE_MAX = 24, NP_STORABLE_TEXT_SIZE = 200 };

typedef struct np_storable_finding {
    np_storable_cause cause;
    char text[NP_STORABLE_TEXT_SIZE]; /* a sentence that names the thing and what it must be */
} np_storable_finding;

typedef struct np_storable_report {
    size_t count; /* 0: the certificate can be stored */
    np_storable_finding findings[NP_STORABLE_MAX];
    uint8_t compressed[NP_COMPRESSED_SIZE]; /* valid when count is 0 */
    bool suits_old_readers;                 /* valid when count is 0 */
} np_storable_report;

/*
 * Checks a signer certificate against the profile (self-signed ones). Findings are the outcome;
 * an error only when libcrypto fails, or NP_EUSAGE for a profile that is not self-signed.
 */
NP_MUST_USE np_code np_storable_check(const np_profile *profile, const np_certificate *certificate,
                                      np_storable_report *ret, np_error *err);
