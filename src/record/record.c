/* SPDX-License-Identifier: Apache-2.0 */
#include "record/record.h"

#include "base/civil.h"
#include "base/utf8.h"
#include "base/wipe.h"
#include "x509/public_key.h"
#include <stdlib.h>

/*
 * Lines are collected to this size and then made durable at once: some 2800 units of 1500 bytes,
 * so that a disk that needs 5 ms for a sync takes a tenth of the time at 60000 units a second. It
 * is also how much a crash can leave in pieces.
 */
enum { GROUP_MAX = 4 * 1024 * 1024 };

struct np_record {
    const np_record_storage *storage;
    const np_signing *station;
    np_record_chain chain;
    uint64_t durable_bytes;
    uint64_t recovered; /* of the present batch: found, not written by this run */
    bool is_given_up;
    size_t len;
    uint8_t *group; /* GROUP_MAX bytes */
};

void np_record_free(np_record *record)
{
    if (record != NULL) {
        free(record->group);
    }
    free(record);
}

const np_record_chain *np_record_position(const np_record *record)
{
    return &record->chain;
}

uint64_t np_record_bytes(const np_record *record)
{
    return record->durable_bytes + record->len;
}

/* NULL: no memory. */
static np_record *make_record(const np_record_options *options)
{
    np_record *record = calloc(1, sizeof(*record));
    uint8_t *group = malloc(GROUP_MAX);
    if (record == NULL || group == NULL) {
        free(record);
        free(group);
        return NULL;
    }
    record->storage = options->storage;
    record->station = options->station;
    record->group = group;
    return record;
}

static np_code write_header(const np_record_header *header, const np_record_hash *key,
                            np_writer *writer, np_error *err)
{
    static const np_record_hash nothing_before = {{0}};
    char created[NP_TIME_TEXT_SIZE];
    np_format_time(header->created, created);
    if (!np_is_utf8(header->station)) {
        return np_error_set(err, NP_EINPUT_FORMAT, "the station's name is no UTF-8 text");
    }
    np_write_text(writer, "{\"created\":");
    record_json_write_text(writer, np_bytes_text(created));
    np_write_text(writer, ",\"format\":\"nameplate-record\",\"issuers\":[");
    for (size_t i = 0; i < NP_RECORD_ISSUERS_MAX && header->issuers[i].len > 0; i++) {
        np_write_text(writer, i == 0 ? "" : ",");
        record_json_write_base64(writer, header->issuers[i]);
    }
    np_write_text(writer, "],\"key\":");
    record_json_write_hex(writer, NP_BYTES(key->bytes));
    np_write_text(writer, ",\"kind\":\"header\",\"prev\":");
    record_json_write_hex(writer, NP_BYTES(nothing_before.bytes));
    np_write_text(writer, ",\"seq\":0,\"station\":");
    record_json_write_text(writer, header->station);
    np_write_text(writer, ",\"version\":");
    record_json_write_number(writer, NP_RECORD_VERSION);
    np_write_u8(writer, '}');
    return NP_OK;
}

/* Room for one more line behind those that wait. */
static np_writer line_writer(np_record *record)
{
    return np_writer_of(record->group + record->len, NP_RECORD_LINE_MAX - 1);
}

/* Takes the line that the writer has just written there. */
static np_code take_line(np_record *record, np_record_kind kind, const np_writer *writer,
                         np_error *err)
{
    if (!np_writer_has_room(writer)) {
        return np_error_set(err, NP_EINPUT_RANGE, "the line would have %zu bytes; at most %d",
                            writer->len + 1, NP_RECORD_LINE_MAX);
    }
    record_chain_add(&record->chain, kind, np_writer_bytes(writer));
    record->len += writer->len;
    record->group[record->len++] = '\n';
    return NP_OK;
}

static np_code store_group(np_record *record, np_error *err)
{
    const np_record_storage *storage = record->storage;
    np_bytes group = np_bytes_of(record->group, record->len);
    NP_TRY(storage->write(storage->self, record->durable_bytes, group, err));
    return storage->sync(storage->self, err);
}

/*
 * After a failed sync the system may show bytes that the disk does not have. They are taken away
 * again, so that nobody reads them; should that fail too, the next opening writes them once more.
 */
static np_code give_up(np_record *record, np_code code, np_error *err)
{
    const np_record_storage *storage = record->storage;
    record->is_given_up = true;
    bool is_cut = storage->truncate(storage->self, record->durable_bytes, NULL) == NP_OK;
    return np_error_hint(err, code, "%s; when the disk is well again, run the same command again",
                         is_cut ? "what was not yet durable was taken away again"
                                : "what was not yet durable may or may not be there");
}

