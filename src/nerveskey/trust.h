/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is believed when a chip shows its certificates, and what only signatures can tell about a
 * Trust&GO part: which root its signer has, and how the signer's number is written. Needs
 * libcrypto. Rule for callers: settle an identity before its certificates are shown.
 */
#pragma once

#include "nerveskey/identity.h"

typedef struct np_trust {
    np_bytes signer;           /* DER of the signer certificate, or empty: the one on the chip */
    const uint8_t *root;       /* 64 bytes, of Trust&GO parts; NULL: Microchip's Root CA 002 */
    bool accepts_virtual_root; /* for virtual parts: everybody has its key */
} np_trust;

/*
 * Finds the root that signed the signer certificate of a Trust&GO part (the given one alone, or
 * Microchip's and that of virtual parts), decides by the device certificate's signature whether the
 * signer's number is padded with zeros, and rebuilds both certificates with it. When no root fits,
 * identity->root is NP_ROOT_NONE and the first that was tried stays. NervesKeys are left alone.
 */
NP_MUST_USE np_code np_identity_settle(np_identity *identity, const uint8_t *root, np_error *err);
