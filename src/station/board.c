/* SPDX-License-Identifier: Apache-2.0 */
#include "station/board.h"

#include "base/format.h"
#include "base/utf8.h"
#include "record/json.h"

void np_board_begin(np_board *board, const np_station_config *config, const np_report *report)
{
    *board = (np_board){.config = config};
    if (report != NULL) {
        board->report = *report;
    }
}

void np_board_begin_shift(np_board *board, np_shift shift)
{
    np_report_begin(&board->report, shift);
}

/* Taking events */

static void count_failure(np_report *report, const char *name)
{
    for (size_t i = 0; i < report->failure_count; i++) {
        if (strcmp(report->failures[i].name, name) == 0) {
            report->failures[i].count++;
            return;
        }
    }
    if (report->failure_count < NP_REPORT_FAILURES_MAX) {
        np_report_failure *failure = &report->failures[report->failure_count++];
        np_format(failure->name, sizeof(failure->name), "%s", name);
        failure->count = 1;
    }
}

static void take_result(np_board *board, np_board_bay *bay, const np_station_event *event)
{
    np_report_tally *tally = &board->report.all;
    bool is_confirmed = event->action == NP_ACTION_CONFIRM && event->result == NP_RESULT_PASS;
    bay->result = *event;
    bay->step[0] = '\0';
    if (is_confirmed) {
        return; /* it was counted when it was made */
    }
    tally->results[event->result]++;
    bool is_first =
        event->attempt == 1 && (event->result == NP_RESULT_PASS || event->result == NP_RESULT_FAIL);
    tally->first_tries += is_first ? 1 : 0;
    tally->first_passes += is_first && event->result == NP_RESULT_PASS ? 1 : 0;
    if (event->result != NP_RESULT_PASS) {
        count_failure(&board->report, np_code_name(event->code));
        np_report_sort(&board->report);
    }
}

static void take_of_bay(np_board *board, np_board_bay *bay, const np_station_event *event)
{
    bay->state = event->state;
    memcpy(bay->serial, event->serial, sizeof(bay->serial));
    memcpy(bay->uid, event->uid, sizeof(bay->uid));
    if (event->kind == NP_STATION_BAY) {
        memcpy(bay->message, event->message, sizeof(bay->message));
    }
    if (event->kind == NP_STATION_STEP) {
        memcpy(bay->step, event->step, sizeof(bay->step));
    }
    if (event->kind == NP_STATION_RESULT) {
        take_result(board, bay, event);
    }
}

void np_board_take(np_board *board, const np_station_event *event)
{
    board->number = event->number;
    board->time_ms = event->time_ms;
    if (event->bay >= 0 && event->bay < NP_STATION_BAYS_MAX) {
        take_of_bay(board, &board->bays[event->bay], event);
    }
    bool is_halt = event->kind == NP_STATION_HALTED;
    if (is_halt || event->kind == NP_STATION_RESUMED) {
        board->is_halted = is_halt;
    }
    if (is_halt || event->kind == NP_STATION_RESUMED || event->kind == NP_STATION_TROUBLE) {
        memcpy(board->message, event->message, sizeof(board->message));
    }
}

/* Writing: members in the order of their names. */

static void put_text(np_writer *writer, const char *name, const char *text)
{
    np_bytes bytes = np_bytes_text(text);
    if (bytes.len > 0 && np_is_utf8(bytes)) {
        record_json_write_name(writer, name);
        record_json_write_text(writer, bytes);
    }
}

static void put_number(np_writer *writer, const char *name, uint64_t number)
{
    record_json_write_name(writer, name);
    record_json_write_number(writer, number);
}

static void put_bay(np_writer *writer, const np_station_bay *config, const np_board_bay *bay)
{
    np_write_u8(writer, '{');
    put_text(writer, "message", bay->message);
    put_text(writer, "name", config->name);
    if (bay->result.kind == NP_STATION_RESULT) {
        record_json_write_name(writer, "result");
        np_station_event_write(&bay->result, writer);
    }
    put_text(writer, "serial", bay->serial);
    put_text(writer, "state", np_bay_state_name(bay->state));
    put_text(writer, "step", bay->step);
    put_text(writer, "uid", bay->uid);
    np_write_u8(writer, '}');
}

static void put_bays(np_writer *writer, const np_board *board)
{
    record_json_write_name(writer, "bays");
    np_write_u8(writer, '[');
    for (size_t i = 0; i < board->config->bay_count; i++) {
        np_write_text(writer, i == 0 ? "" : ",");
        put_bay(writer, &board->config->bays[i], &board->bays[i]);
    }
    np_write_u8(writer, ']');
}

static void put_counts(np_writer *writer, const np_report_tally *tally)
{
    static const np_result by_name[] = {NP_RESULT_FAIL, NP_RESULT_PASS, NP_RESULT_POLICY,
                                        NP_RESULT_STATION};
    record_json_write_name(writer, "counts");
    np_write_u8(writer, '{');
    for (size_t i = 0; i < NP_COUNT_OF(by_name); i++) {
        put_number(writer, np_result_word(by_name[i]), tally->results[by_name[i]]);
    }
    np_write_u8(writer, '}');
}

static void put_failures(np_writer *writer, const np_report *report)
{
    record_json_write_name(writer, "failures");
    np_write_u8(writer, '[');
    for (size_t i = 0; i < report->failure_count; i++) {
        np_write_text(writer, i == 0 ? "{" : ",{");
        put_text(writer, "code", report->failures[i].name);
        put_number(writer, "count", report->failures[i].count);
        np_write_u8(writer, '}');
    }
    np_write_u8(writer, ']');
}

void np_board_write(const np_board *board, np_writer *writer)
{
    np_write_u8(writer, '{');
    put_bays(writer, board);
    put_counts(writer, &board->report.all);
    put_failures(writer, &board->report);
    put_number(writer, "first_pass_permille", np_report_first_pass_yield(&board->report.all));
    record_json_write_name(writer, "is_halted");
    np_write_text(writer, board->is_halted ? "true" : "false");
    put_text(writer, "message", board->message);
    put_number(writer, "number", board->number);
    put_text(writer, "product", board->config->product.name);
    put_text(writer, "station", board->config->name);
    np_write_u8(writer, '}');
}
