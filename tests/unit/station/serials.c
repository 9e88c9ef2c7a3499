/* SPDX-License-Identifier: Apache-2.0 */
#include "station/serials.h"

#include "support/test.h"

static np_serials parse(const char *text)
{
    np_serials serials;
    np_error err = {0};
    assert_ok(np_serials_parse(text, &serials, &err), &err);
    return serials;
}

static void a_pattern_counts(void **state)
{
    char text[NP_UNIT_SERIAL_SIZE];
    np_serials serials = parse("T2-{6}-B");
    (void)state;
    assert_false(serials.is_scanned);
    assert_true(np_serials_format(&serials, 17, text));
    assert_string_equal(text, "T2-000017-B");
    assert_true(np_serials_format(&serials, 999999, text));
    assert_string_equal(text, "T2-999999-B");
    assert_false(np_serials_format(&serials, 1000000, text));
    assert_int_equal(np_serials_end(&serials), 1000000);
}

static void a_serial_of_the_pattern_has_its_number(void **state)
{
    static const char *const others[] = {"T2-00017",   "T2-0000170", "T3-000017", "T2-00001a",
                                         "T2- 000017", "",           "T2-"};
    np_serials serials = parse("T2-{6}");
    uint64_t number = 0;
    (void)state;
    assert_true(np_serials_number(&serials, np_bytes_text("T2-000017"), &number));
    assert_int_equal(number, 17);
    for (size_t i = 0; i < NP_COUNT_OF(others); i++) {
        assert_false(np_serials_number(&serials, np_bytes_text(others[i]), &number));
    }
}

static void scanned_serials_have_no_pattern(void **state)
{
    uint64_t number;
    np_serials serials = parse("scan");
    (void)state;
    assert_true(serials.is_scanned);
    assert_false(np_serials_number(&serials, np_bytes_text("17"), &number));
}

static void what_is_no_pattern_is_refused(void **state)
{
    static const char *const bad[] = {
        "",       "T2",      "T2-{}",
        "T2-{0}", "T2-{19}", "T2-{6",
        "T2-6}",  "{6}{6}",  "T2-{six}",
        "{6}\"",  "a\\{6}",  "0123456789012345678901234567890123456789012345678901234567890{6}"};
    np_serials serials;
    np_error err = {0};
    (void)state;
    for (size_t i = 0; i < NP_COUNT_OF(bad); i++) {
        assert_code(np_serials_parse(bad[i], &serials, &err), NP_EINPUT_FORMAT);
        assert_non_null(strstr(err.hint, "T2-{6}"));
    }
}

static void a_scanned_text_may_be_no_serial(void **state)
{
    static const char *const bad[] = {
        "",     "a\nb", "a\"b",
        "a\\b", "\xff", "01234567890123456789012345678901234567890123456789012345678901234"};
    np_error err = {0};
    (void)state;
    for (size_t i = 0; i < NP_COUNT_OF(bad); i++) {
        assert_code(np_serial_check(np_bytes_text(bad[i]), &err), NP_EPOLICY);
    }
    assert_ok(np_serial_check(np_bytes_text("Straße-1"), &err), &err);
    assert_ok(np_serial_check(
                  np_bytes_text("0123456789012345678901234567890123456789012345678901234567890123"),
                  &err),
              &err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pattern_counts),
        cmocka_unit_test(a_serial_of_the_pattern_has_its_number),
        cmocka_unit_test(scanned_serials_have_no_pattern),
        cmocka_unit_test(what_is_no_pattern_is_refused),
        cmocka_unit_test(a_scanned_text_may_be_no_serial),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
