/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bay at work: it looks whether something is there, takes a unit through its steps
 * (station/unit.h), and tells. One thread a bay; what it shares with others are the line's orders
 * and the recorder. Inside the room.
 */
#pragma once

#include "station/line.h"
#include "station/recorder.h"

/* What came while a label was waited for. */
typedef enum station_heard {
    STATION_HEARD_SCAN,
    STATION_HEARD_AGAIN, /* it is to be printed once more */
    STATION_HEARD_END,   /* the line ends */
} station_heard;

/* What a bay sees of the line. */
typedef struct station_shared {
    const np_line_options *options;
    station_recorder *recorder;
    const np_signing *signing;      /* one at a time, if it has to be */
    pthread_mutex_t label_mutex;    /* one printer */
    pthread_mutex_t registry_mutex; /* one connection */
    void (*tell)(void *self, np_station_event *event);
    /* Waits until there is something to do, at most wait_ms; false: the bay is to end. */
    bool (*wait)(void *self, unsigned bay, unsigned wait_ms);
    /* What was scanned for this bay; empty: nothing. */
    void (*scanned)(void *self, unsigned bay, char ret[static NP_UNIT_SERIAL_SIZE]);
    /* From here on a label that says this is to be scanned for the bay; and what came. */
    void (*ask_label)(void *self, unsigned bay, const char *label);
    station_heard (*await_label)(void *self, unsigned bay, char ret[static NP_LABEL_TEXT_SIZE]);
    /* May a unit begin? It is counted then. */
    bool (*may_begin)(void *self, unsigned bay);
    /* Is the unit there to be begun anew? */
    bool (*is_again)(void *self, unsigned bay);
    void (*set_state)(void *self, unsigned bay, np_bay_state state);
    /* A unit has its result: counted, then told. */
    void (*ended)(void *self, np_station_event *event);
    void *self;
} station_shared;

typedef struct station_bay station_bay;

/* NULL: no memory. */
station_bay *station_bay_new(station_shared *shared, unsigned index);
void station_bay_free(station_bay *bay);

/* The thread: until it is to end. */
void station_bay_run(station_bay *bay);
