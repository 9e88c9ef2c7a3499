/* SPDX-License-Identifier: Apache-2.0 */
#include "record/json.h"

#include "base/text.h"
#include "base/utf8.h"

/* The escapes of two characters (RFC 8259 section 7), but for the slash, which needs none. */
static const char short_escapes[] = "\bb\tt\nn\ff\rr\"\"\\\\";

static char short_escape_of(uint8_t character)
{
    for (const char *at = short_escapes; *at != '\0'; at += 2) {
        if ((uint8_t)*at == character) {
            return at[1];
        }
    }
    return '\0';
}

static bool needs_escape(uint8_t character)
{
    return character < 0x20 || character == '"' || character == '\\';
}

static void write_escape(np_writer *writer, uint8_t character)
{
    char letter = short_escape_of(character);
    np_write_u8(writer, '\\');
    if (letter != '\0') {
        np_write_u8(writer, (uint8_t)letter);
        return;
    }
    char digits[3];
    np_format_hex(np_bytes_of(&character, 1), digits);
    np_write_text(writer, "u00");
    np_write_text(writer, digits);
}

void record_json_write_text(np_writer *writer, np_bytes text)
{
    np_write_u8(writer, '"');
    size_t start = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (needs_escape(text.data[i])) {
            np_write_bytes(writer, np_bytes_of(text.data + start, i - start));
            write_escape(writer, text.data[i]);
            start = i + 1;
        }
    }
    if (start < text.len) {
        np_write_bytes(writer, np_bytes_of(text.data + start, text.len - start));
    }
    np_write_u8(writer, '"');
}

enum { HEX_CHUNK = 32 /* most of what is written in hex is a digest */ };

void record_json_write_hex(np_writer *writer, np_bytes bytes)
{
    np_write_u8(writer, '"');
    for (size_t i = 0; i < bytes.len; i += HEX_CHUNK) {
        char digits[2 * HEX_CHUNK + 1];
        size_t len = bytes.len - i < HEX_CHUNK ? bytes.len - i : HEX_CHUNK;
        np_format_hex(np_bytes_of(bytes.data + i, len), digits);
        np_write_bytes(writer, np_bytes_of(digits, 2 * len));
    }
    np_write_u8(writer, '"');
}

void record_json_write_base64(np_writer *writer, np_bytes bytes)
{
    np_write_u8(writer, '"');
    np_write_base64(writer, bytes, 0);
    np_write_u8(writer, '"');
}

