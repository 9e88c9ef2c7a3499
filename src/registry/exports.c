/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/exports.h"

#include "registry/engine.h"

enum { MARK_PARAMETERS = 5, GROUP = 256 /* of parameters in memory; not tuned */ };

static const char *const names[NP_EXPORT_STATE_COUNT] = {
    [NP_EXPORT_SENT] = "sent",
    [NP_EXPORT_REGISTERED] = "registered",
    [NP_EXPORT_FAILED] = "failed",
};

const char *np_export_state_name(np_export_state state)
{
    return names[state];
}

typedef struct marking {
    const char *target;
    const np_export_mark *marks;
    size_t count;
    int64_t now;
} marking;

/* No character is cut in two: a byte 10xxxxxx continues one (RFC 3629). */
static np_bytes shorten(np_bytes text)
{
    size_t len = text.len;
    if (len > NP_EXPORT_ANSWER_MAX) {
        for (len = NP_EXPORT_ANSWER_MAX; len > 0 && (text.data[len] & 0xc0) == 0x80; len--) {
        }
    }
    return np_bytes_of(text.data, len);
}

static np_code mark_group(np_store *store, const marking *all, size_t from, size_t count,
                          np_error *err)
{
    static const store_query query = {
        "INSERT INTO exports (target, serial, state, answer, changed_at)"
        " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (target, serial) DO UPDATE SET"
        " state = excluded.state, answer = excluded.answer, changed_at = excluded.changed_at",
        MARK_PARAMETERS};
    store_value values[GROUP * MARK_PARAMETERS];
    for (size_t i = 0; i < count; i++) {
        const np_export_mark *mark = &all->marks[from + i];
        store_value *row = &values[i * MARK_PARAMETERS];
        row[0] = store_text(np_bytes_text(all->target));
        row[1] = store_text(mark->serial);
        row[2] = store_text(np_bytes_text(names[mark->state]));
        row[3] = store_text(shorten(mark->answer));
        row[4] = store_integer(all->now);
    }
    return store_run(store, &query, values, count, NULL, err);
}

static np_code mark_all(np_store *store, void *self, np_error *err)
{
    const marking *all = self;
    for (size_t from = 0; from < all->count; from += GROUP) {
        size_t count = all->count - from < GROUP ? all->count - from : GROUP;
        NP_TRY(mark_group(store, all, from, count, err));
    }
    return NP_OK;
}

np_code np_exports_mark(np_store *store, const char *target, const np_export_mark *marks,
                        size_t count, int64_t now, np_error *err)
{
    marking all = {target, marks, count, now};
    return store_transact(store, mark_all, &all, err);
}

static np_code find_registered(void *self, const store_value *columns, np_error *err)
{
    (void)err;
    *(bool *)self = !np_bytes_equal(columns[0].bytes, np_bytes_text(names[NP_EXPORT_REGISTERED]));
    return NP_OK;
}

np_code np_exports_is_missing(np_store *store, const char *target, np_bytes serial,
                              bool *ret_is_missing, np_error *err)
{
    static const store_query query = {"SELECT state FROM exports WHERE target = $1 AND serial = $2",
                                      2};
    const store_value values[] = {store_text(np_bytes_text(target)), store_text(serial)};
    *ret_is_missing = true;
    return store_select(store, &query, values, find_registered, ret_is_missing, err);
}

typedef struct listing {
    const np_store *store;
    np_code (*visit)(void *self, const np_export_mark *mark, np_error *err);
    void *self;
} listing;

static np_code list_one(void *self, const store_value *columns, np_error *err)
{
    const listing *list = self;
    np_export_mark mark = {.serial = columns[0].bytes, .answer = columns[2].bytes};
    while (mark.state < NP_EXPORT_STATE_COUNT &&
           !np_bytes_equal(columns[1].bytes, np_bytes_text(names[mark.state]))) {
        mark.state++;
    }
    return mark.state < NP_EXPORT_STATE_COUNT
               ? list->visit(list->self, &mark, err)
               : store_raise(err, list->store->name, STORE_DAMAGED, "a state that is none");
}

np_code np_exports_each(np_store *store, const char *target,
                        np_code (*visit)(void *self, const np_export_mark *mark, np_error *err),
                        void *self, np_error *err)
{
    static const store_query query = {"SELECT serial, state, answer FROM exports WHERE target = $1",
                                      1};
    const store_value value = store_text(np_bytes_text(target));
    listing list = {store, visit, self};
    return store_select(store, &query, &value, list_one, &list, err);
}
