/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/schema.h"

#include "registry/chain.h"

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
#define VERSION_1(BIGINT, BLOB, STRICT, ID)                                                        \
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

/*
 * The fleet. keys stands between devices and certificates, so that the database itself sees to it
 * that a key is of one device. A device's state: 0 active, 1 blocked, 2 deleted. tags: JSON.
 * changes: who has changed what; its numbers tell gateways what is new.
 */
#define VERSION_2(BIGINT, BLOB, STRICT, ID)                                                        \
    "CREATE TABLE organisations ("                                                                 \
    " id " ID ","                                                                                  \
    " name TEXT NOT NULL UNIQUE,"                                                                  \
    " added_at " BIGINT " NOT NULL)" STRICT ";"                                                    \
    "CREATE TABLE authorities ("                                                                   \
    " id " ID ","                                                                                  \
    " org " BIGINT " NOT NULL REFERENCES organisations (id),"                                      \
    " sha256 " BLOB " NOT NULL CHECK (length(sha256) = 32),"                                       \
    " subject_sha256 " BLOB " NOT NULL CHECK (length(subject_sha256) = 32),"                       \
    " key_sha256 " BLOB " NOT NULL CHECK (length(key_sha256) = 32),"                               \
    " der " BLOB " NOT NULL,"                                                                      \
    " checks_expiry " BIGINT " NOT NULL CHECK (checks_expiry IN (0, 1)),"                          \
    " source " BIGINT " NOT NULL,"                                                                 \
    " pin " BIGINT " NOT NULL,"                                                                    \
    " product TEXT,"                                                                               \
    " tags TEXT NOT NULL,"                                                                         \
    " description TEXT NOT NULL,"                                                                  \
    " create_limit " BIGINT ","                                                                    \
    " created " BIGINT " NOT NULL,"                                                                \
    " last_used " BIGINT ","                                                                       \
    " added_at " BIGINT " NOT NULL,"                                                               \
    " UNIQUE (org, sha256))" STRICT ";"                                                            \
    "CREATE INDEX authorities_by_subject ON authorities (subject_sha256);"                         \
    "CREATE TABLE challenges ("                                                                    \
    " sha256 " BLOB " PRIMARY KEY CHECK (length(sha256) = 32),"                                    \
    " org " BIGINT " NOT NULL REFERENCES organisations (id),"                                      \
    " authority_sha256 " BLOB " NOT NULL CHECK (length(authority_sha256) = 32),"                   \
    " expires_at " BIGINT " NOT NULL)" STRICT ";"                                                  \
    "CREATE TABLE devices ("                                                                       \
    " id " ID ","                                                                                  \
    " org " BIGINT " NOT NULL REFERENCES organisations (id),"                                      \
    " identifier TEXT NOT NULL,"                                                                   \
    " product TEXT NOT NULL,"                                                                      \
    " tags TEXT NOT NULL,"                                                                         \
    " description TEXT NOT NULL,"                                                                  \
    " state " BIGINT " NOT NULL CHECK (state IN (0, 1, 2)),"                                       \
    " certificates " BIGINT " NOT NULL CHECK (certificates >= 0),"                                 \
    " rekey_until " BIGINT " NOT NULL,"                                                            \
    " first_seen " BIGINT ","                                                                      \
    " last_seen " BIGINT ","                                                                       \
    " added_at " BIGINT " NOT NULL,"                                                               \
    " UNIQUE (org, identifier))" STRICT ";"                                                        \
    "CREATE TABLE keys ("                                                                          \
    " sha256 " BLOB " PRIMARY KEY CHECK (length(sha256) = 32),"                                    \
    " device " BIGINT " NOT NULL REFERENCES devices (id),"                                         \
    " is_blocked " BIGINT " NOT NULL CHECK (is_blocked IN (0, 1)))" STRICT ";"                     \
    "CREATE TABLE certificates ("                                                                  \
    " sha256 " BLOB " PRIMARY KEY CHECK (length(sha256) = 32),"                                    \
    " key_sha256 " BLOB " NOT NULL REFERENCES keys (sha256),"                                      \
    " authority " BIGINT ","                                                                       \
    " pin " BIGINT " NOT NULL,"                                                                    \
    " is_blocked " BIGINT " NOT NULL CHECK (is_blocked IN (0, 1)),"                                \
    " der " BLOB " NOT NULL,"                                                                      \
    " added_at " BIGINT " NOT NULL)" STRICT ";"                                                    \
    "CREATE INDEX keys_by_device ON keys (device);"                                                \
    "CREATE INDEX certificates_by_key ON certificates (key_sha256);"                               \
    "CREATE TABLE changes ("                                                                       \
    " seq " ID ","                                                                                 \
    " changed_at " BIGINT " NOT NULL,"                                                             \
    " who TEXT NOT NULL,"                                                                          \
    " what TEXT NOT NULL,"                                                                         \
    " org TEXT NOT NULL,"                                                                          \
    " subject TEXT NOT NULL)" STRICT

