/* SPDX-License-Identifier: Apache-2.0 */
/* Expected values: nerveskey/upstream/slot_sizes.txt; addresses of specs of the chip 3.3. */
#include "atecc/zones.h"
#include "support/test.h"
#include "support/vectors.h"

static void slots_have_the_sizes_of_the_data_sheet(void **state)
{
    (void)state;
    vector_csv rows;
    vector_words_open(&rows, "nerveskey/upstream/slot_sizes.txt");
    size_t sum = 0;
    unsigned slot = 0;
    while (vector_words_next(&rows)) {
        assert_int_equal(strtoul(rows.fields[0], NULL, 10), slot);
        assert_int_equal(np_atecc_slot_size(slot), strtoul(rows.fields[1], NULL, 10));
        assert_int_equal(np_atecc_slot_offset(slot), sum);
        sum += np_atecc_slot_size(slot++);
    }
    vector_csv_close(&rows);
    assert_int_equal(slot, NP_ATECC_SLOT_COUNT);
    assert_int_equal(sum, NP_ATECC_DATA_SIZE);
    assert_int_equal(np_atecc_slot_size(16), 0);
}

static void addresses_are_those_of_the_data_sheet(void **state)
{
    (void)state;
    assert_int_equal(np_atecc_slot_address(9, 52), 0x014d);
    assert_int_equal(np_atecc_slot_address(8, 12 * 32), 0x0c40);
    assert_int_equal(np_atecc_zone_address(16), 0x04);
    assert_int_equal(np_atecc_zone_address(96), 0x18);
    assert_int_equal(np_atecc_zone_address(84), 0x15);
}

static void a_lock_byte_is_open_closed_or_torn(void **state)
{
    (void)state;
    for (unsigned byte = 0; byte < 256; byte++) {
        np_lock_state expected = byte == 0x55   ? NP_LOCK_OPEN
                                 : byte == 0x00 ? NP_LOCK_CLOSED
                                                : NP_LOCK_TORN;
        assert_int_equal(np_lock_state_of((uint8_t)byte), expected);
    }
}

static void slot_fields_are_read_from_their_bytes(void **state)
{
    (void)state;
    uint8_t config[NP_ATECC_CONFIG_SIZE] = {0};
    /* DS: SlotConfig of slot 10 at 40, KeyConfig at 116, slot 10 in byte 89 bit 2 */
    config[40] = 0x0f;
    config[41] = 0x2f;
    config[116] = 0x3c;
    config[88] = 0xff;
    config[89] = 0xfb;
    assert_int_equal(np_config_slot_config(config, 10), 0x2f0f);
    assert_int_equal(np_config_key_config(config, 10), 0x003c);
    for (unsigned slot = 0; slot < NP_ATECC_SLOT_COUNT; slot++) {
        assert_int_equal(np_config_slot_is_locked(config, slot), slot == 10);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slots_have_the_sizes_of_the_data_sheet),
        cmocka_unit_test(addresses_are_those_of_the_data_sheet),
        cmocka_unit_test(a_lock_byte_is_open_closed_or_torn),
        cmocka_unit_test(slot_fields_are_read_from_their_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
