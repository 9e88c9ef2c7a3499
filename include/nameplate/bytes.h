/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes travel as slices: pointer and length together, borrowed, never owned. What always has the
 * same length is an array of one of the sizes below instead.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* An array parameter of at least so many elements; C++ has no way to say that. */
#ifdef __cplusplus
#define NP_AT_LEAST(count) count
#else
#define NP_AT_LEAST(count) static count
#endif

/* len bytes at data; data may be NULL when len is 0. Valid as long as what it points into. */
typedef struct np_bytes {
    const uint8_t *data;
    size_t len;
} np_bytes;

/* Sizes in bytes. */
enum {
    NP_CHIP_SERIAL_SIZE = 9,
    NP_DIGEST_SIZE = 32,        /* SHA-256 */
    NP_FINGERPRINT_SIZE = 32,   /* SHA-256 of a certificate's DER */
    NP_PUBLIC_KEY_SIZE = 64,    /* P-256 point, X|Y, big endian */
    NP_SIGNATURE_SIZE = 64,     /* ECDSA, r|s, big endian */
    NP_SIGNATURE_DER_SIZE = 72, /* at most: the same as an ECDSA-Sig-Value */
    NP_COMPRESSED_SIZE = 72,    /* a certificate as a chip stores it */
    NP_PLAN_HASH_SIZE = 32,     /* SHA-256 */
    NP_IDENTITY_DER_SIZE = 640, /* at most: a certificate that a chip stores, rebuilt */
    NP_PEM_SIZE = 1024,         /* at most: PEM text of such a certificate or key, with its NUL */
    NP_SERIAL_TEXT_SIZE = 49,   /* a manufacturer serial as read, with its NUL; 32 are written */
    NP_BOARD_TEXT_SIZE = 11,    /* a board name, with its NUL */
    NP_USER_DATA_SIZE = 32,     /* at most when written, zero padded when read */
    NP_EUI48_TEXT_SIZE = 12,    /* hex digits of an EUI-48, without a NUL */
    NP_VOLATILE_KEY_SIZE = 16,  /* activation key and encryption key */
    NP_SETTINGS_SIZE = 524,     /* at most: settings as a chip stores them; Trust&GO: 416 */
    NP_SETTINGS_TEXT_SIZE = 16384, /* at most: the same as JSON text, with its NUL */
};