void record_json_write_number(np_writer *writer, uint64_t number)
{
    uint8_t digits[20]; /* 2^64 has 20 */
    size_t at = sizeof(digits);
    do {
        digits[--at] = (uint8_t)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    np_write_bytes(writer, np_bytes_of(digits + at, sizeof(digits) - at));
}

void record_json_write_name(np_writer *writer, const char *name)
{
    bool is_first = writer->data != NULL && writer->len > 0 && np_writer_has_room(writer) &&
                    writer->data[writer->len - 1] == '{';
    np_write_text(writer, is_first ? "\"" : ",\"");
    np_write_text(writer, name);
    np_write_text(writer, "\":");
}

static uint8_t peek(const np_reader *reader)
{
    return reader->rest.len > 0 ? reader->rest.data[0] : '\0';
}

static bool take(np_reader *reader, const char *text)
{
    np_bytes wanted = np_bytes_text(text);
    return np_bytes_equal(np_read_bytes(reader, wanted.len), wanted) && !reader->failed;
}

/* The four digits of an escape in its long form: a control character without a short one. */
static bool take_long_escape(np_reader *reader)
{
    uint8_t value;
    char digits[3] = {0};
    char again[3];
    if (!take(reader, "00")) {
        return false;
    }
    np_bytes text = np_read_bytes(reader, 2);
    if (reader->failed) {
        return false;
    }
    memcpy(digits, text.data, 2);
    if (np_parse_hex(digits, &value, 1, NULL) != NP_OK) {
        return false;
    }
    np_format_hex(np_bytes_of(&value, 1), again);
    return value < 0x20 && short_escape_of(value) == '\0' && memcmp(digits, again, 2) == 0;
}

static bool take_escape(np_reader *reader)
{
    uint8_t letter = np_read_u8(reader);
    for (const char *at = short_escapes; *at != '\0'; at += 2) {
        if ((uint8_t)at[1] == letter) {
            return true;
        }
    }
    return letter == 'u' && take_long_escape(reader);
}

/* How many characters follow that stand for themselves. */
static size_t count_plain(np_bytes text)
{
    size_t len = 0;
    while (len < text.len && !needs_escape(text.data[len])) {
        len++;
    }
    return len;
}

static bool take_string(np_reader *reader)
{
    np_bytes whole = reader->rest;
    if (!take(reader, "\"")) {
        return false;
    }
    for (;;) {
        np_read_bytes(reader, count_plain(reader->rest));
        uint8_t character = np_read_u8(reader);
        if (character == '"') {
            return np_is_utf8(np_bytes_of(whole.data, whole.len - reader->rest.len));
        }
        if (character != '\\' || !take_escape(reader)) {
            return false;
        }
    }
}

/* A name needs no escapes, so that the order of the bytes is the order of the names. */
static bool take_name(np_reader *reader, np_bytes *ret)
{
    np_bytes whole = reader->rest;
    if (!take(reader, "\"")) {
        return false;
    }
    size_t len = count_plain(reader->rest);
    *ret = np_read_bytes(reader, len);
    return take(reader, "\":") && np_is_utf8(np_bytes_of(whole.data, len + 2));
}

static bool take_number(np_reader *reader)
{
    np_bytes whole = reader->rest;
    uint64_t value = 0;
    bool is_negative = peek(reader) == '-';
    np_read_bytes(reader, is_negative ? 1 : 0);
    size_t digits = 0;
    for (; peek(reader) >= '0' && peek(reader) <= '9' && digits <= 16; digits++) {
        value = value * 10 + (uint64_t)(np_read_u8(reader) - '0');
    }
    bool has_leading_zero =
        digits > 0 && whole.data[is_negative] == '0' && (digits > 1 || is_negative);
    return digits > 0 && !has_leading_zero && value <= RECORD_JSON_NUMBER_MAX;
}

static int compare_names(np_bytes a, np_bytes b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int order = len == 0 ? 0 : memcmp(a.data, b.data, len);
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static bool take_value(np_reader *reader, unsigned depth);

typedef struct member_list {
    record_json_member *members; /* NULL: only checked */
    size_t max;
    size_t count;
} member_list;

static bool keep_member(member_list *list, np_bytes name, np_bytes value)
{
    if (list == NULL) {
        return true;
    }
    if (list->count >= list->max) {
        return false;
    }
    list->members[list->count++] = (record_json_member){name, value};
    return true;
}

static bool take_object(np_reader *reader, unsigned depth, member_list *list)
{
    np_bytes last = {NULL, 0};
    if (!take(reader, "{")) {
        return false;
    }
    for (bool is_first = true; peek(reader) != '}'; is_first = false) {
        np_bytes name;
        if ((!is_first && !take(reader, ",")) || !take_name(reader, &name) ||
            (!is_first && compare_names(last, name) >= 0)) {
            return false;
        }
        np_bytes value = reader->rest;
        if (!take_value(reader, depth)) {
            return false;
        }
        value.len -= reader->rest.len;
        last = name;
        if (!keep_member(list, name, value)) {
            return false;
        }
    }
    return take(reader, "}");
}

static bool take_array(np_reader *reader, unsigned depth)
{
    if (!take(reader, "[")) {
        return false;
    }
    for (bool is_first = true; peek(reader) != ']'; is_first = false) {
        if ((!is_first && !take(reader, ",")) || !take_value(reader, depth)) {
            return false;
        }
    }
    return take(reader, "]");
}

static bool take_value(np_reader *reader, unsigned depth)
{
    uint8_t first = peek(reader);
    if (depth == 0) {
        return false;
    }
    if (first == '"') {
        return take_string(reader);
    }
    if (first == '{') {
        return take_object(reader, depth - 1, NULL);
    }
    if (first == '[') {
        return take_array(reader, depth - 1);
    }
    if (first == 't' || first == 'n') {
        return take(reader, first == 't' ? "true" : "null");
    }
    return first == 'f' ? take(reader, "false") : take_number(reader);
}

bool record_json_is_value(np_bytes text)
{
    np_reader reader = np_reader_of(text);
    return take_value(&reader, RECORD_JSON_DEPTH_MAX) && np_reader_is_done(&reader);
}

bool record_json_members(np_bytes text, record_json_member *ret, size_t max, size_t *ret_count)
{
    member_list list = {.members = ret, .max = max};
    np_reader reader = np_reader_of(text);
    bool is_good =
        take_object(&reader, RECORD_JSON_DEPTH_MAX - 1, &list) && np_reader_is_done(&reader);
    *ret_count = list.count;
    return is_good;
}

bool record_json_string(np_bytes value, np_bytes *ret)
{
    if (value.len < 2 || value.data[0] != '"') {
        return false;
    }
    *ret = np_bytes_of(value.data + 1, value.len - 2);
    return true;
}

bool record_json_number(np_bytes value, uint64_t *ret)
{
    uint64_t number = 0;
    for (size_t i = 0; i < value.len; i++) {
        if (value.data[i] < '0' || value.data[i] > '9') {
            return false;
        }
        number = number * 10 + (uint64_t)(value.data[i] - '0');
    }
    *ret = number;
    return value.len > 0;
}
