/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/manage/input.h"

#include "base/civil.h"
#include "base/format.h"
#include "base/text.h"
#include "x509/pem.h"

bool manage_parse_fingerprint(np_bytes text, uint8_t ret[static NP_FINGERPRINT_BYTES])
{
    char copy[2 * NP_FINGERPRINT_BYTES + 1] = "";
    if (text.len != sizeof(copy) - 1) {
        return false;
    }
    memcpy(copy, text.data, text.len);
    return np_parse_hex(copy, ret, NP_FINGERPRINT_BYTES, NULL) == NP_OK;
}

static bool is_plain_text(np_bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < ' ' || text.data[i] == 0x7f) {
            return false;
        }
    }
    return text.len <= NP_FLEET_TEXT_MAX;
}

static bool read_text(const json_t *value, void *ret)
{
    np_bytes text = np_bytes_of(json_string_value(value), json_string_length(value));
    memcpy(ret, &text, sizeof(text));
    return json_is_string(value) && is_plain_text(text);
}

static bool read_flag(const json_t *value, void *ret)
{
    bool flag = json_is_true(value);
    memcpy(ret, &flag, sizeof(flag));
    return json_is_boolean(value);
}

static bool read_count(const json_t *value, void *ret)
{
    json_int_t number = json_integer_value(value);
    uint64_t count = (uint64_t)number;
    memcpy(ret, &count, sizeof(count));
    return json_is_integer(value) && number >= 0;
}

static bool read_time(const json_t *value, void *ret)
{
    int64_t seconds = 0;
    bool is_good =
        json_is_null(value) ||
        (json_is_string(value) && np_parse_time(json_string_value(value), &seconds, NULL) == NP_OK);
    memcpy(ret, &seconds, sizeof(seconds));
    return is_good;
}

static bool read_tags(const json_t *value, void *ret)
{
    manage_tags *tags = ret;
    size_t index;
    const json_t *tag;
    bool is_good = json_is_array(value);
    json_array_foreach(value, index, tag)
    {
        np_bytes text = np_bytes_of(json_string_value(tag), json_string_length(tag));
        is_good = is_good && text.len > 0 && is_plain_text(text);
    }
    size_t len = json_dumpb(value, tags->text, sizeof(tags->text) - 1, JSON_COMPACT);
    is_good = is_good && len > 0 && len < sizeof(tags->text);
    tags->text[is_good ? len : 0] = '\0';
    return is_good;
}

static bool read_certificate(const json_t *value, void *ret)
{
    manage_certificate *certificate = ret;
    np_writer writer = np_writer_of(certificate->der, sizeof(certificate->der));
    np_bytes text = np_bytes_of(json_string_value(value), json_string_length(value));
    bool is_good =
        json_is_string(value) && np_pem_decode(text, "CERTIFICATE", &writer, NULL) == NP_OK;
    certificate->len = is_good ? writer.len : 0;
    return is_good;
}

typedef struct kind_row {
    bool (*read)(const json_t *value, void *ret);
    const char *words;
} kind_row;

static const kind_row kinds[MANAGE_KIND_COUNT] = {
    [MANAGE_TEXT] = {read_text, "a text of at most 512 bytes without control characters"},
    [MANAGE_FLAG] = {read_flag, "true or false"},
    [MANAGE_COUNT] = {read_count, "a whole number"},
    [MANAGE_TIME] = {read_time, "a time as \"2026-11-20T09:00:00Z\", or null"},
    [MANAGE_TAGS] = {read_tags, "an array of texts, of at most 510 bytes in all"},
    [MANAGE_CERTIFICATE] = {read_certificate, "a certificate in PEM"},
};

static const manage_member *find_member(const manage_member *members, size_t count,
                                        const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(members[i].name, name) == 0) {
            return &members[i];
        }
    }
    return NULL;
}

static np_code check_names(const json_t *body, const manage_member *members, size_t count,
                           np_error *err)
{
    union {
        const json_t *read;
        json_t *iterated; /* jansson's iterators change nothing */
    } object = {.read = body};
    for (void *at = json_object_iter(object.iterated); at != NULL;
         at = json_object_iter_next(object.iterated, at)) {
        const char *name = json_object_iter_key(at);
        if (find_member(members, count, name) == NULL) {
            return np_error_set(err, NP_EUSAGE,
                                "the body has a member '%.*s' that nothing is known of",
                                (int)strnlen(name, 64), name);
        }
    }
    return NP_OK;
}

np_code manage_read(const manage_call *call, const manage_member *members, size_t count, void *ret,
                    np_error *err)
{
    NP_TRY(check_names(call->body, members, count, err));
    for (size_t i = 0; i < count; i++) {
        const manage_member *member = &members[i];
        const json_t *value = json_object_get(call->body, member->name);
        if (value == NULL && member->is_required) {
            return np_error_set(err, NP_EUSAGE, "the body's %s is missing: %s", member->name,
                                kinds[member->kind].words);
        }
        if (value != NULL && !kinds[member->kind].read(value, (char *)ret + member->offset)) {
            return np_error_set(err, NP_EUSAGE, "the body's %s is not %s", member->name,
                                kinds[member->kind].words);
        }
    }
    return NP_OK;
}
