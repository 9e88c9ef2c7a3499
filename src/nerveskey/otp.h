/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The 64 OTP bytes: magic, flags, board name, manufacturer serial, user data (specs of NervesKey
 * 2.3). Strict when writing, as generous as NervesKey when reading. Pure.
 */
#pragma once

#include "atecc/zones.h"
#include "base/error.h"

enum {
    NP_BOARD_MAX = 10,
    NP_MANUFACTURER_SERIAL_SHORT = 16, /* longer ones leave no room for user data */
    NP_MANUFACTURER_SERIAL_MAX = 32,   /* written */
    NP_MANUFACTURER_SERIAL_READ_MAX = 48,
    NP_USER_DATA_MAX = 32,
};

#define NP_BOARD_DEFAULT "NervesKey"

/*
 * The product's serial, in OTP and as the certificate's common name. Terminated by a NUL behind len
 * bytes; only one that was read from a chip can have a NUL inside.
 */
typedef struct np_manufacturer_serial {
    char text[NP_MANUFACTURER_SERIAL_READ_MAX + 1];
    size_t len;
} np_manufacturer_serial;

typedef struct np_nerveskey_otp {
    char board[NP_BOARD_MAX + 1];
    np_manufacturer_serial serial;
    uint8_t user_data[NP_USER_DATA_MAX]; /* zero padded */
} np_nerveskey_otp;

/* Empty, too long, "/" inside, or no UTF-8: NP_EINPUT_RANGE or NP_EINPUT_FORMAT. */
NP_MUST_USE np_code np_manufacturer_serial_parse(np_bytes text, np_manufacturer_serial *ret,
                                                 np_error *err);

/* NervesKey's default: Base32 of the chip serial, 15 characters. */
np_manufacturer_serial np_manufacturer_serial_default(const np_chip_serial *chip);

/* Checks board (1 to 10 characters), serial and user data (at most 32 bytes, none with a long
 * serial) and fills ret. */
NP_MUST_USE np_code np_nerveskey_otp_make(np_bytes board, const np_manufacturer_serial *serial,
                                          np_bytes user_data, np_nerveskey_otp *ret, np_error *err);

void np_nerveskey_otp_encode(const np_nerveskey_otp *otp, uint8_t ret[static NP_ATECC_OTP_SIZE]);

/* False when the magic is not NervesKey's. */
bool np_nerveskey_otp_decode(const uint8_t bytes[static NP_ATECC_OTP_SIZE], np_nerveskey_otp *ret);
