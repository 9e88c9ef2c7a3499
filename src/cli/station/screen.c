/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/station/screen.h"

#include "base/format.h"
#include "cli/station/screen_files.h"
#include "gateway/address.h"
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/http.h>
#include <event2/listener.h>
#include <stdlib.h>
#include <string.h>

enum {
    WATCHERS_MAX = 32,        /* screens that are open at a time. Not tuned */
    UNREAD_MAX = 1024 * 1024, /* of what a watcher has not taken: it is dropped then */
    GATHER_US = 50 * 1000,    /* nobody reads faster than that */
    BEAT_S = 10,              /* so that a browser knows that the station is there */
    HEAD_MAX = 16 * 1024,     /* of a request */
    ORDER_MAX = 2048,         /* bytes: a label's code, and its bay */
    METHODS = EVHTTP_REQ_GET | EVHTTP_REQ_HEAD | EVHTTP_REQ_POST,
};

typedef struct watcher {
    struct cli_screen *screen;
    struct evhttp_request *request; /* NULL: free */
} watcher;

struct cli_screen {
    cli_screen_options options;
    struct evhttp *server;
    struct event *soon; /* the state goes out */
    struct event *beat;
    uint8_t *text; /* NP_BOARD_JSON_MAX, for a state */
    watcher watchers[WATCHERS_MAX];
};

/* Answers */

static void answer(struct evhttp_request *request, int status, const char *type, np_bytes content)
{
    struct evkeyvalq *head = evhttp_request_get_output_headers(request);
    struct evbuffer *body = evhttp_request_get_output_buffer(request);
    for (const np_page_field *field = np_page_fields; field->name != NULL; field++) {
        evhttp_add_header(head, field->name, field->value);
    }
    if (type != NULL) {
        evhttp_add_header(head, "Content-Type", type);
        evhttp_add_header(head, "X-Content-Type-Options", "nosniff");
        evbuffer_add(body, content.data, content.len);
    }
    evhttp_send_reply(request, status, NULL, NULL);
}

static void answer_text(struct evhttp_request *request, int status, const char *text)
{
    answer(request, status, "text/plain; charset=utf-8", np_bytes_text(text));
}

static np_bytes write_state(cli_screen *screen)
{
    np_writer writer = np_writer_of(screen->text, NP_BOARD_JSON_MAX);
    np_board_write(screen->options.board, &writer);
    return np_writer_bytes(&writer);
}

/* Who watches */

static void forget(struct evhttp_connection *connection, void *self)
{
    watcher *one = self;
    (void)connection;
    one->request = NULL;
}

static void send_event(watcher *one, np_bytes event)
{
    struct evhttp_connection *connection = evhttp_request_get_connection(one->request);
    struct evbuffer *chunk = evbuffer_new();
    struct evbuffer *unread = bufferevent_get_output(evhttp_connection_get_bufferevent(connection));
    if (chunk == NULL || evbuffer_get_length(unread) > UNREAD_MAX) {
        evhttp_connection_free(connection); /* forget is called */
    } else if (evbuffer_add(chunk, event.data, event.len) == 0) {
        evhttp_send_reply_chunk(one->request, chunk);
    }
    if (chunk != NULL) {
        evbuffer_free(chunk);
    }
}

static void send_all(cli_screen *screen, np_bytes event)
{
    for (size_t i = 0; i < WATCHERS_MAX; i++) {
        if (screen->watchers[i].request != NULL) {
            send_event(&screen->watchers[i], event);
        }
    }
}

static void send_state(cli_screen *screen, watcher *only)
{
    static const char before[] = "event: state\ndata: ";
    np_writer writer = np_writer_of(screen->text, NP_BOARD_JSON_MAX);
    np_write_text(&writer, before);
    np_board_write(screen->options.board, &writer);
    np_write_text(&writer, "\n\n");
    if (only == NULL) {
        send_all(screen, np_writer_bytes(&writer));
    } else {
        send_event(only, np_writer_bytes(&writer));
    }
}

