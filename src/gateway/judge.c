/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/judge.h"

#include "base/format.h"
#include "crypto/hash.h"
#include "gateway/judge_internal.h"
#include "gateway/writable.h"
#include <event2/event.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum {
    POLL_MS = 250,       /* who was blocked meanwhile; a block has a second */
    POLLS_PER_NOTE = 40, /* when devices were seen is noted each 10 s */
    POLLS_PER_NEWS = 4,  /* what is new each second at most, for those who watch */
    SLOW_MS = 20,        /* for an answer in the loop, and then for so long none is: */
    SPARE_MS = 1000,     /* both not tuned */
    MS_PER_S = 1000,
    NS_PER_MS = 1000000,
};

static void free_job(job *old)
{
    free(old->chain);
    free(old->devices);
    gateway_news_free(old->news);
    free(old->exclusions);
    free(old);
}

void np_visit_free(np_visit *visit)
{
    if (visit != NULL) {
        free(visit->chain);
        free(visit);
    }
}

/* What was refused is kept for the log. */
static void keep_chain(np_visit *visit, job *one)
{
    free(visit->chain);
    visit->chain = one->chain;
    visit->count = one->count;
    memcpy(visit->parts, one->parts, sizeof(visit->parts));
    one->chain = NULL;
}

void np_gateway_judge_touch(np_gateway_judge *judge, const np_admission *admission)
{
    if ((admission->effects & NP_EFFECT_TOUCH) != 0 && admission->device != 0 &&
        judge->seen_count < SEEN_MAX) {
        judge->seen[judge->seen_count++] = admission->device;
    }
}

static void answer(np_gateway_judge *judge, job *one)
{
    np_visitor *visitor = one->visitor;
    if (visitor == NULL) {
        return;
    }
    np_visit *visit = np_visitor_data(visitor);
    visit->job = NULL;
    gateway_writable_confirm(judge->options.writable, &one->admission, one->trouble,
                             sizeof(one->trouble));
    memcpy(visit->org, one->org, sizeof(visit->org));
    memcpy(visit->trouble, one->trouble, sizeof(visit->trouble));
    memcpy(visit->credential, one->credential, sizeof(visit->credential));
    one->admission.pinned = (np_bytes){0}; /* the copy goes now */
    if (!np_reason_at(one->admission.reason)->is_admitted) {
        keep_chain(visit, one);
    }
    np_gateway_judge_touch(judge, &one->admission);
    np_visitor_answer(visitor, &one->admission);
}

static void take_answers(evutil_socket_t fd, short what, void *self)
{
    np_gateway_judge *judge = self;
    job_queue done = STAILQ_HEAD_INITIALIZER(done);
    uint64_t count = 0;
    (void)what;
    (void)!read(fd, &count, sizeof(count));
    pthread_mutex_lock(&judge->lock);
    STAILQ_CONCAT(&done, &judge->done);
    pthread_mutex_unlock(&judge->lock);
    while (!STAILQ_EMPTY(&done)) {
        job *one = STAILQ_FIRST(&done);
        STAILQ_REMOVE_HEAD(&done, next);
        if (one->kind == ADMIT) {
            answer(judge, one);
        } else if (one->kind == ERRAND) {
            one->errand->done(one->errand, one->code, &one->err);
        } else if (one->kind == FIND_EXCLUDED) {
            judge->is_polling = false;
            judge->seq = one->seq;
            judge->options.excluded(judge->options.self, one->exclusions, one->exclusion_count);
        } else if (one->kind == NOTE_NEWS) {
            judge->is_noting = false;
        }
        free_job(one);
    }
}

