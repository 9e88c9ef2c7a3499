/* SPDX-License-Identifier: Apache-2.0 */
/* Section 1 of the chip's specification, on the wires. */
#include "support/chip_host.h"
#include "support/test.h"

static const uint8_t info[] = {0x03, 0x07, 0x30, 0x00, 0x00, 0x00, 0x03, 0x5d};

static void open_awake(chip_host *host)
{
    chip_host_open(host, NP_ATECC608A);
    assert_true(chip_host_wake(host));
}

static bool write_at(chip_host *host, uint32_t clock_hz, uint8_t address, np_bytes data)
{
    np_wire wire = {.start_ns = host->bus.now_ns, .clock_hz = clock_hz};
    wire.stop_ns = wire.start_ns + (2 + 9 * (1 + data.len)) * UINT64_C(1000000000) / clock_hz;
    size_t acked = np_virtual_chip_write(host->chip, &wire, address, data);
    host->bus.now_ns = wire.stop_ns;
    return acked == 1 + data.len;
}

static bool is_awake(chip_host *host)
{
    uint8_t bytes[4];
    chip_host_wait_us(host, 1500);
    return chip_host_read(host, bytes, sizeof(bytes)) && bytes[1] == 0x11;
}

static void zeros_wake_when_they_last_60_us(void **state)
{
    (void)state;
    static const uint8_t zeros[8] = {0};
    static const struct {
        uint32_t clock_hz;
        uint8_t address;
        size_t zeros;
        bool wakes;
    } cases[] = {
        {100000, 0x00, 0, true},   /* the address byte alone: 80 us */
        {100000, 0x00, 1, true},   /* customary token */
        {400000, 0x00, 0, false},  /* 20 us */
        {400000, 0x00, 1, false},  /* 40 us */
        {400000, 0x00, 2, true},   /* 60 us */
        {400000, 0x60, 1, false},  /* 6 + 8 zero bits: 35 us */
        {400000, 0x60, 3, true},   /* the kernel driver's token: 30 bits, 75 us */
        {1000000, 0x60, 6, false}, /* 54 us */
        {1000000, 0x60, 8, true},  /* the kernel driver's token at 1 MHz */
        {100000, 0x60, 0, true},   /* 1100 0000: 6 zero bits, just 60 us */
        {133000, 0x60, 0, false},  {133000, 0x60, 1, true}, /* any zero byte up to 133 kHz */
    };
    for (size_t i = 0; i < NP_COUNT_OF(cases); i++) {
        chip_host host;
        chip_host_open(&host, NP_ATECC508A);
        assert_false(write_at(&host, cases[i].clock_hz, cases[i].address,
                              np_bytes_of(zeros, cases[i].zeros)));
        assert_int_equal(is_awake(&host), cases[i].wakes);
        chip_host_close(&host);
    }
}

static void data_that_is_never_clocked_wakes_nobody(void **state)
{
    (void)state;
    chip_host host;
    chip_host_open(&host, NP_ATECC508A);
    host.bus.clock_hz = 400000;
    assert_false(chip_host_write(&host, (const uint8_t[]){0, 0, 0, 0}, 4));
    assert_int_equal(host.bus.counts.bytes, 1);
    assert_false(is_awake(&host));
    chip_host_close(&host);
}

static void a_sleeping_chip_answers_nothing(void **state)
{
    (void)state;
    chip_host host;
    uint8_t bytes[4];
    chip_host_open(&host, NP_ATECC508A);
    assert_false(chip_host_read(&host, bytes, sizeof(bytes)));
    host.bus.clock_hz = 400000;
    assert_false(chip_host_write(&host, info, sizeof(info)));
    chip_host_close(&host);
}

static void a_waking_chip_answers_after_1500_us(void **state)
{
    (void)state;
    chip_host host;
    uint8_t bytes[4];
    chip_host_open(&host, NP_ATECC508A);
    assert_false(write_at(&host, 100000, 0, np_bytes_of(NULL, 0)));
    /* SDA rises 90 us after START and the transaction ends after 110 us. */
    chip_host_wait_us(&host, 1470);
    assert_false(chip_host_read(&host, bytes, sizeof(bytes)));
    assert_true(chip_host_read(&host, bytes, sizeof(bytes)));
    assert_memory_equal(bytes, "\x04\x11\x33\x43", 4);
    chip_host_close(&host);
}

