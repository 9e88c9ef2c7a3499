/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an admitted device meets: the gateway's own small API, or an upstream to which its bytes are
 * passed on. Who came without a certificate is asked for a shared secret first. Inside the room.
 */
#pragma once

#include "gateway/server.h"

struct event_base;

typedef struct gateway_session gateway_session;

typedef struct gateway_session_options {
    struct event_base *base;
    np_visitor *visitor;
    np_visit *visit;
    np_gateway_judge *judge;
    const np_nh1_policy *secrets; /* for who has not been admitted; NULL: he is. Copied */
    np_nh1_memory *memory;        /* with it */
    const struct gateway_writable *writable; /* NULL: nobody asks */
    const np_config_upstream *upstream;      /* NULL: the API; copied */
    unsigned request_ms;
    void (*trouble)(void *self, np_visitor *visitor, const char *text); /* of the upstream */
    void (*admitted)(void *self, np_visitor *visitor);                  /* by a shared secret */
    void *self;
} gateway_session_options;

/* NULL: out of memory, or the upstream cannot be reached at all. */
gateway_session *gateway_session_begin(const gateway_session_options *options);

/* Bytes can be read or written. */
void gateway_session_ready(gateway_session *session);

/* The visitor has gone; what it has sent goes on to the upstream as far as that takes it. */
void gateway_session_end(gateway_session *session);
