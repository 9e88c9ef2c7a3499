/* SPDX-License-Identifier: Apache-2.0 */
/* Counter against counters.csv, and what else keeps time and state: dividers, self test, Pause. */
#include "support/chip_host.h"
#include "support/test.h"
#include "support/vectors.h"

enum { COUNTER = 0x24 };

static void open_with_counter(chip_host *host, unsigned which, const uint8_t *bytes)
{
    uint8_t eeprom[NP_EEPROM_SIZE];
    chip_image_blank(NP_ATECC508A, eeprom);
    memcpy(eeprom + 52 + 8 * which, bytes, 8);
    chip_host_open_image(host, NP_ATECC508A, NP_PACE_ZERO, eeprom);
}

static void every_published_count_is_read(void **state)
{
    (void)state;
    vector_csv csv;
    unsigned seen = 0;
    vector_csv_open(&csv, "atecc/counters.csv");
    while (vector_csv_next(&csv)) {
        uint8_t bytes[8], expected[4];
        vector_hex(csv.fields[1], bytes, sizeof(bytes));
        vector_hex(csv.fields[2], expected, sizeof(expected));
        for (unsigned which = 0; which < 2; which++) {
            chip_host host;
            chip_reply reply;
            open_with_counter(&host, which, bytes);
            chip_host_run(&host, COUNTER, 0, (uint16_t)which, np_bytes_of(NULL, 0), &reply);
            assert_int_equal(reply.data_len, 4);
            assert_memory_equal(reply.data, expected, 4);
            chip_host_close(&host);
        }
        seen++;
    }
    vector_csv_close(&csv);
    assert_int_equal(seen, 27);
}

/* From one row's encoding to the next one's, where they follow each other; the last has no next. */
static void an_increment_leads_to_the_next_published_encoding(void **state)
{
    (void)state;
    vector_csv csv;
    uint8_t before[8] = {0}, bytes[8], answer[4];
    unsigned long last = 0;
    unsigned pairs = 0;
    chip_host host;
    chip_reply reply;
    vector_csv_open(&csv, "atecc/counters.csv");
    while (vector_csv_next(&csv)) {
        unsigned long value = strtoul(csv.fields[0], NULL, 10);
        vector_hex(csv.fields[1], bytes, sizeof(bytes));
        vector_hex(csv.fields[2], answer, sizeof(answer));
        if (value == last + 1) {
            open_with_counter(&host, 1, before);
            chip_host_run(&host, COUNTER, 1, 1, np_bytes_of(NULL, 0), &reply);
            assert_int_equal(reply.data_len, 4);
            assert_memory_equal(reply.data, answer, 4);
            assert_memory_equal(np_virtual_chip_eeprom(host.chip) + 60, bytes, 8);
            assert_memory_equal(np_virtual_chip_eeprom(host.chip) + 52, "\xff\xff\xff\xff\0\0\0\0",
                                8);
            chip_host_close(&host);
            pairs++;
        }
        memcpy(before, bytes, sizeof(before));
        last = value;
    }
    vector_csv_close(&csv);
    assert_int_equal(pairs, 10);
    assert_int_equal(last, 2097151);
    open_with_counter(&host, 1, before);
    assert_int_equal(chip_host_run(&host, COUNTER, 1, 1, np_bytes_of(NULL, 0), &reply), 0x0f);
    assert_memory_equal(np_virtual_chip_eeprom(host.chip) + 60, before, 8);
    chip_host_close(&host);
}

