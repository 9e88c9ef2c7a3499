/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/manage/connection.h"

#include "gateway/manage/body.h"
#include "gateway/manage/dispatch.h"
#include "gateway/manage/examiner.h"
#include "gateway/manage/problems.h"
#include "gateway/tls_internal.h"
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    READ_AT_ONCE = 65536,     /* what lies in memory of a body that goes to a file; not tuned */
    OUTLET_MAX = 1024 * 1024, /* that a stream's peer has not taken yet */
    LINGER_MS = 2000,         /* for the rest of a body that was refused */
    HEAD_SIZE = MANAGE_FIELDS_SIZE + 512,
    MS_PER_S = 1000,
};

typedef enum connection_state {
    IN_HEAD,
    IN_BODY,
    IN_EXAMINATION, /* the call is another thread's */
    IN_ANSWER,
    IN_STREAM,
    IN_LINGER, /* the answer has gone, and what still comes is thrown away */
} connection_state;

struct manage_outlet {
    manage_connection *connection;
};

struct manage_connection {
    manage_connection_options options;
    struct bufferevent *wire;
    struct event *deadline;
    connection_state state;
    bool is_idle;   /* in front of a request's first byte */
    bool is_last;   /* the answer under way is the last one */
    bool is_unread; /* the body of this request was not taken */
    bool is_gone;   /* it ends when the call has been examined */
    np_http_request request;
    uint8_t head[NP_HTTP_HEAD_MAX]; /* the request's slices point to it */
    manage_incoming body;
    manage_call call;
    manage_examination examination;
    manage_outlet outlet;
};

static void set_deadline(manage_connection *self, unsigned ms)
{
    const struct timeval after = {.tv_sec = ms / MS_PER_S,
                                  .tv_usec = (suseconds_t)(ms % MS_PER_S) * 1000};
    event_add(self->deadline, &after);
}

static const np_gateway_config *config_of(const manage_connection *self)
{
    return self->options.shared->config;
}

static struct evbuffer *input_of(const manage_connection *self)
{
    return bufferevent_get_input(self->wire);
}

/* A stream's owner is told; nothing of the call is left. */
static void clear_call(manage_connection *self)
{
    manage_stream stream = self->call.reply.stream;
    if (stream.closed != NULL) {
        self->call.reply.stream = (manage_stream){0};
        stream.closed(stream.self);
    }
    manage_call_clear(&self->call);
    manage_incoming_clear(&self->body);
    self->call = (manage_call){0};
}

static void release(manage_connection *self)
{
    clear_call(self);
    if (self->wire != NULL) {
        SSL *ssl = bufferevent_openssl_get_ssl(self->wire);
        if (ssl != NULL) {
            SSL_set_shutdown(ssl, SSL_RECEIVED_SHUTDOWN);
            SSL_shutdown(ssl); /* says that nothing is missing */
        }
        bufferevent_free(self->wire);
    }
    if (self->deadline != NULL) {
        event_free(self->deadline);
    }
    free(self);
}

void manage_connection_end(manage_connection *connection)
{
    if (connection->state == IN_EXAMINATION) {
        connection->is_gone = true;
        bufferevent_disable(connection->wire, EV_READ | EV_WRITE);
        return;
    }
    connection->options.ended(connection->options.self, connection);
    release(connection);
}

/* The answer. */

static void write_head(manage_connection *self, uint64_t body_len)
{
    uint8_t head[HEAD_SIZE];
    const manage_reply *reply = &self->call.reply;
    bool is_stream = reply->stream.opened != NULL;
    np_writer writer = np_writer_of(head, sizeof(head));
    self->is_last = self->is_last || self->request.is_last || self->is_unread || is_stream;
    const np_http_answer answer = {.status = reply->status,
                                   .type = reply->type,
                                   .fields = reply->fields,
                                   .body_len = body_len,
                                   .has_no_end = is_stream,
                                   .is_last = self->is_last};
    np_http_write_head(&writer, &answer);
    bufferevent_write(self->wire, head, np_writer_bytes(&writer).len);
}

static bool is_head_method(const manage_connection *self)
{
    return np_bytes_equal(self->request.method, np_bytes_text("HEAD"));
}

static void write_body(manage_connection *self, np_bytes body)
{
    write_head(self, body.len);
    if (!is_head_method(self) && body.len > 0) {
        bufferevent_write(self->wire, body.data, body.len);
    }
}

static void write_json(manage_connection *self)
{
    char *text = json_dumps(self->call.reply.json, JSON_COMPACT);
    manage_add_field(&self->call, "Cache-Control: no-store\r\n");
    if (self->call.reply.status == 204) {
        write_head(self, 0);
    } else {
        write_body(self, np_bytes_text(text == NULL ? "{}" : text));
    }
    free(text);
}

