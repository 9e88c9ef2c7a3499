/* SPDX-License-Identifier: Apache-2.0 */
/* Faults on demand, from text. */
#include "link/faults.h"

#include "base/bytes.h"
#include "support/test.h"

static void a_list_of_faults_is_understood(void **state)
{
    static const server_fault expected[] = {{SERVER_FAULT_NACK, 20, 100},
                                            {SERVER_FAULT_BAD_CRC, 31, 100},
                                            {SERVER_FAULT_SLOW, 40, 300},
                                            {SERVER_FAULT_SLOW, 41, 100},
                                            {SERVER_FAULT_POWER_CUT, 55, 100}};
    server_faults faults;
    np_error err;
    (void)state;
    assert_ok(
        server_faults_parse("nack@20,bad-crc@31,slow@40:300,slow@41,power-cut@55", &faults, &err),
        &err);
    assert_int_equal(faults.count, NP_COUNT_OF(expected));
    for (size_t i = 0; i < faults.count; i++) {
        assert_int_equal(faults.list[i].kind, expected[i].kind);
        assert_int_equal(faults.list[i].transaction, expected[i].transaction);
        assert_int_equal(faults.list[i].delay_ms, expected[i].delay_ms);
    }
}

static void what_is_no_fault_is_named(void **state)
{
    static const char *const bad[] = {
        "",        "nack",   "nack@",   "nack@x",  "nack@1:2",     "slow@1:",        "slow@1:9x",
        "nack@1,", "fire@1", "nack@-1", "nack@1 ", "slow@1:60001", "nack@1000000001"};
    server_faults faults;
    np_error err;
    (void)state;
    for (size_t i = 0; i < NP_COUNT_OF(bad); i++) {
        assert_code(server_faults_parse(bad[i], &faults, &err), NP_EUSAGE);
        assert_non_null(strstr(err.message, "is no fault"));
    }
}

static void there_is_an_end_to_faults(void **state)
{
    char text[16 * (SERVER_FAULTS_MAX + 1)] = "nack@0";
    server_faults faults;
    np_error err;
    (void)state;
    for (unsigned i = 1; i < SERVER_FAULTS_MAX; i++) {
        strcat(text, ",nack@0");
    }
    assert_ok(server_faults_parse(text, &faults, &err), &err);
    strcat(text, ",nack@0");
    assert_code(server_faults_parse(text, &faults, &err), NP_EUSAGE);
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
