/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include "base/wipe.h"

void np_format_hex(np_bytes bytes, char *ret_text)
{
    for (size_t i = 0; i < bytes.len; i++) {
        ret_text[2 * i] = "0123456789abcdef"[bytes.data[i] >> 4];
        ret_text[2 * i + 1] = "0123456789abcdef"[bytes.data[i] & 15];
    }
    ret_text[2 * bytes.len] = '\0';
}

static int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    if (digit >= 'a' && digit <= 'f') {
        return digit - 'a' + 10;
    }
    return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

np_code np_parse_hex(const char *text, uint8_t *ret_bytes, size_t size, np_error *err)
{
    if (strlen(text) != 2 * size) {
        return np_error_set(err, NP_EINPUT_FORMAT, "'%s' is not %zu hex digits", text, 2 * size);
    }
    for (size_t i = 0; i < size; i++) {
        int high = hex_value(text[2 * i]);
        int low = hex_value(text[2 * i + 1]);
        if (high < 0 || low < 0) {
            return np_error_set(err, NP_EINPUT_FORMAT, "'%s' has a character that is no hex digit",
                                text);
        }
        ret_bytes[i] = (uint8_t)(high << 4 | low);
    }
    return NP_OK;
}

void np_format_base32(np_bytes bytes, char *ret_text)
{
    uint32_t bits = 0;
    unsigned count = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        bits = bits << 8 | bytes.data[i];
        for (count += 8; count >= 5; count -= 5) {
            *ret_text++ = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[bits >> (count - 5) & 31];
        }
    }
    if (count > 0) {
        *ret_text++ = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[bits << (5 - count) & 31];
    }
    *ret_text = '\0';
}

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Four digits for up to three bytes; there are have of them, and padding for the others. */
static void encode_group(const uint8_t *bytes, size_t have, const char *digits, char ret_group[4])
{
    uint32_t bits = (uint32_t)bytes[0] << 16;
    bits |= have > 1 ? (uint32_t)bytes[1] << 8 : 0;
    bits |= have > 2 ? bytes[2] : 0;
    ret_group[0] = digits[bits >> 18 & 63];
    ret_group[1] = digits[bits >> 12 & 63];
    ret_group[2] = have > 1 ? digits[bits >> 6 & 63] : '=';
    ret_group[3] = have > 2 ? digits[bits & 63] : '=';
}

/* In pieces: to write each group alone would cost more than to encode it. */
static void write_groups(np_writer *writer, np_bytes bytes, const char *digits, bool is_padded)
{
    enum { PIECE_GROUPS = 64 };
    char text[4 * PIECE_GROUPS];
    while (bytes.len > 0) {
        size_t have = bytes.len < 3 * PIECE_GROUPS ? bytes.len : 3 * PIECE_GROUPS;
        size_t groups = (have + 2) / 3;
        for (size_t i = 0; i < groups; i++) {
            size_t left = have - 3 * i;
            encode_group(bytes.data + 3 * i, left < 3 ? left : 3, digits, text + 4 * i);
        }
        np_write_bytes(writer, np_bytes_of(text, is_padded ? 4 * groups : (4 * have + 2) / 3));
        bytes = np_bytes_of(bytes.data + have, bytes.len - have);
    }
    np_wipe(text, sizeof(text)); /* keys are written so, too */
}

void np_write_base64(np_writer *writer, np_bytes bytes, size_t line_length)
{
    size_t line_bytes = line_length == 0 ? bytes.len : (line_length + 3) / 4 * 3;
    while (bytes.len > 0) {
        size_t have = bytes.len < line_bytes ? bytes.len : line_bytes;
        write_groups(writer, np_bytes_of(bytes.data, have), base64_digits, true);
        if (line_length > 0) {
            np_write_u8(writer, '\n');
        }
        bytes = np_bytes_of(bytes.data + have, bytes.len - have);
    }
}

void np_write_base64url(np_writer *writer, np_bytes bytes)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    write_groups(writer, bytes, digits, false);
}

