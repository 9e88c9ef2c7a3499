/* SPDX-License-Identifier: Apache-2.0 */
#include "pkcs11/config.h"

#include "support/test.h"

static np_code parse(const char *text, config *ret, np_error *err)
{
    config_init(ret);
    return config_parse(np_bytes_text(text), ret, err);
}

static void a_file_has_global_keys_and_a_section_for_each_chip(void **state)
{
    (void)state;
    np_error err;
    config got;
    static const char text[] = "# two chips\n"
                               "log = /var/log/x y\n"
                               "\tlock-wait-ms=60000 \n"
                               "strict = yes\n"
                               "cache = none\n"
                               "\n"
                               "[chip]\n"
                               "uri = i2c:/dev/i2c-1?addr=0x60\n"
                               "label = the=gate\n"
                               " [chip] \n"
                               "uri = unix:/run/chip\n"
                               "pin = 12#34\n"
                               "auxiliary = yes"; /* no line feed at the end */
    assert_ok(parse(text, &got, &err), &err);
    assert_string_equal(got.log, "/var/log/x y");
    assert_string_equal(got.cache, "none");
    assert_int_equal(got.lock_wait_ms, 60000);
    assert_true(got.is_strict);
    assert_int_equal(got.chip_count, 2);
    assert_string_equal(got.chips[0].uri, "i2c:/dev/i2c-1?addr=0x60");
    assert_string_equal(got.chips[0].label, "the=gate");
    assert_string_equal(got.chips[0].pin, "");
    assert_false(got.chips[0].has_auxiliary);
    assert_string_equal(got.chips[1].pin, "12#34");
    assert_true(got.chips[1].has_auxiliary);
}

static void an_empty_file_has_no_chips_and_the_usual_wait(void **state)
{
    (void)state;
    np_error err;
    config got;
    assert_ok(parse("", &got, &err), &err);
    assert_int_equal(got.chip_count, 0);
    assert_int_equal(got.lock_wait_ms, CONFIG_LOCK_WAIT_MS);
    assert_false(got.is_strict);
}

static void what_is_not_understood_is_refused_with_its_line(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *message;
    } rows[] = {
        {"uri = i2c:/dev/i2c-1\n", "line 1: unknown key before the first [chip]"},
        {"[chip]\nuri = a\nstrict = yes\n", "line 3: unknown key of a chip"},
        {"[chip]\nuri = a\nuri = b\n", "line 3: uri stands there twice"},
        {"\n[chip]\nlabel = a\n", "line 2: the chip has no uri"},
        {"[chip]\n[chip]\nuri = a\n", "line 1: the chip has no uri"},
        {"[chips]\n", "line 1: the only section is [chip]"},
        {"nonsense\n", "line 1: neither key = value nor [chip]"},
        {"log =\n", "line 1: log has no value"},
        {"strict = true\n", "line 1: strict is yes or no"},
        {"lock-wait-ms = 60001\n", "line 1: lock-wait-ms is a number up to 60000"},
        {"lock-wait-ms = -1\n", "line 1: lock-wait-ms is a number up to 60000"},
        {"lock-wait-ms = 99999999999999999999\n", "line 1: lock-wait-ms is a number up to 60000"},
        {"[chip]\nuri = a\nlabel = 123456789012345678901234567890123\n",
         "line 3: label is longer than 32 bytes"},
        {"[chip]\nuri = a\nauxiliary = yes\nlabel = 12345678901234567890123456789\n",
         "line 1: with auxiliary a label has 28 bytes at most"},
    };
    for (size_t i = 0; i < NP_COUNT_OF(rows); i++) {
        np_error err = {0};
        config got;
        assert_int_not_equal(parse(rows[i].text, &got, &err), NP_OK);
        assert_string_equal(err.message, rows[i].message);
    }
}

static void a_pin_is_in_no_message(void **state)
{
    (void)state;
    np_error err = {0};
    config got;
    char text[200] = "[chip]\npin = ";
    memset(text + strlen(text), '7', 70);
    assert_code(parse(text, &got, &err), NP_EINPUT_RANGE);
    assert_null(strstr(err.message, "777"));
}

static void strict_is_known_although_a_later_line_is_wrong(void **state)
{
    (void)state;
    np_error err;
    config got;
    assert_code(parse("strict = yes\nnonsense\n", &got, &err), NP_EINPUT_FORMAT);
    assert_true(got.is_strict);
}

static void more_chips_or_bytes_than_there_is_room_for_are_refused(void **state)
{
    (void)state;
    np_error err;
    config got;
    static char text[CONFIG_TEXT_MAX + 1];
    for (unsigned i = 0; i <= CONFIG_CHIPS_MAX; i++) {
        strcat(text, "[chip]\nuri=a\n");
    }
    assert_code(parse(text, &got, &err), NP_EINPUT_RANGE);
    memset(text, '\n', sizeof(text));
    config_init(&got);
    assert_code(config_parse(np_bytes_of(text, sizeof(text)), &got, &err), NP_EINPUT_RANGE);
    assert_ok(config_parse(np_bytes_of(text, sizeof(text) - 1), &got, &err), &err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_has_global_keys_and_a_section_for_each_chip),
        cmocka_unit_test(an_empty_file_has_no_chips_and_the_usual_wait),
        cmocka_unit_test(what_is_not_understood_is_refused_with_its_line),
        cmocka_unit_test(a_pin_is_in_no_message),
        cmocka_unit_test(strict_is_known_although_a_later_line_is_wrong),
        cmocka_unit_test(more_chips_or_bytes_than_there_is_room_for_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
