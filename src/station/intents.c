/* SPDX-License-Identifier: Apache-2.0 */
#include "station/intents.h"

#include "base/text.h"
#include "crypto/hash.h"
#include "record/json.h"
#include <stdlib.h>

enum {
    SUM_DIGITS = 16,
    SUM_SIZE = SUM_DIGITS / 2,
    WAITING_MAX = 1024 * 1024, /* of all bays together between two syncs. Not tuned */
    MEMBERS_MAX = 8,
};

static const char *const kind_names[STATION_INTENT_COUNT] = {
    [STATION_INTENT_BEGIN] = "begin",
    [STATION_INTENT_ISSUE] = "issue",
    [STATION_INTENT_LABEL] = "label",
    [STATION_INTENT_END] = "end",
};

/* Writing */

static void write_member(np_writer *writer, const char *name, np_bytes text)
{
    if (text.len > 0) {
        record_json_write_name(writer, name);
        record_json_write_text(writer, text);
    }
}

static void write_base64(np_writer *writer, const char *name, np_bytes bytes)
{
    if (bytes.len > 0) {
        record_json_write_name(writer, name);
        record_json_write_base64(writer, bytes);
    }
}

/* Members in the order of their names. */
static void write_object(const station_intent *intent, np_writer *writer)
{
    np_write_u8(writer, '{');
    if (intent->kind == STATION_INTENT_BEGIN) {
        record_json_write_name(writer, "attempt");
        record_json_write_number(writer, intent->attempt);
    }
    write_member(writer, "authorization", intent->authorization);
    write_member(writer, "bay", intent->bay);
    write_base64(writer, "cert", intent->certificate);
    write_member(writer, "kind", np_bytes_text(kind_names[intent->kind]));
    write_base64(writer, "label", intent->label);
    write_member(writer, "serial", intent->serial);
    write_member(writer, "started", intent->started);
    write_member(writer, "uid", intent->uid);
    np_write_u8(writer, '}');
}

static void format_sum(np_bytes text, char ret[static SUM_DIGITS + 1])
{
    uint8_t digest[NP_SHA256_SIZE];
    np_sha256(text, digest);
    np_format_hex(np_bytes_of(digest, SUM_SIZE), ret);
}

void station_intent_write(const station_intent *intent, np_writer *writer)
{
    uint8_t text[STATION_INTENT_MAX];
    char sum[SUM_DIGITS + 1];
    np_writer object = np_writer_of(text, sizeof(text) - SUM_DIGITS - 2);
    write_object(intent, &object);
    if (!np_writer_has_room(&object)) {
        np_write_fill(writer, 0, STATION_INTENT_MAX + 1); /* the writer overflows as well */
        return;
    }
    format_sum(np_writer_bytes(&object), sum);
    np_write_text(writer, sum);
    np_write_u8(writer, ' ');
    np_write_bytes(writer, np_writer_bytes(&object));
    np_write_u8(writer, '\n');
}

/* Reading */

typedef struct intent_members {
    record_json_member rows[MEMBERS_MAX];
    size_t count;
} intent_members;

static np_bytes value_of(const intent_members *members, const char *name)
{
    for (size_t i = 0; i < members->count; i++) {
        if (np_bytes_equal(members->rows[i].name, np_bytes_text(name))) {
            return members->rows[i].value;
        }
    }
    return (np_bytes){NULL, 0};
}

/* Texts of ours have nothing that is escaped: np_serial_check, and names of bays. */
static np_bytes text_of(const intent_members *members, const char *name)
{
    np_bytes text;
    return record_json_string(value_of(members, name), &text) ? text : (np_bytes){NULL, 0};
}

static bool find_kind(np_bytes name, station_intent_kind *ret)
{
    for (unsigned i = 0; i < STATION_INTENT_COUNT; i++) {
        if (np_bytes_equal(name, np_bytes_text(kind_names[i]))) {
            *ret = (station_intent_kind)i;
            return true;
        }
    }
    return false;
}

/* True when it is not there as well. An intent has one of them. */
static bool take_base64(np_bytes text, uint8_t *decoded, np_bytes *ret)
{
    np_writer writer = np_writer_of(decoded, STATION_INTENT_MAX);
    if (text.len > 0 && np_parse_base64(text, &writer, NULL) != NP_OK) {
        return false;
    }
    *ret = text.len > 0 ? np_writer_bytes(&writer) : (np_bytes){NULL, 0};
    return true;
}

/* Each kind has what it must have. */
static bool is_whole(const station_intent *intent)
{
    switch (intent->kind) {
    case STATION_INTENT_BEGIN:
        return intent->serial.len > 0 && intent->attempt > 0;
    case STATION_INTENT_ISSUE:
        return intent->certificate.len > 0 && intent->label.len == 0;
    case STATION_INTENT_LABEL:
        return intent->label.len > 0 && intent->certificate.len == 0;
    default:
        return true;
    }
}

