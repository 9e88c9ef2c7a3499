/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Groups stand in a ring. The caller's thread reads them, asks the parts, and hands them out; every
 * thread, the caller's as well when it has nothing else to do, takes a few units at a time of
 * whatever group has work. So nobody waits for a lock at each unit, a short list keeps all
 * workers busy, and memory is the ring's, whatever the input.
 */
#include "signer/issue.h"

#include "signer/issue_internal.h"
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>

enum {
    SLICE = 8, /* units that a worker takes at once, a tenth of a millisecond; not tuned */
    RING = 4,  /* groups: being read, checked, signed, handed out */
};

typedef enum batch_phase {
    PHASE_CHECK,   /* has work for workers */
    PHASE_CHECKED, /* the parts are to be asked */
    PHASE_SIGN,    /* has work */
    PHASE_SIGNED   /* to be handed out */
} batch_phase;

typedef struct batch {
    np_issue_group group;
    /* the rest under the lock */
    batch_phase phase;
    size_t taken; /* units, by workers, in this phase */
    size_t done;
    np_code code; /* of a unit that could not be made */
    np_error error;
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
    batch ring[RING];
    np_issue_unit *units; /* of the whole ring */
    uint64_t reserved;    /* groups so far that the parts were asked about */
    uint64_t handed_out;
    np_code code; /* why nothing more is read and reserved */
    np_error error;
    bool is_at_end; /* the source has no more */
    pthread_mutex_t lock;
    pthread_cond_t has_work;
    pthread_cond_t has_result;
    uint64_t filled; /* groups so far; these two under the lock */
    bool is_over;
    thread threads[NP_ISSUE_WORKERS_MAX];
};

/* What a worker does with a unit in a phase that has work. */
typedef np_code (*unit_work)(const issue_worker *worker, np_issue_unit *unit, np_error *err);

typedef struct slice {
    batch *of; /* NULL: there is nothing to do */
    unit_work work;
    size_t first;
    size_t count;
} slice;

static batch *batch_at(run *on, uint64_t number)
{
    return &on->ring[number % RING];
}

static slice take_of(batch *from, batch_phase wanted, unit_work work)
{
    size_t left = from->group.count - from->taken;
    slice taken = {.of = from, .work = work, .first = from->taken};
    if (from->phase != wanted || left == 0) {
        return (slice){.of = NULL};
    }
    taken.count = left < SLICE ? left : SLICE;
    from->taken += taken.count;
    return taken;
}

/* Under the lock: of the oldest group, and signing before checking, so that groups leave. */
static slice take_slice(run *on)
{
    slice taken = {.of = NULL};
    for (uint64_t i = on->handed_out; i < on->filled && taken.of == NULL; i++) {
        taken = take_of(batch_at(on, i), PHASE_SIGN, issue_sign);
    }
    for (uint64_t i = on->handed_out; i < on->filled && taken.of == NULL; i++) {
        taken = take_of(batch_at(on, i), PHASE_CHECK, issue_check);
    }
    return taken;
}

static np_code work_on(const issue_worker *worker, const slice *taken, np_error *err)
{
    for (size_t i = taken->first; i < taken->first + taken->count; i++) {
        np_issue_unit *unit = &taken->of->group.units[i];
        if (!unit->is_refused && !unit->is_recorded) {
            NP_TRY(taken->work(worker, unit, err));
        }
    }
    return NP_OK;
}

/* With the lock held before and after. */
static void do_slice(thread *own, const slice *taken)
{
    np_error err = {0};
    batch *of = taken->of;
    pthread_mutex_unlock(&own->of->lock);
    np_code code = work_on(&own->worker, taken, &err);
    pthread_mutex_lock(&own->of->lock);
    if (code != NP_OK) {
        of->code = code;
        of->error = err;
    }
    of->done += taken->count;
    if (of->done == of->group.count) {
        of->phase++;
        pthread_cond_signal(&own->of->has_result);
    }
}

