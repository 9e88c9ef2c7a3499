/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state file of a virtual modem as bytes: magic, version, who it is, its credentials, SHA-256.
 * Pure. It holds private keys in the clear, as a virtual part does.
 */
#pragma once

#include "virtual/modem.h"

enum {
    NP_MODEM_IMAGE_HEAD = 148,
    NP_MODEM_IMAGE_MAX =
        NP_MODEM_IMAGE_HEAD + NP_MODEM_CREDENTIALS_MAX * (12 + NP_CREDENTIAL_MAX) + 32,
};

/* Are these bytes the beginning of such a file? */
bool np_modem_image_is(np_bytes image);

/* The writer must have room for NP_MODEM_IMAGE_MAX bytes. */
void np_modem_image_encode(const np_modem_state *state, np_writer *writer);

/* NP_EINPUT_FORMAT: wrong magic, version, digest or content; the message says which. */
NP_MUST_USE np_code np_modem_image_decode(np_bytes image, np_modem_state *ret, np_error *err);
