/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys and signatures of other kinds than P-256, for the CAs that people already have: RSA, the
 * other curves, Ed25519. libcrypto takes the bytes apart itself, which costs ten times what
 * crypto/p256.h does; ask there first.
 */
#pragma once

#include "base/bytes.h"

/*
 * The security strength of a public key (SubjectPublicKeyInfo, DER) in bits, as NIST SP 800-57
 * counts: RSA 2048 has 112, P-256 has 128. 0 for a key that libcrypto cannot read, or that cannot
 * sign.
 */
unsigned np_any_key_strength(np_bytes spki);

/*
 * Is the certificate (DER) signed by this key? False also for a key or an algorithm that libcrypto
 * does not know, and for one whose hash is weaker than 112 bits, as SHA-1 is.
 */
bool np_any_key_signed(np_bytes spki, np_bytes certificate);
