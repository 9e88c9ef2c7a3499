/* SPDX-License-Identifier: Apache-2.0 */
#include "nerveskey/settings_json.h"

#include "base/text.h"
#include "base/utf8.h"
#include "base/wipe.h"
#include "nerveskey/settings.h"
#include "nerveskey/settings_decimal.h"
#include <stdlib.h>
#include <string.h>

/* Beyond these, programs that keep numbers as doubles lose digits (RFC 8259 section 6). */
#define INTEGER_MAX_EXACT INT64_C(9007199254740991)

enum { STRING_MAX = 65535, BYTE_VALUE_MAX = 255 };

static void json_clear(json_t **value)
{
    json_decref(*value);
}

static void text_clear(char **text)
{
    free(*text);
}

/* From JSON to a term. */

typedef struct encoder {
    np_writer *writer;
    np_etf_atoms atoms;
    size_t depth;
} encoder;

static np_code encode(encoder *to, const json_t *value, np_error *err);

static np_code refuse(const char *what, np_error *err)
{
    return np_error_set(err, NP_EINPUT_FORMAT, "%s", what);
}

static np_bytes text_of(const json_t *value)
{
    return np_bytes_of(json_string_value(value), json_string_length(value));
}

static np_code encode_atom(encoder *to, const json_t *value, np_error *err)
{
    if (!json_is_string(value)) {
        return refuse("\"$atom\" takes a text", err);
    }
    return np_etf_write_atom(to->writer, text_of(value), to->atoms, err);
}

typedef struct hex_bytes {
    uint8_t bytes[1 + NP_SETTINGS_SIZE];
    size_t len;
} hex_bytes;

static np_code take_hex(const json_t *value, const char *name, hex_bytes *ret, np_error *err)
{
    size_t digits = json_string_length(value);
    if (!json_is_string(value) || digits % 2 != 0) {
        return np_error_set(err, NP_EINPUT_FORMAT, "\"%s\" takes an even number of hex digits",
                            name);
    }
    ret->len = digits / 2;
    if (ret->len > NP_SETTINGS_SIZE) {
        return np_error_set(err, NP_EINPUT_RANGE, "\"%s\" has more than %d bytes", name,
                            NP_SETTINGS_SIZE);
    }
    np_code code = np_parse_hex(json_string_value(value), ret->bytes, ret->len, err);
    return code == NP_OK ? NP_OK : np_error_prefix(err, code, "\"%s\"", name);
}

static np_code encode_bytes(encoder *to, const json_t *value, np_error *err)
{
    hex_bytes hex;
    NP_TRY(take_hex(value, "$bytes", &hex, err));
    np_etf_write_binary(to->writer, np_bytes_of(hex.bytes, hex.len));
    return NP_OK;
}

/* A whole term, in whatever encoding: it must be one, and nothing more. */
static np_code encode_etf(encoder *to, const json_t *value, np_error *err)
{
    hex_bytes hex;
    uint8_t whole[1 + NP_SETTINGS_SIZE] = {NP_ETF_VERSION};
    size_t len = 0;
    NP_TRY(take_hex(value, "$etf", &hex, err));
    memcpy(whole + 1, hex.bytes, hex.len);
    np_code code = np_etf_check(np_bytes_of(whole, 1 + hex.len), &len, err);
    if (code != NP_OK) {
        return np_error_prefix(err, code, "\"$etf\"");
    }
    if (len != 1 + hex.len) {
        return refuse("\"$etf\" has bytes behind its term", err);
    }
    np_write_bytes(to->writer, np_bytes_of(hex.bytes, hex.len));
    return NP_OK;
}

static np_code encode_big(encoder *to, const json_t *value, np_error *err)
{
    settings_big big;
    if (!json_is_string(value)) {
        return refuse("\"$bigint\" takes a text of decimal digits", err);
    }
    NP_TRY(settings_big_parse(text_of(value), &big, err));
    np_etf_write_big(to->writer, big.is_negative, np_bytes_of(big.magnitude, big.len));
    return NP_OK;
}