static void *work(void *self)
{
    thread *own = self;
    pthread_mutex_lock(&own->of->lock);
    while (!own->of->is_over) {
        slice taken = take_slice(own->of);
        if (taken.of == NULL) {
            pthread_cond_wait(&own->of->has_work, &own->of->lock);
        } else {
            do_slice(own, &taken);
        }
    }
    pthread_mutex_unlock(&own->of->lock);
    return NULL;
}

/* The group is the workers' until it has passed the phase. */
static void post(run *on, batch *of, batch_phase phase)
{
    pthread_mutex_lock(&on->lock);
    of->phase = phase;
    of->taken = 0;
    of->done = 0;
    on->filled += phase == PHASE_CHECK ? 1 : 0;
    if (on->issue->workers > 1) {
        pthread_cond_broadcast(&on->has_work);
    }
    pthread_mutex_unlock(&on->lock);
}

static bool is_in(run *on, const batch *of, batch_phase phase)
{
    pthread_mutex_lock(&on->lock);
    bool is_it = of->phase == phase;
    pthread_mutex_unlock(&on->lock);
    return is_it;
}

/* Under the lock: is there something that only the caller's thread can do? */
static bool has_passed(run *on)
{
    return batch_at(on, on->handed_out)->phase == PHASE_SIGNED ||
           (on->reserved < on->filled && batch_at(on, on->reserved)->phase == PHASE_CHECKED);
}

/* Works on a slice, or waits until a group has passed its phase. */
static void help(run *on)
{
    pthread_mutex_lock(&on->lock);
    slice taken = take_slice(on);
    if (taken.of != NULL) {
        do_slice(&on->threads[0], &taken);
    } else if (!has_passed(on)) {
        pthread_cond_wait(&on->has_result, &on->lock);
    }
    pthread_mutex_unlock(&on->lock);
}

static np_code fill_unit(run *on, np_issue_unit *unit, np_error *err)
{
    memset(unit, 0, offsetof(np_issue_unit, certificate_serial));
    return on->issue->source(on->issue->self, unit, &on->is_at_end, err);
}

/* At once for many: a call to the generator costs as much for one. */
static np_code draw_serials(const run *on, np_issue_group *group, np_error *err)
{
    enum { DRAWN = 64 };
    uint8_t serials[DRAWN][NP_LEAF_SERIAL_MAX];
    for (size_t i = 0; i < group->count; i++) {
        if (i % DRAWN == 0) {
            NP_TRY(
                on->issue->random.fill(on->issue->random.self, serials[0], sizeof(serials), err));
        }
        memcpy(group->units[i].certificate_serial, serials[i % DRAWN], NP_LEAF_SERIAL_MAX);
        np_leaf_shape_serial(group->units[i].certificate_serial);
    }
    return NP_OK;
}

static np_code fill(run *on, np_error *err)
{
    batch *next = batch_at(on, on->filled);
    np_issue_group *group = &next->group;
    next->code = NP_OK;
    for (group->count = 0; group->count < on->issue->group && !on->is_at_end;) {
        NP_TRY(fill_unit(on, &group->units[group->count], err));
        group->count += on->is_at_end ? 0 : 1;
    }
    if (group->count == 0) {
        return NP_OK;
    }
    NP_TRY(draw_serials(on, group, err));
    post(on, next, PHASE_CHECK);
    return NP_OK;
}

static np_code reserve(run *on, batch *of, np_error *err)
{
    const np_issue *issue = on->issue;
    for (size_t i = 0; i < issue->part_count; i++) {
        const np_issue_part *part = &issue->parts[i];
        NP_TRY(part->reserve == NULL ? NP_OK : part->reserve(part->self, &of->group, err));
    }
    on->reserved++;
    post(on, of, PHASE_SIGN);
    return NP_OK;
}

static void count(run *on, const np_issue_group *group)
{
    for (size_t i = 0; i < group->count; i++) {
        const np_issue_unit *unit = &group->units[i];
        uint64_t *counted = unit->is_refused    ? &on->counts->refused
                            : unit->is_recorded ? &on->counts->recorded
                                                : &on->counts->issued;
        ++*counted;
    }
}

