/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/store.h"

#include "base/format.h"
#include "registry/chain.h"
#include <stdlib.h>

typedef struct trouble_row {
    np_code code;
    const char *words;
    const char *hint;
} trouble_row;

static const trouble_row troubles[STORE_TROUBLE_COUNT] = {
    [STORE_LOCKED] = {NP_ESTATION_BUSY, "another process holds the registry",
                      "run the same command again when it is done"},
    [STORE_READ_ONLY] =
        {NP_ESTATION_DATABASE, "the registry is read-only",
         "who may write to the file, to those beside it (-wal, -shm), and to its folder? A server "
         "may be a standby, or be set so (default_transaction_read_only)"},
    [STORE_FULL] = {NP_ESTATION_DATABASE, "the disk of the registry is full",
                    "make room, then run the same command again: nothing is lost"},
    [STORE_GONE] = {NP_ESTATION_DATABASE, "the registry's server cannot be reached",
                    "when it is back, run the same command again"},
    [STORE_DAMAGED] = {NP_ESTATION_DATABASE, "this is no registry, or a damaged one",
                       "restore it from a backup, or name another file"},
    [STORE_FOREIGN] = {NP_ESTATION_DATABASE, "this database belongs to another program",
                       "name a database of its own for the registry"},
    [STORE_DENIED] = {NP_ESTATION_DATABASE, "the registry's server refuses this user",
                      "passwords stand in ~/.pgpass or in the file that $PGPASSFILE names"},
    [STORE_TRANSIENT] = {NP_ESTATION_BUSY, "others change the registry faster than we can",
                         "run the same command again"},
    [STORE_OTHER] = {NP_ESTATION_DATABASE, "the registry's database refuses", ""},
};

/* The first line of what an engine says, without what it puts before it. */
static np_bytes first_line(const char *text)
{
    static const char *const marks[] = {"ERROR:  ", "FATAL:  "};
    for (size_t i = 0; i < NP_COUNT_OF(marks); i++) {
        const char *at = strstr(text, marks[i]);
        text = at == NULL ? text : at + strlen(marks[i]);
    }
    return np_bytes_of(text, strcspn(text, "\n"));
}

np_code store_raise(np_error *err, const char *name, store_trouble trouble, const char *detail)
{
    const trouble_row *row = &troubles[trouble];
    np_bytes line = first_line(detail == NULL ? "" : detail);
    np_error_set(err, row->code, "%s: %s%s%.*s%s", name, row->words, line.len > 0 ? " (" : "",
                 (int)line.len, (const char *)line.data, line.len > 0 ? ")" : "");
    return np_error_hint(err, row->code, "%s", row->hint);
}

static const char *after(const char *text, const char *prefix)
{
    size_t len = strlen(prefix);
    return strncmp(text, prefix, len) == 0 ? text + len : NULL;
}

static np_code open_engine(const char *uri, unsigned wait_ms, store_engine *ret, np_error *err)
{
    const char *path = after(uri, "sqlite:");
    if (after(uri, "postgresql://") != NULL || after(uri, "postgres://") != NULL) {
        return store_postgres_open(uri, wait_ms, ret, err);
    }
    if (path == NULL && strstr(uri, "://") != NULL) {
        np_error_set(err, NP_EUSAGE, "%s: no registry has this scheme", uri);
        return np_error_hint(err, NP_EUSAGE,
                             "sqlite:FILE and postgresql://HOST/DATABASE are there");
    }
    path = path == NULL ? uri : path;
    return *path == '\0' ? np_error_set(err, NP_EUSAGE, "the registry has no name")
                         : store_sqlite_open(path, wait_ms, ret, err);
}

np_code np_store_open(const char *uri, unsigned wait_ms, np_store **ret, np_error *err)
{
    *ret = NULL;
    np_store *store = calloc(1, sizeof(*store));
    if (store == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for the registry");
    }
    np_code code = open_engine(uri, wait_ms, &store->engine, err);
    if (code == NP_OK) {
        np_format(store->name, sizeof(store->name), "%s", store->engine.name);
        code = store_migrate(store, err);
    }
    if (code != NP_OK) {
        np_store_free(store);
        return code;
    }
    *ret = store;
    return NP_OK;
}

np_code np_store_snapshot(np_store *store, np_error *err)
{
    static const char *const begin[STORE_DIALECT_COUNT] = {
        [STORE_SQLITE] = "BEGIN",
        [STORE_POSTGRES] = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    };
    const store_engine *engine = &store->engine;
    return engine->script(engine->self, begin[engine->dialect], err);
}

void np_store_free(np_store *store)
{
    if (store == NULL) {
        return;
    }
    if (store->engine.close != NULL) {
        store->engine.close(store->engine.self);
    }
    chain_forget(store);
    free(store);
}

const char *np_store_name(const np_store *store)
{
    return store->name;
}

np_code store_begin(np_store *store, np_error *err)
{
    chain_forget(store);
    NP_TRY(store->engine.begin(store->engine.self, err));
    store->is_in_transaction = true;
    return NP_OK;
}

np_code store_commit(np_store *store, np_error *err)
{
    NP_TRY(chain_flush(store, err));
    NP_TRY(store->engine.commit(store->engine.self, err));
    store->is_in_transaction = false;
    return NP_OK;
}

void store_rollback(np_store *store)
{
    store->engine.rollback(store->engine.self);
    store->is_in_transaction = false;
    chain_forget(store);
}

static np_code attempt(np_store *store, store_work work, void *self, np_error *err)
{
    NP_TRY(store_begin(store, err));
    np_code code = work(store, self, err);
    code = code == NP_OK ? store_commit(store, err) : code;
    if (code != NP_OK) {
        store_rollback(store);
    }
    return code;
}

np_code store_try(np_store *store, store_work work, void *self, unsigned attempts, np_error *err)
{
    np_code code = NP_OK;
    if (store->is_in_transaction) {
        return work(store, self, err);
    }
    for (unsigned i = 0; i < attempts; i++) {
        code = attempt(store, work, self, err);
        if (code == NP_OK || store_last_trouble(store) != STORE_TRANSIENT) {
            return code;
        }
    }
    return code;
}

np_code store_transact(np_store *store, store_work work, void *self, np_error *err)
{
    return store_try(store, work, self, STORE_ATTEMPTS, err);
}

/* There and back: SQLite writes no page whose bytes an update leaves as they were. */
static np_code touch(np_store *store, void *self, np_error *err)
{
    static const store_query there = {"UPDATE changes_head SET seq = seq + 1 WHERE id = 1", 0};
    static const store_query back = {"UPDATE changes_head SET seq = seq - 1 WHERE id = 1", 0};
    (void)self;
    NP_TRY(store_run(store, &there, NULL, 1, NULL, err));
    return store_run(store, &back, NULL, 1, NULL, err);
}

np_code np_store_check_writable(np_store *store, np_error *err)
{
    return store_transact(store, touch, NULL, err);
}
