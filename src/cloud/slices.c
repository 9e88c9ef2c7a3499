/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/slices.h"

#include "base/utf8.h"

typedef struct scan {
    const uint8_t *at;
    const uint8_t *end;
    unsigned depth_left;
    const char *wrong; /* NULL: nothing yet */
} scan;

static const char ends_early[] = "it ends in the middle";
static const char is_malformed[] = "it is no JSON";

static bool refuse(scan *on, const char *why)
{
    on->wrong = on->wrong == NULL ? why : on->wrong;
    return false;
}

static void skip_space(scan *on)
{
    while (on->at < on->end &&
           (*on->at == ' ' || *on->at == '\n' || *on->at == '\r' || *on->at == '\t')) {
        on->at++;
    }
}

static bool take(scan *on, char wanted)
{
    if (on->at == on->end) {
        return refuse(on, ends_early);
    }
    return *on->at == (uint8_t)wanted ? (on->at++, true) : refuse(on, is_malformed);
}

static bool is_next(const scan *on, char wanted)
{
    return on->at < on->end && *on->at == (uint8_t)wanted;
}

static bool is_hex(uint8_t digit)
{
    return (digit >= '0' && digit <= '9') || (digit >= 'a' && digit <= 'f') ||
           (digit >= 'A' && digit <= 'F');
}

static bool skip_escape(scan *on)
{
    size_t rest = (size_t)(on->end - on->at);
    if (rest < 2) {
        return refuse(on, ends_early);
    }
    if (on->at[1] != 'u') {
        bool is_known = on->at[1] != '\0' && strchr("\"\\/bfnrt", on->at[1]) != NULL;
        on->at += 2;
        return is_known ? true : refuse(on, is_malformed);
    }
    for (size_t i = 2; i < 6; i++) {
        if (rest <= i || !is_hex(on->at[i])) {
            return refuse(on, rest <= i ? ends_early : is_malformed);
        }
    }
    on->at += 6;
    return true;
}

/* What nearly every string has up to its quote: a loop that compilers do in large steps. */
static size_t plain_length(const scan *on)
{
    size_t rest = (size_t)(on->end - on->at);
    const uint8_t *quote = rest > 0 ? memchr(on->at, '"', rest) : NULL;
    size_t len = quote == NULL ? 0 : (size_t)(quote - on->at);
    unsigned is_special = 0;
    for (size_t i = 0; i < len; i++) {
        is_special |= (on->at[i] < 0x20) | (on->at[i] == '\\');
    }
    return is_special != 0 ? 0 : len;
}

/* ret_text is what stands between the quotes. */
static bool skip_string(scan *on, np_bytes *ret_text, bool *ret_has_escapes)
{
    *ret_has_escapes = false;
    if (!take(on, '"')) {
        return false;
    }
    const uint8_t *start = on->at;
    on->at += plain_length(on);
    while (on->at < on->end && *on->at != '"') {
        if (*on->at < 0x20) {
            return refuse(on, "a string has a control character in it");
        }
        if (*on->at != '\\') {
            on->at++;
            continue;
        }
        *ret_has_escapes = true;
        if (!skip_escape(on)) {
            return false;
        }
    }
    *ret_text = np_bytes_of(start, (size_t)(on->at - start));
    return take(on, '"');
}

static bool skip_digits(scan *on)
{
    const uint8_t *start = on->at;
    while (on->at < on->end && *on->at >= '0' && *on->at <= '9') {
        on->at++;
    }
    return on->at > start ? true : refuse(on, is_malformed);
}

static bool skip_number(scan *on)
{
    on->at += is_next(on, '-') ? 1 : 0;
    if (is_next(on, '0')) {
        on->at++;
    } else if (!skip_digits(on)) {
        return false;
    }
    if (is_next(on, '.')) {
        on->at++;
        if (!skip_digits(on)) {
            return false;
        }
    }
    if (!is_next(on, 'e') && !is_next(on, 'E')) {
        return true;
    }
    on->at++;
    on->at += is_next(on, '+') || is_next(on, '-') ? 1 : 0;
    return skip_digits(on);
}