static void the_wake_delay_counts_from_the_end_of_a_long_token(void **state)
{
    (void)state;
    static const uint8_t zeros[8] = {0};
    chip_host host;
    chip_host_open(&host, NP_ATECC508A);
    assert_false(write_at(&host, 1000000, 0x60, NP_BYTES(zeros)));
    /* START, 9 bytes and their 8 acknowledge bits between: SDA rises after 81 us */
    np_wire wire = {.start_ns = 1580999, .stop_ns = 1590000, .clock_hz = 1000000};
    assert_false(np_virtual_chip_listens(host.chip, &wire, 0x60));
    wire.start_ns = 1581000;
    assert_true(np_virtual_chip_listens(host.chip, &wire, 0x60));
    chip_host_close(&host);
}

static void a_wake_token_while_awake_keeps_the_old_answer(void **state)
{
    (void)state;
    chip_host host;
    chip_reply reply;
    uint8_t bytes[7];
    open_awake(&host);
    assert_true(chip_host_write(&host, info, sizeof(info)));
    chip_host_take_reply(&host, &reply);
    assert_false(write_at(&host, 100000, 0, np_bytes_of(NULL, 0)));
    assert_true(chip_host_write(&host, (const uint8_t[]){0x00}, 1));
    assert_true(chip_host_read(&host, bytes, sizeof(bytes)));
    assert_memory_equal(bytes, "\x07\x00\x00\x60\x02\x80\x38", 7);
    chip_host_close(&host);
}

static void an_answer_is_read_in_pieces_and_again_from_its_start(void **state)
{
    (void)state;
    chip_host host;
    uint8_t bytes[10];
    open_awake(&host);
    assert_true(chip_host_write(&host, info, sizeof(info)));
    chip_host_wait_us(&host, 200);
    assert_true(chip_host_read(&host, bytes, 1));
    assert_int_equal(bytes[0], 7);
    assert_true(chip_host_read(&host, bytes, 3));
    assert_memory_equal(bytes, "\x00\x00\x60", 3);
    assert_true(chip_host_read(&host, bytes, 5));
    assert_memory_equal(bytes, "\x02\x80\x38\xff\xff", 5);
    assert_true(chip_host_read(&host, bytes, 2));
    assert_memory_equal(bytes, "\xff\xff", 2);
    assert_true(chip_host_write(&host, (const uint8_t[]){0x00}, 1));
    assert_true(chip_host_read(&host, bytes, 10));
    assert_memory_equal(bytes, "\x07\x00\x00\x60\x02\x80\x38\xff\xff\xff", 10);
    chip_host_close(&host);
}

static void a_group_may_come_in_several_writes(void **state)
{
    (void)state;
    chip_host host;
    chip_reply reply;
    uint8_t byte = 0;
    open_awake(&host);
    assert_true(chip_host_write(&host, info, 3));
    assert_false(chip_host_read(&host, &byte, 1));
    assert_true(chip_host_write(&host, (const uint8_t[]){0x03}, 1));
    assert_true(chip_host_write(&host, (const uint8_t[]){0x03, 0x00, 0x00}, 3));
    assert_false(chip_host_read(&host, &byte, 1));
    assert_true(chip_host_write(&host, (const uint8_t[]){0x03, 0x00, 0x03, 0x5d}, 4));
    chip_host_take_reply(&host, &reply);
    assert_int_equal(reply.len, 7);
    chip_host_close(&host);
}

static void word_address_0_discards_a_partial_group(void **state)
{
    (void)state;
    chip_host host;
    chip_reply reply;
    uint8_t byte = 0;
    open_awake(&host);
    assert_true(chip_host_write(&host, info, 4));
    assert_true(chip_host_write(&host, (const uint8_t[]){0x00}, 1));
    assert_true(chip_host_read(&host, &byte, 1));
    assert_int_equal(byte, 0xff);
    assert_true(chip_host_write(&host, info, sizeof(info)));
    chip_host_take_reply(&host, &reply);
    assert_int_equal(reply.len, 7);
    chip_host_close(&host);
}

