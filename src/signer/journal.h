/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The memory of a run: what exists already, in this run and in the record, and what this run adds
 * to the record. It is the first part of a run (signer/issue.h). Without a record it only knows the
 * run itself.
 *
 * A unit is who has its serial and its key. One that the record has gets the certificate from
 * there, byte for byte, once in a run; so a run that was interrupted is run again with the same
 * input and makes the rest. Whoever shares only its serial, its key or its common name with a
 * unit before is refused.
 */
#pragma once

#include "record/record.h"
#include "signer/index.h"
#include "signer/issue.h"

typedef struct np_journal np_journal;

typedef struct np_journal_options {
    const np_record_storage *record; /* NULL: none; these are borrowed */
    const np_signing *station;
    np_bytes station_name;
    np_bytes batch;                 /* np_record_check_batch */
    np_bytes issuer;                /* certificate, DER */
    np_bytes tool_version;          /* as lines have it; may be empty */
    np_bytes authorization_id;      /* of what is added; may be empty */
    const np_record_hash *head;     /* an earlier head, to be looked for; NULL: none */
    const char *origin;             /* of the keys: "imported" */
    int64_t (*now)(void);           /* seconds since 1970 */
    const np_record_storage *spill; /* for np_index_create; NULL: memory only */
    const np_index_limits *limits;
} np_journal_options;

/* Units between two signatures of the station: what a crash can leave unsigned. Not tuned. */
enum { NP_JOURNAL_BATCH = 65536 };

/*
 * Opens or begins the record and reads all of it. What np_record_open and np_index_create say.
 * *ret_found is zero without a record.
 */
NP_MUST_USE np_code np_journal_open(const np_journal_options *options, np_journal **ret,
                                    np_record_found *ret_found, np_error *err);

/* How the record stands; all zero without one. */
typedef struct np_journal_state {
    uint64_t units;
    uint64_t authorized; /* those with the authorization's id that opening found */
    bool has_head;       /* the line with the earlier head is there */
    np_record_hash head; /* of the last line */
} np_journal_state;

np_journal_state np_journal_look(const np_journal *journal);

/*
 * reserve refuses duplicates and fetches recorded certificates; confirm makes the others durable in
 * the record. What the record and its storage say.
 */
np_issue_part np_journal_part(np_journal *journal);

/* Signs for what was added; without a record nothing. */
NP_MUST_USE np_code np_journal_finish(np_journal *journal, np_error *err);

/* Accepts NULL. */
void np_journal_free(np_journal *journal);

/* For NP_CLEANUP. */
static inline void np_journal_free_at(np_journal **journal)
{
    np_journal_free(*journal);
}
