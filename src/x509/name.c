/* SPDX-License-Identifier: Apache-2.0 */
#include "x509/name.h"

#include "base/utf8.h"
#include "x509/der.h"
#include "x509/oids.h"

enum { OID_MAX = 9, TEXT_MAX = 255 /* emailAddress, the longest */ };

typedef struct attribute_type {
    const char *name;
    uint8_t oid[OID_MAX];
    uint8_t oid_len;
    uint8_t tag;
    uint8_t max; /* characters: upper bounds of RFC 5280 appendix A */
} attribute_type;

static const attribute_type types[] = {
    {"C", {0x55, 0x04, 0x06}, 3, NP_DER_PRINTABLE_STRING, 2},
    {"ST", {0x55, 0x04, 0x08}, 3, NP_DER_UTF8_STRING, 128},
    {"L", {0x55, 0x04, 0x07}, 3, NP_DER_UTF8_STRING, 128},
    {"O", {0x55, 0x04, 0x0a}, 3, NP_DER_UTF8_STRING, 64},
    {"OU", {0x55, 0x04, 0x0b}, 3, NP_DER_UTF8_STRING, 64},
    {"CN", {0x55, 0x04, 0x03}, 3, NP_DER_UTF8_STRING, 64},
    {"serialNumber", {0x55, 0x04, 0x05}, 3, NP_DER_PRINTABLE_STRING, 64},
    {"emailAddress",
     {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x01},
     9,
     X509_TAG_IA5_STRING,
     TEXT_MAX},
};

/* Not those of the C library, which ask the locale. */
static bool is_digit(uint8_t character)
{
    return character >= '0' && character <= '9';
}

static uint8_t to_lower(uint8_t character)
{
    return character >= 'A' && character <= 'Z' ? (uint8_t)(character + ('a' - 'A')) : character;
}

static bool is_alphanumeric(uint8_t character)
{
    uint8_t lower = to_lower(character);
    return is_digit(character) || (lower >= 'a' && lower <= 'z');
}

static bool is_same_word(np_bytes word, const char *name)
{
    if (word.len != strlen(name)) {
        return false;
    }
    for (size_t i = 0; i < word.len; i++) {
        if (to_lower(word.data[i]) != to_lower((uint8_t)name[i])) {
            return false;
        }
    }
    return true;
}

static const attribute_type *find_type(np_bytes name)
{
    for (size_t i = 0; i < NP_COUNT_OF(types); i++) {
        if (is_same_word(name, types[i].name)) {
            return &types[i];
        }
    }
    return NULL;
}

bool np_name_has_type(np_bytes type)
{
    return find_type(type) != NULL;
}

/* X.680 41.4 */
static bool is_printable(np_bytes text)
{
    static const char others[] = " '()+,-./:=?";
    for (size_t i = 0; i < text.len; i++) {
        if (!is_alphanumeric(text.data[i]) &&
            memchr(others, text.data[i], sizeof(others) - 1) == NULL) {
            return false;
        }
    }
    return true;
}

static bool is_visible_ascii(np_bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < 0x20 || text.data[i] > 0x7e) {
            return false;
        }
    }
    return true;
}

static bool is_text_of(uint8_t tag, np_bytes text)
{
    return tag == NP_DER_PRINTABLE_STRING ? is_printable(text)
           : tag == X509_TAG_IA5_STRING   ? is_visible_ascii(text)
                                          : np_is_utf8(text);
}

static void write_rdn(np_writer *writer, const attribute_type *row, np_bytes text)
{
    size_t set = np_der_open(writer, NP_DER_SET);
    size_t pair = np_der_open(writer, NP_DER_SEQUENCE);
    np_der_write(writer, NP_DER_OID, np_bytes_of(row->oid, row->oid_len));
    np_der_write(writer, row->tag, text);
    np_der_close(writer, pair);
    np_der_close(writer, set);
}

np_code np_name_write_attribute(np_writer *writer, np_bytes type, np_bytes text, np_error *err)
{
    const attribute_type *row = find_type(type);
    if (row == NULL) {
        return np_error_set(err, NP_EINPUT_MISSING, "'%.*s' is no attribute of a name",
                            (int)type.len, (const char *)type.data);
    }
    if (text.len == 0 || text.len > row->max) {
        return np_error_set(err, NP_EINPUT_RANGE, "%s has %zu bytes; it has 1 to %u", row->name,
                            text.len, (unsigned)row->max);
    }
    if (!is_text_of(row->tag, text) || memchr(text.data, '\0', text.len) != NULL) {
        return np_error_set(err, NP_EINPUT_FORMAT, "%s has characters that it cannot have",
                            row->name);
    }
    write_rdn(writer, row, text);
    return NP_OK;
}