static void bytes_beyond_the_count_are_refused_but_the_command_runs(void **state)
{
    (void)state;
    chip_host host;
    chip_reply reply;
    uint8_t longer[sizeof(info) + 2] = {0};
    open_awake(&host);
    memcpy(longer, info, sizeof(info));
    uint64_t before = host.bus.counts.bytes;
    assert_false(chip_host_write(&host, longer, sizeof(longer)));
    assert_int_equal(host.bus.counts.bytes - before, 1 + sizeof(info) + 1);
    chip_host_take_reply(&host, &reply);
    assert_int_equal(reply.len, 7);
    chip_host_close(&host);
}

static void reserved_word_addresses_are_acknowledged_and_ignored(void **state)
{
    (void)state;
    chip_host host;
    uint8_t bytes[4];
    open_awake(&host);
    assert_true(chip_host_write(&host, (const uint8_t[]){0x00}, 1));
    assert_true(chip_host_write(&host, (const uint8_t[]){0x04, 0x07, 0x30}, 3));
    assert_true(chip_host_write(&host, (const uint8_t[]){0xff}, 1));
    assert_true(chip_host_read(&host, bytes, 4));
    assert_memory_equal(bytes, "\x04\x11\x33\x43", 4);
    chip_host_close(&host);
}

static void a_busy_chip_refuses_everything(void **state)
{
    (void)state;
    chip_host host;
    uint8_t byte = 0;
    open_awake(&host);
    assert_true(chip_host_write(&host, (const uint8_t[]){3, 0x07, 0x1b, 0, 0, 0, 0x24, 0xcd}, 8));
    uint64_t started_ns = host.bus.now_ns;
    assert_false(chip_host_read(&host, &byte, 1));
    assert_false(chip_host_write(&host, (const uint8_t[]){0x00}, 1));
    assert_false(chip_host_write(&host, (const uint8_t[]){0x01}, 1));
    chip_host_wait_us(&host, 1000 - (host.bus.now_ns - started_ns) / 1000 - 10);
    assert_false(chip_host_read(&host, &byte, 1));
    assert_true(chip_host_read(&host, &byte, 1));
    assert_int_equal(byte, 0x23);
    chip_host_close(&host);
}

static uint8_t status_of_group(chip_host *host, const uint8_t *bytes, size_t len)
{
    chip_reply reply;
    uint8_t written[CHIP_HOST_REPLY_MAX] = {0x03};
    memcpy(written + 1, bytes, len);
    (void)chip_host_write(host, written, 1 + len);
    chip_host_take_reply(host, &reply);
    assert_int_equal(reply.len, 4);
    return reply.status;
}

static void damaged_groups_and_counts_are_ff(void **state)
{
    (void)state;
    chip_host host;
    open_awake(&host);
    assert_int_equal(status_of_group(&host, (const uint8_t[]){7, 0x30, 0, 0, 0, 3, 0x5c}, 7), 0xff);
    assert_int_equal(status_of_group(&host, (const uint8_t[]){3}, 1), 0xff);
    assert_int_equal(status_of_group(&host, (const uint8_t[]){0}, 1), 0xff);
    assert_int_equal(status_of_group(&host, (const uint8_t[]){156}, 1), 0xff);
    assert_int_equal(status_of_group(&host, (const uint8_t[]){255, 0x30}, 2), 0xff);
    chip_host_close(&host);
}

/* Groups of every legal count, with a good CRC: never FF, and the short ones are no commands. */
static void every_count_from_4_to_155_is_parsed(void **state)
{
    (void)state;
    chip_host host;
    chip_host_open(&host, NP_ATECC608A);
    for (size_t count = 4; count <= 155; count++) {
        uint8_t group[155] = {(uint8_t)count, 0x76}; /* an opcode that no part has */
        uint16_t crc = chip_host_crc(np_bytes_of(group, count - 2));
        group[count - 2] = (uint8_t)crc;
        group[count - 1] = (uint8_t)(crc >> 8);
        assert_true(chip_host_wake(&host));
        assert_int_equal(status_of_group(&host, group, count), 0x03);
        chip_host_sleep(&host);
    }
    chip_host_close(&host);
}

static void load_temp_key(chip_host *host)
{
    static const uint8_t digest[32] = {1};
    assert_int_equal(chip_host_status(host, 0x16, 0x03, 0, NP_BYTES(digest)), 0);
}

