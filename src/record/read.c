/* SPDX-License-Identifier: Apache-2.0 */
#include "record/read.h"

#include "base/wipe.h"
#include "record/unit.h"
#include "x509/public_key.h"
#include <stdlib.h>

/* A few of the longest lines at a time. Not tuned. */
enum { SCAN_BUFFER = 4 * NP_RECORD_LINE_MAX };

typedef struct line_scan {
    const np_record_storage *storage;
    uint64_t offset; /* of the first byte in the buffer that was not taken */
    size_t at;
    size_t len;
    bool is_at_end; /* nothing is behind the buffer */
    uint8_t buffer[SCAN_BUFFER];
    np_record_line line;
} line_scan;

static void scan_free_at(line_scan **scan)
{
    free(*scan);
}

static line_scan *open_scan(const np_record_storage *storage, uint64_t offset)
{
    line_scan *scan = malloc(sizeof(*scan));
    if (scan != NULL) {
        scan->storage = storage;
        scan->offset = offset;
        scan->at = 0;
        scan->len = 0;
        scan->is_at_end = false;
    }
    return scan;
}

static np_code memory_error(np_error *err)
{
    return np_error_set(err, NP_ESTATION_MEMORY, "no memory to read the record");
}

static np_code refill(line_scan *scan, np_error *err)
{
    size_t rest = scan->len - scan->at;
    size_t count = 0;
    memmove(scan->buffer, scan->buffer + scan->at, rest);
    scan->at = 0;
    scan->len = rest;
    NP_TRY(scan->storage->read(scan->storage->self, scan->offset + rest, scan->buffer + rest,
                               SCAN_BUFFER - rest, &count, err));
    scan->is_at_end = count < SCAN_BUFFER - rest;
    scan->len += count;
    return NP_OK;
}

typedef enum scan_state { SCAN_LINE, SCAN_TORN, SCAN_END } scan_state;

/* Takes a line, or as much as a line can be; without its line feed. */
static np_code take_text(line_scan *scan, scan_state *ret_state, np_bytes *ret_text, np_error *err)
{
    if (scan->len - scan->at < NP_RECORD_LINE_MAX && !scan->is_at_end) {
        NP_TRY(refill(scan, err));
    }
    const uint8_t *start = scan->buffer + scan->at;
    size_t rest = scan->len - scan->at;
    rest = rest < NP_RECORD_LINE_MAX ? rest : NP_RECORD_LINE_MAX;
    const uint8_t *feed = rest == 0 ? NULL : memchr(start, '\n', rest);
    size_t len = feed == NULL ? rest : (size_t)(feed - start);
    size_t taken = feed == NULL ? rest : len + 1;
    bool is_whole = feed != NULL || rest == NP_RECORD_LINE_MAX;
    *ret_state = is_whole ? SCAN_LINE : rest > 0 ? SCAN_TORN : SCAN_END;
    *ret_text = np_bytes_of(start, len);
    scan->at += taken;
    scan->offset += taken;
    return NP_OK;
}

/* What memory looks like that was never written: no text has it. */
static bool has_hole(np_bytes text)
{
    return text.len > 0 && memchr(text.data, '\0', text.len) != NULL;
}

static np_code blame(np_record_report *report, uint64_t line, np_code code, np_error *err)
{
    report->bad_line = line;
    return np_error_prefix(err, code, "line %zu", (size_t)line);
}

/* Does the line behind this one, if there is one, name its hash? */
static np_code is_confirmed(const np_record_storage *storage, uint64_t offset,
                            const np_record_line *line, bool *ret, np_error *err)
{
    scan_state state;
    np_bytes text;
    NP_CLEANUP(scan_free_at) line_scan *next = open_scan(storage, offset);
    if (next == NULL) {
        return memory_error(err);
    }
    NP_TRY(take_text(next, &state, &text, err));
    *ret = state == SCAN_LINE && np_record_line_parse(text, &next->line, NULL) == NP_OK &&
           memcmp(&next->line.prev, &line->hash, sizeof(line->hash)) == 0;
    return NP_OK;
}

static bool is_signed(const np_record_line *line, const uint8_t *station_key)
{
    np_record_trailer trailer;
    return line->kind == NP_RECORD_TRAILER && station_key != NULL &&
           np_record_trailer_parse(line, &trailer, NULL) == NP_OK &&
           np_record_trailer_verify(&trailer, station_key, NULL) == NP_OK;
}

/*
 * A line whose prev does not fit, or the line before it, was changed. Which one, the line behind
 * tells, or the line's own signature.
 */
static np_code blame_for_break(const np_record_reading *reading, const line_scan *scan,
                               np_record_report *report, np_code code, np_error *err)
{
    bool is_good = false;
    uint64_t number = report->chain.next_seq + 1;
    NP_TRY(is_confirmed(reading->storage, scan->offset, &scan->line, &is_good, err));
    if (!is_good && !is_signed(&scan->line, reading->station_key)) {
        return blame(report, number, code, err);
    }
    np_error_set(err, code, "changed after it was written: the line behind it names another hash");
    return blame(report, number - 1, code, err);
}