static np_code encode_elements(encoder *to, const json_t *array, np_error *err)
{
    for (size_t i = 0; i < json_array_size(array); i++) {
        NP_TRY(encode(to, json_array_get(array, i), err));
    }
    return NP_OK;
}

static np_code encode_tuple(encoder *to, const json_t *value, np_error *err)
{
    if (!json_is_array(value)) {
        return refuse("\"$tuple\" takes an array", err);
    }
    np_etf_write_tuple(to->writer, (uint32_t)json_array_size(value));
    return encode_elements(to, value, err);
}

typedef struct typed_row {
    const char *name;
    np_code (*encode)(encoder *to, const json_t *value, np_error *err);
} typed_row;

static const typed_row typed_forms[] = {
    {"$atom", encode_atom}, {"$bigint", encode_big},  {"$bytes", encode_bytes},
    {"$etf", encode_etf},   {"$tuple", encode_tuple},
};

/* The object's one member when it is a typed form; NULL: it is a map. */
static const typed_row *typed_form(const json_t *object)
{
    for (size_t i = 0; json_object_size(object) == 1 && i < NP_COUNT_OF(typed_forms); i++) {
        if (json_object_get(object, typed_forms[i].name) != NULL) {
            return &typed_forms[i];
        }
    }
    return NULL;
}