/*
 * Firmware: the keys that an organisation trusts (state 0 active, 1 retiring, 2 revoked; product
 * empty: all), and the archives that were accepted.
 */
#define VERSION_3(BIGINT, BLOB, STRICT, ID)                                                        \
    "CREATE TABLE firmware_keys ("                                                                 \
    " id " ID ","                                                                                  \
    " org " BIGINT " NOT NULL REFERENCES organisations (id),"                                      \
    " name TEXT NOT NULL,"                                                                         \
    " public_key " BLOB " NOT NULL CHECK (length(public_key) = 32),"                               \
    " product TEXT NOT NULL,"                                                                      \
    " state " BIGINT " NOT NULL CHECK (state IN (0, 1, 2)),"                                       \
    " added_at " BIGINT " NOT NULL,"                                                               \
    " UNIQUE (org, name), UNIQUE (org, public_key))" STRICT ";"                                    \
    "CREATE TABLE firmwares ("                                                                     \
    " id " ID ","                                                                                  \
    " org " BIGINT " NOT NULL REFERENCES organisations (id),"                                      \
    " product TEXT NOT NULL,"                                                                      \
    " uuid TEXT NOT NULL,"                                                                         \
    " platform TEXT NOT NULL,"                                                                     \
    " architecture TEXT NOT NULL,"                                                                 \
    " version TEXT NOT NULL,"                                                                      \
    " sha256 " BLOB " NOT NULL CHECK (length(sha256) = 32),"                                       \
    " size " BIGINT " NOT NULL,"                                                                   \
    " key " BIGINT " NOT NULL REFERENCES firmware_keys (id),"                                      \
    " accepted_at " BIGINT " NOT NULL,"                                                            \
    " UNIQUE (org, product, uuid))" STRICT

/*
 * Who was refused at the door, and who came in for the first time lately. sequences: numbers that
 * are given in the order in which they become visible, because their row is held until the end of
 * the transaction.
 */
#define VERSION_4(BIGINT, BLOB, STRICT, ID)                                                        \
    "CREATE TABLE sequences ("                                                                     \
    " name TEXT PRIMARY KEY,"                                                                      \
    " value " BIGINT " NOT NULL)" STRICT ";"                                                       \
    "CREATE TABLE refusals ("                                                                      \
    " id " BIGINT " PRIMARY KEY,"                                                                  \
    " seq " BIGINT " NOT NULL UNIQUE,"                                                             \
    " leaf " BLOB " NOT NULL CHECK (length(leaf) = 32),"                                           \
    " reason TEXT NOT NULL,"                                                                       \
    " org TEXT NOT NULL,"                                                                          \
    " identifier TEXT NOT NULL,"                                                                   \
    " subject TEXT NOT NULL,"                                                                      \
    " issuer TEXT NOT NULL,"                                                                       \
    " detail TEXT NOT NULL,"                                                                       \
    " chain " BLOB " NOT NULL,"                                                                    \
    " peer TEXT NOT NULL,"                                                                         \
    " gateway TEXT NOT NULL,"                                                                      \
    " first_at " BIGINT " NOT NULL,"                                                               \
    " last_at " BIGINT " NOT NULL,"                                                                \
    " count " BIGINT " NOT NULL,"                                                                  \
    " UNIQUE (leaf, reason))" STRICT ";"                                                           \
    "CREATE TABLE arrivals ("                                                                      \
    " seq " BIGINT " PRIMARY KEY,"                                                                 \
    " leaf " BLOB " NOT NULL CHECK (length(leaf) = 32),"                                           \
    " reason TEXT NOT NULL,"                                                                       \
    " org TEXT NOT NULL,"                                                                          \
    " identifier TEXT NOT NULL,"                                                                   \
    " peer TEXT NOT NULL,"                                                                         \
    " gateway TEXT NOT NULL,"                                                                      \
    " arrived_at " BIGINT " NOT NULL)" STRICT ";"                                                  \
    "CREATE INDEX arrivals_by_leaf ON arrivals (leaf)"

/*
 * Who may use the management API: a token's hash, never itself; role 0 views, 1 manages, 2
 * administers; org NULL: all. answers: what was answered to a request that carried a key of its
 * own, so that the same request again gets the same answer.
 */
