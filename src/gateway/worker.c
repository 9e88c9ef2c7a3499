/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/worker.h"

#include "base/format.h"
#include "base/wipe.h"
#include "gateway/door.h"
#include "gateway/quiet.h"
#include "gateway/session.h"
#include "gateway/signals.h"
#include "gateway/writable.h"
#include <event2/event.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { MS_PER_S = 1000, NS_PER_MS = 1000000 };

typedef struct worker worker;

/* A listener's door, and what those who come through it meet. */
typedef struct post {
    worker *owner;
    np_door *door;
    np_visitor_host host;
    int upstream;
    bool takes_secrets;
} post;

struct worker {
    const np_gateway_host *host;
    np_gateway_config config;
    uint8_t ticket_keys[NP_TLS_TICKET_KEYS_SIZE];
    struct event_base *base;
    np_gateway_tls *tls[2]; /* the second lets in who has no certificate */
    np_nh1_memory *memory;
    gateway_writable *writable;
    np_gateway_judge *judge;
    post posts[NP_CONFIG_LISTENERS_MAX];
    gateway_signals signals;
    gateway_quiet *quiet;
    struct event *quiet_timer; /* when what was left out of the log is told */
    struct event *deadline;    /* when those who are still inside are ended */
    bool is_ending;
};

static uint64_t read_clock(void *unused)
{
    struct timespec now;
    (void)unused;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * MS_PER_S + (uint64_t)(now.tv_nsec / NS_PER_MS);
}

static bool is_of_refused(np_gateway_event_kind kind)
{
    return kind == NP_GATEWAY_REFUSED || kind == NP_GATEWAY_NO_HANDSHAKE ||
           kind == NP_GATEWAY_TURNED_AWAY;
}

/* The same certificate for the same reason; else the same address, whatever port it has. */
static bool is_one_too_many(const worker *self, const np_gateway_event *event)
{
    uint8_t bytes[2 + NP_ADDRESS_TEXT_SIZE + NP_FINGERPRINT_BYTES];
    np_writer source = np_writer_of(bytes, sizeof(bytes));
    np_write_u8(&source, (uint8_t)event->kind);
    np_write_u8(&source, event->admission == NULL ? 0 : (uint8_t)event->admission->reason);
    if (event->visit != NULL && event->visit->has_leaf) {
        np_write_bytes(&source, NP_BYTES(event->visit->leaf));
    } else {
        const char *port = strrchr(event->peer, ':');
        np_write_bytes(&source,
                       np_bytes_of(event->peer, port == NULL ? strlen(event->peer)
                                                             : (size_t)(port - event->peer)));
    }
    return !gateway_quiet_may_tell(self->quiet, &self->config.quiet, np_writer_bytes(&source),
                                   read_clock(NULL));
}

static void tell(const worker *self, const np_gateway_event *event)
{
    if (!is_of_refused(event->kind) || !is_one_too_many(self, event)) {
        self->host->tell(self->host->self, event);
    }
}

static void tell_left_out(const worker *self, uint64_t now_ms)
{
    uint64_t count = gateway_quiet_take_left_out(self->quiet, now_ms);
    const np_gateway_event event = {.kind = NP_GATEWAY_LEFT_OUT, .count = count};
    if (count > 0) {
        tell(self, &event);
    }
}

static void on_quiet(evutil_socket_t fd, short what, void *data)
{
    (void)fd;
    (void)what;
    tell_left_out(data, read_clock(NULL));
}

static void tell_of(const worker *self, np_gateway_event_kind kind, const np_visitor *visitor,
                    const char *text)
{
    char peer[NP_ADDRESS_TEXT_SIZE];
    np_address_format(np_visitor_peer(visitor), peer);
    const np_gateway_event event = {.kind = kind,
                                    .peer = peer,
                                    .admission = np_visitor_admission(visitor),
                                    .visit = np_visitor_data(visitor),
                                    .tls_version = np_visitor_tls_version(visitor),
                                    .is_resumed = np_visitor_is_resumed(visitor),
                                    .text = text};
    tell(self, &event);
}

static size_t count_inside(const worker *self)
{
    size_t inside = 0;
    for (size_t i = 0; i < self->config.listener_count; i++) {
        inside += np_door_count(self->posts[i].door);
    }
    return inside;
}

static void on_trouble(void *self, np_visitor *visitor, const char *text)
{
    tell_of(self, NP_GATEWAY_UPSTREAM, visitor, text);
}

static void on_admitted(void *data, np_visitor *visitor)
{
    worker *self = data;
    np_gateway_judge_touch(self->judge, np_visitor_admission(visitor));
    np_gateway_judge_note_arrival(self->judge, visitor, np_visitor_data(visitor));
    tell_of(self, NP_GATEWAY_ADMITTED, visitor, NULL);
}

