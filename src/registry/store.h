/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the registry keeps what it knows: one SQLite file, or a database on a server that speaks
 * PostgreSQL's protocol. It knows tables and transactions, not what is in them: each subject has a
 * header of its own (registry/exports.h, registry/issuance.h), and each query stands once, in SQL
 * that both engines share.
 *
 * Rule for callers: one thread at a time uses a store. What a function says to have stored is on
 * disk when it returns NP_OK, and none of it is when it returns anything else; after a lost
 * connection during the last step it may be there, so every change can be repeated.
 *
 * Every function here and in the subjects' headers may return
 *   NP_ESTATION_BUSY      another process holds the database longer than we wait
 *   NP_ESTATION_DATABASE  read-only, full, gone, damaged, of another program, or made by a newer
 *                         version; the sentence says which
 *   NP_ESTATION_IO        the operating system refused; the sub-code is errno
 *   NP_ESTATION_MEMORY
 */
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include "base/wipe.h"

enum {
    NP_STORE_WAIT_MS = 30000, /* for other processes; longer than any transaction. Not tuned */
    NP_STORE_NAME_SIZE = 256,
};

typedef struct np_store np_store;

/*
 * uri: "sqlite:FILE", a path, or "postgresql://..." ("postgres://..."). A file that is not there
 * is made, mode 0600, and tables are made or brought to this version. One that has this version
 * and may not be written to is opened for reading: what would change it is refused then. NP_EUSAGE
 * for another scheme and for a password in the URI, which others could read in the list of
 * processes.
 */
NP_MUST_USE np_code np_store_open(const char *uri, unsigned wait_ms, np_store **ret, np_error *err);

/*
 * From here on the store shows what is there at this moment, whatever others write, until it is
 * freed; it must not be written to.
 */
NP_MUST_USE np_code np_store_snapshot(np_store *store, np_error *err);

/* Could something be stored at this moment? By a transaction that changes nothing. */
NP_MUST_USE np_code np_store_check_writable(np_store *store, np_error *err);

/* Accepts NULL. */
void np_store_free(np_store *store);

/* For NP_CLEANUP. */
static inline void np_store_free_at(np_store **store)
{
    np_store_free(*store);
}

/* The file, or server and database: for messages. */
const char *np_store_name(const np_store *store);
