/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The virtual chip is built on the readings, so that each question that can be put to it must come
 * back agreed: a difference is a fault of the question, or of the chip. That the questions can
 * notice a difference is shown on a bus that changes answers.
 */
#include "conformance/conformance.h"
#include "support/chip_host.h"
#include "support/test.h"

typedef enum lock_stage { BLANK, CONFIG_LOCKED, DATA_LOCKED, STAGE_COUNT } lock_stage;

static const uint8_t scalar[32] = {0x11, 0x22, 0x33};

static void open_chip(chip_host *host, np_atecc_model model, lock_stage stage)
{
    uint8_t eeprom[NP_EEPROM_SIZE];
    chip_image_blank(model, eeprom);
    eeprom[87] = stage >= CONFIG_LOCKED ? 0x00 : 0x55;
    eeprom[86] = stage >= DATA_LOCKED ? 0x00 : 0x55;
    eeprom[20] |= 0x04; /* slot 0 may do ECDH */
    memset(eeprom + NP_EEPROM_DATA, 0, 4);
    memcpy(eeprom + NP_EEPROM_DATA + 4, scalar, sizeof(scalar));
    chip_host_open_image(host, model, NP_PACE_TYPICAL, eeprom);
}

static const np_conformance_row *find_row(const np_conformance *run, const char *id)
{
    for (size_t i = 0; i < READING_COUNT; i++) {
        if (strcmp(run->rows[i].reading->id, id) == 0) {
            return &run->rows[i];
        }
    }
    fail_msg("no question %s", id);
    return NULL;
}

static void ask(chip_host *host, bool may_lock, np_conformance *ret)
{
    np_atecc chip;
    np_error err;
    np_atecc_init(&chip, np_virtual_bus_table(&host->bus), NP_ATECC_DEFAULT_ADDRESS);
    assert_ok(np_conformance_run(&chip, may_lock, NULL, ret, &err), &err);
}

static size_t count_agreed(const np_conformance *run)
{
    size_t agreed = 0;
    for (size_t i = 0; i < READING_COUNT; i++) {
        const np_conformance_row *row = &run->rows[i];
        if (row->agreement == NP_DIFFERS) {
            fail_msg("%s: %u", row->reading->id, row->answer);
        }
        assert_true(row->agreement == NP_AGREED || row->why_not[0] != '\0');
        agreed += row->agreement == NP_AGREED;
    }
    return agreed;
}

static void a_virtual_chip_agrees_in_every_lock_state_and_is_left_as_it_was(void **state)
{
    (void)state;
    /* by the table of questions: those of the family and of any state, and the state's own */
    static const size_t asked[NP_ATECC_MODEL_COUNT][STAGE_COUNT] = {
        {14, 15, 19}, {20, 22, 32}, {20, 22, 32}};
    for (unsigned model = 0; model < NP_ATECC_MODEL_COUNT; model++) {
        for (unsigned stage = 0; stage < STAGE_COUNT; stage++) {
            chip_host host;
            np_conformance run;
            open_chip(&host, (np_atecc_model)model, (lock_stage)stage);
            uint64_t generation = np_virtual_chip_generation(host.chip);
            ask(&host, true, &run);
            assert_int_equal(count_agreed(&run), asked[model][stage]);
            assert_true(np_virtual_chip_generation(host.chip) == generation);
            chip_host_close(&host);
        }
    }
}

static void no_lock_command_is_sent_without_consent(void **state)
{
    (void)state;
    chip_host host;
    np_conformance run;
    open_chip(&host, NP_ATECC608A, BLANK);
    ask(&host, false, &run);
    assert_int_equal(find_row(&run, "LOCK_WRONG_SUMMARY")->agreement, NP_NOT_ASKED);
    ask(&host, true, &run);
    assert_int_equal(find_row(&run, "LOCK_WRONG_SUMMARY")->agreement, NP_AGREED);
    chip_host_close(&host);
}

/* A bus on which a chip seems to be of another mind: one status of a 4-byte answer for another. */
typedef struct lying_bus {
    np_bus inner;
    uint8_t truth[4];
    uint8_t lie[4];
} lying_bus;

static np_code lie_write(void *self, uint8_t address, np_bytes data, bool *ret_acked, np_error *err)
{
    np_bus *inner = &((lying_bus *)self)->inner;
    return inner->ops->write(inner->self, address, data, ret_acked, err);
}

static np_code lie_read(void *self, uint8_t address, uint8_t *ret_data, size_t size,
                        bool *ret_acked, np_error *err)
{
    lying_bus *bus = self;
    NP_TRY(bus->inner.ops->read(bus->inner.self, address, ret_data, size, ret_acked, err));
    if (*ret_acked && size >= 4 && memcmp(ret_data, bus->truth, 4) == 0) {
        memcpy(ret_data, bus->lie, 4);
    }
    return NP_OK;
}

static uint64_t lie_now_ns(void *self)
{
    np_bus *inner = &((lying_bus *)self)->inner;
    return inner->ops->now_ns(inner->self);
}

static void lie_wait_until_ns(void *self, uint64_t deadline_ns)
{
    np_bus *inner = &((lying_bus *)self)->inner;
    inner->ops->wait_until_ns(inner->self, deadline_ns);
}

static void a_chip_of_another_mind_is_noticed(void **state)
{
    (void)state;
    static const np_bus_ops ops = {.write = lie_write,
                                   .read = lie_read,
                                   .now_ns = lie_now_ns,
                                   .wait_until_ns = lie_wait_until_ns};
    chip_host host;
    np_conformance run;
    np_atecc chip;
    np_error err;
    open_chip(&host, NP_ATECC508A, DATA_LOCKED);
    /* parse error and execution error, as specs of the chip 1.4 print them */
    lying_bus bus = {
        np_virtual_bus_table(&host.bus), {0x04, 0x03, 0x83, 0x42}, {0x04, 0x0f, 0x23, 0x42}};
    np_atecc_init(&chip, (np_bus){&ops, &bus, 100000}, NP_ATECC_DEFAULT_ADDRESS);
    assert_ok(np_conformance_run(&chip, false, NULL, &run, &err), &err);
    const char *const noticed[] = {"UNKNOWN_OPCODE", "KEY_ID_ABOVE_15", "SPARE_ADDRESS_BITS"};
    for (size_t i = 0; i < NP_COUNT_OF(noticed); i++) {
        assert_int_equal(find_row(&run, noticed[i])->agreement, NP_DIFFERS);
        assert_int_equal(find_row(&run, noticed[i])->answer, 0x0f);
    }
    assert_int_equal(find_row(&run, "PARTIAL_READ_ACKED")->agreement, NP_AGREED);
    chip_host_close(&host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_virtual_chip_agrees_in_every_lock_state_and_is_left_as_it_was),
        cmocka_unit_test(no_lock_command_is_sent_without_consent),
        cmocka_unit_test(a_chip_of_another_mind_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