/* countmatch_slot_values.csv: below its limit a limited key works, at the limit no more. */
static void a_published_limit_ends_a_key_on_a_608(void **state)
{
    (void)state;
    vector_csv csv;
    unsigned seen = 0;
    vector_csv_open(&csv, "atecc/countmatch_slot_values.csv");
    while (vector_csv_next(&csv)) {
        uint8_t eeprom[NP_EEPROM_SIZE];
        chip_host host;
        chip_reply reply;
        unsigned long limit = strtoul(csv.fields[0], NULL, 10);
        chip_image_blank(NP_ATECC608A, eeprom);
        eeprom[86] = eeprom[87] = 0;
        eeprom[18] = 0xa1;                      /* CountMatch by slot 10 */
        chip_image_put(eeprom, 20 + 8, "af8f"); /* slot 4 is limited */
        chip_image_put(eeprom, NP_EEPROM_DATA + 288 + 416 + 72, csv.fields[1]);
        chip_host_open_image(&host, NP_ATECC608A, NP_PACE_ZERO, eeprom);
        for (unsigned long use = 0; use < limit && use < 64; use++) {
            assert_int_equal(chip_host_run(&host, 0x47, 4, 4, np_bytes_of(NULL, 0), &reply), 0);
        }
        if (limit <= 64) {
            assert_int_equal(chip_host_run(&host, 0x47, 4, 4, np_bytes_of(NULL, 0), &reply), 0x0f);
        }
        chip_host_close(&host);
        seen++;
    }
    vector_csv_close(&csv);
    assert_int_equal(seen, 6);
}

/* exec_times_ms.csv: the columns of M0, M1 and M2; the longest time of GenKey. */
static void a_clock_divider_lengthens_a_command(void **state)
{
    (void)state;
    static const struct {
        uint8_t chip_mode;
        uint64_t genkey_ms;
    } rows[] = {{0x00, 115}, {0x28, 215}, {0x68, 653}};
    for (size_t i = 0; i < NP_COUNT_OF(rows); i++) {
        uint8_t eeprom[NP_EEPROM_SIZE];
        chip_host host;
        chip_reply reply;
        chip_image_blank(NP_ATECC608A, eeprom);
        eeprom[87] = 0;
        eeprom[19] = rows[i].chip_mode;
        chip_host_open_image(&host, NP_ATECC608A, NP_PACE_MAXIMUM, eeprom);
        chip_host_run(&host, 0x40, 0x04, 0, np_bytes_of(NULL, 0), &reply);
        assert_int_equal(reply.data_len, 64);
        assert_int_equal(np_virtual_chip_busy_ns(host.chip), rows[i].genkey_ms * 1000000);
        chip_host_close(&host);
    }
}

static uint8_t self_test(chip_host *host, uint8_t p1)
{
    chip_reply reply;
    const np_atecc_command command = {.opcode = 0x77, .p1 = p1};
    chip_host_ask(host, &command, &reply);
    return reply.status;
}

static uint8_t ask_status(chip_host *host, uint8_t opcode, uint8_t p1)
{
    chip_reply reply;
    const np_atecc_command command = {.opcode = opcode, .p1 = p1};
    chip_host_ask(host, &command, &reply);
    return reply.status;
}

/* 2.20: after a failure only SelfTest and reads of the configuration run, until it is mended. */
static void a_failed_self_test_closes_a_608(void **state)
{
    (void)state;
    chip_host host;
    chip_host_open_pace(&host, NP_ATECC608A, NP_PACE_ZERO);
    np_virtual_chip_break_tests(host.chip, 0x20);
    assert_true(chip_host_wake(&host));
    assert_int_equal(self_test(&host, 0x01), 0x00);
    assert_int_equal(self_test(&host, 0x3f), 0x20);
    assert_int_equal(self_test(&host, 0x00), 0x20);
    assert_int_equal(ask_status(&host, 0x30, 0), 0x07);
    assert_int_equal(ask_status(&host, 0x02, 0x80), 0x00);
    assert_int_equal(ask_status(&host, 0x02, 0x81), 0x07);
    np_virtual_chip_break_tests(host.chip, 0);
    assert_int_equal(self_test(&host, 0x20), 0x00);
    assert_int_equal(ask_status(&host, 0x30, 0), 0x00);
    assert_int_equal(self_test(&host, 0x40), 0x03);
    chip_host_close(&host);
}