/* Who presented a certificate has a visit already. */
static np_visit *need_visit(np_visitor *visitor)
{
    if (np_visitor_data(visitor) == NULL) {
        np_visitor_set_data(visitor, calloc(1, sizeof(np_visit)));
    }
    return np_visitor_data(visitor);
}

static void on_entered(void *data, np_visitor *visitor)
{
    const post *at = data;
    worker *self = at->owner;
    np_visit *visit = need_visit(visitor);
    bool is_stranger = !np_reason_at(np_visitor_admission(visitor)->reason)->is_admitted;
    const gateway_session_options options = {
        .base = self->base,
        .visitor = visitor,
        .visit = visit,
        .judge = self->judge,
        .upstream = at->upstream < 0 ? NULL : &self->config.upstreams[at->upstream],
        .request_ms = self->config.request_ms,
        .trouble = on_trouble,
        .secrets = is_stranger ? &self->config.nh1 : NULL,
        .memory = self->memory,
        .writable = self->writable,
        .admitted = on_admitted,
        .self = self};
    if (visit == NULL) {
        np_visitor_end(visitor); /* out of memory */
        return;
    }
    if (!is_stranger) {
        np_gateway_judge_note_arrival(self->judge, visitor, visit);
        tell_of(self, NP_GATEWAY_ADMITTED, visitor, NULL);
    }
    visit->session = gateway_session_begin(&options);
    if (visit->session == NULL) {
        np_visitor_end(visitor);
    }
}

static void on_ready(void *data, np_visitor *visitor)
{
    np_visit *visit = np_visitor_data(visitor);
    (void)data;
    if (visit != NULL && visit->session != NULL) {
        gateway_session_ready(visit->session);
    }
}

/* Why one who never came in did not. */
static void take_refusal(worker *self, const np_visitor *visitor)
{
    const np_visit *visit = np_visitor_data(visitor);
    const char *failure = np_visitor_failure(visitor);
    bool has_no_certificate =
        failure != NULL && strcmp(failure, "peer did not return a certificate") == 0;
    bool is_refused =
        visit != NULL && !np_reason_at(np_visitor_admission(visitor)->reason)->is_admitted;
    if (is_refused || has_no_certificate) {
        np_gateway_judge_note_refusal(self->judge, visitor, visit);
    }
    tell_of(self, is_refused || has_no_certificate ? NP_GATEWAY_REFUSED : NP_GATEWAY_NO_HANDSHAKE,
            visitor,
            failure != NULL                   ? failure
            : np_visitor_has_entered(visitor) ? NULL
                                              : "it went, or took too long");
}

static void on_ended(void *data, np_visitor *visitor)
{
    const post *at = data;
    np_visit *visit = np_visitor_data(visitor);
    bool is_admitted = np_visitor_has_entered(visitor) &&
                       np_reason_at(np_visitor_admission(visitor)->reason)->is_admitted;
    if (!is_admitted) {
        take_refusal(at->owner, visitor);
    }
    if (visit != NULL && visit->session != NULL) {
        gateway_session_end(visit->session);
    }
    np_visitor_set_data(visitor, NULL);
    np_visit_free(visit);
}

static void on_turned_away(void *data, const struct sockaddr_storage *peer, np_limiter_verdict why)
{
    static const char *const words[] = {
        [NP_LIMITER_FULL] = "connections",
        [NP_LIMITER_TOO_FAST] = "connections_per_second",
        [NP_LIMITER_TOO_MANY_OF_ONE] = "connections_per_address",
    };
    char text[NP_ADDRESS_TEXT_SIZE];
    const post *at = data;
    np_address_format(peer, text);
    const np_gateway_event event = {
        .kind = NP_GATEWAY_TURNED_AWAY, .peer = text, .text = words[why]};
    tell(at->owner, &event);
}

typedef struct news {
    const worker *self;
    const np_exclusion *exclusions;
    size_t count;
} news;

static bool is_excluded(void *data, const np_visitor *visitor)
{
    const news *these = data;
    const np_admission *admission = np_visitor_admission(visitor);
    const np_visit *visit = np_visitor_data(visitor);
    if (visit == NULL || !np_reason_at(admission->reason)->is_admitted) {
        return false;
    }
    for (size_t i = 0; i < these->count; i++) {
        const char *why = np_exclusion_tell(&these->exclusions[i], admission, visit->credential);
        if (why != NULL) {
            tell_of(these->self, NP_GATEWAY_ENDED, visitor, why);
            return true;
        }
    }
    return false;
}

static void on_excluded(void *data, const np_exclusion *exclusions, size_t count)
{
    worker *self = data;
    news these = {self, exclusions, count};
    for (size_t i = 0; count > 0 && i < self->config.listener_count; i++) {
        np_door_end(self->posts[i].door, is_excluded, &these);
    }
}

