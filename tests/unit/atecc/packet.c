/* SPDX-License-Identifier: Apache-2.0 */
/* Expected values: vectors atecc/crc16.csv and nerveskey/upstream (see the READMEs there). */
#include "atecc/packet.h"
#include "support/test.h"
#include "support/vectors.h"

static void the_crc_is_the_one_that_drivers_and_data_sheets_print(void **state)
{
    (void)state;
    vector_csv rows;
    vector_csv_open(&rows, "atecc/crc16.csv");
    int checked = 0;
    while (vector_csv_next(&rows)) {
        uint8_t bytes[256];
        size_t len = vector_hex_any(rows.fields[1], bytes, sizeof(bytes));
        unsigned long crc = strtoul(rows.fields[2], NULL, 16);
        assert_int_equal(np_crc16(np_bytes_of(bytes, len)), crc);
        checked++;
    }
    vector_csv_close(&rows);
    assert_true(checked > 15);
    assert_int_equal(np_crc16(np_bytes_text("123456789")), 0xbcdd);
}

static void the_crc_of_nerveskeys_tests_is_low_byte_first(void **state)
{
    (void)state;
    vector_csv rows;
    vector_words_open(&rows, "nerveskey/upstream/crc_test.txt");
    int checked = 0;
    while (vector_words_next(&rows)) {
        uint8_t bytes[64];
        uint8_t expected[2];
        bool is_empty = strcmp(rows.fields[0], "-") == 0;
        size_t len = is_empty ? 0 : vector_hex_any(rows.fields[0], bytes, sizeof(bytes));
        vector_hex(rows.fields[1], expected, sizeof(expected));
        assert_int_equal(np_crc16(np_bytes_of(bytes, len)), expected[0] | expected[1] << 8);
        checked++;
    }
    vector_csv_close(&rows);
    assert_int_equal(checked, 7);
}

static void a_crc_can_be_continued(void **state)
{
    (void)state;
    uint16_t crc = np_crc16(np_bytes_text("1234"));
    assert_int_equal(np_crc16_update(crc, np_bytes_text("56789")), 0xbcdd);
}

static void commands_are_encoded_as_nerveskey_sends_them(void **state)
{
    (void)state;
    /* framing_test.txt: payload 00 01 02 03 -> 03 07 00 01 02 03 86 a5 */
    uint8_t buffer[16];
    np_writer writer = np_writer_of(buffer, sizeof(buffer));
    np_atecc_command command = {.opcode = 0x00, .p1 = 0x01, .p2 = 0x0302};
    np_atecc_encode_command(&command, &writer);
    assert_int_equal(writer.len, 7);
    assert_memory_equal(buffer, "\x07\x00\x01\x02\x03\x86\xa5", 7);
    np_atecc_command back;
    assert_true(np_atecc_decode_command(np_writer_bytes(&writer), &back));
    assert_int_equal(back.p2, 0x0302);
    assert_int_equal(back.data.len, 0);
}

static void an_answer_may_have_bytes_behind_it_but_not_too_few(void **state)
{
    (void)state;
    const uint8_t trailing[] = {0x07, 0x00, 0x01, 0x02, 0x03, 0x86, 0xa5, 0, 0, 0, 0, 0};
    np_bytes data;
    assert_true(np_atecc_decode_response(NP_BYTES(trailing), &data));
    assert_int_equal(data.len, 4);
    assert_memory_equal(data.data, "\x00\x01\x02\x03", 4);
    assert_false(np_atecc_decode_response(np_bytes_of(trailing, 6), &data));
    const uint8_t bad_crc[] = {0x07, 0x00, 0x01, 0x02, 0x03, 0x00, 0x00};
    assert_false(np_atecc_decode_response(NP_BYTES(bad_crc), &data));
    const uint8_t bad_counts[][4] = {{0x03, 0, 0, 0}, {0xff, 0xff, 0xff, 0xff}, {0, 0, 0, 0}};
    for (size_t i = 0; i < NP_COUNT_OF(bad_counts); i++) {
        assert_false(np_atecc_decode_response(NP_BYTES(bad_counts[i]), &data));
    }
}

static void every_single_bit_error_in_a_group_is_noticed(void **state)
{
    (void)state;
    /* Info and its answer on a 608A, specs of the chip 1.4 */
    uint8_t answer[] = {0x07, 0x00, 0x00, 0x60, 0x02, 0x80, 0x38};
    np_bytes data;
    assert_true(np_atecc_decode_response(NP_BYTES(answer), &data));
    for (unsigned bit = 0; bit < 8 * sizeof(answer); bit++) {
        answer[bit / 8] ^= (uint8_t)(1U << bit % 8);
        assert_false(np_atecc_decode_response(NP_BYTES(answer), &data));
        answer[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
}

static void a_group_never_exceeds_155_bytes(void **state)
{
    (void)state;
    uint8_t data[256] = {0};
    uint8_t buffer[256];
    np_writer writer = np_writer_of(buffer, sizeof(buffer));
    np_atecc_command command = {.opcode = 0x45, .data = np_bytes_of(data, 148)};
    np_atecc_encode_command(&command, &writer);
    assert_int_equal(np_writer_bytes(&writer).len, 155);
    command.data.len = 149;
    writer = np_writer_of(buffer, sizeof(buffer));
    np_atecc_encode_command(&command, &writer);
    assert_int_equal(np_writer_bytes(&writer).len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_crc_is_the_one_that_drivers_and_data_sheets_print),
        cmocka_unit_test(the_crc_of_nerveskeys_tests_is_low_byte_first),
        cmocka_unit_test(a_crc_can_be_continued),
        cmocka_unit_test(commands_are_encoded_as_nerveskey_sends_them),
        cmocka_unit_test(an_answer_may_have_bytes_behind_it_but_not_too_few),
        cmocka_unit_test(every_single_bit_error_in_a_group_is_noticed),
        cmocka_unit_test(a_group_never_exceeds_155_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
