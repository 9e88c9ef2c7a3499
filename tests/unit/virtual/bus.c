/* SPDX-License-Identifier: Apache-2.0 */
/* The virtual bus: what transactions cost (specs of timing 2 and 7) and what faults do. */
#include "support/chip_host.h"
#include "support/test.h"

static const uint8_t zeros[128];
static const uint8_t info[] = {0x03, 0x07, 0x30, 0x00, 0x00, 0x00, 0x03, 0x5d};
static const uint8_t info_answer[] = {0x07, 0x00, 0x00, 0x60, 0x02, 0x80, 0x38};

static uint64_t bits_ns(const chip_host *host, uint64_t bits)
{
    return bits * UINT64_C(1000000000) / host->bus.clock_hz;
}

static void a_session_costs_2280_us_at_100_khz(void **state)
{
    (void)state;
    chip_host host;
    chip_host_open(&host, NP_ATECC508A);
    assert_true(chip_host_wake(&host));
    chip_host_sleep(&host);
    assert_true(host.bus.now_ns == 2280000);
    assert_true(host.bus.counts.wire_ns == 780000);
    assert_int_equal(host.bus.counts.transactions, 3);
    assert_int_equal(host.bus.counts.bytes, 1 + 5 + 2);
    assert_int_equal(host.bus.counts.nacks, 1);
    chip_host_close(&host);
}

/* Slot 0 with a key, both zones locked. */
static void open_locked(chip_host *host, uint32_t clock_hz)
{
    uint8_t eeprom[NP_EEPROM_SIZE];
    chip_image_blank(NP_ATECC508A, eeprom);
    eeprom[86] = 0;
    eeprom[87] = 0;
    memset(eeprom + NP_EEPROM_DATA, 0, 4);
    memset(eeprom + NP_EEPROM_DATA + 4, 0x11, 32);
    chip_host_open_image(host, NP_ATECC508A, NP_PACE_TYPICAL, eeprom);
    assert_true(chip_host_wake(host));
    host->bus.clock_hz = clock_hz;
    host->bus.counts = (np_virtual_bus_counts){0};
}

/* As a driver does that knows how long commands take and answers are. */
static void run(chip_host *host, const np_atecc_command *command, uint64_t wait_us, size_t len)
{
    uint8_t bytes[1 + CHIP_HOST_REPLY_MAX] = {0x03};
    size_t written = 1 + chip_host_group(command, bytes + 1);
    assert_true(chip_host_write(host, bytes, written));
    chip_host_wait_us(host, wait_us);
    assert_true(chip_host_read(host, bytes, len));
    assert_int_equal(bytes[0], len);
}

/* 53.2, 44.9 and 43.2 ms in the specification's table. */
static void a_signature_costs_123_bytes_and_the_chips_own_time(void **state)
{
    (void)state;
    static const struct {
        uint32_t clock_hz;
        uint64_t total_us;
    } cases[] = {{100000, 53250}, {400000, 44887}, {1000000, 43215}};
    for (size_t i = 0; i < NP_COUNT_OF(cases); i++) {
        const np_atecc_command nonce = {.opcode = 0x16, .p1 = 0x03, .data = np_bytes_of(zeros, 32)};
        const np_atecc_command sign = {.opcode = 0x41, .p1 = 0x80};
        chip_host host;
        open_locked(&host, cases[i].clock_hz);
        uint64_t start_ns = host.bus.now_ns;
        run(&host, &nonce, 100, 4);
        run(&host, &sign, 42000, 67);
        assert_int_equal(host.bus.counts.bytes, 123);
        assert_int_equal(host.bus.counts.transactions, 4);
        assert_int_equal((host.bus.now_ns - start_ns) / 1000, cases[i].total_us);
        chip_host_close(&host);
    }
}

static void commands_cost_what_the_specification_counts(void **state)
{
    (void)state;
    static const struct {
        np_atecc_command command;
        size_t answer;
        uint64_t bytes;
    } cases[] = {
        {{.opcode = 0x02, .p1 = 0x80}, 35, 45},
        {{.opcode = 0x02}, 7, 17},
        {{.opcode = 0x12, .p1 = 0x82, .p2 = 0x40, .data = {zeros, 32}}, 4, 46},
        {{.opcode = 0x12, .p1 = 0x02, .p2 = 0x40, .data = {zeros, 4}}, 4, 18},
        {{.opcode = 0x17, .p1 = 0x22}, 4, 14},
        {{.opcode = 0x40}, 67, 77},
        {{.opcode = 0x45, .p1 = 0x02, .p2 = 4, .data = {zeros, 128}}, 4, 142},
    };
    for (size_t i = 0; i < NP_COUNT_OF(cases); i++) {
        chip_host host;
        open_locked(&host, 100000);
        run(&host, &cases[i].command, 100000, cases[i].answer);
        assert_int_equal(host.bus.counts.bytes, cases[i].bytes);
        assert_true(host.bus.counts.wire_ns == bits_ns(&host, 9 * cases[i].bytes + 4));
        chip_host_close(&host);
    }
}