static bool is_anybody(void *unused, const np_visitor *visitor)
{
    (void)unused;
    (void)visitor;
    return true;
}

static void on_deadline(evutil_socket_t fd, short what, void *data)
{
    worker *self = data;
    (void)fd;
    (void)what;
    for (size_t i = 0; i < self->config.listener_count; i++) {
        np_door_end(self->posts[i].door, is_anybody, NULL);
    }
}

static void on_stop(evutil_socket_t fd, short what, void *data)
{
    worker *self = data;
    const struct timeval after = {.tv_sec = self->config.stop_ms / MS_PER_S,
                                  .tv_usec = (suseconds_t)(self->config.stop_ms % MS_PER_S) * 1000};
    (void)fd;
    (void)what;
    self->is_ending = true;
    for (size_t i = 0; i < self->config.listener_count; i++) {
        np_door_close(self->posts[i].door);
    }
    event_add(self->deadline, &after);
}

/* What is bound to sockets, processes and threads stays as it was until the next start. */
static void take_over(worker *self, const np_gateway_config *from)
{
    np_gateway_config *to = &self->config;
    memcpy(to->upstreams, from->upstreams, sizeof(to->upstreams));
    to->upstream_count = from->upstream_count;
    to->handshake_ms = from->handshake_ms;
    to->idle_ms = from->idle_ms;
    to->request_ms = from->request_ms;
    to->stop_ms = from->stop_ms;
    to->policy = from->policy;
    to->nh1 = from->nh1;
    to->quiet = from->quiet;
    for (size_t i = 0; i < to->listener_count && i < from->listener_count; i++) {
        self->posts[i].upstream = from->listeners[i].upstream;
        self->posts[i].takes_secrets = from->listeners[i].takes_secrets;
    }
}

static void free_tls(np_gateway_tls *const tls[static 2])
{
    np_gateway_tls_free(tls[0]);
    np_gateway_tls_free(tls[1]);
}

static np_code load_both_tls(const worker *self, const np_gateway_config *config,
                             np_gateway_tls *ret[static 2], np_error *err)
{
    NP_TRY(gateway_load_tls(self->host, config, self->ticket_keys, false, &ret[0], err));
    np_code code = gateway_load_tls(self->host, config, self->ticket_keys, true, &ret[1], err);
    if (code != NP_OK) {
        np_gateway_tls_free(ret[0]);
    }
    return code;
}

static np_code reload(worker *self, np_error *err)
{
    np_gateway_tls *tls[2];
    np_gateway_config config;
    NP_TRY(self->host->load(self->host->self, &config, err));
    NP_TRY(load_both_tls(self, &config, tls, err));
    take_over(self, &config);
    for (size_t i = 0; i < self->config.listener_count; i++) {
        np_door_use_tls(self->posts[i].door, tls[self->posts[i].takes_secrets ? 1 : 0]);
        np_door_use_times(self->posts[i].door, config.handshake_ms, config.idle_ms);
    }
    np_gateway_judge_use_policy(self->judge, &config.policy);
    gateway_writable_use(self->writable, config.refuses_unwritable);
    free_tls(self->tls);
    memcpy(self->tls, tls, sizeof(tls));
    return NP_OK;
}

static void on_reload(evutil_socket_t fd, short what, void *data)
{
    worker *self = data;
    np_error err = {0};
    (void)fd;
    (void)what;
    np_code code = reload(self, &err);
    const np_gateway_event event = {.kind =
                                        code == NP_OK ? NP_GATEWAY_RELOADED : NP_GATEWAY_TROUBLE,
                                    .text = code == NP_OK ? NULL : err.message};
    tell(self, &event);
}

np_code gateway_load_tls_files(const np_gateway_host *host, const char *certificate,
                               const char *key, np_gateway_tls_options *options,
                               np_gateway_tls **ret, np_error *err)
{
    uint8_t *certificate_pem = NULL;
    uint8_t *key_pem = NULL;
    size_t certificate_len = 0;
    size_t key_len = 0;
    np_code code = host->read(host->self, certificate, &certificate_pem, &certificate_len, err);
    if (code == NP_OK) {
        code = host->read(host->self, key, &key_pem, &key_len, err);
    }
    if (code == NP_OK) {
        options->certificate_pem = np_bytes_of(certificate_pem, certificate_len);
        options->key_pem = np_bytes_of(key_pem, key_len);
        code = np_gateway_tls_create(options, ret, err);
        np_wipe(key_pem, key_len);
    }
    free(certificate_pem);
    free(key_pem);
    return code;
}

