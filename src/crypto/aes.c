/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/aes.h"

#include "base/wipe.h"
#include <nettle/aes.h>

void np_aes128_encrypt(const uint8_t key[static NP_AES_KEY],
                       const uint8_t block[static NP_AES_BLOCK], uint8_t ret[static NP_AES_BLOCK])
{
    struct aes128_ctx context;
    aes128_set_encrypt_key(&context, key);
    aes128_encrypt(&context, NP_AES_BLOCK, ret, block);
    np_wipe(&context, sizeof(context));
}

void np_aes128_decrypt(const uint8_t key[static NP_AES_KEY],
                       const uint8_t block[static NP_AES_BLOCK], uint8_t ret[static NP_AES_BLOCK])
{
    struct aes128_ctx context;
    aes128_set_decrypt_key(&context, key);
    aes128_decrypt(&context, NP_AES_BLOCK, ret, block);
    np_wipe(&context, sizeof(context));
}

/* An element as two numbers; bit 0 of the standard is the top bit of high. */
typedef struct field_element {
    uint64_t high;
    uint64_t low;
} field_element;

static field_element load(const uint8_t bytes[static NP_AES_BLOCK])
{
    field_element element = {0, 0};
    for (unsigned i = 0; i < 8; i++) {
        element.high = element.high << 8 | bytes[i];
        element.low = element.low << 8 | bytes[i + 8];
    }
    return element;
}

static void store(field_element element, uint8_t ret[static NP_AES_BLOCK])
{
    for (unsigned i = 0; i < 8; i++) {
        ret[i] = (uint8_t)(element.high >> (56 - 8 * i));
        ret[i + 8] = (uint8_t)(element.low >> (56 - 8 * i));
    }
}

void np_ghash_multiply(const uint8_t h[static NP_AES_BLOCK], const uint8_t x[static NP_AES_BLOCK],
                       uint8_t ret[static NP_AES_BLOCK])
{
    const uint64_t reduction = UINT64_C(0xe1) << 56; /* 1 + x + x^2 + x^7, as NIST writes it */
    field_element shifted = load(h);
    field_element factor = load(x);
    field_element product = {0, 0};
    for (unsigned i = 0; i < 128; i++) {
        uint64_t bit = (i < 64 ? factor.high >> (63 - i) : factor.low >> (127 - i)) & 1;
        uint64_t carry = shifted.low & 1;
        product.high ^= shifted.high & (0 - bit);
        product.low ^= shifted.low & (0 - bit);
        shifted.low = shifted.low >> 1 | shifted.high << 63;
        shifted.high = (shifted.high >> 1) ^ (reduction & (0 - carry));
    }
    store(product, ret);
}
