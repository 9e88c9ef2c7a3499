/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PostgreSQL, and servers that speak its protocol. Parameters and results travel in binary form.
 * Many sets of values go in one statement where the query allows it, else in one pipeline: what
 * costs is the way to the server, and then the statement, not the row.
 */
#include "registry/engine.h"

#include "base/format.h"
#include "registry/postgres_library.h"
#include "registry/postgres_sets.h"
#include <stdlib.h>

enum {
    /* Sets of values on the way at a time: few enough that the answers to all fit in a socket's
     * buffer, so that neither side waits for the other to read. */
    PIPELINE_MAX = 256,
    BINARY = 1,
    NUMBER_SIZE = 8,
    NAME_SIZE = 200,
    STATEMENT_NAME_SIZE = 16,
};

/* Types as the server numbers them (pg_type.dat). */
enum { OID_BYTEA = 17, OID_BIGINT = 20, OID_SMALLINT = 21, OID_INTEGER = 23 };

/* A query in this connection; its place in the list names it there. */
typedef struct statement {
    const store_query *query;
    bool is_prepared;                     /* for one set */
    bool is_joint;                        /* prepared for many */
    unsigned types[STORE_PARAMETERS_MAX]; /* of its parameters then */
} statement;

typedef struct postgres {
    postgres_library api;
    PGconn *connection;
    char name[NAME_SIZE];
    store_trouble last_trouble;
    statement prepared[STORE_QUERIES_MAX];
    size_t prepared_count;
    uint8_t *sets; /* heap: parameters of many sets */
    size_t sets_size;
} postgres;

typedef struct trouble_row {
    const char *state; /* what the SQLSTATE begins with */
    store_trouble trouble;
} trouble_row;

/* PostgreSQL 15, appendix A. */
static const trouble_row troubles[] = {
    {"40001", STORE_TRANSIENT}, /* serialization_failure */
    {"40P01", STORE_TRANSIENT}, /* deadlock_detected */
    {"23505", STORE_TRANSIENT}, /* unique_violation: another has made the same meanwhile */
    {"23503", STORE_TRANSIENT}, /* foreign_key_violation: another has removed what was there */
    {"55P03", STORE_LOCKED},    /* lock_not_available */
    {"25006", STORE_READ_ONLY}, /* read_only_sql_transaction */
    {"53100", STORE_FULL},      /* disk_full */
    {"28", STORE_DENIED},       /* invalid authorization */
    {"42501", STORE_DENIED},    /* insufficient_privilege */
    {"57P0", STORE_GONE},       /* the server is told to stop */
    {"08", STORE_GONE},         /* connection exceptions */
    {"42P07", STORE_FOREIGN},   /* duplicate_table */
    {"42P01", STORE_DAMAGED},   /* undefined_table */
    {"42703", STORE_DAMAGED},   /* undefined_column */
    {"XX", STORE_DAMAGED},      /* internal errors */
};

static np_code fail_with(postgres *on, const char *state, const char *message, np_error *err)
{
    store_trouble trouble = STORE_OTHER;
    for (size_t i = NP_COUNT_OF(troubles); i-- > 0 && state != NULL;) {
        const trouble_row *row = &troubles[i];
        trouble = strncmp(state, row->state, strlen(row->state)) == 0 ? row->trouble : trouble;
    }
    if (on->api.PQstatus(on->connection) != CONNECTION_OK) {
        trouble = STORE_GONE;
    }
    on->last_trouble = trouble;
    return store_raise(err, on->name, trouble, message);
}

static np_code fail(postgres *on, np_error *err)
{
    return fail_with(on, NULL, on->api.PQerrorMessage(on->connection), err);
}

/* Takes the result, which may be NULL. */
static np_code check_result(postgres *on, PGresult *result, np_error *err)
{
    ExecStatusType status = on->api.PQresultStatus(result);
    np_code code = NP_OK;
    on->last_trouble = STORE_TROUBLE_COUNT;
    if (result == NULL) {
        return fail(on, err);
    }
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
        code = fail_with(on, on->api.PQresultErrorField(result, PG_DIAG_SQLSTATE),
                         on->api.PQresultErrorMessage(result), err);
    }
    on->api.PQclear(result);
    return code;
}

