/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SQLite. WAL, so that readers and the one writer do not wait for each other; synchronous=FULL,
 * because a unit that was counted must stay counted when power fails.
 */
#include "registry/engine.h"

#include "base/format.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { APPLICATION_ID = 0x6e707267 /* "nprg": tells our files from other programs' */ };

typedef struct sqlite {
    sqlite3 *connection;
    char *path;
    store_trouble last_trouble;
    struct {
        const store_query *query;
        sqlite3_stmt *statement;
    } prepared[STORE_QUERIES_MAX];
    size_t prepared_count;
} sqlite;

typedef struct trouble_row {
    int result;
    store_trouble trouble;
} trouble_row;

static const trouble_row troubles[] = {
    {SQLITE_BUSY, STORE_LOCKED},        {SQLITE_LOCKED, STORE_LOCKED},
    {SQLITE_READONLY, STORE_READ_ONLY}, {SQLITE_PERM, STORE_READ_ONLY},
    {SQLITE_FULL, STORE_FULL},          {SQLITE_NOTADB, STORE_DAMAGED},
    {SQLITE_CORRUPT, STORE_DAMAGED},
};

static np_code fail(sqlite *on, np_error *err)
{
    int extended = sqlite3_extended_errcode(on->connection);
    int result = extended & 0xff;
    store_trouble trouble = STORE_OTHER;
    on->last_trouble = STORE_TROUBLE_COUNT;
    if (result == SQLITE_NOMEM) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for the registry");
    }
    if (result == SQLITE_CANTOPEN || result == SQLITE_IOERR) {
        int number = sqlite3_system_errno(on->connection);
        return np_error_set_sub(err, NP_ESTATION_IO, number, "%s: %s: %s", on->path,
                                sqlite3_errmsg(on->connection), strerror(number));
    }
    for (size_t i = 0; i < NP_COUNT_OF(troubles); i++) {
        trouble = troubles[i].result == result ? troubles[i].trouble : trouble;
    }
    bool is_transient = extended == SQLITE_BUSY_SNAPSHOT || extended == SQLITE_BUSY_RECOVERY;
    on->last_trouble = is_transient ? STORE_TRANSIENT : trouble;
    return store_raise(err, on->path, trouble,
                       trouble == STORE_OTHER ? sqlite3_errmsg(on->connection) : NULL);
}

static np_code execute(sqlite *on, const char *text, np_error *err)
{
    return sqlite3_exec(on->connection, text, NULL, NULL, NULL) == SQLITE_OK ? NP_OK
                                                                             : fail(on, err);
}

static np_code begin(void *self, np_error *err)
{
    ((sqlite *)self)->last_trouble = STORE_TROUBLE_COUNT;
    return execute(self, "BEGIN IMMEDIATE", err);
}

static np_code commit(void *self, np_error *err)
{
    return execute(self, "COMMIT", err);
}

static void rollback(void *self)
{
    sqlite *on = self;
    if (sqlite3_get_autocommit(on->connection) == 0) {
        sqlite3_exec(on->connection, "ROLLBACK", NULL, NULL, NULL);
    }
}

static np_code script(void *self, const char *text, np_error *err)
{
    return execute(self, text, err);
}

static np_code prepare(sqlite *on, const store_query *query, sqlite3_stmt **ret, np_error *err)
{
    for (size_t i = 0; i < on->prepared_count; i++) {
        if (on->prepared[i].query == query) {
            *ret = on->prepared[i].statement;
            return NP_OK;
        }
    }
    if (on->prepared_count == STORE_QUERIES_MAX) {
        return np_error_set(err, NP_EUSAGE, "more than %d queries", STORE_QUERIES_MAX);
    }
    if (sqlite3_prepare_v3(on->connection, query->text, -1, SQLITE_PREPARE_PERSISTENT, ret, NULL) !=
        SQLITE_OK) {
        return fail(on, err);
    }
    on->prepared[on->prepared_count].query = query;
    on->prepared[on->prepared_count++].statement = *ret;
    return NP_OK;
}

static int bind_value(sqlite3_stmt *statement, int index, const store_value *value)
{
    /* an empty slice is no NULL */
    const void *data = value->bytes.data == NULL ? "" : (const void *)value->bytes.data;
    switch (value->kind) {
    case STORE_INTEGER:
        return sqlite3_bind_int64(statement, index, value->integer);
    case STORE_TEXT:
        return sqlite3_bind_text64(statement, index, data, value->bytes.len, SQLITE_STATIC,
                                   SQLITE_UTF8);
    case STORE_BLOB:
        return sqlite3_bind_blob64(statement, index, data, value->bytes.len, SQLITE_STATIC);
    case STORE_NULL:
        break;
    }
    return sqlite3_bind_null(statement, index);
}

static np_code bind_all(sqlite *on, sqlite3_stmt *statement, const store_query *query,
                        const store_value *values, np_error *err)
{
    for (size_t i = 0; i < query->parameters; i++) {
        if (bind_value(statement, (int)i + 1, &values[i]) != SQLITE_OK) {
            return fail(on, err);
        }
    }
    return NP_OK;
}

