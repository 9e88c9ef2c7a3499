/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is believed when a chip shows its certificates. Needs libcrypto.
 */
#pragma once

#include "nerveskey/settle.h"

typedef struct np_trust {
    np_bytes signer;           /* DER of the signer certificate, or empty: the one on the chip */
    const uint8_t *root;       /* 64 bytes, of Trust&GO parts; NULL: Microchip's Root CA 002 */
    bool accepts_virtual_root; /* for virtual parts: everybody has its key */
} np_trust;

/* As np_identity_settle_by (nerveskey/settle.h), with libcrypto as the judge. */
NP_MUST_USE np_code np_identity_settle(np_identity *identity, const uint8_t *root, np_error *err);