static np_code check_usable(const np_record *record, np_error *err)
{
    return record->is_given_up
               ? np_error_set(err, NP_ESTATION_IO, "the record was given up after a failed write")
               : NP_OK;
}

np_code np_record_commit(np_record *record, np_error *err)
{
    NP_TRY(check_usable(record, err));
    if (record->len == 0) {
        return NP_OK;
    }
    np_code code = store_group(record, err);
    if (code != NP_OK) {
        return give_up(record, code, err);
    }
    record->durable_bytes += record->len;
    record->len = 0;
    return NP_OK;
}

np_code np_record_append(np_record *record, const np_record_unit *unit, np_error *err)
{
    NP_TRY(check_usable(record, err));
    if (record->len > GROUP_MAX - NP_RECORD_LINE_MAX) {
        NP_TRY(np_record_commit(record, err));
    }
    np_writer writer = line_writer(record);
    NP_TRY(record_unit_write(unit, record->chain.next_seq, record->chain.head.bytes, &writer, err));
    return take_line(record, NP_RECORD_UNIT, &writer, err);
}

static np_code append_trailer(np_record *record, np_bytes batch, int64_t now, np_error *err)
{
    np_record_chain *chain = &record->chain;
    np_record_trailer trailer = {
        .batch = batch,
        .count = chain->tree.count,
        .first = chain->batch_first,
        .recovered = record->recovered,
        .seq = chain->next_seq,
        .finished = now,
        .prev = chain->head,
        .root = np_record_tree_root(&chain->tree),
        .key = chain->key,
    };
    NP_TRY(record_trailer_sign(&trailer, record->station, err));
    np_writer writer = line_writer(record);
    record_trailer_write(&trailer, &writer);
    return take_line(record, NP_RECORD_TRAILER, &writer, err);
}

/* The units are durable before their trailer is written, so that no trailer stands behind a gap. */
np_code np_record_seal(np_record *record, np_bytes batch, int64_t now, np_error *err)
{
    NP_TRY(np_record_check_batch(batch, err));
    NP_TRY(np_record_commit(record, err));
    if (record->chain.tree.count == 0) {
        return NP_OK;
    }
    NP_TRY(append_trailer(record, batch, now, err));
    record->recovered = 0;
    return np_record_commit(record, err);
}

static np_code begin_record(np_record *record, const np_record_options *options, np_error *err)
{
    const np_record_storage *storage = record->storage;
    np_writer writer = line_writer(record);
    NP_TRY(write_header(&options->header, &record->chain.key, &writer, err));
    NP_TRY(take_line(record, NP_RECORD_HEADER, &writer, err));
    NP_TRY(storage->create(storage->self, err));
    NP_TRY(store_group(record, err));
    NP_TRY(storage->publish(storage->self, err));
    record->durable_bytes = record->len;
    record->len = 0;
    return storage->sync_folder(storage->self, err);
}

/* Where reading has come to, and what the last trailer was. */
typedef struct record_resume {
    const np_record_options *options;
    np_record_report report;
    np_record_trailer last;
    uint8_t last_batch[NP_RECORD_BATCH_MAX]; /* what its name points into */
    uint64_t last_line;                      /* where it stands; 0: there is none */
    uint64_t last_begin;                     /* and from which byte on */
} record_resume;

static np_code note_line(void *self, const np_record_line *line, const np_record_trailer *trailer,
                         np_error *err)
{
    record_resume *resume = self;
    const np_record_options *options = resume->options;
    if (trailer != NULL) {
        resume->last = *trailer;
        resume->last.batch.data = resume->last_batch;
        if (trailer->batch.len > 0) {
            memcpy(resume->last_batch, trailer->batch.data, trailer->batch.len);
        }
        resume->last_line = line->seq + 1;
        resume->last_begin = resume->report.good_bytes - line->text.len - 1;
    }
    return options->visit == NULL ? NP_OK : options->visit(options->self, line, trailer, err);
}

static np_code check_station(const np_record *record, const record_resume *resume, np_error *err)
{
    const np_record_hash *found = &resume->report.chain.key;
    if (memcmp(found, &record->chain.key, sizeof(*found)) == 0) {
        return NP_OK;
    }
    np_error_set(err, NP_ECONFLICT_OTHER, "the record is of another station key");
    return np_error_hint(err, NP_ECONFLICT_OTHER, "every station writes a record of its own");
}

