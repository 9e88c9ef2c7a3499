/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The caller's thread reads and hands out; workers make whole batches, so that nobody waits for a
 * lock at each unit. Batches stand in a ring: the reader fills the next one when it is free, else
 * it waits for the oldest and hands that out. Memory is the ring's, whatever the input.
 */
#include "signer/issue.h"

#include "signer/issue_internal.h"
#include "signer/seen.h"
#include "x509/name.h"
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>

enum {
    BATCH = 64,       /* one millisecond of signing; not tuned */
    BATCHES_MORE = 2, /* than workers: one being read, one being handed out */
};

/* Not every unit has the last one. */
enum { SEEN_SERIAL, SEEN_KEY, SEEN_COMMON_NAME, SEEN_KINDS };

typedef enum batch_state { BATCH_FREE, BATCH_FILLED, BATCH_TAKEN, BATCH_DONE } batch_state;

typedef struct batch {
    batch_state state;
    size_t count;
    np_code code; /* of the first unit that could not be made */
    np_error error;
    np_issue_unit units[BATCH];
} batch;

typedef struct run run;

typedef struct thread {
    run *of;
    issue_worker worker;
    pthread_t id;
    bool is_started;
} thread;

struct run {
    const np_issue *issue;
    np_issue_counts *counts;
    np_seen seen;
    batch *batches; /* a ring */
    size_t batch_count;
    uint64_t filled;     /* batches so far */
    uint64_t handed_out; /* the same */
    bool is_at_end;      /* the source has no more */
    pthread_mutex_t lock;
    pthread_cond_t has_work;
    pthread_cond_t has_result;
    uint64_t taken; /* by workers; these two under the lock */
    bool is_over;
    thread threads[NP_ISSUE_WORKERS_MAX];
};

static batch *batch_at(run *on, uint64_t number)
{
    return &on->batches[number % on->batch_count];
}

static void make_batch(const issue_worker *worker, batch *of)
{
    of->code = NP_OK;
    for (size_t i = 0; i < of->count && of->code == NP_OK; i++) {
        of->code = issue_make(worker, &of->units[i], &of->error);
    }
}

/* The next batch that is to be made; NULL when the run is over. */
static batch *take_batch(run *on)
{
    batch *taken = NULL;
    pthread_mutex_lock(&on->lock);
    while (!on->is_over && batch_at(on, on->taken)->state != BATCH_FILLED) {
        pthread_cond_wait(&on->has_work, &on->lock);
    }
    if (!on->is_over) {
        taken = batch_at(on, on->taken++);
        taken->state = BATCH_TAKEN;
    }
    pthread_mutex_unlock(&on->lock);
    return taken;
}

static void set_state(run *on, batch *of, batch_state state, pthread_cond_t *who)
{
    pthread_mutex_lock(&on->lock);
    of->state = state;
    pthread_cond_signal(who);
    pthread_mutex_unlock(&on->lock);
}

static void *work(void *self)
{
    thread *own = self;
    batch *taken;
    while ((taken = take_batch(own->of)) != NULL) {
        make_batch(&own->worker, taken);
        set_state(own->of, taken, BATCH_DONE, &own->of->has_result);
    }
    return NULL;
}

static np_code fill_unit(run *on, np_issue_unit *unit, np_error *err)
{
    memset(unit, 0, offsetof(np_issue_unit, certificate_serial));
    return on->issue->source(on->issue->self, unit, &on->is_at_end, err);
}

/* At once for all: a call to the generator costs as much for one. */
static np_code draw_serials(const run *on, batch *of, np_error *err)
{
    uint8_t serials[BATCH][NP_LEAF_SERIAL_MAX];
    NP_TRY(on->issue->random.fill(on->issue->random.self, serials[0], sizeof(serials), err));
    for (size_t i = 0; i < of->count; i++) {
        memcpy(of->units[i].certificate_serial, serials[i], sizeof(serials[i]));
        np_leaf_shape_serial(of->units[i].certificate_serial);
    }
    return NP_OK;
}

static np_code fill_batch(run *on, batch *of, np_error *err)
{
    for (of->count = 0; of->count < BATCH && !on->is_at_end;) {
        NP_TRY(fill_unit(on, &of->units[of->count], err));
        of->count += on->is_at_end ? 0 : 1;
    }
    on->filled++;
    return draw_serials(on, of, err);
}

/* What each kind is called. */
static const char *const seen_names[SEEN_KINDS] = {
    [SEEN_SERIAL] = "serial", [SEEN_KEY] = "public key", [SEEN_COMMON_NAME] = "common name"};

/* Refuses the unit when one that was handed out has something of it; else remembers it. */
static np_code refuse_duplicate(run *on, np_issue_unit *unit, np_error *err)
{
    uint64_t marks[SEEN_KINDS];
    np_bytes texts[SEEN_KINDS] = {
        [SEEN_SERIAL] = {unit->serial, unit->serial_len}, [SEEN_KEY] = NP_BYTES(unit->public_key)};
    size_t count =
        np_name_find(np_bytes_of(unit->subject, unit->subject_len), "CN", &texts[SEEN_COMMON_NAME])
            ? SEEN_KINDS
            : SEEN_COMMON_NAME;
    for (size_t i = 0; i < count; i++) {
        marks[i] = np_seen_mark((uint8_t)i, texts[i]);
        if (np_seen_has(&on->seen, marks[i])) {
            np_issue_refuse(unit, "duplicate: a unit before has this %s", seen_names[i]);
            unit->der_len = 0;
            return NP_OK;
        }
    }
    for (size_t i = 0; i < count; i++) {
        NP_TRY(np_seen_add(&on->seen, marks[i], err));
    }
    return NP_OK;
}