/* The one place where certificates leave. */
static np_code hand_out(run *on, const batch *of, np_error *err)
{
    const np_issue *issue = on->issue;
    if (of->code != NP_OK && err != NULL) {
        *err = of->error;
    }
    NP_TRY(of->code);
    for (size_t i = 0; i < issue->part_count; i++) {
        const np_issue_part *part = &issue->parts[i];
        NP_TRY(part->confirm == NULL ? NP_OK : part->confirm(part->self, &of->group, err));
    }
    count(on, &of->group);
    pthread_mutex_lock(&on->lock);
    on->handed_out++;
    pthread_mutex_unlock(&on->lock);
    return NP_OK;
}

/* What was not reserved yet is forgotten; what was goes its way. */
static void stop_reading(run *on, np_code code)
{
    on->code = code;
    on->is_at_end = true;
}

/* One step: what lets workers go on comes first. *ret_is_done when there is none any more. */
static np_code step(run *on, bool *ret_is_done, np_error *err)
{
    bool is_well = on->code == NP_OK;
    np_code code = NP_OK;
    if (is_well && on->reserved < on->filled &&
        is_in(on, batch_at(on, on->reserved), PHASE_CHECKED)) {
        code = reserve(on, batch_at(on, on->reserved), &on->error);
    } else if (!on->is_at_end && on->filled - on->handed_out < RING) {
        code = fill(on, &on->error);
    } else if (on->handed_out == (is_well ? on->filled : on->reserved)) {
        *ret_is_done = true;
    } else if (is_in(on, batch_at(on, on->handed_out), PHASE_SIGNED)) {
        return hand_out(on, batch_at(on, on->handed_out), err);
    } else {
        help(on);
    }
    if (code != NP_OK) {
        stop_reading(on, code);
    }
    return NP_OK;
}

static np_code run_all(run *on, np_error *err)
{
    for (bool is_done = false; !is_done;) {
        NP_TRY(step(on, &is_done, err));
    }
    if (on->code != NP_OK && err != NULL) {
        *err = on->error;
    }
    return on->code;
}

static np_code prepare(run *on, np_error *err)
{
    const np_issue *issue = on->issue;
    on->units = calloc((size_t)RING * issue->group, sizeof(*on->units));
    if (on->units == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for groups of %u units",
                            issue->group);
    }
    for (size_t i = 0; i < RING; i++) {
        on->ring[i].group.units = &on->units[i * issue->group];
    }
    for (unsigned i = 0; i < issue->workers; i++) {
        on->threads[i].of = on;
        on->threads[i].worker =
            (issue_worker){.template = issue->template, .signing = &issue->signing[i]};
        NP_TRY(np_p256_verifier_create(&on->threads[i].worker.verifier, err));
    }
    return NP_OK;
}

/* The first is the caller's. */
static np_code start(run *on, np_error *err)
{
    for (unsigned i = 1; i < on->issue->workers; i++) {
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
    free(on->units);
}

static np_code check_numbers(const np_issue *issue, np_error *err)
{
    if (issue->workers < 1 || issue->workers > NP_ISSUE_WORKERS_MAX) {
        return np_error_set(err, NP_EUSAGE, "there can be 1 to %d workers", NP_ISSUE_WORKERS_MAX);
    }
    if (issue->group < 1 || issue->group > NP_ISSUE_GROUP_MAX) {
        return np_error_set(err, NP_EUSAGE, "a group has 1 to %d units", NP_ISSUE_GROUP_MAX);
    }
    return issue->part_count <= NP_ISSUE_PARTS_MAX
               ? NP_OK
               : np_error_set(err, NP_EUSAGE, "there can be %d parts", NP_ISSUE_PARTS_MAX);
}

np_code np_issue_run(const np_issue *issue, np_issue_counts *ret_counts, np_error *err)
{
    *ret_counts = (np_issue_counts){0};
    NP_TRY(check_numbers(issue, err));
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
        code = run_all(&on, err);
    }
    finish(&on);
    return code;
}