static job *copy_chain(const np_bytes *chain, size_t count)
{
    job *new = calloc(1, sizeof(*new));
    size_t len = 0;
    for (size_t i = 0; i < count; i++) {
        len += chain[i].len;
    }
    uint8_t *at = new == NULL ? NULL : malloc(len + 1);
    if (at == NULL) {
        free(new);
        return NULL;
    }
    new->chain = at;
    new->count = count;
    for (size_t i = 0; i < count; i++) {
        memcpy(at, chain[i].data, chain[i].len);
        new->parts[i] = np_bytes_of(at, chain[i].len);
        at += chain[i].len;
    }
    return new;
}

static bool has_visit(np_visitor *visitor)
{
    if (np_visitor_data(visitor) == NULL) {
        np_visitor_set_data(visitor, calloc(1, sizeof(np_visit)));
    }
    return np_visitor_data(visitor) != NULL;
}

static void note_leaf(np_visit *visit, np_bytes der)
{
    np_certificate leaf;
    np_bytes name;
    np_sha256(der, visit->leaf);
    visit->has_leaf = true;
    visit->common_name[0] = '\0';
    if (np_certificate_parse(der, &leaf, NULL) == NP_OK &&
        np_certificate_common_name(leaf.subject, &name) && name.len < sizeof(visit->common_name) &&
        memchr(name.data, '\0', name.len) == NULL) {
        memcpy(visit->common_name, name.data, name.len);
        visit->common_name[name.len] = '\0';
    }
}

static int64_t read_clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * MS_PER_S + now.tv_nsec / NS_PER_MS;
}

/*
 * A file has answered before a thread is told to ask it. After a slow answer or none the threads
 * ask for a while, so that it holds up the loop no more than now and then.
 */
static bool is_answered_here(np_gateway_judge *judge, job *one)
{
    np_error err = {0};
    int64_t begun_ms = judge->here.store == NULL ? 0 : read_clock_ms();
    if (judge->here.store == NULL || begun_ms < judge->here_not_ms) {
        return false;
    }
    np_code code = asker_read(&judge->here, &one, 1, &err);
    int64_t ended_ms = read_clock_ms();
    if (code != NP_OK || ended_ms - begun_ms > SLOW_MS) {
        judge->here_not_ms = ended_ms + SPARE_MS;
    }
    if (code != NP_OK) {
        return false;
    }
    if ((one->admission.effects & NP_EFFECT_ADD_CERTIFICATE) != 0) {
        asker_put(judge, &judge->to_record, one);
    } else {
        answer(judge, one);
        free_job(one);
    }
    return true;
}

static void ask(void *self, np_visitor *visitor, const np_bytes *chain, size_t chain_len)
{
    np_gateway_judge *judge = self;
    job *new = has_visit(visitor) ? copy_chain(chain, chain_len) : NULL;
    if (new == NULL) {
        const np_admission refusal = {.reason = NP_REASON_STORAGE_UNAVAILABLE};
        np_visitor_answer(visitor, &refusal);
        return;
    }
    np_visit *visit = np_visitor_data(visitor);
    note_leaf(visit, new->parts[0]);
    visit->job = new;
    new->kind = ADMIT;
    new->visitor = visitor;
    new->policy = judge->options.policy;
    if (!is_answered_here(judge, new)) {
        asker_put(judge, &judge->to_read, new);
    }
}

/* The job goes on: who is recorded stays recorded, and is known at the next try. */
static void forget(void *self, np_visitor *visitor)
{
    np_visit *visit = np_visitor_data(visitor);
    job *one = visit->job;
    (void)self;
    one->visitor = NULL;
    visit->job = NULL;
}

bool np_gateway_judge_send(np_gateway_judge *judge, np_errand *errand)
{
    job *new = calloc(1, sizeof(*new));
    if (new == NULL) {
        return false;
    }
    new->kind = ERRAND;
    new->errand = errand;
    if (errand->is_recording) {
        asker_put(judge, &judge->to_record, new);
    } else {
        asker_put(judge, &judge->to_read, new);
    }
    return true;
}