/* The one place where a certificate leaves. */
static np_code hand_out(run *on, np_issue_unit *unit, np_error *err)
{
    if (!unit->is_refused) {
        NP_TRY(refuse_duplicate(on, unit, err));
    }
    NP_TRY(on->issue->sink(on->issue->self, unit, err));
    on->counts->issued += unit->is_refused ? 0 : 1;
    on->counts->refused += unit->is_refused ? 1 : 0;
    return NP_OK;
}

static np_code hand_out_batch(run *on, batch *of, np_error *err)
{
    on->handed_out++;
    if (of->code != NP_OK) {
        if (err != NULL) {
            *err = of->error;
        }
        return of->code;
    }
    for (size_t i = 0; i < of->count; i++) {
        NP_TRY(hand_out(on, &of->units[i], err));
    }
    return NP_OK;
}

static np_code wait_for_oldest(run *on, np_error *err)
{
    batch *oldest = batch_at(on, on->handed_out);
    pthread_mutex_lock(&on->lock);
    while (oldest->state != BATCH_DONE) {
        pthread_cond_wait(&on->has_result, &on->lock);
    }
    oldest->state = BATCH_FREE;
    pthread_mutex_unlock(&on->lock);
    return hand_out_batch(on, oldest, err);
}

static np_code run_alone(run *on, np_error *err)
{
    while (!on->is_at_end) {
        NP_TRY(fill_batch(on, on->batches, err));
        make_batch(&on->threads[0].worker, on->batches);
        NP_TRY(hand_out_batch(on, on->batches, err));
    }
    return NP_OK;
}

static np_code run_with_workers(run *on, np_error *err)
{
    while (!on->is_at_end || on->handed_out < on->filled) {
        if (on->is_at_end || on->filled - on->handed_out == on->batch_count) {
            NP_TRY(wait_for_oldest(on, err));
            continue;
        }
        batch *next = batch_at(on, on->filled);
        NP_TRY(fill_batch(on, next, err));
        set_state(on, next, BATCH_FILLED, &on->has_work);
    }
    return NP_OK;
}

static np_code prepare(run *on, np_error *err)
{
    const np_issue *issue = on->issue;
    on->batch_count = issue->workers == 1 ? 1 : issue->workers + BATCHES_MORE;
    on->batches = calloc(on->batch_count, sizeof(*on->batches));
    if (on->batches == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for %u workers", issue->workers);
    }
    for (unsigned i = 0; i < issue->workers; i++) {
        on->threads[i].of = on;
        on->threads[i].worker =
            (issue_worker){.template = issue->template, .signing = &issue->signing[i]};
        NP_TRY(np_p256_verifier_create(&on->threads[i].worker.verifier, err));
    }
    return NP_OK;
}

static np_code start(run *on, np_error *err)
{
    for (unsigned i = 0; i < on->issue->workers && on->issue->workers > 1; i++) {
        if (pthread_create(&on->threads[i].id, NULL, work, &on->threads[i]) != 0) {
            return np_error_set(err, NP_ESTATION_MEMORY, "worker %u cannot be started", i + 1);
        }
        on->threads[i].is_started = true;
    }
    return NP_OK;
}

static void finish(run *on)
{
    pthread_mutex_lock(&on->lock);
    on->is_over = true;
    pthread_cond_broadcast(&on->has_work);
    pthread_mutex_unlock(&on->lock);
    for (unsigned i = 0; i < on->issue->workers; i++) {
        if (on->threads[i].is_started) {
            pthread_join(on->threads[i].id, NULL);
        }
        np_p256_verifier_free(on->threads[i].worker.verifier);
    }
    pthread_mutex_destroy(&on->lock);
    pthread_cond_destroy(&on->has_work);
    pthread_cond_destroy(&on->has_result);
    np_seen_clear(&on->seen);
    free(on->batches);
}

np_code np_issue_run(const np_issue *issue, np_issue_counts *ret_counts, np_error *err)
{
    *ret_counts = (np_issue_counts){0};
    if (issue->workers < 1 || issue->workers > NP_ISSUE_WORKERS_MAX) {
        return np_error_set(err, NP_EUSAGE, "there can be 1 to %d workers", NP_ISSUE_WORKERS_MAX);
    }
    run on = {.issue = issue,
              .counts = ret_counts,
              .lock = PTHREAD_MUTEX_INITIALIZER,
              .has_work = PTHREAD_COND_INITIALIZER,
              .has_result = PTHREAD_COND_INITIALIZER};
    np_code code = prepare(&on, err);
    if (code == NP_OK) {
        code = start(&on, err);
    }
    if (code == NP_OK) {
        code = issue->workers == 1 ? run_alone(&on, err) : run_with_workers(&on, err);
    }
    finish(&on);
    return code;
}
