/* SPDX-License-Identifier: Apache-2.0 */
/* A label that has to be read back before its unit passes: the right one, wrong ones, and cuts. */
#include "base/format.h"
#include "support/station_scene.h"
#include "support/test.h"

/* The scene is the first member: its hooks get it. */
typedef struct scan_scene {
    station_scene scene;
    unsigned printed;
} scan_scene;

static const char pattern[] = "https://acme.example/u/{serial}?n={printed}";

/* Each print says another thing, as one with the time on it does. */
static np_code print(void *self, const np_station_made *made,
                     char ret_text[static NP_LABEL_TEXT_SIZE], np_error *err)
{
    scan_scene *on = self;
    (void)err;
    on->printed++;
    np_format(ret_text, NP_LABEL_TEXT_SIZE, "https://acme.example/u/%s?n=%u", made->serial,
              on->printed);
    return NP_OK;
}

static scan_scene *scene_of(void **state, unsigned bays, const char *serials)
{
    scan_scene *on = *state;
    scene_open(&on->scene, bays, serials);
    on->scene.hooks.label = print;
    on->scene.config.product.label_scan_back = true;
    on->scene.config.policy.rescans = 1;
    on->scene.options.label_pattern = np_bytes_text(pattern);
    return on;
}

static int set_up(void **state)
{
    *state = calloc(1, sizeof(scan_scene));
    return 0;
}

static int tear_down(void **state)
{
    scan_scene *on = *state;
    scene_close(&on->scene);
    free(on);
    return 0;
}

static const np_station_event *await_state(scan_scene *on, np_bay_state wanted)
{
    const np_station_event *event;
    do {
        event = scene_await(&on->scene, NP_STATION_BAY);
    } while (event->state != wanted);
    return event;
}

static void scan(scan_scene *on, int bay, const char *text)
{
    bool is_taken = false;
    assert_ok(np_line_scan(on->scene.line, bay, np_bytes_text(text), &is_taken, &on->scene.err),
              &on->scene.err);
    assert_true(is_taken);
}

static bool record_has(const scan_scene *on, const char *text)
{
    const disk_state *disk = &on->scene.record_disk.seen;
    return memmem(disk->bytes, disk->size, text, strlen(text)) != NULL;
}

static void a_unit_passes_when_its_label_is_read(void **state)
{
    scan_scene *on = scene_of(state, 1, "T-{4}");
    scene_start(&on->scene);
    scene_put(&on->scene, 0, 1);
    assert_string_equal(await_state(on, NP_BAY_LABEL)->serial, "T-0001");
    assert_int_equal(np_line_count(on->scene.line).results[NP_RESULT_PASS], 0);
    scan(on, NP_STATION_NO_BAY, "]Q1https://acme.example/u/T-0001?n=1\r\n");
    assert_int_equal(scene_await(&on->scene, NP_STATION_RESULT)->result, NP_RESULT_PASS);
    assert_ok(scene_stop(&on->scene), &on->scene.err);
    assert_int_equal(on->printed, 1);
    assert_true(record_has(on, "\"scan\":\"passed\""));
    /* shown once more it is confirmed, and has its label */
    scene_start(&on->scene);
    assert_int_equal(scene_await(&on->scene, NP_STATION_RESULT)->action, NP_ACTION_CONFIRM);
    assert_ok(scene_stop(&on->scene), &on->scene.err);
    assert_int_equal(on->printed, 1);
}

static void a_wrong_label_is_asked_for_again_and_then_the_unit_fails(void **state)
{
    scan_scene *on = scene_of(state, 1, "T-{4}");
    scene_start(&on->scene);
    scene_put(&on->scene, 0, 1);
    await_state(on, NP_BAY_LABEL);
    scan(on, 0, "https://acme.example/u/T-0009?n=1");
    const np_station_event *event = await_state(on, NP_BAY_LABEL);
    assert_int_equal(event->code, NP_EDEVICE_VERIFY);
    assert_non_null(strstr(event->message, "another unit: serial is T-0009, not T-0001"));
    scan(on, 0, "4006381333931");
    event = scene_await(&on->scene, NP_STATION_RESULT);
    assert_int_equal(event->result, NP_RESULT_FAIL);
    assert_string_equal(event->step, "scan");
    /* nobody knows what sticks on it: it gets a label anew, and its certificate stays */
    np_line_again(on->scene.line, 0);
    await_state(on, NP_BAY_LABEL);
    assert_int_equal(on->printed, 2);
    scan(on, 0, "https://acme.example/u/T-0001?n=2");
    event = scene_await(&on->scene, NP_STATION_RESULT);
    assert_int_equal(event->result, NP_RESULT_PASS);
    assert_int_equal(event->action, NP_ACTION_RECORD);
    assert_int_equal(event->attempt, 2);
    assert_ok(scene_stop(&on->scene), &on->scene.err);
    assert_int_equal(scene_count(&on->scene).results[NP_RESULT_FAIL], 1);
}

