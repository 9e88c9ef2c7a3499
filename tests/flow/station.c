/* SPDX-License-Identifier: Apache-2.0 */
/* Units through the bays of a line, in one process and on virtual clocks: what comes of them. */
#include "base/text.h"
#include "nerveskey/verify.h"
#include "support/station_scene.h"
#include "support/test.h"

#include <errno.h>

static station_scene *scene_of(void **state, unsigned bays, const char *serials)
{
    station_scene *scene = *state;
    scene_open(scene, bays, serials);
    return scene;
}

static int set_up(void **state)
{
    *state = calloc(1, sizeof(station_scene));
    return 0;
}

static int tear_down(void **state)
{
    scene_close(*state);
    free(*state);
    return 0;
}

static const np_station_event *await_result(station_scene *scene)
{
    return scene_await(scene, NP_STATION_RESULT);
}

/* Puts the next chip into each bay that has a result until so many have been put in. */
static void run_units(station_scene *scene, unsigned units)
{
    unsigned put = 0;
    for (; put < scene->config.bay_count && put < units; put++) {
        scene_put(scene, put, put);
    }
    for (unsigned done = 0; done < units; done++) {
        const np_station_event *event = await_result(scene);
        assert_int_equal(event->result, NP_RESULT_PASS);
        unsigned bay = (unsigned)event->bay;
        np_virtual_chip_free(scene_take(scene, bay));
        if (put < units) {
            scene_put(scene, bay, put++);
        }
    }
}

static void many_bays_make_many_units(void **state)
{
    station_scene *scene = scene_of(state, 8, "T-{4}");
    scene_start(scene);
    run_units(scene, 24);
    assert_int_equal(np_line_count(scene->line).results[NP_RESULT_PASS], 24);
    assert_ok(scene_stop(scene), &scene->err);
    scene_tally tally = scene_count(scene);
    assert_int_equal(tally.serials, 24);
    assert_int_equal(tally.twice, 0);
    assert_int_equal(tally.results[NP_RESULT_FAIL], 0);
}

/* Judged by the chip alone, as anybody would who gets it. */
static void what_passed_proves_itself(void **state)
{
    station_scene *scene = scene_of(state, 1, "T-{4}");
    np_atecc chip;
    np_verification found;
    scene_start(scene);
    scene_put(scene, 0, 7);
    const np_station_event *event = await_result(scene);
    assert_int_equal(event->result, NP_RESULT_PASS);
    assert_string_equal(event->serial, "T-0001");
    assert_int_equal(event->action, NP_ACTION_MAKE);
    assert_int_equal(strlen(event->fingerprint), 64);
    assert_ok(scene_stop(scene), &scene->err);
    np_virtual_bus_init(&scene->bays[0].bus, 100000, scene->bays[0].chip);
    np_atecc_init(&chip, np_virtual_bus_table(&scene->bays[0].bus), NP_ATECC_DEFAULT_ADDRESS);
    const np_trust trust = {.signer = np_signer_certificate(scene->signer)->der};
    assert_ok(np_identity_verify(&chip, &trust, SCENE_NOW, np_random_system(), &found, &scene->err),
              &scene->err);
    assert_true(found.is_good && found.signer_is_trusted);
    assert_string_equal(found.identity.otp.serial.text, "T-0001");
    assert_string_equal(found.identity.otp.board, "board");
}

/* Power that fails in the write of the address leaves it erased: the chip is at 7f then. What it
 * gets is the bay's address all the same. */
static void an_erased_address_becomes_the_bays(void **state)
{
    enum { ADDRESS_BYTE = 16 }; /* of the configuration: the 8-bit address */
    station_scene *scene = scene_of(state, 1, "T-{4}");
    scene_bay *bay = &scene->bays[0];
    uint8_t eeprom[NP_EEPROM_SIZE];
    scene_put(scene, 0, 7);
    np_virtual_chip *whole = scene_take(scene, 0);
    memcpy(eeprom, np_virtual_chip_eeprom(whole), sizeof(eeprom));
    np_virtual_chip_free(whole);
    eeprom[NP_EEPROM_CONFIG + ADDRESS_BYTE] = NP_ATECC_ERASED;
    const np_virtual_chip_options options = {.model = NP_ATECC608B,
                                             .random = np_random_by_seed(&bay->seeded)};
    scene_put_back(scene, 0, np_virtual_chip_from_eeprom(&options, eeprom));
    scene_start(scene);
    assert_int_equal(await_result(scene)->result, NP_RESULT_PASS);
    assert_ok(scene_stop(scene), &scene->err);
    assert_int_equal(np_virtual_chip_address(bay->chip), NP_ATECC_DEFAULT_ADDRESS);
}

