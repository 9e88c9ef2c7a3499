/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was seen, in runs of any length: a number for each of many texts, of which only 64 bits of a
 * hash are kept. A text that is in it is always found; one that is not is taken for one that is
 * with a probability of n * n / 2^65 among n (three in ten million for a million units of three
 * texts): it is refused then, never issued twice.
 *
 * Entries are gathered in memory; when there are too many they are sorted and go to a temporary
 * file as a run, and runs of one size are merged. A filter of fixed size in memory says of nearly
 * all new texts that no run has them. So memory and rate stay what they are, however long the run.
 */
#pragma once

#include "record/storage.h"

typedef struct np_index np_index;

typedef struct np_index_limits {
    size_t entries;      /* in memory, 16 bytes each; a power of two */
    size_t filter_bytes; /* a multiple of 64 */
} np_index_limits;

/* 8 MiB and 24 MiB: of ten million units' texts the filter passes one new in twenty to the runs. */
extern const np_index_limits np_index_usual;

/*
 * spill is where runs go: an empty file of its own, of which only read and write are called. NULL:
 * everything stays in memory, which grows. Both are borrowed. NP_ESTATION_MEMORY.
 */
NP_MUST_USE np_code np_index_create(const np_index_limits *limits, const np_record_storage *spill,
                                    np_index **ret, np_error *err);

/* Accepts NULL. */
void np_index_free(np_index *index);

/* For NP_CLEANUP. */
static inline void np_index_free_at(np_index **index)
{
    np_index_free(*index);
}

/* What the index knows a text of this kind by; never 0. */
uint64_t np_index_mark(uint8_t kind, np_bytes text);

/* *ret_value is 0 when there is none. NP_ESTATION_IO. */
NP_MUST_USE np_code np_index_find(np_index *index, uint64_t mark, uint64_t *ret_value,
                                  np_error *err);

/* Adds it, or gives it another value, which is not 0. NP_ESTATION_IO, NP_ESTATION_MEMORY. */
NP_MUST_USE np_code np_index_put(np_index *index, uint64_t mark, uint64_t value, np_error *err);
