/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is new at the door, gathered while the last news is written: the loop puts it in, the thread
 * that records stores it. There is room for so many refusals and arrivals in one group and no more,
 * so that a storm costs a bounded number of rows a second; who does not fit is noted at a later
 * try, or is not. Half of the room for refusals is for devices whose organisation is known, half
 * for strangers; in a half that is full, the organisation or the source of strangers
 * (np_refusal_source) that has most of it makes room for others. Inside the room.
 */
#pragma once

#include "gateway/visitor.h"
#include "registry/refusals.h"

enum {
    GATEWAY_NEWS_MAX = 64, /* of each kind in a group; not tuned */
    GATEWAY_LATELY_MAX = 256,
};

/* Leaves that this process has refused lately: that one of them comes in is news as well. */
typedef struct gateway_lately {
    uint8_t leaves[GATEWAY_LATELY_MAX][NP_FINGERPRINT_BYTES];
    size_t count;
    size_t next; /* the oldest, once it is full */
} gateway_lately;

/* Each once. */
void gateway_lately_add(gateway_lately *lately, const uint8_t leaf[static NP_FINGERPRINT_BYTES]);

/* Was it there? It is not any more. */
bool gateway_lately_take(gateway_lately *lately, const uint8_t leaf[static NP_FINGERPRINT_BYTES]);

/* Who stood at a door, and what was said to him. Texts and slices live during the call. */
typedef struct gateway_newcomer {
    const np_admission *admission;
    const char *org;       /* may be empty */
    const uint8_t *leaf;   /* SHA-256 of what was presented first; NULL: nothing was */
    const np_bytes *chain; /* of one who is refused */
    size_t chain_len;
    const char *peer; /* where he came from, in words */
} gateway_newcomer;

struct np_visit;

typedef struct gateway_news gateway_news;

/* NULL: out of memory. */
gateway_news *gateway_news_create(void);

/* Accepts NULL. */
void gateway_news_free(gateway_news *news);

/* visit may be NULL: nothing was presented. now: seconds since 1970. */
void gateway_news_add_refusal(gateway_news *news, const np_visitor *visitor,
                              const struct np_visit *visit, int64_t now);
void gateway_news_add_arrival(gateway_news *news, const np_visitor *visitor,
                              const struct np_visit *visit, int64_t now);

/* The same, of one who did not come as a visitor. */
void gateway_news_add_refused(gateway_news *news, const gateway_newcomer *newcomer, int64_t now);
void gateway_news_add_arrived(gateway_news *news, const gateway_newcomer *newcomer, int64_t now);

NP_MUST_USE np_code gateway_news_store(const gateway_news *news, np_store *store, np_error *err);
