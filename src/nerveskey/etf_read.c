/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"
#include "nerveskey/etf.h"

enum { FLOAT_EXPONENT_MASK = 0x7ff, FLOAT_FRACTION_BITS = 52, COMPRESSED = 0x50 };

typedef bool (*head_reader)(np_reader *reader, np_etf_term *ret);

static bool read_small_integer(np_reader *reader, np_etf_term *ret)
{
    ret->integer = np_read_u8(reader);
    return true;
}

static bool read_integer(np_reader *reader, np_etf_term *ret)
{
    ret->integer = (int32_t)np_read_u32_be(reader);
    return true;
}

/* Sign byte 0 or 1; that leading zero bytes are possible does not make it another number. */
static bool read_small_big(np_reader *reader, np_etf_term *ret)
{
    size_t len = np_read_u8(reader);
    uint8_t sign = np_read_u8(reader);
    ret->is_negative = sign == 1;
    ret->bytes = np_read_bytes(reader, len);
    return sign <= 1;
}

static bool read_float(np_reader *reader, np_etf_term *ret)
{
    uint64_t bits = np_read_u64_be(reader);
    memcpy(&ret->real, &bits, sizeof(bits));
    return (bits >> FLOAT_FRACTION_BITS & FLOAT_EXPONENT_MASK) != FLOAT_EXPONENT_MASK;
}

static bool read_binary(np_reader *reader, np_etf_term *ret)
{
    size_t len = np_read_u32_be(reader);
    ret->bytes = np_read_bytes(reader, len);
    return true;
}

static bool read_string(np_reader *reader, np_etf_term *ret)
{
    size_t len = np_read_u16_be(reader);
    ret->bytes = np_read_bytes(reader, len);
    return true;
}

/* One byte a character. */
static bool read_latin1(np_reader *reader, size_t len, np_etf_term *ret)
{
    ret->bytes = np_read_bytes(reader, len);
    return len <= NP_ETF_ATOM_MAX;
}

static bool read_atom_latin1(np_reader *reader, np_etf_term *ret)
{
    return read_latin1(reader, np_read_u16_be(reader), ret);
}

static bool read_small_atom_latin1(np_reader *reader, np_etf_term *ret)
{
    return read_latin1(reader, np_read_u8(reader), ret);
}

static bool read_utf8(np_reader *reader, size_t len, np_etf_term *ret)
{
    size_t characters = 0;
    ret->bytes = np_read_bytes(reader, len);
    return np_utf8_count(ret->bytes, &characters) && characters <= NP_ETF_ATOM_MAX;
}

static bool read_atom_utf8(np_reader *reader, np_etf_term *ret)
{
    return read_utf8(reader, np_read_u16_be(reader), ret);
}

static bool read_small_atom_utf8(np_reader *reader, np_etf_term *ret)
{
    return read_utf8(reader, np_read_u8(reader), ret);
}

static bool read_nothing(np_reader *reader, np_etf_term *ret)
{
    (void)reader;
    (void)ret;
    return true;
}

static bool read_small_count(np_reader *reader, np_etf_term *ret)
{
    ret->count = np_read_u8(reader);
    return true;
}

static bool read_count(np_reader *reader, np_etf_term *ret)
{
    ret->count = np_read_u32_be(reader);
    return true;
}

typedef struct tag_row {
    uint8_t tag;
    np_etf_kind kind;
    head_reader read;
    const char *fault; /* when the reader says no */
} tag_row;

static const tag_row tags[] = {
    {NP_ETF_SMALL_INTEGER, NP_ETF_IS_INTEGER, read_small_integer, ""},
    {NP_ETF_INTEGER, NP_ETF_IS_INTEGER, read_integer, ""},
    {NP_ETF_SMALL_BIG, NP_ETF_IS_BIG, read_small_big, "a sign that is neither 0 nor 1"},
    {NP_ETF_FLOAT, NP_ETF_IS_FLOAT, read_float, "a float that is no number"},
    {NP_ETF_ATOM_LATIN1, NP_ETF_IS_ATOM, read_atom_latin1, "an atom of more than 255 characters"},
    {NP_ETF_SMALL_ATOM_LATIN1, NP_ETF_IS_ATOM, read_small_atom_latin1, ""},
    {NP_ETF_ATOM_UTF8, NP_ETF_IS_ATOM, read_atom_utf8,
     "an atom that is no UTF-8 of at most 255 characters"},
    {NP_ETF_SMALL_ATOM_UTF8, NP_ETF_IS_ATOM, read_small_atom_utf8,
     "an atom that is no UTF-8 of at most 255 characters"},
    {NP_ETF_BINARY, NP_ETF_IS_BINARY, read_binary, ""},
    {NP_ETF_STRING, NP_ETF_IS_STRING, read_string, ""},
    {NP_ETF_NIL, NP_ETF_IS_NIL, read_nothing, ""},
    {NP_ETF_LIST, NP_ETF_IS_LIST, read_count, ""},
    {NP_ETF_SMALL_TUPLE, NP_ETF_IS_TUPLE, read_small_count, ""},
    {NP_ETF_LARGE_TUPLE, NP_ETF_IS_TUPLE, read_count, ""},
    {NP_ETF_MAP, NP_ETF_IS_MAP, read_count, ""},
};

static const tag_row *find_tag(uint8_t tag)
{
    for (size_t i = 0; i < NP_COUNT_OF(tags); i++) {
        if (tags[i].tag == tag) {
            return &tags[i];
        }
    }
    return NULL;
}

