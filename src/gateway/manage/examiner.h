/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where calls are examined (manage_route's examine): in a thread, one after the other, with a
 * connection of its own to the registry, so that others are answered while an archive is judged.
 * The thread begins with the first one. Inside the room.
 */
#pragma once

#include "gateway/manage/call.h"
#include <sys/queue.h>

typedef struct manage_examiner manage_examiner;

/* It is the examiner's from manage_examiner_send until done is called; so is the call. */
typedef struct manage_examination {
    STAILQ_ENTRY(manage_examination) next;
    manage_call *call;
    void (*done)(void *self); /* in the loop */
    void *self;
} manage_examination;

/* The configuration's registry stays what it is. NULL: out of memory. */
manage_examiner *manage_examiner_create(struct event_base *base, const np_gateway_config *config);

/* False: there is no thread for it, and it was not taken. */
bool manage_examiner_send(manage_examiner *examiner, manage_examination *examination);

/* Nothing is under way any more. Accepts NULL. */
void manage_examiner_free(manage_examiner *examiner);
