/* SPDX-License-Identifier: Apache-2.0 */
#include "nerveskey/otp.h"

#include "base/text.h"
#include "base/utf8.h"

enum {
    FLAGS_AT = 4,
    BOARD_AT = 6,
    SERIAL_AT = 16,
    USER_DATA_AT = 32,
    FLAG_LONG_SERIAL = 1, /* the serial goes on where user data would be */
};

static const uint8_t magic[4] = {'N', 'r', 'v', 's'};

static bool has_byte(np_bytes text, uint8_t byte)
{
    return text.len > 0 && memchr(text.data, byte, text.len) != NULL;
}

/* What serial and board have in common: what is the text for, and how long may it be? */
static np_code check_text(np_bytes text, const char *what, size_t max, np_error *err)
{
    if (text.len == 0) {
        return np_error_set(err, NP_EINPUT_RANGE, "the %s is empty; it must have 1 to %zu bytes",
                            what, max);
    }
    if (text.len > max) {
        return np_error_set(
            err, NP_EINPUT_RANGE, "the %s '%.*s' has %zu bytes; a chip stores at most %zu", what,
            (int)(text.len < 80 ? text.len : 80), (const char *)text.data, text.len, max);
    }
    if (has_byte(text, '\0')) {
        return np_error_set(err, NP_EINPUT_FORMAT, "the %s contains a NUL byte", what);
    }
    if (has_byte(text, '/')) {
        return np_error_set(err, NP_EINPUT_FORMAT,
                            "the %s '%.*s' contains a \"/\", which existing readers take for the "
                            "end of a name",
                            what, (int)text.len, (const char *)text.data);
    }
    if (!np_is_utf8(text)) {
        return np_error_set(err, NP_EINPUT_FORMAT, "the %s is not UTF-8 text", what);
    }
    return NP_OK;
}

np_code np_manufacturer_serial_parse(np_bytes text, np_manufacturer_serial *ret, np_error *err)
{
    NP_TRY(check_text(text, "serial", NP_MANUFACTURER_SERIAL_MAX, err));
    *ret = (np_manufacturer_serial){.len = text.len};
    memcpy(ret->text, text.data, text.len);
    return NP_OK;
}

np_manufacturer_serial np_manufacturer_serial_default(const np_chip_serial *chip)
{
    np_manufacturer_serial serial = {0};
    np_format_base32(NP_BYTES(chip->bytes), serial.text);
    serial.len = strlen(serial.text);
    return serial;
}

np_code np_nerveskey_otp_make(np_bytes board, const np_manufacturer_serial *serial,
                              np_bytes user_data, np_nerveskey_otp *ret, np_error *err)
{
    NP_TRY(check_text(board, "board name", NP_BOARD_MAX, err));
    if (user_data.len > NP_USER_DATA_MAX) {
        return np_error_set(err, NP_EINPUT_RANGE,
                            "%zu bytes of user data; a chip stores at most %u", user_data.len,
                            (unsigned)NP_USER_DATA_MAX);
    }
    if (user_data.len > 0 && serial->len > NP_MANUFACTURER_SERIAL_SHORT) {
        return np_error_set(err, NP_EINPUT_RANGE,
                            "a serial of %zu bytes takes the place of user data; use at most %u "
                            "bytes of serial, or no user data",
                            serial->len, (unsigned)NP_MANUFACTURER_SERIAL_SHORT);
    }
    *ret = (np_nerveskey_otp){.serial = *serial};
    memcpy(ret->board, board.data, board.len);
    if (user_data.len > 0) {
        memcpy(ret->user_data, user_data.data, user_data.len);
    }
    return NP_OK;
}

void np_nerveskey_otp_encode(const np_nerveskey_otp *otp, uint8_t ret[static NP_ATECC_OTP_SIZE])
{
    bool is_long = otp->serial.len > NP_MANUFACTURER_SERIAL_SHORT;
    memset(ret, 0, NP_ATECC_OTP_SIZE);
    memcpy(ret, magic, sizeof(magic));
    ret[FLAGS_AT + 1] = is_long ? FLAG_LONG_SERIAL : 0;
    memcpy(ret + BOARD_AT, otp->board, strnlen(otp->board, NP_BOARD_MAX));
    if (!is_long) {
        memcpy(ret + USER_DATA_AT, otp->user_data, NP_USER_DATA_MAX);
    }
    memcpy(ret + SERIAL_AT, otp->serial.text, otp->serial.len);
}

static size_t length_without_zeros(const uint8_t *bytes, size_t size)
{
    while (size > 0 && bytes[size - 1] == 0) {
        size--;
    }
    return size;
}

bool np_nerveskey_otp_decode(const uint8_t bytes[static NP_ATECC_OTP_SIZE], np_nerveskey_otp *ret)
{
    if (memcmp(bytes, magic, sizeof(magic)) != 0) {
        return false;
    }
    bool is_long = bytes[FLAGS_AT] == 0 && bytes[FLAGS_AT + 1] == FLAG_LONG_SERIAL;
    size_t serial_size = is_long ? NP_MANUFACTURER_SERIAL_READ_MAX : NP_MANUFACTURER_SERIAL_SHORT;
    *ret = (np_nerveskey_otp){0};
    memcpy(ret->board, bytes + BOARD_AT, length_without_zeros(bytes + BOARD_AT, NP_BOARD_MAX));
    ret->serial.len = length_without_zeros(bytes + SERIAL_AT, serial_size);
    memcpy(ret->serial.text, bytes + SERIAL_AT, ret->serial.len);
    if (!is_long) {
        memcpy(ret->user_data, bytes + USER_DATA_AT, NP_USER_DATA_MAX);
    }
    return true;
}
