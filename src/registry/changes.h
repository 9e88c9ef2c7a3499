/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The list of changes: who has changed what in the fleet, and when. It is only added to. Numbers
 * are given when a change begins and seen when it has ended, so that a higher one can be seen
 * before a lower one: whoever follows them looks back over NP_CHANGES_OVERLAP numbers.
 */
#pragma once

#include "registry/fleet.h"

/* A transaction that took its number before so many others is over by now; not tuned. */
enum { NP_CHANGES_OVERLAP = 256 };

typedef struct np_change {
    int64_t seq;
    int64_t changed_at;
    np_bytes who;
    np_bytes what; /* "device block" */
    np_bytes org;  /* empty: of none */
    np_bytes subject;
} np_change;

typedef np_code (*np_change_visit)(void *self, const np_change *change, np_error *err);

/* Those of an organisation, or all (org empty), in their order. It must not use the store. */
NP_MUST_USE np_code np_change_each(np_store *store, np_bytes org, const np_page *page,
                                   np_change_visit visit, void *self, np_error *err);

/* The number of the newest; 0: there was none. */
NP_MUST_USE np_code np_change_newest(np_store *store, int64_t *ret_seq, np_error *err);