static void take_soon(evutil_socket_t fd, short what, void *self)
{
    (void)fd;
    (void)what;
    send_state(self, NULL);
}

static void take_beat(evutil_socket_t fd, short what, void *self)
{
    (void)fd;
    (void)what;
    send_all(self, np_bytes_text("event: here\ndata: 1\n\n"));
}

static void begin_watch(cli_screen *screen, struct evhttp_request *request)
{
    struct evkeyvalq *head = evhttp_request_get_output_headers(request);
    for (size_t i = 0; i < WATCHERS_MAX; i++) {
        watcher *one = &screen->watchers[i];
        if (one->request == NULL) {
            *one = (watcher){screen, request};
            evhttp_connection_set_closecb(evhttp_request_get_connection(request), forget, one);
            evhttp_add_header(head, "Content-Type", "text/event-stream");
            evhttp_add_header(head, "Cache-Control", "no-store");
            evhttp_send_reply_start(request, HTTP_OK, NULL);
            send_state(screen, one);
            return;
        }
    }
    answer_text(request, HTTP_SERVUNAVAIL, "too many screens are open: close one");
}

/* Orders */

static void take_order(cli_screen *screen, struct evhttp_request *request)
{
    char line[ORDER_MAX];
    struct evbuffer *body = evhttp_request_get_input_buffer(request);
    np_error err = {.code = NP_OK};
    ssize_t len = evbuffer_remove(body, line, sizeof(line));
    np_code code = screen->options.order(screen->options.self,
                                         np_bytes_of(line, len > 0 ? (size_t)len : 0), &err);
    if (code == NP_OK) {
        answer(request, HTTP_NOCONTENT, NULL, (np_bytes){NULL, 0});
    } else {
        answer_text(request, 409, err.message);
    }
}

/* Requests */

/* The names of this machine for itself. Others lead here when somebody's name server says so. */
static bool is_own_host(const char *host)
{
    static const char *const names[] = {"127.0.0.1", "localhost", "[::1]"};
    for (size_t i = 0; i < NP_COUNT_OF(names); i++) {
        size_t len = strlen(names[i]);
        if (strncasecmp(host, names[i], len) == 0 && (host[len] == '\0' || host[len] == ':')) {
            return true;
        }
    }
    return false;
}

/* A page of another site says where it is from; programs that are no browsers say nothing. */
static bool is_own_page(const struct evkeyvalq *head, const char *host)
{
    const char *origin = evhttp_find_header(head, "Origin");
    return origin == NULL || (strncmp(origin, "http://", 7) == 0 && strcmp(origin + 7, host) == 0);
}

static void take_get(cli_screen *screen, struct evhttp_request *request, const char *path)
{
    if (strcmp(path, "/events") == 0) {
        begin_watch(screen, request);
        return;
    }
    if (strcmp(path, "/state") == 0) {
        answer(request, HTTP_OK, "application/json", write_state(screen));
        return;
    }
    const embedded_file *file =
        np_page_file(cli_screen_files, np_bytes_text(path[1] == '\0' ? "index.html" : path + 1));
    if (file == NULL) {
        answer_text(request, HTTP_NOTFOUND, "nothing is at this path");
    } else {
        answer(request, HTTP_OK, np_page_type(file), file->content);
    }
}

static void take_request(struct evhttp_request *request, void *self)
{
    cli_screen *screen = self;
    const struct evkeyvalq *head = evhttp_request_get_input_headers(request);
    const char *host = evhttp_find_header(head, "Host");
    const char *path = evhttp_uri_get_path(evhttp_request_get_evhttp_uri(request));
    bool is_post = evhttp_request_get_command(request) == EVHTTP_REQ_POST;
    if (host == NULL || !is_own_host(host) || !is_own_page(head, host)) {
        answer_text(request, 403, "the screen is for this machine alone");
    } else if (path == NULL || path[0] != '/') {
        answer_text(request, HTTP_BADREQUEST, "no path");
    } else if (is_post && strcmp(path, "/orders") == 0) {
        take_order(screen, request);
    } else if (is_post) {
        answer_text(request, HTTP_BADMETHOD, "orders go to /orders");
    } else {
        take_get(screen, request, path);
    }
}

