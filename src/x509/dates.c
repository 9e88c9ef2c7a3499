/* SPDX-License-Identifier: Apache-2.0 */
#include "x509/dates.h"

#include "base/format.h"

static const np_civil no_expiry = {9999, 12, 31, 23, 59, 59};

bool x509_is_without_expiry(const np_civil *not_after)
{
    return np_civil_compare(not_after, &no_expiry) == 0;
}

enum { TIME_SIZE = 48 };

static const char *show(const np_civil *time, char text[TIME_SIZE])
{
    np_format(text, TIME_SIZE, "%04d-%02d-%02d %02d:%02d:%02d", time->year, time->month, time->day,
              time->hour, time->minute, time->second);
    return text;
}

static bool say_no_date(const np_validity *validity, char *text, size_t size)
{
    char time[TIME_SIZE];
    np_format(text, size, "valid from %s; there is no such date",
              show(&validity->not_before, time));
    return !np_civil_is_valid(&validity->not_before);
}

static bool say_no_whole_hour(const np_validity *validity, char *text, size_t size)
{
    char time[TIME_SIZE];
    np_format(text, size, "valid from %s; must be a whole hour", show(&validity->not_before, time));
    return validity->not_before.minute != 0 || validity->not_before.second != 0;
}

static bool say_issue_year(const np_validity *validity, char *text, size_t size)
{
    np_format(text, size, "issued in %d; only the years %d to %d can be stored",
              validity->not_before.year, NP_DATES_FIRST_YEAR, NP_DATES_LAST_YEAR);
    return validity->not_before.year < NP_DATES_FIRST_YEAR ||
           validity->not_before.year > NP_DATES_LAST_YEAR;
}

static bool say_other_moment(const np_validity *validity, char *text, size_t size)
{
    char end[TIME_SIZE];
    char wanted[TIME_SIZE];
    np_civil same = validity->not_before;
    same.year = validity->not_after.year;
    same.minute = 0;
    same.second = 0;
    np_format(
        text, size,
        "valid until %s; must be %s, the month, day and hour of its beginning in a later year",
        show(&validity->not_after, end), show(&same, wanted));
    return np_civil_compare(&same, &validity->not_after) != 0;
}

static bool say_years(const np_validity *validity, char *text, size_t size)
{
    int years = validity->not_after.year - validity->not_before.year;
    const char *limit = years < 1 ? "must be at least 1" : "at most 31 can be stored";
    np_format(text, size, "%d years of validity; %s", years, limit);
    return years < 1 || years > NP_DATES_MAX_YEARS;
}

bool x509_dates_cause(const np_validity *validity, size_t index, char *ret_text, size_t size)
{
    bool (*const causes[])(const np_validity *, char *, size_t) = {
        say_no_date, say_no_whole_hour, say_issue_year, say_other_moment, say_years,
    };
    size_t of_beginning = 3;
    size_t count =
        x509_is_without_expiry(&validity->not_after) ? of_beginning : NP_COUNT_OF(causes);
    for (size_t i = 0, seen = 0; i < count; i++) {
        if (causes[i](validity, ret_text, size) && seen++ == index) {
            return true;
        }
    }
    return false;
}

/* Field by field: an impossible 29 February is shown as it is written. */
static void show_time(const np_civil *time, char text[NP_TIME_TEXT_SIZE])
{
    np_format(text, NP_TIME_TEXT_SIZE, "%04d-%02d-%02dT%02d:%02d:%02dZ", time->year, time->month,
              time->day, time->hour, time->minute, time->second);
}

np_code np_validity_check_signer(const np_validity *validity, int64_t now, np_error *err)
{
    char limit[NP_TIME_TEXT_SIZE];
    char present[NP_TIME_TEXT_SIZE];
    np_civil time = np_civil_from_seconds(now);
    np_format_time(now, present);
    if (np_civil_compare(&time, &validity->not_before) < 0) {
        show_time(&validity->not_before, limit);
        np_code code = np_error_set(
            err, NP_EINPUT_TIME, "the signer certificate is not yet valid: from %s; now it is %s",
            limit, present);
        return np_error_hint(err, code, "check the clock of this computer");
    }
    if (np_civil_compare(&time, &validity->not_after) > 0) {
        show_time(&validity->not_after, limit);
        np_code code =
            np_error_set(err, NP_EINPUT_TIME,
                         "the signer certificate has expired: at %s; now it is %s", limit, present);
        return np_error_hint(err, code,
                             "make a new signer with 'nameplate signer create' and register it");
    }
    return NP_OK;
}
