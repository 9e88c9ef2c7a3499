/* SPDX-License-Identifier: Apache-2.0 */
#include "modem/at.h"

/* More digits than any number of the grammar has. */
enum { DIGITS_MAX = 18 };

static void skip_blanks(np_reader *reader)
{
    while (reader->rest.len > 0 && (reader->rest.data[0] == ' ' || reader->rest.data[0] == '\t')) {
        (void)np_read_u8(reader);
    }
}

static bool is_next_digit(const np_reader *reader)
{
    return reader->rest.len > 0 && reader->rest.data[0] >= '0' && reader->rest.data[0] <= '9';
}

bool np_at_take_number(np_reader *reader, uint64_t *ret)
{
    uint64_t value = 0;
    unsigned digits = 0;
    skip_blanks(reader);
    while (is_next_digit(reader) && digits <= DIGITS_MAX) {
        value = value * 10 + (uint64_t)(np_read_u8(reader) - '0');
        digits++;
    }
    *ret = value;
    return digits > 0 && digits <= DIGITS_MAX;
}

bool np_at_take_text(np_reader *reader, np_bytes *ret)
{
    skip_blanks(reader);
    if (reader->rest.len == 0 || np_read_u8(reader) != '"') {
        return false;
    }
    const uint8_t *end = memchr(reader->rest.data, '"', reader->rest.len);
    if (end == NULL) {
        return false;
    }
    *ret = np_read_bytes(reader, (size_t)(end - reader->rest.data));
    (void)np_read_u8(reader);
    return true;
}

bool np_at_take_comma(np_reader *reader)
{
    skip_blanks(reader);
    return reader->rest.len > 0 && np_read_u8(reader) == ',';
}

bool np_at_is_done(np_reader *reader)
{
    skip_blanks(reader);
    return reader->rest.len == 0;
}

void np_at_write_number(np_writer *writer, uint64_t number)
{
    char digits[24];
    size_t at = sizeof(digits);
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    np_write_bytes(writer, np_bytes_of(digits + at, sizeof(digits) - at));
}

static bool is_text(np_bytes line, const char *text)
{
    return np_bytes_equal(line, np_bytes_text(text));
}

/* "+CME ERROR: 513"; also without the blank. */
static bool take_error(np_bytes line, const char *begin, unsigned *ret_code)
{
    size_t length = strlen(begin);
    uint64_t code = 0;
    if (line.len < length || memcmp(line.data, begin, length) != 0) {
        return false;
    }
    np_reader reader = np_reader_of(np_bytes_of(line.data + length, line.len - length));
    bool is_number = np_at_take_number(&reader, &code) && np_at_is_done(&reader);
    if (!is_number || code > UINT16_MAX) {
        return false;
    }
    *ret_code = (unsigned)code;
    return true;
}

np_at_final np_at_final_of(np_bytes line, unsigned *ret_code)
{
    *ret_code = 0;
    if (is_text(line, "OK")) {
        return NP_AT_OK;
    }
    if (is_text(line, "ERROR")) {
        return NP_AT_ERROR;
    }
    if (take_error(line, "+CME ERROR:", ret_code)) {
        return NP_AT_CME_ERROR;
    }
    return take_error(line, "+CMS ERROR:", ret_code) ? NP_AT_CMS_ERROR : NP_AT_NOT_FINAL;
}

/* Of at_host's sample, the Serial LTE Modem, and whatever Zephyr boots (specs of the modem 2.1). */
static const char *const boot_texts[] = {
    "Ready",
    "The AT host sample started",
    "*** Booting ",
};

bool np_at_is_boot_text(np_bytes line)
{
    if (is_text(line, boot_texts[0])) {
        return true;
    }
    for (size_t i = 1; i < NP_COUNT_OF(boot_texts); i++) {
        size_t length = strlen(boot_texts[i]);
        if (line.len >= length && memcmp(line.data, boot_texts[i], length) == 0) {
            return true;
        }
    }
    return false;
}
