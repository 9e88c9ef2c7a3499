/* SPDX-License-Identifier: Apache-2.0 */
/* Expected values: RFC 4648 section 10; default_serials.txt (NervesKey's README). */
#include "base/text.h"
#include "support/test.h"
#include "support/vectors.h"

static void base32_of_a_chip_serial_is_nerveskeys_default_serial(void **state)
{
    (void)state;
    vector_csv rows;
    vector_words_open(&rows, "nerveskey/upstream/default_serials.txt");
    int checked = 0;
    while (vector_words_next(&rows)) {
        if (strcmp(rows.fields[2], "-") == 0) {
            continue;
        }
        uint8_t serial[9];
        char text[16];
        vector_hex(rows.fields[2], serial, sizeof(serial));
        np_format_base32(NP_BYTES(serial), text);
        assert_string_equal(text, rows.fields[1]);
        checked++;
    }
    vector_csv_close(&rows);
    assert_int_equal(checked, 1);
}

static const struct {
    const char *plain, *base32, *base64;
} rfc4648[] = {
    {"", "", ""},
    {"f", "MY", "Zg=="},
    {"fo", "MZXQ", "Zm8="},
    {"foo", "MZXW6", "Zm9v"},
    {"foob", "MZXW6YQ", "Zm9vYg=="},
    {"fooba", "MZXW6YTB", "Zm9vYmE="},
    {"foobar", "MZXW6YTBOI", "Zm9vYmFy"},
};

static void base32_and_base64_give_the_values_of_the_rfc(void **state)
{
    (void)state;
    for (size_t i = 0; i < NP_COUNT_OF(rfc4648); i++) {
        char text[32];
        uint8_t buffer[32] = {0};
        np_error err;
        np_format_base32(np_bytes_text(rfc4648[i].plain), text);
        assert_string_equal(text, rfc4648[i].base32);
        np_writer writer = np_writer_of(buffer, sizeof(buffer));
        np_write_base64(&writer, np_bytes_text(rfc4648[i].plain), 0);
        assert_string_equal((char *)buffer, rfc4648[i].base64);
        writer = np_writer_of(buffer, sizeof(buffer));
        assert_ok(np_parse_base64(np_bytes_text(rfc4648[i].base64), &writer, &err), &err);
        assert_true(np_bytes_equal(np_writer_bytes(&writer), np_bytes_text(rfc4648[i].plain)));
    }
}

/* RFC 7515 appendix C: the octets 3 236 255 224 193 are A-z_4ME. */
static void base64url_gives_the_example_of_json_web_signature(void **state)
{
    (void)state;
    static const uint8_t octets[] = {3, 236, 255, 224, 193};
    for (size_t len = 0; len <= sizeof(octets); len++) {
        static const char *const wanted[] = {"", "Aw", "A-w", "A-z_", "A-z_4A", "A-z_4ME"};
        uint8_t buffer[8];
        np_writer writer = np_writer_of(buffer, sizeof(buffer));
        np_write_base64url(&writer, np_bytes_of(octets, len));
        assert_true(np_bytes_equal(np_writer_bytes(&writer), np_bytes_text(wanted[len])));
        writer = np_writer_of(buffer, sizeof(buffer));
        assert_code(np_parse_base64url(np_bytes_text(wanted[len]), &writer, NULL), NP_OK);
        assert_true(np_bytes_equal(np_writer_bytes(&writer), np_bytes_of(octets, len)));
    }
}

static void base64url_that_is_not_canonical_is_refused(void **state)
{
    (void)state;
    const char *bad[] = {"A",   "Ax",  "A-x",  "Aw==",  "A+w",    "A/w",
                         "A w", " Aw", "Aw\n", "A-z_4", "A-z_4B", "A!"};
    for (size_t i = 0; i < NP_COUNT_OF(bad); i++) {
        uint8_t buffer[8];
        np_writer writer = np_writer_of(buffer, sizeof(buffer));
        assert_code(np_parse_base64url(np_bytes_text(bad[i]), &writer, NULL), NP_EINPUT_FORMAT);
    }
    np_writer small = np_writer_of((uint8_t[2]){0}, 2);
    assert_code(np_parse_base64url(np_bytes_text("A-z_"), &small, NULL), NP_EINPUT_RANGE);
}

static void base64_that_is_not_canonical_is_refused(void **state)
{
    (void)state;
    const char *bad[] = {"Zg=", "Zg", "Zg==Zg==", "Zh==", "Zm9=", "=", "Z===", "Zm9v!", "Zg==="};
    for (size_t i = 0; i < NP_COUNT_OF(bad); i++) {
        uint8_t buffer[32];
        np_writer writer = np_writer_of(buffer, sizeof(buffer));
        assert_code(np_parse_base64(np_bytes_text(bad[i]), &writer, NULL), NP_EINPUT_FORMAT);
    }
}

static void hex_of_another_length_or_alphabet_is_refused(void **state)
{
    (void)state;
    uint8_t bytes[2];
    np_error err;
    assert_code(np_parse_hex("123", bytes, 2, &err), NP_EINPUT_FORMAT);
    assert_code(np_parse_hex("12345", bytes, 2, &err), NP_EINPUT_FORMAT);
    assert_code(np_parse_hex("12g4", bytes, 2, &err), NP_EINPUT_FORMAT);
    assert_ok(np_parse_hex("12fF", bytes, 2, &err), &err);
    assert_int_equal(bytes[0], 0x12);
    assert_int_equal(bytes[1], 0xff);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base32_of_a_chip_serial_is_nerveskeys_default_serial),
        cmocka_unit_test(base32_and_base64_give_the_values_of_the_rfc),
        cmocka_unit_test(base64url_gives_the_example_of_json_web_signature),
        cmocka_unit_test(base64_that_is_not_canonical_is_refused),
        cmocka_unit_test(base64url_that_is_not_canonical_is_refused),
        cmocka_unit_test(hex_of_another_length_or_alphabet_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