static uint8_t temp_key_valid(chip_host *host)
{
    chip_reply reply;
    const np_atecc_command state = {.opcode = 0x30, .p1 = 2};
    chip_host_ask(host, &state, &reply);
    assert_int_equal(reply.data_len, 4);
    return reply.data[1] >> 7;
}

static void idle_keeps_what_sleep_and_power_take(void **state)
{
    (void)state;
    chip_host host;
    uint8_t byte = 0;
    open_awake(&host);
    load_temp_key(&host);
    chip_host_idle(&host);
    assert_false(chip_host_read(&host, &byte, 1));
    chip_host_wait_us(&host, 5000000); /* no watchdog while idle */
    assert_true(chip_host_wake(&host));
    assert_int_equal(temp_key_valid(&host), 1);
    chip_host_sleep(&host);
    assert_true(chip_host_wake(&host));
    assert_int_equal(temp_key_valid(&host), 0);
    load_temp_key(&host);
    np_virtual_chip_cut_power(host.chip, host.bus.now_ns, 0);
    assert_false(chip_host_wake(&host));
    np_virtual_bus_power_up(&host.bus);
    assert_true(chip_host_wake(&host));
    assert_int_equal(temp_key_valid(&host), 0);
    chip_host_close(&host);
}

static void the_watchdog_forces_sleep_1300_ms_after_the_wake(void **state)
{
    (void)state;
    chip_host host;
    uint8_t bytes[4];
    open_awake(&host);
    uint64_t woke_ns = host.bus.now_ns; /* about 2 ms after the token */
    load_temp_key(&host);
    host.wire.ops->wait_until_ns(host.wire.self, woke_ns + UINT64_C(1290000000));
    assert_true(chip_host_read(&host, bytes, 4));
    host.wire.ops->wait_until_ns(host.wire.self, woke_ns + UINT64_C(1300000000));
    assert_false(chip_host_read(&host, bytes, 4));
    assert_true(chip_host_wake(&host));
    assert_int_equal(temp_key_valid(&host), 0);
    chip_host_close(&host);
}

static void expect_long_watchdog(np_atecc_model model, int seconds)
{
    chip_host host;
    uint8_t eeprom[NP_EEPROM_SIZE];
    uint8_t bytes[4];
    chip_image_blank(model, eeprom);
    eeprom[19] = 0x04;
    chip_host_open_image(&host, model, NP_PACE_TYPICAL, eeprom);
    assert_true(chip_host_wake(&host));
    chip_host_wait_us(&host, (uint64_t)(seconds * 1000000 - 100000));
    assert_true(chip_host_read(&host, bytes, 4));
    chip_host_wait_us(&host, 100000);
    assert_false(chip_host_read(&host, bytes, 4));
    chip_host_close(&host);
}

/* 10 s nominal by the data sheet of the 508A; about 13 s on a 608 (cryptoauthlib). */
static void chip_mode_bit_2_makes_the_watchdog_long(void **state)
{
    (void)state;
    expect_long_watchdog(NP_ATECC508A, 10);
    expect_long_watchdog(NP_ATECC608A, 13);
}

/* Lock of a 508A takes 32 ms at most (508A data sheet): EE when less is left. */
static void a_command_that_may_not_fit_before_the_watchdog_is_ee(void **state)
{
    (void)state;
    const uint8_t lock[] = {0x07, 0x17, 0x80, 0x00, 0x00, 0x8d, 0x39};
    for (unsigned is_late = 0; is_late < 2; is_late++) {
        chip_host host;
        chip_host_open(&host, NP_ATECC508A);
        uint64_t woke_ns = host.bus.now_ns + 90000; /* SDA rises after START and 8 bits */
        assert_true(chip_host_wake(&host));
        uint8_t written[8] = {0x03};
        memcpy(written + 1, lock, sizeof(lock));
        written[6] = 0x39;
        written[7] = 0x8d;
        uint64_t last_stop_ns = woke_ns + UINT64_C(1300000000) - UINT64_C(32000000);
        host.wire.ops->wait_until_ns(host.wire.self,
                                     last_stop_ns - 83 * 10000 + (is_late ? 10000 : 0));
        assert_true(chip_host_write(&host, written, sizeof(written)));
        chip_reply reply;
        chip_host_take_reply(&host, &reply);
        assert_int_equal(reply.status, is_late ? 0xee : 0x00);
        np_virtual_chip_settle(host.chip, host.bus.now_ns);
        assert_int_equal(np_virtual_chip_eeprom(host.chip)[87], is_late ? 0x55 : 0x00);
        chip_host_close(&host);
    }
}

