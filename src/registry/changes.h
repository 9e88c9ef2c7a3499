/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The list of changes: who has changed what in the fleet, and when. It is only added to, and each
 * change has the hash of the one before in it, so that one which is altered, left out or put in
 * later is found. Numbers are seen in their order, but for those that an older version has given:
 * whoever follows them looks back over NP_CHANGES_OVERLAP numbers.
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
    np_bytes hash; /* of the list's; not looked at when it is noted */
} np_change;

typedef np_code (*np_change_visit)(void *self, const np_change *change, np_error *err);

/* Of an organisation and about a subject, each empty for all. */
typedef struct np_change_query {
    np_bytes org;
    np_bytes subject; /* the whole of it; no index helps */
    np_page page;     /* newest first: of lower numbers than `after`, which is 0 to begin */
    bool is_newest_first;
} np_change_query;

/* In the order of their numbers, or against it. It must not use the store. */
NP_MUST_USE np_code np_change_each(np_store *store, const np_change_query *query,
                                   np_change_visit visit, void *self, np_error *err);

enum { NP_CHANGE_REASON_SIZE = 120 };

typedef struct np_changes_report {
    uint64_t count;
    uint8_t head[NP_FINGERPRINT_BYTES]; /* of the last one; zero when there is none */
    bool is_bad;
    int64_t bad_seq; /* the first that does not fit */
    char reason[NP_CHANGE_REASON_SIZE];
} np_changes_report;

/* The line of a change, as it is hashed, without a line feed. */
typedef np_code (*np_change_line_visit)(void *self, np_bytes line, np_error *err);

/*
 * Do all changes fit together, and does the last one fit the head that is kept beside them? That
 * they do not is an outcome. visit (may be NULL) gets the line of each, the bad one and those
 * behind it too.
 */
NP_MUST_USE np_code np_changes_verify(np_store *store, np_change_line_visit visit, void *self,
                                      np_changes_report *ret, np_error *err);

/* The number of the newest; 0: there was none. */
NP_MUST_USE np_code np_change_newest(np_store *store, int64_t *ret_seq, np_error *err);
