/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A new authority of a profile (x509/authority.h): its serial number is drawn, and it signs itself.
 * The clock and the random numbers are the caller's.
 */
#pragma once

#include "crypto/random.h"
#include "signer/signer.h"
#include "x509/authority.h"

typedef struct np_authority_request {
    const np_authority_profile *profile;
    const char *subject; /* "C=DE,O=Acme"; NULL: the profile's own */
    np_validity validity;
} np_authority_request;

/* The signing must outlive the signer (np_signer_keep), or np_signer_give_key is called next. */
NP_MUST_USE np_code np_authority_create_with(const np_authority_request *request,
                                             const np_signing *signing, np_random random,
                                             np_signer **ret, np_error *err);

/* The same with a new key of its own. */
NP_MUST_USE np_code np_authority_create(const np_authority_request *request, np_random random,
                                        np_signer **ret, np_error *err);
