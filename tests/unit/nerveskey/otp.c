/* SPDX-License-Identifier: Apache-2.0 */
/* Expected values: nerveskey/upstream/otp_test.txt, and the OTP of the recorded lives. */
#include "nerveskey/otp.h"
#include "support/recorded.h"
#include "support/test.h"
#include "support/vectors.h"

static void otp_bytes_are_nerveskeys(void **state)
{
    (void)state;
    vector_csv rows;
    vector_words_open(&rows, "nerveskey/upstream/otp_test.txt");
    int checked = 0;
    while (vector_words_next(&rows)) {
        np_error err;
        np_manufacturer_serial serial;
        np_nerveskey_otp otp, back;
        uint8_t user[32], expected[64], bytes[64];
        bool has_user = strcmp(rows.fields[2], "-") != 0;
        size_t user_len = has_user ? vector_hex_any(rows.fields[2], user, sizeof(user)) : 0;
        vector_hex(rows.fields[3], expected, sizeof(expected));
        assert_ok(np_manufacturer_serial_parse(np_bytes_text(rows.fields[1]), &serial, &err), &err);
        assert_ok(np_nerveskey_otp_make(np_bytes_text(rows.fields[0]), &serial,
                                        np_bytes_of(user, user_len), &otp, &err),
                  &err);
        np_nerveskey_otp_encode(&otp, bytes);
        assert_memory_equal(bytes, expected, sizeof(expected));
        assert_true(np_nerveskey_otp_decode(expected, &back));
        assert_string_equal(back.board, rows.fields[0]);
        assert_string_equal(back.serial.text, rows.fields[1]);
        assert_int_equal(back.serial.len, strlen(rows.fields[1]));
        assert_memory_equal(back.user_data, otp.user_data, sizeof(back.user_data));
        checked++;
    }
    vector_csv_close(&rows);
    assert_int_equal(checked, 4);
}

static void the_otp_of_recorded_lives_is_read(void **state)
{
    (void)state;
    const char *names[] = {"508a", "608a"};
    for (size_t i = 0; i < NP_COUNT_OF(names); i++) {
        recorded_life *life = recorded_load(names[i]);
        np_nerveskey_otp otp;
        assert_true(np_nerveskey_otp_decode(life->otp, &otp));
        assert_string_equal(otp.serial.text, life->serial);
        assert_string_equal(otp.board, life->board);
        free(life);
    }
}

static void a_serial_of_48_bytes_is_read_though_never_written(void **state)
{
    (void)state;
    uint8_t bytes[64] = "Nrvs\0\1board";
    memset(bytes + 16, 'x', 48);
    np_nerveskey_otp otp;
    assert_true(np_nerveskey_otp_decode(bytes, &otp));
    assert_int_equal(otp.serial.len, 48);
    bytes[5] = 2; /* any flags but 1: 16 bytes of serial, 32 of user data */
    assert_true(np_nerveskey_otp_decode(bytes, &otp));
    assert_int_equal(otp.serial.len, 16);
    bytes[0] = 'n';
    assert_false(np_nerveskey_otp_decode(bytes, &otp));
}

static void serials_that_a_chip_cannot_hold_are_refused(void **state)
{
    (void)state;
    np_manufacturer_serial serial;
    np_error err;
    const struct {
        np_bytes text;
        np_code code;
    } rows[] = {
        {np_bytes_of("", 0), NP_EINPUT_RANGE},
        {np_bytes_text("123456789012345678901234567890123"), NP_EINPUT_RANGE},
        {np_bytes_of("a\0b", 3), NP_EINPUT_FORMAT},
        {np_bytes_text("a/b"), NP_EINPUT_FORMAT},
        {np_bytes_text("\xff\xfe"), NP_EINPUT_FORMAT},
        {np_bytes_text("\xc0\xaf"), NP_EINPUT_FORMAT},         /* overlong */
        {np_bytes_text("\xed\xa0\x80"), NP_EINPUT_FORMAT},     /* surrogate */
        {np_bytes_text("\xf4\x90\x80\x80"), NP_EINPUT_FORMAT}, /* above U+10FFFF */
        {np_bytes_text("caf\xc3"), NP_EINPUT_FORMAT},
        {np_bytes_text("caf\xc3\xa9, 1"), NP_OK},
        {np_bytes_text("12345678901234567890123456789012"), NP_OK},
    };
    for (size_t i = 0; i < NP_COUNT_OF(rows); i++) {
        assert_code(np_manufacturer_serial_parse(rows[i].text, &serial, &err), rows[i].code);
    }
}

static void boards_and_user_data_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    np_manufacturer_serial short_serial, long_serial;
    np_nerveskey_otp otp;
    np_error err;
    uint8_t user[33] = {0};
    np_bytes none = {0};
    assert_ok(np_manufacturer_serial_parse(np_bytes_text("N1"), &short_serial, &err), &err);
    assert_ok(np_manufacturer_serial_parse(np_bytes_text("12345678901234567"), &long_serial, &err),
              &err);
    assert_code(
        np_nerveskey_otp_make(np_bytes_text("elevenchars"), &short_serial, none, &otp, &err),
        NP_EINPUT_RANGE);
    assert_code(np_nerveskey_otp_make(np_bytes_text(""), &short_serial, none, &otp, &err),
                NP_EINPUT_RANGE);
    assert_code(np_nerveskey_otp_make(np_bytes_text("a/b"), &short_serial, none, &otp, &err),
                NP_EINPUT_FORMAT);
    assert_code(
        np_nerveskey_otp_make(np_bytes_text("b"), &short_serial, NP_BYTES(user), &otp, &err),
        NP_EINPUT_RANGE);
    assert_code(
        np_nerveskey_otp_make(np_bytes_text("b"), &long_serial, np_bytes_of(user, 1), &otp, &err),
        NP_EINPUT_RANGE);
    assert_ok(np_nerveskey_otp_make(np_bytes_text("tenletters"), &short_serial,
                                    np_bytes_of(user, 32), &otp, &err),
              &err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(otp_bytes_are_nerveskeys),
        cmocka_unit_test(the_otp_of_recorded_lives_is_read),
        cmocka_unit_test(a_serial_of_48_bytes_is_read_though_never_written),
        cmocka_unit_test(serials_that_a_chip_cannot_hold_are_refused),
        cmocka_unit_test(boards_and_user_data_that_do_not_fit_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
