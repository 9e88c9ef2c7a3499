/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The runs of an index: sorted entries in a file, one run behind the other, the oldest and largest
 * first. Inside the room.
 */
#pragma once

#include "record/storage.h"

typedef struct index_entry {
    uint64_t mark; /* 0: none */
    uint64_t value;
} index_entry;

enum {
    INDEX_RUNS_MAX = 40,   /* each twice the next, so that no file has more */
    INDEX_PAGE = 256,      /* entries that are read at once: 4 kB */
    INDEX_CHUNK = 64 * 256 /* that merging reads and writes at once; not tuned */
};

typedef struct index_run {
    uint64_t first; /* entry in the file */
    uint64_t count;
    uint64_t *fences; /* heap: the first mark of each page */
} index_run;

typedef struct index_runs {
    const np_record_storage *storage;
    index_run runs[INDEX_RUNS_MAX];
    size_t count;
} index_runs;

void index_runs_clear(index_runs *runs);

/* *ret_value of the newest run that has the mark; 0: none has. */
NP_MUST_USE np_code index_runs_find(const index_runs *runs, uint64_t mark, uint64_t *ret_value,
                                    np_error *err);

/* Adds a sorted run, and merges the last two while they are alike in size. */
NP_MUST_USE np_code index_runs_add(index_runs *runs, const index_entry *entries, size_t count,
                                   np_error *err);
