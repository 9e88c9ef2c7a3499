/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/writable.h"

#include "base/format.h"
#include <event2/event.h>
#include <stdlib.h>

struct gateway_writable {
    np_errand errand; /* first: an errand is its watcher */
    np_gateway_judge *judge;
    struct event *timer;
    bool is_on;
    bool is_asking;
    bool is_unwritable;
    np_error why;
};

static void take_answer(gateway_writable *self, np_code code, const np_error *err)
{
    self->is_unwritable = code != NP_OK;
    self->why = code == NP_OK ? (np_error){0} : *err;
}

np_code gateway_writable_create(const char *registry, unsigned wait_ms, bool is_on,
                                gateway_writable **ret, np_error *err)
{
    np_error why = {0};
    NP_CLEANUP(np_store_free_at) np_store *store = NULL;
    *ret = calloc(1, sizeof(**ret));
    if (*ret == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "out of memory");
    }
    (*ret)->is_on = is_on;
    if (is_on) {
        np_code code = np_store_open(registry, wait_ms, &store, &why);
        code = code == NP_OK ? np_store_check_writable(store, &why) : code;
        take_answer(*ret, code, &why);
    }
    return NP_OK;
}

/* In the thread that records. */
static np_code ask(np_errand *errand, np_store *store, np_error *err)
{
    (void)errand;
    return np_store_check_writable(store, err);
}

static void hear(np_errand *errand, np_code code, const np_error *err)
{
    gateway_writable *self = (gateway_writable *)errand;
    self->is_asking = false;
    take_answer(self, code, err);
}

static void on_timer(evutil_socket_t fd, short what, void *data)
{
    gateway_writable *self = data;
    (void)fd;
    (void)what;
    if (!self->is_on || self->is_asking) {
        return;
    }
    self->errand = (np_errand){.run = ask, .done = hear, .is_recording = true};
    self->is_asking = np_gateway_judge_send(self->judge, &self->errand);
}

bool gateway_writable_watch(gateway_writable *self, struct event_base *base,
                            np_gateway_judge *judge)
{
    const struct timeval every_second = {.tv_sec = 1};
    self->judge = judge;
    self->timer = event_new(base, -1, EV_PERSIST, on_timer, self);
    return self->timer != NULL && event_add(self->timer, &every_second) == 0;
}

void gateway_writable_use(gateway_writable *self, bool is_on)
{
    self->is_on = is_on;
}

void gateway_writable_confirm(const gateway_writable *self, np_admission *admission, char *trouble,
                              size_t size)
{
    if (self == NULL || !self->is_on || !self->is_unwritable ||
        !np_reason_at(admission->reason)->is_admitted) {
        return;
    }
    admission->reason = NP_REASON_STORAGE_UNAVAILABLE;
    admission->effects = 0;
    np_format(trouble, size, "%s", self->why.message);
}

void gateway_writable_free(gateway_writable *self)
{
    if (self != NULL && self->timer != NULL) {
        event_free(self->timer);
    }
    free(self);
}
