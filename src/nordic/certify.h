/* SPDX-License-Identifier: Apache-2.0 */
/* One certificate for a modem's key, by a template. No heap, no files. */
#pragma once

#include "crypto/random.h"
#include "x509/csr.h"
#include "x509/leaf.h"

/* Borrowed; the signing is the authority's of the template. */
typedef struct np_nordic_issuer {
    const np_leaf_template *template;
    const np_signing *signing;
    np_random random; /* for the serial number */
} np_nordic_issuer;

/*
 * The subject is the request's where the profile copies it and there is a request; otherwise it is
 * the id as common name, and as serialNumber where the profile has that. The signature is verified
 * with the authority's key. NP_EINPUT_KEY when it does not verify, NP_EINPUT_RANGE when there is no
 * room, NP_ESTATION_CRYPTO, and what the signing says.
 */
NP_MUST_USE np_code np_nordic_certify(const np_nordic_issuer *issuer, const np_csr *csr,
                                      np_bytes id, const uint8_t point[static NP_P256_POINT_SIZE],
                                      np_writer *writer, np_error *err);
