/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two halves of the judge: the loop (judge.c), which takes questions and tells verdicts, and
 * the threads (asker.c), each with a connection to the registry, which find them. A job wanders
 * from one to the other, and belongs to whoever has it. Inside the room.
 */
#pragma once

#include "gateway/judge.h"
#include "gateway/news.h"
#include <pthread.h>
#include <sys/queue.h>

struct event;

enum {
    SEEN_MAX = 4096, /* devices noted at a time; more are not noted. Not tuned */
    ORGS_KNOWN = 64, /* a fleet has few; not tuned */
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

/* Jobs that wait for threads. */
typedef struct job_line {
    job_queue jobs;
    size_t count;
    size_t idle; /* threads that wait for jobs */
    pthread_cond_t arrival;
} job_line;

/* Names of organisations never change. */
typedef struct known_org {
    int64_t id; /* 0: none */
    char name[NP_ORG_NAME_MAX + 1];
} known_org;

typedef struct asker {
    np_gateway_judge *judge;
    np_store *store;            /* NULL: lost */
    known_org orgs[ORGS_KNOWN]; /* by their number */
    job_line *line;
    bool is_recorder;
    bool is_running;
    pthread_t thread;
} asker;

struct np_gateway_judge {
    np_gateway_judge_options options;
    char uri[512];
    np_visitor_judge table;
    pthread_mutex_t lock; /* of the two lines, and of what is done */
    job_line to_read;
    job_line to_record;
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

/* The registry is on a server, and not in a file. */
static inline bool judge_is_on_server(const np_gateway_judge *judge)
{
    return strncmp(judge->uri, "postgres", 8) == 0;
}

/* At the end of a line: a thread takes it from there. */
void asker_put(np_gateway_judge *judge, job_line *line, job *new);

/* What a thread does, until it finds QUIT. data: an asker. */
void *asker_work(void *data);

/* Judges them by reading, in this thread. */
NP_MUST_USE np_code asker_read(asker *self, job *const *jobs, size_t count, np_error *err);
