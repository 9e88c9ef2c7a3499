/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/manage/process.h"

#include "gateway/manage/connection.h"
#include "gateway/manage/examiner.h"
#include "gateway/manage/notes.h"
#include "gateway/signals.h"
#include "gateway/worker.h"
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <time.h>
#include <unistd.h>

enum { MS_PER_S = 1000 };

typedef struct manager manager;

typedef struct member {
    manager *owner;
    manage_connection *connection;
    LIST_ENTRY(member) entry;
} member;

struct manager {
    const np_gateway_host *host;
    np_gateway_config config;
    np_gateway_tls *tls; /* NULL: plain */
    int listener;
    manage_shared shared;
    struct event *acceptable;
    struct event *deadline;
    struct event *noting; /* each second */
    gateway_signals signals;
    LIST_HEAD(, member) members;
    unsigned count;
    bool is_ending;
};

static void tell(const manager *self, np_gateway_event_kind kind, const char *text)
{
    const np_gateway_event event = {.kind = kind, .text = text};
    self->host->tell(self->host->self, &event);
}

/* The registry is opened when it is needed, and again after a trouble. */

static void prepare_call(void *data)
{
    member *of = data;
    manager *self = of->owner;
    np_error err = {0};
    if (self->shared.store == NULL &&
        np_store_open(self->config.registry, self->config.registry_wait_ms, &self->shared.store,
                      &err) != NP_OK) {
        tell(self, NP_GATEWAY_TROUBLE, err.message);
    }
}

static void after_call(void *data, const manage_call *call)
{
    enum { UNAVAILABLE = 503 };
    member *of = data;
    manager *self = of->owner;
    if (call->reply.status == UNAVAILABLE) {
        np_store_free(self->shared.store);
        self->shared.store = NULL;
    }
}

/* A registry that fails is opened anew for the next call. */
static void on_noting(evutil_socket_t fd, short what, void *data)
{
    manager *self = data;
    np_error err = {0};
    (void)fd;
    (void)what;
    if (self->shared.store != NULL && manage_notes_store(self->shared.notes, self->shared.store,
                                                         (int64_t)time(NULL), &err) != NP_OK) {
        tell(self, NP_GATEWAY_TROUBLE, err.message);
        np_store_free(self->shared.store);
        self->shared.store = NULL;
    }
}

static void on_connection_ended(void *data, manage_connection *connection)
{
    member *of = data;
    (void)connection;
    of->owner->count--;
    LIST_REMOVE(of, entry);
    free(of);
}

static void take_in(manager *self, int fd, const struct sockaddr_storage *peer)
{
    int yes = 1;
    member *new = calloc(1, sizeof(*new));
    const manage_connection_options options = {.shared = &self->shared,
                                               .tls = self->tls,
                                               .fd = fd,
                                               .peer = *peer,
                                               .prepare = prepare_call,
                                               .called = after_call,
                                               .ended = on_connection_ended,
                                               .self = new};
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    if (new == NULL) {
        close(fd);
        return;
    }
    new->owner = self;
    new->connection = manage_connection_begin(&options);
    if (new->connection == NULL) {
        free(new);
        return;
    }
    LIST_INSERT_HEAD(&self->members, new, entry);
    self->count++;
}

static void on_acceptable(evutil_socket_t listener, short what, void *data)
{
    manager *self = data;
    (void)what;
    struct sockaddr_storage peer = {0};
    socklen_t len = sizeof(peer);
    int fd = accept4(listener, (struct sockaddr *)&peer, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0 && self->count >= self->config.management.connections) {
        tell(self, NP_GATEWAY_TURNED_AWAY, "management connections");
        close(fd);
    } else if (fd >= 0) {
        take_in(self, fd, &peer);
    }
}

static void close_listener(manager *self)
{
    if (self->acceptable != NULL) {
        event_free(self->acceptable);
        self->acceptable = NULL;
    }
    if (self->listener >= 0) {
        close(self->listener);
        self->listener = -1;
    }
}

static void each_member(manager *self, void (*act)(manage_connection *connection))
{
    member *next;
    for (member *each = LIST_FIRST(&self->members); each != NULL; each = next) {
        next = LIST_NEXT(each, entry);
        act(each->connection);
    }
}

static void on_stop(evutil_socket_t fd, short what, void *data)
{
    manager *self = data;
    const struct timeval after = {.tv_sec = self->config.stop_ms / MS_PER_S,
                                  .tv_usec = (suseconds_t)(self->config.stop_ms % MS_PER_S) * 1000};
    (void)fd;
    (void)what;
    self->is_ending = true;
    close_listener(self);
    each_member(self, manage_connection_finish);
    event_add(self->deadline, &after);
}