static np_code script(void *self, const char *text, np_error *err)
{
    postgres *on = self;
    return check_result(on, on->api.PQexec(on->connection, text), err);
}

static np_code begin(void *self, np_error *err)
{
    return script(self, "BEGIN", err);
}

/* A server answers the COMMIT of a transaction that has failed with ROLLBACK and success. */
static np_code commit(void *self, np_error *err)
{
    postgres *on = self;
    if (on->api.PQtransactionStatus(on->connection) == PQTRANS_INERROR) {
        return store_raise(err, on->name, STORE_OTHER, "the transaction had failed");
    }
    return script(self, "COMMIT", err);
}

/* What the trouble was, the failure before said. */
static void rollback(void *self)
{
    postgres *on = self;
    store_trouble trouble = on->last_trouble;
    if (script(self, "ROLLBACK", NULL) == NP_OK) {
        on->last_trouble = trouble;
    }
}

/* is_joint: the statement for many sets. */
static void name_statement(const postgres *on, const statement *one, bool is_joint,
                           char ret[static STATEMENT_NAME_SIZE])
{
    np_format(ret, STATEMENT_NAME_SIZE, is_joint ? "sets%zu" : "np%zu",
              (size_t)(one - on->prepared));
}

static np_code find_statement(postgres *on, const store_query *query, statement **ret,
                              np_error *err)
{
    size_t i = 0;
    *ret = NULL;
    while (i < on->prepared_count && on->prepared[i].query != query) {
        i++;
    }
    if (i == STORE_QUERIES_MAX) {
        return np_error_set(err, NP_EUSAGE, "more than %d queries", STORE_QUERIES_MAX);
    }
    if (i == on->prepared_count) {
        on->prepared[on->prepared_count++] = (statement){.query = query};
    }
    *ret = &on->prepared[i];
    return NP_OK;
}

static np_code prepare_text(postgres *on, const statement *one, bool is_joint, const char *text,
                            np_error *err)
{
    char name[STATEMENT_NAME_SIZE];
    name_statement(on, one, is_joint, name);
    return check_result(on, on->api.PQprepare(on->connection, name, text, 0, NULL), err);
}

/* Each query is prepared once in a connection. */
static np_code prepare(postgres *on, const store_query *query, statement **ret, np_error *err)
{
    NP_TRY(find_statement(on, query, ret, err));
    if (!(*ret)->is_prepared) {
        NP_TRY(prepare_text(on, *ret, false, query->text, err));
        (*ret)->is_prepared = true;
    }
    return NP_OK;
}

typedef struct parameters {
    const char *values[STORE_PARAMETERS_MAX];
    int lengths[STORE_PARAMETERS_MAX];
    int formats[STORE_PARAMETERS_MAX];
    uint8_t numbers[STORE_PARAMETERS_MAX][NUMBER_SIZE];
} parameters;

static void put_value(parameters *on, size_t index, const store_value *value)
{
    const void *data = value->bytes.data == NULL ? "" : (const void *)value->bytes.data;
    on->formats[index] = BINARY;
    on->lengths[index] = (int)value->bytes.len;
    on->values[index] = value->kind == STORE_NULL ? NULL : data;
    if (value->kind == STORE_INTEGER) {
        np_writer writer = np_writer_of(on->numbers[index], NUMBER_SIZE);
        np_write_u64_be(&writer, (uint64_t)value->integer);
        on->values[index] = (const char *)on->numbers[index];
        on->lengths[index] = NUMBER_SIZE;
    }
}

static np_code send(postgres *on, const statement *prepared, bool is_joint, const parameters *all,
                    np_error *err)
{
    char name[STATEMENT_NAME_SIZE];
    name_statement(on, prepared, is_joint, name);
    return on->api.PQsendQueryPrepared(on->connection, name, (int)prepared->query->parameters,
                                       all->values, all->lengths, all->formats, BINARY) == 1
               ? NP_OK
               : fail(on, err);
}

