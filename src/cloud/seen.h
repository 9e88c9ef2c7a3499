/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which names were there already: 16 bytes of a hash for each, in a table that doubles when it is
 * three quarters full. It is all that an export keeps of a device: 33 MB for a million.
 */
#pragma once

#include "base/bytes.h"
#include "base/error.h"

/* Two names in 2^64 meet by chance: a device would be refused then, and none gets lost unseen. */
typedef struct cloud_hash {
    uint64_t words[2]; /* both zero: none */
} cloud_hash;

/* All zero is the empty table. */
typedef struct cloud_seen {
    cloud_hash *rows; /* heap */
    size_t size;      /* a power of two, or 0 */
    size_t count;
} cloud_seen;

/* Adds a name; letters of ASCII are one in both cases if asked. NP_ESTATION_MEMORY. */
NP_MUST_USE np_code cloud_seen_add(cloud_seen *seen, const char *name, bool is_case_blind,
                                   bool *ret_is_new, np_error *err);

/* For NP_CLEANUP. */
void cloud_seen_clear(cloud_seen *seen);
