/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Registries for tests. A test program runs over both engines: alone on SQLite files in a folder of
 * its own, under tests/support/with_postgres on that server, where each registry is a schema.
 */
#pragma once

#include "registry/store.h"
#include "support/test.h"

enum { STORE_URI_SIZE = 512 };

/* Is this a run on a server? */
bool store_is_on_server(void);

/* The URI of a registry that does not exist yet. */
void store_new_uri(char ret_uri[static STORE_URI_SIZE]);

/* Opens it; fails the test if that fails. */
np_store *store_open(const char *uri);

/* Runs statements in it behind the store's back, as another program would. */
void store_tamper(const char *uri, const char *statements);

/* The number that a query of another program gets. */
long store_ask(const char *uri, const char *query);

/* Another connection holds all that can be written to, until it lets go. */
void store_hold(const char *uri);
void store_let_go(void);

/* On a server, another connection holds what these statements change, until it lets go, or keeps
 * what it has changed. */
void store_hold_by(const char *uri, const char *statements);
void store_keep(void);

/* Removes the folder; for the end of a group. */
int store_remove_all(void **state);
