/* SPDX-License-Identifier: Apache-2.0 */
#include "base/civil.h"

#include "base/format.h"
#include <string.h>

enum { SECONDS_PER_DAY = 86400, DAYS_PER_ERA = 146097, YEARS_PER_ERA = 400 };

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && is_leap(year) ? 1 : 0);
}

bool np_civil_is_valid(const np_civil *time)
{
    return time->year >= 0 && time->year <= 9999 && time->month >= 1 && time->month <= 12 &&
           time->day >= 1 && time->day <= days_in_month(time->year, time->month) &&
           time->hour >= 0 && time->hour <= 23 && time->minute >= 0 && time->minute <= 59 &&
           time->second >= 0 && time->second <= 59;
}

/* Days since 1970 by counting years from March, so that the leap day ends a year. */
static int64_t days_from_civil(int year, int month, int day)
{
    int64_t from_march = month > 2 ? year : year - 1;
    int64_t era = (from_march >= 0 ? from_march : from_march - (YEARS_PER_ERA - 1)) / YEARS_PER_ERA;
    int64_t year_of_era = from_march - era * YEARS_PER_ERA;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * DAYS_PER_ERA + day_of_era - 719468; /* 1970-01-01 counted from 0000-03-01 */
}

int64_t np_civil_to_seconds(const np_civil *time)
{
    return days_from_civil(time->year, time->month, time->day) * SECONDS_PER_DAY +
           time->hour * 3600 + time->minute * 60 + time->second;
}

np_civil np_civil_from_seconds(int64_t seconds)
{
    int64_t days = seconds / SECONDS_PER_DAY;
    int64_t rest = seconds % SECONDS_PER_DAY;
    if (rest < 0) {
        rest += SECONDS_PER_DAY;
        days--;
    }
    int64_t shifted = days + 719468;
    int64_t era = (shifted >= 0 ? shifted : shifted - (DAYS_PER_ERA - 1)) / DAYS_PER_ERA;
    int64_t day_of_era = shifted - era * DAYS_PER_ERA;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int month_from_march = (int)((5 * day_of_year + 2) / 153);
    int month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
    return (np_civil){
        .year = (int)(year_of_era + era * YEARS_PER_ERA) + (month <= 2 ? 1 : 0),
        .month = month,
        .day = (int)(day_of_year - (153 * month_from_march + 2) / 5 + 1),
        .hour = (int)(rest / 3600),
        .minute = (int)(rest / 60 % 60),
        .second = (int)(rest % 60),
    };
}

static bool parse_digits(const char **at, int count, char end, int *ret)
{
    *ret = 0;
    for (int i = 0; i < count; i++, (*at)++) {
        if (**at < '0' || **at > '9') {
            return false;
        }
        *ret = *ret * 10 + (**at - '0');
    }
    return *(*at)++ == end;
}

np_code np_parse_time(const char *text, int64_t *ret_seconds, np_error *err)
{
    np_civil time = {0};
    const char *at = text;
    char after_date = strlen(text) == strlen("2026-11-20") ? '\0' : 'T';
    bool is_good = parse_digits(&at, 4, '-', &time.year) &&
                   parse_digits(&at, 2, '-', &time.month) &&
                   parse_digits(&at, 2, after_date, &time.day);
    if (is_good && after_date == 'T') {
        is_good = parse_digits(&at, 2, ':', &time.hour) &&
                  parse_digits(&at, 2, ':', &time.minute) &&
                  parse_digits(&at, 2, 'Z', &time.second) && *at == '\0';
    }
    if (!is_good || !np_civil_is_valid(&time)) {
        return np_error_set(err, NP_EINPUT_FORMAT,
                            "'%s' is no time of the form 2026-11-20T09:00:00Z", text);
    }
    *ret_seconds = np_civil_to_seconds(&time);
    return NP_OK;
}

void np_format_time(int64_t seconds, char ret_text[NP_TIME_TEXT_SIZE])
{
    np_civil time = np_civil_from_seconds(seconds);
    np_format(ret_text, NP_TIME_TEXT_SIZE, "%04d-%02d-%02dT%02d:%02d:%02dZ", time.year, time.month,
              time.day, time.hour, time.minute, time.second);
}
