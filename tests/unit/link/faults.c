/* SPDX-License-Identifier: Apache-2.0 */
/* Faults on demand, from text. */
#include "link/faults.h"

#include "base/bytes.h"
#include "support/test.h"

static void a_list_of_faults_is_understood(void **state)
{
    static const np_fault_word expected[] = {{SERVER_FAULT_NACK, 20, 0},
                                             {SERVER_FAULT_BAD_CRC, 31, 0},
                                             {SERVER_FAULT_SLOW, 40, 300},
                                             {SERVER_FAULT_SLOW, 41, 100},
                                             {SERVER_FAULT_POWER_CUT, 55, 0}};
    np_fault_words faults;
    np_error err;
    (void)state;
    assert_ok(np_fault_words_parse(&server_fault_table,
                                   "nack@20,bad-crc@31,slow@40:300,slow@41,power-cut@55", &faults,
                                   &err),
              &err);
    assert_int_equal(faults.count, NP_COUNT_OF(expected));
    for (size_t i = 0; i < faults.count; i++) {
        assert_int_equal(faults.list[i].kind, expected[i].kind);
        assert_int_equal(faults.list[i].number, expected[i].number);
        assert_int_equal(faults.list[i].second, expected[i].second);
    }
}

static void what_is_no_fault_is_named(void **state)
{
    static const char *const bad[] = {
        "",        "nack",   "nack@",   "nack@x",  "nack@1:2",     "slow@1:",        "slow@1:9x",
        "nack@1,", "fire@1", "nack@-1", "nack@1 ", "slow@1:60001", "nack@1000000001"};
    np_fault_words faults;
    np_error err;
    (void)state;
    for (size_t i = 0; i < NP_COUNT_OF(bad); i++) {
        assert_code(np_fault_words_parse(&server_fault_table, bad[i], &faults, &err), NP_EUSAGE);
        assert_non_null(strstr(err.message, "is no fault"));
    }
}

static void there_is_an_end_to_faults(void **state)
{
    char text[16 * (NP_FAULT_WORDS_MAX + 1)] = "nack@0";
    np_fault_words faults;
    np_error err;
    (void)state;
    for (unsigned i = 1; i < NP_FAULT_WORDS_MAX; i++) {
        strcat(text, ",nack@0");
    }
    assert_ok(np_fault_words_parse(&server_fault_table, text, &faults, &err), &err);
    strcat(text, ",nack@0");
    assert_code(np_fault_words_parse(&server_fault_table, text, &faults, &err), NP_EUSAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_of_faults_is_understood),
        cmocka_unit_test(what_is_no_fault_is_named),
        cmocka_unit_test(there_is_an_end_to_faults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
