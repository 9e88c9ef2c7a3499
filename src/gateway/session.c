/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/session.h"

#include "base/format.h"
#include "gateway/api.h"
#include "gateway/knock.h"
#include "gateway/proxy.h"
#include <errno.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum {
    /* bytes on the way in each direction: a request, and what is said of its sender before it */
    PIPE_SIZE = NP_HTTP_HEAD_MAX + NP_PROXY_MAX,
    LINGER_MS = 5000, /* for an upstream to take the last bytes; not tuned */
    MS_PER_S = 1000,
};

/* Bytes on the way from one side to the other. Who is silent, as most are, has no memory for them.
 */
typedef struct pipe_buffer {
    uint8_t *bytes; /* heap, PIPE_SIZE; NULL: none are on the way */
    size_t start;
    size_t len;
} pipe_buffer;

struct gateway_session {
    gateway_session_options options;
    np_config_upstream upstream;
    bool is_passing;            /* to the upstream; else the API */
    bool is_last;               /* the visitor goes when everything is written */
    gateway_question *question; /* of the device, which the registry has not answered yet */
    bool is_stranger;           /* it has proven nothing yet */
    gateway_knocking *knocking; /* its proof is being looked at */
    np_nh1_policy secrets;
    bool is_connected;
    bool is_alone; /* the visitor has gone */
    int fd;        /* to the upstream; -1: none */
    struct event *readable;
    struct event *writable;
    struct event *timer; /* API: a request takes too long; passing: to connect, to linger */
    pipe_buffer from_device;
    pipe_buffer to_device;
};

static np_bytes pending(const pipe_buffer *pipe)
{
    return pipe->len == 0 ? (np_bytes){NULL, 0} : np_bytes_of(pipe->bytes + pipe->start, pipe->len);
}

static void release_empty(pipe_buffer *pipe)
{
    if (pipe->len == 0) {
        free(pipe->bytes);
        *pipe = (pipe_buffer){0};
    }
}

static void take(pipe_buffer *pipe, size_t len)
{
    pipe->start += len;
    pipe->len -= len;
    release_empty(pipe);
}

/* Where more can be put, and how much; NULL: out of memory. */
static uint8_t *room(pipe_buffer *pipe, size_t *ret_size)
{
    if (pipe->bytes == NULL) {
        pipe->bytes = malloc(PIPE_SIZE);
    }
    if (pipe->start > 0) {
        memmove(pipe->bytes, pipe->bytes + pipe->start, pipe->len);
        pipe->start = 0;
    }
    *ret_size = pipe->bytes == NULL ? 0 : PIPE_SIZE - pipe->len;
    return pipe->bytes == NULL ? NULL : pipe->bytes + pipe->len;
}

/* There is room: nobody fills the rest before (space_of_device). False: out of memory. */
static bool put_first(pipe_buffer *pipe, np_bytes bytes)
{
    size_t size = 0;
    uint8_t *at = room(pipe, &size);
    if (at == NULL || size < bytes.len) {
        return false;
    }
    memmove(pipe->bytes + bytes.len, pipe->bytes, pipe->len);
    memcpy(pipe->bytes, bytes.data, bytes.len);
    pipe->len += bytes.len;
    return true;
}

/* A stranger leaves room for what is said of him, should he come in. */
static size_t kept_room(const gateway_session *session)
{
    return session->is_stranger ? NP_PROXY_MAX : 0;
}

/* How many bytes of the device there is room for. */
static size_t space_of_device(const gateway_session *session)
{
    size_t taken = session->from_device.len + kept_room(session);
    return taken < PIPE_SIZE ? PIPE_SIZE - taken : 0;
}

/* There is room. False: out of memory. */
static bool add(pipe_buffer *pipe, np_bytes bytes)
{
    size_t size = 0;
    uint8_t *at = bytes.len == 0 ? NULL : room(pipe, &size);
    if (at != NULL) {
        memcpy(at, bytes.data, bytes.len);
        pipe->len += bytes.len;
    }
    return bytes.len == 0 || at != NULL;
}

/* Nothing is read from a device that sends faster than it is read. */
static void pause_if_full(gateway_session *session)
{
    np_visitor_pause(session->options.visitor, space_of_device(session) == 0);
}

static void set_timer(gateway_session *session, unsigned ms)
{
    const struct timeval after = {.tv_sec = ms / MS_PER_S,
                                  .tv_usec = (suseconds_t)(ms % MS_PER_S) * 1000};
    event_add(session->timer, &after);
}

