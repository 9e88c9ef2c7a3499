/* SPDX-License-Identifier: Apache-2.0 */
/* Is a file made of raw points, or of text? */
#include "cli/issue/input.h"
#include "support/test.h"

static size_t size_of(const void *beginning, size_t len, uint64_t file_size)
{
    return cli_issue_point_size(np_bytes_of(beginning, len), file_size);
}

static void texts_are_no_points(void **state)
{
    static const char *const texts[] = {
        "serial,public_key,product,tags,comment\r\nT2-000001,,tracker,,a,b,c,d",
        "\xef\xbb\xbfserial;Ger\xc3\xa4t;Stra\xc3\x9f"
        "e\nT2-000001;\xe6\xb5\x8b\xe8\xaf\x95;"
        "\xe6\xb5\x8b\xe8\xaf\x95\xe6\xb5\x8b\xe8\xaf\x95\xe6\xb5\x8b\xe6\xb5\x8b\xe6\xb5\x8b\xe6"
        "\xb5\x8b",
        /* cut in the middle of a character, and nothing but such */
        "\xe6\xb5\x8b\xe6\xb5\x8b\xe6\xb5\x8b\xe6\xb5\x8b\xe6\xb5\x8b\xe6\xb5\x8b\xe6\xb5\x8b"
        "\xe6\xb5\x8b\xe6\xb5\x8b\xe6\xb5\x8b\xe6\xb5\x8b\xe6\xb5\x8b\xe6\xb5\x8b\xe6\xb5\x8b"
        "\xe6\xb5\x8b\xe6\xb5\x8b\xe6\xb5\x8b\xe6\xb5\x8b\xe6\xb5\x8b\xe6\xb5\x8b\xe6\xb5\x8b\xe6",
        /* Latin-1: its reader says which line is no UTF-8 */
        "serial;Ger\xe4t;Stra\xdf"
        "e\nT2-000001;M\xfcnchen;Bahnhofstra\xdf"
        "e 1;1000;;;;;;",
    };
    (void)state;
    for (size_t i = 0; i < NP_COUNT_OF(texts); i++) {
        assert_true(strlen(texts[i]) >= 64);
        assert_int_equal(size_of(texts[i], 64, 6400), 0);
    }
}

/* One point in two thousand has no control character: (227 / 256)^64. */
static void a_point_without_control_characters_is_a_point(void **state)
{
    uint8_t point[65];
    (void)state;
    for (size_t i = 0; i < sizeof(point); i++) {
        point[i] = (uint8_t)(0x21 + (i * 89 + 40) % 0xdf);
    }
    assert_int_equal(size_of(point, sizeof(point), 64), 64);
    point[0] = 0x04;
    assert_int_equal(size_of(point, sizeof(point), 65), 65);
    assert_int_equal(size_of(point, sizeof(point), 66), 64);
    assert_int_equal(size_of(point, 63, 63), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_no_points),
        cmocka_unit_test(a_point_without_control_characters_is_a_point),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
