/* SPDX-License-Identifier: Apache-2.0 */
#include "signer/authorization.h"

#include "base/civil.h"
#include "base/text.h"
#include "base/utf8.h"
#include "record/trailer.h"
#include "x509/der.h"
#include "x509/public_key.h"

static const char format_name[] = "nameplate-authorization";

enum { VERSION = 1, SIGNATURE_DER_MAX = 72, HEX_KEY = 64 };

np_code np_authorization_add_station(np_authorization *authorization,
                                     const np_authorization_station *station, np_error *err)
{
    size_t at = authorization->station_count;
    if (at == NP_AUTHORIZATION_STATIONS_MAX) {
        return np_error_set(err, NP_EINPUT_RANGE, "an authorization has at most %d stations",
                            NP_AUTHORIZATION_STATIONS_MAX);
    }
    for (size_t i = 0; i < authorization->station_count; i++) {
        int order = memcmp(authorization->stations[i].key, station->key, sizeof(station->key));
        if (order == 0) {
            return np_error_set(err, NP_EINPUT_RANGE, "the station %.*s is named twice",
                                (int)station->name.len, (const char *)station->name.data);
        }
        at = order > 0 && i < at ? i : at;
    }
    memmove(&authorization->stations[at + 1], &authorization->stations[at],
            (authorization->station_count - at) * sizeof(*station));
    authorization->stations[at] = *station;
    authorization->station_count++;
    return NP_OK;
}

static bool is_plain(np_bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < 0x20 || text.data[i] == '"' || text.data[i] == '\\') {
            return false;
        }
    }
    return text.len <= NP_AUTHORIZATION_TEXT_MAX && np_is_utf8(text);
}

static bool is_digit(uint8_t character)
{
    return character >= '0' && character <= '9';
}

static size_t count_digits_at_end(np_bytes text)
{
    size_t count = 0;
    while (count < text.len && is_digit(text.data[text.len - 1 - count])) {
        count++;
    }
    return count;
}

/* How many digits at the end tell the serials of the range apart. */
static size_t count_counting(const np_authorization *authorization)
{
    size_t first = count_digits_at_end(authorization->first);
    size_t last = count_digits_at_end(authorization->last);
    return first < last ? first : last;
}

static uint64_t read_digits(np_bytes text, size_t count)
{
    uint64_t number = 0;
    for (size_t i = text.len - count; i < text.len; i++) {
        number = number * 10 + (uint64_t)(text.data[i] - '0');
    }
    return number;
}

bool np_authorization_covers(const np_authorization *authorization, np_bytes serial)
{
    const np_bytes first = authorization->first;
    size_t digits = count_counting(authorization);
    size_t fixed = first.len - digits;
    return serial.len == first.len && memcmp(serial.data, first.data, fixed) == 0 &&
           count_digits_at_end(serial) >= digits &&
           memcmp(serial.data, first.data, first.len) >= 0 &&
           memcmp(serial.data, authorization->last.data, first.len) <= 0;
}

static np_code check_serials(const np_authorization *authorization, np_error *err)
{
    size_t digits = count_counting(authorization);
    np_bytes first = authorization->first;
    np_bytes last = authorization->last;
    bool is_range = first.len > 0 && is_plain(first) && is_plain(last) && first.len == last.len &&
                    digits <= NP_AUTHORIZATION_DIGITS_MAX &&
                    memcmp(first.data, last.data, first.len - digits) == 0;
    if (!is_range) {
        np_error_set(err, NP_EINPUT_FORMAT,
                     "first and last serial are alike but for the digits at their ends");
        return np_error_hint(err, NP_EINPUT_FORMAT, "as T2-000001..T2-005000");
    }
    uint64_t from = read_digits(first, digits);
    uint64_t to = read_digits(last, digits);
    if (from > to) {
        return np_error_set(err, NP_EINPUT_RANGE, "the last serial stands before the first");
    }
    if (authorization->count < 1 || authorization->count > to - from + 1) {
        return np_error_set(err, NP_EINPUT_RANGE,
                            "the count is %zu, and the range has %zu serials: it is 1 to that",
                            (size_t)authorization->count, (size_t)(to - from + 1));
    }
    return NP_OK;
}

static np_code check_stations(const np_authorization *authorization, np_error *err)
{
    if (authorization->station_count < 1) {
        return np_error_set(err, NP_EINPUT_RANGE, "an authorization names at least one station");
    }
    for (size_t i = 0; i < authorization->station_count; i++) {
        if (!is_plain(authorization->stations[i].name)) {
            return np_error_set(err, NP_EINPUT_FORMAT, "the name of station %zu is no plain text",
                                i + 1);
        }
    }
    return NP_OK;
}

