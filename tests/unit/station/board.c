/* SPDX-License-Identifier: Apache-2.0 */
/* What screens and reports are made of: lines of a record, and events, counted by hand here. */
#include "station/board.h"

#include "base/civil.h"
#include "support/test.h"

#include <jansson.h>

enum { NOW = 1795165200 /* 2026-11-20T09:00:00Z */ };

typedef struct line_row {
    const char *bay;
    const char *result;
    const char *failure;
    unsigned attempt;
    unsigned minute; /* after nine, when it was finished */
} line_row;

/* Five units: three pass at once, one at its second try, one never. */
static const line_row lines[] = {
    {"1", "pass", "", 1, 0},
    {"2", "fail", "device-lock", 1, 1},
    {"2", "pass", "", 2, 2},
    {"1", "pass", "", 1, 3},
    {"1", "fail", "device-lock", 1, 4},
    {"1", "fail", "device-verify", 2, 5},
    {"2", "pass", "", 1, 6},
    {"2", "station", "station-nack", 1, 7},
    {"1", "policy", "policy", 1, 8},
    {"1", "interrupted", "interrupted", 1, 9},
};

static void take_line(np_report *report, const line_row *row)
{
    char text[512];
    np_record_line line;
    np_error err = {0};
    (void)snprintf(text, sizeof(text),
                   "{\"attempt\":%u,\"bay\":\"%s\",%s%s%s\"finished\":\"2026-11-20T09:%02u:00Z\","
                   "\"kind\":\"unit\",\"prev\":\"%064d\",\"result\":\"%s\",\"seq\":7,"
                   "\"serial\":\"A\"}",
                   row->attempt, row->bay, row->failure[0] == '\0' ? "" : "\"failure\":\"",
                   row->failure, row->failure[0] == '\0' ? "" : "\",", row->minute, 0, row->result);
    assert_ok(np_record_line_parse(np_bytes_text(text), &line, &err), &err);
    np_report_take(report, &line);
}

static void a_shift_is_counted(void **state)
{
    np_report report;
    (void)state;
    np_report_begin(&report, (np_shift){NOW, NOW + 3600});
    for (size_t i = 0; i < NP_COUNT_OF(lines); i++) {
        take_line(&report, &lines[i]);
    }
    np_report_sort(&report);
    assert_int_equal(report.all.results[NP_RESULT_PASS], 4);
    assert_int_equal(report.all.results[NP_RESULT_FAIL], 3);
    assert_int_equal(report.all.results[NP_RESULT_STATION], 1);
    assert_int_equal(report.all.results[NP_RESULT_POLICY], 1);
    assert_int_equal(report.all.interrupted, 1);
    /* three of five: what the station or the rules did is not the units' */
    assert_int_equal(report.all.first_tries, 5);
    assert_int_equal(np_report_first_pass_yield(&report.all), 600);
    assert_int_equal(report.bay_count, 2);
    assert_string_equal(report.bays[1].name, "2");
    assert_int_equal(report.bays[1].tally.first_tries, 2);
    assert_int_equal(np_report_first_pass_yield(&report.bays[1].tally), 500);
    /* the most frequent first, then by name */
    assert_int_equal(report.failure_count, 4);
    assert_string_equal(report.failures[0].name, "device-lock");
    assert_int_equal(report.failures[0].count, 2);
    assert_string_equal(report.failures[1].name, "device-verify");
    assert_string_equal(report.failures[2].name, "policy");
}

static void only_what_was_finished_in_the_time(void **state)
{
    np_report report;
    (void)state;
    np_report_begin(&report, (np_shift){NOW + 60, NOW + 180});
    for (size_t i = 0; i < NP_COUNT_OF(lines); i++) {
        take_line(&report, &lines[i]);
    }
    assert_int_equal(report.all.results[NP_RESULT_PASS], 1);
    assert_int_equal(report.all.results[NP_RESULT_FAIL], 1);
    np_report_begin(&report, (np_shift){0, 1});
    assert_int_equal(np_report_first_pass_yield(&report.all), 1000);
}

/* Events */

static const np_station_config config = {.name = "st07",
                                         .product = {.name = "tracker"},
                                         .bay_count = 2,
                                         .bays = {{.name = "1"}, {.name = "2"}}};

static np_station_event event_of(np_station_event_kind kind, int bay, np_bay_state state)
{
    static const char *const names[] = {"1", "2"};
    return (np_station_event){.kind = kind,
                              .number = 9,
                              .time_ms = (int64_t)NOW * 1000 + 5,
                              .bay = bay,
                              .name = bay < 0 ? NULL : names[bay],
                              .state = state,
                              .serial = "Straße \"1\"",
                              .attempt = 1};
}

static json_t *json_of(const np_board *board)
{
    static uint8_t text[NP_BOARD_JSON_MAX];
    np_writer writer = np_writer_of(text, sizeof(text));
    np_board_write(board, &writer);
    np_bytes bytes = np_writer_bytes(&writer);
    assert_true(record_json_is_value(bytes));
    json_t *value = json_loadb((const char *)bytes.data, bytes.len, 0, NULL);
    assert_non_null(value);
    return value;
}

static json_t *at(json_t *value, size_t bay, const char *key)
{
    return json_object_get(json_array_get(json_object_get(value, "bays"), bay), key);
}

