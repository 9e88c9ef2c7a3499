/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a trace says about transactions that were recorded of real parts or stand in the data sheet
 * (groups: vectors/atecc/crc16.csv, specs of the chip 1.4).
 */
#include "link/trace.h"

#include "support/test.h"

/* A bus that acknowledges as told and gives one answer; each transaction takes a millisecond. */
typedef struct fake {
    uint64_t now_ns;
    bool acks;
    np_bytes answer;
    char lines[8][TRACE_TEXT_SIZE];
    size_t line_count;
} fake;

static np_code fake_write(void *self, uint8_t address, np_bytes data, bool *ret_acked,
                          np_error *err)
{
    fake *bus = self;
    (void)data;
    (void)err;
    *ret_acked = address != 0 && bus->acks;
    bus->now_ns += 1000000;
    return NP_OK;
}

static np_code fake_read(void *self, uint8_t address, uint8_t *ret_data, size_t size,
                         bool *ret_acked, np_error *err)
{
    fake *bus = self;
    (void)address;
    (void)err;
    memset(ret_data, 0xff, size);
    memcpy(ret_data, bus->answer.data, bus->answer.len < size ? bus->answer.len : size);
    *ret_acked = bus->acks;
    bus->now_ns += 1000000;
    return NP_OK;
}

static uint64_t fake_now(void *self)
{
    return ((fake *)self)->now_ns;
}

static void take_line(void *self, const char *text)
{
    fake *bus = self;
    assert_in_range(bus->line_count, 0, NP_COUNT_OF(bus->lines) - 1);
    snprintf(bus->lines[bus->line_count++], sizeof(bus->lines[0]), "%s", text);
}

static const np_bus_ops fake_ops = {.write = fake_write, .read = fake_read, .now_ns = fake_now};

static np_bus begin(trace *on, fake *bus)
{
    *bus = (fake){.acks = true};
    return trace_begin(on, (np_bus){.ops = &fake_ops, .self = bus}, take_line, bus);
}

static void send(np_bus bus, uint8_t address, np_bytes data)
{
    bool acked;
    np_error err;
    assert_ok(bus.ops->write(bus.self, address, data, &acked, &err), &err);
}

static void receive(np_bus bus, fake *inner, np_bytes answer, size_t size)
{
    uint8_t data[160];
    bool acked;
    np_error err;
    inner->answer = answer;
    assert_ok(bus.ops->read(bus.self, 0x60, data, size, &acked, &err), &err);
}

/* A command with our encoder: its group is tested elsewhere, here only its name is. */
static void send_command(np_bus bus, const np_atecc_command *command)
{
    uint8_t bytes[1 + NP_ATECC_GROUP_MAX] = {NP_ATECC_WORD_COMMAND};
    np_writer writer = np_writer_of(bytes + 1, sizeof(bytes) - 1);
    np_atecc_encode_command(command, &writer);
    send(bus, 0x60, np_bytes_of(bytes, 1 + writer.len));
}

static const uint8_t success[] = {0x04, 0x00, 0x03, 0x40};
static const uint8_t awake[] = {0x04, 0x11, 0x33, 0x43};
static const uint8_t refused[] = {0x04, 0x0f, 0x23, 0x42};

static void waking_and_sleeping_have_lines_of_their_own(void **state)
{
    static const uint8_t zero[] = {0};
    static const uint8_t words[][1] = {{0x01}, {0x02}, {0x00}};
    fake inner;
    trace on;
    np_bus bus = begin(&on, &inner);
    (void)state;
    send(bus, 0, NP_BYTES(zero));
    receive(bus, &inner, NP_BYTES(awake), 4);
    for (size_t i = 0; i < NP_COUNT_OF(words); i++) {
        send(bus, 0x60, NP_BYTES(words[i]));
    }
    assert_string_equal(inner.lines[0], "     0.000 ms  wake token");
    assert_string_equal(inner.lines[1], "     1.000 ms  read at 0x60 -> awake");
    assert_string_equal(inner.lines[2], "     2.000 ms  sleep at 0x60");
    assert_string_equal(inner.lines[3], "     3.000 ms  idle at 0x60");
    assert_string_equal(inner.lines[4], "     4.000 ms  reset the address counter at 0x60");
}

static void a_command_and_its_answer_are_one_line_with_polls_and_time(void **state)
{
    static const uint8_t config[] = {0x87, 0x20, 0x0f, 0x0f};
    fake inner;
    trace on;
    np_bus bus = begin(&on, &inner);
    (void)state;
    send_command(bus, &(np_atecc_command){.opcode = 0x12, .p2 = 5, .data = NP_BYTES(config)});
    inner.acks = false;
    receive(bus, &inner, NP_BYTES(success), 4);
    receive(bus, &inner, NP_BYTES(success), 4);
    inner.acks = true;
    receive(bus, &inner, NP_BYTES(success), 4);
    assert_int_equal(inner.line_count, 1);
    assert_string_equal(inner.lines[0],
                        "     0.000 ms  Write config word 0x05 (SlotConfig 0-1): 87 20 0f 0f -> "
                        "success (4.000 ms, 3 polls)");
}

