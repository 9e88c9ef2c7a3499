/* SPDX-License-Identifier: Apache-2.0 */
#include "link/server.h"

#include "base/wipe.h"
#include "link/clock.h"
#include "link/served_chip.h"
#include "link/server_socket.h"
#include <errno.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#define NS_PER_US UINT64_C(1000)
#define US_PER_S  UINT64_C(1000000)

typedef struct connection {
    LIST_ENTRY(connection) entry;
    struct server *server;
    int fd;
    struct event *readable;
    struct event *timer;
    bool is_busy;       /* a request is on its way */
    size_t message_len; /* of that request, its prefix included */
    size_t input_len;   /* more than that when the next one has begun to come */
    uint8_t input[SOCKET_PREFIX_SIZE + SOCKET_BODY_MAX];
    served_exchange exchange;
} connection;

enum { SIGNAL_COUNT = 3 };

typedef struct server {
    struct event_base *base;
    struct evconnlistener *listener;
    struct event *signals[SIGNAL_COUNT];
    virtual_file *file;
    served_chip chip;
    server_socket socket;
    LIST_HEAD(, connection) connections;
} server;

static void drop(connection *client)
{
    LIST_REMOVE(client, entry);
    if (client->readable != NULL) {
        event_free(client->readable);
    }
    if (client->timer != NULL) {
        event_free(client->timer);
    }
    close(client->fd);
    free(client);
}

/*
 * A client has one request at a time on its way, so that a reply always has room; one that does not
 * read is let go.
 */
static bool send_body(const connection *client, np_bytes body)
{
    uint8_t message[SOCKET_PREFIX_SIZE + SOCKET_BODY_MAX];
    np_writer writer = np_writer_of(message, sizeof(message));
    np_write_u16_be(&writer, (uint16_t)body.len);
    np_write_bytes(&writer, body);
    ssize_t sent = send(client->fd, message, writer.len, MSG_NOSIGNAL | MSG_DONTWAIT);
    return sent >= 0 && (size_t)sent == writer.len;
}

static bool send_reply(const connection *client)
{
    return send_body(client, np_bytes_of(client->exchange.reply, client->exchange.reply_len));
}

static void call_later(const connection *client)
{
    uint64_t now_ns = clock_now_ns();
    uint64_t until_ns = client->exchange.until_ns;
    uint64_t wait_us = until_ns > now_ns ? (until_ns - now_ns) / NS_PER_US + 1 : 1;
    struct timeval wait = {.tv_sec = (time_t)(wait_us / US_PER_S),
                           .tv_usec = (suseconds_t)(wait_us % US_PER_S)};
    event_add(client->timer, &wait);
}

/* False: the connection must go. */
static bool go_on(connection *client)
{
    if (!served_chip_continue(&client->server->chip, &client->exchange)) {
        call_later(client);
        return true;
    }
    client->is_busy = false;
    client->input_len -= client->message_len;
    memmove(client->input, client->input + client->message_len, client->input_len);
    return send_reply(client);
}

/* Starts what stands complete in the input. False: the connection must go. */
static bool take_requests(connection *client)
{
    while (!client->is_busy && client->input_len >= SOCKET_PREFIX_SIZE) {
        np_reader reader = np_reader_of(np_bytes_of(client->input, client->input_len));
        size_t len = np_read_u16_be(&reader);
        np_bytes body = np_read_bytes(&reader, len);
        if (len > SOCKET_BODY_MAX) {
            return false;
        }
        if (reader.failed) {
            return true; /* more is to come */
        }
        client->is_busy = true;
        client->message_len = SOCKET_PREFIX_SIZE + len;
        if (!served_chip_begin(&client->server->chip, body, &client->exchange)) {
            (void)send_reply(client); /* a last word */
            return false;
        }
        if (!go_on(client)) {
            return false;
        }
    }
    return true;
}

static void on_time(evutil_socket_t fd, short what, void *self)
{
    connection *client = self;
    (void)fd;
    (void)what;
    if (!go_on(client) || !take_requests(client)) {
        drop(client);
    }
}

