/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/visitor.h"

#include "gateway/tls_internal.h"
#include <errno.h>
#include <event2/event.h>
#include <openssl/async.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <unistd.h>

typedef enum visitor_state {
    SHAKING_HANDS,
    INSIDE,
    PARTING, /* refused: it has a moment to read why */
    LEAVING, /* to be released by the next event */
} visitor_state;

enum { PARTING_MS = 1000 }; /* not tuned */

/* A question comes up on the small stack of a fibre, and is put to the judge on the great one. */
typedef enum question_state { NOT_ASKED, COME_UP, ASKED, ANSWERED } question_state;

struct np_visitor {
    np_visitor_options options;
    visitor_state state;
    question_state question;
    bool is_asking;     /* an answer now needs no event to go on */
    bool wants_to_read; /* what libssl waits for */
    bool wants_to_write;
    bool has_entered;
    bool is_gone;         /* without a goodbye: it hears none either */
    bool is_paused;       /* by the host: nothing is read */
    bool is_host_blocked; /* np_visitor_write took less than it was given */
    const char *failure;  /* libssl's own text */
    SSL *ssl;
    int fd;
    struct event *readable;
    struct event *writable;
    struct event *timer;
    struct event *wake;
    gateway_tls_asker asker;
    const np_bytes *chain; /* while there is a question */
    size_t chain_len;
    np_admission admission;
    struct sockaddr_storage peer;
    struct sockaddr_storage local;
    void *data;
};

static void release(np_visitor *visitor)
{
    struct event *const events[] = {visitor->readable, visitor->writable, visitor->timer,
                                    visitor->wake};
    for (size_t i = 0; i < NP_COUNT_OF(events); i++) {
        if (events[i] != NULL) {
            event_free(events[i]);
        }
    }
    SSL_free(visitor->ssl);
    close(visitor->fd);
    free(visitor);
}

/* What libssl's own table (ssl_x509err2alert) makes an alert of. */
typedef struct alert_row {
    np_alert alert;
    int error;
} alert_row;

static const alert_row alerts[] = {
    {NP_ALERT_BAD_CERTIFICATE, X509_V_ERR_CERT_REJECTED},
    {NP_ALERT_UNSUPPORTED_CERTIFICATE, X509_V_ERR_INVALID_PURPOSE},
    {NP_ALERT_CERTIFICATE_REVOKED, X509_V_ERR_CERT_REVOKED},
    {NP_ALERT_CERTIFICATE_EXPIRED, X509_V_ERR_CERT_HAS_EXPIRED},
    {NP_ALERT_UNKNOWN_CA, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT},
    {NP_ALERT_HANDSHAKE_FAILURE, X509_V_ERR_APPLICATION_VERIFICATION},
    {NP_ALERT_INTERNAL_ERROR, X509_V_ERR_OUT_OF_MEM},
};

static int error_of(np_reason reason)
{
    for (size_t i = 0; i < NP_COUNT_OF(alerts); i++) {
        if (alerts[i].alert == np_reason_at(reason)->alert) {
            return alerts[i].error;
        }
    }
    return X509_V_ERR_APPLICATION_VERIFICATION;
}

/* Inside the handshake. The chain is of this fibre's frame, which stays while it waits. */
static bool is_welcome(void *self, const np_bytes *chain, size_t chain_len, int *ret_error)
{
    np_visitor *visitor = self;
    visitor->question = COME_UP;
    visitor->chain = chain;
    visitor->chain_len = chain_len;
    while (visitor->question != ANSWERED) {
        ASYNC_pause_job();
    }
    const np_reason_row *row = np_reason_at(visitor->admission.reason);
    *ret_error = row->is_admitted ? X509_V_OK : error_of(visitor->admission.reason);
    return row->is_admitted;
}

void np_visitor_answer(np_visitor *visitor, const np_admission *admission)
{
    visitor->admission = *admission;
    visitor->question = ANSWERED;
    if (!visitor->is_asking) {
        event_active(visitor->wake, 0, 0);
    }
}

static void set_timer(np_visitor *visitor, unsigned ms)
{
    const struct timeval after = {.tv_sec = ms / 1000, .tv_usec = (suseconds_t)(ms % 1000) * 1000};
    event_add(visitor->timer, &after);
}

/* libssl says what it waits for; the host may wait for room besides. */
static void arm(np_visitor *visitor)
{
    if (visitor->wants_to_read && !visitor->is_paused) {
        event_add(visitor->readable, NULL);
    } else {
        event_del(visitor->readable);
    }
    if (visitor->wants_to_write) {
        event_add(visitor->writable, NULL);
    } else {
        event_del(visitor->writable);
    }
}