bool station_intent_read(np_bytes line, uint8_t *decoded, station_intent *ret)
{
    char sum[SUM_DIGITS + 1];
    intent_members members = {.count = 0};
    *ret = (station_intent){.attempt = 0};
    if (line.len <= SUM_DIGITS + 1 || line.data[SUM_DIGITS] != ' ') {
        return false;
    }
    np_bytes object = np_bytes_of(line.data + SUM_DIGITS + 1, line.len - SUM_DIGITS - 1);
    format_sum(object, sum);
    if (memcmp(sum, line.data, SUM_DIGITS) != 0 ||
        !record_json_members(object, members.rows, MEMBERS_MAX, &members.count) ||
        !find_kind(text_of(&members, "kind"), &ret->kind)) {
        return false;
    }
    ret->uid = text_of(&members, "uid");
    ret->serial = text_of(&members, "serial");
    ret->bay = text_of(&members, "bay");
    ret->started = text_of(&members, "started");
    ret->authorization = text_of(&members, "authorization");
    bool is_good = take_base64(text_of(&members, "cert"), decoded, &ret->certificate) &&
                   take_base64(text_of(&members, "label"), decoded, &ret->label) &&
                   (value_of(&members, "attempt").len == 0 ||
                    record_json_number(value_of(&members, "attempt"), &ret->attempt));
    return is_good && ret->uid.len > 0 && is_whole(ret);
}

/* The file */

typedef struct intents_reading {
    np_code (*visit)(void *self, const station_intent *intent, np_error *err);
    void *self;
    uint64_t offset; /* of the next line: what is before fits */
} intents_reading;

/* *ret_is_end: at the end, or where the file was cut. */
static np_code read_line(const np_record_storage *storage, intents_reading *reading,
                         bool *ret_is_end, np_error *err)
{
    uint8_t text[STATION_INTENT_MAX];
    uint8_t decoded[STATION_INTENT_MAX];
    station_intent intent;
    size_t len = 0;
    NP_TRY(storage->read(storage->self, reading->offset, text, sizeof(text), &len, err));
    const uint8_t *end = len == 0 ? NULL : memchr(text, '\n', len);
    *ret_is_end = end == NULL ||
                  !station_intent_read(np_bytes_of(text, (size_t)(end - text)), decoded, &intent);
    if (*ret_is_end) {
        return NP_OK;
    }
    reading->offset += (uint64_t)(end - text) + 1;
    return reading->visit(reading->self, &intent, err);
}

/* A name that is seen may be of a life that ended before it was durable. */
static np_code open_storage(const np_record_storage *storage, np_error *err)
{
    bool exists = false;
    NP_TRY(storage->open(storage->self, &exists, err));
    if (!exists) {
        NP_TRY(storage->create(storage->self, err));
        NP_TRY(storage->sync(storage->self, err));
        NP_TRY(storage->publish(storage->self, err));
    }
    return storage->sync_folder(storage->self, err);
}

np_code station_intents_open(const np_record_storage *storage,
                             np_code (*visit)(void *self, const station_intent *intent,
                                              np_error *err),
                             void *self, station_intents *ret, np_error *err)
{
    intents_reading reading = {.visit = visit, .self = self};
    bool is_end = false;
    *ret = (station_intents){.storage = storage, .waiting = malloc(WAITING_MAX)};
    if (ret->waiting == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for what is in work");
    }
    NP_TRY(open_storage(storage, err));
    while (!is_end) {
        NP_TRY(read_line(storage, &reading, &is_end, err));
    }
    ret->durable = reading.offset;
    return storage->truncate(storage->self, ret->durable, err);
}

np_code station_intents_add(station_intents *intents, const station_intent *intent, np_error *err)
{
    np_writer writer = np_writer_of(intents->waiting + intents->len, WAITING_MAX - intents->len);
    if (intents->len + STATION_INTENT_MAX > WAITING_MAX) {
        NP_TRY(station_intents_commit(intents, err));
        writer = np_writer_of(intents->waiting, WAITING_MAX);
    }
    station_intent_write(intent, &writer);
    if (!np_writer_has_room(&writer) || writer.len > STATION_INTENT_MAX) {
        return np_error_set(err, NP_EINPUT_RANGE, "too much is to be noted of this unit");
    }
    intents->len += writer.len;
    return NP_OK;
}

static np_code store(const station_intents *intents, np_error *err)
{
    const np_record_storage *storage = intents->storage;
    NP_TRY(storage->write(storage->self, intents->durable,
                          np_bytes_of(intents->waiting, intents->len), err));
    return storage->sync(storage->self, err);
}

np_code station_intents_commit(station_intents *intents, np_error *err)
{
    if (intents->is_given_up) {
        return np_error_set(err, NP_ESTATION_IO, "the file of what is in work was given up");
    }
    if (intents->len == 0) {
        return NP_OK;
    }
    np_code code = store(intents, err);
    intents->is_given_up = code != NP_OK;
    intents->durable += code == NP_OK ? intents->len : 0;
    intents->len = 0;
    return code;
}

np_code station_intents_clear(station_intents *intents, np_error *err)
{
    const np_record_storage *storage = intents->storage;
    if (intents->durable == 0) {
        return NP_OK;
    }
    intents->len = 0;
    intents->durable = 0;
    NP_TRY(storage->truncate(storage->self, 0, err));
    return storage->sync(storage->self, err);
}

void station_intents_close(station_intents *intents)
{
    free(intents->waiting);
    *intents = (station_intents){.len = 0};
}