static void release(gateway_session *session)
{
    struct event *const events[] = {session->readable, session->writable, session->timer};
    for (size_t i = 0; i < NP_COUNT_OF(events); i++) {
        if (events[i] != NULL) {
            event_free(events[i]);
        }
    }
    if (session->fd >= 0) {
        close(session->fd);
    }
    free(session->from_device.bytes);
    free(session->to_device.bytes);
    free(session);
}

/* For an answer of the registry. */
static bool is_waiting(const gateway_session *session)
{
    return session->question != NULL || session->knocking != NULL;
}

/* False: it is gone. */
static bool write_to_device(gateway_session *session)
{
    size_t sent = 0;
    while (session->to_device.len > 0) {
        if (!np_visitor_write(session->options.visitor, pending(&session->to_device), &sent)) {
            np_visitor_end(session->options.visitor);
            return false;
        }
        if (sent == 0) {
            return true;
        }
        take(&session->to_device, sent);
    }
    if (session->is_last && !is_waiting(session)) {
        np_visitor_end(session->options.visitor);
        return false;
    }
    return true;
}

/* The API. */

static void put_answer(gateway_session *session, unsigned status, json_t *body)
{
    size_t size = 0;
    uint8_t *at = room(&session->to_device, &size);
    np_writer writer = np_writer_of(at, size);
    session->is_last = session->is_last || at == NULL;
    char *text = body == NULL ? NULL : json_dumps(body, JSON_COMPACT);
    np_bytes bytes = np_bytes_text(text == NULL ? "" : text);
    int64_t now = (int64_t)time(NULL);
    np_http_write(&writer, status, bytes, now, session->is_last);
    if (!np_writer_has_room(&writer)) {
        writer = np_writer_of(at, size);
        bytes = np_bytes_text("{\"error\":\"the answer is too long\"}");
        np_http_write(&writer, 500, bytes, now, session->is_last);
    }
    session->to_device.len += np_writer_bytes(&writer).len;
    free(text);
    json_decref(body);
}

static void answer_requests(gateway_session *session);

/* The registry's answer may come when the visitor waits for nothing else. */
static void take_answer(void *self, unsigned status, json_t *body)
{
    gateway_session *session = self;
    bool is_late = session->question != NULL;
    session->question = NULL;
    put_answer(session, status, body);
    if (is_late && write_to_device(session)) {
        answer_requests(session);
        pause_if_full(session);
    }
}

static void answer(gateway_session *session, const np_http_request *request)
{
    const gateway_api api = {.judge = session->options.judge,
                             .admission = np_visitor_admission(session->options.visitor),
                             .visit = session->options.visit,
                             .answer = take_answer,
                             .self = session};
    session->is_last = request->is_last;
    if (request->body_len > 0) {
        session->is_last = true; /* nothing that devices ask here has one, and it is not read */
        put_answer(session, 413, NULL);
        return;
    }
    session->question = gateway_api_ask(&api, request);
}

/* Waits for the rest of a head, but not for ever. False: there is none yet. */
static bool has_request(gateway_session *session, np_http_request *ret,
                        np_http_verdict *ret_verdict)
{
    *ret_verdict = np_http_read(pending(&session->from_device), ret);
    if (*ret_verdict == NP_HTTP_INCOMPLETE) {
        if (!event_pending(session->timer, EV_TIMEOUT, NULL)) {
            set_timer(session, session->options.request_ms);
        }
        return false;
    }
    event_del(session->timer);
    return true;
}

static void refuse_request(gateway_session *session, unsigned status, json_t *body)
{
    session->is_last = true;
    put_answer(session, status, body);
    (void)write_to_device(session);
}

/* One request after the other; the next when the last answer is on its way. */
static void answer_requests(gateway_session *session)
{
    np_http_request request;
    np_http_verdict verdict;
    while (!is_waiting(session) && session->to_device.len == 0 && session->from_device.len > 0) {
        if (!has_request(session, &request, &verdict)) {
            return;
        }
        if (verdict == NP_HTTP_BAD) {
            refuse_request(session, request.status, NULL);
            return;
        }
        answer(session, &request);
        take(&session->from_device, request.len);
        if (!write_to_device(session)) {
            return;
        }
    }
}

/* The upstream. */

static void arm(gateway_session *session)
{
    bool wants_to_write = !session->is_connected || session->from_device.len > 0;
    bool wants_to_read = session->is_connected && !session->is_alone && !session->is_last &&
                         session->to_device.len < PIPE_SIZE;
    if (wants_to_write) {
        event_add(session->writable, NULL);
    } else {
        event_del(session->writable);
    }
    if (wants_to_read) {
        event_add(session->readable, NULL);
    } else {
        event_del(session->readable);
    }
    if (!session->is_alone) {
        pause_if_full(session);
    }
}