/* ChipOptions bit 0: 20 ms before the first answer after power, which tells of the failure (1.2).
 */
static void a_608_may_test_itself_when_power_comes(void **state)
{
    (void)state;
    uint8_t eeprom[NP_EEPROM_SIZE], answer[4];
    const uint8_t zero = 0;
    bool is_acked = false;
    chip_host host;
    chip_image_blank(NP_ATECC608B, eeprom);
    eeprom[90] = 0x01;
    chip_host_open_image(&host, NP_ATECC608B, NP_PACE_TYPICAL, eeprom);
    np_virtual_chip_break_tests(host.chip, 0x10);
    assert_int_equal(
        host.wire.ops->write(host.wire.self, 0, np_bytes_of(&zero, 1), &is_acked, NULL), NP_OK);
    chip_host_wait_us(&host, 19000);
    assert_false(chip_host_read(&host, answer, 4));
    chip_host_wait_us(&host, 1000);
    assert_true(chip_host_read(&host, answer, 4));
    assert_memory_equal(answer, "\x04\x07\x40\xc2", 4);
    chip_host_sleep(&host);
    assert_true(chip_host_wake(&host)); /* 11: waking clears the register */
    chip_host_close(&host);
}

static void open_without_random(chip_host *host, np_atecc_model model, const char *options)
{
    uint8_t eeprom[NP_EEPROM_SIZE];
    chip_image_blank(model, eeprom);
    eeprom[87] = 0;
    memset(eeprom + NP_EEPROM_DATA, 0, 4);
    memset(eeprom + NP_EEPROM_DATA + 4, 0x11, 32);
    if (model != NP_ATECC508A) {
        chip_image_put(eeprom, 90, options);
    }
    chip_host_open_image(host, model, NP_PACE_ZERO, eeprom);
    assert_true(chip_host_wake(host));
    host->random.is_broken = true;
}

/* 1.5: what needs random numbers answers 08 on a 608 until that is cleared; the rest works. */
static void failed_random_numbers_stop_a_608(void **state)
{
    (void)state;
    static const uint8_t zeros[32];
    chip_host host;
    open_without_random(&host, NP_ATECC608A, "0000");
    assert_int_equal(ask_status(&host, 0x1b, 0), 0x08);
    host.random.is_broken = false;
    assert_int_equal(ask_status(&host, 0x1b, 0), 0x08);
    assert_int_equal(ask_status(&host, 0x40, 0x04), 0x08);
    assert_int_equal(chip_host_status(&host, 0x16, 0x00, 0, np_bytes_of(zeros, 20)), 0x08);
    assert_int_equal(chip_host_status(&host, 0x16, 0x03, 0, NP_BYTES(zeros)), 0x00);
    assert_int_equal(ask_status(&host, 0x41, 0x80), 0x08);
    assert_int_equal(ask_status(&host, 0x40, 0x00), 0x00);
    assert_int_equal(ask_status(&host, 0x30, 0x00), 0x00);
    assert_int_equal(self_test(&host, 0x20), 0x00);
    assert_int_equal(ask_status(&host, 0x1b, 0), 0x08);
    assert_int_equal(self_test(&host, 0x01), 0x00);
    assert_int_equal(ask_status(&host, 0x1b, 0), 0x00);
    host.random.is_broken = true;
    assert_int_equal(ask_status(&host, 0x40, 0x04), 0x08);
    host.random.is_broken = false;
    chip_host_sleep(&host);
    assert_true(chip_host_wake(&host));
    assert_int_equal(ask_status(&host, 0x40, 0x04), 0x00);
    chip_host_close(&host);
}