static np_code send_query(postgres *on, const statement *prepared, const store_value *values,
                          np_error *err)
{
    parameters all;
    for (size_t i = 0; i < prepared->query->parameters; i++) {
        put_value(&all, i, &values[i]);
    }
    return send(on, prepared, false, &all, err);
}

static uint64_t count_changed(const postgres *on, PGresult *result)
{
    uint64_t count = 0;
    for (const char *at = on->api.PQcmdTuples(result); *at >= '0' && *at <= '9'; at++) {
        count = count * 10 + (uint64_t)(*at - '0');
    }
    return count;
}

/* Whole numbers of two, four and eight bytes, big endian. */
static int64_t decode_number(np_bytes bytes)
{
    uint64_t number = bytes.len > 0 && (bytes.data[0] & 0x80) != 0 ? UINT64_MAX : 0;
    for (size_t i = 0; i < bytes.len; i++) {
        number = number << 8 | bytes.data[i];
    }
    return (int64_t)number;
}

static store_value take_column(const postgres *on, const PGresult *result, int row, int column)
{
    Oid type = on->api.PQftype(result, column);
    np_bytes bytes = np_bytes_of(on->api.PQgetvalue(result, row, column),
                                 (size_t)on->api.PQgetlength(result, row, column));
    if (on->api.PQgetisnull(result, row, column) == 1) {
        return store_null();
    }
    if (type == OID_BIGINT || type == OID_INTEGER || type == OID_SMALLINT) {
        return store_integer(decode_number(bytes));
    }
    return type == OID_BYTEA ? store_blob(bytes) : store_text(bytes);
}

static void take_row(const postgres *on, const PGresult *result, int row,
                     store_value ret[static STORE_COLUMNS_MAX])
{
    int count = on->api.PQnfields(result);
    for (int i = 0; i < count && i < STORE_COLUMNS_MAX; i++) {
        ret[i] = take_column(on, result, row, i);
    }
}

/* What becomes of the answers to many sets of values. */
typedef struct answers {
    uint64_t *changed;            /* how many rows each has changed; may be NULL */
    const store_visitor *visitor; /* of the rows of each; NULL: there are none */
    size_t first;                 /* index of the first set among all */
    bool is_joint;                /* in one statement for all sets */
} answers;

/* Takes a result: rows, or what an end says. The first failure stays. */
static np_code take_answer(postgres *on, PGresult *result, const answers *to, size_t index,
                           np_code code, np_error *err)
{
    store_value columns[STORE_COLUMNS_MAX];
    bool is_row = on->api.PQresultStatus(result) == PGRES_SINGLE_TUPLE;
    for (int row = 0; to->visitor != NULL && code == NP_OK && row < on->api.PQntuples(result);
         row++) {
        take_row(on, result, row, columns);
        code = to->visitor->visit(to->visitor->self, to->first + index, columns, err);
    }
    if (to->changed != NULL && !is_row) {
        to->changed[to->first + index] = count_changed(on, result);
    }
    if (code != NP_OK || is_row) {
        on->api.PQclear(result);
        return code;
    }
    return check_result(on, result, err);
}

/*
 * The results of count queries; the first failure stays, but all are read. A query before the
 * pipeline that wanted its rows one by one makes libpq 15 give so those of the pipeline's first.
 */
static np_code read_results(postgres *on, size_t count, const answers *to, np_error *err)
{
    np_code code = NP_OK;
    for (size_t i = 0; i < count; i++) {
        PGresult *result = on->api.PQgetResult(on->connection);
        if (result == NULL && code == NP_OK) {
            code = fail(on, err);
        }
        while (result != NULL) {
            code = take_answer(on, result, to, i, code, err);
            result = on->api.PQgetResult(on->connection); /* NULL: this query is done */
        }
    }
    on->api.PQclear(on->api.PQgetResult(on->connection)); /* PGRES_PIPELINE_SYNC */
    return code;
}

