/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GET /v1/events: server-sent events (WHATWG HTML 9.2) of what is new at the door and in the
 * registry. The registry is asked by numbers each second, so that several gateways and every
 * database can be behind it. A stream ends after a while, so that a token that was removed does not
 * go on seeing; whoever follows begins again behind the last id that he has.
 */
#include "base/format.h"
#include "gateway/manage/list.h"
#include "gateway/manage/routes.h"
#include "gateway/refusal_view.h"
#include "gateway/view.h"
#include <stdlib.h>

enum {
    POLL_MS = 1000,
    POLLS_MAX = 60,      /* a stream's length: how long a removed token may see */
    POLLS_PER_SIGN = 15, /* of life, when nothing else is to be told */
    ID_SIZE = 64,
    AT_ONCE_MAX = 500, /* of a kind in a poll; the rest comes with the next one */
};

/* What was told. */
typedef struct place {
    int64_t refusals;
    int64_t arrivals;
    int64_t changes;
} place;

typedef struct watcher {
    const manage_shared *shared;
    manage_outlet *outlet;
    struct event *timer;
    char org[NP_ORG_NAME_MAX + 1]; /* empty: all */
    place begun;
    place at;
    int64_t told[NP_CHANGES_OVERLAP]; /* change n at n modulo its size */
    unsigned polls;
    bool is_lost; /* the peer takes nothing, or memory is out */
} watcher;

static void release(watcher *self)
{
    if (self->timer != NULL) {
        event_free(self->timer);
    }
    free(self);
}

static void say(watcher *self, const char *text)
{
    self->is_lost = self->is_lost || !manage_outlet_write(self->outlet, np_bytes_text(text));
}

/* Takes the value. */
static void say_event(watcher *self, const char *name, json_t *data)
{
    char head[ID_SIZE + 64];
    char *text = json_dumps(data, JSON_COMPACT); /* one line: JSON escapes line feeds */
    json_decref(data);
    np_format(head, sizeof(head), "event: %s\nid: %zu.%zu.%zu\ndata: ", name,
              (size_t)self->at.refusals, (size_t)self->at.arrivals, (size_t)self->at.changes);
    say(self, head);
    say(self, text == NULL ? "{}" : text);
    say(self, "\n\n");
    free(text);
}

static np_code tell_refusal(void *context, const np_refusal *refusal, np_error *err)
{
    watcher *self = context;
    (void)err;
    self->at.refusals = refusal->seq;
    say_event(self, "refusal", np_refusal_view(refusal, false));
    return NP_OK;
}

static np_code tell_arrival(void *context, const np_arrival *arrival, np_error *err)
{
    watcher *self = context;
    (void)err;
    self->at.arrivals = arrival->seq;
    say_event(self, "arrival",
              json_pack("{s:o, s:s, s:o, s:o, s:o, s:o, s:o}", "fingerprint",
                        np_digest_view(arrival->leaf), "reason",
                        np_reason_at(arrival->reason)->name, "org", np_text_view(arrival->org),
                        "identifier", np_text_view(arrival->identifier), "peer",
                        np_text_view(arrival->peer), "gateway", np_text_view(arrival->gateway),
                        "arrived_at", np_time_view(arrival->arrived_at)));
    return NP_OK;
}

static np_code tell_change(void *context, const np_change *change, np_error *err)
{
    watcher *self = context;
    int64_t *told = &self->told[(uint64_t)change->seq % NP_CHANGES_OVERLAP];
    (void)err;
    if (change->seq <= self->begun.changes || *told == change->seq) {
        return NP_OK;
    }
    *told = change->seq;
    self->at.changes = change->seq > self->at.changes ? change->seq : self->at.changes;
    say_event(self, "change", np_change_view(change));
    return NP_OK;
}

static np_code tell_all(watcher *self, np_error *err)
{
    np_store *store = self->shared->store;
    np_bytes org = np_bytes_text(self->org);
    const np_refusal_query refusals = {
        .org = org, .after = self->at.refusals, .limit = AT_ONCE_MAX, .is_oldest_first = true};
    const int64_t behind = self->at.changes - NP_CHANGES_OVERLAP;
    const np_change_query changes = {
        .org = org,
        .page = {.after = behind > self->begun.changes ? behind : self->begun.changes,
                 .limit = AT_ONCE_MAX + NP_CHANGES_OVERLAP}};
    NP_TRY(np_refusals_each(store, &refusals, tell_refusal, self, err));
    NP_TRY(np_arrivals_each(store, org, self->at.arrivals, tell_arrival, self, err));
    return np_change_each(store, &changes, tell_change, self, err);
}

/* A registry that fails is opened anew for the next call: the one who follows makes it. */
static void on_poll(evutil_socket_t fd, short what, void *data)
{
    watcher *self = data;
    np_error err = {0};
    (void)fd;
    (void)what;
    bool is_over =
        self->shared->store == NULL || tell_all(self, &err) != NP_OK || ++self->polls == POLLS_MAX;
    if (self->polls % POLLS_PER_SIGN == 0) {
        say(self, ":\n\n");
    }
    if (is_over || self->is_lost) {
        manage_outlet_end(self->outlet);
        release(self);
    }
}

/* The first event says where the stream begins, so that nothing is missed when it breaks. */
static void on_opened(void *data, manage_outlet *outlet)
{
    watcher *self = data;
    const struct timeval interval = {.tv_sec = POLL_MS / 1000};
    self->outlet = outlet;
    say(self, "retry: 2000\n");
    say_event(self, "hello", json_object());
    event_add(self->timer, &interval);
}

static void on_closed(void *data)
{
    release(data);
}

/* "21.5.340"; false when it is none. */
static bool parse_place(const char *text, place *ret)
{
    int64_t *const parts[] = {&ret->refusals, &ret->arrivals, &ret->changes};
    for (size_t i = 0; i < NP_COUNT_OF(parts); i++) {
        char *end = NULL;
        char after = i + 1 < NP_COUNT_OF(parts) ? '.' : '\0';
        *parts[i] = strtoll(text, &end, 10);
        if (*text < '0' || *text > '9' || *end != after) {
            return false;
        }
        text = end + 1;
    }
    return true;
}

/* The one in the query, or where everything stands now. */
static np_code find_place(const manage_call *call, place *ret, np_error *err)
{
    char text[ID_SIZE];
    NP_TRY(manage_query(call, "after", text, sizeof(text), err));
    if (text[0] == '\0') {
        NP_TRY(np_door_news_newest(call->store, &ret->refusals, err));
        ret->arrivals = ret->refusals;
        return np_change_newest(call->store, &ret->changes, err);
    }
    return parse_place(text, ret)
               ? NP_OK
               : np_error_set(err, NP_EUSAGE, "after in the query is the id of an event");
}

np_code manage_get_events(manage_call *call, np_error *err)
{
    place begun = {0};
    NP_TRY(find_place(call, &begun, err));
    watcher *self = calloc(1, sizeof(*self));
    if (self == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "out of memory");
    }
    self->shared = call->shared;
    self->begun = self->at = begun;
    np_format(self->org, sizeof(self->org), "%.*s", (int)call->token->org.len,
              (const char *)call->token->org.data);
    self->timer = event_new(call->shared->base, -1, EV_PERSIST, on_poll, self);
    if (self->timer == NULL) {
        release(self);
        return np_error_set(err, NP_ESTATION_MEMORY, "out of memory");
    }
    call->reply.type = "text/event-stream";
    call->reply.stream = (manage_stream){on_opened, on_closed, self};
    manage_add_field(call, "Cache-Control: no-store\r\n");
    return NP_OK;
}