/* Nobody waits for the answer any more; the fibre must come to its end before it is released. */
static void take_question_back(np_visitor *visitor)
{
    const np_visitor_judge *judge = visitor->options.judge;
    judge->forget(judge->self, visitor);
    visitor->admission = (np_admission){.reason = NP_REASON_STORAGE_UNAVAILABLE};
    visitor->question = ANSWERED;
    (void)SSL_do_handshake(visitor->ssl);
    ERR_clear_error();
}

static void leave(np_visitor *visitor)
{
    if (visitor->question == ASKED) {
        take_question_back(visitor);
    }
    if (visitor->state != LEAVING) {
        visitor->state = LEAVING;
        event_active(visitor->wake, 0, 0);
    }
}

/*
 * What a device has sent already, behind a handshake that it takes for good (TLS 1.3), would make
 * the closing a reset, which takes the alert away: so it is read until the device closes too.
 */
static void part(np_visitor *visitor)
{
    visitor->state = PARTING;
    (void)shutdown(visitor->fd, SHUT_WR);
    visitor->wants_to_read = true;
    visitor->wants_to_write = false;
    arm(visitor);
    set_timer(visitor, PARTING_MS);
}

static void read_to_the_end(np_visitor *visitor)
{
    uint8_t unread[4096];
    ssize_t len = recv(visitor->fd, unread, sizeof(unread), MSG_DONTWAIT);
    if (len == 0 || (len < 0 && errno != EAGAIN && errno != EINTR)) {
        leave(visitor);
    }
}

/* True when there is nothing to do but to wait. */
static bool has_to_wait(np_visitor *visitor, int result)
{
    int error = SSL_get_error(visitor->ssl, result);
    visitor->is_gone = error == SSL_ERROR_SYSCALL || error == SSL_ERROR_SSL;
    visitor->wants_to_read = error == SSL_ERROR_WANT_READ;
    visitor->wants_to_write = error == SSL_ERROR_WANT_WRITE;
    return visitor->wants_to_read || visitor->wants_to_write || error == SSL_ERROR_WANT_ASYNC;
}

static void enter(np_visitor *visitor)
{
    visitor->state = INSIDE;
    visitor->has_entered = true;
    visitor->wants_to_read = true;
    visitor->wants_to_write = false;
    SSL_clear_mode(visitor->ssl, SSL_MODE_ASYNC);         /* nothing waits any more */
    SSL_set_mode(visitor->ssl, SSL_MODE_RELEASE_BUFFERS); /* and it may stay for long */
    arm(visitor);
    set_timer(visitor, visitor->options.idle_ms);
    visitor->options.host->entered(visitor->options.host->self, visitor);
    if (SSL_has_pending(visitor->ssl) == 1) { /* they came with the last ones of the handshake */
        event_active(visitor->wake, 0, 0);
    }
}

static void put_question(np_visitor *visitor)
{
    const np_visitor_judge *judge = visitor->options.judge;
    visitor->question = ASKED;
    visitor->is_asking = true;
    judge->ask(judge->self, visitor, visitor->chain, visitor->chain_len);
    visitor->is_asking = false;
}

/* As far as it goes without waiting: *ret_result is libssl's last word. */
static void step_hands(np_visitor *visitor, int *ret_result)
{
    do {
        ERR_clear_error();
        *ret_result = SSL_do_handshake(visitor->ssl);
        if (visitor->question != COME_UP) {
            return;
        }
        put_question(visitor);
    } while (visitor->question == ANSWERED);
}

static void shake_hands(np_visitor *visitor)
{
    int result = 0;
    step_hands(visitor, &result);
    if (result == 1) {
        enter(visitor);
    } else if (has_to_wait(visitor, result)) {
        arm(visitor);
    } else {
        visitor->failure = ERR_reason_error_string(ERR_peek_error());
        part(visitor);
    }
    ERR_clear_error();
}

static void go_on(evutil_socket_t fd, short what, void *self)
{
    np_visitor *visitor = self;
    (void)fd;
    (void)what;
    if (visitor->state == SHAKING_HANDS) {
        shake_hands(visitor);
    } else if (visitor->state == INSIDE) {
        set_timer(visitor, visitor->options.idle_ms);
        visitor->options.host->ready(visitor->options.host->self, visitor);
    } else if (visitor->state == PARTING) {
        read_to_the_end(visitor);
    } else {
        visitor->options.host->ended(visitor->options.host->self, visitor);
        release(visitor);
    }
}

static void be_late(evutil_socket_t fd, short what, void *self)
{
    np_visitor *visitor = self;
    (void)fd;
    (void)what;
    leave(visitor);
}

