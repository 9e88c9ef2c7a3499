/* SPDX-License-Identifier: Apache-2.0 */
#include "signer/journal.h"

#include "base/civil.h"
#include "base/text.h"
#include "x509/name.h"
#include "x509/public_key.h"
#include <stdlib.h>

/* Not every unit has the last one. */
enum { KIND_SERIAL, KIND_KEY, KIND_COMMON_NAME, KIND_COUNT };

/* What each kind is called. */
static const char *const kind_names[KIND_COUNT] = {
    [KIND_SERIAL] = "serial", [KIND_KEY] = "public key", [KIND_COMMON_NAME] = "common name"};

/*
 * What the index has for a mark: where the line of its unit stands in the record, twice, so that
 * the lowest bit says that a unit of this run has it. A line never stands at 0: the header does.
 */
enum { OF_THIS_RUN = 1 };

/* Lines are looked up in their order for the most part, so that many are read at once. */
enum { WINDOW = 16 * NP_RECORD_LINE_MAX };

struct np_journal {
    np_journal_options options;
    np_index *index;
    np_record *record; /* NULL: none */
    uint64_t offset;   /* of the next line while the record is opened */
    uint64_t unsigned_units;
    uint64_t authorized; /* units with the authorization's id that opening found */
    bool has_head;       /* so is the line with the earlier head */
    bool knows_issuer;   /* the header has its certificate */
    uint8_t issuer_id[NP_SHA256_SIZE];
    char started[NP_TIME_TEXT_SIZE];
    uint64_t window_offset;
    size_t window_len;
    uint8_t window[WINDOW];
};

void np_journal_free(np_journal *journal)
{
    if (journal != NULL) {
        np_record_free(journal->record);
        np_index_free(journal->index);
    }
    free(journal);
}

typedef struct unit_marks {
    uint64_t marks[KIND_COUNT];
    size_t count;
} unit_marks;

static void add_mark(unit_marks *marks, uint8_t kind, np_bytes text)
{
    marks->marks[marks->count++] = np_index_mark(kind, text);
}

/* Serials are compared as the record writes them, keys by the hash that it has of them. */
static np_bytes text_in_record(np_bytes text, np_writer *writer)
{
    np_bytes inside = {NULL, 0};
    record_json_write_text(writer, text);
    return record_json_string(np_writer_bytes(writer), &inside) ? inside : text;
}

static void mark_unit(const np_issue_unit *unit, uint8_t *ret_key_hash, unit_marks *ret)
{
    uint8_t serial[2 + 6 * NP_ISSUE_SERIAL_MAX]; /* every byte as \u00xx, and quotes */
    np_writer writer = np_writer_of(serial, sizeof(serial));
    np_bytes common_name;
    ret->count = 0;
    np_public_key_digest(unit->public_key, ret_key_hash);
    add_mark(ret, KIND_SERIAL,
             text_in_record(np_bytes_of(unit->serial, unit->serial_len), &writer));
    add_mark(ret, KIND_KEY, np_bytes_of(ret_key_hash, NP_SHA256_SIZE));
    if (np_name_find(np_bytes_of(unit->subject, unit->subject_len), "CN", &common_name)) {
        add_mark(ret, KIND_COMMON_NAME, common_name);
    }
}

static bool decode_certificate(const np_record_line *line, uint8_t *der, size_t size,
                               np_certificate *ret)
{
    np_writer writer = np_writer_of(der, size);
    return np_parse_base64(np_record_line_text(line, "cert"), &writer, NULL) == NP_OK &&
           np_certificate_parse(np_writer_bytes(&writer), ret, NULL) == NP_OK;
}

static np_code remember_line(np_journal *journal, const np_record_line *line, np_error *err)
{
    uint8_t der[NP_RECORD_LINE_MAX];
    uint8_t key_hash[NP_SHA256_SIZE];
    np_certificate certificate;
    np_bytes common_name;
    unit_marks marks = {.count = 0};
    np_bytes serial = np_record_line_text(line, "serial");
    if (serial.len > 0) {
        add_mark(&marks, KIND_SERIAL, serial);
    }
    if (np_record_line_hex(line, "spki_sha256", key_hash, sizeof(key_hash))) {
        add_mark(&marks, KIND_KEY, NP_BYTES(key_hash));
    }
    if (decode_certificate(line, der, sizeof(der), &certificate) &&
        np_name_find(certificate.subject, "CN", &common_name)) {
        add_mark(&marks, KIND_COMMON_NAME, common_name);
    }
    for (size_t i = 0; i < marks.count; i++) {
        NP_TRY(np_index_put(journal->index, marks.marks[i], 2 * journal->offset, err));
    }
    return NP_OK;
}

