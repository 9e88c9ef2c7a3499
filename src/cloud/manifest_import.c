/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/manifest_import.h"

#include "base/format.h"
#include "cloud/manifest_stream.h"
#include "signer/seen.h"
#include <pthread.h>
#include <stdlib.h>

enum {
    BATCH = 32,                                /* elements: some milliseconds of work; not tuned */
    BATCH_BYTES = 4 * NP_MANIFEST_ELEMENT_MAX, /* of them */
    BATCHES_MORE = 2,                          /* than workers: one being read, one handed out */
};

typedef enum batch_state { BATCH_FREE, BATCH_FILLED, BATCH_TAKEN, BATCH_DONE } batch_state;

typedef struct batch {
    batch_state state;
    size_t count;
    np_code code; /* of the first element that could not be looked at */
    np_error error;
    cloud_manifest_element elements[BATCH];
    size_t starts[BATCH];
    np_manifest_entry entries[BATCH];
    uint8_t bytes[BATCH_BYTES];
} batch;

typedef struct run run;

typedef struct thread {
    run *of;
    pthread_t id;
    np_p256_verifier *verifier;
    bool is_started;
} thread;

struct run {
    const np_manifest_import *import;
    cloud_manifest_stream stream;
    np_seen seen;   /* identifiers of what was accepted */
    batch *batches; /* a ring */
    size_t batch_count;
    uint64_t filled; /* batches so far */
    uint64_t drained;
    bool is_at_end; /* of the array */
    pthread_mutex_t lock;
    pthread_cond_t has_work;
    pthread_cond_t has_result;
    uint64_t taken; /* by workers; these two under the lock */
    bool is_over;
    thread threads[NP_MANIFEST_WORKERS_MAX];
};

static void read_element(const thread *own, batch *of, size_t index)
{
    const cloud_manifest_element *element = &of->elements[index];
    np_manifest_entry *entry = &of->entries[index];
    /* one that was too large has more bytes than are allowed, none of which is looked at */
    size_t len = element->is_too_large ? NP_MANIFEST_ELEMENT_MAX + 1 : element->len;
    entry->number = element->number;
    of->code = np_manifest_read(own->of->import->signers, own->verifier,
                                np_bytes_of(of->bytes + of->starts[index], len), entry, &of->error);
}

static void read_batch(const thread *own, batch *of)
{
    of->code = NP_OK;
    for (size_t i = 0; i < of->count && of->code == NP_OK; i++) {
        read_element(own, of, i);
    }
}

static batch *batch_at(run *on, uint64_t number)
{
    return &on->batches[number % on->batch_count];
}

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
        read_batch(own, taken);
        set_state(own->of, taken, BATCH_DONE, &own->of->has_result);
    }
    return NULL;
}

static np_code fill_batch(run *on, np_error *err)
{
    batch *of = batch_at(on, on->filled);
    size_t used = 0;
    for (of->count = 0; of->count < BATCH && BATCH_BYTES - used >= NP_MANIFEST_ELEMENT_MAX;) {
        cloud_manifest_element *element = &of->elements[of->count];
        NP_TRY(cloud_manifest_stream_next(&on->stream, of->bytes + used, NP_MANIFEST_ELEMENT_MAX,
                                          element, &on->is_at_end, err));
        if (on->is_at_end) {
            break;
        }
        of->starts[of->count++] = used;
        used += element->len;
    }
    on->filled++;
    set_state(on, of, BATCH_FILLED, &on->has_work);
    return NP_OK;
}

/* The first one that is good counts. */
static np_code refuse_repeated(run *on, np_manifest_entry *entry, np_error *err)
{
    uint64_t mark = np_seen_mark(0, np_bytes_text(entry->unique_id));
    if (entry->is_refused) {
        return NP_OK;
    }
    if (!np_seen_has(&on->seen, mark)) {
        return np_seen_add(&on->seen, mark, err);
    }
    entry->is_refused = true;
    np_format(entry->reason, sizeof(entry->reason), "an element before it has the same uniqueId");
    return NP_OK;
}

static np_code drain_batch(run *on, np_error *err)
{
    batch *of = batch_at(on, on->drained);
    pthread_mutex_lock(&on->lock);
    while (of->state != BATCH_DONE) {
        pthread_cond_wait(&on->has_result, &on->lock);
    }
    of->state = BATCH_FREE;
    pthread_mutex_unlock(&on->lock);
    on->drained++;
    if (of->code != NP_OK && err != NULL) {
        *err = of->error;
    }
    NP_TRY(of->code);
    for (size_t i = 0; i < of->count; i++) {
        NP_TRY(refuse_repeated(on, &of->entries[i], err));
        NP_TRY(on->import->take(on->import->self, &of->entries[i], err));
    }
    return NP_OK;
}

/* A broken array ends the reading; what stands before it is handed out all the same. */
static np_code read_all(run *on, np_error *err)
{
    np_code read_code = NP_OK;
    np_error read_error;
    while (!on->is_at_end || on->drained < on->filled) {
        if (!on->is_at_end && on->filled - on->drained < on->batch_count) {
            read_code = fill_batch(on, &read_error);
            on->is_at_end = on->is_at_end || read_code != NP_OK;
            continue;
        }
        NP_TRY(drain_batch(on, err));
    }
    if (read_code != NP_OK && err != NULL) {
        *err = read_error;
    }
    return read_code;
}

static np_code start_threads(run *on, np_error *err)
{
    for (unsigned i = 0; i < on->import->workers; i++) {
        thread *own = &on->threads[i];
        own->of = on;
        NP_TRY(np_p256_verifier_create(&own->verifier, err));
        if (pthread_create(&own->id, NULL, work, own) != 0) {
            return np_error_set(err, NP_ESTATION_MEMORY, "no more threads can be started");
        }
        own->is_started = true;
    }
    return NP_OK;
}

static void end_threads(run *on)
{
    pthread_mutex_lock(&on->lock);
    on->is_over = true;
    pthread_cond_broadcast(&on->has_work);
    pthread_mutex_unlock(&on->lock);
    for (unsigned i = 0; i < NP_MANIFEST_WORKERS_MAX; i++) {
        if (on->threads[i].is_started) {
            pthread_join(on->threads[i].id, NULL);
        }
        np_p256_verifier_free(on->threads[i].verifier);
    }
}

np_code np_manifest_import_run(const np_manifest_import *import, np_error *err)
{
    run on = {.import = import,
              .stream = {.file = import->file, .path = import->path},
              .batch_count = import->workers + BATCHES_MORE,
              .lock = PTHREAD_MUTEX_INITIALIZER,
              .has_work = PTHREAD_COND_INITIALIZER,
              .has_result = PTHREAD_COND_INITIALIZER};
    on.batches = calloc(on.batch_count, sizeof(*on.batches));
    if (on.batches == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for a manifest");
    }
    np_code code = start_threads(&on, err);
    code = code == NP_OK ? read_all(&on, err) : code;
    end_threads(&on);
    np_seen_clear(&on.seen);
    free(on.batches);
    return code;
}
