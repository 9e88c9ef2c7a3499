/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An X.509 certificate, taken apart into slices of its own bytes. Reading accepts every
 * certificate of version 3, or of version 1 (which has no extensions), in strict DER; what kind it
 * is, its callers ask. No heap, no libcrypto.
 */
#pragma once

#include "base/bytes.h"
#include "base/civil.h"
#include "base/error.h"

/* A signer's or device's certificate in DER; NervesKey's are below 460 bytes. Not tuned. */
enum { NP_CERTIFICATE_MAX = 4096 };

/*
 * Times as they are written, so that the impossible 29 February that existing tools issued can be
 * read, compared and written again.
 */
typedef struct np_validity {
    np_civil not_before;
    np_civil not_after;
} np_validity;

/* All slices point into the DER that was parsed. */
typedef struct np_certificate {
    np_bytes der;
    bool is_version_1;
    np_bytes tbs;                 /* the signed part, whole element */
    np_bytes serial;              /* INTEGER content, without a leading zero byte */
    np_bytes signature_algorithm; /* outer AlgorithmIdentifier, whole element */
    np_bytes tbs_algorithm;       /* inner AlgorithmIdentifier, whole element */
    np_bytes issuer;              /* Name, whole element */
    np_bytes subject;
    np_validity validity;
    np_bytes spki;       /* SubjectPublicKeyInfo, whole element */
    np_bytes point;      /* 64 bytes X|Y when the key is uncompressed P-256, else empty */
    np_bytes extensions; /* content of the Extensions SEQUENCE, may be empty */
    np_bytes signature;  /* content of the BIT STRING without its first byte */
} np_certificate;

/* NP_EINPUT_FORMAT, with the part that is not as it should be, when the bytes are no certificate.
 */
NP_MUST_USE np_code np_certificate_parse(np_bytes der, np_certificate *ret, np_error *err);

/* Negative, zero, positive: a before, at, after b. */
int np_civil_compare(const np_civil *a, const np_civil *b);

/*
 * The commonName of a Name when there is exactly one RDN with one CN of a string type; false
 * otherwise.
 */
bool np_certificate_common_name(np_bytes name, np_bytes *ret_text);

typedef struct np_extension {
    np_bytes oid; /* content */
    bool is_critical;
    np_bytes value; /* content of the OCTET STRING */
    np_bytes whole;
} np_extension;

/* Steps through the extensions; false at the end, with the reader failed if they are malformed. */
bool np_extension_next(np_reader *reader, np_extension *ret);