/* One more than the value; what is no digit has 0. */
static const uint8_t base64_values[256] = {
    ['A'] = 1,  ['B'] = 2,  ['C'] = 3,  ['D'] = 4,  ['E'] = 5,  ['F'] = 6,  ['G'] = 7,  ['H'] = 8,
    ['I'] = 9,  ['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16,
    ['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22, ['W'] = 23, ['X'] = 24,
    ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32,
    ['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36, ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40,
    ['o'] = 41, ['p'] = 42, ['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48,
    ['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56,
    ['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62, ['+'] = 63, ['/'] = 64};

/* Negative: it is none. */
static int base64_value(uint8_t digit)
{
    return (int)base64_values[digit] - 1;
}

static bool is_space(uint8_t character)
{
    return character == ' ' || character == '\n' || character == '\r' || character == '\t';
}

typedef struct base64_state {
    uint32_t bits;
    unsigned digits; /* in the present group of four, padding included */
    unsigned padding;
} base64_state;

static bool take_base64(base64_state *state, uint8_t character, np_writer *writer)
{
    int value = character == '=' ? 0 : base64_value(character);
    bool is_padding = character == '=';
    if (value < 0 || (is_padding && state->digits < 2) || (!is_padding && state->padding > 0)) {
        return false;
    }
    state->bits = state->bits << 6 | (uint32_t)value;
    state->digits++;
    state->padding += is_padding;
    if (state->digits < 4) {
        return true;
    }
    uint32_t unused = state->padding == 2 ? 0xffff : state->padding == 1 ? 0xff : 0;
    if ((state->bits & unused) != 0) {
        return false;
    }
    for (unsigned i = 0; i < 3 - state->padding; i++) {
        np_write_u8(writer, (uint8_t)(state->bits >> (16 - 8 * i)));
    }
    /* After padding nothing may follow: keep the padding so that the next character fails. */
    *state = (base64_state){.padding = state->padding};
    return true;
}

/*
 * Whole groups of four digits from the beginning, as nearly all of a text is, until something else
 * comes; returns how many characters these were.
 */
static size_t take_groups(np_bytes text, uint8_t (*plain)(uint8_t character), np_writer *writer)
{
    uint8_t bytes[96]; /* a writer asks for room each time */
    size_t len = 0;
    size_t at = 0;
    for (; text.len - at >= 4; at += 4) {
        int values[4];
        for (size_t i = 0; i < 4; i++) {
            values[i] = base64_value(plain(text.data[at + i]));
        }
        if ((values[0] | values[1] | values[2] | values[3]) < 0) {
            break;
        }
        bytes[len] = (uint8_t)(values[0] << 2 | values[1] >> 4);
        bytes[len + 1] = (uint8_t)(values[1] << 4 | values[2] >> 2);
        bytes[len + 2] = (uint8_t)(values[2] << 6 | values[3]);
        len += 3;
        if (len == sizeof(bytes)) {
            np_write_bytes(writer, NP_BYTES(bytes));
            len = 0;
        }
    }
    np_write_bytes(writer, np_bytes_of(bytes, len));
    np_wipe(bytes, sizeof(bytes)); /* it may be a key */
    return at;
}

static uint8_t same_digit(uint8_t character)
{
    return character;
}

np_code np_parse_base64(np_bytes text, np_writer *writer, np_error *err)
{
    base64_state state = {0};
    for (size_t i = take_groups(text, same_digit, writer); i < text.len; i++) {
        if (is_space(text.data[i])) {
            continue;
        }
        if (!take_base64(&state, text.data[i], writer)) {
            return np_error_set(err, NP_EINPUT_FORMAT, "character %zu breaks the Base64 form", i);
        }
    }
    if (state.digits != 0) {
        return np_error_set(err, NP_EINPUT_FORMAT, "the Base64 text ends in the middle of a group");
    }
    if (!np_writer_has_room(writer)) {
        return np_error_set(err, NP_EINPUT_RANGE, "%zu bytes of Base64 are too many", writer->len);
    }
    return NP_OK;
}

/* The two digits that differ, and everything that only the other alphabet has. */
static uint8_t plain_digit(uint8_t character)
{
    switch (character) {
    case '-':
        return '+';
    case '_':
        return '/';
    case '+':
    case '/':
    case '=':
        return ' '; /* no digit of either */
    default:
        return character;
    }
}

np_code np_parse_base64url(np_bytes text, np_writer *writer, np_error *err)
{
    base64_state state = {0};
    bool is_good = true;
    for (size_t i = take_groups(text, plain_digit, writer); i < text.len; i++) {
        if (!take_base64(&state, plain_digit(text.data[i]), writer)) {
            return np_error_set(err, NP_EINPUT_FORMAT, "character %zu breaks the Base64url form",
                                i);
        }
    }
    while (is_good && state.digits != 0) {
        is_good = take_base64(&state, '=', writer);
    }
    if (!is_good) {
        return np_error_set(err, NP_EINPUT_FORMAT,
                            "the Base64url text ends in the middle of a byte");
    }
    if (!np_writer_has_room(writer)) {
        return np_error_set(err, NP_EINPUT_RANGE, "%zu bytes of Base64url are too many",
                            writer->len);
    }
    return NP_OK;
}
