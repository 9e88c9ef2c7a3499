/* SPDX-License-Identifier: Apache-2.0 */
/* When shifts begin and end, in a zone with summer time; GNU date says what the moments are. */
#include "station/shift.h"

#include "base/bytes.h"
#include "base/civil.h"
#include "support/test.h"

#include <stdlib.h>
#include <time.h>

/* Berlin's clock: an hour more from the last Sunday of March to the last one of October. */
static const char berlin[] = "CET-1CEST,M3.5.0,M10.5.0/3";

static const np_shifts three = {.minutes = {22 * 60, 6 * 60, 14 * 60}, .count = 3};
static const np_shifts at_night = {.minutes = {2 * 60 + 30}, .count = 1};

static const struct {
    const char *what;
    const np_shifts *shifts;
    const char *now, *from, *to;
} rows[] = {
    {"a day", &np_shifts_of_days, "2026-11-29T12:00:00Z", "2026-11-28T23:00:00Z",
     "2026-11-29T23:00:00Z"},
    {"the last second of a month's last day", &np_shifts_of_days, "2026-11-30T22:59:59Z",
     "2026-11-29T23:00:00Z", "2026-11-30T23:00:00Z"},
    {"the first of the next month", &np_shifts_of_days, "2026-11-30T23:00:00Z",
     "2026-11-30T23:00:00Z", "2026-12-01T23:00:00Z"},
    {"the end of a February", &np_shifts_of_days, "2027-02-28T12:00:00Z", "2027-02-27T23:00:00Z",
     "2027-02-28T23:00:00Z"},
    {"the 29th of one", &np_shifts_of_days, "2028-02-29T12:00:00Z", "2028-02-28T23:00:00Z",
     "2028-02-29T23:00:00Z"},
    {"a year's last", &np_shifts_of_days, "2026-12-31T22:59:59Z", "2026-12-30T23:00:00Z",
     "2026-12-31T23:00:00Z"},
    {"a day of 23 hours", &np_shifts_of_days, "2026-03-29T12:00:00Z", "2026-03-28T23:00:00Z",
     "2026-03-29T22:00:00Z"},
    {"a day of 25", &np_shifts_of_days, "2026-10-25T12:00:00Z", "2026-10-24T22:00:00Z",
     "2026-10-25T23:00:00Z"},
    {"the night before midnight", &three, "2026-11-29T22:59:59Z", "2026-11-29T21:00:00Z",
     "2026-11-30T05:00:00Z"},
    {"the night after it", &three, "2026-11-29T23:00:00Z", "2026-11-29T21:00:00Z",
     "2026-11-30T05:00:00Z"},
    {"the morning", &three, "2026-11-30T05:00:00Z", "2026-11-30T05:00:00Z", "2026-11-30T13:00:00Z"},
    {"the evening's last second", &three, "2026-11-30T20:59:59Z", "2026-11-30T13:00:00Z",
     "2026-11-30T21:00:00Z"},
    {"a night of seven hours", &three, "2026-03-29T00:30:00Z", "2026-03-28T21:00:00Z",
     "2026-03-29T04:00:00Z"},
    {"a night of nine", &three, "2026-10-25T00:30:00Z", "2026-10-24T20:00:00Z",
     "2026-10-25T05:00:00Z"},
    {"a time before the one at which it begins", &at_night, "2026-11-30T01:29:59Z",
     "2026-11-29T01:30:00Z", "2026-11-30T01:30:00Z"},
};

static int64_t seconds(const char *text)
{
    int64_t ret = 0;
    assert_int_equal(np_parse_time(text, &ret, NULL), NP_OK);
    return ret;
}

static void each_moment_has_its_shift(void **state)
{
    (void)state;
    for (size_t i = 0; i < NP_COUNT_OF(rows); i++) {
        np_shift shift = np_shift_at(rows[i].shifts, seconds(rows[i].now));
        char from[NP_TIME_TEXT_SIZE];
        char to[NP_TIME_TEXT_SIZE];
        np_format_time(shift.from, from);
        np_format_time(shift.to, to);
        if (strcmp(from, rows[i].from) != 0 || strcmp(to, rows[i].to) != 0) {
            fail_msg("%s: from %s to %s", rows[i].what, from, to);
        }
    }
}

/* Half an hour at a time through a year: each shift ends where the next one begins. */
static void shifts_follow_each_other_without_a_gap(void **state)
{
    const int64_t end = seconds("2027-01-02T00:00:00Z");
    (void)state;
    for (int64_t now = seconds("2026-01-01T00:00:00Z"); now < end; now += 1800) {
        np_shift shift = np_shift_at(&three, now);
        assert_true(shift.from <= now && now < shift.to);
        assert_true(np_shift_at(&three, shift.from - 1).to == shift.from);
        assert_true(np_shift_at(&three, shift.to).from == shift.to);
    }
}

static void times_of_a_day_are_read_strictly(void **state)
{
    static const char *const bad[] = {"",      "6:00",   "24:00", "06:60", "06-00",
                                      "06:0x", "06:00 ", " 6:00", "0600",  "-1:00"};
    unsigned minute = 0;
    (void)state;
    assert_true(np_shift_parse("00:00", &minute) && minute == 0);
    assert_true(np_shift_parse("22:30", &minute) && minute == 1350);
    assert_true(np_shift_parse("23:59", &minute) && minute == 1439);
    for (size_t i = 0; i < NP_COUNT_OF(bad); i++) {
        assert_false(np_shift_parse(bad[i], &minute));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_moment_has_its_shift),
        cmocka_unit_test(shifts_follow_each_other_without_a_gap),
        cmocka_unit_test(times_of_a_day_are_read_strictly),
    };
    (void)setenv("TZ", berlin, 1);
    tzset();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
