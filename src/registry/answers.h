/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests that carry a key of their own are done once: what they change and what was answered are
 * stored in one transaction, and the same request again gets the same answer, also after whoever
 * answered was killed. Answers are kept for a day.
 */
#pragma once

#include "registry/fleet.h"

enum { NP_ANSWER_KEY_MAX = 128, NP_ANSWER_LIFETIME_S = 86400 };

typedef struct np_answer_key {
    int64_t token;                 /* whose request it is */
    np_bytes key;                  /* 1 to NP_ANSWER_KEY_MAX bytes of UTF-8 */
    const uint8_t *request_sha256; /* NP_FINGERPRINT_BYTES: of all that it asks for */
    int64_t now;
} np_answer_key;

typedef struct np_answer {
    unsigned status;
    np_bytes body; /* UTF-8 */
} np_answer;

typedef enum np_answer_outcome {
    NP_ANSWER_NONE,     /* nothing is known of the key */
    NP_ANSWER_DONE,     /* done now, and the answer is kept */
    NP_ANSWER_REPEATED, /* it was done before */
    NP_ANSWER_OTHER,    /* with this key something else was asked for */
} np_answer_outcome;

typedef struct np_answer_work {
    /* In the transaction; begins anew when it is called again. A status of 400 and more is not
     * kept, and takes nothing back: then it must not have changed anything. */
    NP_MUST_USE np_code (*act)(void *self, np_answer *ret, np_error *err);
    void (*repeat)(void *self, const np_answer *answer); /* of NP_ANSWER_REPEATED, in the call */
    void *self;
} np_answer_work;

/* Is there an answer? Calls repeat alone. */
NP_MUST_USE np_code np_answer_find(np_store *store, const np_answer_key *key,
                                   const np_answer_work *work, np_answer_outcome *ret,
                                   np_error *err);

/* Answers of act live until it is called again, or this returns. */
NP_MUST_USE np_code np_answer_once(np_store *store, const np_answer_key *key,
                                   const np_answer_work *work, np_answer_outcome *ret,
                                   np_error *err);
