/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libcrypto signs and verifies in DER. Two numbers of known size need none of its encoders, which
 * allocate for each.
 */
#include "crypto/p256_internal.h"

enum { DER_INTEGER = 0x02, DER_SEQUENCE = 0x30, HALF = NP_P256_SIGNATURE_SIZE / 2 };

/* The INTEGER of 32 bytes, big endian: minimal, with a zero byte before a set sign bit. */
static size_t encode_half(const uint8_t *number, uint8_t *ret_der)
{
    size_t skipped = 0;
    while (skipped < HALF - 1 && number[skipped] == 0) {
        skipped++;
    }
    size_t sign = number[skipped] >> 7;
    size_t len = HALF - skipped + sign;
    ret_der[0] = DER_INTEGER;
    ret_der[1] = (uint8_t)len;
    ret_der[2] = 0;
    memcpy(ret_der + 2 + sign, number + skipped, HALF - skipped);
    return 2 + len;
}

size_t p256_encode_signature(const uint8_t *signature, uint8_t *ret_der)
{
    size_t len = 2;
    len += encode_half(signature, ret_der + len);
    len += encode_half(signature + HALF, ret_der + len);
    ret_der[0] = DER_SEQUENCE;
    ret_der[1] = (uint8_t)(len - 2);
    return len;
}

static bool decode_half(np_reader *reader, uint8_t *ret)
{
    bool is_integer = np_read_u8(reader) == DER_INTEGER;
    np_bytes number = np_read_bytes(reader, np_read_u8(reader));
    if (number.len == HALF + 1 && number.data[0] == 0) {
        number = np_bytes_of(number.data + 1, HALF);
    }
    if (!is_integer || reader->failed || number.len == 0 || number.len > HALF) {
        return false;
    }
    memset(ret, 0, HALF - number.len);
    memcpy(ret + HALF - number.len, number.data, number.len);
    return true;
}

bool p256_decode_signature(np_bytes der, uint8_t *ret_signature)
{
    np_reader reader = np_reader_of(der);
    return np_read_u8(&reader) == DER_SEQUENCE && np_read_u8(&reader) == der.len - 2 &&
           decode_half(&reader, ret_signature) && decode_half(&reader, ret_signature + HALF) &&
           np_reader_is_done(&reader);
}
