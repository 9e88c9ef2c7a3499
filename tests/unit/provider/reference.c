/* SPDX-License-Identifier: Apache-2.0 */
/* Key references byte by byte, as doc/formats/key-reference.md describes them. */
#include "provider/reference.h"

#include "base/text.h"
#include "support/test.h"

/* What the page shows, written by hand: the point is 1, 2, 3 ... 64. */
static const char example[] =
    "307d"
    "0c174e616d65706c617465206b6579207265666572656e6365" /* "Nameplate key reference" */
    "020101"                                             /* version 1 */
    "0c0e6932633a2f6465762f6932632d31"                   /* "i2c:/dev/i2c-1" */
    "020100"                                             /* slot 0 */
    "04090123a1b2c3d4e5f6ee"                             /* chip serial */
    "044104";                                            /* and 64 bytes behind it */

static np_bytes make_example(uint8_t ret[static 127])
{
    size_t len = (sizeof(example) - 1) / 2;
    assert_int_equal(np_parse_hex(example, ret, len, NULL), NP_OK);
    for (uint8_t i = 1; i <= 64; i++) {
        ret[len++] = i;
    }
    assert_int_equal(len, 127);
    return np_bytes_of(ret, len);
}

static void the_example_of_the_page_is_read(void **state)
{
    uint8_t bytes[127];
    np_key_reference reference;
    np_error err;
    (void)state;
    assert_ok(np_key_reference_decode(make_example(bytes), &reference, &err), &err);
    assert_string_equal(reference.chip, "i2c:/dev/i2c-1");
    assert_int_equal(reference.slot, 0);
    assert_memory_equal(reference.chip_serial.bytes, bytes + 51, 9);
    assert_memory_equal(reference.point, bytes + 63, 64);
}

static void the_example_of_the_page_is_written(void **state)
{
    uint8_t expected[127];
    uint8_t written[NP_KEY_REFERENCE_DER_MAX];
    np_writer writer = np_writer_of(written, sizeof(written));
    np_key_reference reference = {0};
    np_error err;
    (void)state;
    make_example(expected);
    assert_ok(np_key_reference_set(&reference, "i2c:/dev/i2c-1", 0, &err), &err);
    memcpy(reference.chip_serial.bytes, expected + 51, 9);
    memcpy(reference.point, expected + 63, 64);
    np_key_reference_encode(&reference, &writer);
    assert_int_equal(writer.len, sizeof(expected));
    assert_memory_equal(written, expected, sizeof(expected));
}

/* One byte of the example changed: the code and a part of the message. */
typedef struct damage_row {
    size_t at;
    uint8_t value;
    np_code code;
    const char *says;
} damage_row;

static void damage_is_told_by_its_place(void **state)
{
    static const damage_row rows[] = {
        {0, 0x31, NP_EINPUT_MISSING, "no key reference"},
        {1, 0x7e, NP_EINPUT_MISSING, "no key reference"},
        {1, 0x7c, NP_EINPUT_FORMAT, "no point"},
        {4, 'n', NP_EINPUT_MISSING, "no key reference"},
        {27, 0x05, NP_EINPUT_FORMAT, "no version"},
        {29, 0x81, NP_EINPUT_FORMAT, "no version"},
        {29, 2, NP_EINPUT_RANGE, "version 2"},
        {30, 0x13, NP_EINPUT_FORMAT, "no URI"},
        {33, '\n', NP_EINPUT_FORMAT, "no URI"},
        {33, 0xff, NP_EINPUT_FORMAT, "no URI"},
        {48, 16, NP_EINPUT_FORMAT, "no slot"},
        {50, 8, NP_EINPUT_FORMAT, "no chip serial"},
        {62, 0x02, NP_EINPUT_FORMAT, "no point"},
    };
    (void)state;
    for (size_t i = 0; i < NP_COUNT_OF(rows); i++) {
        uint8_t bytes[127];
        np_key_reference reference;
        np_error err;
        np_bytes der = make_example(bytes);
        bytes[rows[i].at] = rows[i].value;
        assert_code(np_key_reference_decode(der, &reference, &err), rows[i].code);
        assert_non_null(strstr(err.message, rows[i].says));
    }
}

static void what_is_cut_off_or_too_long_is_refused(void **state)
{
    uint8_t bytes[128];
    np_key_reference reference;
    np_error err;
    (void)state;
    make_example(bytes);
    bytes[127] = 0;
    for (size_t len = 0; len < 127; len++) {
        assert_int_not_equal(np_key_reference_decode(np_bytes_of(bytes, len), &reference, &err),
                             NP_OK);
    }
    assert_code(np_key_reference_decode(np_bytes_of(bytes, 128), &reference, &err),
                NP_EINPUT_FORMAT);
}

static void the_longest_uri_fits_and_a_longer_one_is_refused(void **state)
{
    char uri[NP_KEY_REFERENCE_URI_MAX + 2];
    uint8_t written[NP_KEY_REFERENCE_DER_MAX];
    np_writer writer = np_writer_of(written, sizeof(written));
    np_key_reference reference = {0};
    np_key_reference again;
    np_error err;
    (void)state;
    memset(uri, 'x', sizeof(uri));
    uri[sizeof(uri) - 1] = '\0';
    assert_code(np_key_reference_set(&reference, uri, 0, &err), NP_EINPUT_RANGE);
    uri[sizeof(uri) - 2] = '\0';
    assert_ok(np_key_reference_set(&reference, uri, 15, &err), &err);
    np_key_reference_encode(&reference, &writer);
    assert_true(np_writer_has_room(&writer));
    assert_ok(np_key_reference_decode(np_writer_bytes(&writer), &again, &err), &err);
    assert_string_equal(again.chip, uri);
}

static void what_no_reference_can_name_is_refused(void **state)
{
    np_key_reference reference = {0};
    np_error err;
    (void)state;
    assert_code(np_key_reference_set(&reference, "", 0, &err), NP_EUSAGE);
    assert_code(np_key_reference_set(&reference, "unix:a\nb", 0, &err), NP_EUSAGE);
    assert_code(np_key_reference_set(&reference, "unix:a", 16, &err), NP_EINPUT_RANGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_of_the_page_is_read),
        cmocka_unit_test(the_example_of_the_page_is_written),
        cmocka_unit_test(damage_is_told_by_its_place),
        cmocka_unit_test(what_is_cut_off_or_too_long_is_refused),
        cmocka_unit_test(the_longest_uri_fits_and_a_longer_one_is_refused),
        cmocka_unit_test(what_no_reference_can_name_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