/* Opening */

static np_code parse(const char *text, np_address *ret, np_error *err)
{
    static const char hint[] = "write listen = \"127.0.0.1:8600\"; for other machines put a server "
                               "before it that asks who they are";
    bool is_address = np_address_parse(text, ret);
    if (is_address && ret->storage.ss_family != AF_UNIX && np_address_is_local(ret)) {
        return NP_OK;
    }
    np_error_set(err, NP_EINPUT_FORMAT, "listen = \"%s\": %s", text,
                 is_address ? "the operator's screen is for this machine alone"
                            : "this is no address with a port");
    return np_error_hint(err, NP_EINPUT_FORMAT, "%s", hint);
}

static np_code bind_at(cli_screen *screen, const np_address *address, char *ret_url, np_error *err)
{
    struct evconnlistener *listener =
        evconnlistener_new_bind(screen->options.base, NULL, NULL,
                                LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE,
                                -1, (const struct sockaddr *)&address->storage, (int)address->len);
    struct sockaddr_storage bound = {0};
    socklen_t len = sizeof(bound);
    char text[NP_ADDRESS_TEXT_SIZE];
    if (listener == NULL) {
        return np_error_set_sub(err, NP_ESTATION_IO, errno, "%s: cannot be listened at: %s",
                                screen->options.address, strerror(errno));
    }
    if (evhttp_bind_listener(screen->server, listener) == NULL) {
        evconnlistener_free(listener);
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for the operator's screen");
    }
    (void)getsockname(evconnlistener_get_fd(listener), (struct sockaddr *)&bound, &len);
    np_address_format(&bound, text);
    np_format(ret_url, CLI_SCREEN_URL_SIZE, "http://%s/", text);
    return NP_OK;
}

static void close_at(cli_screen **screen)
{
    cli_screen_close(*screen);
}

static bool make_parts(cli_screen *screen)
{
    static const struct timeval beat = {.tv_sec = BEAT_S};
    screen->text = malloc(NP_BOARD_JSON_MAX);
    screen->server = evhttp_new(screen->options.base);
    screen->soon = evtimer_new(screen->options.base, take_soon, screen);
    screen->beat = event_new(screen->options.base, -1, EV_PERSIST, take_beat, screen);
    return screen->text != NULL && screen->server != NULL && screen->soon != NULL &&
           screen->beat != NULL && event_add(screen->beat, &beat) == 0;
}

np_code cli_screen_open(const cli_screen_options *options, cli_screen **ret,
                        char ret_url[static CLI_SCREEN_URL_SIZE], np_error *err)
{
    np_address address;
    NP_TRY(parse(options->address, &address, err));
    NP_CLEANUP(close_at) cli_screen *screen = calloc(1, sizeof(*screen));
    if (screen != NULL) {
        screen->options = *options;
    }
    if (screen == NULL || !make_parts(screen)) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for the operator's screen");
    }
    evhttp_set_allowed_methods(screen->server, METHODS);
    evhttp_set_max_headers_size(screen->server, HEAD_MAX);
    evhttp_set_max_body_size(screen->server, ORDER_MAX);
    evhttp_set_gencb(screen->server, take_request, screen);
    NP_TRY(bind_at(screen, &address, ret_url, err));
    *ret = screen;
    screen = NULL;
    return NP_OK;
}

void cli_screen_tell(cli_screen *screen)
{
    static const struct timeval soon = {.tv_usec = GATHER_US};
    if (screen != NULL && !event_pending(screen->soon, EV_TIMEOUT, NULL)) {
        (void)event_add(screen->soon, &soon);
    }
}

static void free_event(struct event *event)
{
    if (event != NULL) {
        event_free(event);
    }
}

void cli_screen_close(cli_screen *screen)
{
    if (screen == NULL) {
        return;
    }
    if (screen->server != NULL) {
        evhttp_free(screen->server);
    }
    free_event(screen->soon);
    free_event(screen->beat);
    free(screen->text);
    free(screen);
}
