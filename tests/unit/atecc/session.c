/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The driver against a script: what a chip would answer is written down as raw groups, so that
 * neither our encoder nor our virtual chip has a say. Groups are those of specs of the chip 1.4.
 */
#include "atecc/device.h"
#include "support/test.h"

enum { SCRIPT_MAX = 32, SENT_MAX = 64 };

/* What one read gives: bytes, or a NACK when len is 0. */
typedef struct scripted_read {
    size_t len;
    uint8_t bytes[80];
} scripted_read;

typedef struct script {
    uint64_t now_ns;
    const scripted_read *reads;
    size_t read_count;
    size_t next_read;
    uint8_t sent[SENT_MAX][80]; /* address, then data */
    size_t sent_len[SENT_MAX];
    size_t sent_count;
    bool nacks_commands;
    uint64_t slow_ns; /* added by each transaction */
} script;

static np_code script_write(void *self, uint8_t address, np_bytes data, bool *ret_acked,
                            np_error *err)
{
    (void)err;
    script *bus = self;
    assert_in_range(bus->sent_count, 0, SENT_MAX - 1);
    bus->sent[bus->sent_count][0] = address;
    memcpy(bus->sent[bus->sent_count] + 1, data.data, data.len);
    bus->sent_len[bus->sent_count++] = data.len + 1;
    bus->now_ns += 100000 + bus->slow_ns;
    *ret_acked = address != 0 && !(bus->nacks_commands && data.len > 1);
    return NP_OK;
}

static np_code script_write_through(void *self, uint8_t address, np_bytes data, np_error *err)
{
    bool acked = false;
    return script_write(self, address, data, &acked, err);
}

static np_code script_read(void *self, uint8_t address, uint8_t *ret_data, size_t size,
                           bool *ret_acked, np_error *err)
{
    (void)err;
    script *bus = self;
    assert_int_equal(address, 0x60);
    bus->now_ns += 100000 + bus->slow_ns;
    *ret_acked = false;
    if (bus->next_read < bus->read_count) {
        const scripted_read *read = &bus->reads[bus->next_read++];
        memset(ret_data, 0xff, size);
        memcpy(ret_data, read->bytes, read->len < size ? read->len : size);
        *ret_acked = read->len > 0;
    }
    return NP_OK;
}

static uint64_t script_now(void *self)
{
    return ((script *)self)->now_ns;
}

static void script_wait(void *self, uint64_t deadline_ns)
{
    script *bus = self;
    bus->now_ns = deadline_ns > bus->now_ns ? deadline_ns : bus->now_ns;
}

static const np_bus_ops script_ops = {.write = script_write,
                                      .write_through = script_write_through,
                                      .read = script_read,
                                      .now_ns = script_now,
                                      .wait_until_ns = script_wait};

#define AWAKE                                                                                      \
    {                                                                                              \
        4,                                                                                         \
        {                                                                                          \
            0x04, 0x11, 0x33, 0x43                                                                 \
        }                                                                                          \
    }
#define STATUS(code, low, high)                                                                    \
    {                                                                                              \
        4,                                                                                         \
        {                                                                                          \
            0x04, code, low, high                                                                  \
        }                                                                                          \
    }
#define SUCCESS   STATUS(0x00, 0x03, 0x40)
#define EXECUTION STATUS(0x0f, 0x23, 0x42)
#define CRC_ERROR STATUS(0xff, 0x01, 0x42)
#define WATCHDOG  STATUS(0xee, 0x31, 0x41)
#define ECC_FAULT STATUS(0x05, 0xc3, 0x43)
#define NACK                                                                                       \
    {                                                                                              \
        0,                                                                                         \
        {                                                                                          \
            0                                                                                      \
        }                                                                                          \
    }
/* Read of word 0x15: both unlocked, both locked (crc16.csv, observed) */
#define LOCKS_OPEN                                                                                 \
    {                                                                                              \
        7,                                                                                         \
        {                                                                                          \
            0x07, 0x00, 0x00, 0x55, 0x55, 0xf5, 0x52                                               \
        }                                                                                          \
    }
#define LOCKS_CLOSED                                                                               \
    {                                                                                              \
        7,                                                                                         \
        {                                                                                          \
            0x07, 0x00, 0x00, 0x00, 0x00, 0x03, 0xad                                               \
        }                                                                                          \
    }
#define LOCKS_DAMAGED                                                                              \
    {                                                                                              \
        7,                                                                                         \
        {                                                                                          \
            0x07, 0x00, 0x00, 0x55, 0x54, 0xf5, 0x52                                               \
        }                                                                                          \
    }