/* A command, and what the trace calls it. */
typedef struct naming {
    np_atecc_command command;
    const char *name;
} naming;

static void commands_have_the_names_of_the_data_sheet(void **state)
{
    static const naming namings[] = {
        {{.opcode = 0x02, .p1 = 0x80, .p2 = 0x0010}, "Read config block 2"},
        {{.opcode = 0x02, .p1 = 0x00, .p2 = 0x0015},
         "Read config word 0x15 (UserExtra, Selector, LockValue, LockConfig)"},
        {{.opcode = 0x02, .p1 = 0x00, .p2 = 0x001f}, "Read config word 0x1f (KeyConfig 14-15)"},
        {{.opcode = 0x02, .p1 = 0x00, .p2 = 0x000c}, "Read config word 0x0c (SlotConfig 14-15)"},
        {{.opcode = 0x02, .p1 = 0x00, .p2 = 0x0000}, "Read config word 0x00 (SN 0-3)"},
        {{.opcode = 0x02, .p1 = 0x81, .p2 = 0x0008}, "Read OTP block 1"},
        {{.opcode = 0x02, .p1 = 0x82, .p2 = 0x0150}, "Read slot 10 block 1"},
        {{.opcode = 0x02, .p1 = 0x02, .p2 = 0x0251}, "Read slot 10 block 2 word 1"},
        {{.opcode = 0x17, .p1 = 0x00, .p2 = 0x1234}, "Lock config with CRC 0x1234"},
        {{.opcode = 0x17, .p1 = 0x81, .p2 = 0x0000}, "Lock data and OTP without CRC"},
        {{.opcode = 0x17, .p1 = 0x22, .p2 = 0x0000}, "Lock slot 8"},
        {{.opcode = 0x40, .p1 = 0x04, .p2 = 0x0000}, "GenKey create slot 0"},
        {{.opcode = 0x40, .p1 = 0x00, .p2 = 0x0002}, "GenKey public slot 2"},
        {{.opcode = 0x41, .p1 = 0x80, .p2 = 0x0000}, "Sign external slot 0"},
        {{.opcode = 0x20, .p1 = 0x00, .p2 = 0x0001}, "UpdateExtra mode 0x00, 0x0001"},
        {{.opcode = 0x99, .p1 = 0x01, .p2 = 0x0000}, "command 0x99 mode 0x01, 0x0000"},
        {{.opcode = 0x30}, "Info"},
    };
    (void)state;
    for (size_t i = 0; i < NP_COUNT_OF(namings); i++) {
        trace_text text = {0};
        trace_put_command(&text, &namings[i].command);
        assert_string_equal(text.text, namings[i].name);
    }
}

static void refusals_damage_and_silence_are_told(void **state)
{
    static const uint8_t damaged[] = {0x04, 0x0f, 0x23, 0x43};
    const np_atecc_command info = {.opcode = 0x30};
    fake inner;
    trace on;
    np_bus bus = begin(&on, &inner);
    (void)state;
    send_command(bus, &info);
    receive(bus, &inner, NP_BYTES(refused), 7);
    send_command(bus, &info);
    receive(bus, &inner, NP_BYTES(damaged), 4);
    inner.acks = false;
    send_command(bus, &info);
    inner.acks = true;
    send_command(bus, &info);
    inner.acks = false;
    receive(bus, &inner, NP_BYTES(success), 4);
    trace_end(&on);
    assert_string_equal(inner.lines[0],
                        "     0.000 ms  Info -> status 0x0f (execution error) (2.000 ms, 1 poll)");
    assert_string_equal(inner.lines[1],
                        "     2.000 ms  Info -> damaged: 04 0f 23 43 (2.000 ms, 1 poll)");
    assert_string_equal(inner.lines[2], "     4.000 ms  Info -> not acknowledged");
    assert_string_equal(inner.lines[3], "     5.000 ms  Info -> no answer (1 poll)");
}

static void random_numbers_are_not_shown(void **state)
{
    uint8_t group[35];
    uint8_t numbers[32];
    fake inner;
    trace on;
    np_writer writer = np_writer_of(group, sizeof(group));
    np_bus bus = begin(&on, &inner);
    (void)state;
    memset(numbers, 0xab, sizeof(numbers));
    np_atecc_encode_response(NP_BYTES(numbers), &writer);
    send_command(bus, &(np_atecc_command){.opcode = NP_ATECC_RANDOM});
    receive(bus, &inner, NP_BYTES(group), sizeof(group));
    assert_null(strstr(inner.lines[0], "ab ab"));
    assert_non_null(strstr(inner.lines[0], "Random -> 32 bytes, not shown"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waking_and_sleeping_have_lines_of_their_own),
        cmocka_unit_test(a_command_and_its_answer_are_one_line_with_polls_and_time),
        cmocka_unit_test(commands_have_the_names_of_the_data_sheet),
        cmocka_unit_test(refusals_damage_and_silence_are_told),
        cmocka_unit_test(random_numbers_are_not_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