/* ChipOptions bit 3: each report clears the failure, and the next command draws again. */
static void a_608_may_clear_the_failure_with_each_report(void **state)
{
    (void)state;
    chip_host host;
    open_without_random(&host, NP_ATECC608B, "0800");
    assert_int_equal(ask_status(&host, 0x1b, 0), 0x08);
    assert_int_equal(ask_status(&host, 0x1b, 0), 0x08);
    host.random.is_broken = false;
    assert_int_equal(ask_status(&host, 0x1b, 0), 0x00);
    chip_host_close(&host);
}

/* A 508A has no such state: 05, which may be tried again. */
static void a_508a_tells_of_failed_random_numbers_and_tries_again(void **state)
{
    (void)state;
    chip_host host;
    open_without_random(&host, NP_ATECC508A, "0000");
    assert_int_equal(ask_status(&host, 0x1b, 0), 0x05);
    assert_int_equal(ask_status(&host, 0x40, 0x04), 0x05);
    host.random.is_broken = false;
    assert_int_equal(ask_status(&host, 0x1b, 0), 0x00);
    chip_host_close(&host);
}

/* 2.15: the part with this selector answers, every other goes idle and keeps TempKey. */
static void pause_leaves_one_508a_awake(void **state)
{
    (void)state;
    uint8_t eeprom[NP_EEPROM_SIZE], group[CHIP_HOST_REPLY_MAX];
    const np_atecc_command other = {.opcode = 0x01, .p1 = 0x55};
    uint8_t bytes[8] = {0x03};
    chip_host host;
    chip_image_blank(NP_ATECC508A, eeprom);
    eeprom[85] = 0x12;
    chip_host_open_image(&host, NP_ATECC508A, NP_PACE_TYPICAL, eeprom);
    assert_true(chip_host_wake(&host));
    assert_int_equal(ask_status(&host, 0x01, 0x12), 0x00);
    chip_reply reply;
    const np_atecc_command nonce = {.opcode = 0x16, .p1 = 0x03, .data = {eeprom, 32}};
    const np_atecc_command info = {.opcode = 0x30, .p1 = 0x02};
    chip_host_ask(&host, &nonce, &reply);
    assert_int_equal(chip_host_group(&other, group), 7);
    memcpy(bytes + 1, group, 7);
    assert_true(chip_host_write(&host, bytes, sizeof(bytes)));
    assert_false(chip_host_read(&host, bytes, 4));
    assert_true(chip_host_wake(&host));
    chip_host_ask(&host, &info, &reply);
    assert_int_equal(reply.data[1], 0x80);
    chip_host_close(&host);
}

/* 2.1: commands that only the other family has are no commands (03). */
static void a_family_does_not_know_the_others_commands(void **state)
{
    (void)state;
    chip_host host;
    chip_host_open(&host, NP_ATECC508A);
    assert_true(chip_host_wake(&host));
    assert_int_equal(ask_status(&host, 0x77, 0), 0x03);
    assert_int_equal(ask_status(&host, 0x51, 0), 0x03);
    chip_host_close(&host);
    chip_host_open(&host, NP_ATECC608B);
    assert_true(chip_host_wake(&host));
    assert_int_equal(ask_status(&host, 0x11, 0), 0x03);
    assert_int_equal(ask_status(&host, 0x01, 0), 0x03);
    chip_host_close(&host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_published_count_is_read),
        cmocka_unit_test(an_increment_leads_to_the_next_published_encoding),
        cmocka_unit_test(a_published_limit_ends_a_key_on_a_608),
        cmocka_unit_test(a_clock_divider_lengthens_a_command),
        cmocka_unit_test(a_failed_self_test_closes_a_608),
        cmocka_unit_test(a_608_may_test_itself_when_power_comes),
        cmocka_unit_test(failed_random_numbers_stop_a_608),
        cmocka_unit_test(a_608_may_clear_the_failure_with_each_report),
        cmocka_unit_test(a_508a_tells_of_failed_random_numbers_and_tries_again),
        cmocka_unit_test(pause_leaves_one_508a_awake),
        cmocka_unit_test(a_family_does_not_know_the_others_commands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
