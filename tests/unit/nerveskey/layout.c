/* SPDX-License-Identifier: Apache-2.0 */
/* Expected values: the configurations before and after of the recorded lives, and real read-outs.
 */
#include "nerveskey/layout.h"
#include "support/recorded.h"
#include "support/test.h"
#include "support/vectors.h"

static const char *const names[] = {"508a", "608a"};
static const np_atecc_model models[] = {NP_ATECC508A, NP_ATECC608A};

static void the_target_is_what_nerveskey_leaves(void **state)
{
    (void)state;
    for (size_t i = 0; i < NP_COUNT_OF(names); i++) {
        recorded_life *life = recorded_load(names[i]);
        uint8_t target[NP_ATECC_CONFIG_SIZE];
        np_nerveskey_target_config(life->start_config, models[i], NP_ATECC_DEFAULT_ADDRESS, target);
        /* locks are made by Lock, not by writes */
        memcpy(target + 86, life->end_config + 86, 4);
        assert_memory_equal(target, life->end_config, sizeof(target));
        free(life);
    }
}

static void a_provisioned_chip_is_compatible_and_a_blank_one_is_not(void **state)
{
    (void)state;
    for (size_t i = 0; i < NP_COUNT_OF(names); i++) {
        recorded_life *life = recorded_load(names[i]);
        assert_true(np_nerveskey_config_is_compatible(life->end_config));
        assert_false(np_nerveskey_config_is_compatible(life->start_config));
        /* what NervesKey does not look at does not matter: slot 8, OTPmode */
        life->end_config[36] ^= 0xff;
        life->end_config[18] = 0x55;
        assert_true(np_nerveskey_config_is_compatible(life->end_config));
        life->end_config[40] ^= 0x01; /* slot 10 */
        assert_false(np_nerveskey_config_is_compatible(life->end_config));
        free(life);
    }
}

static void locked_chips_of_other_people_are_not_compatible(void **state)
{
    (void)state;
    vector_csv rows;
    vector_csv_open(&rows, "atecc/config_dumps.csv");
    int checked = 0;
    while (vector_csv_next(&rows)) {
        uint8_t config[NP_ATECC_CONFIG_SIZE];
        vector_hex(rows.fields[3], config, sizeof(config));
        assert_false(np_nerveskey_config_is_compatible(config));
        checked++;
    }
    vector_csv_close(&rows);
    assert_int_equal(checked, 12);
}

static void erased_bytes_are_repaired(void **state)
{
    (void)state;
    uint8_t config[NP_ATECC_CONFIG_SIZE], clean[NP_ATECC_CONFIG_SIZE], torn[NP_ATECC_CONFIG_SIZE];
    memcpy(config, np_atecc_factory_config(NP_ATECC608B), sizeof(config));
    np_nerveskey_target_config(config, NP_ATECC608B, 0x60, clean);
    memset(config + 16, 0xff, 4);
    memset(config + 52, 0xff, 12);
    np_nerveskey_target_config(config, NP_ATECC608B, 0x60, torn);
    assert_memory_equal(clean, torn, sizeof(torn));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_target_is_what_nerveskey_leaves),
        cmocka_unit_test(a_provisioned_chip_is_compatible_and_a_blank_one_is_not),
        cmocka_unit_test(locked_chips_of_other_people_are_not_compatible),
        cmocka_unit_test(erased_bytes_are_repaired),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
