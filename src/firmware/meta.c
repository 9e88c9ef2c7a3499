/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/meta.h"

#include "base/text.h"
#include "base/wipe.h"
#include "firmware/meta_lexer.h"
#include "firmware/version.h"
#include <stdlib.h>

/* The fwup whose archives are read: what asks for a newer one may have what we do not know. */
static const unsigned fwup_version[3] = {1, 16, 0};

static const char *const field_names[NP_META_FIELD_COUNT] = {
    [NP_META_PRODUCT] = "meta-product",   [NP_META_DESCRIPTION] = "meta-description",
    [NP_META_VERSION] = "meta-version",   [NP_META_AUTHOR] = "meta-author",
    [NP_META_PLATFORM] = "meta-platform", [NP_META_ARCHITECTURE] = "meta-architecture",
    [NP_META_MISC] = "meta-misc",         [NP_META_VCS_IDENTIFIER] = "meta-vcs-identifier",
};

const char *np_meta_field_name(np_meta_field field)
{
    return field_names[field];
}

/* A setting's name, or a section's with its title. */
typedef struct meta_name {
    np_bytes name;
    np_bytes title;
} meta_name;

typedef struct meta_level {
    meta_name section;
    size_t first_name; /* of those that stand in it */
} meta_level;

typedef struct meta_parser {
    meta_lexer lexer;
    np_writer room;
    np_meta *meta;
    meta_name *names; /* heap */
    size_t name_count;
    meta_level levels[NP_META_DEPTH_MAX + 1]; /* 0: outside all sections */
    size_t depth;
    np_meta_resource *resource; /* whose section we are in */
    np_error *err;
} meta_parser;

static void parser_clear(meta_parser *parser)
{
    free(parser->names);
}

static bool is_text(np_bytes bytes, const char *text)
{
    return np_bytes_equal(bytes, np_bytes_text(text));
}

static np_code refuse(const meta_parser *parser, np_firmware_reason reason, const char *what,
                      np_bytes name)
{
    np_bytes shown = name.len == 0 ? np_bytes_text("") : name;
    return firmware_refuse(parser->err, reason, "meta.conf line %u: %s '%.*s'", parser->lexer.line,
                           what, (int)(shown.len < 80 ? shown.len : 80), (const char *)shown.data);
}

static np_code refuse_syntax(const meta_parser *parser, np_bytes near)
{
    return refuse(parser, NP_FIRMWARE_META_SYNTAX, "cannot be understood near", near);
}

/* The last one wins for fwup; two readers that disagree on that would see two firmwares. */
static np_code remember(meta_parser *parser, meta_name name)
{
    const meta_level *level = &parser->levels[parser->depth];
    if (parser->lexer.is_lenient) {
        return NP_OK;
    }
    for (size_t i = level->first_name; i < parser->name_count; i++) {
        if (np_bytes_equal(parser->names[i].name, name.name) &&
            np_bytes_equal(parser->names[i].title, name.title)) {
            return refuse(parser, NP_FIRMWARE_META_DUPLICATE, "stands there twice:", name.name);
        }
    }
    if (parser->name_count == NP_META_NAMES_MAX) {
        return refuse(parser, NP_FIRMWARE_META_VALUE, "too many settings before", name.name);
    }
    parser->names[parser->name_count++] = name;
    return NP_OK;
}

/* Decimal, without sign or leading white space. */
static bool parse_length(np_bytes text, uint64_t *ret)
{
    *ret = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9' || *ret > UINT64_MAX / 100) {
            return false;
        }
        *ret = *ret * 10 + (uint64_t)(text.data[i] - '0');
    }
    return text.len > 0;
}

static np_code take_length(meta_parser *parser, np_bytes value)
{
    uint64_t length;
    np_meta_resource *resource = parser->resource;
    uint64_t *sum = resource->length_count % 2 == 0 ? &resource->length : &resource->holes;
    if (!parse_length(value, &length) || length > INT64_MAX - *sum) {
        return refuse(parser, NP_FIRMWARE_META_VALUE, "no length:", value);
    }
    *sum += length;
    resource->length_count++;
    return NP_OK;
}

