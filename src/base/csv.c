/* SPDX-License-Identifier: Apache-2.0 */
#include "base/csv.h"

static bool is_line_end(uint8_t byte)
{
    return byte == '\r' || byte == '\n';
}

void np_csv_write_quoted(np_writer *writer, np_bytes text)
{
    np_write_u8(writer, '"');
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '"') {
            np_write_u8(writer, '"');
        }
        np_write_u8(writer, text.data[i]);
    }
    np_write_u8(writer, '"');
}

void np_csv_write_field(np_writer *writer, np_bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == ',' || text.data[i] == '"' || is_line_end(text.data[i])) {
            np_csv_write_quoted(writer, text);
            return;
        }
    }
    np_write_bytes(writer, text);
}

/* The length of the quoted field that the text begins with; 0: it does not end. */
static size_t measure_quoted(np_bytes text)
{
    for (size_t i = 1; i < text.len; i++) {
        if (text.data[i] != '"') {
            continue;
        }
        if (i + 1 == text.len || text.data[i + 1] != '"') {
            return i + 1;
        }
        i++;
    }
    return 0;
}

static size_t measure_plain(np_bytes text)
{
    size_t len = 0;
    while (len < text.len && text.data[len] != ',' && text.data[len] != '"' &&
           !is_line_end(text.data[len])) {
        len++;
    }
    return len;
}

static np_bytes rest_of(np_bytes text, size_t from)
{
    return np_bytes_of(text.data + from, text.len - from);
}

/* The length of the line end that the text begins with; 0: none. */
static size_t measure_end(np_bytes text)
{
    if (text.len >= 2 && text.data[0] == '\r' && text.data[1] == '\n') {
        return 2;
    }
    return text.len >= 1 && text.data[0] == '\n' ? 1 : 0;
}

/* Takes the fields of a row from the text, up to the line end or the end of the text. */
static np_csv_found take_fields(np_bytes text, np_csv_row *ret, size_t *ret_len)
{
    size_t at = 0;
    for (;;) {
        np_bytes rest = rest_of(text, at);
        bool is_quoted = rest.len > 0 && rest.data[0] == '"';
        size_t len = is_quoted ? measure_quoted(rest) : measure_plain(rest);
        if (is_quoted && len == 0) {
            return NP_CSV_OPEN;
        }
        if (ret->count == NP_CSV_FIELDS_MAX) {
            return NP_CSV_BROKEN;
        }
        ret->fields[ret->count++] = np_bytes_of(rest.data, len);
        at += len;
        rest = rest_of(text, at);
        if (rest.len > 0 && rest.data[0] == ',') {
            at++;
            continue;
        }
        size_t end = measure_end(rest);
        ret->has_end = end > 0;
        *ret_len = at + end;
        return rest.len == 0 || end > 0 ? NP_CSV_ROW : NP_CSV_BROKEN;
    }
}

np_csv_found np_csv_next(np_reader *reader, np_csv_row *ret)
{
    size_t len = 0;
    size_t end;
    while ((end = measure_end(reader->rest)) > 0) {
        (void)np_read_bytes(reader, end);
    }
    *ret = (np_csv_row){.whole = reader->rest};
    if (reader->rest.len == 0) {
        return NP_CSV_END;
    }
    np_csv_found found = take_fields(reader->rest, ret, &len);
    if (found == NP_CSV_ROW) {
        ret->whole = np_read_bytes(reader, len);
    }
    return found;
}

/* Calls for each byte that the field says, until one is not wanted. */
static bool walk(np_bytes field, bool (*take)(void *self, uint8_t byte), void *self)
{
    bool is_quoted = field.len >= 2 && field.data[0] == '"';
    size_t last = is_quoted ? field.len - 1 : field.len;
    for (size_t i = is_quoted ? 1 : 0; i < last; i++) {
        if (!take(self, field.data[i])) {
            return false;
        }
        i += is_quoted && field.data[i] == '"' ? 1 : 0;
    }
    return true;
}

static bool write_byte(void *self, uint8_t byte)
{
    np_write_u8(self, byte);
    return true;
}

void np_csv_write_text(np_writer *writer, np_bytes field)
{
    if (field.len < 2 || field.data[0] != '"') {
        np_write_bytes(writer, field);
        return;
    }
    (void)walk(field, write_byte, writer);
}

static bool match_byte(void *self, uint8_t byte)
{
    np_reader *expected = self;
    return expected->rest.len > 0 && np_read_u8(expected) == byte;
}

bool np_csv_says(np_bytes field, np_bytes text)
{
    np_reader expected = np_reader_of(text);
    return walk(field, match_byte, &expected) && np_reader_is_done(&expected);
}