static int hex_value(uint8_t digit)
{
    uint8_t lower = to_lower(digit);
    return is_digit(digit) ? digit - '0' : lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* One character behind a backslash: two hex digits, or itself. */
static bool take_escaped(np_reader *text, np_writer *value)
{
    uint8_t first = np_read_u8(text);
    int high = hex_value(first);
    if (high < 0) {
        np_write_u8(value, first);
        return !text->failed && first > 0x20 && first < 0x7f && !is_alphanumeric(first);
    }
    int low = hex_value(np_read_u8(text));
    np_write_u8(value, (uint8_t)(high << 4 | (low & 0xf)));
    return !text->failed && low >= 0;
}

/* Up to the next comma, which is taken as well. */
static bool take_value(np_reader *text, np_writer *value)
{
    while (text->rest.len > 0) {
        uint8_t next = np_read_u8(text);
        if (next == ',') {
            return text->rest.len > 0;
        }
        if (next == '+' || next == '"' || next == ';') {
            return false; /* RDNs of several values and quoting are not for devices */
        }
        if (next != '\\') {
            np_write_u8(value, next);
        } else if (!take_escaped(text, value)) {
            return false;
        }
    }
    return true;
}

static np_bytes take_type(np_reader *text)
{
    const uint8_t *equals =
        text->rest.len == 0 ? NULL : memchr(text->rest.data, '=', text->rest.len);
    if (equals == NULL) {
        return (np_bytes){NULL, 0};
    }
    np_bytes type = np_read_bytes(text, (size_t)(equals - text->rest.data));
    (void)np_read_u8(text);
    return type;
}

/* The type and, with its escapes undone, the value of the next attribute of a text. */
static np_code take_pair(np_reader *reader, np_bytes *ret_type, np_writer *ret_value,
                         const char *text, np_error *err)
{
    *ret_type = take_type(reader);
    if (ret_type->len == 0 || !take_value(reader, ret_value) || !np_writer_has_room(ret_value)) {
        return np_error_set(err, NP_EINPUT_FORMAT,
                            "'%s' is no name like 'C=DE,O=Acme\\, Inc.,CN=unit'", text);
    }
    return NP_OK;
}

np_code np_name_write_text(np_writer *writer, const char *text, np_error *err)
{
    np_reader reader = np_reader_of(np_bytes_text(text));
    while (reader.rest.len > 0) {
        uint8_t bytes[TEXT_MAX + 1];
        np_writer value = np_writer_of(bytes, sizeof(bytes));
        np_bytes type;
        NP_TRY(take_pair(&reader, &type, &value, text, err));
        NP_TRY(np_name_write_attribute(writer, type, np_writer_bytes(&value), err));
    }
    return NP_OK;
}

/* Writes the attributes of one type that the text has, and counts them. */
static np_code write_type(np_writer *writer, const char *text, const char *wanted,
                          size_t *ret_count, np_error *err)
{
    np_reader reader = np_reader_of(np_bytes_text(text));
    *ret_count = 0;
    while (reader.rest.len > 0) {
        uint8_t bytes[TEXT_MAX + 1];
        np_writer value = np_writer_of(bytes, sizeof(bytes));
        np_bytes type;
        NP_TRY(take_pair(&reader, &type, &value, text, err));
        if (is_same_word(type, wanted)) {
            NP_TRY(np_name_write_attribute(writer, type, np_writer_bytes(&value), err));
            (*ret_count)++;
        }
    }
    return *ret_count < 2
               ? NP_OK
               : np_error_set(err, NP_EINPUT_FORMAT, "'%s' has %s more than once", text, wanted);
}

static np_code check_types(const char *text, const np_name_order *order, np_error *err)
{
    np_reader reader = np_reader_of(np_bytes_text(text));
    while (reader.rest.len > 0) {
        uint8_t bytes[TEXT_MAX + 1];
        np_writer value = np_writer_of(bytes, sizeof(bytes));
        np_bytes type;
        size_t i = 0;
        NP_TRY(take_pair(&reader, &type, &value, text, err));
        while (i < order->count && !is_same_word(type, order->types[i])) {
            i++;
        }
        if (i == order->count) {
            return np_error_set(err, NP_EINPUT_MISSING, "'%.*s' is no attribute of such a name",
                                (int)type.len, (const char *)type.data);
        }
    }
    return NP_OK;
}

np_code np_name_write_in_order(np_writer *writer, const char *text, const np_name_order *order,
                               np_error *err)
{
    NP_TRY(check_types(text, order, err));
    for (size_t i = 0; i < order->count; i++) {
        size_t count = 0;
        NP_TRY(write_type(writer, text, order->types[i], &count, err));
        if (count == 0 && order->writes_missing) {
            write_rdn(writer, find_type(np_bytes_text(order->types[i])), (np_bytes){NULL, 0});
        }
    }
    return NP_OK;
}

static bool is_of_type(np_bytes pair, const attribute_type *type, np_bytes *ret_text)
{
    np_der oid;
    np_der text;
    np_reader reader = np_reader_of(pair);
    if (!np_der_take(&reader, NP_DER_OID, &oid) || !np_der_next(&reader, &text) ||
        !np_bytes_equal(oid.content, np_bytes_of(type->oid, type->oid_len))) {
        return false;
    }
    *ret_text = text.content;
    return true;
}

/* How many attributes of this type the Name has; the value of the first. */
static size_t count_type(np_bytes name, const char *type, np_bytes *ret_text)
{
    const attribute_type *row = find_type(np_bytes_text(type));
    np_der outer;
    np_der set;
    np_der pair;
    np_bytes text;
    size_t count = 0;
    np_reader whole = np_reader_of(name);
    *ret_text = (np_bytes){NULL, 0};
    if (row == NULL || !np_der_take(&whole, NP_DER_SEQUENCE, &outer)) {
        return 0;
    }
    np_reader each = np_reader_of(outer.content);
    while (each.rest.len > 0 && np_der_take(&each, NP_DER_SET, &set)) {
        np_reader first = np_reader_of(set.content);
        if (np_der_take(&first, NP_DER_SEQUENCE, &pair) && is_of_type(pair.content, row, &text)) {
            *ret_text = count++ == 0 ? text : *ret_text;
        }
    }
    return count;
}

bool np_name_find(np_bytes name, const char *type, np_bytes *ret_text)
{
    return count_type(name, type, ret_text) > 0;
}

bool np_name_find_only(np_bytes name, const char *type, np_bytes *ret_text)
{
    return count_type(name, type, ret_text) == 1;
}
