/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A chip that is given away for the questions. The virtual chip is built on the readings, so that
 * the honest proof of a question is a chip of another mind: one reading changed, and exactly that
 * question must differ.
 */
#include "conformance/spend.h"
#include "conformance/probe.h"
#include "conformance/spare.h"
#include "crypto/p256.h"
#include "support/chip_host.h"
#include "support/test.h"

static np_code spend(chip_host *host, np_conformance *ret, np_error *err)
{
    np_atecc chip;
    np_spend_plan plan;
    np_atecc_init(&chip, np_virtual_bus_table(&host->bus), NP_ATECC_DEFAULT_ADDRESS);
    NP_TRY(np_spend_plan_make(&chip, &plan, err));
    return np_spend_run(&chip, &plan, NULL, ret, err);
}

static void print_differences(const np_conformance *run)
{
    for (size_t i = 0; i < READING_COUNT; i++) {
        const np_conformance_row *row = &run->rows[i];
        if (row->agreement == NP_DIFFERS || (row->agreement == NP_NOT_ASKED && row->was_tried)) {
            print_message("# %s: %s, %u\n", row->reading->id, np_agreement_name(row->agreement),
                          row->answer);
        }
    }
}

/* Of 73 questions nine are for nobody on a bus, 25 for the 608 alone, seven for the 508A alone. */
static const size_t asked[NP_ATECC_MODEL_COUNT] = {39, 57, 57};

static void each_reading_has_one_row_and_those_that_nobody_can_ask_a_reason(void **state)
{
    (void)state;
    static const np_reading_id silent[] = {READING_WATCHDOG_TEARS,
                                           READING_TORN_BYTE,
                                           READING_REFUSAL_TYPICAL_US,
                                           READING_REFUSAL_MAX_US,
                                           READING_RANDOM_FAILURE_608,
                                           READING_RANDOM_FAILURE_508A,
                                           READING_HEALTH_FAILURE_ENDS_BY_SELF_TEST,
                                           READING_HEALTH_FAILURE_OUTLASTS_SLEEP,
                                           READING_IDLE_KEEPS_TEST_FAILURES};
    const probe_table *const tables[] = {&probe_bus_table, &probe_keys_table, &probe_slots_table,
                                         &probe_608_table, &probe_x509_table, &probe_silent_table};
    size_t rows = 0;
    size_t unasked = 0;
    for (size_t i = 0; i < NP_COUNT_OF(tables); i++) {
        rows += tables[i]->count;
    }
    assert_int_equal(rows, READING_COUNT);
    for (size_t id = 0; id < READING_COUNT; id++) {
        const probe_row *row = probe_find((np_reading_id)id);
        assert_non_null(row);
        assert_true(row->ask != NULL || strlen(row->why_not) > 20);
        assert_true(row->stages != 0);
        unasked += row->ask == NULL;
    }
    assert_int_equal(unasked, NP_COUNT_OF(silent));
    for (size_t i = 0; i < NP_COUNT_OF(silent); i++) {
        assert_null(probe_find(silent[i])->ask);
    }
}

static void the_known_public_keys_are_twice_and_three_times_the_generator(void **state)
{
    (void)state;
    uint8_t scalar[32] = {[31] = 3};
    uint8_t point[64];
    NP_CLEANUP(np_p256_free_at) np_p256_key *parent = NULL;
    NP_CLEANUP(np_p256_free_at) np_p256_key *child = NULL;
    assert_int_equal(np_p256_from_scalar(spare_parent_scalar, &parent, NULL), NP_OK);
    np_p256_public(parent, point);
    assert_memory_equal(point, spare_parent_key, sizeof(point));
    assert_int_equal(np_p256_from_scalar(scalar, &child, NULL), NP_OK);
    np_p256_public(child, point);
    assert_memory_equal(point, spare_child_key, sizeof(point));
}

static void a_blank_chip_of_each_model_answers_all_that_can_be_asked_and_agrees(void **state)
{
    (void)state;
    static const np_chip_pace paces[] = {NP_PACE_TYPICAL, NP_PACE_MAXIMUM};
    for (unsigned model = 0; model < NP_ATECC_MODEL_COUNT; model++) {
        for (size_t pace = 0; pace < NP_COUNT_OF(paces); pace++) {
            chip_host host;
            np_conformance run;
            np_error err;
            chip_host_open_pace(&host, (np_atecc_model)model, paces[pace]);
            assert_ok(spend(&host, &run, &err), &err);
            print_differences(&run);
            assert_int_equal(np_conformance_count(&run, NP_DIFFERS), 0);
            assert_int_equal(np_conformance_count(&run, NP_AGREED), asked[model]);
            assert_int_equal(np_virtual_chip_eeprom(host.chip)[86], 0);
            assert_int_equal(np_virtual_chip_eeprom(host.chip)[87], 0);
            chip_host_close(&host);
        }
    }
}