/* Only what a crash can leave may be cut off: see GROUP_MAX and np_record_seal. */
static np_code cut_rest(const np_record *record, const record_resume *resume, np_error *err)
{
    const np_record_storage *storage = record->storage;
    const np_record_report *report = &resume->report;
    bool is_signed = false;
    uint8_t one;
    size_t beyond = 0;
    NP_TRY(record_find_trailer(storage, report->good_bytes, record->station->public_key, &is_signed,
                               err));
    NP_TRY(storage->read(storage->self, report->good_bytes + GROUP_MAX + 1, &one, 1, &beyond, err));
    if (is_signed || beyond > 0) {
        np_error_set(err, NP_EINPUT_FORMAT,
                     "line %zu: damaged, and not by a crash: good lines follow",
                     (size_t)report->chain.next_seq + 1);
        return np_error_hint(err, NP_EINPUT_FORMAT, "restore the record from a copy");
    }
    return storage->truncate(storage->self, report->good_bytes, err);
}

/*
 * A killed process, or one whose sync failed, leaves lines that the system shows and the disk may
 * never get: after a failed sync the system takes them for written. So what can be such a line, the
 * last trailer or a unit behind it, is written again, the same bytes in the same place.
 */
static np_code make_durable(np_record *record, const record_resume *resume, np_error *err)
{
    const np_record_storage *storage = record->storage;
    uint64_t end = resume->report.good_bytes;
    uint64_t from = end > GROUP_MAX ? end - GROUP_MAX : 0;
    from = from > resume->last_begin ? from : resume->last_begin;
    size_t len = 0;
    NP_TRY(storage->read(storage->self, from, record->group, (size_t)(end - from), &len, err));
    NP_TRY(storage->write(storage->self, from, np_bytes_of(record->group, len), err));
    NP_TRY(storage->sync(storage->self, err));
    return storage->sync_folder(storage->self, err);
}

static np_code count_rest(const np_record *record, const record_resume *resume, uint64_t *ret,
                          np_error *err)
{
    uint8_t buffer[4096];
    size_t count = sizeof(buffer);
    for (*ret = 0; count == sizeof(buffer); *ret += count) {
        NP_TRY(record->storage->read(record->storage->self, resume->report.good_bytes + *ret,
                                     buffer, sizeof(buffer), &count, err));
    }
    return NP_OK;
}

static np_code read_lines(record_resume *resume, np_error *err)
{
    const np_record_reading reading = {
        .storage = resume->options->storage, .visit = note_line, .self = resume};
    np_code code = np_record_read(&reading, &resume->report, err);
    bool has_tail = resume->report.is_torn && resume->report.chain.next_seq > 0;
    /* What is torn is looked at by the caller. */
    return has_tail && code == NP_EINPUT_FORMAT ? NP_OK : code;
}

/* Signed by this key, the last trailer vouches for every line before it. */
static np_code check_last_trailer(const np_record *record, const record_resume *resume,
                                  np_error *err)
{
    if (resume->last_line == 0) {
        return NP_OK;
    }
    np_code code = np_record_trailer_verify(&resume->last, record->station->public_key, err);
    return code == NP_OK ? NP_OK
                         : np_error_prefix(err, code, "line %zu", (size_t)resume->last_line);
}

static np_code resume_record(np_record *record, record_resume *resume, np_record_found *found,
                             np_error *err)
{
    NP_TRY(read_lines(resume, err));
    NP_TRY(check_station(record, resume, err));
    NP_TRY(check_last_trailer(record, resume, err));
    NP_TRY(count_rest(record, resume, &found->cut_bytes, err));
    if (found->cut_bytes > 0) {
        NP_TRY(cut_rest(record, resume, err));
    }
    NP_TRY(make_durable(record, resume, err));
    record->chain = resume->report.chain;
    record->durable_bytes = resume->report.good_bytes;
    record->recovered = record->chain.tree.count;
    found->units = record->chain.units;
    found->unsigned_units = record->recovered;
    return NP_OK;
}

np_code np_record_open(const np_record_options *options, np_record **ret,
                       np_record_found *ret_found, np_error *err)
{
    bool exists = false;
    NP_CLEANUP(np_record_free_at) np_record *record = make_record(options);
    record_resume resume = {.options = options};
    *ret = NULL;
    *ret_found = (np_record_found){0};
    if (record == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for a record");
    }
    np_public_key_digest(options->station->public_key, record->chain.key.bytes);
    NP_TRY(options->storage->open(options->storage->self, &exists, err));
    NP_TRY(exists ? resume_record(record, &resume, ret_found, err)
                  : begin_record(record, options, err));
    ret_found->is_new = !exists;
    *ret = record;
    record = NULL;
    return NP_OK;
}
