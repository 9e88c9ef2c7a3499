/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/schema.h"

#include "registry/engine.h"

/*
 * The tables, version by version. A migration that was released is never changed: the next one
 * follows it. Each stands once; a macro's arguments are what the engines call differently.
 *
 * Texts that people search by are TEXT, digests are bytes, times are seconds since 1970. Uniqueness
 * is the database's affair.
 */

/*
 * journals: what a station has recorded under an authorization, and which run of it may go on.
 * units: state 0 is reserved (counted, perhaps never made), 1 is issued; run is the station's run
 * that asked last. exports: what a cloud has answered.
 */
#define VERSION_1(BIGINT, BLOB, STRICT)                                                            \
    "CREATE TABLE authorizations ("                                                                \
    " id TEXT PRIMARY KEY,"                                                                        \
    " digest " BLOB " NOT NULL CHECK (length(digest) = 32),"                                       \
    " batch TEXT NOT NULL,"                                                                        \
    " count_limit " BIGINT " NOT NULL CHECK (count_limit > 0),"                                    \
    " issued " BIGINT " NOT NULL CHECK (issued >= 0 AND issued <= count_limit),"                   \
    " added_at " BIGINT " NOT NULL)" STRICT ";"                                                    \
    "CREATE TABLE journals ("                                                                      \
    " authorization_id TEXT NOT NULL REFERENCES authorizations (id),"                              \
    " station " BLOB " NOT NULL CHECK (length(station) = 32),"                                     \
    " run " BIGINT " NOT NULL,"                                                                    \
    " units " BIGINT " NOT NULL CHECK (units >= 0),"                                               \
    " head " BLOB " CHECK (length(head) = 32),"                                                    \
    " changed_at " BIGINT " NOT NULL,"                                                             \
    " PRIMARY KEY (authorization_id, station))" STRICT ";"                                         \
    "CREATE TABLE units ("                                                                         \
    " serial TEXT PRIMARY KEY,"                                                                    \
    " key_sha256 " BLOB " NOT NULL UNIQUE CHECK (length(key_sha256) = 32),"                        \
    " common_name TEXT UNIQUE,"                                                                    \
    " certificate_serial " BLOB ","                                                                \
    " authorization_id TEXT NOT NULL REFERENCES authorizations (id),"                              \
    " station " BLOB " NOT NULL CHECK (length(station) = 32),"                                     \
    " run " BIGINT " NOT NULL,"                                                                    \
    " state " BIGINT " NOT NULL CHECK (state IN (0, 1)),"                                          \
    " changed_at " BIGINT " NOT NULL)" STRICT ";"                                                  \
    "CREATE TABLE exports ("                                                                       \
    " target TEXT NOT NULL,"                                                                       \
    " serial TEXT NOT NULL,"                                                                       \
    " state TEXT NOT NULL,"                                                                        \
    " answer TEXT NOT NULL,"                                                                       \
    " changed_at " BIGINT " NOT NULL,"                                                             \
    " PRIMARY KEY (target, serial))" STRICT

#define BOTH(VERSION)                                                                              \
    {                                                                                              \
        [STORE_SQLITE] = VERSION("INTEGER", "BLOB", " STRICT"),                                    \
        [STORE_POSTGRES] = VERSION("BIGINT", "BYTEA", ""),                                         \
    }

static const char *const versions[STORE_SCHEMA_VERSION][STORE_DIALECT_COUNT] = {BOTH(VERSION_1)};

static const char versions_table[] =
    "CREATE TABLE IF NOT EXISTS nameplate_schema (version BIGINT PRIMARY KEY)";

static np_code take_number(void *self, const store_value *columns, np_error *err)
{
    (void)err;
    *(int64_t *)self = columns[0].integer;
    return NP_OK;
}

static np_code refuse_newer(const np_store *store, int64_t version, np_error *err)
{
    np_error_set(err, NP_ESTATION_DATABASE,
                 "%s: the registry has tables of version %d, made by a newer nameplate; this one "
                 "knows %d",
                 store->name, (int)version, STORE_SCHEMA_VERSION);
    return np_error_hint(err, NP_ESTATION_DATABASE, "take that nameplate; nothing was changed");
}

static np_code apply_versions(np_store *store, void *self, np_error *err)
{
    static const store_query newest = {"SELECT coalesce(max(version), 0) FROM nameplate_schema", 0};
    static const store_query add = {"INSERT INTO nameplate_schema (version) VALUES ($1)", 1};
    const store_engine *engine = &store->engine;
    int64_t version = 0;
    (void)self;
    NP_TRY(engine->script(engine->self, versions_table, err));
    NP_TRY(store_select(store, &newest, NULL, take_number, &version, err));
    if (version > STORE_SCHEMA_VERSION) {
        return refuse_newer(store, version, err);
    }
    for (; version < STORE_SCHEMA_VERSION; version++) {
        const store_value number = store_integer(version + 1);
        /* first the number: whoever does the same at this moment waits here for us */
        NP_TRY(store_run(store, &add, &number, 1, NULL, err));
        NP_TRY(engine->script(engine->self, versions[version][engine->dialect], err));
    }
    return NP_OK;
}

np_code store_migrate(np_store *store, np_error *err)
{
    return store_transact(store, apply_versions, NULL, err);
}
