/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates on their way in and out: DER and PEM, fingerprints, signatures as other software
 * expects them, and why a signer's certificate can or cannot be stored on a chip. Pure: nothing
 * here touches a chip, a file or a clock.
 */
#pragma once

#include <nameplate/bytes.h>
#include <nameplate/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A certificate in DER as a chip stores it, rebuilt. */
typedef struct np_identity_der {
    uint8_t bytes[NP_IDENTITY_DER_SIZE];
    size_t len;
} np_identity_der;

/*
 * PEM text of a certificate in DER, lines of 64 characters, with a NUL behind it. NP_PEM_SIZE is
 * enough for every certificate that a chip stores. NP_EINPUT_RANGE when size is not enough;
 * ret_text is then an empty text.
 */
NP_PUBLIC NP_MUST_USE np_code np_certificate_to_pem(np_bytes der, char *ret_text, size_t size,
                                                    np_error *err);

/* SHA-256 of the DER. */
NP_PUBLIC void np_certificate_fingerprint(np_bytes der,
                                          uint8_t ret[NP_AT_LEAST(NP_FINGERPRINT_SIZE)]);

/*
 * A signature r|s as an ECDSA-Sig-Value in DER, which TLS libraries and the openssl program expect.
 * Returns its length, at most NP_SIGNATURE_DER_SIZE.
 */
NP_PUBLIC size_t np_signature_to_der(const uint8_t signature[NP_AT_LEAST(NP_SIGNATURE_SIZE)],
                                     uint8_t ret[NP_AT_LEAST(NP_SIGNATURE_DER_SIZE)]);

/* What keeps a certificate from being stored. */
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

/* Stable name: "not-p256", "dates" ...; "unknown" for a value that is no cause. */
NP_PUBLIC const char *np_storable_cause_name(np_storable_cause cause);

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
 * Can a chip store this signer certificate, and if not, why? certificate is PEM or DER. The
 * findings are the outcome; errors:
 *   NP_EINPUT_MISSING, NP_EINPUT_FORMAT   no certificate, or a damaged one
 *   NP_EINPUT_RANGE                       larger than any signer's certificate (4096 bytes)
 *   NP_ESTATION_CRYPTO                    libcrypto failed
 */
NP_PUBLIC NP_MUST_USE np_code np_certificate_check_storable(np_bytes certificate,
                                                            np_storable_report *ret, np_error *err);

#ifdef __cplusplus
}
#endif