static bool skip_word(scan *on)
{
    static const char *const words[] = {"true", "false", "null"};
    for (size_t i = 0; i < NP_COUNT_OF(words); i++) {
        size_t len = strlen(words[i]);
        if ((size_t)(on->end - on->at) >= len && memcmp(on->at, words[i], len) == 0) {
            on->at += len;
            return true;
        }
    }
    return refuse(on, is_malformed);
}

static bool skip_value(scan *on, np_bytes *ret);

static bool has_name(const cloud_members *members, np_bytes name)
{
    for (size_t i = 0; i < members->count; i++) {
        if (np_bytes_equal(members->at[i].name, name)) {
            return true;
        }
    }
    return false;
}

static bool skip_member(scan *on, cloud_members *members)
{
    cloud_member member;
    bool has_escapes = false;
    skip_space(on);
    if (!skip_string(on, &member.name, &has_escapes)) {
        return false;
    }
    skip_space(on);
    if (!take(on, ':') || !skip_value(on, &member.value)) {
        return false;
    }
    if (has_escapes) {
        return refuse(on, "the name of a member has escapes in it");
    }
    if (has_name(members, member.name)) {
        return refuse(on, "an object has a member twice");
    }
    if (members->count == CLOUD_SLICES_MAX) {
        return refuse(on, "an object has too many members");
    }
    members->at[members->count++] = member;
    return true;
}

static bool skip_object(scan *on, cloud_members *ret)
{
    ret->count = 0;
    if (!take(on, '{')) {
        return false;
    }
    skip_space(on);
    if (is_next(on, '}')) {
        return take(on, '}');
    }
    do {
        if (!skip_member(on, ret)) {
            return false;
        }
    } while (is_next(on, ',') && take(on, ','));
    return take(on, '}');
}

static bool skip_array(scan *on, cloud_items *ret)
{
    ret->count = 0;
    if (!take(on, '[')) {
        return false;
    }
    skip_space(on);
    if (is_next(on, ']')) {
        return take(on, ']');
    }
    do {
        np_bytes item;
        if (!skip_value(on, &item)) {
            return false;
        }
        if (ret->count == CLOUD_SLICES_MAX) {
            return refuse(on, "an array has too many entries");
        }
        ret->at[ret->count++] = item;
    } while (is_next(on, ',') && take(on, ','));
    return take(on, ']');
}

static bool skip_container(scan *on)
{
    union {
        cloud_members members;
        cloud_items items;
    } inner;
    if (on->depth_left == 0) {
        return refuse(on, "it is nested too deeply");
    }
    on->depth_left--;
    bool is_good = *on->at == '{' ? skip_object(on, &inner.members) : skip_array(on, &inner.items);
    on->depth_left++;
    return is_good;
}

static bool skip_plain(scan *on)
{
    np_bytes text;
    bool has_escapes;
    if (on->at == on->end) {
        return refuse(on, ends_early);
    }
    if (*on->at == '"') {
        return skip_string(on, &text, &has_escapes);
    }
    return *on->at == '-' || (*on->at >= '0' && *on->at <= '9') ? skip_number(on) : skip_word(on);
}

/* ret is the value without the white space around it, which is skipped too. */
static bool skip_value(scan *on, np_bytes *ret)
{
    skip_space(on);
    const uint8_t *start = on->at;
    bool is_good = is_next(on, '{') || is_next(on, '[') ? skip_container(on) : skip_plain(on);
    *ret = np_bytes_of(start, (size_t)(on->at - start));
    skip_space(on);
    return is_good;
}

/* Pointers are not calculated with where there are no bytes: the value may be that of no member. */
static scan scan_of(np_bytes value, unsigned depth)
{
    static const uint8_t nothing[1];
    const uint8_t *start = value.len > 0 ? value.data : nothing;
    return (scan){.at = start, .end = start + value.len, .depth_left = depth};
}