static bool is_lower_hex(np_bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] >= 'A' && text.data[i] <= 'F') {
            return false;
        }
    }
    return true;
}

/* Lower case alone, as fwup compares it. */
static np_code take_hash(meta_parser *parser, np_bytes value)
{
    char text[2 * NP_BLAKE2B_SIZE + 1] = "";
    np_meta_resource *resource = parser->resource;
    if (value.len == sizeof(text) - 1) {
        memcpy(text, value.data, value.len);
    }
    if (!is_lower_hex(value) ||
        np_parse_hex(text, resource->hash, sizeof(resource->hash), NULL) != NP_OK) {
        return refuse(parser, NP_FIRMWARE_META_VALUE, "no BLAKE2b-256 in lower-case hex:", value);
    }
    resource->has_hash = true;
    return NP_OK;
}

static np_code take_fwup_version(const meta_parser *parser, np_bytes value)
{
    return np_version_is_at_most(value, fwup_version)
               ? NP_OK
               : refuse(parser, NP_FIRMWARE_FWUP_VERSION, "asks for a newer fwup:", value);
}

/* One value outside all sections. */
static np_code take_field(meta_parser *parser, np_bytes name, np_bytes value)
{
    for (unsigned i = 0; i < NP_META_FIELD_COUNT; i++) {
        if (is_text(name, field_names[i])) {
            parser->meta->fields[i] = value;
            return NP_OK;
        }
    }
    if (is_text(name, "meta-uuid") || is_text(name, "meta-nickname")) {
        return refuse(parser, NP_FIRMWARE_META_VALUE, "computed, and must not be set:", name);
    }
    return is_text(name, "require-fwup-version") ? take_fwup_version(parser, value) : NP_OK;
}

static np_code take_value(meta_parser *parser, np_bytes name, np_bytes value)
{
    if (parser->depth == 0) {
        return take_field(parser, name, value);
    }
    if (parser->resource == NULL || parser->depth != 1) {
        return NP_OK;
    }
    if (is_text(name, "length")) {
        return take_length(parser, value);
    }
    return is_text(name, "blake2b-256") ? take_hash(parser, value) : NP_OK;
}

static bool is_mark(const meta_token *token, char mark)
{
    return token->kind == META_MARK && token->mark == mark;
}

static bool is_text_token(const meta_token *token)
{
    return token->kind == META_WORD || token->kind == META_STRING;
}

/* { value, value ... }, the brace is behind us. */
static np_code take_list(meta_parser *parser, np_bytes name)
{
    meta_token token;
    NP_TRY(meta_next(&parser->lexer, &token, parser->err));
    if (is_mark(&token, '}')) {
        return NP_OK;
    }
    for (;;) {
        if (!is_text_token(&token)) {
            return refuse_syntax(parser, name);
        }
        NP_TRY(take_value(parser, name, token.text));
        NP_TRY(meta_next(&parser->lexer, &token, parser->err));
        if (is_mark(&token, '}')) {
            return NP_OK;
        }
        if (!is_mark(&token, ',')) {
            return refuse_syntax(parser, name);
        }
        NP_TRY(meta_next(&parser->lexer, &token, parser->err));
    }
}

static bool is_field(np_bytes name)
{
    return name.len > 5 && memcmp(name.data, "meta-", 5) == 0;
}

static np_code take_setting(meta_parser *parser, np_bytes name, bool is_append)
{
    meta_token token;
    if (!is_append) {
        NP_TRY(remember(parser, (meta_name){.name = name}));
    }
    if (parser->resource != NULL && !is_append && is_text(name, "length")) {
        parser->resource->length = parser->resource->holes = parser->resource->length_count = 0;
    }
    NP_TRY(meta_next(&parser->lexer, &token, parser->err));
    if (is_text_token(&token)) {
        return take_value(parser, name, token.text);
    }
    return is_mark(&token, '{') && (parser->depth > 0 || !is_field(name))
               ? take_list(parser, name)
               : refuse_syntax(parser, name);
}