/* Shown once more it is confirmed: no second line, no second serial. */
static void a_unit_that_comes_back_is_confirmed(void **state)
{
    station_scene *scene = scene_of(state, 2, "T-{4}");
    scene_start(scene);
    scene_put(scene, 0, 1);
    assert_int_equal(await_result(scene)->result, NP_RESULT_PASS);
    scene_put_back(scene, 1, scene_take(scene, 0));
    const np_station_event *event = await_result(scene);
    assert_int_equal(event->result, NP_RESULT_PASS);
    assert_int_equal(event->action, NP_ACTION_CONFIRM);
    assert_string_equal(event->serial, "T-0001");
    assert_ok(scene_stop(scene), &scene->err);
    assert_int_equal(scene_count(scene).results[NP_RESULT_PASS], 1);
}

static void a_scanned_serial_begins_the_unit(void **state)
{
    station_scene *scene = scene_of(state, 2, "scan");
    bool is_taken = true;
    scene_start(scene);
    assert_ok(
        np_line_scan(scene->line, NP_STATION_NO_BAY, np_bytes_text("A-1"), &is_taken, &scene->err),
        &scene->err);
    assert_false(is_taken);
    scene_put(scene, 1, 1);
    while (scene_await(scene, NP_STATION_BAY)->state != NP_BAY_WAITING) {
    }
    assert_ok(
        np_line_scan(scene->line, NP_STATION_NO_BAY, np_bytes_text("A-1"), &is_taken, &scene->err),
        &scene->err);
    assert_true(is_taken);
    const np_station_event *event = await_result(scene);
    assert_int_equal(event->result, NP_RESULT_PASS);
    assert_string_equal(event->serial, "A-1");
    assert_int_equal(event->bay, 1);
    /* the same label on another board */
    scene_put(scene, 0, 2);
    while (scene_await(scene, NP_STATION_BAY)->state != NP_BAY_WAITING) {
    }
    assert_ok(np_line_scan(scene->line, 0, np_bytes_text("A-1"), &is_taken, &scene->err),
              &scene->err);
    event = await_result(scene);
    assert_int_equal(event->result, NP_RESULT_POLICY);
    assert_non_null(strstr(event->message, "another part has this serial"));
    assert_code(np_line_scan(scene->line, 0, np_bytes_text("A\"1"), &is_taken, &scene->err),
                NP_EPOLICY);
    assert_ok(scene_stop(scene), &scene->err);
    scene_tally tally = scene_count(scene);
    assert_int_equal(tally.results[NP_RESULT_PASS], 1);
    assert_int_equal(tally.results[NP_RESULT_POLICY], 1);
}

/* The chip's own factory bytes are another's: a configuration that nobody of us wrote. */
static void a_foreign_chip_is_refused_untouched(void **state)
{
    station_scene *scene = scene_of(state, 1, "T-{4}");
    uint8_t eeprom[NP_EEPROM_SIZE];
    scene_put(scene, 0, 1);
    memcpy(eeprom, np_virtual_chip_eeprom(scene->bays[0].chip), sizeof(eeprom));
    np_virtual_chip_free(scene_take(scene, 0));
    memset(eeprom + NP_EEPROM_CONFIG + 20, 0x5a, 32);
    eeprom[NP_EEPROM_CONFIG + NP_CONFIG_LOCK_CONFIG] = NP_ATECC_LOCKED;
    const np_virtual_chip_options options = {.model = NP_ATECC608B,
                                             .random = np_random_by_seed(&scene->bays[0].seeded)};
    scene_put_back(scene, 0, np_virtual_chip_from_eeprom(&options, eeprom));
    scene_start(scene);
    const np_station_event *event = await_result(scene);
    assert_int_equal(event->result, NP_RESULT_FAIL);
    assert_int_equal(event->code, NP_ECONFLICT_FOREIGN);
    assert_ok(scene_stop(scene), &scene->err);
    assert_memory_equal(np_virtual_chip_eeprom(scene->bays[0].chip), eeprom, sizeof(eeprom));
    assert_int_equal(scene_count(scene).results[NP_RESULT_FAIL], 1);
}