static void say_trouble(gateway_session *session, const char *what, int number)
{
    char text[256];
    np_format(text, sizeof(text), "upstream %s: %s: %s", session->upstream.name, what,
              strerror(number));
    session->options.trouble(session->options.self, session->options.visitor, text);
}

/* Nothing more comes of the upstream. */
static void lose_upstream(gateway_session *session)
{
    if (session->is_alone) {
        release(session);
        return;
    }
    session->is_last = true;
    session->from_device.len = 0;
    event_del(session->readable);
    event_del(session->writable);
    (void)write_to_device(session);
}

/* False: it was lost, and with it perhaps the session. */
static bool write_to_upstream(gateway_session *session)
{
    np_bytes bytes = pending(&session->from_device);
    while (session->is_connected && bytes.len > 0) {
        ssize_t sent = write(session->fd, bytes.data, bytes.len);
        if (sent < 0 && (errno == EAGAIN || errno == EINTR)) {
            break;
        }
        if (sent < 0) {
            lose_upstream(session);
            return false;
        }
        take(&session->from_device, (size_t)sent);
        bytes = pending(&session->from_device);
    }
    return true;
}

static void on_writable(evutil_socket_t fd, short what, void *self)
{
    gateway_session *session = self;
    (void)what;
    if (!session->is_connected) {
        int error = 0;
        socklen_t len = sizeof(error);
        (void)getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len);
        if (error != 0) {
            say_trouble(session, "cannot be reached", error);
            lose_upstream(session);
            return;
        }
        session->is_connected = true;
        event_del(session->timer);
    }
    if (!write_to_upstream(session)) {
        return;
    }
    if (session->is_alone && session->from_device.len == 0) {
        release(session);
        return;
    }
    arm(session);
}

