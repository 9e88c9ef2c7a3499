/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bytes.h"
#include "support/test.h"

static void a_reader_that_ran_out_stays_failed(void **state)
{
    (void)state;
    const uint8_t input[] = {0x01, 0x02, 0x03};
    np_reader reader = np_reader_of(NP_BYTES(input));
    assert_int_equal(np_read_u16_be(&reader), 0x0102);
    assert_int_equal(np_read_u32_be(&reader), 0);
    assert_true(reader.failed);
    assert_int_equal(np_read_u8(&reader), 0);
    assert_false(np_reader_is_done(&reader));
}

static void integers_have_the_byte_order_of_their_name(void **state)
{
    (void)state;
    uint8_t buffer[16];
    np_writer writer = np_writer_of(buffer, sizeof(buffer));
    np_write_u16_le(&writer, 0x0102);
    np_write_u16_be(&writer, 0x0102);
    np_write_u32_be(&writer, 0x01020304);
    np_write_u64_be(&writer, 0x0102030405060708);
    assert_memory_equal(buffer, "\x02\x01\x01\x02\x01\x02\x03\x04\x01\x02\x03\x04\x05\x06\x07\x08",
                        16);
    np_reader reader = np_reader_of(np_writer_bytes(&writer));
    assert_int_equal(np_read_u16_le(&reader), 0x0102);
    assert_int_equal(np_read_u16_be(&reader), 0x0102);
    assert_int_equal(np_read_u32_be(&reader), 0x01020304);
    assert_true(np_read_u64_be(&reader) == 0x0102030405060708);
    assert_true(np_reader_is_done(&reader));
}

static void a_writer_never_writes_beyond_its_buffer_and_says_so(void **state)
{
    (void)state;
    uint8_t buffer[4] = {0, 0, 0, 0xaa};
    np_writer writer = np_writer_of(buffer, 3);
    np_write_text(&writer, "ab");
    np_write_text(&writer, "cd");
    assert_false(np_writer_has_room(&writer));
    assert_int_equal(np_writer_bytes(&writer).len, 0);
    assert_int_equal(buffer[3], 0xaa);
    np_write_u8(&writer, 'x');
    assert_int_equal(buffer[2], 0);
}

static void a_writer_without_a_buffer_measures(void **state)
{
    (void)state;
    np_writer writer = np_writer_of(NULL, 0);
    np_write_fill(&writer, 0, 1000);
    assert_int_equal(writer.len, 1000);
    assert_true(np_writer_has_room(&writer));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reader_that_ran_out_stays_failed),
        cmocka_unit_test(integers_have_the_byte_order_of_their_name),
        cmocka_unit_test(a_writer_never_writes_beyond_its_buffer_and_says_so),
        cmocka_unit_test(a_writer_without_a_buffer_measures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
