/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/version.h"

enum { CORE_NUMBERS = 3 };

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_identifier_byte(uint8_t byte)
{
    return is_digit(byte) || byte == '-' || (byte >= 'a' && byte <= 'z') ||
           (byte >= 'A' && byte <= 'Z');
}

static bool is_number(np_bytes part)
{
    for (size_t i = 0; i < part.len; i++) {
        if (!is_digit(part.data[i])) {
            return false;
        }
    }
    return part.len > 0;
}

static bool is_canonical_number(np_bytes part)
{
    return is_number(part) && (part.len == 1 || part.data[0] != '0');
}

/* Cuts off what stands before the mark; all of it when there is no mark. */
static np_bytes take_part(np_bytes *rest, char mark, bool *ret_has_mark)
{
    const uint8_t *end = rest->len == 0 ? NULL : memchr(rest->data, mark, rest->len);
    size_t len = end == NULL ? rest->len : (size_t)(end - rest->data);
    np_bytes part = np_bytes_of(rest->data, len);
    size_t skipped = end == NULL ? len : len + 1;
    *rest = np_bytes_of(rest->data == NULL ? NULL : rest->data + skipped, rest->len - skipped);
    *ret_has_mark = end != NULL;
    return part;
}

typedef struct version_parts {
    np_bytes core;
    np_bytes pre;
    np_bytes build;
    bool has_pre;
    bool has_build;
} version_parts;

static version_parts split(np_bytes text)
{
    version_parts parts;
    np_bytes rest = text;
    np_bytes precedence = take_part(&rest, '+', &parts.has_build);
    parts.build = rest;
    rest = precedence;
    parts.core = take_part(&rest, '-', &parts.has_pre);
    parts.pre = rest;
    return parts;
}

static bool is_core(np_bytes core)
{
    bool has_more = true;
    for (unsigned i = 0; i < CORE_NUMBERS; i++) {
        np_bytes number = has_more ? take_part(&core, '.', &has_more) : (np_bytes){0};
        if (!is_canonical_number(number)) {
            return false;
        }
    }
    return !has_more;
}

static bool are_identifiers(np_bytes text, bool are_numbers_canonical)
{
    for (bool has_more = true; has_more;) {
        np_bytes part = take_part(&text, '.', &has_more);
        bool is_good = part.len > 0;
        for (size_t i = 0; i < part.len && is_good; i++) {
            is_good = is_identifier_byte(part.data[i]);
        }
        if (!is_good || (are_numbers_canonical && is_number(part) && !is_canonical_number(part))) {
            return false;
        }
    }
    return true;
}

bool np_version_is_valid(np_bytes text)
{
    version_parts parts = split(text);
    return is_core(parts.core) && (!parts.has_pre || are_identifiers(parts.pre, true)) &&
           (!parts.has_build || are_identifiers(parts.build, false));
}

static int sign_of(size_t a, size_t b)
{
    return (a > b) - (a < b);
}

static int compare_bytes(np_bytes a, np_bytes b)
{
    size_t common = a.len < b.len ? a.len : b.len;
    int order = common == 0 ? 0 : memcmp(a.data, b.data, common);
    return order != 0 ? order : sign_of(a.len, b.len);
}

/* Numbers by value, however long; a number before a word; words by their bytes. */
static int compare_identifiers(np_bytes a, np_bytes b)
{
    bool is_a_number = is_number(a);
    bool is_b_number = is_number(b);
    if (is_a_number != is_b_number) {
        return is_a_number ? -1 : 1;
    }
    int by_length = is_a_number ? sign_of(a.len, b.len) : 0;
    return by_length != 0 ? by_length : compare_bytes(a, b);
}

/* The one with more identifiers is newer when all before are equal. */
static int compare_lists(np_bytes a, np_bytes b)
{
    bool has_a = true;
    bool has_b = true;
    int order = 0;
    while (order == 0 && has_a && has_b) {
        np_bytes part_of_a = take_part(&a, '.', &has_a);
        np_bytes part_of_b = take_part(&b, '.', &has_b);
        order = compare_identifiers(part_of_a, part_of_b);
    }
    return order != 0 ? order : sign_of(has_a, has_b);
}

int np_version_compare(np_bytes a, np_bytes b)
{
    version_parts of_a = split(a);
    version_parts of_b = split(b);
    int order = compare_lists(of_a.core, of_b.core);
    if (order != 0 || (!of_a.has_pre && !of_b.has_pre)) {
        return order;
    }
    /* a pre-release comes before its release */
    return of_a.has_pre != of_b.has_pre ? (of_a.has_pre ? -1 : 1)
                                        : compare_lists(of_a.pre, of_b.pre);
}

bool np_version_is_at_most(np_bytes text, const unsigned limit[3])
{
    np_bytes rest = text;
    bool has_more = true;
    int order = 0;
    for (unsigned i = 0; i < CORE_NUMBERS && has_more; i++) {
        np_bytes part = take_part(&rest, '.', &has_more);
        unsigned number = 0;
        if (!is_number(part) || part.len > 6) {
            return false;
        }
        for (size_t at = 0; at < part.len; at++) {
            number = number * 10 + (unsigned)(part.data[at] - '0');
        }
        order = order != 0 ? order : sign_of(number, limit[i]);
    }
    return !has_more && order <= 0;
}
