/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A certificate request (PKCS #10, RFC 2986), taken apart into slices of its own bytes: strict DER,
 * no heap, no libcrypto. Nothing is encoded again, so that its signature is checked on the bytes as
 * they were received. Attributes are handed out, not obeyed: the profile decides what a certificate
 * says.
 */
#pragma once

#include "x509/judge.h"

/* Requests of modems are below 300 bytes, those with many names a few kilobytes. Not tuned. */
enum { NP_CSR_MAX = 4096 };

/* All slices point into the DER that was parsed. */
typedef struct np_csr {
    np_bytes der;
    np_bytes info;    /* the signed part, whole element */
    np_bytes subject; /* Name, whole element; may be an empty one */
    np_bytes spki;    /* SubjectPublicKeyInfo, whole element */
    np_bytes point;   /* 64 bytes X|Y when the key is uncompressed P-256, else empty */
    np_bytes attributes;
    np_bytes signature_algorithm; /* AlgorithmIdentifier, whole element */
    np_bytes signature;           /* content of the BIT STRING without its first byte */
} np_csr;

/* NP_EINPUT_FORMAT, with the part that is not as it should be, when the bytes are no request. */
NP_MUST_USE np_code np_csr_parse(np_bytes der, np_csr *ret, np_error *err);

/*
 * Did the holder of the key sign it (ecdsa-with-SHA256, with or without the NULL parameters that
 * modems add)? Everything else, a key that is not P-256 among it, is false and no error.
 */
NP_MUST_USE np_code np_csr_judge(const np_csr *csr, np_judge judge, bool *ret_is_possessed,
                                 np_error *err);