static void look_at_line(np_journal *journal, const np_record_line *line)
{
    const np_journal_options *options = &journal->options;
    if (options->head != NULL &&
        memcmp(line->hash.bytes, options->head->bytes, sizeof(line->hash.bytes)) == 0) {
        journal->has_head = true;
    }
    if (line->kind == NP_RECORD_UNIT && options->authorization_id.len > 0 &&
        np_record_line_says(line, "authorization_id", options->authorization_id)) {
        journal->authorized++;
    }
}

static np_code visit(void *self, const np_record_line *line, const np_record_trailer *trailer,
                     np_error *err)
{
    np_journal *journal = self;
    (void)trailer;
    if (line->kind == NP_RECORD_HEADER) {
        journal->knows_issuer = np_record_line_has_issuer(line, journal->options.issuer);
    }
    if (line->kind == NP_RECORD_UNIT) {
        NP_TRY(remember_line(journal, line, err));
    }
    look_at_line(journal, line);
    journal->offset += line->text.len + 1;
    return NP_OK;
}

static np_code open_record(np_journal *journal, np_record_found *ret_found, np_error *err)
{
    const np_journal_options *options = &journal->options;
    int64_t now = options->now();
    np_format_time(now, journal->started);
    np_record_options record = {
        .storage = options->record,
        .station = options->station,
        .header = {.station = options->station_name, .issuers = {options->issuer}, .created = now},
        .visit = visit,
        .self = journal,
    };
    NP_TRY(np_record_open(&record, &journal->record, ret_found, err));
    journal->knows_issuer = journal->knows_issuer || ret_found->is_new;
    journal->unsigned_units = ret_found->unsigned_units;
    return NP_OK;
}

np_code np_journal_open(const np_journal_options *options, np_journal **ret,
                        np_record_found *ret_found, np_error *err)
{
    NP_CLEANUP(np_journal_free_at) np_journal *journal = calloc(1, sizeof(*journal));
    *ret = NULL;
    *ret_found = (np_record_found){0};
    if (journal == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for a journal");
    }
    journal->options = *options;
    np_sha256(options->issuer, journal->issuer_id);
    NP_TRY(np_index_create(options->limits, options->spill, &journal->index, err));
    if (options->record != NULL) {
        NP_TRY(open_record(journal, ret_found, err));
    }
    *ret = journal;
    journal = NULL;
    return NP_OK;
}

/* The bytes of the record from there on: a whole line, unless it was damaged meanwhile. */
static np_code read_line(np_journal *journal, uint64_t offset, np_bytes *ret, np_error *err)
{
    const np_record_storage *storage = journal->options.record;
    bool is_inside =
        offset >= journal->window_offset && offset - journal->window_offset < journal->window_len;
    size_t at = is_inside ? (size_t)(offset - journal->window_offset) : 0;
    const uint8_t *end =
        is_inside ? memchr(journal->window + at, '\n', journal->window_len - at) : NULL;
    if (end == NULL) {
        at = 0;
        journal->window_offset = offset;
        NP_TRY(storage->read(storage->self, offset, journal->window, sizeof(journal->window),
                             &journal->window_len, err));
        end = memchr(journal->window, '\n', journal->window_len);
    }
    *ret =
        np_bytes_of(journal->window + at, end == NULL ? 0 : (size_t)(end - journal->window) - at);
    return NP_OK;
}

static bool has_hash(const np_record_line *line, const char *name, const uint8_t *wanted)
{
    uint8_t found[NP_SHA256_SIZE];
    return np_record_line_hex(line, name, found, sizeof(found)) &&
           memcmp(found, wanted, sizeof(found)) == 0;
}

/* Is the certificate what this run would give the unit? */
static const char *compare_line(const np_journal *journal, const np_record_line *line,
                                const np_certificate *certificate, const np_issue_unit *unit,
                                const uint8_t *key_hash)
{
    np_bytes subject = np_bytes_of(unit->subject, unit->subject_len);
    if (!np_record_line_says(line, "serial", np_bytes_of(unit->serial, unit->serial_len)) ||
        !has_hash(line, "spki_sha256", key_hash)) {
        return "unit";
    }
    if (!has_hash(line, "issuer_id", journal->issuer_id)) {
        return "signer";
    }
    return np_bytes_equal(certificate->subject, subject) ? NULL : "subject";
}