static void a_refused_address_costs_one_byte(void **state)
{
    (void)state;
    chip_host host;
    uint8_t answer[35];
    open_locked(&host, 100000);
    host.address = 0x11;
    assert_false(chip_host_write(&host, info, sizeof(info)));
    assert_false(chip_host_read(&host, answer, sizeof(answer)));
    assert_int_equal(host.bus.counts.bytes, 2);
    assert_int_equal(host.bus.counts.nacks, 2);
    assert_true(host.bus.counts.wire_ns == 220000);
    chip_host_close(&host);
}

static void waiting_for_the_past_takes_no_time(void **state)
{
    (void)state;
    chip_host host;
    chip_host_open(&host, NP_ATECC508A);
    host.wire.ops->wait_until_ns(host.wire.self, 5000);
    host.wire.ops->wait_until_ns(host.wire.self, 1000);
    assert_true(host.wire.ops->now_ns(host.wire.self) == 5000);
    assert_true(host.bus.counts.wire_ns == 0);
    chip_host_close(&host);
}

/* Transaction 2 is the write of Info, 3 the read of its answer. */
static void open_with_fault(chip_host *host, np_fault_kind kind, uint64_t transaction)
{
    chip_host_open(host, NP_ATECC608A);
    host->bus.fault = (np_fault){
        .kind = kind, .transaction = transaction, .seed = 5, .delay_ns = UINT64_C(3000000)};
    assert_true(chip_host_wake(host));
}

static bool ask_info(chip_host *host, uint8_t *ret, bool *ret_written)
{
    *ret_written = chip_host_write(host, info, sizeof(info));
    chip_host_wait_us(host, 200);
    return chip_host_read(host, ret, sizeof(info_answer));
}

static void a_cut_ends_everything_until_power_is_back(void **state)
{
    (void)state;
    static const struct {
        np_fault_kind kind;
        uint64_t transaction;
        bool is_written;
        bool is_read;
        uint64_t bytes;
    } cases[] = {
        {NP_FAULT_CUT_BEFORE, 2, false, false, 1 + 1},
        {NP_FAULT_CUT_DURING, 2, false, false, 5 + 1},
        {NP_FAULT_CUT_AFTER, 2, true, false, 9 + 1},
        {NP_FAULT_CUT_BEFORE, 3, true, false, 9 + 1},
        {NP_FAULT_CUT_DURING, 3, true, false, 9 + 4},
        {NP_FAULT_CUT_AFTER, 3, true, true, 9 + 8},
    };
    for (size_t i = 0; i < NP_COUNT_OF(cases); i++) {
        chip_host host;
        uint8_t answer[sizeof(info_answer)];
        bool is_written = false;
        open_with_fault(&host, cases[i].kind, cases[i].transaction);
        uint64_t before = host.bus.counts.bytes;
        assert_int_equal(ask_info(&host, answer, &is_written), cases[i].is_read);
        assert_int_equal(is_written, cases[i].is_written);
        assert_int_equal(host.bus.counts.bytes - before, cases[i].bytes);
        assert_true(host.bus.fault_happened);
        assert_false(chip_host_wake(&host));
        np_virtual_bus_power_up(&host.bus);
        assert_true(chip_host_wake(&host));
        assert_true(ask_info(&host, answer, &is_written));
        assert_memory_equal(answer, info_answer, sizeof(answer));
        chip_host_close(&host);
    }
}

static void a_cut_after_a_lock_tears_it(void **state)
{
    (void)state;
    unsigned seen[256] = {0};
    for (uint64_t seed = 0; seed < 48; seed++) {
        const uint8_t lock[] = {0x03, 0x07, 0x17, 0x80, 0x00, 0x00, 0x39, 0x8d};
        chip_host host;
        chip_host_open(&host, NP_ATECC608A);
        host.bus.fault = (np_fault){.kind = NP_FAULT_CUT_AFTER, .transaction = 2, .seed = seed};
        assert_true(chip_host_wake(&host));
        assert_true(chip_host_write(&host, lock, sizeof(lock)));
        seen[np_virtual_chip_eeprom(host.chip)[87]]++;
        chip_host_close(&host);
    }
    assert_true(seen[0x55] > 0 && seen[0x00] > 0 && seen[0xff] > 0);
}

static void a_lost_reply_is_gone_but_the_chip_can_be_asked_again(void **state)
{
    (void)state;
    chip_host host;
    uint8_t answer[sizeof(info_answer)];
    bool is_written = false;
    open_with_fault(&host, NP_FAULT_LOSE_REPLY, 3);
    assert_false(ask_info(&host, answer, &is_written));
    assert_true(is_written);
    assert_true(chip_host_read(&host, answer, sizeof(answer)));
    assert_true(np_bytes_are_all(NP_BYTES(answer), 0xff));
    assert_true(chip_host_write(&host, (const uint8_t[]){0x00}, 1));
    assert_true(chip_host_read(&host, answer, sizeof(answer)));
    assert_memory_equal(answer, info_answer, sizeof(answer));
    chip_host_close(&host);
}

