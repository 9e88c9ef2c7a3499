/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an engine can do, as a table of functions, and what the store's subjects use of it. Inside
 * the room.
 *
 * Rule for queries: a query is a constant that stands once. Its parameters are $1, $2, ... and
 * appear in this order for the first time. Its SQL is what SQLite 3.40 and PostgreSQL 15 share,
 * without advisory locks and notifications, which other servers of that protocol lack. Whole
 * numbers are BIGINT.
 */
#pragma once

#include "registry/store.h"

enum {
    STORE_PARAMETERS_MAX = 16,
    STORE_COLUMNS_MAX = 20,
    STORE_QUERIES_MAX = 128, /* prepared in one connection: all that the room has */
    STORE_ATTEMPTS = 100,    /* each failure means that somebody else has got on; not tuned */
};

typedef enum store_kind { STORE_NULL, STORE_INTEGER, STORE_TEXT, STORE_BLOB } store_kind;

typedef struct store_value {
    store_kind kind;
    int64_t integer;
    np_bytes bytes; /* of a text or blob; a text is UTF-8 without NUL */
} store_value;

static inline store_value store_null(void)
{
    return (store_value){.kind = STORE_NULL};
}

static inline store_value store_integer(int64_t value)
{
    return (store_value){.kind = STORE_INTEGER, .integer = value};
}

static inline store_value store_text(np_bytes text)
{
    return (store_value){.kind = STORE_TEXT, .bytes = text};
}

static inline store_value store_blob(np_bytes bytes)
{
    return (store_value){.kind = STORE_BLOB, .bytes = bytes};
}

typedef struct store_query {
    const char *text;
    size_t parameters;
} store_query;

/* The set of values at this index; a query without parameters may have none at all. */
static inline const store_value *store_set_at(const store_query *query, const store_value *values,
                                              size_t index)
{
    return query->parameters == 0 ? values : values + index * query->parameters;
}

/* A row of a result, whose bytes live during the call. It must not use the store. */
typedef np_code (*store_visit)(void *self, const store_value *columns, np_error *err);

/* Who visits the rows of many queries: index tells which query a row is of. */
typedef struct store_visitor {
    np_code (*visit)(void *self, size_t index, const store_value *columns, np_error *err);
    void *self;
} store_visitor;

/* What went wrong, as far as people can do something about it. */
typedef enum store_trouble {
    STORE_LOCKED,
    STORE_READ_ONLY,
    STORE_FULL,
    STORE_GONE,
    STORE_DAMAGED,
    STORE_FOREIGN, /* tables of these names, but not ours */
    STORE_DENIED,
    STORE_TRANSIENT, /* the same transaction once more may succeed */
    STORE_OTHER,
    STORE_TROUBLE_COUNT, /* none */
} store_trouble;

/* Raises a trouble of the database called name; detail is the engine's own text, may be NULL. */
np_code store_raise(np_error *err, const char *name, store_trouble trouble, const char *detail);

typedef enum store_dialect { STORE_SQLITE, STORE_POSTGRES, STORE_DIALECT_COUNT } store_dialect;

/* self is the engine's; an error ends the transaction. */
typedef struct store_engine {
    store_dialect dialect;
    const char *name;  /* of the database, as long as the engine */
    bool orders_bytes; /* texts are ordered as their bytes are, not as people of some country do */
    NP_MUST_USE np_code (*begin)(void *self, np_error *err);
    NP_MUST_USE np_code (*commit)(void *self, np_error *err);
    void (*rollback)(void *self);
    /* Statements without parameters, of a migration. */
    NP_MUST_USE np_code (*script)(void *self, const char *text, np_error *err);
    /* Runs the query for each of count sets of values. changed (may be NULL) tells of each how many
     * rows it has changed. */
    NP_MUST_USE np_code (*run)(void *self, const store_query *query, const store_value *values,
                               size_t count, uint64_t *changed, np_error *err);
    /* The same for an INSERT whose rows no other set concerns, with nothing behind them: it costs
     * little more than one. */
    NP_MUST_USE np_code (*insert_many)(void *self, const store_query *query,
                                       const store_value *values, size_t count, np_error *err);
    NP_MUST_USE np_code (*select)(void *self, const store_query *query, const store_value *values,
                                  store_visit visit, void *visitor, np_error *err);
    /* The query for each of count sets of values, which costs little more than one: few rows each,
     * visited in the order of the sets. */
    NP_MUST_USE np_code (*select_many)(void *self, const store_query *query,
                                       const store_value *values, size_t count,
                                       const store_visitor *visitor, np_error *err);
    /* What the last failure was, of those since the transaction began. */
    store_trouble (*last_trouble)(const void *self);
    void (*close)(void *self);
    void *self;
} store_engine;

NP_MUST_USE np_code store_sqlite_open(const char *path, unsigned wait_ms, store_engine *ret,
                                      np_error *err);
NP_MUST_USE np_code store_postgres_open(const char *uri, unsigned wait_ms, store_engine *ret,
                                        np_error *err);

typedef struct store_note store_note;

struct np_store {
    store_engine engine;
    char name[NP_STORE_NAME_SIZE];
    bool is_in_transaction;
    store_note *notes; /* heap: changes of the transaction that runs (registry/chain.h) */
    store_note *last_note;
    size_t note_count;
};

/* What a transaction does. It is called again when the engine asks for that: it must begin anew. */
typedef np_code (*store_work)(np_store *store, void *self, np_error *err);

/*
 * Does the work in one transaction; it is taken back when the work fails. Inside the work of
 * another one it is a part of that, which has to fail when this does.
 */
NP_MUST_USE np_code store_transact(np_store *store, store_work work, void *self, np_error *err);

/* The same, called no more than so often. */
NP_MUST_USE np_code store_try(np_store *store, store_work work, void *self, unsigned attempts,
                              np_error *err);

static inline store_trouble store_last_trouble(const np_store *store)
{
    return store->engine.last_trouble(store->engine.self);
}

/* A transaction whose end is not in sight yet, of which those that store_transact begins are part.
 */
NP_MUST_USE np_code store_begin(np_store *store, np_error *err);
NP_MUST_USE np_code store_commit(np_store *store, np_error *err);
void store_rollback(np_store *store);

/* In a transaction or alone. */
static inline np_code store_run(np_store *store, const store_query *query,
                                const store_value *values, size_t count, uint64_t *changed,
                                np_error *err)
{
    return store->engine.run(store->engine.self, query, values, count, changed, err);
}

static inline np_code store_insert_many(np_store *store, const store_query *query,
                                        const store_value *values, size_t count, np_error *err)
{
    return store->engine.insert_many(store->engine.self, query, values, count, err);
}

static inline np_code store_select(np_store *store, const store_query *query,
                                   const store_value *values, store_visit visit, void *self,
                                   np_error *err)
{
    return store->engine.select(store->engine.self, query, values, visit, self, err);
}

static inline np_code store_select_many(np_store *store, const store_query *query,
                                        const store_value *values, size_t count,
                                        const store_visitor *visitor, np_error *err)
{
    return store->engine.select_many(store->engine.self, query, values, count, visitor, err);
}

/* registry/schema.c: makes the tables or brings them to this version. */
NP_MUST_USE np_code store_migrate(np_store *store, np_error *err);
