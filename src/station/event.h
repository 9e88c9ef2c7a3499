/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happens at a station, for whoever wants to know: the operator's screen, a test executive, a
 * log. Events are told in their order, by one thread. doc/station.md has their JSON, whose keys are
 * stable.
 */
#pragma once

#include "station/ledger.h"

typedef enum np_bay_state {
    NP_BAY_ABSENT,  /* nothing is in the bay, or its port is not there */
    NP_BAY_WAITING, /* a unit is there, and its serial is to be scanned */
    NP_BAY_BUSY,    /* being worked on */
    NP_BAY_LABEL,   /* the unit's label is printed, and is to be scanned */
    NP_BAY_DONE,    /* the unit has its result and is still there */
    NP_BAY_TROUBLE, /* the bay cannot be looked at */
    NP_BAY_STATE_COUNT
} np_bay_state;

/* "absent", "waiting", "busy", "label", "done", "trouble" */
const char *np_bay_state_name(np_bay_state state);

typedef enum np_station_event_kind {
    NP_STATION_STARTED,
    NP_STATION_BAY,    /* its state has changed */
    NP_STATION_STEP,   /* a unit goes on */
    NP_STATION_RESULT, /* a unit has its result; it stands until the next one in this bay */
    NP_STATION_HALTED, /* too many station faults: no unit begins until somebody says so */
    NP_STATION_RESUMED,
    NP_STATION_SYNCED,
    NP_STATION_TROUBLE, /* something beside the units; message says what */
    NP_STATION_STOPPED,
    NP_STATION_EVENT_COUNT
} np_station_event_kind;

/* "started", "bay", "step", ... */
const char *np_station_event_name(np_station_event_kind kind);

enum { NP_STATION_NO_BAY = -1, NP_STATION_STEP_SIZE = 32 };

typedef struct np_station_event {
    np_station_event_kind kind;
    uint64_t number;  /* from 1 on, without gaps */
    int64_t time_ms;  /* since 1970 */
    int bay;          /* index in the configuration; NP_STATION_NO_BAY */
    const char *name; /* the bay's; NULL: none */
    np_bay_state state;
    char serial[NP_UNIT_SERIAL_SIZE]; /* empty texts: not known */
    char uid[NP_LEDGER_UID_SIZE];
    char step[NP_STATION_STEP_SIZE]; /* "look" ...; while a plan is applied its own: "lock-data" */
    np_result result;
    np_unit_action action; /* of a result */
    np_code code;
    unsigned attempt;
    uint64_t duration_ms; /* of a result */
    char fingerprint[2 * NP_SHA256_SIZE + 1];
    char message[NP_ERROR_MESSAGE_SIZE];
    char hint[NP_ERROR_HINT_SIZE];
} np_station_event;

typedef struct np_station_listener {
    void (*tell)(void *self, const np_station_event *event);
    void *self;
} np_station_listener;

enum { NP_STATION_EVENT_JSON_MAX = 4096 };

/* One object in canonical form, without a line feed. */
void np_station_event_write(const np_station_event *event, np_writer *writer);