static np_code run_once(sqlite *on, sqlite3_stmt *statement, uint64_t *changed, np_error *err)
{
    int result;
    sqlite3_int64 before = sqlite3_total_changes64(on->connection);
    while ((result = sqlite3_step(statement)) == SQLITE_ROW) {
    }
    np_code code = result == SQLITE_DONE ? NP_OK : fail(on, err);
    sqlite3_reset(statement);
    if (changed != NULL) {
        *changed = (uint64_t)(sqlite3_total_changes64(on->connection) - before);
    }
    return code;
}

static np_code run(void *self, const store_query *query, const store_value *values, size_t count,
                   uint64_t *changed, np_error *err)
{
    sqlite *on = self;
    sqlite3_stmt *statement;
    NP_TRY(prepare(on, query, &statement, err));
    for (size_t i = 0; i < count; i++) {
        NP_TRY(bind_all(on, statement, query, store_set_at(query, values, i), err));
        NP_TRY(run_once(on, statement, changed == NULL ? NULL : &changed[i], err));
    }
    return NP_OK;
}

static np_code insert_many(void *self, const store_query *query, const store_value *values,
                           size_t count, np_error *err)
{
    return run(self, query, values, count, NULL, err);
}

static void take_column(sqlite3_stmt *statement, int index, store_value *ret)
{
    int type = sqlite3_column_type(statement, index);
    *ret = store_null();
    if (type == SQLITE_INTEGER) {
        *ret = store_integer(sqlite3_column_int64(statement, index));
    } else if (type != SQLITE_NULL) {
        const void *data = sqlite3_column_blob(statement, index);
        size_t len = (size_t)sqlite3_column_bytes(statement, index);
        *ret = type == SQLITE_TEXT ? store_text(np_bytes_of(data, len))
                                   : store_blob(np_bytes_of(data, len));
    }
}

static np_code visit_row(sqlite3_stmt *statement, store_visit visit, void *visitor, np_error *err)
{
    store_value columns[STORE_COLUMNS_MAX];
    int count = sqlite3_column_count(statement);
    for (int i = 0; i < count && i < STORE_COLUMNS_MAX; i++) {
        take_column(statement, i, &columns[i]);
    }
    return visit(visitor, columns, err);
}

static np_code read_result(void *self, const store_query *query, const store_value *values,
                           store_visit visit, void *visitor, np_error *err)
{
    sqlite *on = self;
    sqlite3_stmt *statement;
    int result = SQLITE_DONE;
    NP_TRY(prepare(on, query, &statement, err));
    NP_TRY(bind_all(on, statement, query, values, err));
    np_code code = NP_OK;
    while (code == NP_OK && (result = sqlite3_step(statement)) == SQLITE_ROW) {
        code = visit_row(statement, visit, visitor, err);
    }
    if (code == NP_OK && result != SQLITE_DONE) {
        code = fail(on, err);
    }
    sqlite3_reset(statement);
    return code;
}

/* One of many, as a visitor of one. */
typedef struct one_of_many {
    const store_visitor *visitor;
    size_t index;
} one_of_many;

static np_code visit_one(void *self, const store_value *columns, np_error *err)
{
    const one_of_many *one = self;
    return one->visitor->visit(one->visitor->self, one->index, columns, err);
}

static np_code read_each(sqlite *on, const store_query *query, const store_value *values,
                         size_t count, const store_visitor *visitor, np_error *err)
{
    one_of_many one = {visitor, 0};
    for (; one.index < count; one.index++) {
        NP_TRY(
            read_result(on, query, store_set_at(query, values, one.index), visit_one, &one, err));
    }
    return NP_OK;
}

/* In one transaction: the file is locked for each, which costs as much as a row that is found. */
static np_code read_many(void *self, const store_query *query, const store_value *values,
                         size_t count, const store_visitor *visitor, np_error *err)
{
    sqlite *on = self;
    if (count == 1 || sqlite3_get_autocommit(on->connection) == 0) {
        return read_each(on, query, values, count, visitor, err);
    }
    NP_TRY(execute(on, "BEGIN", err));
    np_code code = read_each(on, query, values, count, visitor, err);
    if (code != NP_OK) {
        rollback(on);
        return code;
    }
    return execute(on, "COMMIT", err);
}

static store_trouble last_trouble(const void *self)
{
    return ((const sqlite *)self)->last_trouble;
}

static void close_engine(void *self)
{
    sqlite *on = self;
    for (size_t i = 0; i < on->prepared_count; i++) {
        sqlite3_finalize(on->prepared[i].statement);
    }
    sqlite3_close(on->connection);
    free(on->path);
    free(on);
}

/* Born with its mode: SQLite's own files beside it take theirs from it. */
static np_code make_file(const char *path, np_error *err)
{
    int file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0 && errno != EEXIST) {
        return np_error_set_sub(err, NP_ESTATION_IO, errno, "%s: cannot be made: %s", path,
                                strerror(errno));
    }
    if (file >= 0) {
        close(file);
    }
    return NP_OK;
}