static np_code declare(meta_parser *parser, np_bytes title)
{
    np_meta *meta = parser->meta;
    for (size_t i = 0; i < meta->resource_count; i++) {
        if (np_bytes_equal(meta->resources[i].name, title)) {
            parser->resource = &meta->resources[i];
            return NP_OK;
        }
    }
    if (meta->resource_count == NP_META_RESOURCES_MAX) {
        return refuse(parser, NP_FIRMWARE_META_VALUE, "too many resources before", title);
    }
    parser->resource = &meta->resources[meta->resource_count++];
    *parser->resource = (np_meta_resource){.name = title};
    return NP_OK;
}

/* The brace is behind us. */
static np_code enter(meta_parser *parser, np_bytes name, np_bytes title)
{
    meta_name section = {.name = name, .title = title};
    NP_TRY(remember(parser, section));
    if (parser->depth == NP_META_DEPTH_MAX) {
        return refuse(parser, NP_FIRMWARE_META_SYNTAX, "too many sections around", name);
    }
    if (parser->depth == 0 && is_text(name, "file-resource")) {
        NP_TRY(declare(parser, title));
    }
    parser->levels[++parser->depth] =
        (meta_level){.section = section, .first_name = parser->name_count};
    return NP_OK;
}

static np_code leave(meta_parser *parser)
{
    if (parser->depth == 0) {
        return refuse_syntax(parser, np_bytes_text("}"));
    }
    parser->name_count = parser->levels[parser->depth--].first_name;
    const np_meta_resource *resource = parser->depth == 0 ? parser->resource : NULL;
    if (resource == NULL) {
        return NP_OK;
    }
    parser->resource = NULL;
    return resource->has_hash || parser->lexer.is_lenient
               ? NP_OK
               : refuse(parser, NP_FIRMWARE_META_VALUE, "no blake2b-256 in file-resource",
                        resource->name);
}

/* name(argument, ...): functions of libconfuse, which mean nothing here. */
static np_code skip_call(meta_parser *parser, np_bytes name)
{
    meta_token token;
    do {
        NP_TRY(meta_next(&parser->lexer, &token, parser->err));
        if (token.kind == META_END || (token.kind == META_MARK && !strchr(",)", token.mark))) {
            return refuse_syntax(parser, name);
        }
    } while (!is_mark(&token, ')'));
    return NP_OK;
}

static np_code take_statement(meta_parser *parser, const meta_token *first)
{
    meta_token token;
    if (is_mark(first, '}')) {
        return leave(parser);
    }
    if (first->kind != META_WORD) {
        return refuse_syntax(parser, first->text);
    }
    NP_TRY(meta_next(&parser->lexer, &token, parser->err));
    if (is_mark(&token, '=') || is_mark(&token, '+')) {
        return take_setting(parser, first->text, token.mark == '+');
    }
    if (is_mark(&token, '(')) {
        return skip_call(parser, first->text);
    }
    np_bytes title = {0};
    if (is_text_token(&token)) {
        title = token.text;
        NP_TRY(meta_next(&parser->lexer, &token, parser->err));
    }
    return is_mark(&token, '{') ? enter(parser, first->text, title)
                                : refuse_syntax(parser, first->text);
}

static np_code parse_all(meta_parser *parser)
{
    meta_token token;
    for (;;) {
        NP_TRY(meta_next(&parser->lexer, &token, parser->err));
        if (token.kind == META_END) {
            return parser->depth == 0 ? NP_OK : refuse_syntax(parser, np_bytes_text("the end"));
        }
        NP_TRY(take_statement(parser, &token));
    }
}

static np_code check_bytes(np_bytes text, np_error *err)
{
    if (text.len < NP_META_SIZE_MIN || text.len > NP_META_SIZE_MAX) {
        return firmware_refuse(err, NP_FIRMWARE_META_SIZE, "meta.conf has %zu bytes, not %d to %d",
                               text.len, NP_META_SIZE_MIN, NP_META_SIZE_MAX);
    }
    return NP_OK;
}

