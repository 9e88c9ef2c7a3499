/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connection to the management API: HTTP/1.1, by TLS or plain, one request after the other. Who
 * is slow, at sending or at taking, is cut; bodies come into memory or into a file without a name.
 * Inside the room.
 */
#pragma once

#include "gateway/manage/call.h"
#include "gateway/tls.h"

typedef struct manage_connection manage_connection;

typedef struct manage_connection_options {
    manage_shared *shared;
    const np_gateway_tls *tls; /* NULL: plain */
    int fd;                    /* taken over */
    struct sockaddr_storage peer;
    /* Before each call: opens the registry where that is not open. */
    void (*prepare)(void *self);
    /* After each call: what it returned. */
    void (*called)(void *self, const manage_call *call);
    void (*ended)(void *self, manage_connection *connection);
    void *self;
} manage_connection_options;

/* NULL: out of memory; the descriptor is closed. */
manage_connection *manage_connection_begin(const manage_connection_options *options);

/* No further request; it ends when the answer that is on its way has gone, a stream at once. */
void manage_connection_finish(manage_connection *connection);

/* At once. ended is called. */
void manage_connection_end(manage_connection *connection);