np_code np_authorization_check(const np_authorization *authorization, np_error *err)
{
    if (authorization->batch.len == 0) {
        return np_error_set(err, NP_EINPUT_RANGE, "an authorization has a batch");
    }
    NP_TRY(np_record_check_batch(authorization->batch, err));
    if (!is_plain(authorization->product) || !is_plain(authorization->profile)) {
        return np_error_set(err, NP_EINPUT_FORMAT, "product and profile are plain texts, up to %d",
                            NP_AUTHORIZATION_TEXT_MAX);
    }
    if (authorization->until <= authorization->created) {
        return np_error_set(err, NP_EINPUT_TIME, "it would end before it was created");
    }
    NP_TRY(check_serials(authorization, err));
    return check_stations(authorization, err);
}

static void write_text(np_writer *writer, const char *name, np_bytes text)
{
    if (text.len > 0) {
        record_json_write_name(writer, name);
        record_json_write_text(writer, text);
    }
}

static void write_number(np_writer *writer, const char *name, uint64_t number)
{
    record_json_write_name(writer, name);
    record_json_write_number(writer, number);
}

static void write_time(np_writer *writer, const char *name, int64_t seconds)
{
    char text[NP_TIME_TEXT_SIZE];
    np_format_time(seconds, text);
    write_text(writer, name, np_bytes_text(text));
}

static void write_stations(const np_authorization *authorization, np_writer *writer)
{
    char key[HEX_KEY + 1];
    record_json_write_name(writer, "stations");
    np_write_u8(writer, '{');
    for (size_t i = 0; i < authorization->station_count; i++) {
        np_format_hex(NP_BYTES(authorization->stations[i].key), key);
        record_json_write_name(writer, key);
        record_json_write_text(writer, authorization->stations[i].name);
    }
    np_write_u8(writer, '}');
}

void np_authorization_write_terms(const np_authorization *authorization, np_writer *writer)
{
    np_write_u8(writer, '{');
    write_text(writer, "batch", authorization->batch);
    write_number(writer, "count", authorization->count);
    write_time(writer, "created", authorization->created);
    write_text(writer, "first", authorization->first);
    write_text(writer, "format", np_bytes_text(format_name));
    record_json_write_name(writer, "id");
    record_json_write_hex(writer, NP_BYTES(authorization->id));
    write_text(writer, "last", authorization->last);
    write_text(writer, "product", authorization->product);
    write_text(writer, "profile", authorization->profile);
    write_stations(authorization, writer);
    write_time(writer, "until", authorization->until);
    write_number(writer, "version", VERSION);
    np_write_u8(writer, '}');
}

void np_authorization_digest(const np_authorization *authorization, uint8_t ret[static 32])
{
    uint8_t text[NP_AUTHORIZATION_MAX];
    np_writer writer = np_writer_of(text, sizeof(text));
    np_authorization_write_terms(authorization, &writer);
    np_sha256(np_writer_bytes(&writer), ret);
}

void np_authorization_write(const np_authorization *authorization, np_writer *writer)
{
    uint8_t der[SIGNATURE_DER_MAX];
    np_writer encoder = np_writer_of(der, sizeof(der));
    np_write_u8(writer, '{');
    record_json_write_name(writer, "authorization");
    np_authorization_write_terms(authorization, writer);
    if (authorization->is_signed) {
        np_der_write_signature(&encoder, authorization->signature);
        record_json_write_name(writer, "key");
        record_json_write_hex(writer, NP_BYTES(authorization->authority));
        record_json_write_name(writer, "signature");
        record_json_write_base64(writer, np_writer_bytes(&encoder));
    }
    np_write_text(writer, "}\n");
}

/* An object's members, found by their names as those of a record's line are. */
static bool take_object(np_bytes text, np_record_line *ret)
{
    return record_json_members(text, ret->members, NP_RECORD_MEMBERS_MAX, &ret->member_count);
}

static bool take_time(const np_record_line *terms, const char *name, int64_t *ret)
{
    char text[NP_TIME_TEXT_SIZE] = {0};
    np_bytes value = np_record_line_text(terms, name);
    if (value.len != sizeof(text) - 1) {
        return false;
    }
    memcpy(text, value.data, value.len);
    return np_parse_time(text, ret, NULL) == NP_OK;
}

static bool take_station(const record_json_member *member, np_authorization *ret)
{
    char digits[HEX_KEY + 1] = {0};
    np_authorization_station station;
    if (member->name.len != HEX_KEY || !record_json_string(member->value, &station.name)) {
        return false;
    }
    memcpy(digits, member->name.data, HEX_KEY);
    return np_parse_hex(digits, station.key, sizeof(station.key), NULL) == NP_OK &&
           np_authorization_add_station(ret, &station, NULL) == NP_OK;
}

static bool take_stations(np_bytes text, np_authorization *ret)
{
    record_json_member members[NP_AUTHORIZATION_STATIONS_MAX];
    size_t count;
    bool is_good = record_json_members(text, members, NP_COUNT_OF(members), &count);
    for (size_t i = 0; is_good && i < count; i++) {
        is_good = take_station(&members[i], ret);
    }
    return is_good;
}