static np_code check_strictly(np_bytes text, np_error *err)
{
    if (memchr(text.data, 0, text.len) != NULL) {
        return firmware_refuse(err, NP_FIRMWARE_META_NUL,
                               "meta.conf has a NUL, behind which fwup reads nothing");
    }
    return memmem(text.data, text.len, "${", 2) == NULL
               ? NP_OK
               : firmware_refuse(err, NP_FIRMWARE_META_EXPANSION,
                                 "meta.conf has ${...}, which fwup fills from the environment of "
                                 "whoever reads it");
}

np_code np_meta_parse(np_bytes text, bool is_lenient, np_meta *ret, np_error *err)
{
    NP_TRY(check_bytes(text, err));
    if (!is_lenient) {
        NP_TRY(check_strictly(text, err));
    }
    const uint8_t *nul = memchr(text.data, 0, text.len);
    ret->resource_count = 0;
    memset(ret->fields, 0, sizeof(ret->fields));
    NP_CLEANUP(parser_clear)
    meta_parser parser = {
        .meta = ret,
        .room = np_writer_of(ret->texts, sizeof(ret->texts)),
        .names = is_lenient ? NULL : calloc(NP_META_NAMES_MAX, sizeof(meta_name)),
        .err = err,
    };
    parser.lexer = (meta_lexer){
        .rest = np_bytes_of(text.data, nul == NULL ? text.len : (size_t)(nul - text.data)),
        .room = &parser.room,
        .is_lenient = is_lenient,
        .line = 1,
    };
    if (!is_lenient && parser.names == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for meta.conf");
    }
    return parse_all(&parser);
}

/* data/NAME, or NAME at the root for one whose name begins with a slash. */
const np_meta_resource *np_meta_find(const np_meta *meta, const char *entry_name)
{
    static const char folder[] = "data/";
    bool is_at_root = strncmp(entry_name, folder, strlen(folder)) != 0;
    np_bytes wanted = np_bytes_text(is_at_root ? entry_name : entry_name + strlen(folder));
    for (size_t i = 0; i < meta->resource_count; i++) {
        np_bytes name = meta->resources[i].name;
        size_t skipped = is_at_root ? 1 : 0;
        if (is_at_root && (name.len == 0 || name.data[0] != '/')) {
            continue;
        }
        if (np_bytes_equal(np_bytes_of(name.data + skipped, name.len - skipped), wanted)) {
            return &meta->resources[i];
        }
    }
    return NULL;
}

void np_meta_format_uuid(np_bytes text, char ret[NP_META_UUID_TEXT_SIZE])
{
    /* fwup's own name space, 2053dffb-d51e-4310-b93b-956da89f9f34 */
    static const uint8_t name_space[16] = {0x20, 0x53, 0xdf, 0xfb, 0xd5, 0x1e, 0x43, 0x10,
                                           0xb9, 0x3b, 0x95, 0x6d, 0xa8, 0x9f, 0x9f, 0x34};
    static const uint8_t group_sizes[] = {4, 2, 2, 2, 6};
    np_blake2b_stream stream;
    uint8_t hash[NP_BLAKE2B_SIZE];
    np_blake2b_begin(&stream);
    np_blake2b_add(&stream, NP_BYTES(name_space));
    np_blake2b_add(&stream, text);
    np_blake2b_end(&stream, hash);
    hash[6] = (uint8_t)((hash[6] & 0x0f) | 0x50);
    const uint8_t *at = hash;
    for (size_t i = 0; i < sizeof(group_sizes); i++) {
        np_format_hex(np_bytes_of(at, group_sizes[i]), ret);
        ret += 2 * group_sizes[i];
        at += group_sizes[i];
        *ret++ = i + 1 < sizeof(group_sizes) ? '-' : '\0';
    }
}
