/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The thread that runs through a record: each line names its number and the hash of the line
 * before, each trailer the units since the one before it. Taking the lines in order proves that
 * they belong together; only a trailer's signature proves who wrote them.
 */
#pragma once

#include "record/trailer.h"

typedef struct np_record_chain {
    uint64_t next_seq; /* 0: the header is still to come */
    uint64_t units;    /* in all */
    uint64_t batches;
    np_record_hash head; /* of the last line */
    np_record_hash key;  /* of the station, as the header names it */
    np_record_tree tree; /* the units since the last trailer */
    uint64_t batch_first;
    uint64_t watched_seq; /* the unit whose path is asked for, when there is a path */
    np_record_path *path;
} np_record_chain;

/*
 * NP_EINPUT_FORMAT, with the reason, when the line cannot follow; the chain is unchanged then.
 * ret_trailer is filled by a trailer, whose signature is not looked at here.
 */
NP_MUST_USE np_code np_record_chain_take(np_record_chain *chain, const np_record_line *line,
                                         np_record_trailer *ret_trailer, np_error *err);

/* Is what is wrong with this line that its prev is not the hash of the line before? */
bool record_chain_is_broken_at(const np_record_chain *chain, const np_record_line *line);

/* The writer's side: a line that was just made. */
void record_chain_add(np_record_chain *chain, np_record_kind kind, np_bytes text);