/* Another answer that a chip could well give: what a source says that we do not follow. */
static unsigned other_answer(const np_reading *reading, np_reading_id id)
{
    switch (id) {
    case READING_GROUP_MAX:
        return 150;
    case READING_WATCHDOG_MS:
        return 2500;
    case READING_LONG_WATCHDOG_508A_MS:
        return 4000;
    case READING_LONG_WATCHDOG_608_MS:
        return 4000;
    case READING_TAIL_FILL:
        return 0xff;
    case READING_HKDF_LENGTH_LOWEST_BIT:
        return 25;
    case READING_SELF_TEST_MASK:
        return 0x3b;
    case READING_VALIDATE_EXTERNAL_SIZE:
        return 83;
    default:
        break;
    }
    if (reading->kind == NP_READING_STATUS) {
        return reading->answer == NP_ATECC_PARSE_ERROR ? NP_ATECC_EXECUTION_ERROR
                                                       : NP_ATECC_PARSE_ERROR;
    }
    return 1 - reading->answer;
}

static bool concerns(const probe_row *row, np_atecc_model model)
{
    return row->ask != NULL &&
           (row->who == PROBE_ANY || (row->who == PROBE_508A) == (model == NP_ATECC508A));
}

static void spend_another_mind(np_atecc_model model, np_reading_id id)
{
    chip_host host;
    np_conformance run;
    np_error err;
    size_t count = 0;
    const np_reading *reading = &np_readings(&count)[id];
    chip_host_open(&host, model);
    np_virtual_chip_set_reading(host.chip, id, other_answer(reading, id));
    assert_ok(spend(&host, &run, &err), &err);
    if (run.rows[id].agreement != NP_DIFFERS ||
        np_conformance_count(&run, NP_AGREED) != asked[model] - 1) {
        print_differences(&run);
        fail_msg("%s on %s: %s, answer %u", reading->id, np_atecc_model_name(model),
                 np_agreement_name(run.rows[id].agreement), run.rows[id].answer);
    }
    assert_int_equal(np_conformance_count(&run, NP_DIFFERS), 1);
    chip_host_close(&host);
}

static void a_chip_of_another_mind_differs_in_exactly_that_question(void **state)
{
    (void)state;
    size_t proved = 0;
    for (size_t id = 0; id < READING_COUNT; id++) {
        const probe_row *row = probe_find((np_reading_id)id);
        bool is_proved = false;
        for (unsigned model = 0; model < NP_ATECC_MODEL_COUNT; model++) {
            if (concerns(row, (np_atecc_model)model)) {
                spend_another_mind((np_atecc_model)model, (np_reading_id)id);
                is_proved = true;
            }
        }
        proved += is_proved;
    }
    assert_int_equal(proved, READING_COUNT - 9);
}

static void a_chip_that_is_spent_can_be_asked_again_and_one_of_others_is_refused(void **state)
{
    (void)state;
    chip_host host;
    np_conformance run;
    np_error err;
    chip_host_open(&host, NP_ATECC608B);
    assert_ok(spend(&host, &run, &err), &err);
    size_t all = np_conformance_count(&run, NP_AGREED);
    assert_ok(spend(&host, &run, &err), &err);
    print_differences(&run);
    assert_int_equal(np_conformance_count(&run, NP_DIFFERS), 0);
    assert_true(np_conformance_count(&run, NP_AGREED) < all); /* the open zones are gone */
    assert_int_equal(run.rows[READING_MODE_AT_NEXT_WAKE].agreement, NP_NOT_ASKED);
    chip_host_close(&host);
    uint8_t eeprom[NP_EEPROM_SIZE];
    chip_image_blank(NP_ATECC608B, eeprom);
    eeprom[24] ^= 1;
    chip_host_open_image(&host, NP_ATECC608B, NP_PACE_TYPICAL, eeprom);
    assert_int_equal(spend(&host, &run, &err), NP_ECONFLICT_FOREIGN);
    chip_host_close(&host);
    eeprom[24] ^= 1;
    eeprom[87] = 0; /* blank, and locked by somebody */
    chip_host_open_image(&host, NP_ATECC608B, NP_PACE_TYPICAL, eeprom);
    uint64_t generation = np_virtual_chip_generation(host.chip);
    assert_int_equal(spend(&host, &run, &err), NP_ECONFLICT_FOREIGN);
    assert_true(np_virtual_chip_generation(host.chip) == generation);
    chip_host_close(&host);
}

