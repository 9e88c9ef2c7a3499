/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was made, provably. A record is a file of lines (doc/formats/record.md): a header, a line a
 * unit, and at the end of each batch a trailer that the station signs. Each line names the hash of
 * the line before, so that nothing can be changed, taken out or put in between without it showing.
 * It is not a registry: nothing is ever changed here, and nothing is looked up without reading.
 *
 * Rule for callers: nothing leaves the house (a certificate, a chip, a success message) before
 * np_record_commit has returned NP_OK for its line. After any NP_ESTATION error nothing that was
 * not committed before is recorded, and the record must be closed; what there is, opening tells.
 *
 * Pure but for record/file.h: storage, key and time are handed in. One thread at a time.
 */
#pragma once

#include "record/read.h"
#include "record/unit.h"

enum { NP_RECORD_ISSUERS_MAX = 8 };

/* What a new record says in its first line. */
typedef struct np_record_header {
    np_bytes station;                        /* its name, UTF-8 */
    np_bytes issuers[NP_RECORD_ISSUERS_MAX]; /* DER; ends at the first empty one */
    int64_t created;                         /* seconds since 1970 */
} np_record_header;

typedef struct np_record_options {
    const np_record_storage *storage; /* these must outlive the record */
    const np_signing *station;
    np_record_header header; /* for a new record; one that exists keeps its own */
    /* Every line that is there already, in order. May be NULL. Slices live during the call; an
     * error ends the opening. This is how a run that resumes knows what exists: the members
     * "serial" and "cert_serial" by np_record_line_text, "spki_sha256" by np_record_line_hex. What
     * was visited may be relied on when np_record_open returns NP_OK, and not before. */
    NP_MUST_USE np_code (*visit)(void *self, const np_record_line *line,
                                 const np_record_trailer *trailer, np_error *err);
    void *self;
} np_record_options;

/* What opening found. */
typedef struct np_record_found {
    bool is_new;
    uint64_t units;
    uint64_t unsigned_units; /* behind the last trailer: the next one covers them */
    uint64_t cut_bytes;      /* of lines that a crash had left in pieces */
} np_record_found;

typedef struct np_record np_record;

/*
 * Opens a record for writing, or begins one. It reads everything: all lines must fit, and the last
 * trailer must be of this station's key; what a crash left in pieces behind the last complete line
 * is cut off.
 *   NP_EINPUT_FORMAT      damaged, or no record; "line N: " and the reason. Nothing was changed
 *   NP_EINPUT_RANGE       the header does not fit in a line
 *   NP_ECONFLICT_OTHER    a record of another station key
 *   NP_ESTATION_BUSY      another process writes to it
 *   NP_ESTATION_IO, NP_ESTATION_MEMORY
 */
NP_MUST_USE np_code np_record_open(const np_record_options *options, np_record **ret,
                                   np_record_found *ret_found, np_error *err);

/*
 * Adds a unit's line in memory, sometimes to the storage; it is not durable yet. With an error of
 * NP_CLASS_INPUT or NP_CLASS_USAGE (see record_unit_write; NP_EINPUT_RANGE when the line would be
 * too long) nothing was added and the record is as it was.
 */
NP_MUST_USE np_code np_record_append(np_record *record, const np_record_unit *unit, np_error *err);

/* Everything that was appended is durable when this returns NP_OK. */
NP_MUST_USE np_code np_record_commit(np_record *record, np_error *err);

/* Where the record stands, lines that are not yet durable among them. */
const np_record_chain *np_record_position(const np_record *record);

/* How long it is, lines that are not yet durable among them: where the next line will stand. */
uint64_t np_record_bytes(const np_record *record);

/*
 * Ends the batch: commits, and writes a trailer over all units since the last one, durable when
 * this returns. Does nothing when there are none. The batch's name: np_record_check_batch.
 */
NP_MUST_USE np_code np_record_seal(np_record *record, np_bytes batch, int64_t now, np_error *err);

/* Drops what was not committed, and releases; accepts NULL. The storage stays the caller's. */
void np_record_free(np_record *record);

static inline void np_record_free_at(np_record **record)
{
    np_record_free(*record);
}
