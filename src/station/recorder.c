/* SPDX-License-Identifier: Apache-2.0 */
#include "station/recorder.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

struct station_recorder {
    station_recorder_options options;
    pthread_t thread;
    pthread_mutex_t mutex; /* of the queue and of the jobs' states */
    pthread_cond_t work;   /* something waits, or the end has come */
    pthread_cond_t done;   /* jobs have changed their state */
    station_job *first;
    station_job **last;
    bool is_stopping;
    np_code broken; /* after an error of the disk nothing is believed */
    np_error error;
};

/* What each task is */

static np_code look(np_ledger *ledger, station_job *job)
{
    return np_ledger_look(ledger, job->bay, job->serial, job->uid, &job->view, &job->err);
}

static np_code claim(np_ledger *ledger, station_job *job)
{
    return np_ledger_claim(ledger, job->bay, job->name, job->now, &job->err);
}

static np_code issue(np_ledger *ledger, station_job *job)
{
    return np_ledger_issue(ledger, job->bay, job->der, &job->err);
}

static np_code label(np_ledger *ledger, station_job *job)
{
    return np_ledger_label(ledger, job->bay, job->label, &job->err);
}

static np_code end(np_ledger *ledger, station_job *job)
{
    np_code code = np_ledger_end(ledger, job->bay, job->end, &job->err);
    job->units = np_ledger_position(ledger)->units;
    job->head = np_ledger_position(ledger)->head;
    return code;
}

static np_code leave(np_ledger *ledger, station_job *job)
{
    np_ledger_leave(ledger, job->bay);
    return NP_OK;
}

static np_code (*const tasks[STATION_TASK_COUNT])(np_ledger *, station_job *) = {
    [STATION_TASK_LOOK] = look,   [STATION_TASK_CLAIM] = claim, [STATION_TASK_ISSUE] = issue,
    [STATION_TASK_LABEL] = label, [STATION_TASK_END] = end,     [STATION_TASK_LEAVE] = leave,
};

/* The thread */

static void tell_state(station_recorder *recorder, station_job *jobs, station_job_state state)
{
    pthread_mutex_lock(&recorder->mutex);
    for (station_job *job = jobs; job != NULL;) {
        station_job *next = job->next; /* a durable job is the bay's again at once */
        job->state = state;
        job = next;
    }
    pthread_cond_broadcast(&recorder->done);
    pthread_mutex_unlock(&recorder->mutex);
}

static void give_up(station_recorder *recorder, np_code code, station_job *jobs)
{
    recorder->broken = code;
    pthread_mutex_lock(&recorder->mutex); /* who waits for a decision reads them */
    for (station_job *job = jobs; job != NULL; job = job->next) {
        if (job->code == NP_OK) {
            job->code = code;
            job->err = recorder->error;
        }
    }
    pthread_mutex_unlock(&recorder->mutex);
}

/* Of a group everything is decided before the disk is asked. */
static void serve(station_recorder *recorder, station_job *jobs)
{
    np_ledger *ledger = recorder->options.ledger;
    for (station_job *job = jobs; job != NULL; job = job->next) {
        job->code = recorder->broken;
        job->err = recorder->error;
        if (job->code == NP_OK) {
            job->code = tasks[job->task](ledger, job);
        }
    }
    tell_state(recorder, jobs, STATION_JOB_DONE);
    if (recorder->broken == NP_OK) {
        np_code code = np_ledger_commit(ledger, &recorder->error);
        if (code != NP_OK) {
            give_up(recorder, code, jobs);
        }
    }
    tell_state(recorder, jobs, STATION_JOB_DURABLE);
}

static void seal(station_recorder *recorder)
{
    const station_recorder_options *options = &recorder->options;
    if (recorder->broken == NP_OK && np_ledger_unsigned(options->ledger) > 0) {
        np_code code =
            np_ledger_seal(options->ledger, options->now(options->self), &recorder->error);
        if (code != NP_OK) {
            give_up(recorder, code, NULL);
        }
    }
}

static struct timespec time_after_ms(unsigned ms)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    time.tv_sec += ms / 1000;
    time.tv_nsec += (long)(ms % 1000) * 1000000;
    time.tv_sec += time.tv_nsec / 1000000000;
    time.tv_nsec %= 1000000000;
    return time;
}