static void a_cut_before_the_scan_goes_on_at_the_scan(void **state)
{
    scan_scene *on = scene_of(state, 1, "T-{4}");
    scene_put(&on->scene, 0, 1);
    for (unsigned life = 0; life < 3; life++) {
        scene_start(&on->scene);
        await_state(on, NP_BAY_LABEL);
        scene_kill(&on->scene);
    }
    scene_start(&on->scene);
    await_state(on, NP_BAY_LABEL);
    scan(on, 0, "https://acme.example/u/T-0001?n=1");
    assert_int_equal(scene_await(&on->scene, NP_STATION_RESULT)->result, NP_RESULT_PASS);
    assert_ok(scene_stop(&on->scene), &on->scene.err);
    assert_int_equal(on->printed, 1);
    scene_tally tally = scene_count(&on->scene);
    /* all in the same second: one line is enough; or what the cut left of the one that ended it */
    assert_in_range(tally.interrupted + tally.results[NP_RESULT_STATION], 1, 3);
    assert_int_equal(tally.serials, 1);
}

static void a_line_that_ends_before_the_scan_goes_on_at_the_scan(void **state)
{
    scan_scene *on = scene_of(state, 1, "T-{4}");
    scene_put(&on->scene, 0, 1);
    scene_start(&on->scene);
    await_state(on, NP_BAY_LABEL);
    np_line_stop(on->scene.line);
    const np_station_event *event = scene_await(&on->scene, NP_STATION_RESULT);
    assert_int_equal(event->result, NP_RESULT_STATION);
    assert_int_equal(event->code, NP_EINTERRUPTED);
    assert_ok(scene_stop(&on->scene), &on->scene.err);
    scene_start(&on->scene);
    await_state(on, NP_BAY_LABEL);
    scan(on, 0, "https://acme.example/u/T-0001?n=1");
    assert_int_equal(scene_await(&on->scene, NP_STATION_RESULT)->result, NP_RESULT_PASS);
    assert_ok(scene_stop(&on->scene), &on->scene.err);
    assert_int_equal(on->printed, 1);
}

static void a_label_is_printed_again_when_that_is_wanted(void **state)
{
    scan_scene *on = scene_of(state, 1, "T-{4}");
    scene_put(&on->scene, 0, 1);
    scene_start(&on->scene);
    await_state(on, NP_BAY_LABEL);
    np_line_again(on->scene.line, 0);
    await_state(on, NP_BAY_LABEL);
    assert_int_equal(on->printed, 2);
    scene_kill(&on->scene);
    scene_start(&on->scene);
    await_state(on, NP_BAY_LABEL);
    scan(on, 0, "https://acme.example/u/T-0001?n=2");
    assert_int_equal(scene_await(&on->scene, NP_STATION_RESULT)->result, NP_RESULT_PASS);
    assert_ok(scene_stop(&on->scene), &on->scene.err);
    assert_int_equal(on->printed, 2);
}

/* One scanner for the line: what it reads finds its bay. */
static void a_label_finds_the_bay_that_waits_for_it(void **state)
{
    char text[64];
    scan_scene *on = scene_of(state, 3, "scan");
    scene_start(&on->scene);
    for (unsigned bay = 0; bay < 2; bay++) {
        scene_put(&on->scene, bay, bay);
        await_state(on, NP_BAY_WAITING);
        np_format(text, sizeof(text), "A-%u", bay + 1);
        scan(on, NP_STATION_NO_BAY, text);
        await_state(on, NP_BAY_LABEL);
    }
    scene_put(&on->scene, 2, 2);
    await_state(on, NP_BAY_WAITING);
    scan(on, NP_STATION_NO_BAY, "https://acme.example/u/A-2?n=2");
    const np_station_event *event = scene_await(&on->scene, NP_STATION_RESULT);
    assert_int_equal(event->bay, 1);
    assert_int_equal(event->result, NP_RESULT_PASS);
    /* a label that nobody waits for is nobody's serial */
    scan(on, NP_STATION_NO_BAY, "https://acme.example/u/A-2?n=2");
    event = await_state(on, NP_BAY_LABEL);
    assert_int_equal(event->bay, 0);
    assert_int_equal(event->code, NP_EDEVICE_VERIFY);
    scan(on, NP_STATION_NO_BAY, "https://acme.example/u/A-1?n=1");
    assert_int_equal(scene_await(&on->scene, NP_STATION_RESULT)->result, NP_RESULT_PASS);
    assert_ok(scene_stop(&on->scene), &on->scene.err);
}

/* A scanner that is set to Latin-1 types two characters for one; that is told. */
static void serials_with_other_letters_are_read_back(void **state)
{
    scan_scene *on = scene_of(state, 1, "Größe-{3}");
    scene_put(&on->scene, 0, 1);
    scene_start(&on->scene);
    await_state(on, NP_BAY_LABEL);
    scan(on, 0,
         "https://acme.example/u/GrÃ¶Ã\xc2\x9f"
         "e-001?n=1");
    assert_non_null(strstr(await_state(on, NP_BAY_LABEL)->message, "set it to UTF-8"));
    scan(on, 0, "https://acme.example/u/Größe-001?n=1");
    const np_station_event *event = scene_await(&on->scene, NP_STATION_RESULT);
    assert_int_equal(event->result, NP_RESULT_PASS);
    assert_string_equal(event->serial, "Größe-001");
    assert_ok(scene_stop(&on->scene), &on->scene.err);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_unit_passes_when_its_label_is_read),
        TEST(a_wrong_label_is_asked_for_again_and_then_the_unit_fails),
        TEST(a_cut_before_the_scan_goes_on_at_the_scan),
        TEST(a_line_that_ends_before_the_scan_goes_on_at_the_scan),
        TEST(a_label_is_printed_again_when_that_is_wanted),
        TEST(a_label_finds_the_bay_that_waits_for_it),
        TEST(serials_with_other_letters_are_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
