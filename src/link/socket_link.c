/* SPDX-License-Identifier: Apache-2.0 */
#include "link/socket_link.h"

#include "base/wipe.h"
#include "link/bus_lock.h"
#include "link/clock.h"
#include "link/socket_client.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct socket_link {
    socket_client client;
    bus_lock lock;
    uint64_t until_ns; /* a wait that the server does not know of yet */
    char *path;
};

np_code socket_link_name_lock(const char *path, char *ret_name, np_error *err)
{
    int length = snprintf(ret_name, PATH_MAX, "%s.lock", path);
    if (length < 0 || length >= PATH_MAX) {
        return np_error_set(err, NP_EINPUT_RANGE, "%.*s...: the path is too long", 100, path);
    }
    return NP_OK;
}

static bool is_real(const socket_link *link)
{
    return link->client.greeting.time == SOCKET_TIME_REAL;
}

/* Waits that are still owed come first. */
static np_writer begin(socket_link *link)
{
    np_writer writer = socket_client_begin(&link->client);
    if (!is_real(link) && link->until_ns > link->client.now_ns) {
        socket_step wait = {.kind = SOCKET_WAIT_UNTIL, .time_ns = link->until_ns};
        socket_encode_step(&wait, &writer);
    }
    return writer;
}

/* One transaction in one message. */
static np_code transact(socket_link *link, const socket_step *step, bool *ret_acked,
                        np_bytes *ret_data, np_error *err)
{
    np_reader results;
    np_writer writer = begin(link);
    socket_encode_step(step, &writer);
    NP_TRY(socket_client_send(&link->client, &writer, &results, err));
    if (!socket_decode_result(&results, step, ret_acked, ret_data) ||
        !np_reader_is_done(&results)) {
        return socket_client_refuse(&link->client, err);
    }
    return NP_OK;
}

static np_code bus_write(void *self, uint8_t address, np_bytes data, bool *ret_acked, np_error *err)
{
    socket_step step = {.kind = SOCKET_WRITE, .address = address, .data = data};
    np_bytes nothing;
    return transact(self, &step, ret_acked, &nothing, err);
}

static np_code bus_write_through(void *self, uint8_t address, np_bytes data, np_error *err)
{
    socket_step step = {.kind = SOCKET_WRITE_THROUGH, .address = address, .data = data};
    np_bytes nothing;
    bool acked = false;
    return transact(self, &step, &acked, &nothing, err);
}

static np_code bus_read(void *self, uint8_t address, uint8_t *ret_data, size_t size,
                        bool *ret_acked, np_error *err)
{
    socket_step step = {.kind = SOCKET_READ, .address = address, .size = size};
    np_bytes data;
    NP_TRY(transact(self, &step, ret_acked, &data, err));
    if (data.len > 0) {
        memcpy(ret_data, data.data, data.len);
    }
    return NP_OK;
}

static uint64_t bus_now_ns(void *self)
{
    const socket_link *link = self;
    if (is_real(link)) {
        return clock_now_ns();
    }
    return link->until_ns > link->client.now_ns ? link->until_ns : link->client.now_ns;
}

static void bus_wait_until_ns(void *self, uint64_t deadline_ns)
{
    socket_link *link = self;
    if (is_real(link)) {
        clock_wait_until_ns(deadline_ns);
    } else if (deadline_ns > link->until_ns) {
        link->until_ns = deadline_ns;
    }
}

/* While somebody else had the bus the chip's clock went on: an empty request asks for it. */
static np_code bus_hold(void *self, np_error *err)
{
    socket_link *link = self;
    NP_TRY(bus_lock_take(&link->lock, err));
    np_writer writer = begin(link);
    np_reader results;
    np_code code = socket_client_send(&link->client, &writer, &results, err);
    if (code != NP_OK) {
        bus_lock_give(&link->lock);
    }
    return code;
}

static void bus_release(void *self)
{
    socket_link *link = self;
    bus_lock_give(&link->lock);
}

np_bus socket_link_bus(socket_link *link)
{
    static const np_bus_ops ops = {.write = bus_write,
                                   .write_through = bus_write_through,
                                   .read = bus_read,
                                   .now_ns = bus_now_ns,
                                   .wait_until_ns = bus_wait_until_ns,
                                   .hold = bus_hold,
                                   .release = bus_release};
    return (np_bus){.ops = &ops, .self = link, .clock_hz = link->client.greeting.clock_hz};
}

void socket_link_close(socket_link *link)
{
    if (link == NULL) {
        return;
    }
    socket_client_close(&link->client);
    if (link->lock.fd >= 0) {
        close(link->lock.fd); /* gives the lock back as well */
    }
    free(link->path);
    free(link);
}

static void close_at(socket_link **link)
{
    socket_link_close(*link);
}

static np_code open_lock(socket_link *link, np_error *err)
{
    char name[PATH_MAX];
    NP_TRY(socket_link_name_lock(link->path, name, err));
    link->lock.fd = open(name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (link->lock.fd >= 0) {
        return NP_OK;
    }
    if (errno == ENOENT) { /* a server that ends removes it first */
        return socket_client_ended(&link->client, err);
    }
    np_code code = np_error_set_sub(err, NP_ESTATION_IO, errno, "%s: cannot be opened: %s", name,
                                    strerror(errno));
    return np_error_hint(err, code,
                         "it belongs to the server: both files must be of a group that "
                         "you are in");
}

np_code socket_link_open(const char *path, const np_link_options *options, socket_link **ret,
                         np_error *err)
{
    NP_CLEANUP(close_at) socket_link *link = calloc(1, sizeof(*link));
    if (link == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for the link");
    }
    link->client.fd = -1;
    link->lock = (bus_lock){.fd = -1, .wait_ms = options->lock_wait_ms, .names_holder = true};
    link->path = strdup(path);
    if (link->path == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for the link");
    }
    link->lock.place = link->path;
    NP_TRY(socket_client_open(link->path, &link->client, err));
    NP_TRY(open_lock(link, err));
    *ret = link;
    link = NULL;
    return NP_OK;
}