static void answer(manage_connection *self)
{
    manage_reply *reply = &self->call.reply;
    manage_add_field(&self->call, "X-Content-Type-Options: nosniff\r\n");
    self->state = reply->stream.opened == NULL ? IN_ANSWER : IN_STREAM;
    if (reply->stream.opened != NULL) {
        event_del(self->deadline);
        write_head(self, 0);
        self->outlet.connection = self;
        reply->stream.opened(reply->stream.self, &self->outlet);
        return;
    }
    set_deadline(self, config_of(self)->request_ms);
    if (reply->type != NULL) {
        write_body(self, reply->content);
    } else {
        write_json(self);
    }
}

static void refuse_and_end(manage_connection *self, manage_problem problem, const char *message)
{
    self->is_last = true;
    manage_refuse(&self->call, problem, message, NULL);
    answer(self);
}

/* The request. */

static void end_call(manage_connection *self)
{
    self->options.called(self->options.self, &self->call);
    answer(self);
}

static void on_examined(void *data)
{
    manage_connection *self = data;
    self->state = IN_ANSWER;
    if (self->is_gone) {
        manage_connection_end(self);
        return;
    }
    self->options.prepare(self->options.self);
    manage_conclude(&self->call);
    end_call(self);
}

/* It takes as long as it takes: the deadline begins again with the answer. */
static void examine(manage_connection *self)
{
    self->examination =
        (manage_examination){.call = &self->call, .done = on_examined, .self = self};
    event_del(self->deadline);
    self->state = IN_EXAMINATION;
    if (!manage_examiner_send(self->options.shared->examiner, &self->examination)) {
        manage_refuse(&self->call, MANAGE_STORAGE_UNAVAILABLE, "no thread can be started", NULL);
        end_call(self);
    }
}

static void finish_call(manage_connection *self)
{
    manage_incoming_finish(&self->body, &self->call);
    self->options.prepare(self->options.self);
    if (manage_finish(&self->call, manage_incoming_bytes(&self->body))) {
        end_call(self);
    } else {
        examine(self);
    }
}

static bool begin_body(manage_connection *self)
{
    np_error err = {0};
    bool is_file = self->call.route->body == MANAGE_FILE;
    np_code code = manage_incoming_begin(&self->body, self->request.body_len, is_file, &err);
    if (code != NP_OK) {
        self->is_unread = self->request.body_len > 0;
        manage_refuse_error(&self->call, code, &err);
        answer(self);
        return false;
    }
    if (self->request.expects_continue) {
        static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
        bufferevent_write(self->wire, go_on, sizeof(go_on) - 1);
    }
    self->state = IN_BODY;
    set_deadline(self,
                 is_file ? config_of(self)->management.upload_ms : config_of(self)->request_ms);
    return true;
}

static void begin_call(manage_connection *self)
{
    self->call.shared = self->options.shared;
    self->call.head = &self->request;
    self->call.peer = &self->options.peer;
    self->options.prepare(self->options.self);
    if (manage_begin(&self->call, (int64_t)time(NULL))) {
        (void)begin_body(self);
        return;
    }
    self->options.called(self->options.self, &self->call);
    self->is_unread = self->request.body_len > 0;
    answer(self);
}

static void read_head(manage_connection *self)
{
    struct evbuffer *input = input_of(self);
    size_t len = evbuffer_get_length(input);
    len = len > sizeof(self->head) ? sizeof(self->head) : len;
    if (self->is_idle && len > 0) {
        self->is_idle = false;
        set_deadline(self, config_of(self)->request_ms);
    }
    (void)evbuffer_copyout(input, self->head, len);
    np_http_verdict verdict = np_http_read(np_bytes_of(self->head, len), &self->request);
    if (verdict == NP_HTTP_BAD) {
        self->is_unread = true;
        refuse_and_end(self, manage_problem_of(self->request.status), "this is no request in HTTP");
    } else if (verdict == NP_HTTP_REQUEST) {
        (void)evbuffer_drain(input, self->request.len);
        begin_call(self);
    }
}

static void read_body(manage_connection *self)
{
    np_error err = {0};
    np_code code = manage_incoming_take(&self->body, input_of(self), &err);
    if (code != NP_OK) {
        self->is_unread = true;
        manage_refuse_error(&self->call, code, &err);
        answer(self);
    } else if (self->body.left == 0) {
        finish_call(self);
    }
}

/* As far as what has come allows. A body of no bytes is there at once. */
static void go_on(manage_connection *self)
{
    if (self->state == IN_HEAD && evbuffer_get_length(input_of(self)) > 0) {
        read_head(self);
    }
    if (self->state == IN_BODY) {
        read_body(self);
    }
    if (self->state == IN_LINGER || self->state == IN_STREAM) {
        (void)evbuffer_drain(input_of(self), evbuffer_get_length(input_of(self)));
    }
}

