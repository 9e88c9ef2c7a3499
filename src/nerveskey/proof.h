/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a chip must prove, for apply and verify alike: that its certificate is the signer's and
 * names the key in slot 0, and that this key signs now. Inside the room; needs libcrypto.
 */
#pragma once

#include "crypto/random.h"
#include "nerveskey/identity.h"

/* Is the rebuilt device certificate, and with it the public key, signed by the signer's key? */
NP_MUST_USE np_code proof_check_certificate(const np_identity *identity, bool *ret_is_good,
                                            np_error *err);

/* Is the signer certificate signed by its own key, or with Trust&GO by its root_key? */
NP_MUST_USE np_code proof_check_signer(const np_identity *identity, bool *ret_is_good,
                                       np_error *err);

/* Slot 0 signs 32 fresh random bytes; is the signature by this public key? */
NP_MUST_USE np_code proof_challenge(np_atecc *chip, const uint8_t public_key[static 64],
                                    np_random random, bool *ret_is_good, np_error *err);
