/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One connection at the front door, from its first byte to its last: the handshake, the question
 * whether it may come in, and after that bytes in and out. It runs in one thread on libevent; a
 * question that takes its time holds up this connection and no other, since the handshake waits in
 * a fibre of libcrypto (ASYNC_pause_job) in whatever version of TLS.
 *
 * Rule for those who are asked: np_visitor_answer exactly once for each question, at once or later;
 * never after forget was called. The process ignores SIGPIPE: libssl writes to sockets that may be
 * gone.
 */
#pragma once

#include "gateway/tls.h"
#include "registry/admission.h"
#include <sys/socket.h>

struct event_base;

typedef struct np_visitor np_visitor;

/* Who decides. */
typedef struct np_visitor_judge {
    /* The chain lives until the answer. Called again for each resumption, with the leaf alone. */
    void (*ask)(void *self, np_visitor *visitor, const np_bytes *chain, size_t chain_len);
    /* The visitor has gone before it was answered. */
    void (*forget)(void *self, np_visitor *visitor);
    void *self;
} np_visitor_judge;

/* What happens to it. All are called once at most, ended always and last. */
typedef struct np_visitor_host {
    void (*entered)(void *self, np_visitor *visitor); /* the handshake is over */
    /* Bytes can be read, or can be written again after np_visitor_write took less than it was
     * given. */
    void (*ready)(void *self, np_visitor *visitor);
    void (*ended)(void *self, np_visitor *visitor); /* it is released when this returns */
    void *self;
} np_visitor_host;

typedef struct np_visitor_options {
    struct event_base *base;
    const np_gateway_tls *tls;
    const np_visitor_judge *judge;
    const np_visitor_host *host;
    unsigned handshake_ms; /* from the first byte to entered, the waiting for the answer included */
    unsigned idle_ms;      /* without a byte in either direction */
} np_visitor_options;

/* Takes the socket over, which does not block. NULL: out of memory, and the socket is closed. */
np_visitor *np_visitor_begin(const np_visitor_options *options, int fd,
                             const struct sockaddr_storage *peer);

/* The answer. */
void np_visitor_answer(np_visitor *visitor, const np_admission *admission);

/* One who came in without a certificate was judged by something else: what that came to. */
void np_visitor_admit(np_visitor *visitor, const np_admission *admission);

/* The last answer; a reason of NP_REASON_NO_CERTIFICATE when nobody was asked yet. */
const np_admission *np_visitor_admission(const np_visitor *visitor);

const struct sockaddr_storage *np_visitor_peer(const np_visitor *visitor);
/* Its end of ours: the address that was connected to. */
const struct sockaddr_storage *np_visitor_local(np_visitor *visitor);
bool np_visitor_has_entered(const np_visitor *visitor);
bool np_visitor_is_resumed(const np_visitor *visitor);
const char *np_visitor_tls_version(const np_visitor *visitor); /* "TLSv1.3" */

/* What libssl says about a handshake that came to nothing; NULL: nothing went wrong. */
const char *np_visitor_failure(const np_visitor *visitor);

/* Nothing is read while it is paused, so that who sends faster than another takes has to wait. */
void np_visitor_pause(np_visitor *visitor, bool is_paused);

/* The application's pointer. */
void np_visitor_set_data(np_visitor *visitor, void *data);
void *np_visitor_data(const np_visitor *visitor);

/* Bytes read: 0 for none now; read until then, or ready is not called again. False: that was all.
 */
bool np_visitor_read(np_visitor *visitor, uint8_t *buffer, size_t size, size_t *ret_len);

/* Bytes taken: less than len when the peer is slow; ready is called then. False: it is gone. */
bool np_visitor_write(np_visitor *visitor, np_bytes bytes, size_t *ret_len);

/* Says goodbye, as far as the peer listens, and ends it; soon, never inside this call. */
void np_visitor_end(np_visitor *visitor);