/* All that waits; NULL: nothing has come, and it is time to sign or to end. */
static station_job *take(station_recorder *recorder, bool has_unsigned, bool *ret_is_stopping)
{
    struct timespec until = time_after_ms(recorder->options.seal_ms);
    int waited = 0;
    pthread_mutex_lock(&recorder->mutex);
    while (recorder->first == NULL && !recorder->is_stopping && waited == 0) {
        waited = has_unsigned ? pthread_cond_timedwait(&recorder->work, &recorder->mutex, &until)
                              : pthread_cond_wait(&recorder->work, &recorder->mutex);
    }
    station_job *jobs = recorder->first;
    recorder->first = NULL;
    recorder->last = &recorder->first;
    *ret_is_stopping = recorder->is_stopping;
    pthread_mutex_unlock(&recorder->mutex);
    return jobs;
}

static void *run(void *self)
{
    station_recorder *recorder = self;
    const station_recorder_options *options = &recorder->options;
    bool is_stopping = false;
    for (;;) {
        uint64_t lines = recorder->broken == NP_OK ? np_ledger_unsigned(options->ledger) : 0;
        station_job *jobs = take(recorder, lines > 0, &is_stopping);
        if (jobs != NULL) {
            serve(recorder, jobs);
        }
        if (jobs == NULL || lines >= options->seal_units) {
            seal(recorder);
        }
        if (jobs == NULL && is_stopping) {
            return NULL;
        }
    }
}

/* The bays' side */

np_code station_recorder_start(const station_recorder_options *options, station_recorder **ret,
                               np_error *err)
{
    pthread_condattr_t attributes;
    station_recorder *recorder = calloc(1, sizeof(*recorder));
    *ret = NULL;
    if (recorder == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for the recorder");
    }
    recorder->options = *options;
    recorder->last = &recorder->first;
    pthread_mutex_init(&recorder->mutex, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&recorder->work, &attributes);
    pthread_cond_init(&recorder->done, &attributes);
    pthread_condattr_destroy(&attributes);
    int number = pthread_create(&recorder->thread, NULL, run, recorder);
    if (number != 0) {
        free(recorder);
        return np_error_set_sub(err, NP_ESTATION_IO, number, "no thread for the recorder: %s",
                                strerror(number));
    }
    *ret = recorder;
    return NP_OK;
}

void station_recorder_post(station_recorder *recorder, station_job *job)
{
    pthread_mutex_lock(&recorder->mutex);
    job->next = NULL;
    job->state = STATION_JOB_WAITING;
    *recorder->last = job;
    recorder->last = &job->next;
    pthread_cond_signal(&recorder->work);
    pthread_mutex_unlock(&recorder->mutex);
}

np_code station_recorder_wait(station_recorder *recorder, station_job *job, station_job_state state,
                              np_error *err)
{
    pthread_mutex_lock(&recorder->mutex);
    while (job->state != STATION_JOB_IDLE && job->state < state) {
        pthread_cond_wait(&recorder->done, &recorder->mutex);
    }
    bool is_idle = job->state == STATION_JOB_IDLE;
    np_code code = is_idle ? NP_OK : job->code;
    if (code != NP_OK && err != NULL) {
        *err = job->err;
    }
    pthread_mutex_unlock(&recorder->mutex);
    return code;
}

np_code station_recorder_do(station_recorder *recorder, station_job *job, station_job_state state,
                            np_error *err)
{
    station_recorder_post(recorder, job);
    return station_recorder_wait(recorder, job, state, err);
}

np_code station_recorder_stop(station_recorder *recorder, np_error *err)
{
    if (recorder == NULL) {
        return NP_OK;
    }
    pthread_mutex_lock(&recorder->mutex);
    recorder->is_stopping = true;
    pthread_cond_signal(&recorder->work);
    pthread_mutex_unlock(&recorder->mutex);
    pthread_join(recorder->thread, NULL);
    np_code code = recorder->broken;
    if (code != NP_OK && err != NULL) {
        *err = recorder->error;
    }
    pthread_cond_destroy(&recorder->work);
    pthread_cond_destroy(&recorder->done);
    pthread_mutex_destroy(&recorder->mutex);
    free(recorder);
    return code;
}