/* Trouble on the wire that passes is nobody's affair. */
static void a_unit_is_tried_again_at_once(void **state)
{
    station_scene *scene = scene_of(state, 1, "T-{4}");
    scene->config.policy.retries = 1;
    scene->bays[0].fault = (np_fault){.kind = NP_FAULT_CUT_BEFORE, .transaction = 150};
    scene_start(scene);
    scene_put(scene, 0, 1);
    const np_station_event *event = await_result(scene);
    assert_int_equal(event->result, NP_RESULT_PASS);
    assert_int_equal(event->attempt, 1);
    assert_ok(scene_stop(scene), &scene->err);
    assert_int_equal(scene_count(scene).results[NP_RESULT_PASS], 1);
}

/* Power fails at one transaction after the other; put in again, each unit is finished. */
static void power_that_fails_leaves_no_unit_stuck(void **state)
{
    static const np_fault_kind kinds[] = {NP_FAULT_CUT_BEFORE, NP_FAULT_CUT_DURING,
                                          NP_FAULT_CUT_AFTER};
    bool is_soak = getenv("NP_SOAK") != NULL;
    unsigned step = is_soak ? 1 : 23;
    station_scene *scene = scene_of(state, 1, "T-{4}");
    unsigned units = 0;
    scene->config.policy.stop_after = 0;
    scene_start(scene);
    for (unsigned at = 0; at < 340; at += step) {
        scene->bays[0].fault = (np_fault){
            .kind = kinds[at / step % NP_COUNT_OF(kinds)], .transaction = at, .seed = at};
        scene_put(scene, 0, ++units);
        const np_station_event *event = await_result(scene);
        for (unsigned i = 0; event->result != NP_RESULT_PASS && i < 3; i++) {
            scene_put_back(scene, 0, scene_take(scene, 0));
            event = await_result(scene);
        }
        assert_int_equal(event->result, NP_RESULT_PASS);
        np_virtual_chip_free(scene_take(scene, 0));
        scene->event_count = 0;
    }
    assert_ok(scene_stop(scene), &scene->err);
    scene_tally tally = scene_count(scene);
    assert_int_equal(tally.serials, units);
    assert_int_equal(tally.twice, 0);
}

static void faults_of_the_station_stop_the_line(void **state)
{
    station_scene *scene = scene_of(state, 1, "T-{4}");
    scene->config.policy.stop_after = 2;
    scene_start(scene);
    for (unsigned i = 0; i < 2; i++) {
        scene->bays[0].fault = (np_fault){.kind = NP_FAULT_CUT_BEFORE, .transaction = 100};
        scene_put(scene, 0, i);
        const np_station_event *event = await_result(scene);
        assert_int_equal(event->result, NP_RESULT_STATION);
        np_virtual_chip_free(scene_take(scene, 0));
    }
    const np_station_event *event = scene_await(scene, NP_STATION_HALTED);
    assert_string_equal(event->message, "2 station faults in a row: no unit begins any more");
    assert_true(np_line_count(scene->line).is_halted);
    scene_put(scene, 0, 5);
    np_line_resume(scene->line);
    (void)scene_await(scene, NP_STATION_RESUMED);
    np_line_again(scene->line, 0);
    assert_int_equal(await_result(scene)->result, NP_RESULT_PASS);
    assert_ok(scene_stop(scene), &scene->err);
}

/* A port that is gone is no fault, and comes back by itself. */
static void bays_come_and_go(void **state)
{
    station_scene *scene = scene_of(state, 2, "T-{4}");
    scene->bays[0].trouble = NP_ESTATION_BUSY;
    scene_put(scene, 1, 1);
    scene_start(scene);
    bool was_trouble = false;
    bool was_absent = false;
    const np_station_event *event = await_result(scene);
    assert_int_equal(event->bay, 1);
    np_virtual_chip_free(scene_take(scene, 1));
    while (!was_trouble || !was_absent) {
        for (size_t i = 0; i < scene->event_count; i++) {
            const np_station_event *at = &scene->events[i];
            was_trouble = was_trouble || (at->kind == NP_STATION_BAY && at->bay == 0 &&
                                          at->state == NP_BAY_TROUBLE);
            was_absent = was_absent ||
                         (at->kind == NP_STATION_BAY && at->bay == 1 && at->state == NP_BAY_ABSENT);
        }
        if (!was_trouble || !was_absent) {
            (void)scene_await(scene, NP_STATION_BAY);
        }
    }
    pthread_mutex_lock(&scene->bays[0].mutex);
    scene->bays[0].trouble = NP_OK;
    pthread_mutex_unlock(&scene->bays[0].mutex);
    scene_put(scene, 0, 2);
    assert_int_equal(await_result(scene)->result, NP_RESULT_PASS);
    assert_int_equal(np_line_count(scene->line).results[NP_RESULT_STATION], 0);
    assert_ok(scene_stop(scene), &scene->err);
}