#define VERSION_5(BIGINT, BLOB, STRICT, ID)                                                        \
    "CREATE TABLE tokens ("                                                                        \
    " id " ID ","                                                                                  \
    " name TEXT NOT NULL UNIQUE,"                                                                  \
    " sha256 " BLOB " NOT NULL UNIQUE CHECK (length(sha256) = 32),"                                \
    " role " BIGINT " NOT NULL CHECK (role IN (0, 1, 2)),"                                         \
    " org " BIGINT " REFERENCES organisations (id),"                                               \
    " expires_at " BIGINT ","                                                                      \
    " last_used " BIGINT ","                                                                       \
    " added_at " BIGINT " NOT NULL)" STRICT ";"                                                    \
    "CREATE TABLE answers ("                                                                       \
    " token " BIGINT " NOT NULL,"                                                                  \
    " request_key TEXT NOT NULL,"                                                                  \
    " request_sha256 " BLOB " NOT NULL CHECK (length(request_sha256) = 32),"                       \
    " status " BIGINT " NOT NULL,"                                                                 \
    " body TEXT NOT NULL,"                                                                         \
    " answered_at " BIGINT " NOT NULL,"                                                            \
    " PRIMARY KEY (token, request_key))" STRICT ";"                                                \
    "CREATE INDEX answers_by_time ON answers (answered_at)"

/*
 * On SQLite the uniqueness of what comes by the million is an index that stands alone, so that a
 * load can make it at the end (registry/load.c); a server's constraints stay as they are.
 */
static const char version_6_of_sqlite[] =
    "ALTER TABLE devices RENAME TO devices_5;"
    "ALTER TABLE keys RENAME TO keys_5;"
    "ALTER TABLE certificates RENAME TO certificates_5;"
    "DROP INDEX keys_by_device;"
    "DROP INDEX certificates_by_key;"
    "CREATE TABLE devices ("
    " id INTEGER PRIMARY KEY,"
    " org INTEGER NOT NULL REFERENCES organisations (id),"
    " identifier TEXT NOT NULL,"
    " product TEXT NOT NULL,"
    " tags TEXT NOT NULL,"
    " description TEXT NOT NULL,"
    " state INTEGER NOT NULL CHECK (state IN (0, 1, 2)),"
    " certificates INTEGER NOT NULL CHECK (certificates >= 0),"
    " rekey_until INTEGER NOT NULL,"
    " first_seen INTEGER,"
    " last_seen INTEGER,"
    " added_at INTEGER NOT NULL) STRICT;"
    "CREATE TABLE keys ("
    " sha256 BLOB NOT NULL CHECK (length(sha256) = 32),"
    " device INTEGER NOT NULL REFERENCES devices (id),"
    " is_blocked INTEGER NOT NULL CHECK (is_blocked IN (0, 1))) STRICT;"
    "CREATE TABLE certificates ("
    " sha256 BLOB NOT NULL CHECK (length(sha256) = 32),"
    " key_sha256 BLOB NOT NULL REFERENCES keys (sha256),"
    " authority INTEGER,"
    " pin INTEGER NOT NULL,"
    " is_blocked INTEGER NOT NULL CHECK (is_blocked IN (0, 1)),"
    " der BLOB NOT NULL,"
    " added_at INTEGER NOT NULL) STRICT;"
    "CREATE UNIQUE INDEX keys_by_sha256 ON keys (sha256);" /* certificates refer to it */
    "INSERT INTO devices SELECT * FROM devices_5;"
    "INSERT INTO keys SELECT * FROM keys_5;"
    "INSERT INTO certificates SELECT * FROM certificates_5;"
    "DROP TABLE certificates_5;"
    "DROP TABLE keys_5;"
    "DROP TABLE devices_5;"
    "CREATE UNIQUE INDEX devices_by_identifier ON devices (org, identifier);"
    "CREATE UNIQUE INDEX certificates_by_sha256 ON certificates (sha256);"
    "CREATE INDEX keys_by_device ON keys (device);"
    "CREATE INDEX certificates_by_key ON certificates (key_sha256)";

/*
 * Shared secrets, as they are: to verify a request, a key is derived from the secret's text. One is
 * a product's, whose devices it may create, or a device's.
 */
#define VERSION_7(BIGINT, BLOB, STRICT, ID)                                                        \
    "CREATE TABLE secrets ("                                                                       \
    " id " ID ","                                                                                  \
    " org " BIGINT " NOT NULL REFERENCES organisations (id),"                                      \
    " key_id TEXT NOT NULL UNIQUE,"                                                                \
    " secret TEXT NOT NULL,"                                                                       \
    " product TEXT,"                                                                               \
    " device " BIGINT " REFERENCES devices (id),"                                                  \
    " create_limit " BIGINT ","                                                                    \
    " created " BIGINT " NOT NULL,"                                                                \
    " last_used " BIGINT ","                                                                       \
    " added_at " BIGINT " NOT NULL,"                                                               \
    " CHECK ((product IS NULL) <> (device IS NULL)))" STRICT ";"                                   \
    "CREATE INDEX secrets_by_device ON secrets (device)"

