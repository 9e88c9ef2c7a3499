/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why a certificate can or cannot be stored on a chip. Compares it with a profile part by part, so
 * that each cause has its own sentence, and in the end rebuilds it from its 72 bytes: only a
 * certificate that comes back byte for byte is storable (specs of NervesKey 5.5).
 */
#pragma once

#include "x509/profile.h"
#include <nameplate/certificate.h>

/*
 * Checks a signer certificate against the profile (self-signed ones). Findings are the outcome;
 * an error only when libcrypto fails, or NP_EUSAGE for a profile that is not self-signed.
 */
NP_MUST_USE np_code np_storable_check(const np_profile *profile, const np_certificate *certificate,
                                      np_storable_report *ret, np_error *err);