static void poll_excluded(np_gateway_judge *judge)
{
    job *new = judge->is_polling ? NULL : calloc(1, sizeof(*new));
    if (new == NULL) {
        return;
    }
    new->kind = FIND_EXCLUDED;
    new->seq = judge->seq;
    judge->is_polling = true;
    asker_put(judge, &judge->to_read, new);
}

static void hand_seen_over(np_gateway_judge *judge)
{
    job *new = judge->seen_count == 0 ? NULL : calloc(1, sizeof(*new));
    int64_t *devices = new == NULL ? NULL : calloc(judge->seen_count, sizeof(*devices));
    if (devices == NULL) {
        free(new);
        return;
    }
    memcpy(devices, judge->seen, judge->seen_count * sizeof(*devices));
    new->kind = NOTE_SEEN;
    new->devices = devices;
    new->device_count = judge->seen_count;
    judge->seen_count = 0;
    asker_put(judge, &judge->to_record, new);
}

/* Not while the last is being written: what takes long is not done more often. */
static void hand_news_over(np_gateway_judge *judge)
{
    job *new = judge->news == NULL || judge->is_noting ? NULL : calloc(1, sizeof(*new));
    if (new == NULL) {
        return;
    }
    new->kind = NOTE_NEWS;
    new->news = judge->news;
    judge->news = NULL;
    judge->is_noting = true;
    asker_put(judge, &judge->to_record, new);
}

static void poll(evutil_socket_t fd, short what, void *self)
{
    np_gateway_judge *judge = self;
    (void)fd;
    (void)what;
    poll_excluded(judge);
    if (++judge->polls % POLLS_PER_NOTE == 0) {
        hand_seen_over(judge);
    }
    if (judge->polls % POLLS_PER_NEWS == 0) {
        hand_news_over(judge);
    }
}

static np_code start_asker(np_gateway_judge *judge, size_t index, np_error *err)
{
    asker *new = &judge->askers[index];
    bool is_recorder = index == 0;
    *new = (asker){.judge = judge,
                   .is_recorder = is_recorder,
                   .line = is_recorder ? &judge->to_record : &judge->to_read};
    NP_TRY(np_store_open(judge->uri, judge->options.wait_ms, &new->store, err));
    new->is_running = pthread_create(&new->thread, NULL, asker_work, new) == 0;
    return new->is_running ? NP_OK
                           : np_error_set(err, NP_ESTATION_MEMORY, "a thread cannot be started");
}

static np_code start(np_gateway_judge *judge, np_error *err)
{
    const struct timeval interval = {.tv_usec = POLL_MS * 1000};
    judge->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    judge->answers =
        event_new(judge->options.base, judge->wake, EV_READ | EV_PERSIST, take_answers, judge);
    judge->poll = event_new(judge->options.base, -1, EV_PERSIST, poll, judge);
    judge->askers = calloc(judge->asker_count, sizeof(asker));
    if (judge->wake < 0 || judge->answers == NULL || judge->poll == NULL || judge->askers == NULL ||
        event_add(judge->answers, NULL) != 0 || event_add(judge->poll, &interval) != 0) {
        return np_error_set(err, NP_ESTATION_MEMORY, "out of memory");
    }
    for (size_t i = 0; i < judge->asker_count; i++) {
        NP_TRY(start_asker(judge, i, err));
    }
    judge->here.judge = judge;
    return judge_is_on_server(judge)
               ? NP_OK
               : np_store_open(judge->uri, judge->options.wait_ms, &judge->here.store, err);
}

static void init_line(job_line *line)
{
    STAILQ_INIT(&line->jobs);
    pthread_cond_init(&line->arrival, NULL);
}

