/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The gateway as processes: one that listens, starts the others and watches over them, those that
 * serve devices, and one for the management API. SIGTERM and SIGINT end them gracefully; SIGHUP has
 * the configuration and the certificate read again. Ticket keys are made at the start and shared,
 * so that any process resumes any session. Nothing is printed here: what happens is told.
 */
#pragma once

#include "gateway/config.h"
#include "gateway/judge.h"

typedef enum np_gateway_event_kind {
    NP_GATEWAY_LISTENING, /* text: the address; once for each */
    NP_GATEWAY_MANAGING,  /* text: the address of the management API */
    NP_GATEWAY_ADMITTED,
    NP_GATEWAY_REFUSED,
    NP_GATEWAY_NO_HANDSHAKE, /* it went, or spoke no TLS; text says what libssl says */
    NP_GATEWAY_TURNED_AWAY,  /* by a limit; text says by which */
    NP_GATEWAY_ENDED,        /* a device that was inside and is blocked now */
    NP_GATEWAY_UPSTREAM,     /* one cannot be reached; text says which and why */
    NP_GATEWAY_RELOADED,
    NP_GATEWAY_TROUBLE,  /* text says what */
    NP_GATEWAY_LEFT_OUT, /* count refusals are not told of, since there were too many */
    NP_GATEWAY_STOPPED,
    NP_GATEWAY_EVENT_COUNT
} np_gateway_event_kind;

typedef struct np_gateway_event {
    np_gateway_event_kind kind;
    const char *peer;              /* NULL: none */
    const np_admission *admission; /* NULL: none */
    const np_visit *visit;         /* NULL: none */
    const char *tls_version;       /* NULL: none */
    bool is_resumed;
    const char *text; /* NULL: none */
    uint64_t count;
} np_gateway_event;

typedef struct np_gateway_host {
    /* Reads the configuration anew. */
    np_code (*load)(void *self, np_gateway_config *ret, np_error *err);
    /* A file, whole; released with free. */
    np_code (*read)(void *self, const char *path, uint8_t **ret, size_t *ret_len, np_error *err);
    void (*tell)(void *self, const np_gateway_event *event);
    void *self;
} np_gateway_host;

/*
 * Until it is told to end. Errors of the beginning: those of load, read, np_gateway_tls_create and
 * np_store_open; NP_ESTATION_IO when an address cannot be listened at.
 */
NP_MUST_USE np_code np_gateway_run(const np_gateway_host *host, np_error *err);
