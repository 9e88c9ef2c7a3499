/* SPDX-License-Identifier: Apache-2.0 */
/* Expected values: vectors atecc/factory_config_templates.csv and config_dumps.csv. */
#include "atecc/model.h"
#include "support/test.h"
#include "support/vectors.h"

static const char *const template_names[NP_ATECC_MODEL_COUNT] = {"ATECC508A", "ATECC608A",
                                                                 "ATECC608B"};

static void factory_configurations_are_those_of_silicon(void **state)
{
    (void)state;
    vector_csv rows;
    vector_csv_open(&rows, "atecc/factory_config_templates.csv");
    unsigned checked = 0;
    while (vector_csv_next(&rows)) {
        const uint8_t *ours = np_atecc_factory_config((np_atecc_model)checked);
        assert_string_equal(rows.fields[0], template_names[checked]);
        assert_int_equal(strlen(rows.fields[1]), 2 * NP_ATECC_CONFIG_SIZE);
        for (size_t i = 0; i < NP_ATECC_CONFIG_SIZE; i++) {
            char digits[3] = {rows.fields[1][2 * i], rows.fields[1][2 * i + 1], '\0'};
            if (strcmp(digits, "xx") != 0) {
                assert_int_equal(ours[i], strtoul(digits, NULL, 16));
            }
        }
        checked++;
    }
    vector_csv_close(&rows);
    assert_int_equal(checked, NP_ATECC_MODEL_COUNT);
}

static void models_are_known_by_the_revision_of_real_parts(void **state)
{
    (void)state;
    vector_csv rows;
    vector_csv_open(&rows, "atecc/config_dumps.csv");
    unsigned checked = 0;
    while (vector_csv_next(&rows)) {
        uint8_t config[NP_ATECC_CONFIG_SIZE];
        np_atecc_model model;
        if (strncmp(rows.fields[0], "test_", 5) == 0) {
            continue; /* not parts: placeholders where the revision would be */
        }
        vector_hex(rows.fields[3], config, sizeof(config));
        assert_true(np_atecc_model_by_revision(config + 4, &model));
        const char *name = template_names[model];
        assert_memory_equal(rows.fields[1], name, strlen(name));
        checked++;
    }
    vector_csv_close(&rows);
    assert_int_equal(checked, 10);
}

static void other_parts_are_not_mistaken_for_ours(void **state)
{
    (void)state;
    /* ecc108, ecc204 (specs of NervesKey 2.1) */
    const uint8_t others[][4] = {{0x80, 0, 0x10, 0x01}, {0, 0x02, 0, 0x08}, {0, 0x04, 0x05, 0x08}};
    np_atecc_model model;
    for (size_t i = 0; i < NP_COUNT_OF(others); i++) {
        assert_false(np_atecc_model_by_revision(others[i], &model));
    }
    assert_false(np_atecc_model_by_name("atecc608", &model));
    assert_true(np_atecc_model_by_name("atecc608b", &model));
    assert_int_equal(model, NP_ATECC608B);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(factory_configurations_are_those_of_silicon),
        cmocka_unit_test(models_are_known_by_the_revision_of_real_parts),
        cmocka_unit_test(other_parts_are_not_mistaken_for_ours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