static void begin(script *bus, np_atecc *chip, const scripted_read *reads, size_t count)
{
    *bus = (script){.reads = reads, .read_count = count};
    np_atecc_init(chip, (np_bus){&script_ops, bus, 100000}, 0x60);
}

#define BEGIN(bus, chip, reads) begin(bus, chip, reads, NP_COUNT_OF(reads))

static size_t count_sent(const script *bus, uint8_t word_address)
{
    size_t count = 0;
    for (size_t i = 0; i < bus->sent_count; i++) {
        count += bus->sent[i][0] == 0x60 && bus->sent[i][1] == word_address;
    }
    return count;
}

static void a_read_of_the_lock_word_is_sent_as_recorded(void **state)
{
    (void)state;
    const scripted_read reads[] = {AWAKE, LOCKS_CLOSED};
    script bus;
    np_atecc chip;
    np_error err;
    uint8_t word[4];
    BEGIN(&bus, &chip, reads);
    assert_ok(np_atecc_read_config(&chip, 84, 4, word, &err), &err);
    assert_memory_equal(word, "\x00\x00\x00\x00", 4);
    assert_ok(np_atecc_sleep(&chip, &err), &err);
    assert_int_equal(bus.sent_count, 3);
    assert_memory_equal(bus.sent[0], "\x00\x00", 2);                     /* wake token */
    assert_memory_equal(bus.sent[1], "\x60\x03\x07\x02\x00\x15\x00", 7); /* Read word 0x15 */
    assert_memory_equal(bus.sent[2], "\x60\x01", 2);                     /* sleep */
}

static void a_damaged_answer_is_read_again_before_anything_is_sent_again(void **state)
{
    (void)state;
    const scripted_read reads[] = {AWAKE, LOCKS_DAMAGED, LOCKS_OPEN};
    script bus;
    np_atecc chip;
    np_error err;
    uint8_t word[4];
    BEGIN(&bus, &chip, reads);
    assert_ok(np_atecc_read_config(&chip, 84, 4, word, &err), &err);
    assert_memory_equal(word, "\x00\x00\x55\x55", 4);
    assert_int_equal(count_sent(&bus, 0x00), 1);
    assert_int_equal(count_sent(&bus, 0x03), 1);
    assert_int_equal(chip.counts.rereads, 1);
}

static void what_the_chip_did_not_execute_is_sent_again(void **state)
{
    (void)state;
    const scripted_read reads[] = {AWAKE, CRC_ERROR, ECC_FAULT, SUCCESS};
    script bus;
    np_atecc chip;
    np_error err;
    BEGIN(&bus, &chip, reads);
    assert_ok(np_atecc_lock_slot(&chip, 0, &err), &err);
    assert_int_equal(count_sent(&bus, 0x03), 3);
    assert_memory_equal(bus.sent[1], "\x60\x03\x07\x17\x02\x00\x00\x2d\x88", 9); /* as recorded */
}

static void an_expiring_watchdog_begins_a_new_session(void **state)
{
    (void)state;
    const scripted_read reads[] = {AWAKE, WATCHDOG, AWAKE, SUCCESS};
    script bus;
    np_atecc chip;
    np_error err;
    BEGIN(&bus, &chip, reads);
    assert_ok(np_atecc_lock_slot(&chip, 0, &err), &err);
    assert_int_equal(chip.counts.sessions, 2);
    assert_int_equal(count_sent(&bus, 0x01), 1);
}

static void a_refusal_is_reported_with_its_status_and_not_repeated(void **state)
{
    (void)state;
    const scripted_read reads[] = {AWAKE, EXECUTION, SUCCESS};
    script bus;
    np_atecc chip;
    np_error err;
    uint8_t block[32] = {0};
    BEGIN(&bus, &chip, reads);
    assert_code(np_atecc_write(&chip, 2, 0, NP_BYTES(block), &err), NP_EDEVICE_STATUS);
    assert_int_equal(err.sub, 0x0f);
    assert_non_null(strstr(err.message, "0x0f (execution error)"));
    assert_int_equal(count_sent(&bus, 0x03), 1);
}

static void a_lock_without_an_answer_is_never_sent_again(void **state)
{
    (void)state;
    const scripted_read reads[] = {AWAKE};
    script bus;
    np_atecc chip;
    np_error err;
    BEGIN(&bus, &chip, reads);
    assert_code(np_atecc_lock_zone(&chip, 0, 0x1234, &err), NP_ESTATION_TIMEOUT);
    assert_int_equal(count_sent(&bus, 0x03), 1);
}

