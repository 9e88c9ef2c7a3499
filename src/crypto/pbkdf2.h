/* SPDX-License-Identifier: Apache-2.0 */
/* Keys from shared secrets: PBKDF2 with HMAC (RFC 8018 5.2), by nettle. Pure; never fails. */
#pragma once

#include "crypto/digest.h"

/* Fills ret_key; one iteration at least. */
void np_pbkdf2(np_digest_kind kind, np_bytes secret, np_bytes salt, unsigned iterations,
               size_t key_len, uint8_t *ret_key);
