/* SPDX-License-Identifier: Apache-2.0 */
#include "nordic/journal.h"

#include "base/format.h"
#include "base/text.h"

static const char first_line[] = "nameplate-modem 1\n";
static const char last_line[] = "end\n";

enum { NUMBER_DIGITS = 10 };

static void write_text(np_writer *writer, const char *word, const char *text)
{
    if (text[0] != '\0') {
        np_write_text(writer, word);
        np_write_u8(writer, ' ');
        np_write_text(writer, text);
        np_write_u8(writer, '\n');
    }
}

static void write_number(np_writer *writer, const char *word, unsigned number)
{
    char text[NUMBER_DIGITS + 1];
    np_format(text, sizeof(text), "%u", number);
    write_text(writer, word, text);
}

static void write_bytes(np_writer *writer, const char *word, np_bytes bytes)
{
    if (bytes.len > 0) {
        np_write_text(writer, word);
        np_write_u8(writer, ' ');
        np_write_base64url(writer, bytes);
        np_write_u8(writer, '\n');
    }
}

static void write_flag(np_writer *writer, const char *word, bool value)
{
    write_text(writer, word, value ? "yes" : "");
}

void np_nordic_journal_write(const np_nordic_journal *journal, np_writer *writer)
{
    np_write_text(writer, first_line);
    write_text(writer, "modem", journal->modem);
    write_number(writer, "tag", journal->tag);
    write_text(writer, "id", journal->id);
    write_flag(writer, "local", journal->is_local);
    if (journal->has_mode) {
        write_number(writer, "mode", journal->mode);
    }
    if (journal->touched != 0) {
        write_number(writer, "touched", journal->touched);
    }
    write_text(writer, "reply", journal->reply.text);
    write_bytes(writer, "key-digest",
                np_bytes_of(journal->key_digest,
                            journal->has_key_digest ? sizeof(journal->key_digest) : 0));
    write_bytes(writer, "key", np_bytes_of(journal->key_pem, journal->key_pem_len));
    write_bytes(writer, "certificate", np_bytes_of(journal->certificate, journal->certificate_len));
    write_flag(writer, "done", journal->is_done);
    np_write_text(writer, last_line);
}

/* Takes what a line has behind its word. */
typedef bool (*take_value)(np_nordic_journal *ret, np_bytes value);

static bool take_text(np_bytes value, char *ret, size_t size)
{
    if (value.len == 0 || value.len >= size || memchr(value.data, 0, value.len) != NULL) {
        return false;
    }
    memcpy(ret, value.data, value.len);
    ret[value.len] = '\0';
    return true;
}

static bool take_number(np_bytes value, unsigned *ret)
{
    uint64_t number = 0;
    for (size_t i = 0; i < value.len && i < NUMBER_DIGITS; i++) {
        uint8_t digit = (uint8_t)(value.data[i] - '0');
        if (digit > 9) {
            return false;
        }
        number = number * 10 + digit;
    }
    *ret = (unsigned)number;
    return value.len > 0 && value.len <= NUMBER_DIGITS && number <= UINT32_MAX;
}

static bool take_bytes(np_bytes value, uint8_t *ret, size_t size, size_t *ret_len)
{
    np_writer writer = np_writer_of(ret, size);
    bool is_good = np_parse_base64url(value, &writer, NULL) == NP_OK && writer.len > 0;
    *ret_len = is_good ? writer.len : 0;
    return is_good;
}

static bool take_yes(np_bytes value, bool *ret)
{
    *ret = np_bytes_equal(value, np_bytes_text("yes"));
    return *ret;
}

static bool take_modem(np_nordic_journal *ret, np_bytes value)
{
    return take_text(value, ret->modem, sizeof(ret->modem));
}

static bool take_tag(np_nordic_journal *ret, np_bytes value)
{
    return take_number(value, &ret->tag);
}

static bool take_id(np_nordic_journal *ret, np_bytes value)
{
    return take_text(value, ret->id, sizeof(ret->id));
}

static bool take_local(np_nordic_journal *ret, np_bytes value)
{
    return take_yes(value, &ret->is_local);
}

static bool take_mode(np_nordic_journal *ret, np_bytes value)
{
    ret->has_mode = take_number(value, &ret->mode);
    return ret->has_mode;
}

static bool take_touched(np_nordic_journal *ret, np_bytes value)
{
    return take_number(value, &ret->touched) && ret->touched != 0;
}

static bool take_reply(np_nordic_journal *ret, np_bytes value)
{
    ret->reply.len = value.len;
    return take_text(value, ret->reply.text, sizeof(ret->reply.text));
}

static bool take_key_digest(np_nordic_journal *ret, np_bytes value)
{
    size_t len;
    ret->has_key_digest = take_bytes(value, ret->key_digest, sizeof(ret->key_digest), &len) &&
                          len == sizeof(ret->key_digest);
    return ret->has_key_digest;
}

static bool take_key(np_nordic_journal *ret, np_bytes value)
{
    return take_bytes(value, ret->key_pem, sizeof(ret->key_pem), &ret->key_pem_len);
}

static bool take_certificate(np_nordic_journal *ret, np_bytes value)
{
    return take_bytes(value, ret->certificate, sizeof(ret->certificate), &ret->certificate_len);
}

static bool take_done(np_nordic_journal *ret, np_bytes value)
{
    return take_yes(value, &ret->is_done);
}

typedef struct journal_row {
    const char *word;
    take_value take;
} journal_row;

/* In the order in which they are written. */
static const journal_row rows[] = {
    {"modem", take_modem}, {"tag", take_tag},
    {"id", take_id},       {"local", take_local},
    {"mode", take_mode},   {"touched", take_touched},
    {"reply", take_reply}, {"key-digest", take_key_digest},
    {"key", take_key},     {"certificate", take_certificate},
    {"done", take_done},
};

static bool take_start(np_bytes *text, const char *start)
{
    size_t len = strlen(start);
    if (text->len < len || memcmp(text->data, start, len) != 0) {
        return false;
    }
    *text = np_bytes_of(text->data + len, text->len - len);
    return true;
}

/* The line of this row, if the text goes on with it; a row of none is left out. */
static bool take_row(const journal_row *row, np_bytes *text, np_nordic_journal *ret)
{
    np_bytes rest = *text;
    if (!take_start(&rest, row->word) || !take_start(&rest, " ")) {
        return true;
    }
    const uint8_t *end = memchr(rest.data, '\n', rest.len);
    if (end == NULL) {
        return false;
    }
    size_t len = (size_t)(end - rest.data);
    *text = np_bytes_of(end + 1, rest.len - len - 1);
    return row->take(ret, np_bytes_of(rest.data, len));
}

np_code np_nordic_journal_read(np_bytes text, np_nordic_journal *ret, np_error *err)
{
    *ret = (np_nordic_journal){0};
    bool is_good = text.len > 0 && take_start(&text, first_line);
    for (size_t i = 0; i < NP_COUNT_OF(rows) && is_good; i++) {
        is_good = take_row(&rows[i], &text, ret);
    }
    if (is_good && take_start(&text, last_line) && text.len == 0 && ret->modem[0] != '\0') {
        return NP_OK;
    }
    np_nordic_journal_clear(ret);
    return np_error_set(err, NP_EINPUT_FORMAT, "no journal of a modem, or a damaged one");
}
