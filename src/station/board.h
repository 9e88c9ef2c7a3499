/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state of a line at a moment, as an operator's screen shows it: made of events one after the
 * other, and written as one JSON document. A bay's last result stands until its next unit begins.
 * Pure.
 */
#pragma once

#include "station/event.h"
#include "station/report.h"

typedef struct np_board_bay {
    np_bay_state state;
    char serial[NP_UNIT_SERIAL_SIZE]; /* of the unit in work; else of the last one */
    char uid[NP_LEDGER_UID_SIZE];
    char step[NP_STATION_STEP_SIZE];
    char message[NP_ERROR_MESSAGE_SIZE]; /* of a bay in trouble: why */
    np_station_event result; /* the last one, which stands; kind is RESULT if there is one */
} np_board_bay;

typedef struct np_board {
    const np_station_config *config; /* borrowed */
    uint64_t number;                 /* of the last event */
    int64_t time_ms;
    bool is_halted;
    char message[NP_ERROR_MESSAGE_SIZE]; /* of a halt, or of the last trouble */
    np_report report;                    /* of the shift that goes on: counts, yield, failures */
    np_board_bay bays[NP_STATION_BAYS_MAX];
} np_board;

/* report: what the record tells of the shift so far; NULL: nothing. */
void np_board_begin(np_board *board, const np_station_config *config, const np_report *report);

/* Whoever has a clock says when the next shift has begun: it is counted from nothing on. */
void np_board_begin_shift(np_board *board, np_shift shift);

void np_board_take(np_board *board, const np_station_event *event);

enum { NP_BOARD_JSON_MAX = 256 * 1024 };

/* One object in canonical form. */
void np_board_write(const np_board *board, np_writer *writer);