static void a_line_ends_after_so_many_units(void **state)
{
    station_scene *scene = scene_of(state, 2, "T-{4}");
    scene->options.units = 3;
    scene_start(scene);
    run_units(scene, 3);
    (void)scene_await(scene, NP_STATION_STOPPED);
    assert_true(np_line_is_done(scene->line));
    assert_ok(scene_stop(scene), &scene->err);
}

static void an_empty_bay_is_a_fault_where_units_must_be(void **state)
{
    station_scene *scene = scene_of(state, 1, "T-{4}");
    scene->options.per_bay = 1;
    scene->options.needs_parts = true;
    scene_start(scene);
    const np_station_event *event = await_result(scene);
    assert_int_equal(event->result, NP_RESULT_STATION);
    (void)scene_await(scene, NP_STATION_STOPPED);
    assert_ok(scene_stop(scene), &scene->err);
}

/* The disk is gone: nobody is told PASS, and nothing that was told is lost. */
static void a_disk_that_fails_makes_no_unit(void **state)
{
    station_scene *scene = scene_of(state, 1, "T-{4}");
    scene_start(scene);
    scene_put(scene, 0, 1);
    assert_int_equal(await_result(scene)->result, NP_RESULT_PASS);
    np_virtual_chip_free(scene_take(scene, 0));
    disk_cut_after(&scene->record_disk, 1);
    scene_put(scene, 0, 2);
    const np_station_event *event = await_result(scene);
    assert_int_equal(event->result, NP_RESULT_STATION);
    scene_kill(scene);
    assert_int_equal(
        np_virtual_chip_eeprom(scene->bays[0].chip)[NP_EEPROM_CONFIG + NP_CONFIG_LOCK_CONFIG],
        NP_ATECC_UNLOCKED);
    scene_start(scene);
    event = await_result(scene);
    assert_int_equal(event->result, NP_RESULT_PASS);
    assert_ok(scene_stop(scene), &scene->err);
    scene_tally tally = scene_count(scene);
    assert_int_equal(tally.serials, 2);
    assert_int_equal(tally.twice, 0);
}

/* Killed at any moment and started again: as a shift of several bays. */
static void a_line_that_is_killed_goes_on(void **state)
{
    station_scene *scene = scene_of(state, 3, "T-{4}");
    unsigned lives = getenv("NP_SOAK") != NULL ? 200 : 12;
    for (unsigned i = 0; i < 3; i++) {
        scene_put(scene, i, i);
    }
    unsigned number = 3;
    for (unsigned life = 0; life < lives; life++) {
        scene_start(scene);
        for (unsigned results = life % 4; results > 0; results--) {
            const np_station_event *event = await_result(scene);
            assert_int_equal(event->result, NP_RESULT_PASS);
            unsigned bay = (unsigned)event->bay;
            np_virtual_chip_free(scene_take(scene, bay));
            scene_put(scene, bay, number++);
        }
        scene_kill(scene);
    }
    scene_start(scene);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(await_result(scene)->result, NP_RESULT_PASS);
    }
    assert_ok(scene_stop(scene), &scene->err);
    scene_tally tally = scene_count(scene);
    assert_int_equal(tally.serials, number);
    assert_int_equal(tally.twice, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(many_bays_make_many_units),
        TEST(what_passed_proves_itself),
        TEST(an_erased_address_becomes_the_bays),
        TEST(a_unit_that_comes_back_is_confirmed),
        TEST(a_scanned_serial_begins_the_unit),
        TEST(a_foreign_chip_is_refused_untouched),
        TEST(a_unit_is_tried_again_at_once),
        TEST(power_that_fails_leaves_no_unit_stuck),
        TEST(faults_of_the_station_stop_the_line),
        TEST(bays_come_and_go),
        TEST(a_line_ends_after_so_many_units),
        TEST(an_empty_bay_is_a_fault_where_units_must_be),
        TEST(a_disk_that_fails_makes_no_unit),
        TEST(a_line_that_is_killed_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
