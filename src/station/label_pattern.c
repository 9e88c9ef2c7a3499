/* SPDX-License-Identifier: Apache-2.0 */
#include "station/label_pattern.h"

#include <ctype.h>

static bool is_name(np_bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (isalnum(text.data[i]) == 0 && strchr("._-", text.data[i]) == NULL) {
            return false;
        }
    }
    return text.len > 0 && text.len < NP_LABEL_NAME_SIZE;
}

/* The number behind the colon, from 1; false when there is none. */
static bool parse_limit(np_bytes digits, size_t *ret)
{
    *ret = 0;
    for (size_t i = 0; i < digits.len; i++) {
        if (isdigit(digits.data[i]) == 0) {
            return false;
        }
        *ret = *ret * 10 + (size_t)(digits.data[i] - '0');
    }
    return *ret > 0 && digits.len <= 4;
}

/* What stands between the braces. */
static bool parse_fact(np_bytes inside, label_piece *ret, const char **ret_wrong)
{
    ret->is_fact = true;
    if (inside.len > 0 && inside.data[inside.len - 1] == '?') {
        ret->is_optional = true;
        inside.len--;
    }
    const uint8_t *colon = inside.len == 0 ? NULL : memchr(inside.data, ':', inside.len);
    if (colon != NULL) {
        size_t at = (size_t)(colon - inside.data);
        if (!parse_limit(np_bytes_of(colon + 1, inside.len - at - 1), &ret->limit)) {
            *ret_wrong = "behind the colon of a fact stands how many characters of it, as {uid:8}";
            return false;
        }
        inside.len = at;
    }
    ret->text = inside;
    if (!is_name(inside)) {
        *ret_wrong = "between braces stands the name of a fact, as {serial}";
        return false;
    }
    return true;
}

static void advance(np_bytes *pattern, size_t len)
{
    *pattern = np_bytes_of(pattern->data + len, pattern->len - len);
}

static bool is_brace(uint8_t byte)
{
    return byte == '{' || byte == '}';
}

bool label_next_piece(np_bytes *pattern, label_piece *ret, const char **ret_wrong)
{
    size_t len = 0;
    *ret = (label_piece){.is_fact = false};
    *ret_wrong = NULL;
    if (pattern->len == 0) {
        return false;
    }
    while (len < pattern->len && !is_brace(pattern->data[len])) {
        len++;
    }
    if (len > 0) {
        ret->text = np_bytes_of(pattern->data, len);
        advance(pattern, len);
        return true;
    }
    if (pattern->len > 1 && pattern->data[1] == pattern->data[0]) {
        ret->text = np_bytes_of(pattern->data, 1);
        advance(pattern, 2);
        return true;
    }
    const uint8_t *end = pattern->data[0] == '}' ? NULL : memchr(pattern->data, '}', pattern->len);
    if (end == NULL) {
        *ret_wrong = "a brace alone: write {{ or }} for the character itself";
        return false;
    }
    np_bytes inside = np_bytes_of(pattern->data + 1, (size_t)(end - pattern->data) - 1);
    advance(pattern, inside.len + 2);
    return parse_fact(inside, ret, ret_wrong);
}

np_bytes label_first_characters(np_bytes text, size_t limit)
{
    size_t characters = 0;
    for (size_t i = 0; i < text.len && limit > 0; i++) {
        bool is_first_byte = (text.data[i] & 0xc0) != 0x80;
        if (is_first_byte && characters++ == limit) {
            return np_bytes_of(text.data, i);
        }
    }
    return text;
}
