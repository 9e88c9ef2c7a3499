/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/judge.h"

#include "base/format.h"
#include "crypto/hash.h"
#include "gateway/news.h"
#include "x509/verify.h"
#include <event2/event.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/queue.h>
#include <time.h>
#include <unistd.h>

enum {
    POLL_MS = 250,         /* who was blocked meanwhile; a block has a second */
    POLLS_PER_NOTE = 40,   /* when devices were seen is noted each 10 s */
    POLLS_PER_NEWS = 4,    /* what is new each second at most, for those who watch */
    SEEN_MAX = 4096,       /* noted at a time; more are not noted. Not tuned */
    ORGS_KNOWN = 64,       /* a fleet has few; not tuned */
    REOPEN_AFTER_MS = 500, /* a lost server is not asked without pause */
    SLOW_MS = 20,          /* for an answer in the loop, and then for so long none is: */
    SPARE_MS = 1000,       /* both not tuned */
    MS_PER_S = 1000,
    NS_PER_MS = 1000000,
};

typedef enum job_kind { ADMIT, FIND_EXCLUDED, NOTE_SEEN, NOTE_NEWS, ERRAND, QUIT } job_kind;

typedef struct job {
    STAILQ_ENTRY(job) next;
    job_kind kind;
    np_admission_policy policy;
    np_visitor *visitor; /* the loop's alone; NULL: it has gone */
    uint8_t *chain;      /* ADMIT: a copy */
    np_bytes parts[NP_ADMISSION_CHAIN_MAX];
    size_t count;
    np_admission admission;
    char org[NP_ORG_NAME_MAX + 1];
    char trouble[sizeof(((np_visit *)NULL)->trouble)];
    uint8_t credential[NP_FINGERPRINT_BYTES];
    int64_t *devices; /* NOTE_SEEN: heap */
    size_t device_count;
    np_exclusion *exclusions; /* FIND_EXCLUDED: heap */
    size_t exclusion_count;
    size_t exclusion_room;
    int64_t seq;        /* FIND_EXCLUDED: of the newest change that was looked at */
    gateway_news *news; /* NOTE_NEWS */
    np_errand *errand;  /* ERRAND: until it is done */
    np_code code;
    np_error err;
} job;

typedef STAILQ_HEAD(job_queue, job) job_queue;

/* Names of organisations never change. */
typedef struct known_org {
    int64_t id; /* 0: none */
    char name[NP_ORG_NAME_MAX + 1];
} known_org;

typedef struct asker {
    np_gateway_judge *judge;
    np_store *store;            /* NULL: lost */
    known_org orgs[ORGS_KNOWN]; /* by their number */
    job_queue *queue;
    pthread_cond_t *arrival;
    bool is_recorder;
    bool is_running;
    pthread_t thread;
} asker;

