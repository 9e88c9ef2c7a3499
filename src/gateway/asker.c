/* SPDX-License-Identifier: Apache-2.0 */
#include "base/format.h"
#include "crypto/hash.h"
#include "gateway/judge_internal.h"
#include "x509/verify.h"
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum {
    REOPEN_AFTER_MS = 500, /* a lost server is not asked without pause */
    NS_PER_MS = 1000000,
};

void asker_put(np_gateway_judge *judge, job_line *line, job *new)
{
    pthread_mutex_lock(&judge->lock);
    STAILQ_INSERT_TAIL(&line->jobs, new, next);
    line->count++;
    pthread_cond_signal(&line->arrival);
    pthread_mutex_unlock(&judge->lock);
}

static void put_done(np_gateway_judge *judge, job *done)
{
    const uint64_t one = 1;
    np_sha256(done->admission.pinned, done->credential);
    pthread_mutex_lock(&judge->lock);
    STAILQ_INSERT_TAIL(&judge->done, done, next);
    pthread_mutex_unlock(&judge->lock);
    (void)!write(judge->wake, &one, sizeof(one));
}

/* A server that was lost is looked for again, in the thread that needs it. */
static np_code need_store(asker *self, np_error *err)
{
    const struct timespec pause = {.tv_nsec = REOPEN_AFTER_MS * (long)NS_PER_MS};
    if (self->store != NULL) {
        return NP_OK;
    }
    np_code code = np_store_open(self->judge->uri, self->judge->options.wait_ms, &self->store, err);
    if (code != NP_OK) {
        nanosleep(&pause, NULL);
    }
    return code;
}

/* A file stays open through its troubles: what can be read of it is read. */
static void note_failure(asker *self)
{
    if (judge_is_on_server(self->judge)) {
        np_store_free(self->store);
        self->store = NULL;
    }
}

/* A server that was away may be back, but its old connection is not: that is worth another try. */
static bool may_be_back(asker *self, np_code code)
{
    if (code != NP_ESTATION_DATABASE || self->store == NULL || !judge_is_on_server(self->judge)) {
        return false;
    }
    note_failure(self);
    return true;
}

static void refuse_for_trouble(job *one, const np_error *err)
{
    one->admission.reason = NP_REASON_STORAGE_UNAVAILABLE;
    one->admission.effects = 0;
    np_format(one->trouble, sizeof(one->trouble), "%s", err->message);
}

static np_code name_org(asker *self, job *one, np_error *err)
{
    int64_t id = one->admission.org;
    known_org *known = &self->orgs[(uint64_t)id % NP_COUNT_OF(self->orgs)];
    if (id != 0 && known->id != id) {
        known->id = 0;
        NP_TRY(np_org_name(self->store, id, known->name, err));
        known->id = id;
    }
    memcpy(one->org, id == 0 ? "" : known->name, id == 0 ? 1 : sizeof(one->org));
    return NP_OK;
}

static np_code judge_jobs(asker *self, job *const *jobs, size_t count, bool is_recording,
                          np_admission *ret, np_error *err)
{
    np_gate_request requests[NP_GATE_GROUP_MAX];
    const np_gate_options options = {.policy = jobs[0]->policy,
                                     .judge = np_judge_libcrypto(),
                                     .now = (int64_t)time(NULL),
                                     .are_new = is_recording};
    for (size_t i = 0; i < count; i++) {
        requests[i] = (np_gate_request){jobs[i]->parts, jobs[i]->count};
        ret[i] = (np_admission){.reason = NP_REASON_STORAGE_UNAVAILABLE};
    }
    NP_TRY(need_store(self, err));
    return is_recording ? np_gate_admit(self->store, &options, requests, count, ret, err)
                        : np_gate_judge(self->store, &options, requests, count, ret, err);
}

np_code asker_read(asker *self, job *const *jobs, size_t count, np_error *err)
{
    np_admission *admissions = calloc(count, sizeof(*admissions));
    np_code code = admissions == NULL ? np_error_set(err, NP_ESTATION_MEMORY, "out of memory")
                                      : judge_jobs(self, jobs, count, false, admissions, err);
    for (size_t i = 0; i < count && code == NP_OK; i++) {
        jobs[i]->admission = admissions[i];
        code = name_org(self, jobs[i], err);
    }
    free(admissions);
    return code;
}

static void admit_by_reading(asker *self, job *const *jobs, size_t count)
{
    np_error err = {0};
    np_gateway_judge *judge = self->judge;
    np_code code = asker_read(self, jobs, count, &err);
    if (may_be_back(self, code)) {
        code = asker_read(self, jobs, count, &err);
    }
    if (code != NP_OK) {
        note_failure(self);
    }
    for (size_t i = 0; i < count; i++) {
        if (code != NP_OK) {
            refuse_for_trouble(jobs[i], &err);
        }
        if ((jobs[i]->admission.effects & NP_EFFECT_ADD_CERTIFICATE) != 0) {
            asker_put(judge, &judge->to_record, jobs[i]);
        } else {
            put_done(judge, jobs[i]);
        }
    }
}

static np_code take_excluded(void *self, const np_exclusion *exclusion, np_error *err)
{
    job *one = self;
    if (one->exclusion_count == one->exclusion_room) {
        size_t room = one->exclusion_room == 0 ? 16 : 2 * one->exclusion_room;
        np_exclusion *more = reallocarray(one->exclusions, room, sizeof(*more));
        if (more == NULL) {
            return np_error_set(err, NP_ESTATION_MEMORY, "out of memory");
        }
        one->exclusions = more;
        one->exclusion_room = room;
    }
    one->exclusions[one->exclusion_count++] = *exclusion;
    return NP_OK;
}