static void a_result_stands_until_the_next_unit_has_one(void **state)
{
    static np_board board;
    (void)state;
    np_board_begin(&board, &config, NULL);
    np_station_event event = event_of(NP_STATION_RESULT, 1, NP_BAY_BUSY);
    event.result = NP_RESULT_FAIL;
    event.code = NP_EDEVICE_LOCK;
    np_board_take(&board, &event);
    event = event_of(NP_STATION_BAY, 1, NP_BAY_ABSENT);
    event.serial[0] = '\0';
    np_board_take(&board, &event);
    json_t *value = json_of(&board);
    assert_string_equal(json_string_value(at(value, 1, "state")), "absent");
    assert_string_equal(json_string_value(json_object_get(at(value, 1, "result"), "result")),
                        "FAIL");
    assert_string_equal(json_string_value(json_object_get(at(value, 1, "result"), "serial")),
                        "Straße \"1\"");
    assert_null(at(value, 0, "result"));
    assert_int_equal(json_integer_value(json_object_get(json_object_get(value, "counts"), "fail")),
                     1);
    assert_int_equal(json_integer_value(json_object_get(value, "first_pass_permille")), 0);
    assert_string_equal(json_string_value(json_object_get(value, "station")), "st07");
    json_decref(value);
}

static void a_halt_is_shown_until_it_is_over(void **state)
{
    static np_board board;
    (void)state;
    np_board_begin(&board, &config, NULL);
    np_station_event event = event_of(NP_STATION_HALTED, NP_STATION_NO_BAY, NP_BAY_ABSENT);
    (void)snprintf(event.message, sizeof(event.message), "three in a row");
    np_board_take(&board, &event);
    json_t *value = json_of(&board);
    assert_true(json_is_true(json_object_get(value, "is_halted")));
    assert_string_equal(json_string_value(json_object_get(value, "message")), "three in a row");
    json_decref(value);
    event = event_of(NP_STATION_RESUMED, NP_STATION_NO_BAY, NP_BAY_ABSENT);
    np_board_take(&board, &event);
    value = json_of(&board);
    assert_false(json_is_true(json_object_get(value, "is_halted")));
    assert_null(json_object_get(value, "message"));
    json_decref(value);
}

/* A unit that is only confirmed was counted when it was made. */
static void what_is_confirmed_counts_once(void **state)
{
    static np_board board;
    (void)state;
    np_board_begin(&board, &config, NULL);
    np_station_event event = event_of(NP_STATION_RESULT, 0, NP_BAY_BUSY);
    event.result = NP_RESULT_PASS;
    event.action = NP_ACTION_MAKE;
    np_board_take(&board, &event);
    event.action = NP_ACTION_CONFIRM;
    np_board_take(&board, &event);
    assert_int_equal(board.report.all.results[NP_RESULT_PASS], 1);
}

/* The bays keep what they show; what was counted is of the shift before. */
static void the_next_shift_is_counted_from_nothing_on(void **state)
{
    static np_board board;
    (void)state;
    np_board_begin(&board, &config, NULL);
    np_station_event event = event_of(NP_STATION_RESULT, 0, NP_BAY_DONE);
    event.result = NP_RESULT_FAIL;
    event.attempt = 1;
    np_board_take(&board, &event);
    np_board_begin_shift(&board, (np_shift){NOW, NOW + 3600});
    json_t *value = json_of(&board);
    const json_t *counts = json_object_get(value, "counts");
    assert_int_equal(json_integer_value(json_object_get(counts, "fail")), 0);
    assert_int_equal(json_array_size(json_object_get(value, "failures")), 0);
    assert_int_equal(json_integer_value(json_object_get(value, "first_pass_permille")), 1000);
    const json_t *bay = json_array_get(json_object_get(value, "bays"), 0);
    assert_non_null(json_object_get(bay, "result"));
    json_decref(value);
    np_board_take(&board, &event);
    assert_int_equal(board.report.all.results[NP_RESULT_FAIL], 1);
    assert_int_equal(board.report.shift.to, NOW + 3600);
}

static void an_event_is_one_line_of_json(void **state)
{
    uint8_t text[NP_STATION_EVENT_JSON_MAX];
    np_writer writer = np_writer_of(text, sizeof(text));
    np_station_event event = event_of(NP_STATION_STEP, 0, NP_BAY_BUSY);
    (void)state;
    (void)snprintf(event.step, sizeof(event.step), "lock-data");
    (void)snprintf(event.message, sizeof(event.message), "a\nb");
    (void)snprintf(event.hint, sizeof(event.hint), "\xff");
    np_station_event_write(&event, &writer);
    np_bytes bytes = np_writer_bytes(&writer);
    assert_true(record_json_is_value(bytes));
    static const char expected[] =
        "{\"bay\":\"1\",\"event\":\"step\",\"message\":\"a\\nb\",\"number\":9,"
        "\"serial\":\"Straße \\\"1\\\"\",\"state\":\"busy\",\"step\":\"lock-data\","
        "\"time\":\"2026-11-20T09:00:00.005Z\"}";
    assert_int_equal(bytes.len, strlen(expected));
    assert_memory_equal(bytes.data, expected, bytes.len);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_shift_is_counted),
        cmocka_unit_test(only_what_was_finished_in_the_time),
        cmocka_unit_test(a_result_stands_until_the_next_unit_has_one),
        cmocka_unit_test(a_halt_is_shown_until_it_is_over),
        cmocka_unit_test(what_is_confirmed_counts_once),
        cmocka_unit_test(the_next_shift_is_counted_from_nothing_on),
        cmocka_unit_test(an_event_is_one_line_of_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
