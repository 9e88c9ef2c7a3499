/* SPDX-License-Identifier: Apache-2.0 */
/* Expected texts: what the C library's snprintf makes of the same arguments. */
#include "base/error.h"
#include "base/format.h"
#include "support/test.h"

#define assert_same_format(...)                                                                    \
    do {                                                                                           \
        char ours[64], theirs[64];                                                                 \
        size_t ours_length = np_format(ours, sizeof(ours), __VA_ARGS__);                           \
        int theirs_length = snprintf(theirs, sizeof(theirs), __VA_ARGS__);                         \
        assert_string_equal(ours, theirs);                                                         \
        assert_int_equal(ours_length, theirs_length);                                              \
    } while (0)

static void the_formatter_agrees_with_the_c_library(void **state)
{
    (void)state;
    assert_same_format("%s and %.*s%c%%", "text", 2, "abc", '!');
    assert_same_format("%d %d %d %5d %05d", 0, -1, 2147483647, 42, 42);
    assert_same_format("%d", -2147483647 - 1);
    assert_same_format("%u %x %02x %08x", 4294967295U, 0xabcU, 5U, 0xbeefU);
    assert_same_format("%X %02X %04X", 0xabcdefU, 0xbU, 0x2cU);
    assert_same_format("%zu %lu", (size_t)-1, 18446744073709551615UL);
}

static void a_text_too_long_is_cut_and_terminated(void **state)
{
    (void)state;
    char buffer[5] = "zzzz";
    assert_int_equal(np_format(buffer, 4, "%s", "abcdef"), 6);
    assert_string_equal(buffer, "abc");
}

static void context_goes_before_the_message_and_keeps_code_and_hint(void **state)
{
    (void)state;
    np_error err;
    np_code code = np_error_set_sub(&err, NP_EDEVICE_STATUS, 0x0f, "write of block %d refused", 2);
    code = np_error_hint(&err, code, "run it again");
    code = np_error_prefix(&err, code, "slot %d", 10);
    assert_int_equal(code, NP_EDEVICE_STATUS);
    assert_int_equal(err.sub, 0x0f);
    assert_string_equal(err.message, "slot 10: write of block 2 refused");
    assert_string_equal(err.hint, "run it again");
}

static void every_code_has_a_name_and_an_exit_status(void **state)
{
    (void)state;
    for (int code = 0; code < NP_CODE_COUNT; code++) {
        assert_non_null(np_code_name((np_code)code));
        assert_true((code == NP_OK) == (np_error_class((np_code)code) == NP_CLASS_OK));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_formatter_agrees_with_the_c_library),
        cmocka_unit_test(a_text_too_long_is_cut_and_terminated),
        cmocka_unit_test(context_goes_before_the_message_and_keeps_code_and_hint),
        cmocka_unit_test(every_code_has_a_name_and_an_exit_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