const char *cloud_slices_check(np_bytes text, unsigned depth_max)
{
    scan on = scan_of(text, depth_max);
    np_bytes value;
    if (!np_is_utf8(text)) {
        return "it is no UTF-8";
    }
    if (!skip_value(&on, &value)) {
        return on.wrong;
    }
    return on.at == on.end ? NULL : "something follows it";
}

bool cloud_slices_members(np_bytes object, cloud_members *ret)
{
    scan on = scan_of(object, CLOUD_SLICES_DEPTH_MAX);
    return object.len > 0 && skip_object(&on, ret);
}

bool cloud_slices_items(np_bytes array, cloud_items *ret)
{
    scan on = scan_of(array, CLOUD_SLICES_DEPTH_MAX);
    return array.len > 0 && skip_array(&on, ret);
}

np_bytes cloud_slices_find(const cloud_members *members, const char *name)
{
    for (size_t i = 0; i < members->count; i++) {
        if (np_bytes_equal(members->at[i].name, np_bytes_text(name))) {
            return members->at[i].value;
        }
    }
    return (np_bytes){NULL, 0};
}

static uint32_t hex_value(const uint8_t *digits)
{
    uint32_t value = 0;
    for (size_t i = 0; i < 4; i++) {
        uint8_t digit = digits[i];
        uint32_t low = digit <= '9' ? digit - 48U : (digit | 32U) - 87U; /* '0', 'a' - 10 */
        value = value << 4 | low;
    }
    return value;
}

static void write_utf8(np_writer *writer, uint32_t point)
{
    if (point < 0x80) {
        np_write_u8(writer, (uint8_t)point);
        return;
    }
    unsigned more = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
    static const uint8_t leads[] = {0, 0xc0, 0xe0, 0xf0};
    np_write_u8(writer, (uint8_t)(leads[more] | point >> (6 * more)));
    while (more-- > 0) {
        np_write_u8(writer, (uint8_t)(0x80 | (point >> (6 * more) & 0x3f)));
    }
}

/* Four hex digits, or twice four for what lies above FFFF. */
static bool write_escaped_point(np_bytes text, size_t *at, np_writer *room)
{
    uint32_t point = hex_value(text.data + *at + 2);
    *at += 6;
    if (point >= 0xd800 && point < 0xdc00) {
        bool has_more = text.len - *at >= 6 && text.data[*at] == '\\' && text.data[*at + 1] == 'u';
        uint32_t low = has_more ? hex_value(text.data + *at + 2) : 0;
        if (low < 0xdc00 || low >= 0xe000) {
            return false;
        }
        point = 0x10000 + ((point - 0xd800) << 10 | (low - 0xdc00));
        *at += 6;
    } else if (point == 0 || (point >= 0xdc00 && point < 0xe000)) {
        return false;
    }
    write_utf8(room, point);
    return true;
}

static bool write_escape(np_bytes text, size_t *at, np_writer *room)
{
    static const char letters[] = "bfnrt";
    uint8_t kind = text.data[*at + 1];
    if (kind == 'u') {
        return write_escaped_point(text, at, room);
    }
    const char *letter = strchr(letters, kind);
    np_write_u8(room, letter == NULL ? kind : (uint8_t) "\b\f\n\r\t"[letter - letters]);
    *at += 2;
    return true;
}

bool cloud_slices_text(np_bytes value, np_writer *room, np_bytes *ret)
{
    scan on = scan_of(value, CLOUD_SLICES_DEPTH_MAX);
    bool has_escapes = false;
    np_bytes text;
    if (value.len == 0 || value.data[0] != '"' || !skip_string(&on, &text, &has_escapes)) {
        return false;
    }
    *ret = text;
    if (!has_escapes) {
        return true;
    }
    size_t start = room->len;
    for (size_t at = 0; at < text.len;) {
        if (text.data[at] != '\\') {
            np_write_u8(room, text.data[at++]);
        } else if (!write_escape(text, &at, room)) {
            return false;
        }
    }
    *ret = np_bytes_of(room->data + start, room->len - start);
    return np_writer_has_room(room);
}
