/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one thread that writes: bays hand it what they want of the ledger, it does all that waits,
 * syncs once, and tells them. So no bay ever syncs, and many share the time that a disk takes. It
 * has the station sign when there is nothing else to do. Inside the room.
 */
#pragma once

#include "station/ledger.h"
#include <pthread.h>

typedef enum station_task {
    STATION_TASK_LOOK,
    STATION_TASK_CLAIM,
    STATION_TASK_ISSUE,
    STATION_TASK_LABEL,
    STATION_TASK_END,
    STATION_TASK_LEAVE,
    STATION_TASK_COUNT
} station_task;

typedef enum station_job_state {
    STATION_JOB_IDLE,
    STATION_JOB_WAITING,
    STATION_JOB_DONE,    /* decided */
    STATION_JOB_DURABLE, /* and on disk */
} station_job_state;

/* What a bay wants; it and what it points to stay the recorder's until they are durable. */
typedef struct station_job {
    station_task task;
    unsigned bay;
    np_bytes serial; /* LOOK */
    np_bytes uid;    /* LOOK */
    np_bytes name;   /* CLAIM: the bay's */
    int64_t now;     /* CLAIM */
    np_bytes der;    /* ISSUE */
    np_bytes label;  /* LABEL */
    const np_ledger_end_of *end;
    np_ledger_view view; /* of LOOK */
    uint64_t units;      /* of END: where the record stood then */
    np_record_hash head;
    np_code code;
    np_error err;
    station_job_state state; /* the recorder's */
    struct station_job *next;
} station_job;

typedef struct station_recorder station_recorder;

typedef struct station_recorder_options {
    np_ledger *ledger; /* borrowed: nobody else touches it meanwhile */
    int64_t (*now)(void *self);
    void *self;
    uint64_t seal_units; /* the station signs when so many lines are not signed */
    unsigned seal_ms;    /* or when nothing has come for so long */
} station_recorder_options;

/* NP_ESTATION_MEMORY, NP_ESTATION_IO when there can be no thread. */
NP_MUST_USE np_code station_recorder_start(const station_recorder_options *options,
                                           station_recorder **ret, np_error *err);

/* A job that is idle or durable. Returns at once. */
void station_recorder_post(station_recorder *recorder, station_job *job);

/* Waits until it is decided, or durable; an idle job is. Returns its code, its error in err. */
NP_MUST_USE np_code station_recorder_wait(station_recorder *recorder, station_job *job,
                                          station_job_state state, np_error *err);

/* Post and wait. */
NP_MUST_USE np_code station_recorder_do(station_recorder *recorder, station_job *job,
                                        station_job_state state, np_error *err);

/* Does what waits, signs, ends the thread. Accepts NULL. The error is the first of the disk's. */
NP_MUST_USE np_code station_recorder_stop(station_recorder *recorder, np_error *err);
