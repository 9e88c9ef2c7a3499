/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/station/stream.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    CLIENTS_MAX = 32,
    WAITING_MAX = 1024 * 1024, /* of what a client has not read. Not tuned */
    ORDER_MAX = 2048,          /* bytes: a label's code, and its bay */
};

typedef struct stream_client {
    struct cli_stream *stream;
    struct bufferevent *wire; /* NULL: free */
} stream_client;

struct cli_stream {
    cli_stream_options options;
    char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
    struct evconnlistener *listener;
    stream_client clients[CLIENTS_MAX];
};

static void drop(stream_client *client)
{
    if (client->wire != NULL) {
        bufferevent_free(client->wire);
    }
    client->wire = NULL;
}

static void send_line(stream_client *client, np_bytes line)
{
    struct evbuffer *output = bufferevent_get_output(client->wire);
    if (evbuffer_get_length(output) + line.len > WAITING_MAX ||
        bufferevent_write(client->wire, line.data, line.len) != 0 ||
        bufferevent_write(client->wire, "\n", 1) != 0) {
        drop(client);
    }
}

/* Orders */

static void answer(stream_client *client, const np_error *err)
{
    uint8_t text[NP_STATION_EVENT_JSON_MAX];
    np_writer writer = np_writer_of(text, sizeof(text));
    np_write_text(&writer, "{\"event\":\"refused\",\"message\":");
    record_json_write_text(&writer, np_bytes_text(err->message));
    np_write_u8(&writer, '}');
    send_line(client, np_writer_bytes(&writer));
}

static void take_orders(struct bufferevent *wire, void *self)
{
    stream_client *client = self;
    struct evbuffer *input = bufferevent_get_input(wire);
    const cli_stream_options *options = &client->stream->options;
    while (client->wire != NULL) {
        np_error err = {.code = NP_OK};
        size_t len = 0;
        char *line = evbuffer_readln(input, &len, EVBUFFER_EOL_CRLF);
        if (line == NULL) {
            break;
        }
        np_code code = len > ORDER_MAX
                           ? NP_EUSAGE
                           : options->order(options->self, np_bytes_of(line, len), &err);
        free(line);
        if (code != NP_OK) {
            answer(client, &err);
        }
    }
    if (client->wire != NULL && evbuffer_get_length(input) > ORDER_MAX) {
        drop(client); /* a line that never ends */
    }
}

static void take_end(struct bufferevent *wire, short what, void *self)
{
    (void)wire;
    (void)what;
    drop(self);
}

/* Coming in */

static stream_client *free_client(cli_stream *stream)
{
    for (size_t i = 0; i < CLIENTS_MAX; i++) {
        if (stream->clients[i].wire == NULL) {
            return &stream->clients[i];
        }
    }
    return NULL;
}

static void send_state(stream_client *client)
{
    uint8_t *text = malloc(NP_BOARD_JSON_MAX);
    np_writer writer = np_writer_of(text, text == NULL ? 0 : NP_BOARD_JSON_MAX);
    if (text == NULL) {
        return;
    }
    np_write_text(&writer, "{\"event\":\"state\",\"state\":");
    np_board_write(client->stream->options.board, &writer);
    np_write_u8(&writer, '}');
    send_line(client, np_writer_bytes(&writer));
    free(text);
}

static void accept_client(struct evconnlistener *listener, evutil_socket_t fd,
                          struct sockaddr *address, int len, void *self)
{
    cli_stream *stream = self;
    stream_client *client = free_client(stream);
    (void)listener;
    (void)address;
    (void)len;
    if (client == NULL) {
        close(fd);
        return;
    }
    client->stream = stream;
    client->wire = bufferevent_socket_new(stream->options.base, fd, BEV_OPT_CLOSE_ON_FREE);
    if (client->wire == NULL) {
        close(fd);
        return;
    }
    bufferevent_setcb(client->wire, take_orders, NULL, take_end, client);
    (void)bufferevent_enable(client->wire, EV_READ | EV_WRITE);
    send_state(client);
}

/* A socket that is there and that nobody serves is what a killed process has left. */
static np_code make_room(const struct sockaddr_un *address, np_error *err)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool is_served =
        fd >= 0 && connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0;
    bool is_left = !is_served && errno == ECONNREFUSED;
    if (fd >= 0) {
        close(fd);
    }
    if (is_served) {
        return np_error_set(err, NP_ESTATION_BUSY, "%s: another program serves this socket",
                            address->sun_path);
    }
    if (is_left) {
        unlink(address->sun_path);
    }
    return NP_OK;
}

np_code cli_stream_open(const cli_stream_options *options, cli_stream **ret, np_error *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    *ret = NULL;
    if (strlen(options->path) >= sizeof(address.sun_path)) {
        return np_error_set(err, NP_EINPUT_RANGE, "events: a socket's path has at most %zu bytes",
                            sizeof(address.sun_path) - 1);
    }
    memcpy(address.sun_path, options->path, strlen(options->path) + 1);
    NP_TRY(make_room(&address, err));
    cli_stream *stream = calloc(1, sizeof(*stream));
    if (stream == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for the events");
    }
    stream->options = *options;
    memcpy(stream->path, address.sun_path, sizeof(stream->path));
    stream->listener = evconnlistener_new_bind(options->base, accept_client, stream,
                                               LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, -1,
                                               (const struct sockaddr *)&address, sizeof(address));
    if (stream->listener == NULL) {
        int number = errno;
        free(stream);
        return np_error_set_sub(err, NP_ESTATION_IO, number, "%s: %s", options->path,
                                strerror(number));
    }
    *ret = stream;
    return NP_OK;
}

void cli_stream_tell(cli_stream *stream, np_bytes line)
{
    for (size_t i = 0; stream != NULL && i < CLIENTS_MAX; i++) {
        if (stream->clients[i].wire != NULL) {
            send_line(&stream->clients[i], line);
        }
    }
}

void cli_stream_close(cli_stream *stream)
{
    if (stream == NULL) {
        return;
    }
    for (size_t i = 0; i < CLIENTS_MAX; i++) {
        if (stream->clients[i].wire != NULL) {
            /* what is still on its way goes as far as the socket takes it */
            struct evbuffer *output = bufferevent_get_output(stream->clients[i].wire);
            (void)evbuffer_unfreeze(output, 1);
            (void)evbuffer_write(output, bufferevent_getfd(stream->clients[i].wire));
        }
        drop(&stream->clients[i]);
    }
    evconnlistener_free(stream->listener);
    unlink(stream->path);
    free(stream);
}