static bool make_events(np_visitor *visitor)
{
    struct event_base *base = visitor->options.base;
    visitor->readable = event_new(base, visitor->fd, EV_READ | EV_PERSIST, go_on, visitor);
    visitor->writable = event_new(base, visitor->fd, EV_WRITE | EV_PERSIST, go_on, visitor);
    visitor->timer = event_new(base, -1, 0, be_late, visitor);
    visitor->wake = event_new(base, -1, 0, go_on, visitor);
    return visitor->readable != NULL && visitor->writable != NULL && visitor->timer != NULL &&
           visitor->wake != NULL;
}

np_visitor *np_visitor_begin(const np_visitor_options *options, int fd,
                             const struct sockaddr_storage *peer)
{
    np_visitor *visitor = calloc(1, sizeof(*visitor));
    if (visitor == NULL) {
        close(fd);
        return NULL;
    }
    visitor->options = *options;
    visitor->fd = fd;
    visitor->peer = *peer;
    visitor->admission.reason = NP_REASON_NO_CERTIFICATE;
    visitor->asker = (gateway_tls_asker){.is_welcome = is_welcome, .self = visitor};
    visitor->ssl = gateway_tls_begin(options->tls, fd, &visitor->asker);
    if (visitor->ssl == NULL || !make_events(visitor)) {
        release(visitor);
        return NULL;
    }
    visitor->wants_to_read = true;
    arm(visitor);
    set_timer(visitor, options->handshake_ms);
    return visitor;
}

void np_visitor_admit(np_visitor *visitor, const np_admission *admission)
{
    visitor->admission = *admission;
}

const np_admission *np_visitor_admission(const np_visitor *visitor)
{
    return &visitor->admission;
}

const struct sockaddr_storage *np_visitor_peer(const np_visitor *visitor)
{
    return &visitor->peer;
}

const struct sockaddr_storage *np_visitor_local(np_visitor *visitor)
{
    socklen_t len = sizeof(visitor->local);
    (void)getsockname(visitor->fd, (struct sockaddr *)&visitor->local, &len);
    return &visitor->local;
}

bool np_visitor_has_entered(const np_visitor *visitor)
{
    return visitor->has_entered;
}

bool np_visitor_is_resumed(const np_visitor *visitor)
{
    return SSL_session_reused(visitor->ssl) == 1;
}

const char *np_visitor_tls_version(const np_visitor *visitor)
{
    return SSL_get_version(visitor->ssl);
}

const char *np_visitor_failure(const np_visitor *visitor)
{
    return visitor->failure;
}

void np_visitor_pause(np_visitor *visitor, bool is_paused)
{
    if (visitor->state == INSIDE && visitor->is_paused != is_paused) {
        visitor->is_paused = is_paused;
        arm(visitor);
        if (!is_paused) { /* libssl may have bytes that no event tells of */
            event_active(visitor->wake, 0, 0);
        }
    }
}

void np_visitor_set_data(np_visitor *visitor, void *data)
{
    visitor->data = data;
}

void *np_visitor_data(const np_visitor *visitor)
{
    return visitor->data;
}

bool np_visitor_read(np_visitor *visitor, uint8_t *buffer, size_t size, size_t *ret_len)
{
    *ret_len = 0;
    if (visitor->state != INSIDE) {
        return false;
    }
    ERR_clear_error();
    int result = SSL_read_ex(visitor->ssl, buffer, size, ret_len);
    bool is_alive = result == 1 || has_to_wait(visitor, result);
    visitor->wants_to_read = true;
    visitor->wants_to_write = visitor->wants_to_write || visitor->is_host_blocked;
    arm(visitor);
    ERR_clear_error();
    return is_alive;
}

bool np_visitor_write(np_visitor *visitor, np_bytes bytes, size_t *ret_len)
{
    *ret_len = 0;
    if (visitor->state != INSIDE) {
        return false;
    }
    ERR_clear_error();
    int result = bytes.len == 0 ? 1 : SSL_write_ex(visitor->ssl, bytes.data, bytes.len, ret_len);
    bool is_alive = result == 1 || has_to_wait(visitor, result);
    visitor->is_host_blocked = is_alive && *ret_len < bytes.len;
    visitor->wants_to_read = true;
    visitor->wants_to_write = visitor->is_host_blocked;
    arm(visitor);
    ERR_clear_error();
    return is_alive;
}

void np_visitor_end(np_visitor *visitor)
{
    if (visitor->state == INSIDE && !visitor->is_gone) {
        (void)SSL_shutdown(visitor->ssl); /* says it once; the peer's answer is not waited for */
        ERR_clear_error();
    }
    leave(visitor);
}
