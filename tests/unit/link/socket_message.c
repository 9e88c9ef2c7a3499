/* SPDX-License-Identifier: Apache-2.0 */
/* The messages of a served chip against bytes written down from doc/formats/chip-socket.md. */
#include "link/socket_message.h"

#include "support/test.h"

static void the_greeting_is_as_documented(void **state)
{
    static const uint8_t expected[SOCKET_GREETING_SIZE] = {
        'N', 'P', 'C', 'S', 1, 2, 0, 0, 0x00, 0x01, 0x86, 0xa0, 0, 0, 0, 0, 0x3b, 0x9a, 0xca, 0};
    uint8_t bytes[SOCKET_GREETING_SIZE];
    np_writer writer = np_writer_of(bytes, sizeof(bytes));
    socket_greeting greeting = {SOCKET_TIME_MAXIMUM, 100000, 1000000000};
    socket_greeting back = {0};
    (void)state;
    socket_encode_greeting(&greeting, &writer);
    assert_int_equal(writer.len, sizeof(expected));
    assert_memory_equal(bytes, expected, sizeof(expected));
    assert_true(socket_decode_greeting(NP_BYTES(expected), &back));
    assert_int_equal(back.time, SOCKET_TIME_MAXIMUM);
    assert_int_equal(back.clock_hz, 100000);
    assert_int_equal(back.now_ns, 1000000000);
}

static void another_greeting_is_refused(void **state)
{
    static const uint8_t good[SOCKET_GREETING_SIZE] = {'N', 'P', 'C', 'S', 1, 0, 0, 0, 0, 1, 0, 0};
    static const struct {
        size_t offset;
        uint8_t value;
    } changes[] = {{0, 'X'}, {4, 2}, {5, SOCKET_TIME_COUNT}, {9, 0}};
    socket_greeting ignored;
    (void)state;
    assert_true(socket_decode_greeting(NP_BYTES(good), &ignored));
    assert_false(socket_decode_greeting(np_bytes_of(good, sizeof(good) - 1), &ignored));
    for (size_t i = 0; i < NP_COUNT_OF(changes); i++) {
        uint8_t bytes[SOCKET_GREETING_SIZE];
        memcpy(bytes, good, sizeof(bytes));
        bytes[changes[i].offset] = changes[i].value;
        assert_false(socket_decode_greeting(NP_BYTES(bytes), &ignored));
    }
}

/* Wake, 1.5 ms, read 4: the example of the page. */
static const uint8_t wake[] = {0x01, 0x00, 0x00, 0x01, 0x00, 0x04, 0, 0,    0,   0,
                               0,    0x16, 0xe3, 0x60, 0x03, 0x60, 0, 0x04, 0x06};

static void the_steps_of_a_request_are_as_documented(void **state)
{
    static const uint8_t zero[] = {0};
    const socket_step steps[] = {{.kind = SOCKET_WRITE, .data = {zero, 1}},
                                 {.kind = SOCKET_WAIT, .time_ns = 1500000},
                                 {.kind = SOCKET_READ, .address = 0x60, .size = 4},
                                 {.kind = SOCKET_KEEP_UP}};
    uint8_t bytes[64];
    np_writer writer = np_writer_of(bytes, sizeof(bytes));
    (void)state;
    for (size_t i = 0; i < NP_COUNT_OF(steps); i++) {
        socket_encode_step(&steps[i], &writer);
    }
    assert_int_equal(writer.len, sizeof(wake));
    assert_memory_equal(bytes, wake, sizeof(wake));
}

static void the_steps_of_a_request_come_back(void **state)
{
    np_reader reader = np_reader_of(NP_BYTES(wake));
    socket_step step;
    (void)state;
    assert_true(socket_decode_step(&reader, &step));
    assert_int_equal(step.kind, SOCKET_WRITE);
    assert_int_equal(step.data.len, 1);
    assert_int_equal(socket_result_size(&step), 1);
    assert_true(socket_decode_step(&reader, &step));
    assert_int_equal(step.time_ns, 1500000);
    assert_int_equal(socket_result_size(&step), 0);
    assert_true(socket_decode_step(&reader, &step));
    assert_int_equal(step.address, 0x60);
    assert_int_equal(socket_result_size(&step), 5);
    assert_true(socket_decode_step(&reader, &step));
    assert_int_equal(step.kind, SOCKET_KEEP_UP);
    assert_true(np_reader_is_done(&reader));
}

