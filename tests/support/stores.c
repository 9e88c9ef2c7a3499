/* SPDX-License-Identifier: Apache-2.0 */
#include "support/stores.h"

#include <libpq-fe.h>
#include <sqlite3.h>
#include <unistd.h>

static char folder[64];
static unsigned made;

bool store_is_on_server(void)
{
    return getenv("NAMEPLATE_TEST_POSTGRES") != NULL;
}

static void run_on_server(const char *uri, const char *statements)
{
    PGconn *connection = PQconnectdb(uri);
    PGresult *result = PQexec(connection, statements);
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
        fail_msg("%s: %s", statements, PQerrorMessage(connection));
    }
    PQclear(result);
    PQfinish(connection);
}

void store_new_uri(char ret_uri[static STORE_URI_SIZE])
{
    const char *server = getenv("NAMEPLATE_TEST_POSTGRES");
    made++;
    if (server != NULL) {
        char statement[64];
        snprintf(statement, sizeof(statement), "CREATE SCHEMA t%d_%u", (int)getpid(), made);
        run_on_server(server, statement);
        snprintf(ret_uri, STORE_URI_SIZE, "%s&options=-csearch_path%%3Dt%d_%u", server,
                 (int)getpid(), made);
        return;
    }
    if (folder[0] == '\0') {
        snprintf(folder, sizeof(folder), "/tmp/np-store.XXXXXX");
        assert_non_null(mkdtemp(folder));
    }
    snprintf(ret_uri, STORE_URI_SIZE, "sqlite:%s/%u.db", folder, made);
}

np_store *store_open(const char *uri)
{
    np_error err;
    np_store *store = NULL;
    assert_ok(np_store_open(uri, NP_STORE_WAIT_MS, &store, &err), &err);
    return store;
}

void store_tamper(const char *uri, const char *statements)
{
    sqlite3 *connection = NULL;
    if (store_is_on_server()) {
        run_on_server(uri, statements);
        return;
    }
    assert_int_equal(sqlite3_open(uri + strlen("sqlite:"), &connection), SQLITE_OK);
    if (sqlite3_exec(connection, statements, NULL, NULL, NULL) != SQLITE_OK) {
        fail_msg("%s: %s", statements, sqlite3_errmsg(connection));
    }
    sqlite3_close(connection);
}

static int take_number(void *self, int columns, char **texts, char **names)
{
    (void)columns;
    (void)names;
    *(long *)self = strtol(texts[0], NULL, 10);
    return 0;
}

long store_ask(const char *uri, const char *query)
{
    long number = -1;
    if (store_is_on_server()) {
        PGconn *server = PQconnectdb(uri);
        PGresult *result = PQexec(server, query);
        assert_int_equal(PQresultStatus(result), PGRES_TUPLES_OK);
        number = strtol(PQgetvalue(result, 0, 0), NULL, 10);
        PQclear(result);
        PQfinish(server);
        return number;
    }
    sqlite3 *file = NULL;
    assert_int_equal(sqlite3_open(uri + strlen("sqlite:"), &file), SQLITE_OK);
    assert_int_equal(sqlite3_exec(file, query, take_number, &number, NULL), SQLITE_OK);
    sqlite3_close(file);
    return number;
}

static sqlite3 *file_holder;
static PGconn *server_holder;

void store_hold_by(const char *uri, const char *statements)
{
    server_holder = PQconnectdb(uri);
    PQclear(PQexec(server_holder, "BEGIN"));
    PQclear(PQexec(server_holder, statements));
    assert_int_equal(PQtransactionStatus(server_holder), PQTRANS_INTRANS);
}

void store_keep(void)
{
    PQclear(PQexec(server_holder, "COMMIT"));
    assert_int_equal(PQtransactionStatus(server_holder), PQTRANS_IDLE);
    PQfinish(server_holder);
    server_holder = NULL;
}

void store_hold(const char *uri)
{
    if (store_is_on_server()) {
        store_hold_by(uri, "LOCK TABLE exports, units, authorizations;"
                           "LOCK TABLE authorities, devices IN EXCLUSIVE MODE");
        return;
    }
    assert_int_equal(sqlite3_open(uri + strlen("sqlite:"), &file_holder), SQLITE_OK);
    assert_int_equal(sqlite3_exec(file_holder, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
}

void store_let_go(void)
{
    /* ending the connection alone would leave it to the server when the locks go */
    PQclear(PQexec(server_holder, "ROLLBACK"));
    PQfinish(server_holder);
    sqlite3_close(file_holder);
    server_holder = NULL;
    file_holder = NULL;
}

int store_remove_all(void **state)
{
    (void)state;
    char command[128];
    if (folder[0] != '\0') {
        snprintf(command, sizeof(command), "rm -rf %s", folder);
        assert_int_equal(system(command), 0);
        folder[0] = '\0';
    }
    return 0;
}
