/* SPDX-License-Identifier: Apache-2.0 */
#include "station/shift.h"

#include <string.h>
#include <time.h>

enum { MINUTES_PER_HOUR = 60, HOURS_PER_DAY = 24 };

const np_shifts np_shifts_of_days = {.minutes = {0}, .count = 1};

static bool take_digits(const char *text, unsigned limit, unsigned *ret)
{
    static const char digits[] = "0123456789";
    const char *tens = strchr(digits, text[0]);
    const char *ones = strchr(digits, text[1]);
    if (tens == NULL || ones == NULL) {
        return false;
    }
    *ret = (unsigned)(10 * (tens - digits) + (ones - digits));
    return *ret < limit;
}

bool np_shift_parse(const char *text, unsigned *ret_minute)
{
    unsigned hour;
    unsigned minute;
    if (strlen(text) != strlen("22:00") || text[2] != ':' ||
        !take_digits(text, HOURS_PER_DAY, &hour) ||
        !take_digits(text + 3, MINUTES_PER_HOUR, &minute)) {
        return false;
    }
    *ret_minute = hour * MINUTES_PER_HOUR + minute;
    return true;
}

/* On the day that so many days from this one; a time that the clock leaves out is the next one. */
static int64_t time_on(const struct tm *today, int days, unsigned minute)
{
    struct tm civil = *today;
    civil.tm_mday += days;
    civil.tm_hour = (int)(minute / MINUTES_PER_HOUR);
    civil.tm_min = (int)(minute % MINUTES_PER_HOUR);
    civil.tm_sec = 0;
    civil.tm_isdst = -1;
    return (int64_t)mktime(&civil);
}

np_shift np_shift_at(const np_shifts *shifts, int64_t now)
{
    time_t moment = (time_t)now;
    struct tm today;
    np_shift shift = {.from = INT64_MIN, .to = INT64_MAX};
    localtime_r(&moment, &today);
    for (int days = -1; days <= 1; days++) {
        for (size_t i = 0; i < shifts->count; i++) {
            int64_t begin = time_on(&today, days, shifts->minutes[i]);
            shift.from = begin <= now && begin > shift.from ? begin : shift.from;
            shift.to = begin > now && begin < shift.to ? begin : shift.to;
        }
    }
    return shift;
}
