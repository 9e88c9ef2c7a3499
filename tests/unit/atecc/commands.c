/* SPDX-License-Identifier: Apache-2.0 */
/* Expected values: vectors atecc/exec_times_ms.csv; field values from specs of NervesKey 8.3. */
#include "atecc/commands.h"
#include "support/test.h"
#include "support/vectors.h"

enum { COLUMN_OPCODE = 1, COLUMN_TYPICAL = 2, COLUMN_MAX_508A = 3, COLUMN_MAX_608 = 5 };

static uint32_t microseconds(const char *milliseconds)
{
    return (uint32_t)(strtod(milliseconds, NULL) * 1000 + 0.5);
}

/* The chip mode of the divider, other bits set too; a 508A has none. */
static void expect_divided(const np_atecc_command_row *row, uint8_t chip_mode, const char *max)
{
    np_atecc_times slow = np_atecc_times_at(row, NP_ATECC608B, chip_mode | 0x05);
    np_atecc_times same = np_atecc_times_at(row, NP_ATECC508A, chip_mode);
    assert_int_equal(slow.max_us, microseconds(max));
    assert_true(slow.typical_us <= slow.max_us);
    assert_int_equal(same.max_us, row->times[NP_ATECC508A].max_us);
}

static void times_are_the_published_ones(void **state)
{
    (void)state;
    vector_csv rows;
    vector_csv_open(&rows, "atecc/exec_times_ms.csv");
    size_t checked = 0;
    while (vector_csv_next(&rows)) {
        uint8_t opcode = (uint8_t)strtoul(rows.fields[COLUMN_OPCODE], NULL, 16);
        const np_atecc_command_row *row = np_atecc_command_by_opcode(opcode);
        assert_non_null(row);
        assert_string_equal(row->name, rows.fields[0]);
        bool is_608_only = rows.fields[COLUMN_TYPICAL][0] == '\0';
        uint32_t typical = microseconds(rows.fields[is_608_only ? COLUMN_MAX_608 : COLUMN_TYPICAL]);
        bool is_508a_only = rows.fields[COLUMN_MAX_608][0] == '\0';
        assert_int_equal(row->times[NP_ATECC508A].typical_us, is_608_only ? 0 : typical);
        assert_int_equal(row->times[NP_ATECC608A].typical_us, is_508a_only ? 0 : typical);
        assert_int_equal(row->times[NP_ATECC508A].max_us, microseconds(rows.fields[3]));
        assert_int_equal(row->times[NP_ATECC608A].max_us, microseconds(rows.fields[5]));
        assert_int_equal(row->times[NP_ATECC608B].max_us, microseconds(rows.fields[5]));
        expect_divided(row, 0x28, rows.fields[6]);
        expect_divided(row, 0x68, rows.fields[7]);
        checked++;
    }
    vector_csv_close(&rows);
    size_t count = 0;
    np_atecc_command_rows(&count);
    assert_int_equal(checked, count);
}

static void the_driver_is_as_patient_as_the_field_taught(void **state)
{
    (void)state;
    const struct {
        uint8_t opcode;
        uint32_t least_us;
    } rows[] = {{NP_ATECC_WRITE, 100000}, {NP_ATECC_LOCK, 100000},   {NP_ATECC_SIGN, 179000},
                {NP_ATECC_READ, 7500},    {NP_ATECC_GENKEY, 653000}, {NP_ATECC_RANDOM, 34500}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const np_atecc_command_row *row = np_atecc_command_by_opcode(rows[i].opcode);
        assert_int_equal(np_atecc_give_up_us(row, 0), rows[i].least_us);
    }
}

/* Half as long again as the maximum that is published for the divider, at least. */
static void the_driver_is_as_patient_as_the_clock_is_slow(void **state)
{
    (void)state;
    vector_csv rows;
    unsigned slowed = 0;
    vector_csv_open(&rows, "atecc/exec_times_ms.csv");
    while (vector_csv_next(&rows)) {
        const np_atecc_command_row *row =
            np_atecc_command_by_opcode((uint8_t)strtoul(rows.fields[COLUMN_OPCODE], NULL, 16));
        uint32_t plain_us = np_atecc_give_up_us(row, 0x00);
        uint32_t m1_us = np_atecc_give_up_us(row, 0x28);
        uint32_t m2_us = np_atecc_give_up_us(row, 0x6d); /* with the other bits of the mode */
        assert_true(m1_us >= microseconds(rows.fields[6]) / 2 * 3);
        assert_true(m2_us >= microseconds(rows.fields[7]) / 2 * 3);
        slowed += m2_us > plain_us;
        assert_true(plain_us <= m1_us && m1_us <= m2_us);
    }
    vector_csv_close(&rows);
    assert_int_equal(slowed, 8); /* those whose M2 column is more than their M0 column shows */
}

static void what_changes_a_chip_once_may_not_be_repeated(void **state)
{
    (void)state;
    size_t count = 0;
    const np_atecc_command_row *rows = np_atecc_command_rows(&count);
    for (size_t i = 0; i < count; i++) {
        /* What neither changes the chip nor needs what an earlier command left in it. */
        static const uint8_t again[] = {NP_ATECC_READ,   NP_ATECC_WRITE, NP_ATECC_NONCE,
                                        NP_ATECC_RANDOM, NP_ATECC_INFO,  NP_ATECC_SIGN,
                                        NP_ATECC_VERIFY};
        assert_int_equal(rows[i].is_repeatable,
                         memchr(again, rows[i].opcode, sizeof(again)) != NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_the_published_ones),
        cmocka_unit_test(the_driver_is_as_patient_as_the_field_taught),
        cmocka_unit_test(the_driver_is_as_patient_as_the_clock_is_slow),
        cmocka_unit_test(what_changes_a_chip_once_may_not_be_repeated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
