/* SPDX-License-Identifier: Apache-2.0 */
#include "link/socket_client.h"

#include "base/error.h"
#include <errno.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

/* A server answers at once, in real time after a transaction's few milliseconds: it hangs then. */
enum { REPLY_WAIT_S = 10 };

static np_code io_error(const socket_client *client, const char *what, np_error *err)
{
    return np_error_set_sub(err, NP_ESTATION_IO, errno, "%s: %s: %s", client->path, what,
                            strerror(errno));
}

np_code socket_client_ended(const socket_client *client, np_error *err)
{
    np_code code = np_error_set(err, NP_ESTATION_TIMEOUT, "%s: nobody serves this chip any more",
                                client->path);
    return np_error_hint(err, code, "serve it: nameplate virtual serve FILE --socket %s",
                         client->path);
}

np_code socket_client_refuse(const socket_client *client, np_error *err)
{
    np_code code = np_error_set(err, NP_EINPUT_FORMAT,
                                "%s: what answers is no served chip of this version", client->path);
    return np_error_hint(err, code, "serve it with the same version of nameplate");
}

static np_code connect_error(const socket_client *client, np_error *err)
{
    if (errno == ECONNREFUSED) {
        return socket_client_ended(client, err);
    }
    if (errno == EACCES || errno == EPERM) {
        np_code code = io_error(client, "cannot be connected to", err);
        return np_error_hint(err, code,
                             "join the group of the socket (ls -l %s), or ask whoever serves it",
                             client->path);
    }
    if (errno != ENOENT && errno != ENOTDIR && errno != ENOTSOCK) {
        return io_error(client, "cannot be connected to", err);
    }
    np_code code = np_error_set(err, NP_EINPUT_MISSING, "%s: no such socket", client->path);
    return np_error_hint(err, code, "serve a chip there: nameplate virtual serve FILE --socket %s",
                         client->path);
}

static np_code receive_error(const socket_client *client, np_error *err)
{
    if (errno != EAGAIN) {
        return errno == ECONNRESET ? socket_client_ended(client, err)
                                   : io_error(client, "cannot be read", err);
    }
    return np_error_set(err, NP_ESTATION_TIMEOUT, "%s: the server did not answer within %d s",
                        client->path, REPLY_WAIT_S);
}

static np_code receive_all(const socket_client *client, uint8_t *ret, size_t size, np_error *err)
{
    for (size_t done = 0; done < size;) {
        ssize_t count = recv(client->fd, ret + done, size - done, 0);
        if (count == 0) {
            return socket_client_ended(client, err);
        }
        if (count < 0 && errno != EINTR) {
            return receive_error(client, err);
        }
        done += count > 0 ? (size_t)count : 0;
    }
    return NP_OK;
}

static np_code receive_body(socket_client *client, np_bytes *ret, np_error *err)
{
    uint8_t prefix[SOCKET_PREFIX_SIZE];
    NP_TRY(receive_all(client, prefix, sizeof(prefix), err));
    np_reader reader = np_reader_of(NP_BYTES(prefix));
    size_t len = np_read_u16_be(&reader);
    if (len > sizeof(client->reply)) {
        return socket_client_refuse(client, err);
    }
    NP_TRY(receive_all(client, client->reply, len, err));
    *ret = np_bytes_of(client->reply, len);
    return NP_OK;
}

static np_code name_socket(const char *path, struct sockaddr_un *ret, np_error *err)
{
    *ret = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof(ret->sun_path)) {
        return np_error_set(err, NP_EINPUT_RANGE, "%.*s...: a socket's path has at most %zu bytes",
                            80, path, sizeof(ret->sun_path) - 1);
    }
    memcpy(ret->sun_path, path, strlen(path));
    return NP_OK;
}

static np_code greet(socket_client *client, np_error *err)
{
    const struct timeval patience = {.tv_sec = REPLY_WAIT_S};
    np_bytes body = {0};
    if (setsockopt(client->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) != 0) {
        return io_error(client, "cannot be set up", err);
    }
    NP_TRY(receive_body(client, &body, err));
    if (!socket_decode_greeting(body, &client->greeting)) {
        return socket_client_refuse(client, err);
    }
    client->now_ns = client->greeting.now_ns;
    return NP_OK;
}

np_code socket_client_open(const char *path, socket_client *ret, np_error *err)
{
    struct sockaddr_un name;
    ret->path = path;
    ret->fd = -1;
    NP_TRY(name_socket(path, &name, err));
    ret->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (ret->fd < 0) {
        return io_error(ret, "no socket to be had", err);
    }
    if (connect(ret->fd, (const struct sockaddr *)&name, sizeof(name)) != 0) {
        return connect_error(ret, err);
    }
    return greet(ret, err);
}

void socket_client_close(socket_client *client)
{
    if (client->fd >= 0) {
        close(client->fd);
    }
    client->fd = -1;
}

np_writer socket_client_begin(socket_client *client)
{
    return np_writer_of(client->request + SOCKET_PREFIX_SIZE, SOCKET_BODY_MAX);
}

static np_code send_all(const socket_client *client, np_bytes bytes, np_error *err)
{
    for (size_t done = 0; done < bytes.len;) {
        ssize_t count = send(client->fd, bytes.data + done, bytes.len - done, MSG_NOSIGNAL);
        if (count < 0 && (errno == EPIPE || errno == ECONNRESET)) {
            return socket_client_ended(client, err);
        }
        if (count < 0 && errno != EINTR) {
            return io_error(client, "cannot be written", err);
        }
        done += count > 0 ? (size_t)count : 0;
    }
    return NP_OK;
}

/* The server's own sentence. */
static np_code pass_on(const socket_client *client, socket_status status, np_bytes text,
                       np_error *err)
{
    np_code code = status == SOCKET_REFUSED ? NP_EINPUT_FORMAT : NP_ESTATION_IO;
    return np_error_set(err, code, "%s: the server says: %.*s", client->path, (int)text.len,
                        text.len == 0 ? "" : (const char *)text.data);
}

np_code socket_client_send(socket_client *client, const np_writer *request, np_reader *ret_results,
                           np_error *err)
{
    np_bytes body = {0};
    socket_status status = SOCKET_DONE;
    np_writer prefix = np_writer_of(client->request, SOCKET_PREFIX_SIZE);
    if (!np_writer_has_room(request)) {
        return np_error_set(err, NP_EINPUT_RANGE, "%s: a message has at most %d bytes",
                            client->path, (int)SOCKET_BODY_MAX);
    }
    np_write_u16_be(&prefix, (uint16_t)request->len);
    NP_TRY(send_all(client, np_bytes_of(client->request, SOCKET_PREFIX_SIZE + request->len), err));
    NP_TRY(receive_body(client, &body, err));
    *ret_results = np_reader_of(body);
    if (!socket_decode_reply_head(ret_results, &status, &client->now_ns)) {
        return socket_client_refuse(client, err);
    }
    return status == SOCKET_DONE ? NP_OK : pass_on(client, status, ret_results->rest, err);
}
