/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a record from its first line to its last, checking as it goes, in constant memory. With
 * a station key it proves; without one it only finds what does not fit together.
 */
#pragma once

#include "record/chain.h"
#include "record/storage.h"

typedef struct np_record_reading {
    const np_record_storage *storage;
    /* 64 bytes of a public key from outside the record: signatures are checked, and so is whether
     * the hashes in units are of what stands beside them; lines that no signature covers are
     * refused. NULL: none of this. */
    const uint8_t *station_key;
    /* Of every line that fits; trailer is NULL but for trailers. May be NULL. */
    NP_MUST_USE np_code (*visit)(void *self, const np_record_line *line,
                                 const np_record_trailer *trailer, np_error *err);
    void *self;
} np_record_reading;

typedef struct np_record_report {
    np_record_chain chain; /* after the last line that fits */
    uint64_t recovered;    /* units that trailers call recovered */
    uint64_t bad_line;     /* counted from 1; 0: none is */
    uint64_t good_bytes;   /* up to where the lines fit */
    bool is_torn;          /* what follows these can be what a crash left of lines not yet synced */
} np_record_report;

/*
 * NP_EINPUT_FORMAT or NP_EINPUT_KEY with "line N: " and the reason; also what visit returns, and
 * the storage's errors. The report is filled in any case. A line that ends with the file is torn:
 * refused with a station key, otherwise reported and not visited. To watch a unit, set watched_seq
 * and path in the report's chain before; everything else there must be zero.
 */
NP_MUST_USE np_code np_record_read(const np_record_reading *reading, np_record_report *report,
                                   np_error *err);

/* Is there a trailer with a good signature of this key behind the first from bytes? */
NP_MUST_USE np_code record_find_trailer(const np_record_storage *storage, uint64_t from,
                                        const uint8_t *station_key, bool *ret_is_found,
                                        np_error *err);