static np_code run_pipeline(postgres *on, const statement *prepared, const store_value *values,
                            size_t count, const answers *to, np_error *err)
{
    if (on->api.PQenterPipelineMode(on->connection) != 1) {
        return fail(on, err);
    }
    np_code code = NP_OK;
    size_t sent = 0;
    for (; sent < count && code == NP_OK; sent++) {
        code = send_query(on, prepared, store_set_at(prepared->query, values, sent), err);
    }
    if (on->api.PQpipelineSync(on->connection) != 1 && code == NP_OK) {
        code = fail(on, err);
    }
    if (code == NP_OK) {
        code = read_results(on, sent, to, err);
    }
    /* after a lost connection it cannot end, and nothing can be sent any more either */
    return on->api.PQexitPipelineMode(on->connection) == 1 || code != NP_OK ? code : fail(on, err);
}

/* Many sets in one statement (registry/postgres_sets.h) */

/* The type of a parameter, as its values tell it; 0: all are NULL. */
static unsigned find_type(const store_value *values, size_t count, size_t stride)
{
    static const unsigned types[] = {[STORE_NULL] = 0,
                                     [STORE_INTEGER] = POSTGRES_BIGINT,
                                     [STORE_TEXT] = POSTGRES_TEXT,
                                     [STORE_BLOB] = POSTGRES_BYTEA};
    for (size_t i = 0; i < count; i++) {
        if (values[i * stride].kind != STORE_NULL) {
            return types[values[i * stride].kind];
        }
    }
    return 0;
}

/* Prepares the statement for many sets, if there can be one. */
static np_code prepare_sets(postgres *on, statement *one, const store_value *values, size_t count,
                            np_error *err)
{
    char text[POSTGRES_SETS_TEXT_SIZE];
    size_t stride = one->query->parameters;
    if (one->is_joint) {
        return NP_OK;
    }
    for (size_t i = 0; i < stride; i++) {
        one->types[i] = find_type(values + i, count, stride);
    }
    if (stride > 0 && postgres_sets_text(one->query, one->types, text)) {
        NP_TRY(prepare_text(on, one, true, text, err));
        one->is_joint = true;
    }
    return NP_OK;
}

static np_code make_room(postgres *on, size_t size, np_error *err)
{
    uint8_t *more = size <= on->sets_size ? on->sets : realloc(on->sets, size);
    if (more == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for %zu bytes of values", size);
    }
    on->sets = more;
    on->sets_size = size <= on->sets_size ? on->sets_size : size;
    return NP_OK;
}

static np_code put_sets(postgres *on, const statement *prepared, const store_value *values,
                        size_t count, parameters *ret, np_error *err)
{
    size_t stride = prepared->query->parameters;
    size_t size = 0;
    for (size_t i = 0; i < stride; i++) {
        size += postgres_sets_size(values + i, count, stride);
    }
    NP_TRY(make_room(on, size, err));
    np_writer writer = np_writer_of(on->sets, size);
    for (size_t i = 0; i < stride; i++) {
        size_t before = writer.len;
        postgres_sets_encode(values + i, count, stride, prepared->types[i], &writer);
        ret->formats[i] = BINARY;
        ret->values[i] = (const char *)on->sets + before;
        ret->lengths[i] = (int)(writer.len - before);
    }
    return NP_OK;
}

/* Each row says which set it is of. */
static np_code visit_sets(const postgres *on, const PGresult *result, const answers *to,
                          np_error *err)
{
    store_value columns[STORE_COLUMNS_MAX];
    int count = on->api.PQntuples(result);
    for (int row = 0; row < count && to->visitor != NULL; row++) {
        take_row(on, result, row, columns);
        size_t index = to->first + (size_t)columns[0].integer - 1;
        NP_TRY(to->visitor->visit(to->visitor->self, index, columns + 1, err));
    }
    return NP_OK;
}

static np_code run_jointly(postgres *on, const statement *prepared, const store_value *values,
                           size_t count, const answers *to, np_error *err)
{
    parameters all;
    np_code code = NP_OK;
    PGresult *result;
    NP_TRY(put_sets(on, prepared, values, count, &all, err));
    NP_TRY(send(on, prepared, true, &all, err));
    while ((result = on->api.PQgetResult(on->connection)) != NULL) {
        code = code == NP_OK ? visit_sets(on, result, to, err) : code;
        if (code == NP_OK) {
            code = check_result(on, result, err);
        } else {
            on->api.PQclear(result);
        }
    }
    return code;
}