struct np_gateway_judge {
    np_gateway_judge_options options;
    char uri[512];
    np_visitor_judge table;
    pthread_mutex_t lock; /* of the three queues */
    pthread_cond_t to_read_arrival;
    pthread_cond_t to_record_arrival;
    job_queue to_read;
    job_queue to_record;
    job_queue done;
    int wake; /* an eventfd: something is done */
    struct event *answers;
    struct event *poll;
    bool is_polling; /* a poll is under way */
    unsigned polls;
    int64_t seq;
    int64_t seen[SEEN_MAX];
    size_t seen_count;
    gateway_lately lately;
    gateway_news *news; /* NULL: none since */
    bool is_noting;     /* the last news is being written */
    asker *askers;
    size_t asker_count;
    asker here;          /* asks in the loop; its store is NULL where that is on a server */
    int64_t here_not_ms; /* until then it does not */
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

static void put(np_gateway_judge *judge, job_queue *queue, pthread_cond_t *arrival, job *new)
{
    pthread_mutex_lock(&judge->lock);
    STAILQ_INSERT_TAIL(queue, new, next);
    if (arrival != NULL) {
        pthread_cond_signal(arrival);
    }
    pthread_mutex_unlock(&judge->lock);
}

/* In the threads. */

static void put_done(np_gateway_judge *judge, job *done)
{
    const uint64_t one = 1;
    np_sha256(done->admission.pinned, done->credential);
    put(judge, &judge->done, NULL, done);
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

static bool is_on_server(const np_gateway_judge *judge)
{
    return strncmp(judge->uri, "postgres", 8) == 0;
}

/* A file stays open through its troubles: what can be read of it is read. */
static void note_failure(asker *self)
{
    if (is_on_server(self->judge)) {
        np_store_free(self->store);
        self->store = NULL;
    }
}

/* A server that was away may be back, but its old connection is not: that is worth another try. */
static bool may_be_back(asker *self, np_code code)
{
    if (code != NP_ESTATION_DATABASE || self->store == NULL || !is_on_server(self->judge)) {
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

static np_code read_one(asker *self, job *one, np_error *err)
{
    NP_TRY(need_store(self, err));
    const np_admission_store ask = np_gate_ask(self->store);
    const np_admission_request request = {.chain = one->parts,
                                          .chain_len = one->count,
                                          .store = &ask,
                                          .policy = one->policy,
                                          .judge = np_judge_libcrypto(),
                                          .now = (int64_t)time(NULL)};
    NP_TRY(np_admission_decide(&request, &one->admission, err));
    return name_org(self, one, err);
}

static void admit_by_reading(asker *self, job *one)
{
    np_error err = {0};
    np_code code = read_one(self, one, &err);
    if (may_be_back(self, code)) {
        code = read_one(self, one, &err);
    }
    if (code != NP_OK) {
        note_failure(self);
        refuse_for_trouble(one, &err);
        put_done(self->judge, one);
    } else if ((one->admission.effects & NP_EFFECT_ADD_CERTIFICATE) != 0) {
        put(self->judge, &self->judge->to_record, &self->judge->to_record_arrival, one);
    } else {
        put_done(self->judge, one);
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

static np_code record_all(asker *self, job *const *group, size_t count, np_admission *admissions,
                          np_error *err)
{
    np_gate_request requests[NP_GATE_GROUP_MAX];
    const np_gate_options options = {
        .policy = group[0]->policy, .judge = np_judge_libcrypto(), .now = (int64_t)time(NULL)};
    for (size_t i = 0; i < count; i++) {
        requests[i] = (np_gate_request){group[i]->parts, group[i]->count};
        admissions[i].reason = NP_REASON_STORAGE_UNAVAILABLE;
    }
    NP_TRY(need_store(self, err));
    return np_gate_admit(self->store, &options, requests, count, admissions, err);
}

static void record_group(asker *self, job *const *group, size_t count)
{
    np_error err = {0};
    np_admission *admissions = calloc(count, sizeof(*admissions));
    np_code code =
        admissions == NULL ? NP_ESTATION_MEMORY : record_all(self, group, count, admissions, &err);
    if (may_be_back(self, code)) {
        code = record_all(self, group, count, admissions, &err);
    }
    for (size_t i = 0; i < count; i++) {
        if (code == NP_OK) {
            group[i]->admission = admissions[i];
            (void)name_org(self, group[i], &err);
        } else {
            refuse_for_trouble(group[i], &err);
        }
    }
    if (code != NP_OK) {
        note_failure(self);
    }
    for (size_t i = 0; i < count; i++) {
        put_done(self->judge, group[i]);
    }
    free(admissions);
}

/* One job, or for the one who records all that have come up to a group; in the lock. */
static size_t take_jobs(asker *self, job **ret)
{
    size_t count = 0;
    size_t most = self->is_recorder ? NP_GATE_GROUP_MAX : 1;
    job *first = STAILQ_FIRST(self->queue);
    while (first != NULL && count < most && (count == 0 || first->kind == ADMIT)) {
        if (first->kind == QUIT && count == 0) {
            break; /* stays for the others */
        }
        STAILQ_REMOVE_HEAD(self->queue, next);
        ret[count++] = first;
        if (first->kind != ADMIT) {
            break;
        }
        first = STAILQ_FIRST(self->queue);
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
        admit_by_reading(self, jobs[0]);
    }
}

static void *work(void *data)
{
    asker *self = data;
    np_gateway_judge *judge = self->judge;
    job *jobs[NP_GATE_GROUP_MAX];
    for (;;) {
        pthread_mutex_lock(&judge->lock);
        while (STAILQ_EMPTY(self->queue)) {
            pthread_cond_wait(self->arrival, &judge->lock);
        }
        size_t count = take_jobs(self, jobs);
        if (count == 0) {
            pthread_cond_signal(self->arrival);
            pthread_mutex_unlock(&judge->lock);
            return NULL;
        }
        pthread_mutex_unlock(&judge->lock);
        do_jobs(self, jobs, count);
    }
}

/* In the loop. */

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
    np_code code = read_one(&judge->here, one, &err);
    int64_t ended_ms = read_clock_ms();
    if (code != NP_OK || ended_ms - begun_ms > SLOW_MS) {
        judge->here_not_ms = ended_ms + SPARE_MS;
    }
    if (code != NP_OK) {
        return false;
    }
    if ((one->admission.effects & NP_EFFECT_ADD_CERTIFICATE) != 0) {
        put(judge, &judge->to_record, &judge->to_record_arrival, one);
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
        put(judge, &judge->to_read, &judge->to_read_arrival, new);
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
        put(judge, &judge->to_record, &judge->to_record_arrival, new);
    } else {
        put(judge, &judge->to_read, &judge->to_read_arrival, new);
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
    put(judge, &judge->to_read, &judge->to_read_arrival, new);
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
    put(judge, &judge->to_record, &judge->to_record_arrival, new);
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
    put(judge, &judge->to_record, &judge->to_record_arrival, new);
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
                   .queue = is_recorder ? &judge->to_record : &judge->to_read,
                   .arrival = is_recorder ? &judge->to_record_arrival : &judge->to_read_arrival};
    NP_TRY(np_store_open(judge->uri, judge->options.wait_ms, &new->store, err));
    new->is_running = pthread_create(&new->thread, NULL, work, new) == 0;
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
    return is_on_server(judge)
               ? NP_OK
               : np_store_open(judge->uri, judge->options.wait_ms, &judge->here.store, err);
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
    pthread_cond_init(&judge->to_read_arrival, NULL);
    pthread_cond_init(&judge->to_record_arrival, NULL);
    STAILQ_INIT(&judge->to_read);
    STAILQ_INIT(&judge->to_record);
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
    put(judge, &judge->to_read, &judge->to_read_arrival, &last[0]);
    for (size_t i = 1; i < judge->asker_count; i++) {
        if (judge->askers[i].is_running) {
            pthread_join(judge->askers[i].thread, NULL);
        }
    }
    put(judge, &judge->to_record, &judge->to_record_arrival, &last[1]);
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
    pthread_cond_destroy(&judge->to_read_arrival);
    pthread_cond_destroy(&judge->to_record_arrival);
    free(judge->askers);
    free(judge);
}