np_code gateway_load_tls(const np_gateway_host *host, const np_gateway_config *config,
                         const uint8_t *ticket_keys, bool allows_no_certificate,
                         np_gateway_tls **ret, np_error *err)
{
    np_gateway_tls_options options = {.ticket_keys = ticket_keys,
                                      .allows_no_certificate = allows_no_certificate};
    return gateway_load_tls_files(host, config->certificate, config->key, &options, ret, err);
}

static np_code open_door(worker *self, size_t index, int listener, np_error *err)
{
    post *at = &self->posts[index];
    const np_gateway_config *config = &self->config;
    at->owner = self;
    at->upstream = config->listeners[index].upstream;
    at->takes_secrets = config->listeners[index].takes_secrets;
    at->host =
        (np_visitor_host){.entered = on_entered, .ready = on_ready, .ended = on_ended, .self = at};
    const np_door_options options = {.visitor = {.base = self->base,
                                                 .tls = self->tls[at->takes_secrets ? 1 : 0],
                                                 .judge = np_gateway_judge_table(self->judge),
                                                 .host = &at->host,
                                                 .handshake_ms = config->handshake_ms,
                                                 .idle_ms = config->idle_ms},
                                     .listener = listener,
                                     .limits = config->limits,
                                     .clock_ms = read_clock,
                                     .turned_away = on_turned_away,
                                     .self = at};
    return np_door_open(&options, &at->door, err);
}

static np_code start_judge(worker *self, np_error *err)
{
    const np_gateway_config *config = &self->config;
    NP_TRY(gateway_writable_create(config->registry, config->registry_wait_ms,
                                   config->refuses_unwritable, &self->writable, err));
    const np_gateway_judge_options options = {.base = self->base,
                                              .registry = config->registry,
                                              .wait_ms = config->registry_wait_ms,
                                              .readers = config->registry_connections,
                                              .policy = config->policy,
                                              .writable = self->writable,
                                              .excluded = on_excluded,
                                              .self = self};
    NP_TRY(np_gateway_judge_start(&options, &self->judge, err));
    return gateway_writable_watch(self->writable, self->base, self->judge)
               ? NP_OK
               : np_error_set(err, NP_ESTATION_MEMORY, "out of memory");
}

static np_code prepare(worker *self, const int *listeners, np_error *err)
{
    static const struct timeval every_second = {.tv_sec = 1};
    self->base = event_base_new();
    self->deadline = self->base == NULL ? NULL : event_new(self->base, -1, 0, on_deadline, self);
    self->memory = np_nh1_memory_create();
    self->quiet = gateway_quiet_create();
    self->quiet_timer = self->deadline == NULL || self->quiet == NULL
                            ? NULL
                            : event_new(self->base, -1, EV_PERSIST, on_quiet, self);
    if (self->quiet_timer == NULL || self->memory == NULL ||
        event_add(self->quiet_timer, &every_second) != 0) {
        return np_error_set(err, NP_ESTATION_MEMORY, "out of memory");
    }
    NP_TRY(load_both_tls(self, &self->config, self->tls, err));
    NP_TRY(start_judge(self, err));
    for (size_t i = 0; i < self->config.listener_count; i++) {
        NP_TRY(open_door(self, i, listeners[i], err));
    }
    return gateway_signals_watch(&self->signals, self->base, on_stop, on_reload, self)
               ? NP_OK
               : np_error_set(err, NP_ESTATION_MEMORY, "out of memory");
}

static void clear(worker *self)
{
    np_gateway_judge_free(self->judge);
    gateway_writable_free(self->writable);
    for (size_t i = 0; i < self->config.listener_count; i++) {
        np_door_free(self->posts[i].door);
    }
    free_tls(self->tls);
    np_nh1_memory_free(self->memory);
    gateway_signals_clear(&self->signals);
    if (self->deadline != NULL) {
        event_free(self->deadline);
    }
    if (self->quiet_timer != NULL) {
        tell_left_out(self, read_clock(NULL) + GATEWAY_QUIET_PERIOD_MS);
        event_free(self->quiet_timer);
    }
    gateway_quiet_free(self->quiet);
    if (self->base != NULL) {
        event_base_free(self->base);
    }
    np_wipe(self->ticket_keys, sizeof(self->ticket_keys));
    free(self);
}

np_code gateway_work(const np_gateway_host *host, const np_gateway_config *config,
                     const int *listeners, const uint8_t *ticket_keys, np_error *err)
{
    worker *self = calloc(1, sizeof(*self));
    if (self == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "out of memory");
    }
    self->host = host;
    self->config = *config;
    memcpy(self->ticket_keys, ticket_keys, sizeof(self->ticket_keys));
    np_code code = prepare(self, listeners, err);
    if (code == NP_OK) {
        while (!self->is_ending || count_inside(self) > 0) {
            event_base_loop(self->base, EVLOOP_ONCE);
        }
    }
    clear(self);
    return code;
}
