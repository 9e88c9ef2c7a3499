/* SPDX-License-Identifier: Apache-2.0 */
#include "signer/seen.h"
#include "base/wipe.h"
#include "support/test.h"

enum { TEXTS = 20000 }; /* several times the first size */

static np_bytes text_of(unsigned number, char *ret)
{
    snprintf(ret, 16, "T-%u", number);
    return np_bytes_text(ret);
}

static void what_was_added_is_found_and_nothing_else(void **state)
{
    (void)state;
    char text[16];
    np_error err;
    NP_CLEANUP(np_seen_clear) np_seen seen = {0};
    for (unsigned i = 0; i < TEXTS; i++) {
        assert_false(np_seen_has(&seen, np_seen_mark(1, text_of(i, text))));
        assert_ok(np_seen_add(&seen, np_seen_mark(1, text_of(i, text)), &err), &err);
    }
    for (unsigned i = 0; i < TEXTS; i++) {
        assert_true(np_seen_has(&seen, np_seen_mark(1, text_of(i, text))));
        assert_false(np_seen_has(&seen, np_seen_mark(2, text_of(i, text))));
    }
    assert_int_equal(seen.count, TEXTS);
    assert_true(seen.size <= 2 * (TEXTS * 4 / 3 + 1)); /* between 3/8 and 3/4 full */
}

static void what_is_added_twice_is_there_once(void **state)
{
    (void)state;
    np_error err;
    NP_CLEANUP(np_seen_clear) np_seen seen = {0};
    assert_ok(np_seen_add(&seen, np_seen_mark(0, np_bytes_text("a")), &err), &err);
    assert_ok(np_seen_add(&seen, np_seen_mark(0, np_bytes_text("a")), &err), &err);
    assert_int_equal(seen.count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_added_is_found_and_nothing_else),
        cmocka_unit_test(what_is_added_twice_is_there_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
