/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who decides at the door: the registry, asked by threads of its own, so that one that takes its
 * time holds up nobody but those who wait for it. Some threads read: who is known is answered by
 * one of them. One thread records: all who come in for the first time while it works are recorded
 * together, in one transaction. Each has a connection of its own. A registry that is a file is read
 * in the loop itself, as long as it is quick.
 *
 * What the loop shares with the threads is one queue of jobs each way; a job belongs to whoever has
 * it, and has its own copy of the chain.
 */
#pragma once

#include "gateway/visitor.h"
#include "registry/fleet.h"
#include "registry/gate.h"
#include "registry/nh1.h"

typedef struct np_gateway_judge np_gateway_judge;
struct gateway_writable;

/* What a visitor's pointer (np_visitor_data) is, from the first question on; else it is NULL. */
typedef struct np_visit {
    char org[NP_ORG_NAME_MAX + 1]; /* of the last answer; may be empty */
    char trouble[160];             /* of the registry, when it could not be asked */
    char common_name[256];         /* of the leaf; empty: none, or too long */
    uint8_t *chain;                /* heap: what was presented when it was refused: DER, in order */
    np_bytes parts[NP_ADMISSION_CHAIN_MAX];
    size_t count;
    char key_id[NP_NH1_KEY_ID_SIZE + 1];      /* of a shared secret; empty: none was named */
    uint8_t leaf[NP_FINGERPRINT_BYTES];       /* SHA-256 of what was presented first */
    uint8_t credential[NP_FINGERPRINT_BYTES]; /* of what is on record: leaf, issuer or key_id */
    bool has_leaf;
    void *job;     /* the judge's: while there is a question */
    void *session; /* the host's */
} np_visit;

/* Accepts NULL. The host's session is not looked at. */
void np_visit_free(np_visit *visit);

typedef struct np_gateway_judge_options {
    struct event_base *base;
    const char *registry; /* URI */
    unsigned wait_ms;     /* for others who hold the database */
    unsigned readers;
    np_admission_policy policy;
    const struct gateway_writable *writable; /* NULL: nobody asks */
    /* Who may not be inside any more. Told again and again while it is news. */
    void (*excluded)(void *self, const np_exclusion *exclusions, size_t count);
    void *self;
} np_gateway_judge_options;

/* Errors are those of np_store_open, NP_ESTATION_MEMORY and NP_ESTATION_IO. */
NP_MUST_USE np_code np_gateway_judge_start(const np_gateway_judge_options *options,
                                           np_gateway_judge **ret, np_error *err);

/* For visitors. */
const np_visitor_judge *np_gateway_judge_table(const np_gateway_judge *judge);

/* When it was seen is to be noted, soon. */
void np_gateway_judge_touch(np_gateway_judge *judge, const np_admission *admission);

/* Questions from now on are answered by this policy. */
void np_gateway_judge_use_policy(np_gateway_judge *judge, const np_admission_policy *policy);

/*
 * One who was refused has gone, or was never asked about (visit NULL): it is written down, soon and
 * together with others, so that an operator sees it. It may be lost.
 */
void np_gateway_judge_note_refusal(np_gateway_judge *judge, const np_visitor *visitor,
                                   const np_visit *visit);

/*
 * One has come in; if he was not on record, or was refused here lately, those who watch are told,
 * soon. It may be lost.
 */
void np_gateway_judge_note_arrival(np_gateway_judge *judge, const np_visitor *visitor,
                                   const np_visit *visit);

/*
 * Something else that the registry is asked for, or told. It belongs to the judge until done is
 * called, which is always, and once: whoever sent it may have gone by then.
 */
typedef struct np_errand {
    np_code (*run)(struct np_errand *self, np_store *store, np_error *err);  /* in a thread */
    void (*done)(struct np_errand *self, np_code code, const np_error *err); /* in the loop */
    bool is_recording; /* by the thread that records */
} np_errand;

/*
 * What run returned is what done is told, or why the registry could not be asked. False: out of
 * memory, and the errand was not taken over.
 */
bool np_gateway_judge_send(np_gateway_judge *judge, np_errand *errand);

/* Nobody waits for an answer any more. Ends the threads. Accepts NULL. */
void np_gateway_judge_free(np_gateway_judge *judge);