np_code np_gateway_judge_start(const np_gateway_judge_options *options, np_gateway_judge **ret,
                               np_error *err)
{
    np_gateway_judge *judge = calloc(1, sizeof(*judge));
    *ret = NULL;
    if (judge == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "out of memory");
    }
    judge->options = *options;
    np_format(judge->uri, sizeof(judge->uri), "%s", options->registry);
    judge->table = (np_visitor_judge){.ask = ask, .forget = forget, .self = judge};
    judge->asker_count = options->readers + 1U;
    pthread_mutex_init(&judge->lock, NULL);
    init_line(&judge->to_read);
    init_line(&judge->to_record);
    STAILQ_INIT(&judge->done);
    np_code code = start(judge, err);
    if (code != NP_OK) {
        np_gateway_judge_free(judge);
        return code;
    }
    *ret = judge;
    return NP_OK;
}

const np_visitor_judge *np_gateway_judge_table(const np_gateway_judge *judge)
{
    return &judge->table;
}

void np_gateway_judge_use_policy(np_gateway_judge *judge, const np_admission_policy *policy)
{
    judge->options.policy = *policy;
}

static bool has_news(np_gateway_judge *judge)
{
    judge->news = judge->news == NULL ? gateway_news_create() : judge->news;
    return judge->news != NULL;
}

void np_gateway_judge_note_refusal(np_gateway_judge *judge, const np_visitor *visitor,
                                   const np_visit *visit)
{
    /* a registry that cannot be asked cannot be written to */
    bool is_news = np_visitor_admission(visitor)->reason != NP_REASON_STORAGE_UNAVAILABLE;
    if (is_news && has_news(judge)) {
        gateway_news_add_refusal(judge->news, visitor, visit, (int64_t)time(NULL));
    }
    if (is_news && visit != NULL) {
        gateway_lately_add(&judge->lately, visit->leaf);
    }
}

void np_gateway_judge_note_arrival(np_gateway_judge *judge, const np_visitor *visitor,
                                   const np_visit *visit)
{
    bool is_new = (np_visitor_admission(visitor)->effects & NP_EFFECT_ADD_CERTIFICATE) != 0;
    bool was_refused = gateway_lately_take(&judge->lately, visit->leaf);
    if ((is_new || was_refused) && has_news(judge)) {
        gateway_news_add_arrival(judge->news, visitor, visit, (int64_t)time(NULL));
    }
}

static void stop_threads(np_gateway_judge *judge)
{
    static const job quit = {.kind = QUIT};
    job last[2] = {quit, quit};
    asker_put(judge, &judge->to_read, &last[0]);
    for (size_t i = 1; i < judge->asker_count; i++) {
        if (judge->askers[i].is_running) {
            pthread_join(judge->askers[i].thread, NULL);
        }
    }
    asker_put(judge, &judge->to_record, &last[1]);
    if (judge->askers[0].is_running) {
        pthread_join(judge->askers[0].thread, NULL);
    }
    for (size_t i = 0; i < judge->asker_count; i++) {
        np_store_free(judge->askers[i].store);
    }
}

static void free_done(np_gateway_judge *judge)
{
    while (!STAILQ_EMPTY(&judge->done)) {
        job *one = STAILQ_FIRST(&judge->done);
        STAILQ_REMOVE_HEAD(&judge->done, next);
        if (one->kind == ERRAND) {
            one->errand->done(one->errand, one->code, &one->err);
        }
        free_job(one);
    }
}

void np_gateway_judge_free(np_gateway_judge *judge)
{
    if (judge == NULL) {
        return;
    }
    if (judge->askers != NULL) {
        judge->is_noting = false;
        hand_news_over(judge); /* the last ones of a gateway that ends */
        stop_threads(judge);
    }
    free_done(judge);
    gateway_news_free(judge->news);
    if (judge->answers != NULL) {
        event_free(judge->answers);
    }
    if (judge->poll != NULL) {
        event_free(judge->poll);
    }
    np_store_free(judge->here.store);
    close(judge->wake);
    pthread_mutex_destroy(&judge->lock);
    pthread_cond_destroy(&judge->to_read.arrival);
    pthread_cond_destroy(&judge->to_record.arrival);
    free(judge->askers);
    free(judge);
}
