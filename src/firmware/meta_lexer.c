/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/meta_lexer.h"

static const char marks[] = "{}()=,";
static const char word_ends[] = " \t\r\n\"'#{}()=,";

static np_code refuse(const meta_lexer *lexer, const char *what, np_error *err)
{
    return firmware_refuse(err, NP_FIRMWARE_META_SYNTAX, "meta.conf line %u: %s", lexer->line,
                           what);
}

static uint8_t peek(const meta_lexer *lexer, size_t offset)
{
    return offset < lexer->rest.len ? lexer->rest.data[offset] : 0;
}

static uint8_t take(meta_lexer *lexer)
{
    uint8_t byte = lexer->rest.data[0];
    lexer->rest = np_bytes_of(lexer->rest.data + 1, lexer->rest.len - 1);
    lexer->line += byte == '\n';
    return byte;
}

static bool is_at(const meta_lexer *lexer, const char *text)
{
    size_t len = strlen(text);
    return lexer->rest.len >= len && memcmp(lexer->rest.data, text, len) == 0;
}

static void skip_line(meta_lexer *lexer)
{
    while (lexer->rest.len > 0 && peek(lexer, 0) != '\n') {
        take(lexer);
    }
}

static np_code skip_block(meta_lexer *lexer, np_error *err)
{
    while (lexer->rest.len > 0 && !is_at(lexer, "*/")) {
        take(lexer);
    }
    if (lexer->rest.len == 0) {
        return refuse(lexer, "a comment has no end", err);
    }
    take(lexer);
    take(lexer);
    return NP_OK;
}

/* White space and the three kinds of comment. */
static np_code skip_blanks(meta_lexer *lexer, np_error *err)
{
    while (lexer->rest.len > 0) {
        if (is_at(lexer, "/*")) {
            NP_TRY(skip_block(lexer, err));
        } else if (is_at(lexer, "//") || is_at(lexer, "#")) {
            skip_line(lexer);
        } else if (strchr(" \t\r\n", peek(lexer, 0)) != NULL && peek(lexer, 0) != '\0') {
            take(lexer);
        } else {
            return NP_OK;
        }
    }
    return NP_OK;
}

static unsigned digit_value(uint8_t byte)
{
    if (byte >= '0' && byte <= '9') {
        return byte - (unsigned)'0';
    }
    byte |= 0x20;
    return byte >= 'a' && byte <= 'f' ? byte - (unsigned)'a' + 10 : 16;
}

static uint8_t take_number(meta_lexer *lexer, unsigned base, unsigned digits_max)
{
    unsigned value = 0;
    for (unsigned i = 0;
         i < digits_max && lexer->rest.len > 0 && digit_value(peek(lexer, 0)) < base; i++) {
        value = value * base + digit_value(take(lexer));
    }
    return (uint8_t)value;
}

/* Behind the backslash; fwup's writer makes the first two and no others. */
static np_code take_escape(meta_lexer *lexer, np_error *err)
{
    static const char names[] = "abefnrtv";
    static const char values[] = "\a\b\033\f\n\r\t\v";
    uint8_t byte = peek(lexer, 0);
    if (byte == '"' || byte == '\\') {
        np_write_u8(lexer->room, take(lexer));
        return NP_OK;
    }
    if (!lexer->is_lenient || lexer->rest.len == 0) {
        return refuse(lexer, "an escape that fwup does not write", err);
    }
    const char *known = byte == '\0' ? NULL : strchr(names, byte);
    if (digit_value(byte) < 8) {
        np_write_u8(lexer->room, take_number(lexer, 8, 3));
        return NP_OK;
    }
    take(lexer);
    if (byte == 'x') {
        np_write_u8(lexer->room, take_number(lexer, 16, 2));
    } else if (byte != '\n') {
        np_write_u8(lexer->room, known != NULL ? (uint8_t)values[known - names] : byte);
    }
    return NP_OK;
}

static np_code take_string(meta_lexer *lexer, np_error *err)
{
    uint8_t quote = take(lexer);
    while (lexer->rest.len > 0 && peek(lexer, 0) != quote) {
        uint8_t byte = take(lexer);
        if (byte == '\\' && quote == '"') {
            NP_TRY(take_escape(lexer, err));
        } else {
            np_write_u8(lexer->room, byte);
        }
    }
    if (lexer->rest.len == 0) {
        return refuse(lexer, "a string has no end", err);
    }
    take(lexer);
    return NP_OK;
}

static np_code take_word(meta_lexer *lexer, np_error *err)
{
    size_t before = lexer->rest.len;
    while (lexer->rest.len > 0 && peek(lexer, 0) != '\0' &&
           strchr(word_ends, peek(lexer, 0)) == NULL && !is_at(lexer, "+=")) {
        np_write_u8(lexer->room, take(lexer));
    }
    return lexer->rest.len < before ? NP_OK : refuse(lexer, "an unexpected byte", err);
}

static np_code take_text(meta_lexer *lexer, meta_token *ret, np_error *err)
{
    size_t before = lexer->room->len;
    bool is_quoted = peek(lexer, 0) == '"' || peek(lexer, 0) == '\'';
    NP_TRY(is_quoted ? take_string(lexer, err) : take_word(lexer, err));
    ret->kind = is_quoted ? META_STRING : META_WORD;
    ret->text = np_bytes_of(lexer->room->data + before, lexer->room->len - before);
    return NP_OK;
}

np_code meta_next(meta_lexer *lexer, meta_token *ret, np_error *err)
{
    *ret = (meta_token){.kind = META_END};
    NP_TRY(skip_blanks(lexer, err));
    if (lexer->rest.len == 0) {
        return NP_OK;
    }
    bool is_append = is_at(lexer, "+=");
    if (!is_append && (peek(lexer, 0) == '\0' || strchr(marks, peek(lexer, 0)) == NULL)) {
        return take_text(lexer, ret, err);
    }
    ret->kind = META_MARK;
    ret->mark = (char)take(lexer);
    if (is_append) {
        take(lexer);
    }
    return NP_OK;
}