static void a_key_without_an_answer_is_never_made_again(void **state)
{
    (void)state;
    const scripted_read reads[] = {AWAKE};
    script bus;
    np_atecc chip;
    np_error err;
    uint8_t key[64];
    BEGIN(&bus, &chip, reads);
    assert_code(np_atecc_genkey_create(&chip, 0, key, &err), NP_ESTATION_TIMEOUT);
    assert_int_equal(count_sent(&bus, 0x03), 1);
}

static void a_write_without_an_answer_is_sent_again_in_a_new_session(void **state)
{
    (void)state;
    scripted_read reads[SCRIPT_MAX * 8] = {AWAKE};
    /* NACKed polls from 7 to 100 ms, then a new wake and a success */
    reads[95] = (scripted_read)AWAKE;
    reads[96] = (scripted_read)SUCCESS;
    script bus;
    np_atecc chip;
    np_error err;
    uint8_t word[4] = {0};
    begin(&bus, &chip, reads, 97);
    assert_ok(np_atecc_write(&chip, 0, 4, NP_BYTES(word), &err), &err);
    assert_int_equal(count_sent(&bus, 0x03), 2);
    assert_int_equal(chip.counts.sessions, 2);
}

static void a_command_that_was_not_acknowledged_is_sent_again_after_a_wake(void **state)
{
    (void)state;
    const scripted_read reads[] = {AWAKE, AWAKE, AWAKE, AWAKE, AWAKE};
    script bus;
    np_atecc chip;
    np_error err;
    BEGIN(&bus, &chip, reads);
    bus.nacks_commands = true;
    assert_code(np_atecc_lock_slot(&chip, 0, &err), NP_ESTATION_TIMEOUT);
    assert_int_equal(count_sent(&bus, 0x03), 4);
}

static void the_same_answer_twice_is_asked_for_again(void **state)
{
    (void)state;
    /* the second command's word address was damaged: the chip gives its old answer */
    const scripted_read reads[] = {AWAKE, LOCKS_OPEN, LOCKS_OPEN, LOCKS_CLOSED};
    script bus;
    np_atecc chip;
    np_error err;
    uint8_t words[2][4];
    BEGIN(&bus, &chip, reads);
    assert_ok(np_atecc_read_config(&chip, 84, 4, words[0], &err), &err);
    assert_ok(np_atecc_read_config(&chip, 88, 4, words[1], &err), &err);
    assert_memory_equal(words[1], "\x00\x00\x00\x00", 4);
    assert_int_equal(count_sent(&bus, 0x03), 3);
}

static void a_success_status_is_no_answer_where_data_is_due(void **state)
{
    (void)state;
    const scripted_read reads[] = {AWAKE, SUCCESS, SUCCESS};
    script bus;
    np_atecc chip;
    np_error err;
    uint8_t key[64];
    BEGIN(&bus, &chip, reads);
    assert_ok(np_atecc_lock_slot(&chip, 1, &err), &err);
    assert_code(np_atecc_genkey_create(&chip, 0, key, &err), NP_EDEVICE_ANSWER);
}

static void a_chip_that_is_awake_already_is_put_to_sleep_first(void **state)
{
    (void)state;
    const scripted_read reads[] = {SUCCESS, AWAKE, SUCCESS};
    script bus;
    np_atecc chip;
    np_error err;
    BEGIN(&bus, &chip, reads);
    assert_ok(np_atecc_lock_slot(&chip, 0, &err), &err);
    assert_memory_equal(bus.sent[1], "\x60\x01", 2);
    assert_memory_equal(bus.sent[2], "\x00\x00", 2);
}

static void an_absent_chip_is_said_to_be_absent(void **state)
{
    (void)state;
    script bus;
    np_atecc chip;
    np_error err;
    uint8_t word[4];
    begin(&bus, &chip, NULL, 0);
    bus.slow_ns = 20000000; /* few attempts, the same patience */
    assert_code(np_atecc_read_config(&chip, 84, 4, word, &err), NP_ESTATION_NACK);
    assert_string_equal(err.message, "nothing answers at address 0x60");
    assert_true(err.hint[0] != '\0');
}

static void an_answer_that_stays_damaged_is_said_to_be(void **state)
{
    (void)state;
    const scripted_read reads[] = {AWAKE, LOCKS_DAMAGED, AWAKE, LOCKS_DAMAGED,
                                   AWAKE, LOCKS_DAMAGED, AWAKE, LOCKS_DAMAGED};
    script bus;
    np_atecc chip;
    np_error err;
    uint8_t word[4];
    BEGIN(&bus, &chip, reads);
    assert_code(np_atecc_read_config(&chip, 84, 4, word, &err), NP_EDEVICE_ANSWER);
    assert_string_equal(err.message, "the answer to Read is damaged");
    assert_non_null(strstr(err.hint, "check the wiring"));
}