static np_code read_number(sqlite *on, const char *text, int *ret, np_error *err)
{
    sqlite3_stmt *statement = NULL;
    *ret = 0;
    if (sqlite3_prepare_v2(on->connection, text, -1, &statement, NULL) != SQLITE_OK) {
        return fail(on, err);
    }
    int result = sqlite3_step(statement);
    *ret = result == SQLITE_ROW ? sqlite3_column_int(statement, 0) : 0;
    np_code code = result == SQLITE_ROW ? NP_OK : fail(on, err);
    sqlite3_finalize(statement);
    return code;
}

/* A file of another program is left as it is; an empty one becomes ours. */
static np_code check_owner(sqlite *on, np_error *err)
{
    int id;
    int tables;
    /* in this order: another process may be making the same file at this moment */
    NP_TRY(read_number(on, "SELECT count(*) FROM sqlite_schema", &tables, err));
    NP_TRY(read_number(on, "PRAGMA application_id", &id, err));
    if (id == APPLICATION_ID) {
        return NP_OK;
    }
    if (id != 0 || tables != 0) {
        return store_raise(err, on->path, STORE_FOREIGN, NULL);
    }
    char *text = sqlite3_mprintf("PRAGMA application_id = %d", APPLICATION_ID);
    np_code code = text == NULL
                       ? np_error_set(err, NP_ESTATION_MEMORY, "no memory for the registry")
                       : execute(on, text, err);
    sqlite3_free(text);
    return code;
}

static int note_wal(void *self, int columns, char **texts, char **names)
{
    (void)columns;
    (void)names;
    *(bool *)self = texts[0] != NULL && strcmp(texts[0], "wal") == 0;
    return 0;
}

/* Who makes a file, or loads one (registry/load.c), is waited for: the change of mode waits not. */
static np_code enter_wal(sqlite *on, np_error *err)
{
    bool is_wal = false;
    if (sqlite3_exec(on->connection, "PRAGMA journal_mode", note_wal, &is_wal, NULL) != SQLITE_OK) {
        return fail(on, err);
    }
    return is_wal ? NP_OK : execute(on, "BEGIN IMMEDIATE; COMMIT; PRAGMA journal_mode = WAL", err);
}

static np_code prepare_connection(sqlite *on, unsigned wait_ms, np_error *err)
{
    sqlite3_busy_timeout(on->connection, (int)wait_ms);
    sqlite3_extended_result_codes(on->connection, 1);
    NP_TRY(check_owner(on, err));
    NP_TRY(enter_wal(on, err));
    return execute(
        on, "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF",
        err);
}

/*
 * A file of a folder that nobody may write to has no room for what readers of a WAL share. When
 * no WAL stands beside it all is in the file, and nobody writes: it is read as it is.
 */
static bool is_still(const char *path)
{
    char wal[PATH_MAX];
    np_format(wal, sizeof(wal), "%s-wal", path);
    return access(path, W_OK) != 0 && access(wal, F_OK) != 0;
}

static np_code open_still(sqlite *on, const char *path, np_error *err)
{
    char *uri = sqlite3_mprintf("file:%w?immutable=1", path);
    if (uri == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for the registry");
    }
    sqlite3_close(on->connection);
    on->connection = NULL;
    int result = sqlite3_open_v2(
        uri, &on->connection, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI, NULL);
    sqlite3_free(uri);
    if (result != SQLITE_OK) {
        return fail(on, err);
    }
    sqlite3_extended_result_codes(on->connection, 1);
    return check_owner(on, err);
}

static np_code open_connection(sqlite *on, const char *path, unsigned wait_ms, np_error *err)
{
    on->path = strdup(path);
    if (on->path == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for the registry");
    }
    if (strcmp(path, ":memory:") != 0) { /* a database that fuzzers have */
        NP_TRY(make_file(path, err));
    }
    if (sqlite3_open_v2(path, &on->connection, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) !=
        SQLITE_OK) {
        return fail(on, err);
    }
    np_code code = prepare_connection(on, wait_ms, err);
    return code != NP_OK && is_still(path) ? open_still(on, path, err) : code;
}

np_code store_sqlite_open(const char *path, unsigned wait_ms, store_engine *ret, np_error *err)
{
    sqlite *on = calloc(1, sizeof(*on));
    if (on == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for the registry");
    }
    np_code code = open_connection(on, path, wait_ms, err);
    if (code != NP_OK) {
        close_engine(on);
        return code;
    }
    *ret = (store_engine){.dialect = STORE_SQLITE,
                          .name = on->path,
                          .orders_bytes = true,
                          .begin = begin,
                          .commit = commit,
                          .rollback = rollback,
                          .script = script,
                          .run = run,
                          .insert_many = insert_many,
                          .select = read_result,
                          .select_many = read_many,
                          .last_trouble = last_trouble,
                          .close = close_engine,
                          .self = on};
    return NP_OK;
}
