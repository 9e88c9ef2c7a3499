/* SPDX-License-Identifier: Apache-2.0 */
/* Records for tests: a station key that is always the same, units that are made up. */
#pragma once

#include "record/record.h"

enum { UNIT_NOW = 1795165200 /* 2026-11-20T09:00:00Z */ };

/* A key by a small number; the caller frees it. */
np_p256_key *unit_station_key(uint8_t number);

typedef struct unit_sample {
    char serial[24];
    uint8_t key_hash[NP_SHA256_SIZE];
    np_record_unit unit;
} unit_sample;

/* Unit "U-<number>"; the unit points into the sample. */
void unit_make(unsigned number, unit_sample *ret);

/* The number of a unit's line; fails the test when it is none of these. */
unsigned unit_number(const np_record_line *line);