static np_code run_many(postgres *on, const statement *prepared, const store_value *values,
                        size_t count, answers *to, np_error *err)
{
    for (to->first = 0; to->first < count; to->first += PIPELINE_MAX) {
        size_t left = count - to->first;
        NP_TRY((to->is_joint ? run_jointly : run_pipeline)(
            on, prepared, store_set_at(prepared->query, values, to->first),
            left < PIPELINE_MAX ? left : PIPELINE_MAX, to, err));
    }
    return NP_OK;
}

static np_code run(void *self, const store_query *query, const store_value *values, size_t count,
                   uint64_t *changed, np_error *err)
{
    postgres *on = self;
    statement *prepared;
    answers to = {.changed = changed};
    on->last_trouble = STORE_TROUBLE_COUNT;
    NP_TRY(prepare(on, query, &prepared, err));
    return run_many(on, prepared, values, count, &to, err);
}

/* In one statement, if it can be one. */
static np_code run_sets(postgres *on, const store_query *query, const store_value *values,
                        size_t count, answers *to, np_error *err)
{
    statement *prepared;
    on->last_trouble = STORE_TROUBLE_COUNT;
    NP_TRY(find_statement(on, query, &prepared, err));
    if (count > 1) {
        NP_TRY(prepare_sets(on, prepared, values, count, err));
    }
    to->is_joint = count > 1 && prepared->is_joint;
    if (!to->is_joint) {
        NP_TRY(prepare(on, query, &prepared, err));
    }
    return run_many(on, prepared, values, count, to, err);
}

static np_code insert_many(void *self, const store_query *query, const store_value *values,
                           size_t count, np_error *err)
{
    answers to = {0};
    return run_sets(self, query, values, count, &to, err);
}

/* An INSERT that gives rows goes in a pipeline: they do not tell which set they are of. */
static np_code read_many(void *self, const store_query *query, const store_value *values,
                         size_t count, const store_visitor *visitor, np_error *err)
{
    postgres *on = self;
    statement *prepared;
    answers to = {.visitor = visitor};
    if (postgres_sets_has_rows(query)) {
        return run_sets(on, query, values, count, &to, err);
    }
    on->last_trouble = STORE_TROUBLE_COUNT;
    NP_TRY(prepare(on, query, &prepared, err));
    return run_many(on, prepared, values, count, &to, err);
}

/* Row by row, so that a large result needs no memory. All are read, whatever visit says. */
static np_code read_rows(postgres *on, store_visit visit, void *visitor, np_error *err)
{
    store_value columns[STORE_COLUMNS_MAX];
    np_code code = NP_OK;
    PGresult *result;
    while ((result = on->api.PQgetResult(on->connection)) != NULL) {
        bool is_row = on->api.PQresultStatus(result) == PGRES_SINGLE_TUPLE;
        if (is_row && code == NP_OK) {
            take_row(on, result, 0, columns);
            code = visit(visitor, columns, err);
        }
        if (is_row || code != NP_OK) {
            on->api.PQclear(result);
        } else {
            code = check_result(on, result, err);
        }
    }
    return code;
}

static np_code read_result(void *self, const store_query *query, const store_value *values,
                           store_visit visit, void *visitor, np_error *err)
{
    postgres *on = self;
    statement *prepared;
    on->last_trouble = STORE_TROUBLE_COUNT;
    NP_TRY(prepare(on, query, &prepared, err));
    NP_TRY(send_query(on, prepared, values, err));
    on->api.PQsetSingleRowMode(on->connection);
    return read_rows(on, visit, visitor, err);
}

static store_trouble last_trouble(const void *self)
{
    return ((const postgres *)self)->last_trouble;
}

static void close_engine(void *self)
{
    postgres *on = self;
    if (on->connection != NULL) {
        on->api.PQfinish(on->connection);
    }
    free(on->sets);
    free(on);
}

