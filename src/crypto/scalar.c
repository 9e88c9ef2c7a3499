/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/p256.h"

/* Order of the group: FIPS 186-4 D.1.2.3. */
static const uint8_t group_order[NP_P256_SCALAR_SIZE] = {
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51};

/* Subtracts byte by byte without branches: the scalar may be a private key. */
bool np_p256_is_scalar(const uint8_t scalar[static NP_P256_SCALAR_SIZE])
{
    unsigned borrow = 0;
    unsigned any = 0;
    for (size_t i = NP_P256_SCALAR_SIZE; i-- > 0;) {
        borrow = (unsigned)scalar[i] - group_order[i] - borrow;
        borrow = borrow >> 8 & 1;
        any |= scalar[i];
    }
    return borrow == 1 && any != 0;
}