static void no_session_lasts_longer_than_650_ms(void **state)
{
    (void)state;
    scripted_read reads[SCRIPT_MAX];
    for (size_t i = 0; i < SCRIPT_MAX; i++) {
        reads[i] = (scripted_read)SUCCESS;
    }
    /* each Write takes 87 ms here: six fit, with 100 ms left for each to be late */
    const size_t wakes[] = {0, 7, 14};
    for (size_t i = 0; i < NP_COUNT_OF(wakes); i++) {
        reads[wakes[i]] = (scripted_read)AWAKE;
    }
    script bus;
    np_atecc chip;
    np_error err;
    uint8_t word[4] = {0};
    begin(&bus, &chip, reads, SCRIPT_MAX);
    bus.slow_ns = 40000000;
    for (unsigned i = 0; i < 14; i++) {
        assert_ok(np_atecc_write(&chip, 0, 4, NP_BYTES(word), &err), &err);
        assert_in_range(bus.now_ns - chip.woke_ns, 0, UINT64_C(650000000));
    }
    assert_int_equal(chip.counts.sessions, 3);
}

static void the_wake_token_is_as_long_as_the_bus_is_fast(void **state)
{
    (void)state;
    /* bytes of SDA low, the address byte included: 60 us (specs of the chip 1.10) */
    const struct {
        uint32_t clock_hz;
        size_t zero_bytes;
    } buses[] = {{100000, 1}, {400000, 3}, {1000000, 8}};
    for (size_t i = 0; i < NP_COUNT_OF(buses); i++) {
        const scripted_read reads[] = {AWAKE, LOCKS_CLOSED};
        script bus;
        np_atecc chip;
        np_error err;
        uint8_t word[4];
        BEGIN(&bus, &chip, reads);
        chip.bus.clock_hz = buses[i].clock_hz;
        assert_ok(np_atecc_read_config(&chip, 84, 4, word, &err), &err);
        /* at 100 kHz the NACK of the address ends the token, whatever was meant to follow */
        size_t sent = buses[i].zero_bytes == 1 ? 2 : buses[i].zero_bytes;
        assert_int_equal(bus.sent_len[0], sent);
        assert_true(np_bytes_are_all(np_bytes_of(bus.sent[0], bus.sent_len[0]), 0));
    }
}

static void another_part_at_the_address_is_reported_with_what_it_answers(void **state)
{
    scripted_read reads[SCRIPT_MAX];
    for (size_t i = 0; i < SCRIPT_MAX; i++) {
        reads[i] = (scripted_read){4, {0x12, 0x34, 0x56, 0x78}};
    }
    script bus;
    np_atecc chip;
    np_error err;
    uint8_t word[4];
    (void)state;
    begin(&bus, &chip, reads, SCRIPT_MAX);
    bus.slow_ns = 100000000; /* the patience of an attempt ends before the script does */
    assert_code(np_atecc_read_config(&chip, 0, sizeof(word), word, &err), NP_EDEVICE_ANSWER);
    assert_non_null(strstr(err.message, "answers 12 34 56 78 to a wake token"));
    assert_non_null(strstr(err.hint, "another part"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(another_part_at_the_address_is_reported_with_what_it_answers),
        cmocka_unit_test(a_read_of_the_lock_word_is_sent_as_recorded),
        cmocka_unit_test(a_damaged_answer_is_read_again_before_anything_is_sent_again),
        cmocka_unit_test(what_the_chip_did_not_execute_is_sent_again),
        cmocka_unit_test(an_expiring_watchdog_begins_a_new_session),
        cmocka_unit_test(a_refusal_is_reported_with_its_status_and_not_repeated),
        cmocka_unit_test(a_lock_without_an_answer_is_never_sent_again),
        cmocka_unit_test(a_key_without_an_answer_is_never_made_again),
        cmocka_unit_test(a_write_without_an_answer_is_sent_again_in_a_new_session),
        cmocka_unit_test(a_command_that_was_not_acknowledged_is_sent_again_after_a_wake),
        cmocka_unit_test(the_same_answer_twice_is_asked_for_again),
        cmocka_unit_test(a_success_status_is_no_answer_where_data_is_due),
        cmocka_unit_test(a_chip_that_is_awake_already_is_put_to_sleep_first),
        cmocka_unit_test(an_absent_chip_is_said_to_be_absent),
        cmocka_unit_test(an_answer_that_stays_damaged_is_said_to_be),
        cmocka_unit_test(no_session_lasts_longer_than_650_ms),
        cmocka_unit_test(the_wake_token_is_as_long_as_the_bus_is_fast),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
