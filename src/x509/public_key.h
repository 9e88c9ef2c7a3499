/* SPDX-License-Identifier: Apache-2.0 */
/* P-256 public keys as SubjectPublicKeyInfo (RFC 5480): DER, PEM, and the hash that names a key. */
#pragma once

#include "base/bytes.h"
#include "base/error.h"

enum { NP_SPKI_SIZE = 91 };

void np_public_key_encode(const uint8_t point[static 64], uint8_t ret[static NP_SPKI_SIZE]);

/* False unless it is an uncompressed P-256 key. Whether it is on the curve is not looked at. */
bool np_public_key_decode(np_bytes spki, uint8_t ret_point[static 64]);

/* SHA-256 of the SubjectPublicKeyInfo. */
void np_public_key_digest(const uint8_t point[static 64], uint8_t ret_digest[static 32]);

/* "-----BEGIN PUBLIC KEY-----", as openssl writes and reads it. */
void np_public_key_write_pem(const uint8_t point[static 64], np_writer *writer);

/* NP_EINPUT_MISSING without such a block, NP_EINPUT_FORMAT when it holds another kind of key. */
NP_MUST_USE np_code np_public_key_parse_pem(np_bytes pem, uint8_t ret_point[static 64],
                                            np_error *err);
