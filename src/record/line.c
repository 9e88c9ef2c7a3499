/* SPDX-License-Identifier: Apache-2.0 */
#include "record/line.h"

static const char *const kind_names[NP_RECORD_KIND_COUNT] = {
    [NP_RECORD_HEADER] = "header",
    [NP_RECORD_UNIT] = "unit",
    [NP_RECORD_TRAILER] = "trailer",
};

np_bytes np_record_line_value(const np_record_line *line, const char *name)
{
    np_bytes wanted = np_bytes_text(name);
    for (size_t i = 0; i < line->member_count; i++) {
        if (np_bytes_equal(line->members[i].name, wanted)) {
            return line->members[i].value;
        }
    }
    return (np_bytes){NULL, 0};
}

np_bytes np_record_line_text(const np_record_line *line, const char *name)
{
    np_bytes text;
    bool is_text = record_json_string(np_record_line_value(line, name), &text);
    return is_text ? text : (np_bytes){NULL, 0};
}

bool np_record_line_says(const np_record_line *line, const char *name, np_bytes text)
{
    uint8_t buffer[NP_RECORD_LINE_MAX];
    np_writer writer = np_writer_of(buffer, sizeof(buffer));
    record_json_write_text(&writer, text);
    return np_writer_has_room(&writer) &&
           np_bytes_equal(np_record_line_value(line, name), np_writer_bytes(&writer));
}

/* -1: no digit of lower-case hex */
static int hex_value(uint8_t digit)
{
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

bool np_record_line_hex(const np_record_line *line, const char *name, uint8_t *ret, size_t size)
{
    np_bytes digits = np_record_line_text(line, name);
    if (digits.len != 2 * size) {
        return false;
    }
    for (size_t i = 0; i < size; i++) {
        int high = hex_value(digits.data[2 * i]);
        int low = hex_value(digits.data[2 * i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        ret[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

bool np_record_line_number(const np_record_line *line, const char *name, uint64_t *ret)
{
    return record_json_number(np_record_line_value(line, name), ret);
}

static bool find_kind(np_record_line *line)
{
    np_bytes name = np_record_line_text(line, "kind");
    for (unsigned kind = 0; kind < NP_RECORD_KIND_COUNT; kind++) {
        if (np_bytes_equal(name, np_bytes_text(kind_names[kind]))) {
            line->kind = (np_record_kind)kind;
            return true;
        }
    }
    return false;
}

static np_code refuse(np_error *err, const char *what)
{
    return np_error_set(err, NP_EINPUT_FORMAT, "%s", what);
}

np_code np_record_line_parse(np_bytes text, np_record_line *ret, np_error *err)
{
    ret->text = text;
    ret->member_count = 0;
    if (text.len >= NP_RECORD_LINE_MAX) {
        return refuse(err, "longer than 16384 bytes");
    }
    if (!record_json_members(text, ret->members, NP_RECORD_MEMBERS_MAX, &ret->member_count)) {
        return refuse(err, "not a JSON object in the canonical form");
    }
    if (!find_kind(ret)) {
        return refuse(err, "its kind is neither header, unit nor trailer");
    }
    if (!np_record_line_number(ret, "seq", &ret->seq)) {
        return refuse(err, "it has no seq");
    }
    if (!np_record_line_hex(ret, "prev", ret->prev.bytes, sizeof(ret->prev.bytes))) {
        return refuse(err, "it has no prev of 64 lower-case hex digits");
    }
    np_sha256(text, ret->hash.bytes);
    return NP_OK;
}

/* A certificate stands in the header as a string of its own. */
bool np_record_line_has_issuer(const np_record_line *header, np_bytes issuer)
{
    uint8_t text[NP_RECORD_LINE_MAX];
    np_writer writer = np_writer_of(text, sizeof(text));
    np_bytes issuers = np_record_line_value(header, "issuers");
    record_json_write_base64(&writer, issuer);
    np_bytes wanted = np_writer_bytes(&writer);
    return wanted.len > 0 && issuers.len > 0 &&
           memmem(issuers.data, issuers.len, wanted.data, wanted.len) != NULL;
}