static void on_readable(evutil_socket_t fd, short what, void *self)
{
    connection *client = self;
    (void)what;
    size_t room = sizeof(client->input) - client->input_len;
    ssize_t count = recv(fd, client->input + client->input_len, room, MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (count <= 0) {
        drop(client);
        return;
    }
    client->input_len += (size_t)count;
    if (!take_requests(client)) {
        drop(client);
    }
}

static bool greet(const connection *client)
{
    uint8_t body[SOCKET_GREETING_SIZE];
    np_writer writer = np_writer_of(body, sizeof(body));
    socket_greeting greeting = served_chip_greeting(&client->server->chip);
    socket_encode_greeting(&greeting, &writer);
    return send_body(client, np_writer_bytes(&writer));
}

static void on_connect(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *from,
                       int from_len, void *self)
{
    server *here = self;
    (void)listener;
    (void)from;
    (void)from_len;
    connection *client = calloc(1, sizeof(*client));
    if (client == NULL) {
        close(fd);
        return;
    }
    client->server = here;
    client->fd = fd;
    LIST_INSERT_HEAD(&here->connections, client, entry);
    client->readable = event_new(here->base, fd, EV_READ | EV_PERSIST, on_readable, client);
    client->timer = evtimer_new(here->base, on_time, client);
    if (client->readable == NULL || client->timer == NULL ||
        event_add(client->readable, NULL) != 0 || !greet(client)) {
        drop(client);
    }
}

static void on_signal(evutil_socket_t number, short what, void *self)
{
    (void)number;
    (void)what;
    event_base_loopbreak(self);
}

static np_code no_memory(np_error *err)
{
    return np_error_set(err, NP_ESTATION_MEMORY, "no memory for the server");
}

static np_code watch_signals(server *here, np_error *err)
{
    static const int numbers[SIGNAL_COUNT] = {SIGTERM, SIGINT, SIGHUP};
    for (size_t i = 0; i < SIGNAL_COUNT; i++) {
        here->signals[i] = evsignal_new(here->base, numbers[i], on_signal, here->base);
        if (here->signals[i] == NULL || event_add(here->signals[i], NULL) != 0) {
            return no_memory(err);
        }
    }
    return NP_OK;
}

/* How long commands take, by how time passes. */
static np_chip_pace pace_of(socket_time time)
{
    static const np_chip_pace paces[SOCKET_TIME_COUNT] = {
        [SOCKET_TIME_REAL] = NP_PACE_TYPICAL,
        [SOCKET_TIME_TYPICAL] = NP_PACE_TYPICAL,
        [SOCKET_TIME_MAXIMUM] = NP_PACE_MAXIMUM,
        [SOCKET_TIME_ZERO] = NP_PACE_ZERO,
    };
    return paces[time];
}

static np_code open_server(const np_server_options *options, server *here, np_error *err)
{
    np_link_options link = {.clock_hz = options->clock_hz,
                            .pace = pace_of(options->time),
                            .lock_wait_ms = options->lock_wait_ms};
    NP_TRY(virtual_file_open(options->file, &link, &here->file, err));
    served_chip_init(&here->chip, here->file, options->time, &options->faults);
    here->base = event_base_new();
    if (here->base == NULL) {
        return no_memory(err);
    }
    NP_TRY(watch_signals(here, err));
    NP_TRY(server_socket_open(options->socket, &here->socket, err));
    here->listener =
        evconnlistener_new(here->base, on_connect, here, LEV_OPT_CLOSE_ON_EXEC, 0, here->socket.fd);
    return here->listener == NULL ? no_memory(err) : NP_OK;
}

static void release_events(server *here)
{
    while (!LIST_EMPTY(&here->connections)) {
        drop(LIST_FIRST(&here->connections));
    }
    if (here->listener != NULL) {
        evconnlistener_free(here->listener);
    }
    for (size_t i = 0; i < SIGNAL_COUNT; i++) {
        if (here->signals[i] != NULL) {
            event_free(here->signals[i]);
        }
    }
    if (here->base != NULL) {
        event_base_free(here->base);
    }
}

/* The socket goes first: nobody may connect to a chip that is about to go. */
static np_code close_server(server *here, np_error *err)
{
    server_socket_close(&here->socket);
    release_events(here);
    return virtual_file_close(here->file, err);
}

static np_code run(const np_server_options *options, server *here, np_error *err)
{
    NP_TRY(open_server(options, here, err));
    if (options->ready != NULL) {
        socket_greeting greeting = served_chip_greeting(&here->chip);
        options->ready(options->ready_self, &greeting);
    }
    if (event_base_dispatch(here->base) != 0) {
        return np_error_set(err, NP_ESTATION_IO, "the event loop of the server failed");
    }
    return NP_OK;
}

np_code np_server_run(const np_server_options *options, np_error *err)
{
    server here = {.socket = {.fd = -1}};
    LIST_INIT(&here.connections);
    np_code code = run(options, &here, err);
    np_code closed = close_server(&here, code == NP_OK ? err : NULL);
    return code == NP_OK ? closed : code;
}