/* The unit gets the certificate that the record has for it. */
static np_code fetch(np_journal *journal, uint64_t offset, np_issue_unit *unit,
                     const uint8_t *key_hash, np_error *err)
{
    np_bytes text;
    np_record_line line;
    np_certificate certificate;
    NP_TRY(read_line(journal, offset, &text, err));
    np_code code = np_record_line_parse(text, &line, err);
    if (code != NP_OK) {
        return np_error_prefix(err, code, "the record has changed at byte %zu", (size_t)offset);
    }
    if (!decode_certificate(&line, unit->der, sizeof(unit->der), &certificate)) {
        np_issue_refuse(unit, "line %zu of the record has this unit without a certificate",
                        (size_t)line.seq + 1);
        return NP_OK;
    }
    const char *other = compare_line(journal, &line, &certificate, unit, key_hash);
    if (other != NULL) {
        np_issue_refuse(unit, "line %zu of the record has this unit with another %s",
                        (size_t)line.seq + 1, other);
        return NP_OK;
    }
    unit->der_len = certificate.der.len;
    unit->is_recorded = true;
    return NP_OK;
}

static np_code reserve_unit(np_journal *journal, np_issue_unit *unit, np_error *err)
{
    uint64_t found[KIND_COUNT];
    uint8_t key_hash[NP_SHA256_SIZE];
    unit_marks marks;
    mark_unit(unit, key_hash, &marks);
    for (size_t i = 0; i < marks.count; i++) {
        NP_TRY(np_index_find(journal->index, marks.marks[i], &found[i], err));
    }
    if (found[KIND_SERIAL] > OF_THIS_RUN && found[KIND_SERIAL] == found[KIND_KEY]) {
        NP_TRY(fetch(journal, found[KIND_SERIAL] / 2, unit, key_hash, err));
        return np_index_put(journal->index, marks.marks[KIND_SERIAL],
                            found[KIND_SERIAL] | OF_THIS_RUN, err);
    }
    for (size_t i = 0; i < marks.count; i++) {
        if (found[i] != 0) {
            np_issue_refuse(unit, "duplicate: a unit before has this %s", kind_names[i]);
            return NP_OK;
        }
    }
    for (size_t i = 0; i < marks.count; i++) {
        NP_TRY(np_index_put(journal->index, marks.marks[i], OF_THIS_RUN, err));
    }
    return NP_OK;
}

static np_code reserve(void *self, np_issue_group *group, np_error *err)
{
    for (size_t i = 0; i < group->count; i++) {
        if (!group->units[i].is_refused) {
            NP_TRY(reserve_unit(self, &group->units[i], err));
        }
    }
    return NP_OK;
}

static np_code append(np_journal *journal, const np_issue_unit *unit, np_bytes finished,
                      np_error *err)
{
    const np_journal_options *options = &journal->options;
    np_bytes serial = np_bytes_of(unit->serial, unit->serial_len);
    np_record_facts facts;
    np_record_unit line = {
        .serial = serial,
        .device_id = serial,
        .origin = np_bytes_text(options->origin),
        .chain = {journal->knows_issuer ? (np_bytes){NULL, 0} : options->issuer},
        .issuer_id = NP_BYTES(journal->issuer_id),
        .batch = options->batch,
        .authorization_id = options->authorization_id,
        .station = options->station_name,
        .started = np_bytes_text(journal->started),
        .finished = finished,
        .result = np_bytes_text("pass"),
        .tool_version = options->tool_version,
    };
    NP_TRY(
        np_record_unit_take_certificate(&line, np_bytes_of(unit->der, unit->der_len), &facts, err));
    NP_TRY(np_record_append(journal->record, &line, err));
    journal->unsigned_units++;
    return NP_OK;
}

static np_code seal(np_journal *journal, np_error *err)
{
    journal->unsigned_units = 0;
    return np_record_seal(journal->record, journal->options.batch, journal->options.now(), err);
}

static np_code confirm(void *self, const np_issue_group *group, np_error *err)
{
    np_journal *journal = self;
    char finished[NP_TIME_TEXT_SIZE];
    if (journal->record == NULL) {
        return NP_OK;
    }
    np_format_time(journal->options.now(), finished);
    for (size_t i = 0; i < group->count; i++) {
        const np_issue_unit *unit = &group->units[i];
        if (!unit->is_refused && !unit->is_recorded) {
            NP_TRY(append(journal, unit, np_bytes_text(finished), err));
        }
    }
    return journal->unsigned_units >= NP_JOURNAL_BATCH ? seal(journal, err)
                                                       : np_record_commit(journal->record, err);
}

np_journal_state np_journal_look(const np_journal *journal)
{
    if (journal->record == NULL) {
        return (np_journal_state){.units = 0};
    }
    const np_record_chain *chain = np_record_position(journal->record);
    return (np_journal_state){.units = chain->units,
                              .authorized = journal->authorized,
                              .has_head = journal->has_head,
                              .head = chain->head};
}

np_issue_part np_journal_part(np_journal *journal)
{
    return (np_issue_part){.reserve = reserve, .confirm = confirm, .self = journal};
}

np_code np_journal_finish(np_journal *journal, np_error *err)
{
    return journal->record == NULL ? NP_OK : seal(journal, err);
}