static void find_excluded(asker *self, job *one)
{
    np_error err = {0};
    np_code code = need_store(self, &err);
    if (code == NP_OK) {
        code = np_gate_each_excluded(self->store, &one->seq, take_excluded, one, &err);
    }
    if (code != NP_OK) {
        note_failure(self);
        one->exclusion_count = 0;
    }
    put_done(self->judge, one);
}

/* May be lost: it is tried once. */
static void note_seen(asker *self, job *one)
{
    np_error err = {0};
    if (need_store(self, &err) != NP_OK ||
        np_gate_note_seen(self->store, one->devices, one->device_count, (int64_t)time(NULL),
                          &err) != NP_OK) {
        note_failure(self);
    }
    put_done(self->judge, one);
}

/* May be lost too. */
static void note_news(asker *self, job *one)
{
    np_error err = {0};
    if (need_store(self, &err) != NP_OK ||
        gateway_news_store(one->news, self->store, &err) != NP_OK) {
        note_failure(self);
    }
    put_done(self->judge, one);
}

static void run_errand(asker *self, job *one)
{
    one->code = need_store(self, &one->err);
    if (one->code == NP_OK) {
        one->code = one->errand->run(one->errand, self->store, &one->err);
    }
    if (one->code != NP_OK) {
        note_failure(self);
    }
    put_done(self->judge, one);
}

/* Each has its verdict, also where one has spoilt the group. */
static void tell_verdict(asker *self, job *one, const np_admission *admission, const np_error *err)
{
    np_error unnamed = {0};
    if (admission->reason == NP_REASON_STORAGE_UNAVAILABLE) {
        refuse_for_trouble(one, err);
        return;
    }
    one->admission = *admission;
    if (self->store != NULL) {
        (void)name_org(self, one, &unnamed);
    }
}

static bool is_nobody_judged(const np_admission *admissions, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (admissions[i].reason != NP_REASON_STORAGE_UNAVAILABLE) {
            return false;
        }
    }
    return true;
}

static void record_group(asker *self, job *const *group, size_t count)
{
    np_error err = {0};
    np_admission *admissions = calloc(count, sizeof(*admissions));
    np_code code = admissions == NULL ? NP_ESTATION_MEMORY
                                      : judge_jobs(self, group, count, true, admissions, &err);
    if (admissions != NULL && is_nobody_judged(admissions, count) && may_be_back(self, code)) {
        code = judge_jobs(self, group, count, true, admissions, &err);
    }
    for (size_t i = 0; i < count; i++) {
        const np_admission none = {.reason = NP_REASON_STORAGE_UNAVAILABLE};
        tell_verdict(self, group[i], admissions == NULL ? &none : &admissions[i], &err);
    }
    if (code != NP_OK) {
        note_failure(self);
    }
    for (size_t i = 0; i < count; i++) {
        put_done(self->judge, group[i]);
    }
    free(admissions);
}

/* For the one who records all that have come; a reader leaves as many to each who is idle. */
static size_t count_share(const asker *self)
{
    size_t share = self->is_recorder
                       ? self->line->count
                       : (self->line->count + self->line->idle) / (self->line->idle + 1);
    return share < NP_GATE_GROUP_MAX ? share : NP_GATE_GROUP_MAX;
}

/* Devices up to a group, or one job of another kind; in the lock. */
static size_t take_jobs(asker *self, job **ret)
{
    size_t count = 0;
    job_line *line = self->line;
    size_t most = count_share(self);
    job *first = STAILQ_FIRST(&line->jobs);
    while (first != NULL && count < most && (count == 0 || first->kind == ADMIT)) {
        if (first->kind == QUIT) {
            break; /* stays for the others */
        }
        STAILQ_REMOVE_HEAD(&line->jobs, next);
        line->count--;
        ret[count++] = first;
        if (first->kind != ADMIT) {
            break;
        }
        first = STAILQ_FIRST(&line->jobs);
    }
    return count;
}

static void do_jobs(asker *self, job *const *jobs, size_t count)
{
    if (jobs[0]->kind == ERRAND) {
        run_errand(self, jobs[0]);
    } else if (jobs[0]->kind == FIND_EXCLUDED) {
        find_excluded(self, jobs[0]);
    } else if (jobs[0]->kind == NOTE_SEEN) {
        note_seen(self, jobs[0]);
    } else if (jobs[0]->kind == NOTE_NEWS) {
        note_news(self, jobs[0]);
    } else if (self->is_recorder) {
        record_group(self, jobs, count);
    } else {
        admit_by_reading(self, jobs, count);
    }
}

void *asker_work(void *data)
{
    asker *self = data;
    np_gateway_judge *judge = self->judge;
    job_line *line = self->line;
    job *jobs[NP_GATE_GROUP_MAX];
    for (;;) {
        pthread_mutex_lock(&judge->lock);
        while (STAILQ_EMPTY(&line->jobs)) {
            line->idle++;
            pthread_cond_wait(&line->arrival, &judge->lock);
            line->idle--;
        }
        size_t count = take_jobs(self, jobs);
        if (count == 0) {
            pthread_cond_signal(&line->arrival);
            pthread_mutex_unlock(&judge->lock);
            return NULL;
        }
        pthread_mutex_unlock(&judge->lock);
        do_jobs(self, jobs, count);
    }
}
