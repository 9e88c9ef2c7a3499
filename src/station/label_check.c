/* SPDX-License-Identifier: Apache-2.0 */
#include "base/format.h"
#include "base/utf8.h"
#include "station/label_pattern.h"

#include <ctype.h>

/* A symbology's prefix (ISO/IEC 15424): ]Q and a digit for QR codes. */
np_bytes np_label_strip(np_bytes text)
{
    while (text.len > 0 && strchr("\r\n\t", text.data[text.len - 1]) != NULL) {
        text.len--;
    }
    while (text.len > 0 && strchr("\r\n\t", text.data[0]) != NULL) {
        text = np_bytes_of(text.data + 1, text.len - 1);
    }
    if (text.len >= 3 && memcmp(text.data, "]Q", 2) == 0 && isdigit(text.data[2]) != 0) {
        text = np_bytes_of(text.data + 3, text.len - 3);
    }
    return text;
}

static bool begins(np_bytes text, np_bytes with)
{
    return text.len >= with.len && memcmp(text.data, with.data, with.len) == 0;
}

static bool is_nothing(np_bytes printed, np_bytes scanned)
{
    (void)printed;
    return scanned.len == 0;
}

static bool is_cut(np_bytes printed, np_bytes scanned)
{
    return begins(printed, scanned);
}

static bool is_more(np_bytes printed, np_bytes scanned)
{
    return begins(scanned, printed);
}

static bool is_capitals(np_bytes printed, np_bytes scanned)
{
    if (printed.len != scanned.len) {
        return false;
    }
    for (size_t i = 0; i < printed.len; i++) {
        if (tolower(printed.data[i]) != tolower(scanned.data[i])) {
            return false;
        }
    }
    return true;
}

static bool is_encoding(np_bytes printed, np_bytes scanned)
{
    uint8_t mistaken[2 * NP_LABEL_TEXT_SIZE];
    np_writer writer = np_writer_of(mistaken, sizeof(mistaken));
    np_latin1_to_utf8(printed, &writer);
    return np_bytes_equal(np_writer_bytes(&writer), scanned);
}

/*
 * What a German keyboard makes of the keys that an American one has for a character: the two
 * layouts that lines mix up most; others differ in these places too.
 */
static const struct {
    char meant;
    const char *typed;
} keys[] = {
    {'y', "z"}, {'z', "y"}, {'Y', "Z"},  {'Z', "Y"}, {'-', "ß"},  {'_', "?"}, {'/', "-"},
    {'?', "_"}, {':', "Ö"}, {';', "ö"},  {'=', "´"}, {'+', "`"},  {'&', "/"}, {'(', ")"},
    {')', "="}, {'*', "("}, {'@', "\""}, {'#', "§"}, {'^', "&"},  {'"', "Ä"}, {'\'', "ä"},
    {'[', "ü"}, {']', "+"}, {'{', "Ü"},  {'}', "*"}, {'\\', "#"}, {'|', "'"}, {'<', ";"},
    {'>', ":"}, {'`', "^"}, {'~', "°"},
};

static const char *typed_for(uint8_t meant)
{
    for (size_t i = 0; i < NP_COUNT_OF(keys); i++) {
        if ((uint8_t)keys[i].meant == meant) {
            return keys[i].typed;
        }
    }
    return NULL;
}

static bool is_keyboard(np_bytes printed, np_bytes scanned)
{
    uint8_t typed[2 * NP_LABEL_TEXT_SIZE];
    np_writer writer = np_writer_of(typed, sizeof(typed));
    for (size_t i = 0; i < printed.len; i++) {
        const char *other = typed_for(printed.data[i]);
        if (other != NULL) {
            np_write_text(&writer, other);
        } else {
            np_write_u8(&writer, printed.data[i]);
        }
    }
    return np_bytes_equal(np_writer_bytes(&writer), scanned);
}

/* The first rule that holds, after equality; other units and others have rules of their own. */
static const struct {
    np_label_verdict verdict;
    bool (*holds)(np_bytes printed, np_bytes scanned);
} rules[] = {
    {NP_LABEL_SAME, np_bytes_equal},  {NP_LABEL_NOTHING, is_nothing},
    {NP_LABEL_CUT, is_cut},           {NP_LABEL_MORE, is_more},
    {NP_LABEL_CAPITALS, is_capitals}, {NP_LABEL_ENCODING, is_encoding},
    {NP_LABEL_KEYBOARD, is_keyboard},
};

/* Up to the text that follows in the pattern, or all when nothing follows. */
static bool take_value(np_bytes *text, const label_piece *next, np_bytes *ret)
{
    size_t len = 0;
    while (next != NULL && len <= text->len &&
           !begins(np_bytes_of(text->data + len, text->len - len), next->text)) {
        len++;
    }
    if (next == NULL) {
        len = text->len;
    }
    if (len > text->len) {
        return false;
    }
    *ret = np_bytes_of(text->data, len);
    *text = np_bytes_of(text->data + len, text->len - len);
    return true;
}