static void on_readable(evutil_socket_t fd, short what, void *self)
{
    gateway_session *session = self;
    size_t size = 0;
    uint8_t *at = room(&session->to_device, &size);
    ssize_t len = read(fd, at, size);
    (void)what;
    if (len < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (len <= 0) {
        lose_upstream(session);
        return;
    }
    session->to_device.len += (size_t)len;
    if (write_to_device(session)) {
        arm(session);
    }
}

static void on_timer(evutil_socket_t fd, short what, void *self)
{
    gateway_session *session = self;
    (void)fd;
    (void)what;
    if (session->is_passing && !session->is_connected && !session->is_alone) {
        say_trouble(session, "cannot be reached", ETIMEDOUT);
    }
    if (session->is_alone) {
        release(session);
    } else {
        np_visitor_end(session->options.visitor);
    }
}

/* Before all that the device has said. False: out of memory. */
static bool put_proxy(gateway_session *session)
{
    uint8_t bytes[NP_PROXY_MAX];
    np_writer writer = np_writer_of(bytes, sizeof(bytes));
    np_visitor *visitor = session->options.visitor;
    const np_admission *admission = np_visitor_admission(visitor);
    const np_visit *visit = session->options.visit;
    np_bytes identifier = np_bytes_of(admission->identifier, admission->identifier_len);
    const np_proxy proxy = {.source = np_visitor_peer(visitor),
                            .destination = np_visitor_local(visitor),
                            .org = np_bytes_text(visit->org),
                            .identifier = identifier,
                            .common_name = np_bytes_text(visit->common_name),
                            .tls_version = np_visitor_tls_version(visitor),
                            .leaf = visit->has_leaf ? visit->leaf : NULL,
                            .is_resumed = np_visitor_is_resumed(visitor)};
    np_proxy_write(&proxy, &writer);
    return put_first(&session->from_device, np_writer_bytes(&writer));
}

static bool connect_upstream(gateway_session *session)
{
    int yes = 1;
    const np_address *to = &session->upstream.address;
    session->fd = socket(to->storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (session->fd < 0 ||
        (connect(session->fd, (const struct sockaddr *)&to->storage, to->len) != 0 &&
         errno != EINPROGRESS)) {
        say_trouble(session, "cannot be reached", errno);
        return false;
    }
    (void)setsockopt(session->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    return true;
}

/* False: it cannot be reached at all. */
static bool begin_passing(gateway_session *session)
{
    struct event_base *base = session->options.base;
    if (!connect_upstream(session)) {
        return false;
    }
    session->readable = event_new(base, session->fd, EV_READ | EV_PERSIST, on_readable, session);
    session->writable = event_new(base, session->fd, EV_WRITE | EV_PERSIST, on_writable, session);
    if (session->readable == NULL || session->writable == NULL) {
        return false;
    }
    session->is_passing = true;
    if (session->upstream.sends_proxy && !put_proxy(session)) {
        return false;
    }
    set_timer(session, session->options.request_ms);
    arm(session);
    return true;
}

/* Who has no certificate. */

static void refuse_stranger(gateway_session *session, const np_reason_row *row)
{
    const np_admission *admission = np_visitor_admission(session->options.visitor);
    unsigned status = admission->reason == NP_REASON_NO_CERTIFICATE        ? 401
                      : admission->reason == NP_REASON_STORAGE_UNAVAILABLE ? 503
                                                                           : 403;
    refuse_request(session, status,
                   json_pack("{s:s, s:s}", "reason", row->name, "error", row->sentence));
}

/* The request that it has proven itself with is the first of what it wants. */
static void welcome(gateway_session *session)
{
    np_visitor *visitor = session->options.visitor;
    session->is_stranger = false;
    session->options.admitted(session->options.self, visitor);
    if (session->options.upstream == NULL) {
        answer_requests(session);
        pause_if_full(session);
    } else if (!begin_passing(session)) {
        np_visitor_end(visitor);
    }
}

static void take_verdict(void *self, const np_admission *admission)
{
    gateway_session *session = self;
    const np_reason_row *row = np_reason_at(admission->reason);
    session->knocking = NULL;
    np_visitor_admit(session->options.visitor, admission);
    if (row->is_admitted) {
        welcome(session);
    } else {
        refuse_stranger(session, row);
    }
}

static void let_knock(gateway_session *session)
{
    np_http_request request;
    np_http_verdict verdict;
    const gateway_knock_options options = {.judge = session->options.judge,
                                           .policy = session->secrets,
                                           .memory = session->options.memory,
                                           .writable = session->options.writable,
                                           .answer = take_verdict,
                                           .visit = session->options.visit,
                                           .self = session};
    if (session->from_device.len == 0 || is_waiting(session) || session->is_last ||
        !has_request(session, &request, &verdict)) {
        return;
    }
    if (verdict == NP_HTTP_BAD) {
        refuse_request(session, request.status, NULL);
        return;
    }
    np_bytes head = pending(&session->from_device);
    session->knocking = gateway_knock(&options, np_bytes_of(head.data, request.len));
}

gateway_session *gateway_session_begin(const gateway_session_options *options)
{
    gateway_session *session = calloc(1, sizeof(*session));
    if (session == NULL) {
        return NULL;
    }
    session->options = *options;
    session->fd = -1;
    session->is_stranger = options->secrets != NULL;
    if (session->is_stranger) {
        session->secrets = *options->secrets;
    }
    if (options->upstream != NULL) {
        session->upstream = *options->upstream;
    }
    session->timer = event_new(options->base, -1, 0, on_timer, session);
    bool begins_passing = options->upstream != NULL && !session->is_stranger;
    if (session->timer == NULL || (begins_passing && !begin_passing(session))) {
        release(session);
        return NULL;
    }
    set_timer(session, options->request_ms);
    return session;
}

/* What has come from the device goes where it belongs. False: it was lost. */
static bool pass_bytes(gateway_session *session)
{
    if (session->is_stranger) {
        let_knock(session);
    } else if (session->is_passing) {
        return write_to_upstream(session);
    } else {
        answer_requests(session);
    }
    return true;
}

void gateway_session_ready(gateway_session *session)
{
    uint8_t bytes[PIPE_SIZE]; /* most reads end with none: the heap is for those that do not */
    size_t len = 0;
    if (!write_to_device(session)) {
        return;
    }
    while (space_of_device(session) > 0) {
        if (!np_visitor_read(session->options.visitor, bytes, space_of_device(session), &len) ||
            !add(&session->from_device, np_bytes_of(bytes, len))) {
            np_visitor_end(session->options.visitor);
            return;
        }
        if (len == 0) {
            break;
        }
        if (!pass_bytes(session)) {
            return;
        }
    }
    if (session->is_passing) {
        arm(session);
    } else {
        (void)pass_bytes(session);
        pause_if_full(session);
    }
}

void gateway_session_end(gateway_session *session)
{
    session->is_alone = true;
    gateway_api_forget(session->question);
    gateway_knock_forget(session->knocking);
    if (!session->is_passing || session->from_device.len == 0 || session->fd < 0) {
        release(session);
        return;
    }
    arm(session);
    set_timer(session, LINGER_MS);
}
