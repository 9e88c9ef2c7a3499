/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shifts: they begin at the same times of each day by the clock on the wall, and each lasts until
 * the next one begins, past midnight too. The time zone is the process's; the moment is handed in.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NP_SHIFTS_MAX = 8, NP_SHIFT_TEXT_SIZE = sizeof("22:00") };

typedef struct np_shifts {
    unsigned minutes[NP_SHIFTS_MAX]; /* of the day, when one begins; in any order */
    size_t count;                    /* at least one */
} np_shifts;

/* From midnight to midnight. */
extern const np_shifts np_shifts_of_days;

typedef struct np_shift {
    int64_t from; /* seconds since 1970: from then on */
    int64_t to;   /* and before this */
} np_shift;

/* "06:00" as minutes of a day. */
bool np_shift_parse(const char *text, unsigned *ret_minute);

/* The shift that goes on at that moment, in seconds since 1970. */
np_shift np_shift_at(const np_shifts *shifts, int64_t now);