/* A password in a URI stands in the list of processes, in histories and in logs. */
static np_code check_uri(const postgres *on, const char *uri, np_error *err)
{
    char *message = NULL;
    bool has_password = false;
    PQconninfoOption *options = on->api.PQconninfoParse(uri, &message);
    if (options == NULL) {
        np_error_set(err, NP_EUSAGE, "the registry's URI cannot be read: %.*s",
                     (int)strcspn(message == NULL ? "" : message, "\n"),
                     message == NULL ? "" : message);
        on->api.PQfreemem(message);
        return np_error_hint(err, NP_EUSAGE, "postgresql://USER@HOST/DATABASE");
    }
    for (const PQconninfoOption *at = options; at->keyword != NULL; at++) {
        has_password = has_password || (at->val != NULL && strcmp(at->keyword, "password") == 0);
    }
    on->api.PQconninfoFree(options);
    if (has_password) {
        np_error_set(err, NP_EUSAGE,
                     "a password in the registry's URI would be seen in the list of processes");
        return np_error_hint(err, NP_EUSAGE,
                             "put it into ~/.pgpass or the file that $PGPASSFILE names");
    }
    return NP_OK;
}

/* The server's notices are for people who look at its log. */
static void ignore_notice(void *self, const char *message)
{
    (void)self;
    (void)message;
}

static np_code refuse_connection(postgres *on, np_error *err)
{
    const char *message = on->api.PQerrorMessage(on->connection);
    bool is_denied = on->api.PQconnectionNeedsPassword(on->connection) == 1 ||
                     strstr(message, "authentication") != NULL;
    bool has_answered = strstr(message, "FATAL:") != NULL;
    store_trouble trouble = is_denied ? STORE_DENIED : has_answered ? STORE_OTHER : STORE_GONE;
    return store_raise(err, on->name, trouble, message);
}

static np_code open_connection(postgres *on, const char *uri, unsigned wait_ms, np_error *err)
{
    /* what the URI says overrides what stands before it */
    const char *const keywords[] = {"connect_timeout", "application_name", "dbname",
                                    "client_encoding", NULL};
    const char *const values[] = {"10", "nameplate", uri, "UTF8", NULL};
    char settings[96];
    on->connection = on->api.PQconnectdbParams(keywords, values, 1);
    if (on->connection == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for the registry");
    }
    const char *host = on->api.PQhost(on->connection);
    const char *database = on->api.PQdb(on->connection);
    np_format(on->name, sizeof(on->name), "database %s at %s", database == NULL ? "" : database,
              host == NULL ? "" : host);
    if (on->api.PQstatus(on->connection) != CONNECTION_OK) {
        return refuse_connection(on, err);
    }
    on->api.PQsetNoticeProcessor(on->connection, ignore_notice, NULL);
    /* 0 would be for ever */
    np_format(settings, sizeof(settings), "SET synchronous_commit TO on; SET lock_timeout TO %u",
              wait_ms > 0 ? wait_ms : 1);
    return script(on, settings, err);
}

/* Whatever people's order is, signs stand in front of letters in it. */
static np_code read_order(postgres *on, bool *ret_is_of_bytes, np_error *err)
{
    PGresult *result = on->api.PQexec(on->connection, "SELECT 'Z' < '_' AND '_' < 'a'");
    *ret_is_of_bytes = on->api.PQresultStatus(result) == PGRES_TUPLES_OK &&
                       strcmp(on->api.PQgetvalue(result, 0, 0), "t") == 0;
    return check_result(on, result, err);
}

np_code store_postgres_open(const char *uri, unsigned wait_ms, store_engine *ret, np_error *err)
{
    bool orders_bytes = false;
    postgres *on = calloc(1, sizeof(*on));
    if (on == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for the registry");
    }
    np_code code = postgres_library_load(&on->api, err);
    code = code == NP_OK ? check_uri(on, uri, err) : code;
    code = code == NP_OK ? open_connection(on, uri, wait_ms, err) : code;
    code = code == NP_OK ? read_order(on, &orders_bytes, err) : code;
    if (code != NP_OK) {
        close_engine(on);
        return code;
    }
    *ret = (store_engine){.dialect = STORE_POSTGRES,
                          .name = on->name,
                          .orders_bytes = orders_bytes,
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
