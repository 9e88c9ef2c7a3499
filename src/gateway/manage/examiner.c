/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/manage/examiner.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

typedef STAILQ_HEAD(examination_queue, manage_examination) examination_queue;

struct manage_examiner {
    const np_gateway_config *config;
    struct event *news; /* of the loop: something is done */
    int wake;           /* an eventfd */
    pthread_t thread;
    bool is_running;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t arrival;
    examination_queue waiting;
    examination_queue done;
    bool is_ending;
};

/* NULL: it ends. */
static manage_examination *take_next(manage_examiner *self)
{
    pthread_mutex_lock(&self->lock);
    while (STAILQ_EMPTY(&self->waiting) && !self->is_ending) {
        pthread_cond_wait(&self->arrival, &self->lock);
    }
    manage_examination *next = STAILQ_FIRST(&self->waiting);
    if (next != NULL) {
        STAILQ_REMOVE_HEAD(&self->waiting, next);
    }
    pthread_mutex_unlock(&self->lock);
    return next;
}

static void put_done(manage_examiner *self, manage_examination *one)
{
    const uint64_t count = 1;
    pthread_mutex_lock(&self->lock);
    STAILQ_INSERT_TAIL(&self->done, one, next);
    pthread_mutex_unlock(&self->lock);
    (void)!write(self->wake, &count, sizeof(count));
}

static void *work(void *data)
{
    manage_examiner *self = data;
    manage_examination *one;
    while ((one = take_next(self)) != NULL) {
        manage_call *call = one->call;
        np_store *store = NULL;
        call->examine_code = np_store_open(self->config->registry, self->config->registry_wait_ms,
                                           &store, &call->examine_err);
        if (call->examine_code == NP_OK) {
            call->examine_code = call->route->examine(call, store, &call->examine_err);
        }
        np_store_free(store);
        put_done(self, one);
    }
    return NULL;
}

static void on_done(evutil_socket_t fd, short what, void *data)
{
    manage_examiner *self = data;
    examination_queue done = STAILQ_HEAD_INITIALIZER(done);
    uint64_t count = 0;
    (void)what;
    (void)!read(fd, &count, sizeof(count));
    pthread_mutex_lock(&self->lock);
    STAILQ_CONCAT(&done, &self->done);
    pthread_mutex_unlock(&self->lock);
    while (!STAILQ_EMPTY(&done)) {
        manage_examination *one = STAILQ_FIRST(&done);
        STAILQ_REMOVE_HEAD(&done, next);
        one->done(one->self);
    }
}

manage_examiner *manage_examiner_create(struct event_base *base, const np_gateway_config *config)
{
    manage_examiner *self = calloc(1, sizeof(*self));
    if (self == NULL) {
        return NULL;
    }
    self->config = config;
    pthread_mutex_init(&self->lock, NULL);
    pthread_cond_init(&self->arrival, NULL);
    STAILQ_INIT(&self->waiting);
    STAILQ_INIT(&self->done);
    self->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    self->news =
        self->wake < 0 ? NULL : event_new(base, self->wake, EV_READ | EV_PERSIST, on_done, self);
    if (self->news == NULL || event_add(self->news, NULL) != 0) {
        manage_examiner_free(self);
        return NULL;
    }
    return self;
}

bool manage_examiner_send(manage_examiner *examiner, manage_examination *examination)
{
    if (!examiner->is_running) {
        examiner->is_running = pthread_create(&examiner->thread, NULL, work, examiner) == 0;
    }
    if (!examiner->is_running) {
        return false;
    }
    pthread_mutex_lock(&examiner->lock);
    STAILQ_INSERT_TAIL(&examiner->waiting, examination, next);
    pthread_cond_signal(&examiner->arrival);
    pthread_mutex_unlock(&examiner->lock);
    return true;
}

static void stop_thread(manage_examiner *self)
{
    pthread_mutex_lock(&self->lock);
    self->is_ending = true;
    pthread_cond_signal(&self->arrival);
    pthread_mutex_unlock(&self->lock);
    pthread_join(self->thread, NULL);
}

void manage_examiner_free(manage_examiner *examiner)
{
    if (examiner == NULL) {
        return;
    }
    if (examiner->is_running) {
        stop_thread(examiner);
    }
    if (examiner->news != NULL) {
        event_free(examiner->news);
    }
    if (examiner->wake >= 0) {
        close(examiner->wake);
    }
    pthread_mutex_destroy(&examiner->lock);
    pthread_cond_destroy(&examiner->arrival);
    free(examiner);
}
