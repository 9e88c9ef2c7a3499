/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The front door: listens, lets no more in than it can serve, and turns those who are let in into
 * visitors (gateway/visitor.h). What costs nothing is refused first: the limits apply before a byte
 * of TLS is read.
 */
#pragma once

#include "gateway/limiter.h"
#include "gateway/visitor.h"

typedef struct np_door np_door;

typedef struct np_door_options {
    np_visitor_options visitor; /* of each; its tls can be exchanged */
    int listener;               /* a listening socket that does not block; taken over */
    np_limiter_policy limits;
    uint64_t (*clock_ms)(void *self); /* monotonic */
    void *clock;
    /* Told of each one that was turned away; may be NULL. */
    void (*turned_away)(void *self, const struct sockaddr_storage *peer, np_limiter_verdict why);
    void *self;
} np_door_options;

/* NP_ESTATION_MEMORY. */
NP_MUST_USE np_code np_door_open(const np_door_options *options, np_door **ret, np_error *err);

/* New visitors get this context; those inside keep theirs. */
void np_door_use_tls(np_door *door, const np_gateway_tls *tls);

/* New visitors have so long. */
void np_door_use_times(np_door *door, unsigned handshake_ms, unsigned idle_ms);

/* Nobody new comes in; those inside stay. */
void np_door_close(np_door *door);

/* How many are inside or on their way in. */
size_t np_door_count(const np_door *door);

/* Ends everyone for whom wants says so: who was blocked, or all before the end. */
void np_door_end(np_door *door, bool (*wants)(void *self, const np_visitor *visitor), void *self);

/* Nobody may be inside any more. Accepts NULL. */
void np_door_free(np_door *door);
