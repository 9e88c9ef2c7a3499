/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AES-128 a block at a time, and the multiplication of GHASH: the two primitives that secure
 * elements offer raw. By nettle, without libcrypto. Pure; never fails. Whoever needs a mode of
 * operation for data of its own looks elsewhere.
 */
#pragma once

#include <stdint.h>

enum { NP_AES_BLOCK = 16, NP_AES_KEY = 16 };

void np_aes128_encrypt(const uint8_t key[static NP_AES_KEY],
                       const uint8_t block[static NP_AES_BLOCK], uint8_t ret[static NP_AES_BLOCK]);
void np_aes128_decrypt(const uint8_t key[static NP_AES_KEY],
                       const uint8_t block[static NP_AES_BLOCK], uint8_t ret[static NP_AES_BLOCK]);

/* The product of two elements of GF(2^128) in the bit order of GCM. In constant time. */
void np_ghash_multiply(const uint8_t h[static NP_AES_BLOCK], const uint8_t x[static NP_AES_BLOCK],
                       uint8_t ret[static NP_AES_BLOCK]);