static void a_count_is_asked_for_and_answered_as_documented(void **state)
{
    static const uint8_t expected[] = {0x07, 0x41};
    static const uint8_t result[] = {0, 0, 0, 0, 0, 0, 0x01, 0x02};
    const socket_step step = {.kind = SOCKET_COUNT, .opcode = 0x41};
    uint8_t bytes[sizeof(result)];
    socket_step back;
    uint64_t count = 0;
    np_writer writer = np_writer_of(bytes, sizeof(bytes));
    (void)state;
    socket_encode_step(&step, &writer);
    assert_true(np_bytes_equal(np_writer_bytes(&writer), NP_BYTES(expected)));
    np_reader reader = np_reader_of(NP_BYTES(expected));
    assert_true(socket_decode_step(&reader, &back));
    assert_int_equal(back.opcode, 0x41);
    assert_int_equal(socket_result_size(&back), sizeof(result));
    writer = np_writer_of(bytes, sizeof(bytes));
    socket_encode_count(0x0102, &writer);
    assert_true(np_bytes_equal(np_writer_bytes(&writer), NP_BYTES(result)));
    reader = np_reader_of(NP_BYTES(result));
    assert_true(socket_decode_count(&reader, &count));
    assert_int_equal(count, 0x0102);
    assert_false(socket_decode_count(&reader, &count));
}

static void steps_that_are_not_well_formed_are_refused(void **state)
{
    static const uint8_t none[] = {0x00};
    static const uint8_t unknown[] = {0x08};
    static const uint8_t cut[] = {0x01, 0x60, 0x00, 0x02, 0x03};
    static const uint8_t address[] = {0x03, 0x80, 0x00, 0x01};
    static const uint8_t too_long[] = {0x03, 0x60, 0x20, 0x01};
    static const uint8_t nameless[] = {0x07};
    const np_bytes bad[] = {NP_BYTES(none),    NP_BYTES(unknown),  NP_BYTES(cut),
                            NP_BYTES(address), NP_BYTES(too_long), NP_BYTES(nameless)};
    (void)state;
    for (size_t i = 0; i < NP_COUNT_OF(bad); i++) {
        np_reader reader = np_reader_of(bad[i]);
        socket_step step;
        assert_false(socket_decode_step(&reader, &step));
    }
}

static void a_reply_has_a_clock_and_a_result_for_each_transaction(void **state)
{
    static const uint8_t reply[] = {0x00, 0,    0,    0,    0,    0,    0x16, 0xe3,
                                    0x60, 0x00, 0x01, 0x04, 0x11, 0x33, 0x43};
    const socket_step write = {.kind = SOCKET_WRITE};
    const socket_step read = {.kind = SOCKET_READ, .size = 4};
    np_reader reader = np_reader_of(NP_BYTES(reply));
    socket_status status = SOCKET_FAILED;
    uint64_t now_ns = 0;
    bool acked = true;
    np_bytes data;
    (void)state;
    assert_true(socket_decode_reply_head(&reader, &status, &now_ns));
    assert_int_equal(status, SOCKET_DONE);
    assert_int_equal(now_ns, 1500000);
    assert_true(socket_decode_result(&reader, &write, &acked, &data));
    assert_false(acked);
    assert_true(socket_decode_result(&reader, &read, &acked, &data));
    assert_true(acked);
    assert_memory_equal(data.data, reply + 11, 4);
    assert_true(np_reader_is_done(&reader));
}

static void replies_that_are_not_well_formed_are_refused(void **state)
{
    static const uint8_t status[] = {0x03, 0, 0, 0, 0, 0, 0, 0, 0};
    static const uint8_t cut[] = {0x00, 0, 0, 0, 0, 0, 0, 0};
    static const uint8_t acked[] = {0x02};
    static const uint8_t missing[] = {0x01, 0x04, 0x11};
    const socket_step read = {.kind = SOCKET_READ, .size = 4};
    const np_bytes heads[] = {NP_BYTES(status), NP_BYTES(cut)};
    const np_bytes results[] = {NP_BYTES(acked), NP_BYTES(missing)};
    (void)state;
    for (size_t i = 0; i < NP_COUNT_OF(heads); i++) {
        np_reader reader = np_reader_of(heads[i]);
        socket_status ignored;
        uint64_t now_ns;
        assert_false(socket_decode_reply_head(&reader, &ignored, &now_ns));
    }
    for (size_t i = 0; i < NP_COUNT_OF(results); i++) {
        np_reader reader = np_reader_of(results[i]);
        bool is_acked;
        np_bytes data;
        assert_false(socket_decode_result(&reader, &read, &is_acked, &data));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_greeting_is_as_documented),
        cmocka_unit_test(another_greeting_is_refused),
        cmocka_unit_test(the_steps_of_a_request_are_as_documented),
        cmocka_unit_test(the_steps_of_a_request_come_back),
        cmocka_unit_test(a_count_is_asked_for_and_answered_as_documented),
        cmocka_unit_test(steps_that_are_not_well_formed_are_refused),
        cmocka_unit_test(a_reply_has_a_clock_and_a_result_for_each_transaction),
        cmocka_unit_test(replies_that_are_not_well_formed_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