static void on_deadline(evutil_socket_t fd, short what, void *data)
{
    (void)fd;
    (void)what;
    each_member(data, manage_connection_end);
}

np_code manage_load_tls(const np_gateway_host *host, const np_gateway_config *config,
                        np_gateway_tls **ret, np_error *err)
{
    const np_config_management *from = &config->management;
    np_gateway_tls_options options = {.asks_nobody = true};
    *ret = NULL;
    return !from->is_on || from->certificate[0] == '\0'
               ? NP_OK
               : gateway_load_tls_files(host, from->certificate, from->key, &options, ret, err);
}

/* Address, registry and whether there is TLS stay as they were until the next start. */
static np_code reload(manager *self, np_error *err)
{
    np_gateway_tls *tls = NULL;
    np_gateway_config config;
    NP_TRY(self->host->load(self->host->self, &config, err));
    NP_TRY(manage_load_tls(self->host, &config, &tls, err));
    if ((tls == NULL) != (self->tls == NULL)) {
        np_gateway_tls_free(tls);
        return np_error_set(err, NP_EINPUT_FORMAT,
                            "whether the management API has TLS is taken at the start alone");
    }
    np_gateway_tls_free(self->tls);
    self->tls = tls;
    self->config.management = config.management;
    self->config.request_ms = config.request_ms;
    self->config.idle_ms = config.idle_ms;
    self->config.stop_ms = config.stop_ms;
    self->config.policy = config.policy;
    return NP_OK;
}

static void on_reload(evutil_socket_t fd, short what, void *data)
{
    manager *self = data;
    np_error err = {0};
    (void)fd;
    (void)what;
    np_code code = reload(self, &err);
    tell(self, code == NP_OK ? NP_GATEWAY_RELOADED : NP_GATEWAY_TROUBLE,
         code == NP_OK ? NULL : err.message);
}

static bool has_helpers(manager *self)
{
    const struct timeval interval = {.tv_sec = 1};
    self->shared.notes = manage_notes_create();
    self->shared.examiner = manage_examiner_create(self->shared.base, &self->config);
    self->noting = event_new(self->shared.base, -1, EV_PERSIST, on_noting, self);
    return self->shared.notes != NULL && self->shared.examiner != NULL && self->noting != NULL &&
           event_add(self->noting, &interval) == 0;
}

static np_code prepare(manager *self, np_error *err)
{
    NP_TRY(manage_load_tls(self->host, &self->config, &self->tls, err));
    self->shared.base = event_base_new();
    if (self->shared.base != NULL) {
        self->deadline = event_new(self->shared.base, -1, 0, on_deadline, self);
        self->acceptable =
            event_new(self->shared.base, self->listener, EV_READ | EV_PERSIST, on_acceptable, self);
    }
    bool is_ready =
        self->deadline != NULL && self->acceptable != NULL && has_helpers(self) &&
        event_add(self->acceptable, NULL) == 0 &&
        gateway_signals_watch(&self->signals, self->shared.base, on_stop, on_reload, self);
    return is_ready ? NP_OK : np_error_set(err, NP_ESTATION_MEMORY, "out of memory");
}

static void clear(manager *self)
{
    close_listener(self);
    gateway_signals_clear(&self->signals);
    if (self->noting != NULL) {
        on_noting(-1, 0, self); /* the last ones of a process that ends */
        event_free(self->noting);
    }
    manage_notes_free(self->shared.notes);
    manage_examiner_free(self->shared.examiner);
    if (self->deadline != NULL) {
        event_free(self->deadline);
    }
    if (self->shared.base != NULL) {
        event_base_free(self->shared.base);
    }
    np_gateway_tls_free(self->tls);
    np_store_free(self->shared.store);
    free(self);
}

np_code manage_work(const np_gateway_host *host, const np_gateway_config *config, int listener,
                    np_error *err)
{
    manager *self = calloc(1, sizeof(*self));
    if (self == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "out of memory");
    }
    self->host = host;
    self->config = *config;
    self->listener = listener;
    self->shared.config = &self->config;
    LIST_INIT(&self->members);
    np_code code = prepare(self, err);
    while (code == NP_OK && (!self->is_ending || !LIST_EMPTY(&self->members))) {
        event_base_loop(self->shared.base, EVLOOP_ONCE);
    }
    clear(self);
    return code;
}
