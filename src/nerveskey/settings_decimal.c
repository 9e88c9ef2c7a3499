/* SPDX-License-Identifier: Apache-2.0 */
#include "nerveskey/settings_decimal.h"

enum { TEN = 10 };

/* Divides by ten in place and returns the remainder. */
static unsigned divide(uint8_t *magnitude, size_t len)
{
    unsigned remainder = 0;
    for (size_t i = len; i > 0; i--) {
        unsigned value = remainder << 8 | magnitude[i - 1];
        magnitude[i - 1] = (uint8_t)(value / TEN);
        remainder = value % TEN;
    }
    return remainder;
}

void settings_big_format(bool is_negative, np_bytes magnitude,
                         char ret_text[SETTINGS_BIG_TEXT_SIZE])
{
    uint8_t left[SETTINGS_BIG_MAX] = {0};
    char digits[SETTINGS_BIG_TEXT_SIZE];
    size_t count = 0;
    size_t len = 0;
    memcpy(left, magnitude.data, magnitude.len);
    do {
        digits[count++] = (char)('0' + divide(left, magnitude.len));
    } while (!np_bytes_are_all(np_bytes_of(left, magnitude.len), 0));
    if (is_negative) {
        ret_text[len++] = '-';
    }
    while (count > 0) {
        ret_text[len++] = digits[--count];
    }
    ret_text[len] = '\0';
}

/* Multiplies by ten and adds; false when there is no room. */
static bool append(settings_big *big, unsigned digit)
{
    unsigned carry = digit;
    for (size_t i = 0; i < big->len; i++) {
        unsigned value = big->magnitude[i] * (unsigned)TEN + carry;
        big->magnitude[i] = (uint8_t)value;
        carry = value >> 8;
    }
    if (carry > 0 && big->len == SETTINGS_BIG_MAX) {
        return false;
    }
    if (carry > 0) {
        big->magnitude[big->len++] = (uint8_t)carry;
    }
    return true;
}

np_code settings_big_parse(np_bytes text, settings_big *ret, np_error *err)
{
    *ret = (settings_big){.is_negative = text.len > 0 && text.data[0] == '-'};
    size_t begin = ret->is_negative ? 1 : 0;
    if (text.len == begin) {
        return np_error_set(err, NP_EINPUT_FORMAT, "\"$bigint\" takes decimal digits");
    }
    for (size_t i = begin; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return np_error_set(err, NP_EINPUT_FORMAT, "\"$bigint\" takes decimal digits");
        }
        if (!append(ret, text.data[i] - (unsigned)'0')) {
            return np_error_set(err, NP_EINPUT_RANGE, "\"$bigint\" has more than %d bytes",
                                SETTINGS_BIG_MAX);
        }
    }
    return NP_OK;
}