static void a_command_that_outlasts_the_watchdog_is_lost(void **state)
{
    (void)state;
    chip_host host;
    uint8_t byte = 0;
    open_awake(&host);
    assert_true(chip_host_write(&host, info, sizeof(info)));
    np_virtual_chip_delay(host.chip, UINT64_C(2000000000));
    chip_host_wait_us(&host, 2100000);
    assert_false(chip_host_read(&host, &byte, 1));
    assert_true(chip_host_wake(&host));
    chip_host_close(&host);
}

static void a_new_address_counts_from_the_next_wake(void **state)
{
    (void)state;
    chip_host host;
    uint8_t bytes[4];
    const uint8_t word[] = {0xb0, 0x00, 0x00, 0x00};
    chip_host_open(&host, NP_ATECC608A);
    assert_int_equal(chip_host_status(&host, 0x12, 0x00, 0x0004, NP_BYTES(word)), 0);
    assert_true(chip_host_read(&host, bytes, 4));
    chip_host_sleep(&host);
    assert_false(chip_host_wake(&host));
    host.address = 0x58;
    assert_true(chip_host_write(&host, (const uint8_t[]){0x00}, 1));
    chip_host_close(&host);
}

static void byte_85_of_a_608_replaces_the_address_when_chip_mode_says_so(void **state)
{
    (void)state;
    static const struct {
        np_atecc_model model;
        uint8_t chip_mode;
        uint8_t extra;
        uint8_t address;
    } cases[] = {
        {NP_ATECC608B, 0x01, 0x6a, 0x35},
        {NP_ATECC608B, 0x00, 0x6a, 0x60},
        {NP_ATECC608B, 0x01, 0x00, 0x60},
        {NP_ATECC508A, 0x01, 0x6a, 0x60},
    };
    for (size_t i = 0; i < NP_COUNT_OF(cases); i++) {
        chip_host host;
        uint8_t eeprom[NP_EEPROM_SIZE];
        chip_image_blank(cases[i].model, eeprom);
        eeprom[19] = cases[i].chip_mode;
        eeprom[85] = cases[i].extra;
        chip_host_open_image(&host, cases[i].model, NP_PACE_TYPICAL, eeprom);
        host.address = cases[i].address;
        assert_true(chip_host_wake(&host));
        chip_host_close(&host);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zeros_wake_when_they_last_60_us),
        cmocka_unit_test(data_that_is_never_clocked_wakes_nobody),
        cmocka_unit_test(a_sleeping_chip_answers_nothing),
        cmocka_unit_test(a_waking_chip_answers_after_1500_us),
        cmocka_unit_test(the_wake_delay_counts_from_the_end_of_a_long_token),
        cmocka_unit_test(a_wake_token_while_awake_keeps_the_old_answer),
        cmocka_unit_test(an_answer_is_read_in_pieces_and_again_from_its_start),
        cmocka_unit_test(a_group_may_come_in_several_writes),
        cmocka_unit_test(word_address_0_discards_a_partial_group),
        cmocka_unit_test(bytes_beyond_the_count_are_refused_but_the_command_runs),
        cmocka_unit_test(reserved_word_addresses_are_acknowledged_and_ignored),
        cmocka_unit_test(a_busy_chip_refuses_everything),
        cmocka_unit_test(damaged_groups_and_counts_are_ff),
        cmocka_unit_test(every_count_from_4_to_155_is_parsed),
        cmocka_unit_test(idle_keeps_what_sleep_and_power_take),
        cmocka_unit_test(the_watchdog_forces_sleep_1300_ms_after_the_wake),
        cmocka_unit_test(chip_mode_bit_2_makes_the_watchdog_long),
        cmocka_unit_test(a_command_that_may_not_fit_before_the_watchdog_is_ee),
        cmocka_unit_test(a_command_that_outlasts_the_watchdog_is_lost),
        cmocka_unit_test(a_new_address_counts_from_the_next_wake),
        cmocka_unit_test(byte_85_of_a_608_replaces_the_address_when_chip_mode_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
