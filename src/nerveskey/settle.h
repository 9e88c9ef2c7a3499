/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What only signatures can tell about a Trust&GO part: which root its signer has, and how the
 * signer's number is written. Whoever judges signatures is handed in; no libcrypto. Rule for
 * callers: settle an identity before its certificates are shown.
 */
#pragma once

#include "nerveskey/identity.h"
#include "x509/judge.h"

/*
 * Finds the root that signed the signer certificate of a Trust&GO part (the given one alone, or
 * with NULL Microchip's and that of virtual parts), decides by the device certificate's signature
 * whether the signer's number is padded with zeros, and rebuilds both certificates with it: two to
 * four verdicts. When no root fits, identity->root is NP_ROOT_NONE and the first that was tried
 * stays. NervesKeys are left alone.
 */
NP_MUST_USE np_code np_identity_settle_by(np_identity *identity, const uint8_t *root,
                                          np_judge judge, np_error *err);
