/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was seen before, in a whole run: a set of texts of several kinds, of each only 64 bits of a
 * hash. A text that is in it is always found; one that is not is taken for one that is with a
 * probability of n * n / 2^65 in a run of n (three in ten million for a million units of three
 * texts): it is refused, never issued twice. 8 bytes a text at 3/4 full: 32 MiB for those.
 */
#pragma once

#include "base/bytes.h"
#include "base/error.h"

typedef struct np_seen {
    uint64_t *slots; /* heap; 0: free */
    size_t size;     /* a power of two, or 0 */
    size_t count;
} np_seen;

/* For NP_CLEANUP; accepts all zero, which is an empty set. */
void np_seen_clear(np_seen *seen);

/* What the set knows a text of this kind by; never 0. */
uint64_t np_seen_mark(uint8_t kind, np_bytes text);

bool np_seen_has(const np_seen *seen, uint64_t mark);

/* NP_ESTATION_MEMORY. */
NP_MUST_USE np_code np_seen_add(np_seen *seen, uint64_t mark, np_error *err);