static void on_read(struct bufferevent *wire, void *self)
{
    (void)wire;
    go_on(self);
}

/* A peer that still sends would lose the answer if the connection were closed now. */
static void linger(manage_connection *self)
{
    self->state = IN_LINGER;
    set_deadline(self, LINGER_MS);
    if (bufferevent_openssl_get_ssl(self->wire) == NULL) {
        (void)shutdown(bufferevent_getfd(self->wire), SHUT_WR);
    }
    go_on(self);
}

static void on_written(struct bufferevent *wire, void *data)
{
    manage_connection *self = data;
    bool has_gone = evbuffer_get_length(bufferevent_get_output(wire)) == 0;
    if (self->state != IN_ANSWER || !has_gone) {
        return; /* what was written before the answer may be told of as late as this */
    }
    if (self->is_last) {
        clear_call(self);
        if (self->is_unread) {
            linger(self);
        } else {
            manage_connection_end(self);
        }
        return;
    }
    clear_call(self);
    self->state = IN_HEAD;
    self->is_idle = true;
    set_deadline(self, config_of(self)->idle_ms);
    go_on(self);
}

static void on_event(struct bufferevent *wire, short what, void *self)
{
    (void)wire;
    if ((what & (BEV_EVENT_EOF | BEV_EVENT_ERROR)) != 0) {
        manage_connection_end(self);
    }
}

static void on_deadline(evutil_socket_t fd, short what, void *data)
{
    manage_connection *self = data;
    bool has_begun = self->state == IN_BODY ||
                     (self->state == IN_HEAD && evbuffer_get_length(input_of(self)) > 0);
    (void)fd;
    (void)what;
    if (has_begun) {
        self->is_unread = true;
        refuse_and_end(self, MANAGE_TIMEOUT, "the request took too long to come");
    } else {
        manage_connection_end(self);
    }
}

/* Takes over the descriptor when it can. */
static struct bufferevent *open_wire(const manage_connection_options *options)
{
    enum { MANNERS = BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS };
    if (options->tls == NULL) {
        return bufferevent_socket_new(options->shared->base, options->fd, MANNERS);
    }
    SSL *ssl = SSL_new(options->tls->context);
    if (ssl == NULL) {
        return NULL;
    }
    /* a bufferevent waits for the descriptor, and does not know of what has been read ahead */
    SSL_set_read_ahead(ssl, 0);
    struct bufferevent *wire = bufferevent_openssl_socket_new(
        options->shared->base, options->fd, ssl, BUFFEREVENT_SSL_ACCEPTING, MANNERS);
    if (wire != NULL) {
        bufferevent_openssl_set_allow_dirty_shutdown(wire, 1);
    } else {
        SSL_free(ssl);
    }
    return wire;
}

manage_connection *manage_connection_begin(const manage_connection_options *options)
{
    manage_connection *self = calloc(1, sizeof(*self));
    struct bufferevent *wire = self == NULL ? NULL : open_wire(options);
    if (wire == NULL) {
        close(options->fd);
        free(self);
        return NULL;
    }
    self->options = *options;
    self->wire = wire;
    self->call.file = self->body.file = -1;
    self->deadline = event_new(options->shared->base, -1, 0, on_deadline, self);
    if (self->deadline == NULL) {
        release(self);
        return NULL;
    }
    bufferevent_setcb(wire, on_read, on_written, on_event, self);
    bufferevent_setwatermark(wire, EV_READ, 0, READ_AT_ONCE);
    bufferevent_enable(wire, EV_READ | EV_WRITE);
    set_deadline(self, config_of(self)->request_ms);
    return self;
}

void manage_connection_finish(manage_connection *connection)
{
    bool is_waiting = connection->state == IN_HEAD || connection->state == IN_STREAM;
    connection->is_last = true;
    if (is_waiting) {
        manage_connection_end(connection);
    }
}

bool manage_outlet_write(manage_outlet *outlet, np_bytes bytes)
{
    struct bufferevent *wire = outlet->connection->wire;
    return evbuffer_get_length(bufferevent_get_output(wire)) + bytes.len <= OUTLET_MAX &&
           bufferevent_write(wire, bytes.data, bytes.len) == 0;
}

void manage_outlet_end(manage_outlet *outlet)
{
    manage_connection *self = outlet->connection;
    self->call.reply.stream = (manage_stream){0};
    self->state = IN_ANSWER; /* it ends when all has gone */
    set_deadline(self, config_of(self)->request_ms);
    if (evbuffer_get_length(bufferevent_get_output(self->wire)) == 0) {
        bufferevent_trigger(self->wire, EV_WRITE, BEV_TRIG_DEFER_CALLBACKS);
    }
}
