/* SPDX-License-Identifier: Apache-2.0 */
/* How much of a flood is in the log, and that the rest is counted to the last one. */
#include "gateway/quiet.h"

#include "support/test.h"

static const gateway_quiet_policy policy = {.of_one = 3, .of_all = 100};

static bool tell(gateway_quiet *quiet, const char *source, uint64_t now_ms)
{
    return gateway_quiet_may_tell(quiet, &policy, np_bytes_text(source), now_ms);
}

static void one_source_has_so_many_lines_and_the_rest_is_counted(void **state)
{
    (void)state;
    gateway_quiet *quiet = gateway_quiet_create();
    assert_non_null(quiet);
    for (unsigned i = 0; i < 1000; i++) {
        assert_int_equal(tell(quiet, "one", 50000 + i), i < 3);
    }
    assert_true(tell(quiet, "two", 51000));
    assert_int_equal(gateway_quiet_take_left_out(quiet, 51000), 0);
    assert_int_equal(gateway_quiet_take_left_out(quiet, 50000 + GATEWAY_QUIET_PERIOD_MS), 997);
    assert_int_equal(gateway_quiet_take_left_out(quiet, 50000 + GATEWAY_QUIET_PERIOD_MS), 0);
    assert_true(tell(quiet, "one", 50000 + GATEWAY_QUIET_PERIOD_MS));
    gateway_quiet_free(quiet);
}

/* Ten thousand sources, more than there are places: none is lost, and all together are bounded. */
static void all_sources_together_have_a_limit(void **state)
{
    (void)state;
    gateway_quiet *quiet = gateway_quiet_create();
    unsigned told = 0;
    assert_non_null(quiet);
    for (uint32_t i = 0; i < 10000; i++) {
        told += gateway_quiet_may_tell(quiet, &policy, np_bytes_of(&i, sizeof(i)), 50000) ? 1U : 0U;
    }
    assert_int_equal(told, 100);
    assert_int_equal(gateway_quiet_take_left_out(quiet, 70000), 9900);
    gateway_quiet_free(quiet);
}

static void without_a_limit_everything_is_told(void **state)
{
    static const gateway_quiet_policy open = {0, 0};
    gateway_quiet *quiet = gateway_quiet_create();
    (void)state;
    assert_non_null(quiet);
    for (unsigned i = 0; i < 10000; i++) {
        assert_true(gateway_quiet_may_tell(quiet, &open, np_bytes_text("one"), 50000));
    }
    assert_int_equal(gateway_quiet_take_left_out(quiet, 70000), 0);
    gateway_quiet_free(quiet);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_source_has_so_many_lines_and_the_rest_is_counted),
        cmocka_unit_test(all_sources_together_have_a_limit),
        cmocka_unit_test(without_a_limit_everything_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
