/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any 64 bytes as OTP: what reads as NervesKey's keeps its limits, and what can be made again from
 * it gives OTP bytes that read the same.
 */
#include "nerveskey/otp.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static void make_again(const np_nerveskey_otp *otp)
{
    np_manufacturer_serial serial;
    np_nerveskey_otp made;
    np_nerveskey_otp read;
    uint8_t bytes[NP_ATECC_OTP_SIZE];
    bool has_data = !np_bytes_are_all(NP_BYTES(otp->user_data), 0);
    np_bytes user_data = has_data ? NP_BYTES(otp->user_data) : (np_bytes){0};
    np_bytes text = np_bytes_of(otp->serial.text, otp->serial.len);
    if (np_manufacturer_serial_parse(text, &serial, NULL) != NP_OK ||
        np_nerveskey_otp_make(np_bytes_text(otp->board), &serial, user_data, &made, NULL) !=
            NP_OK) {
        return;
    }
    np_nerveskey_otp_encode(&made, bytes);
    require(np_nerveskey_otp_decode(bytes, &read));
    require(strcmp(read.board, otp->board) == 0 && read.serial.len == otp->serial.len);
    require(memcmp(read.serial.text, otp->serial.text, read.serial.len) == 0);
    require(memcmp(read.user_data, otp->user_data, sizeof(read.user_data)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t bytes[NP_ATECC_OTP_SIZE] = {0};
    np_nerveskey_otp otp;
    if (size > 0) {
        memcpy(bytes, data, size < sizeof(bytes) ? size : sizeof(bytes));
    }
    if (!np_nerveskey_otp_decode(bytes, &otp)) {
        return 0;
    }
    require(memcmp(bytes, "Nrvs", 4) == 0);
    require(strlen(otp.board) <= NP_BOARD_MAX && otp.serial.len <= sizeof(otp.serial.text) - 1);
    require(otp.serial.text[otp.serial.len] == '\0');
    make_again(&otp);
    return 0;
}