static void a_corrupted_reply_comes_right_when_read_again(void **state)
{
    (void)state;
    chip_host host;
    uint8_t answer[sizeof(info_answer)];
    bool is_written = false;
    open_with_fault(&host, NP_FAULT_CORRUPT_REPLY, 3);
    assert_true(ask_info(&host, answer, &is_written));
    assert_memory_not_equal(answer, info_answer, sizeof(answer));
    assert_true(chip_host_write(&host, (const uint8_t[]){0x00}, 1));
    assert_true(chip_host_read(&host, answer, sizeof(answer)));
    assert_memory_equal(answer, info_answer, sizeof(answer));
    chip_host_close(&host);
}

static void a_corrupted_command_is_never_taken_for_the_one_that_was_sent(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 64; seed++) {
        chip_host host;
        uint8_t answer[sizeof(info_answer)] = {0};
        bool is_written = false;
        chip_host_open(&host, NP_ATECC608A);
        host.bus.fault =
            (np_fault){.kind = NP_FAULT_CORRUPT_COMMAND, .transaction = 2, .seed = seed};
        assert_true(chip_host_wake(&host));
        bool is_read = ask_info(&host, answer, &is_written);
        assert_true(host.bus.fault_happened);
        assert_false(is_read && memcmp(answer, info_answer, sizeof(answer)) == 0);
        chip_host_close(&host);
    }
}

static void a_delayed_reply_comes_later(void **state)
{
    (void)state;
    chip_host host;
    uint8_t answer[sizeof(info_answer)];
    bool is_written = false;
    open_with_fault(&host, NP_FAULT_DELAY_REPLY, 2);
    assert_false(ask_info(&host, answer, &is_written));
    chip_host_wait_us(&host, 3000);
    assert_true(chip_host_read(&host, answer, sizeof(answer)));
    assert_memory_equal(answer, info_answer, sizeof(answer));
    chip_host_close(&host);
}

static void a_fault_happens_once_and_only_at_its_transaction(void **state)
{
    (void)state;
    chip_host host;
    uint8_t answer[sizeof(info_answer)];
    bool is_written = false;
    open_with_fault(&host, NP_FAULT_LOSE_REPLY, 2); /* a write: there is no reply to lose */
    assert_true(ask_info(&host, answer, &is_written));
    assert_true(ask_info(&host, answer, &is_written));
    assert_false(host.bus.fault_happened);
    chip_host_close(&host);
}

/* Data for one awake chip is seen by its sleeping neighbour, and wakes it. */
static void chips_on_one_bus_hear_each_others_traffic(void **state)
{
    (void)state;
    chip_host host;
    chip_host other;
    uint8_t eeprom[NP_EEPROM_SIZE];
    uint8_t answer[4];
    chip_image_blank(NP_ATECC608A, eeprom);
    eeprom[16] = 0xb0;
    chip_host_open(&host, NP_ATECC608A);
    chip_host_open_image(&other, NP_ATECC608A, NP_PACE_TYPICAL, eeprom);
    assert_true(chip_host_wake(&host));
    host.bus.chips[host.bus.chip_count++] = other.chip;
    assert_true(chip_host_write(&host, info, sizeof(info)));
    chip_host_wait_us(&host, 1500);
    host.address = 0x58;
    assert_true(chip_host_read(&host, answer, sizeof(answer)));
    assert_memory_equal(answer, "\x04\x11\x33\x43", 4);
    host.address = 0x60;
    assert_true(chip_host_read(&host, answer, sizeof(answer)));
    assert_memory_equal(answer, info_answer, 4);
    chip_host_close(&host);
    chip_host_close(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_costs_2280_us_at_100_khz),
        cmocka_unit_test(a_signature_costs_123_bytes_and_the_chips_own_time),
        cmocka_unit_test(commands_cost_what_the_specification_counts),
        cmocka_unit_test(a_refused_address_costs_one_byte),
        cmocka_unit_test(waiting_for_the_past_takes_no_time),
        cmocka_unit_test(a_cut_ends_everything_until_power_is_back),
        cmocka_unit_test(a_cut_after_a_lock_tears_it),
        cmocka_unit_test(a_lost_reply_is_gone_but_the_chip_can_be_asked_again),
        cmocka_unit_test(a_corrupted_reply_comes_right_when_read_again),
        cmocka_unit_test(a_corrupted_command_is_never_taken_for_the_one_that_was_sent),
        cmocka_unit_test(a_delayed_reply_comes_later),
        cmocka_unit_test(a_fault_happens_once_and_only_at_its_transaction),
        cmocka_unit_test(chips_on_one_bus_hear_each_others_traffic),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