static np_code check_key(const np_record_reading *reading, const np_record_chain *chain,
                         np_error *err)
{
    np_record_hash key;
    if (reading->station_key == NULL) {
        return NP_OK;
    }
    np_public_key_digest(reading->station_key, key.bytes);
    if (memcmp(&key, &chain->key, sizeof(key)) == 0) {
        return NP_OK;
    }
    return np_error_set(err, NP_EINPUT_KEY,
                        "the record is of another station key than the one that was given");
}

/* What is checked when a record is verified, and not when it is only read. */
static np_code check_proof(const np_record_reading *reading, const np_record_report *report,
                           const np_record_line *line, const np_record_trailer *trailer,
                           np_error *err)
{
    if (line->kind == NP_RECORD_HEADER) {
        return check_key(reading, &report->chain, err);
    }
    if (reading->station_key == NULL) {
        return NP_OK;
    }
    return line->kind == NP_RECORD_TRAILER
               ? np_record_trailer_verify(trailer, reading->station_key, err)
               : record_unit_check(line, err);
}

static np_code take_line(const np_record_reading *reading, line_scan *scan, np_bytes text,
                         np_record_report *report, np_error *err)
{
    np_record_trailer trailer = {0};
    uint64_t number = report->chain.next_seq + 1;
    np_code code = np_record_line_parse(text, &scan->line, err);
    if (code != NP_OK) {
        report->is_torn = has_hole(text);
        return blame(report, number, code, err);
    }
    code = np_record_chain_take(&report->chain, &scan->line, &trailer, err);
    if (code != NP_OK && record_chain_is_broken_at(&report->chain, &scan->line) && number > 1) {
        return blame_for_break(reading, scan, report, code, err);
    }
    if (code == NP_OK) {
        code = check_proof(reading, report, &scan->line, &trailer, err);
    }
    if (code != NP_OK) {
        return blame(report, number, code, err);
    }
    report->good_bytes = scan->offset;
    report->recovered += trailer.recovered;
    bool is_trailer = scan->line.kind == NP_RECORD_TRAILER;
    return reading->visit == NULL
               ? NP_OK
               : reading->visit(reading->self, &scan->line, is_trailer ? &trailer : NULL, err);
}

static np_code refuse_end(np_record_report *report, uint64_t line, const char *why, np_error *err)
{
    np_error_set(err, NP_EINPUT_FORMAT, "%s", why);
    blame(report, line, NP_EINPUT_FORMAT, err);
    return np_error_hint(err, NP_EINPUT_FORMAT,
                         "the next command that adds to this record with its station key mends it");
}

static np_code check_end(const np_record_reading *reading, np_record_report *report, np_error *err)
{
    const np_record_chain *chain = &report->chain;
    if (chain->next_seq == 0) {
        np_error_set(err, NP_EINPUT_FORMAT, "not a record: it has no complete line");
        return blame(report, 1, NP_EINPUT_FORMAT, err);
    }
    if (reading->station_key == NULL) {
        return NP_OK;
    }
    if (report->is_torn) {
        return refuse_end(report, chain->next_seq + 1, "not complete: writing it was interrupted",
                          err);
    }
    if (chain->tree.count > 0) {
        return refuse_end(report, chain->batch_first + 1, "no trailer signs the units from here on",
                          err);
    }
    return chain->batches > 0 ? NP_OK
                              : refuse_end(report, 1, "no trailer follows: nothing is signed", err);
}

np_code np_record_read(const np_record_reading *reading, np_record_report *report, np_error *err)
{
    scan_state state;
    np_bytes text;
    NP_CLEANUP(scan_free_at) line_scan *scan = open_scan(reading->storage, 0);
    if (scan == NULL) {
        return memory_error(err);
    }
    for (;;) {
        NP_TRY(take_text(scan, &state, &text, err));
        if (state != SCAN_LINE) {
            report->is_torn = state == SCAN_TORN;
            return check_end(reading, report, err);
        }
        NP_TRY(take_line(reading, scan, text, report, err));
    }
}

np_code record_find_trailer(const np_record_storage *storage, uint64_t from,
                            const uint8_t *station_key, bool *ret_is_found, np_error *err)
{
    scan_state state = SCAN_LINE;
    np_bytes text;
    NP_CLEANUP(scan_free_at) line_scan *scan = open_scan(storage, from);
    if (scan == NULL) {
        return memory_error(err);
    }
    *ret_is_found = false;
    while (state == SCAN_LINE && !*ret_is_found) {
        NP_TRY(take_text(scan, &state, &text, err));
        *ret_is_found = state == SCAN_LINE &&
                        np_record_line_parse(text, &scan->line, NULL) == NP_OK &&
                        is_signed(&scan->line, station_key);
    }
    return NP_OK;
}
