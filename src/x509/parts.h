/* SPDX-License-Identifier: Apache-2.0 */
/* Parts that certificates and requests have alike. Inside the room. */
#pragma once

#include "base/bytes.h"

/* Takes a SEQUENCE whole. */
bool x509_take_sequence(np_reader *reader, np_bytes *ret_whole);

/* Takes a BIT STRING without unused bits: what is behind the byte that counts them. */
bool x509_take_bit_string(np_reader *reader, np_bytes *ret);

/*
 * Takes a SubjectPublicKeyInfo whole. The point is 64 bytes X|Y when the key is uncompressed P-256,
 * else empty.
 */
bool x509_take_key(np_reader *reader, np_bytes *ret_spki, np_bytes *ret_point);