static bool take_terms(np_bytes text, np_authorization *ret)
{
    np_record_line terms = {.text = text};
    if (!take_object(text, &terms)) {
        return false;
    }
    ret->batch = np_record_line_text(&terms, "batch");
    ret->first = np_record_line_text(&terms, "first");
    ret->last = np_record_line_text(&terms, "last");
    ret->product = np_record_line_text(&terms, "product");
    ret->profile = np_record_line_text(&terms, "profile");
    return np_record_line_number(&terms, "count", &ret->count) &&
           np_record_line_hex(&terms, "id", ret->id, sizeof(ret->id)) &&
           take_time(&terms, "created", &ret->created) && take_time(&terms, "until", &ret->until) &&
           take_stations(np_record_line_value(&terms, "stations"), ret);
}

static bool take_signature(const np_record_line *file, np_authorization *ret)
{
    uint8_t der[SIGNATURE_DER_MAX + 2]; /* whole groups of base64 may end beyond */
    np_writer writer = np_writer_of(der, sizeof(der));
    np_bytes text = np_record_line_text(file, "signature");
    ret->is_signed = text.len > 0;
    return !ret->is_signed ||
           (np_record_line_hex(file, "key", ret->authority, sizeof(ret->authority)) &&
            np_parse_base64(text, &writer, NULL) == NP_OK &&
            np_der_parse_signature(np_writer_bytes(&writer), ret->signature));
}

static bool take_file(np_bytes file, np_authorization *ret)
{
    bool has_end = file.len > 0 && file.data[file.len - 1] == '\n';
    np_record_line members = {.text = np_bytes_of(file.data, file.len - has_end)};
    return file.len <= NP_AUTHORIZATION_MAX && take_object(members.text, &members) &&
           take_terms(np_record_line_value(&members, "authorization"), ret) &&
           take_signature(&members, ret);
}

np_code np_authorization_parse(np_bytes file, np_authorization *ret, np_error *err)
{
    uint8_t text[NP_AUTHORIZATION_MAX];
    np_writer writer = np_writer_of(text, sizeof(text));
    *ret = (np_authorization){0};
    if (take_file(file, ret)) {
        np_authorization_write(ret, &writer);
    }
    /* Written again it must be the same: it has these members and no others. */
    if (writer.len == 0 || !np_bytes_equal(np_writer_bytes(&writer), file)) {
        return np_error_set(err, NP_EINPUT_FORMAT, "this is no authorization of version %d",
                            VERSION);
    }
    return np_authorization_check(ret, err);
}

np_code np_authorization_sign(np_authorization *authorization, const np_signing *authority,
                              np_error *err)
{
    uint8_t digest[NP_SHA256_SIZE];
    np_authorization_digest(authorization, digest);
    np_public_key_digest(authority->public_key, authorization->authority);
    NP_TRY(authority->sign(authority->self, digest, authorization->signature, err));
    authorization->is_signed = true;
    return NP_OK;
}

np_code np_authorization_verify(const np_authorization *authorization,
                                const uint8_t authority[static NP_P256_POINT_SIZE], np_error *err)
{
    uint8_t digest[NP_SHA256_SIZE];
    bool is_valid = false;
    if (!authorization->is_signed) {
        np_error_set(err, NP_EPOLICY, "the authorization is not signed: it allows nothing yet");
        return np_error_hint(err, NP_EPOLICY, "nameplate authorization sign FILE --key KEY");
    }
    np_authorization_digest(authorization, digest);
    NP_TRY(np_p256_verify(authority, digest, authorization->signature, &is_valid, err));
    return is_valid ? NP_OK
                    : np_error_set(err, NP_EINPUT_KEY,
                                   "the authorization was not signed with the authority's key, or "
                                   "was changed since");
}

static bool has_station(const np_authorization *authorization, const uint8_t station[static 32])
{
    for (size_t i = 0; i < authorization->station_count; i++) {
        if (memcmp(authorization->stations[i].key, station, NP_SHA256_SIZE) == 0) {
            return true;
        }
    }
    return false;
}

np_code np_authorization_allows(const np_authorization *authorization,
                                const uint8_t station[static 32], const char *profile, int64_t now,
                                np_error *err)
{
    char until[NP_TIME_TEXT_SIZE];
    char key[HEX_KEY + 1];
    np_format_time(authorization->until, until);
    if (now > authorization->until) {
        return np_error_set(err, NP_EPOLICY, "the authorization %.*s has ended at %s",
                            (int)authorization->batch.len, (const char *)authorization->batch.data,
                            until);
    }
    if (!has_station(authorization, station)) {
        np_format_hex(np_bytes_of(station, NP_SHA256_SIZE), key);
        return np_error_set(
            err, NP_EPOLICY, "the authorization %.*s is not for this station, whose key is %s",
            (int)authorization->batch.len, (const char *)authorization->batch.data, key);
    }
    if (authorization->profile.len > 0 &&
        !np_bytes_equal(authorization->profile, np_bytes_text(profile))) {
        return np_error_set(
            err, NP_EPOLICY, "the authorization %.*s is for the profile %.*s, not for %s",
            (int)authorization->batch.len, (const char *)authorization->batch.data,
            (int)authorization->profile.len, (const char *)authorization->profile.data, profile);
    }
    return NP_OK;
}
