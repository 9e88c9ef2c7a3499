/* SPDX-License-Identifier: Apache-2.0 */
#include "station/serials.h"

#include "base/format.h"
#include "base/utf8.h"

static bool is_plain(uint8_t byte)
{
    return byte >= 0x20 && byte != 0x7f && byte != '"' && byte != '\\';
}

static bool is_digit(char character)
{
    return character >= '0' && character <= '9';
}

np_code np_serial_check(np_bytes serial, np_error *err)
{
    if (serial.len == 0 || serial.len >= NP_UNIT_SERIAL_SIZE) {
        return np_error_set(err, NP_EPOLICY, "a serial has 1 to %d bytes, this one has %zu",
                            NP_UNIT_SERIAL_SIZE - 1, serial.len);
    }
    for (size_t i = 0; i < serial.len; i++) {
        if (!is_plain(serial.data[i])) {
            return np_error_set(err, NP_EPOLICY,
                                "a serial has no control characters, quotes and backslashes");
        }
    }
    return np_is_utf8(serial) ? NP_OK : np_error_set(err, NP_EPOLICY, "the serial is no UTF-8");
}

static np_code refuse(np_error *err, const char *text)
{
    np_error_set(err, NP_EINPUT_FORMAT, "'%s' is no pattern of serials", text);
    return np_error_hint(err, NP_EINPUT_FORMAT,
                         "scan, or a text with its digits in braces, as T2-{6}; at most %d of "
                         "them and %d bytes in all",
                         NP_SERIAL_DIGITS_MAX, NP_UNIT_SERIAL_SIZE - 1);
}

/* "{6}" at the beginning; NULL: it is something else. */
static const char *take_braces(const char *text, unsigned *ret_digits)
{
    unsigned digits = 0;
    for (text++; is_digit(*text) && digits < NP_SERIAL_DIGITS_MAX; text++) {
        digits = 10 * digits + (unsigned)(*text - '0');
    }
    *ret_digits = digits;
    return *text == '}' && digits >= 1 && digits <= NP_SERIAL_DIGITS_MAX ? text + 1 : NULL;
}

np_code np_serials_parse(const char *text, np_serials *ret, np_error *err)
{
    char example[NP_UNIT_SERIAL_SIZE];
    *ret = (np_serials){.is_scanned = strcmp(text, "scan") == 0};
    if (ret->is_scanned) {
        return NP_OK;
    }
    const char *open = strchr(text, '{');
    const char *rest = open == NULL ? NULL : take_braces(open, &ret->digits);
    if (rest == NULL || strpbrk(rest, "{}") != NULL) {
        return refuse(err, text);
    }
    size_t len = (size_t)(open - text) + ret->digits + strlen(rest);
    if (len >= NP_UNIT_SERIAL_SIZE) {
        return refuse(err, text);
    }
    np_format(ret->before, sizeof(ret->before), "%.*s", (int)(open - text), text);
    np_format(ret->after, sizeof(ret->after), "%s", rest);
    (void)np_serials_format(ret, 0, example);
    return np_serial_check(np_bytes_text(example), NULL) == NP_OK ? NP_OK : refuse(err, text);
}

uint64_t np_serials_end(const np_serials *serials)
{
    uint64_t end = 1;
    for (unsigned i = 0; i < serials->digits; i++) {
        end *= 10;
    }
    return end;
}

bool np_serials_format(const np_serials *serials, uint64_t number,
                       char ret[static NP_UNIT_SERIAL_SIZE])
{
    char digits[NP_SERIAL_DIGITS_MAX + 1] = "";
    if (number >= np_serials_end(serials)) {
        return false;
    }
    for (unsigned i = serials->digits; i-- > 0; number /= 10) {
        digits[i] = (char)('0' + number % 10);
    }
    np_format(ret, NP_UNIT_SERIAL_SIZE, "%s%s%s", serials->before, digits, serials->after);
    return true;
}

bool np_serials_number(const np_serials *serials, np_bytes serial, uint64_t *ret_number)
{
    size_t before = strlen(serials->before);
    size_t after = strlen(serials->after);
    uint64_t number = 0;
    if (serials->is_scanned || serial.len != before + serials->digits + after ||
        memcmp(serial.data, serials->before, before) != 0 ||
        memcmp(serial.data + before + serials->digits, serials->after, after) != 0) {
        return false;
    }
    for (size_t i = before; i < before + serials->digits; i++) {
        if (!is_digit((char)serial.data[i])) {
            return false;
        }
        number = 10 * number + (uint64_t)(serial.data[i] - '0');
    }
    *ret_number = number;
    return true;
}