static np_code encode_key(encoder *to, const char *key, np_error *err)
{
    if (key[0] == ':') {
        return np_etf_write_atom(to->writer, np_bytes_text(key + 1), to->atoms, err);
    }
    if (key[0] != '$') {
        np_etf_write_binary(to->writer, np_bytes_text(key));
        return NP_OK;
    }
    NP_CLEANUP(json_clear)
    json_t *term =
        json_loads(key + 1, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
    if (term == NULL) {
        np_error_set(err, NP_EINPUT_FORMAT, "key \"%s\": behind \"$\" stands no JSON", key);
        return np_error_hint(err, NP_EINPUT_FORMAT,
                             "a text key that begins with \"$\" is written $\"text\"");
    }
    return encode(to, term, err);
}

static np_code encode_map(encoder *to, const json_t *object, np_error *err)
{
    const char *key = NULL;
    json_t *value = NULL;
    np_etf_write_map(to->writer, (uint32_t)json_object_size(object));
    /* jansson's loop wants an object that may be changed; this one is not */
    void *at = json_object_iter((json_t *)(uintptr_t)object);
    for (; at != NULL; at = json_object_iter_next((json_t *)(uintptr_t)object, at)) {
        key = json_object_iter_key(at);
        value = json_object_iter_value(at);
        NP_TRY(encode_key(to, key, err));
        NP_TRY(encode(to, value, err));
    }
    return NP_OK;
}

static np_code encode_object(encoder *to, const json_t *object, np_error *err)
{
    const typed_row *row = typed_form(object);
    return row != NULL ? row->encode(to, json_object_get(object, row->name), err)
                       : encode_map(to, object, err);
}

/* Erlang writes a list of bytes in a form of its own. */
static bool is_byte_list(const json_t *array)
{
    size_t count = json_array_size(array);
    for (size_t i = 0; i < count; i++) {
        const json_t *element = json_array_get(array, i);
        json_int_t value = json_integer_value(element);
        if (!json_is_integer(element) || value < 0 || value > BYTE_VALUE_MAX) {
            return false;
        }
    }
    return count > 0 && count <= STRING_MAX;
}

static void encode_byte_list(np_writer *writer, const json_t *array)
{
    np_write_u8(writer, NP_ETF_STRING);
    np_write_u16_be(writer, (uint16_t)json_array_size(array));
    for (size_t i = 0; i < json_array_size(array); i++) {
        np_write_u8(writer, (uint8_t)json_integer_value(json_array_get(array, i)));
    }
}

static np_code encode_array(encoder *to, const json_t *array, np_error *err)
{
    if (is_byte_list(array)) {
        encode_byte_list(to->writer, array);
        return NP_OK;
    }
    if (json_array_size(array) > 0) {
        np_etf_write_list(to->writer, (uint32_t)json_array_size(array));
        NP_TRY(encode_elements(to, array, err));
    }
    np_etf_write_nil(to->writer);
    return NP_OK;
}

static np_code encode_container(encoder *to, const json_t *value, np_error *err)
{
    if (to->depth == NP_ETF_DEPTH_MAX) {
        return np_error_set(err, NP_EINPUT_RANGE, "more than %d levels deep", NP_ETF_DEPTH_MAX);
    }
    to->depth++;
    np_code code =
        json_is_array(value) ? encode_array(to, value, err) : encode_object(to, value, err);
    to->depth--;
    return code;
}

static np_code encode_plain_atom(encoder *to, const char *name, np_error *err)
{
    return np_etf_write_atom(to->writer, np_bytes_text(name), to->atoms, err);
}

static np_code encode(encoder *to, const json_t *value, np_error *err)
{
    switch (json_typeof(value)) {
    case JSON_STRING:
        np_etf_write_binary(to->writer, text_of(value));
        return NP_OK;
    case JSON_INTEGER:
        np_etf_write_integer(to->writer, json_integer_value(value));
        return NP_OK;
    case JSON_REAL:
        np_etf_write_float(to->writer, json_real_value(value));
        return NP_OK;
    case JSON_TRUE:
        return encode_plain_atom(to, "true", err);
    case JSON_FALSE:
        return encode_plain_atom(to, "false", err);
    case JSON_NULL:
        return encode_plain_atom(to, "nil", err);
    default:
        return encode_container(to, value, err);
    }
}

np_code np_settings_from_json(const json_t *value, np_etf_atoms atoms, np_writer *writer,
                              np_error *err)
{
    encoder to = {.writer = writer, .atoms = atoms};
    np_write_u8(writer, NP_ETF_VERSION);
    NP_TRY(encode(&to, value, err));
    if (writer->data == NULL || !np_writer_has_room(writer)) {
        return NP_OK; /* nothing there that could be checked */
    }
    /* two spellings of one key would make a map that Erlang refuses */
    size_t len = 0;
    return np_etf_check(np_writer_bytes(writer), &len, err);
}

np_code np_settings_encode(const json_t *value, np_etf_atoms atoms,
                           uint8_t ret[static NP_SETTINGS_SIZE], size_t *ret_len, np_error *err)
{
    /* the length first, so that what is too large is told with its size */
    np_writer measure = np_writer_of(NULL, 0);
    np_writer writer = np_writer_of(ret, NP_SETTINGS_SIZE);
    NP_TRY(np_settings_from_json(value, atoms, &measure, err));
    if (measure.len > NP_SETTINGS_SIZE) {
        np_code code = np_error_set(err, NP_EINPUT_RANGE,
                                    "the settings need %zu bytes; a chip stores at most %d",
                                    measure.len, NP_SETTINGS_SIZE);
        return np_error_hint(err, code, "nothing was written");
    }
    NP_TRY(np_settings_from_json(value, atoms, &writer, err));
    *ret_len = writer.len;
    return ret[1] == NP_ETF_MAP
               ? NP_OK
               : np_error_set(err, NP_EINPUT_FORMAT, "settings are a map: a JSON object");
}

/* From a term to JSON. */

typedef struct decoder {
    np_reader reader;
    np_etf_atoms atoms;
    uint8_t scratch[NP_SETTINGS_SIZE];
} decoder;

static json_t *decode(decoder *from);

static json_t *typed(const char *name, json_t *value)
{
    json_t *object = json_object();
    if (json_object_set_new(object, name, value) != 0) {
        json_decref(object);
        return NULL;
    }
    return object;
}

static json_t *hex_form(const char *name, np_bytes bytes)
{
    char text[2 * NP_SETTINGS_SIZE + 1];
    np_format_hex(bytes, text);
    return typed(name, json_string(text));
}

/* The value of a big integer that JSON numbers hold exactly; false: it needs its own form. */
static bool is_exact(const np_etf_term *term, int64_t *ret)
{
    uint64_t value = 0;
    if (term->bytes.len >= sizeof(value)) {
        return false;
    }
    for (size_t i = term->bytes.len; i > 0; i--) {
        value = value << 8 | term->bytes.data[i - 1];
    }
    *ret = term->is_negative ? -(int64_t)value : (int64_t)value;
    return value <= (uint64_t)INTEGER_MAX_EXACT;
}

static json_t *decode_big(const np_etf_term *term)
{
    int64_t value = 0;
    char text[SETTINGS_BIG_TEXT_SIZE];
    if (is_exact(term, &value)) {
        return json_integer(value);
    }
    settings_big_format(term->is_negative, term->bytes, text);
    return typed("$bigint", json_string(text));
}

static json_t *decode_atom(const np_etf_term *term)
{
    uint8_t buffer[4 * NP_ETF_ATOM_MAX];
    np_writer writer = np_writer_of(buffer, sizeof(buffer));
    if (term->tag == NP_ETF_ATOM_LATIN1 || term->tag == NP_ETF_SMALL_ATOM_LATIN1) {
        np_latin1_to_utf8(term->bytes, &writer);
    } else {
        np_write_bytes(&writer, term->bytes);
    }
    np_bytes text = np_writer_bytes(&writer);
    if (np_bytes_equal(text, np_bytes_text("true"))) {
        return json_true();
    }
    if (np_bytes_equal(text, np_bytes_text("false"))) {
        return json_false();
    }
    if (np_bytes_equal(text, np_bytes_text("nil"))) {
        return json_null();
    }
    return typed("$atom", json_stringn((const char *)text.data, text.len));
}

static json_t *decode_binary(const np_etf_term *term)
{
    return np_is_utf8(term->bytes) ? json_stringn((const char *)term->bytes.data, term->bytes.len)
                                   : hex_form("$bytes", term->bytes);
}

static json_t *decode_string(const np_etf_term *term)
{
    json_t *array = json_array();
    for (size_t i = 0; i < term->bytes.len; i++) {
        json_array_append_new(array, json_integer(term->bytes.data[i]));
    }
    return array;
}

static json_t *decode_elements(decoder *from, uint32_t count)
{
    NP_CLEANUP(json_clear) json_t *array = json_array();
    for (uint32_t i = 0; i < count; i++) {
        if (json_array_append_new(array, decode(from)) != 0) {
            return NULL;
        }
    }
    return json_incref(array);
}

static json_t *decode_list(decoder *from, const np_etf_term *term)
{
    np_etf_term nil;
    json_t *array = decode_elements(from, term->count);
    if (np_etf_read(&from->reader, &nil, NULL) != NP_OK) {
        json_decref(array);
        return NULL;
    }
    return array;
}

/* ":" or "$" and the text; heap. */
static char *key_with(char prefix, const char *text)
{
    size_t len = strlen(text);
    char *key = malloc(len + 2);
    if (key != NULL) {
        key[0] = prefix;
        memcpy(key + 1, text, len + 1);
    }
    return key;
}

/* The name when this is the form of an atom that a C string can hold. */
static const char *atom_name(const json_t *value)
{
    if (json_is_true(value)) {
        return "true";
    }
    if (json_is_false(value)) {
        return "false";
    }
    if (json_is_null(value)) {
        return "nil";
    }
    const json_t *name = json_object_get(value, "$atom");
    const char *text = json_string_value(name);
    return text != NULL && strlen(text) == json_string_length(name) ? text : NULL;
}

static char *key_text(const json_t *term, np_bytes bytes)
{
    const char *name = atom_name(term);
    if (name != NULL) {
        return key_with(':', name);
    }
    const char *text = json_string_value(term);
    if (text != NULL && strlen(text) == json_string_length(term) && text[0] != ':' &&
        text[0] != '$') {
        return strdup(text);
    }
    NP_CLEANUP(text_clear) char *dump = json_dumps(term, JSON_COMPACT | JSON_ENCODE_ANY);
    if (dump == NULL || strlen(dump) <= NP_SETTINGS_KEY_MAX) {
        return dump == NULL ? NULL : key_with('$', dump);
    }
    NP_CLEANUP(json_clear) json_t *hex = hex_form("$etf", bytes);
    NP_CLEANUP(text_clear) char *short_dump = json_dumps(hex, JSON_COMPACT);
    return short_dump == NULL ? NULL : key_with('$', short_dump);
}

static bool decode_member(decoder *from, json_t *object)
{
    np_bytes begin = from->reader.rest;
    NP_CLEANUP(json_clear) json_t *term = decode(from);
    if (term == NULL) {
        return false;
    }
    np_bytes bytes = np_bytes_of(begin.data, begin.len - from->reader.rest.len);
    NP_CLEANUP(text_clear) char *key = key_text(term, bytes);
    return key != NULL && json_object_set_new(object, key, decode(from)) == 0;
}

static json_t *decode_map(decoder *from, uint32_t count)
{
    NP_CLEANUP(json_clear) json_t *object = json_object();
    for (uint32_t i = 0; i < count; i++) {
        if (!decode_member(from, object)) {
            return NULL;
        }
    }
    return json_incref(object);
}

static json_t *decode_tuple(decoder *from, uint32_t count)
{
    return typed("$tuple", decode_elements(from, count));
}

static json_t *decode_term(decoder *from, const np_etf_term *term)
{
    switch (term->kind) {
    case NP_ETF_IS_INTEGER:
        return json_integer(term->integer);
    case NP_ETF_IS_BIG:
        return decode_big(term);
    case NP_ETF_IS_FLOAT:
        return json_real(term->real);
    case NP_ETF_IS_ATOM:
        return decode_atom(term);
    case NP_ETF_IS_BINARY:
        return decode_binary(term);
    case NP_ETF_IS_STRING:
        return decode_string(term);
    case NP_ETF_IS_NIL:
        return json_array();
    case NP_ETF_IS_LIST:
        return decode_list(from, term);
    case NP_ETF_IS_TUPLE:
        return decode_tuple(from, term->count);
    case NP_ETF_IS_MAP:
        return decode_map(from, term->count);
    }
    return NULL;
}

/* Does this JSON give just these bytes? */
static bool gives(decoder *from, const json_t *value, np_bytes bytes)
{
    np_writer writer = np_writer_of(from->scratch, sizeof(from->scratch));
    encoder to = {.writer = &writer, .atoms = from->atoms};
    return encode(&to, value, NULL) == NP_OK && np_bytes_equal(np_writer_bytes(&writer), bytes);
}

/* NULL: no memory. */
static json_t *decode(decoder *from)
{
    np_etf_term term;
    np_bytes begin = from->reader.rest;
    if (np_etf_read(&from->reader, &term, NULL) != NP_OK) {
        return NULL;
    }
    json_t *value = decode_term(from, &term);
    np_bytes bytes = np_bytes_of(begin.data, begin.len - from->reader.rest.len);
    if (value == NULL || gives(from, value, bytes)) {
        return value;
    }
    json_decref(value);
    return hex_form("$etf", bytes);
}

/* Latin-1 as soon as one atom has the form that only old releases write. */
static np_etf_atoms find_atoms(np_bytes term)
{
    np_reader reader = np_reader_of(term);
    np_etf_term head;
    while (reader.rest.len > 0 && np_etf_read(&reader, &head, NULL) == NP_OK) {
        if (head.tag == NP_ETF_ATOM_LATIN1) {
            return NP_ETF_ATOMS_LATIN1;
        }
    }
    return NP_ETF_ATOMS_UTF8;
}

np_code np_settings_to_json(np_bytes bytes, json_t **ret, size_t *ret_len, np_etf_atoms *ret_atoms,
                            np_error *err)
{
    *ret = NULL;
    if (bytes.len > NP_SETTINGS_SIZE) {
        return np_error_set(err, NP_EINPUT_RANGE, "more than %d bytes", NP_SETTINGS_SIZE);
    }
    NP_TRY(np_etf_check(bytes, ret_len, err));
    np_bytes term = np_bytes_of(bytes.data + 1, *ret_len - 1);
    *ret_atoms = find_atoms(term);
    decoder from = {.reader = np_reader_of(term), .atoms = *ret_atoms};
    *ret = decode(&from);
    return *ret != NULL ? NP_OK : np_error_set(err, NP_ESTATION_MEMORY, "no memory for the JSON");
}
