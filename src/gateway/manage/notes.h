/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What /v1/admit writes down of those who came to another front door, just as the gateway's own
 * door does (gateway/news.h): who was refused, who came for the first time, and when devices were
 * seen. It is gathered, and written once a second: it may be lost. Inside the room.
 */
#pragma once

#include "gateway/news.h"

typedef struct manage_notes manage_notes;

/* NULL: out of memory. */
manage_notes *manage_notes_create(void);

/* Accepts NULL. */
void manage_notes_free(manage_notes *notes);

/* One who was judged. notes may be NULL: nothing is kept. */
void manage_notes_take(manage_notes *notes, const gateway_newcomer *newcomer, int64_t now);

/* Writes what there is, and forgets it. NP_OK when there is nothing. */
NP_MUST_USE np_code manage_notes_store(manage_notes *notes, np_store *store, int64_t now,
                                       np_error *err);
