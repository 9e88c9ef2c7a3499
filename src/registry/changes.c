/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/changes.h"

#include "base/format.h"
#include "crypto/hash.h"
#include "registry/chain.h"
#include "registry/fleet_internal.h"

typedef struct listing {
    np_change_visit visit;
    void *self;
} listing;

static np_change take_change(const store_value *columns)
{
    return (np_change){.seq = columns[0].integer,
                       .changed_at = columns[1].integer,
                       .who = columns[2].bytes,
                       .what = columns[3].bytes,
                       .org = columns[4].bytes,
                       .subject = columns[5].bytes,
                       .hash = columns[6].bytes};
}

static np_code list_one(void *self, const store_value *columns, np_error *err)
{
    const listing *list = self;
    const np_change change = take_change(columns);
    return list->visit(list->self, &change, err);
}

#define EACH(OF_SUBJECT, IS_BEHIND, ORDER)                                                         \
    {                                                                                              \
        "SELECT seq, changed_at, who, what, org, subject, hash FROM changes"                       \
        " WHERE ($1 = '' OR org = $1) AND " OF_SUBJECT " AND seq " IS_BEHIND " $3"                 \
        " ORDER BY seq " ORDER " LIMIT $4",                                                        \
            4                                                                                      \
    }

/* By whether there is a subject, which its index finds, and whether the newest come first. */
static const store_query pages[2][2] = {
    {EACH("$2 = ''", ">", "ASC"), EACH("$2 = ''", "<", "DESC")},
    {EACH("subject = $2", ">", "ASC"), EACH("subject = $2", "<", "DESC")},
};

np_code np_change_each(np_store *store, const np_change_query *query, np_change_visit visit,
                       void *self, np_error *err)
{
    int64_t behind =
        query->is_newest_first && query->page.after == 0 ? INT64_MAX : query->page.after;
    const store_value values[] = {store_text(query->org), store_text(query->subject),
                                  store_integer(behind), fleet_limit(query->page.limit)};
    listing list = {visit, self};
    return store_select(store, &pages[query->subject.len > 0][query->is_newest_first], values,
                        list_one, &list, err);
}

np_code np_change_newest(np_store *store, int64_t *ret_seq, np_error *err)
{
    static const store_query query = {"SELECT coalesce(max(seq), 0) FROM changes", 0};
    *ret_seq = 0;
    return store_select(store, &query, NULL, fleet_take_number, ret_seq, err);
}

/* Verifying */

enum { HEAD_SEQ = 7, HEAD_HASH };

typedef struct verifying {
    np_change_line_visit visit;
    void *self;
    np_changes_report *ret;
    int64_t last;
    int64_t head_seq;
    uint8_t head[NP_FINGERPRINT_BYTES];
} verifying;

static void find_bad(const verifying *on, int64_t seq, const char *reason)
{
    if (!on->ret->is_bad) {
        on->ret->is_bad = true;
        on->ret->bad_seq = seq;
        np_format(on->ret->reason, sizeof(on->ret->reason), "%s", reason);
    }
}

static np_code verify_change(verifying *on, const np_change *change, np_error *err)
{
    uint8_t line[16384];
    np_writer writer = np_writer_of(line, sizeof(line));
    np_changes_report *ret = on->ret;
    chain_write_line(change, ret->head, &writer);
    np_bytes text = np_writer_bytes(&writer);
    np_sha256(text, ret->head);
    if (!np_bytes_equal(change->hash, NP_BYTES(ret->head))) {
        find_bad(on, change->seq,
                 change->hash.len == 0
                     ? "it has no hash: an older nameplate, or something else, has written it"
                     : "it is not what was hashed, or the one before it is another or is gone");
        if (change->hash.len == sizeof(ret->head)) { /* go on from there */
            memcpy(ret->head, change->hash.data, sizeof(ret->head));
        }
    }
    ret->count++;
    on->last = change->seq;
    return on->visit == NULL ? NP_OK : on->visit(on->self, text, err);
}

static np_code verify_one(void *self, const store_value *columns, np_error *err)
{
    verifying *on = self;
    on->head_seq = columns[HEAD_SEQ].integer;
    NP_TRY(fleet_take_digest(&columns[HEAD_HASH], on->head, err));
    if (columns[0].kind == STORE_NULL) {
        return NP_OK; /* the head alone */
    }
    const np_change change = take_change(columns);
    return verify_change(on, &change, err);
}

np_code np_changes_verify(np_store *store, np_change_line_visit visit, void *self,
                          np_changes_report *ret, np_error *err)
{
    static const store_query query = {
        "SELECT c.seq, c.changed_at, c.who, c.what, c.org, c.subject, c.hash, h.seq, h.hash"
        " FROM changes_head h LEFT JOIN changes c ON 1 = 1 ORDER BY c.seq",
        0};
    verifying on = {.visit = visit, .self = self, .ret = ret};
    *ret = (np_changes_report){0};
    NP_TRY(store_select(store, &query, NULL, verify_one, &on, err));
    if (on.last != on.head_seq || memcmp(ret->head, on.head, sizeof(on.head)) != 0) {
        find_bad(&on, on.head_seq, "it was the last one, and the list does not end with it");
    }
    return NP_OK;
}
