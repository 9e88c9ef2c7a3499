/* SPDX-License-Identifier: Apache-2.0 */
/* Expected values: the C library's timegm and gmtime_r. */
#include "base/civil.h"
#include "support/test.h"
#include <time.h>

static void civil_time_agrees_with_the_c_library(void **state)
{
    (void)state;
    /* every 19 hours and a bit from the year 0 to 9999 would be long; a prime step of days is not
     */
    for (int64_t seconds = -62135596800; seconds < 253402300800; seconds += 86400 * 37 + 12345) {
        time_t there = (time_t)seconds;
        struct tm expected;
        gmtime_r(&there, &expected);
        np_civil time = np_civil_from_seconds(seconds);
        assert_int_equal(time.year, expected.tm_year + 1900);
        assert_int_equal(time.month, expected.tm_mon + 1);
        assert_int_equal(time.day, expected.tm_mday);
        assert_int_equal(time.hour * 3600 + time.minute * 60 + time.second,
                         expected.tm_hour * 3600 + expected.tm_min * 60 + expected.tm_sec);
        assert_true(np_civil_is_valid(&time));
        assert_true(np_civil_to_seconds(&time) == seconds);
    }
}

static void times_are_read_in_one_form_only(void **state)
{
    (void)state;
    int64_t seconds = 0;
    np_error err;
    assert_ok(np_parse_time("2026-11-20T09:00:00Z", &seconds, &err), &err);
    assert_int_equal(seconds, 1795165200); /* date -u -d 2026-11-20T09:00:00Z +%s */
    assert_ok(np_parse_time("2024-02-29", &seconds, &err), &err);
    assert_int_equal(seconds, 1709164800);
    const char *bad[] = {
        "2023-02-29", "2026-11-20T09:00:00",   "2026-13-01", "2026-11-20T24:00:00Z",
        "20261120",   "2026-11-20T09:00:00Zx", "2026-1-2",   ""};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_code(np_parse_time(bad[i], &seconds, &err), NP_EINPUT_FORMAT);
    }
}

static void a_time_is_written_as_it_is_read(void **state)
{
    (void)state;
    char text[NP_TIME_TEXT_SIZE];
    np_format_time(1795165200, text);
    assert_string_equal(text, "2026-11-20T09:00:00Z");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(civil_time_agrees_with_the_c_library),
        cmocka_unit_test(times_are_read_in_one_form_only),
        cmocka_unit_test(a_time_is_written_as_it_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