/* The list of changes becomes a chain (registry/chain.h). */
#define VERSION_8(BIGINT, BLOB, STRICT, ID)                                                        \
    "ALTER TABLE changes ADD COLUMN hash " BLOB " CHECK (length(hash) = 32);"                      \
    "CREATE TABLE changes_head ("                                                                  \
    " id " BIGINT " PRIMARY KEY CHECK (id = 1),"                                                   \
    " seq " BIGINT " NOT NULL,"                                                                    \
    " hash " BLOB " NOT NULL CHECK (length(hash) = 32))" STRICT

/*
 * Tokens have a fourth role, 3: it asks whether devices may come in. Where a stranger that was
 * refused came from, by which strangers share their room. Devices that are kept out are few, and
 * are found without looking at all the others.
 */
static const char version_9_of_sqlite[] =
    "CREATE TABLE tokens_9 ("
    " id INTEGER PRIMARY KEY,"
    " name TEXT NOT NULL UNIQUE,"
    " sha256 BLOB NOT NULL UNIQUE CHECK (length(sha256) = 32),"
    " role INTEGER NOT NULL CHECK (role IN (0, 1, 2, 3)),"
    " org INTEGER REFERENCES organisations (id),"
    " expires_at INTEGER,"
    " last_used INTEGER,"
    " added_at INTEGER NOT NULL) STRICT;"
    "INSERT INTO tokens_9 SELECT * FROM tokens;"
    "DROP TABLE tokens;"
    "ALTER TABLE tokens_9 RENAME TO tokens;"
    "ALTER TABLE refusals ADD COLUMN source TEXT NOT NULL DEFAULT '';"
    "CREATE INDEX devices_kept_out ON devices (org, state, identifier) WHERE state <> 0";

static const char version_9_of_postgres[] =
    "ALTER TABLE tokens DROP CONSTRAINT tokens_role_check;"
    "ALTER TABLE tokens ADD CONSTRAINT tokens_role_check CHECK (role IN (0, 1, 2, 3));"
    "ALTER TABLE refusals ADD COLUMN source TEXT NOT NULL DEFAULT '';"
    "CREATE INDEX devices_kept_out ON devices (org, state, identifier) WHERE state <> 0";

/* What was done to a device is found in a list of millions. */
#define VERSION_10(BIGINT, BLOB, STRICT, ID)                                                       \
    "CREATE INDEX changes_by_subject ON changes (subject, seq)"

#define BOTH(VERSION)                                                                              \
    {                                                                                              \
        [STORE_SQLITE] = VERSION("INTEGER", "BLOB", " STRICT", "INTEGER PRIMARY KEY"),             \
        [STORE_POSTGRES] =                                                                         \
            VERSION("BIGINT", "BYTEA", "", "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY"), \
    }

static const char *const versions[STORE_SCHEMA_VERSION][STORE_DIALECT_COUNT] = {
    BOTH(VERSION_1),
    BOTH(VERSION_2),
    BOTH(VERSION_3),
    BOTH(VERSION_4),
    BOTH(VERSION_5),
    {[STORE_SQLITE] = version_6_of_sqlite, [STORE_POSTGRES] = "SELECT 1"},
    BOTH(VERSION_7),
    BOTH(VERSION_8),
    {[STORE_SQLITE] = version_9_of_sqlite, [STORE_POSTGRES] = version_9_of_postgres},
    BOTH(VERSION_10),
};

/* What a version does besides its statements, in the same transaction. */
static np_code (*const works[STORE_SCHEMA_VERSION])(np_store *store, np_error *err) = {
    [7] = chain_old_changes, /* of version 8 */
};

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

static const store_query newest = {"SELECT coalesce(max(version), 0) FROM nameplate_schema", 0};

static np_code apply_versions(np_store *store, void *self, np_error *err)
{
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
        if (works[version] != NULL) {
            NP_TRY(works[version](store, err));
        }
    }
    return NP_OK;
}

/* Where nothing is to be done nothing is written: the database may be held, or read-only. */
np_code store_migrate(np_store *store, np_error *err)
{
    int64_t version = 0;
    np_code code = store_select(store, &newest, NULL, take_number, &version, NULL);
    if (code == NP_OK && version == STORE_SCHEMA_VERSION) {
        return NP_OK;
    }
    return store_transact(store, apply_versions, NULL, err);
}