static uint64_t count_transactions(np_atecc_model model)
{
    chip_host host;
    np_conformance run;
    np_error err;
    chip_host_open(&host, model);
    assert_ok(spend(&host, &run, &err), &err);
    uint64_t count = host.bus.counts.transactions;
    chip_host_close(&host);
    return count;
}

/*
 * Not every transaction: a run has thousands, most of them polls. Steps that three does not divide
 * visit all kinds of faults. With NP_SOAK=1 in the environment each transaction is met.
 */
enum { FAULT_STEP = 19, CUT_STEP = 23, LAST_TRANSACTIONS = 32 };

static uint64_t step_of(uint64_t usual)
{
    return getenv("NP_SOAK") != NULL ? 1 : usual;
}

static void an_answer_that_is_lost_or_damaged_is_no_difference(void **state)
{
    (void)state;
    static const np_fault_kind kinds[] = {NP_FAULT_LOSE_REPLY, NP_FAULT_CORRUPT_REPLY,
                                          NP_FAULT_CORRUPT_COMMAND};
    static const np_atecc_model models[] = {NP_ATECC508A, NP_ATECC608B};
    for (size_t m = 0; m < NP_COUNT_OF(models); m++) {
        uint64_t count = count_transactions(models[m]);
        for (uint64_t at = 0; at < count; at += step_of(FAULT_STEP)) {
            chip_host host;
            np_conformance run;
            np_error err;
            chip_host_open(&host, models[m]);
            host.bus.fault =
                (np_fault){.kind = kinds[at % NP_COUNT_OF(kinds)], .transaction = at, .seed = at};
            np_code code = spend(&host, &run, &err);
            if (code != NP_OK || np_conformance_count(&run, NP_AGREED) != asked[models[m]]) {
                print_differences(&run);
                fail_msg("fault %d at %u: %s", (int)host.bus.fault.kind, (unsigned)at,
                         code == NP_OK ? "" : err.message);
            }
            chip_host_close(&host);
        }
    }
}

static bool is_torn(const chip_host *host)
{
    const uint8_t *config = np_virtual_chip_eeprom(host->chip);
    return np_lock_state_of(config[86]) == NP_LOCK_TORN ||
           np_lock_state_of(config[87]) == NP_LOCK_TORN;
}

static void cut_and_go_on(np_atecc_model model, np_fault_kind kind, uint64_t at)
{
    chip_host host;
    np_conformance run;
    np_error err;
    chip_host_open(&host, model);
    host.bus.fault = (np_fault){.kind = kind, .transaction = at, .seed = at};
    np_code code = spend(&host, &run, &err);
    assert_int_not_equal(code, NP_OK);
    np_virtual_bus_power_up(&host.bus);
    code = spend(&host, &run, &err);
    if (is_torn(&host)) {
        assert_int_equal(code, NP_EDEVICE_LOST);
    } else if (code != NP_OK || np_conformance_count(&run, NP_DIFFERS) > 0 ||
               np_virtual_chip_eeprom(host.chip)[86] != 0) {
        print_differences(&run);
        fail_msg("cut %d at %u: %s", (int)kind, (unsigned)at, code == NP_OK ? "" : err.message);
    }
    chip_host_close(&host);
}

static void after_a_power_cut_the_same_run_goes_on_to_the_end(void **state)
{
    (void)state;
    static const np_fault_kind kinds[] = {NP_FAULT_CUT_BEFORE, NP_FAULT_CUT_DURING,
                                          NP_FAULT_CUT_AFTER};
    static const np_atecc_model models[] = {NP_ATECC508A, NP_ATECC608B};
    for (size_t m = 0; m < NP_COUNT_OF(models); m++) {
        uint64_t count = count_transactions(models[m]);
        for (uint64_t at = 0; at + LAST_TRANSACTIONS < count; at += step_of(CUT_STEP)) {
            cut_and_go_on(models[m], kinds[at % NP_COUNT_OF(kinds)], at);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_reading_has_one_row_and_those_that_nobody_can_ask_a_reason),
        cmocka_unit_test(the_known_public_keys_are_twice_and_three_times_the_generator),
        cmocka_unit_test(a_blank_chip_of_each_model_answers_all_that_can_be_asked_and_agrees),
        cmocka_unit_test(a_chip_of_another_mind_differs_in_exactly_that_question),
        cmocka_unit_test(a_chip_that_is_spent_can_be_asked_again_and_one_of_others_is_refused),
        cmocka_unit_test(an_answer_that_is_lost_or_damaged_is_no_difference),
        cmocka_unit_test(after_a_power_cut_the_same_run_goes_on_to_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
