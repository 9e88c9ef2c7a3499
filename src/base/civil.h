/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Civil time in UTC (proleptic Gregorian, no leap seconds) and seconds since 1970. Pure: the clock
 * is the caller's.
 */
#pragma once

#include "base/error.h"
#include <stdint.h>

typedef struct np_civil {
    int year;  /* 0 to 9999 */
    int month; /* 1 to 12 */
    int day;
    int hour;
    int minute;
    int second; /* 0 to 59 */
} np_civil;

bool np_civil_is_valid(const np_civil *time);
int64_t np_civil_to_seconds(const np_civil *time);
np_civil np_civil_from_seconds(int64_t seconds);

/* "2026-11-20T09:00:00Z", also "2026-11-20" (midnight). NP_EINPUT_FORMAT otherwise. */
NP_MUST_USE np_code np_parse_time(const char *text, int64_t *ret_seconds, np_error *err);

enum { NP_TIME_TEXT_SIZE = 21 };

/* "2026-11-20T09:00:00Z" */
void np_format_time(int64_t seconds, char ret_text[NP_TIME_TEXT_SIZE]);
