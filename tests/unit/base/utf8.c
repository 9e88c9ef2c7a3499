/* SPDX-License-Identifier: Apache-2.0 */
/* Expected values: RFC 3629 sections 3, 4 and 10, and the examples of its section 7. */
#include "base/utf8.h"
#include "support/test.h"

static void characters_are_counted_and_not_bytes(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t characters;
    } rows[] = {{"", 0},
                {"abc", 3},
                {"\x41\xe2\x89\xa2\xce\x91\x2e", 4}, /* A<NOT IDENTICAL TO><ALPHA>. */
                {"\xed\x95\x9c\xea\xb5\xad\xec\x96\xb4", 3},
                {"\xf4\x8f\xbf\xbf", 1}};
    for (size_t i = 0; i < NP_COUNT_OF(rows); i++) {
        size_t characters = 99;
        assert_true(np_utf8_count(np_bytes_text(rows[i].text), &characters));
        assert_int_equal(characters, rows[i].characters);
    }
}

static void overlong_forms_surrogates_and_fragments_are_no_utf8(void **state)
{
    (void)state;
    const char *bad[] = {"\xc0\x80",
                         "\xe0\x80\x80",
                         "\xf0\x80\x80\x80",
                         "\xed\xa0\x80",
                         "\xf4\x90\x80\x80",
                         "\xf5\x80\x80\x80",
                         "\x80",
                         "\xc3",
                         "\xe2\x89",
                         "a\xff",
                         "\xc3\x28"};
    for (size_t i = 0; i < NP_COUNT_OF(bad); i++) {
        assert_false(np_is_utf8(np_bytes_text(bad[i])));
    }
}

static void latin1_and_utf8_are_each_others_inverse_up_to_ff(void **state)
{
    (void)state;
    uint8_t all[256];
    uint8_t wide[512];
    uint8_t narrow[256];
    for (unsigned i = 0; i < sizeof(all); i++) {
        all[i] = (uint8_t)i;
    }
    np_writer writer = np_writer_of(wide, sizeof(wide));
    np_latin1_to_utf8(NP_BYTES(all), &writer);
    assert_int_equal(writer.len, 128 + 2 * 128);
    assert_memory_equal(wide + 128 + 2 * (0xe9 - 0x80), "\xc3\xa9", 2); /* e with acute accent */
    assert_true(np_is_utf8(np_writer_bytes(&writer)));
    np_writer back = np_writer_of(narrow, sizeof(narrow));
    assert_true(np_utf8_to_latin1(np_writer_bytes(&writer), &back));
    assert_true(np_bytes_equal(np_writer_bytes(&back), NP_BYTES(all)));
    assert_false(np_utf8_to_latin1(np_bytes_text("\xc4\x80"), &back));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(characters_are_counted_and_not_bytes),
        cmocka_unit_test(overlong_forms_surrogates_and_fragments_are_no_utf8),
        cmocka_unit_test(latin1_and_utf8_are_each_others_inverse_up_to_ff),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
