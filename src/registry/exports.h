/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What clouds have answered about units: one state a target and unit. A unit of which nothing is
 * known is missing there, and so is one that the cloud has refused.
 */
#pragma once

#include "registry/store.h"

enum { NP_EXPORT_ANSWER_MAX = 500 /* bytes; the rest of a longer answer is left out */ };

typedef enum np_export_state {
    NP_EXPORT_SENT,       /* handed over, no answer yet */
    NP_EXPORT_REGISTERED, /* the cloud has it */
    NP_EXPORT_FAILED,     /* the cloud has refused it; answer says why */
    NP_EXPORT_STATE_COUNT
} np_export_state;

/* "sent", "registered", "failed". */
const char *np_export_state_name(np_export_state state);

typedef struct np_export_mark {
    np_bytes serial; /* the manufacturer's, UTF-8 */
    np_export_state state;
    np_bytes answer; /* UTF-8, may be empty */
} np_export_mark;

/*
 * Stores what is known of count units at this target, all or none. A later mark replaces an
 * earlier one; a group of some hundred is best. now: seconds since 1970.
 */
NP_MUST_USE np_code np_exports_mark(np_store *store, const char *target,
                                    const np_export_mark *marks, size_t count, int64_t now,
                                    np_error *err);

/* Does the target still need the unit? True unless it is registered there. */
NP_MUST_USE np_code np_exports_is_missing(np_store *store, const char *target, np_bytes serial,
                                          bool *ret_is_missing, np_error *err);

/* Of every unit that has a state at the target, in any order. It must not use the store. */
NP_MUST_USE np_code np_exports_each(np_store *store, const char *target,
                                    np_code (*visit)(void *self, const np_export_mark *mark,
                                                     np_error *err),
                                    void *self, np_error *err);