static bool take_piece(np_bytes *text, const label_piece *piece, const label_piece *next,
                       np_bytes *ret)
{
    if (piece->is_fact) {
        return take_value(text, next, ret);
    }
    *ret = piece->text;
    if (!begins(*text, piece->text)) {
        return false;
    }
    *text = np_bytes_of(text->data + piece->text.len, text->len - piece->text.len);
    return true;
}

static void put(char *to, size_t size, np_bytes text)
{
    np_format(to, size, "%.*s", (int)text.len, (const char *)text.data);
}

/*
 * Goes through the pattern with both texts at once. A fact that another fact follows directly has
 * no end that can be known: then only their lengths tell them apart, and nothing is said.
 */
static bool is_other_unit(np_bytes pattern, np_bytes printed, np_bytes scanned, np_label_scan *ret)
{
    label_piece piece;
    const char *wrong;
    bool has_found = false;
    while (label_next_piece(&pattern, &piece, &wrong)) {
        label_piece next;
        np_bytes ahead = pattern;
        np_bytes here;
        np_bytes there;
        bool has_next = label_next_piece(&ahead, &next, &wrong);
        if ((piece.is_fact && has_next && next.is_fact) ||
            !take_piece(&printed, &piece, has_next ? &next : NULL, &here) ||
            !take_piece(&scanned, &piece, has_next ? &next : NULL, &there)) {
            return false;
        }
        if (!has_found && !np_bytes_equal(here, there)) {
            has_found = true;
            put(ret->fact, sizeof(ret->fact), piece.text);
            put(ret->printed, sizeof(ret->printed), here);
            put(ret->scanned, sizeof(ret->scanned), there);
        }
    }
    return has_found && printed.len == 0 && scanned.len == 0;
}

static const np_label_mark *first_code(const np_label *label)
{
    for (size_t i = 0; i < label->count; i++) {
        if (label->marks[i].item->kind == NP_LABEL_QR) {
            return &label->marks[i];
        }
    }
    return NULL;
}

np_bytes np_label_code_pattern(const np_label_template *template)
{
    for (size_t i = 0; i < template->count; i++) {
        if (template->items[i].kind == NP_LABEL_QR) {
            return template->items[i].pattern;
        }
    }
    return (np_bytes){NULL, 0};
}

const char *np_label_code_text(const np_label *label)
{
    const np_label_mark *mark = first_code(label);
    return mark == NULL ? "" : mark->text;
}

void np_label_check_text(np_bytes pattern, np_bytes printed, np_bytes scanned, np_label_scan *ret)
{
    np_bytes read = np_label_strip(scanned);
    *ret = (np_label_scan){.verdict = NP_LABEL_OTHER};
    for (size_t i = 0; i < NP_COUNT_OF(rules); i++) {
        if (rules[i].holds(printed, read)) {
            ret->verdict = rules[i].verdict;
            return;
        }
    }
    np_label_scan other = *ret;
    if (is_other_unit(pattern, printed, read, &other)) {
        *ret = other;
        ret->verdict = NP_LABEL_OTHER_UNIT;
    }
}

np_code np_label_check(const np_label *label, np_bytes scanned, np_label_scan *ret, np_error *err)
{
    const np_label_mark *mark = first_code(label);
    if (mark == NULL) {
        *ret = (np_label_scan){.verdict = NP_LABEL_OTHER};
        return np_error_set(err, NP_EINPUT_MISSING, "the label has no code that could be scanned");
    }
    np_label_check_text(mark->item->pattern, np_bytes_text(mark->text), scanned, ret);
    return NP_OK;
}

static const struct {
    const char *name;
    const char *text;
} verdicts[NP_LABEL_VERDICT_COUNT] = {
    [NP_LABEL_SAME] = {"same", "the label says what was printed"},
    [NP_LABEL_NOTHING] = {"nothing",
                          "the scanner has read nothing: print the label again, and look "
                          "at the print head and the ribbon"},
    [NP_LABEL_CUT] = {"cut", "only the beginning came: the scanner's buffer or its line is too "
                             "short"},
    [NP_LABEL_MORE] = {"more", "there is more behind it: two scans in one, or a suffix that the "
                               "scanner adds"},
    [NP_LABEL_CAPITALS] = {"capitals", "capitals and small letters differ: Caps Lock, or a setting "
                                       "of the scanner"},
    [NP_LABEL_ENCODING] = {"encoding", "the scanner takes UTF-8 for Latin-1: set it to UTF-8"},
    [NP_LABEL_KEYBOARD] = {"keyboard",
                           "the scanner types for another layout of keyboards than this "
                           "computer has: set its country"},
    [NP_LABEL_OTHER_UNIT] = {"other-unit", "this is the label of another unit"},
    [NP_LABEL_OTHER] = {"other", "this is another label, or none of ours"},
};

const char *np_label_verdict_name(np_label_verdict verdict)
{
    return verdicts[verdict].name;
}

const char *np_label_verdict_text(np_label_verdict verdict)
{
    return verdicts[verdict].text;
}
