/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/changes.h"

#include "registry/fleet_internal.h"

typedef struct listing {
    np_change_visit visit;
    void *self;
} listing;

static np_code list_one(void *self, const store_value *columns, np_error *err)
{
    const listing *list = self;
    const np_change change = {.seq = columns[0].integer,
                              .changed_at = columns[1].integer,
                              .who = columns[2].bytes,
                              .what = columns[3].bytes,
                              .org = columns[4].bytes,
                              .subject = columns[5].bytes};
    return list->visit(list->self, &change, err);
}

np_code np_change_each(np_store *store, np_bytes org, const np_page *page, np_change_visit visit,
                       void *self, np_error *err)
{
    static const store_query query = {"SELECT seq, changed_at, who, what, org, subject FROM changes"
                                      " WHERE ($1 = '' OR org = $1) AND seq > $2"
                                      " ORDER BY seq LIMIT $3",
                                      3};
    const store_value values[] = {store_text(org), store_integer(page->after),
                                  fleet_limit(page->limit)};
    listing list = {visit, self};
    return store_select(store, &query, values, list_one, &list, err);
}

np_code np_change_newest(np_store *store, int64_t *ret_seq, np_error *err)
{
    static const store_query query = {"SELECT coalesce(max(seq), 0) FROM changes", 0};
    *ret_seq = 0;
    return store_select(store, &query, NULL, fleet_take_number, ret_seq, err);
}
