/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/door.h"

#include <event2/event.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <unistd.h>

enum { ACCEPTS_AT_ONCE = 64 }; /* then others have their turn; not tuned */

/* One visitor of the door; the host of the options is told what is told to it. */
typedef struct guest {
    LIST_ENTRY(guest) entry;
    np_door *door;
    np_visitor *visitor;
    np_visitor_host host; /* the door's own, with the guest as self */
} guest;

struct np_door {
    np_door_options options;
    np_limiter *limiter;
    struct event *acceptable; /* NULL: closed */
    int listener;
    LIST_HEAD(, guest) guests;
};

static const np_visitor_host *host_of(const guest *self)
{
    return self->door->options.visitor.host;
}

static void pass_entered(void *self, np_visitor *visitor)
{
    const np_visitor_host *host = host_of(self);
    host->entered(host->self, visitor);
}

static void pass_ready(void *self, np_visitor *visitor)
{
    const np_visitor_host *host = host_of(self);
    host->ready(host->self, visitor);
}

static void pass_ended(void *self, np_visitor *visitor)
{
    guest *gone = self;
    const np_visitor_host *host = host_of(gone);
    host->ended(host->self, visitor);
    np_limiter_leave(gone->door->limiter, np_visitor_peer(visitor));
    LIST_REMOVE(gone, entry);
    free(gone);
}

static void turn_away(np_door *door, int fd, const struct sockaddr_storage *peer,
                      np_limiter_verdict why)
{
    close(fd);
    if (door->options.turned_away != NULL) {
        door->options.turned_away(door->options.self, peer, why);
    }
}

static void let_in(np_door *door, int fd, const struct sockaddr_storage *peer)
{
    np_visitor_options options = door->options.visitor;
    guest *new = calloc(1, sizeof(*new));
    int yes = 1;
    if (new == NULL) {
        np_limiter_leave(door->limiter, peer);
        turn_away(door, fd, peer, NP_LIMITER_FULL);
        return;
    }
    new->door = door;
    new->host = (np_visitor_host){
        .entered = pass_entered, .ready = pass_ready, .ended = pass_ended, .self = new};
    options.host = &new->host;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    new->visitor = np_visitor_begin(&options, fd, peer);
    if (new->visitor == NULL) {
        np_limiter_leave(door->limiter, peer);
        free(new);
        return;
    }
    LIST_INSERT_HEAD(&door->guests, new, entry);
}

static void accept_some(evutil_socket_t listener, short what, void *self)
{
    np_door *door = self;
    (void)what;
    for (int i = 0; i < ACCEPTS_AT_ONCE; i++) {
        struct sockaddr_storage peer = {0};
        socklen_t len = sizeof(peer);
        int fd = accept4(listener, (struct sockaddr *)&peer, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            return; /* none, or none can be taken now: the listener stays readable */
        }
        np_limiter_verdict verdict =
            np_limiter_come(door->limiter, &peer, door->options.clock_ms(door->options.clock));
        if (verdict == NP_LIMITER_WELCOME) {
            let_in(door, fd, &peer);
        } else {
            turn_away(door, fd, &peer, verdict);
        }
    }
}

np_code np_door_open(const np_door_options *options, np_door **ret, np_error *err)
{
    np_door *door = calloc(1, sizeof(*door));
    *ret = NULL;
    if (door == NULL) {
        close(options->listener);
        return np_error_set(err, NP_ESTATION_MEMORY, "out of memory");
    }
    door->options = *options;
    door->listener = options->listener;
    LIST_INIT(&door->guests);
    door->limiter = np_limiter_create(&options->limits);
    door->acceptable = event_new(options->visitor.base, options->listener, EV_READ | EV_PERSIST,
                                 accept_some, door);
    if (door->limiter == NULL || door->acceptable == NULL ||
        event_add(door->acceptable, NULL) != 0) {
        np_door_free(door);
        return np_error_set(err, NP_ESTATION_MEMORY, "out of memory");
    }
    *ret = door;
    return NP_OK;
}

void np_door_use_tls(np_door *door, const np_gateway_tls *tls)
{
    door->options.visitor.tls = tls;
}

void np_door_use_times(np_door *door, unsigned handshake_ms, unsigned idle_ms)
{
    door->options.visitor.handshake_ms = handshake_ms;
    door->options.visitor.idle_ms = idle_ms;
}

void np_door_close(np_door *door)
{
    if (door->acceptable != NULL) {
        event_free(door->acceptable);
        door->acceptable = NULL;
    }
    if (door->listener >= 0) {
        close(door->listener);
        door->listener = -1;
    }
}

size_t np_door_count(const np_door *door)
{
    return np_limiter_count(door->limiter);
}

void np_door_end(np_door *door, bool (*wants)(void *self, const np_visitor *visitor), void *self)
{
    guest *each;
    LIST_FOREACH(each, &door->guests, entry)
    {
        if (wants(self, each->visitor)) {
            np_visitor_end(each->visitor);
        }
    }
}

void np_door_free(np_door *door)
{
    if (door != NULL) {
        np_door_close(door);
        np_limiter_free(door->limiter);
        free(door);
    }
}
