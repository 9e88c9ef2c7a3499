/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/session.h"

#include "base/format.h"
#include "gateway/http.h"
#include "gateway/proxy.h"
#include <errno.h>
#include <event2/event.h>
#include <jansson.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum {
    PIPE_SIZE = NP_HTTP_HEAD_MAX, /* bytes on the way in each direction */
    LINGER_MS = 5000,             /* for an upstream to take the last bytes; not tuned */
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
    bool is_passing; /* to the upstream; else the API */
    bool is_last;    /* the visitor goes when everything is written */
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
    return np_bytes_of(pipe->bytes + pipe->start, pipe->len);
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
    if (session->is_last) {
        np_visitor_end(session->options.visitor);
        return false;
    }
    return true;
}

/* The API. */

static json_t *tell_me(const gateway_session *session)
{
    const np_admission *admission = np_visitor_admission(session->options.visitor);
    return json_pack("{s:s, s:s%, s:s}", "organisation", session->options.visit->org, "identifier",
                     (const char *)admission->identifier, admission->identifier_len, "reason",
                     np_reason_at(admission->reason)->name);
}

static json_t *tell_time(const gateway_session *session)
{
    char text[32];
    time_t now = time(NULL);
    struct tm civil;
    (void)session;
    gmtime_r(&now, &civil);
    (void)strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &civil);
    return json_pack("{s:I, s:s}", "unix", (json_int_t)now, "utc", text);
}

typedef struct api_row {
    const char *path;
    json_t *(*tell)(const gateway_session *session);
} api_row;

static const api_row api[] = {
    {"/v1/me", tell_me},
    {"/v1/time", tell_time},
};

static const api_row *find_row(np_bytes path)
{
    for (size_t i = 0; i < NP_COUNT_OF(api); i++) {
        if (np_bytes_equal(path, np_bytes_text(api[i].path))) {
            return &api[i];
        }
    }
    return NULL;
}

static void put_answer(gateway_session *session, unsigned status, json_t *body)
{
    size_t size = 0;
    uint8_t *at = room(&session->to_device, &size);
    np_writer writer = np_writer_of(at, size);
    session->is_last = session->is_last || at == NULL;
    char *text = body == NULL ? NULL : json_dumps(body, JSON_COMPACT);
    np_http_write(&writer, status, np_bytes_text(text == NULL ? "" : text), session->is_last);
    session->to_device.len += np_writer_bytes(&writer).len;
    free(text);
    json_decref(body);
}

static void answer(gateway_session *session, const np_http_request *request)
{
    const api_row *row = find_row(request->path);
    bool is_get = np_bytes_equal(request->method, np_bytes_text("GET"));
    session->is_last = request->is_last;
    if (request->body_len > 0) {
        session->is_last = true; /* nothing that devices ask here has one, and it is not read */
        put_answer(session, 413, NULL);
    } else if (row == NULL) {
        put_answer(session, 404, json_pack("{s:s}", "error", "GET /v1/me and /v1/time are here"));
    } else if (!is_get) {
        put_answer(session, 405, json_pack("{s:s}", "error", "only GET"));
    } else {
        put_answer(session, 200, row->tell(session));
    }
}

/* One request after the other; the next when the last answer is on its way. */
static void answer_requests(gateway_session *session)
{
    np_http_request request;
    while (session->to_device.len == 0 && session->from_device.len > 0) {
        np_http_verdict verdict = np_http_read(pending(&session->from_device), &request);
        if (verdict == NP_HTTP_INCOMPLETE) {
            if (!event_pending(session->timer, EV_TIMEOUT, NULL)) {
                set_timer(session, session->options.request_ms);
            }
            return;
        }
        event_del(session->timer);
        if (verdict == NP_HTTP_BAD) {
            session->is_last = true;
            put_answer(session, request.status, NULL);
        } else {
            answer(session, &request);
            take(&session->from_device, request.len);
        }
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
        np_visitor_pause(session->options.visitor, session->from_device.len == PIPE_SIZE);
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

static bool put_proxy(gateway_session *session)
{
    size_t size = 0;
    uint8_t *at = room(&session->from_device, &size);
    np_writer writer = np_writer_of(at, size);
    const np_visitor *visitor = session->options.visitor;
    const np_admission *admission = np_visitor_admission(visitor);
    const np_visit *visit = session->options.visit;
    np_bytes identifier = np_bytes_of(admission->identifier, admission->identifier_len);
    const np_proxy proxy = {.source = np_visitor_peer(visitor),
                            .destination = np_visitor_local(visitor),
                            .org = np_bytes_text(visit->org),
                            .identifier = identifier,
                            .common_name = np_bytes_text(visit->common_name),
                            .tls_version = np_visitor_tls_version(visitor),
                            .leaf = visit->leaf,
                            .is_resumed = np_visitor_is_resumed(visitor)};
    np_proxy_write(&proxy, &writer);
    session->from_device.len += np_writer_bytes(&writer).len;
    return session->from_device.len > 0;
}

static bool make_events(gateway_session *session)
{
    struct event_base *base = session->options.base;
    session->timer = event_new(base, -1, 0, on_timer, session);
    if (session->is_passing) {
        session->readable =
            event_new(base, session->fd, EV_READ | EV_PERSIST, on_readable, session);
        session->writable =
            event_new(base, session->fd, EV_WRITE | EV_PERSIST, on_writable, session);
    }
    return session->timer != NULL &&
           (!session->is_passing || (session->readable != NULL && session->writable != NULL));
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

gateway_session *gateway_session_begin(const gateway_session_options *options)
{
    gateway_session *session = calloc(1, sizeof(*session));
    if (session == NULL) {
        return NULL;
    }
    session->options = *options;
    session->fd = -1;
    session->is_passing = options->upstream != NULL;
    if (session->is_passing) {
        session->upstream = *options->upstream;
    }
    if ((session->is_passing && !connect_upstream(session)) || !make_events(session)) {
        release(session);
        return NULL;
    }
    if (session->is_passing && session->upstream.sends_proxy && !put_proxy(session)) {
        release(session);
        return NULL;
    }
    set_timer(session, options->request_ms);
    if (session->is_passing) {
        arm(session);
    }
    return session;
}

void gateway_session_ready(gateway_session *session)
{
    size_t size = 0;
    size_t len = 0;
    if (!write_to_device(session)) {
        return;
    }
    for (;;) {
        uint8_t *at = room(&session->from_device, &size);
        if (at != NULL && size == 0) {
            break;
        }
        if (at == NULL || !np_visitor_read(session->options.visitor, at, size, &len)) {
            np_visitor_end(session->options.visitor);
            return;
        }
        if (len == 0) {
            release_empty(&session->from_device);
            break;
        }
        session->from_device.len += len;
        if (!session->is_passing) {
            answer_requests(session);
        } else if (!write_to_upstream(session)) {
            return;
        }
    }
    if (session->is_passing) {
        arm(session);
    } else {
        answer_requests(session);
        np_visitor_pause(session->options.visitor, session->from_device.len == PIPE_SIZE);
    }
}

void gateway_session_end(gateway_session *session)
{
    session->is_alone = true;
    if (!session->is_passing || session->from_device.len == 0 || session->fd < 0) {
        release(session);
        return;
    }
    arm(session);
    set_timer(session, LINGER_MS);
}
