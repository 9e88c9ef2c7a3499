/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/crc.h"

#include <zlib.h>

#if defined(__x86_64__)

#include <wmmintrin.h>

enum { BLOCK = 16, STRIDE = 4 * BLOCK };

/*
 * x^n modulo the polynomial, bits reflected: what a block weighs that stands 64 or 16 bytes further
 * on. From V. Gopal and others, Fast CRC Computation for Generic Polynomials Using PCLMULQDQ
 * Instruction, Intel 2009.
 */
static const uint64_t by_stride[2] = {0x0154442bd4, 0x01c6e41596};
static const uint64_t by_block[2] = {0x01751997d0, 0x00ccaa009e};

#define WITH_MULTIPLICATION __attribute__((target("pclmul")))

static inline __m128i load(const void *from)
{
    return _mm_loadu_si128(from);
}

WITH_MULTIPLICATION static inline __m128i fold(__m128i value, __m128i weight, __m128i onto)
{
    __m128i low = _mm_clmulepi64_si128(value, weight, 0x00);
    __m128i high = _mm_clmulepi64_si128(value, weight, 0x11);
    return _mm_xor_si128(_mm_xor_si128(low, high), onto);
}

/* All whole strides become 16 bytes with the same CRC; there is at least one. */
WITH_MULTIPLICATION static void fold_all(uint32_t before, np_bytes strides, uint8_t ret[BLOCK])
{
    __m128i lanes[4];
    for (size_t i = 0; i < 4; i++) {
        lanes[i] = load(strides.data + i * BLOCK);
    }
    lanes[0] = _mm_xor_si128(lanes[0], _mm_cvtsi32_si128((int)~before));
    for (size_t at = STRIDE; at < strides.len; at += STRIDE) {
        for (size_t i = 0; i < 4; i++) {
            lanes[i] = fold(lanes[i], load(by_stride), load(strides.data + at + i * BLOCK));
        }
    }
    for (size_t i = 1; i < 4; i++) {
        lanes[i] = fold(lanes[i - 1], load(by_block), lanes[i]);
    }
    _mm_storeu_si128((void *)ret, lanes[3]);
}

uint32_t firmware_crc(uint32_t before, np_bytes bytes)
{
    size_t folded = bytes.len - bytes.len % STRIDE;
    if (folded == 0 || !__builtin_cpu_supports("pclmul")) {
        return (uint32_t)crc32_z(before, bytes.data, bytes.len);
    }
    uint8_t block[BLOCK];
    fold_all(before, np_bytes_of(bytes.data, folded), block);
    /* zlib begins with all bits set; what came before is in the block already */
    uint32_t crc = (uint32_t)crc32_z(UINT32_MAX, block, sizeof(block));
    return (uint32_t)crc32_z(crc, bytes.data + folded, bytes.len - folded);
}

#else

uint32_t firmware_crc(uint32_t before, np_bytes bytes)
{
    return (uint32_t)crc32_z(before, bytes.data, bytes.len);
}

#endif