uint64_t np_etf_children(const np_etf_term *term)
{
    switch (term->kind) {
    case NP_ETF_IS_LIST:
        return (uint64_t)term->count + 1;
    case NP_ETF_IS_TUPLE:
        return term->count;
    case NP_ETF_IS_MAP:
        return (uint64_t)term->count * 2;
    default:
        return 0;
    }
}

np_code np_etf_read(np_reader *reader, np_etf_term *ret, np_error *err)
{
    uint8_t tag = np_read_u8(reader);
    const tag_row *row = find_tag(tag);
    *ret = (np_etf_term){.tag = tag};
    if (reader->failed) {
        return np_error_set(err, NP_EINPUT_FORMAT, "the term ends too early");
    }
    if (row == NULL) {
        return np_error_set(err, NP_EINPUT_FORMAT, "tag %02x is none that settings have",
                            (unsigned)tag);
    }
    ret->kind = row->kind;
    bool is_good = row->read(reader, ret);
    if (reader->failed) {
        return np_error_set(err, NP_EINPUT_FORMAT, "the term ends too early");
    }
    /* each of them takes a byte at least: no count leads astray */
    if (np_etf_children(ret) > reader->rest.len) {
        return np_error_set(err, NP_EINPUT_FORMAT, "%u elements are announced, and %zu bytes left",
                            (unsigned)ret->count, reader->rest.len);
    }
    return is_good ? NP_OK : np_error_set(err, NP_EINPUT_FORMAT, "%s", row->fault);
}

/* What is open at one level of the term. */
typedef struct level {
    uint64_t left; /* terms still to come */
    np_etf_kind kind;
} level;

typedef struct walk {
    np_reader reader;
    size_t depth;
    level levels[NP_ETF_DEPTH_MAX];
} walk;

/* Closes every level that is complete. */
static void close_levels(walk *at)
{
    while (at->depth > 0 && at->levels[at->depth - 1].left == 0) {
        at->depth--;
    }
}

static np_code open_level(walk *at, const np_etf_term *term, np_error *err)
{
    uint64_t children = np_etf_children(term);
    if (children == 0) {
        return NP_OK;
    }
    if (at->depth == NP_ETF_DEPTH_MAX) {
        return np_error_set(err, NP_EINPUT_FORMAT, "terms are nested more than %d levels deep",
                            NP_ETF_DEPTH_MAX);
    }
    at->levels[at->depth++] = (level){.left = children, .kind = term->kind};
    return NP_OK;
}

static np_code step(walk *at, np_error *err)
{
    np_etf_term term;
    NP_TRY(np_etf_read(&at->reader, &term, err));
    if (at->depth > 0) {
        level *open = &at->levels[at->depth - 1];
        open->left--;
        if (open->kind == NP_ETF_IS_LIST && open->left == 0 && term.kind != NP_ETF_IS_NIL) {
            return np_error_set(err, NP_EINPUT_FORMAT, "an improper list");
        }
    }
    NP_TRY(open_level(at, &term, err));
    close_levels(at);
    return NP_OK;
}

/* One whole term from here on. */
static np_code skip(np_reader *reader, np_error *err)
{
    walk at = {.reader = *reader};
    np_code code = NP_OK;
    do {
        code = step(&at, err);
    } while (code == NP_OK && at.depth > 0);
    *reader = at.reader;
    return code;
}

/* The bytes of the next whole term, which was checked before. */
static np_bytes take_term(np_reader *reader)
{
    const uint8_t *begin = reader->rest.data;
    size_t before = reader->rest.len;
    if (skip(reader, NULL) != NP_OK) {
        return (np_bytes){0};
    }
    return np_bytes_of(begin, before - reader->rest.len);
}

/* Erlang refuses them, and a reader that did not would lose one of the values. */
static bool has_key_twice(np_reader map, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        np_bytes key = take_term(&map);
        (void)take_term(&map);
        np_reader rest = map;
        for (uint32_t k = i + 1; k < count; k++) {
            if (np_bytes_equal(key, take_term(&rest))) {
                return true;
            }
            (void)take_term(&rest);
        }
    }
    return false;
}

/* Heads follow each other in the order of the bytes: every map is met. */
static np_code check_keys(np_bytes term, np_error *err)
{
    np_reader reader = np_reader_of(term);
    while (reader.rest.len > 0) {
        np_etf_term head;
        NP_TRY(np_etf_read(&reader, &head, err));
        if (head.kind == NP_ETF_IS_MAP && has_key_twice(reader, head.count)) {
            return np_error_set(err, NP_EINPUT_FORMAT, "a map with the same key twice");
        }
    }
    return NP_OK;
}

static np_code check_version(np_reader *reader, np_error *err)
{
    uint8_t version = np_read_u8(reader);
    if (reader->failed || version != NP_ETF_VERSION) {
        return np_error_set(err, NP_EINPUT_FORMAT, "no Erlang term: it does not begin with 83");
    }
    if (reader->rest.len > 0 && reader->rest.data[0] == COMPRESSED) {
        return np_error_set(err, NP_EINPUT_FORMAT, "a compressed term, which settings are not");
    }
    return NP_OK;
}

np_code np_etf_check(np_bytes bytes, size_t *ret_len, np_error *err)
{
    np_reader reader = np_reader_of(bytes);
    NP_TRY(check_version(&reader, err));
    np_code code = skip(&reader, err);
    size_t len = bytes.len - reader.rest.len;
    if (code != NP_OK) {
        return np_error_prefix(err, code, "at byte %zu", len);
    }
    *ret_len = len;
    return check_keys(np_bytes_of(bytes.data + 1, len - 1), err);
}
