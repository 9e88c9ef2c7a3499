/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A virtual modem whose state lives in a file. The file is held by a lock while it is open, and
 * stored anew, whole or not at all, before the answer to a command that changed it goes out: what a
 * host was told is on disk.
 */
#pragma once

#include "modem/port.h"
#include "virtual/modem.h"

typedef struct modem_file modem_file;

typedef struct modem_file_options {
    np_modem_pace pace;
    np_fault_words faults;
    unsigned lock_wait_ms;
} modem_file_options;

/*
 * NP_EINPUT_MISSING, NP_EINPUT_FORMAT when it is no state of a modem (it is never written then),
 * NP_ESTATION_BUSY with the process that holds it, NP_ESTATION_IO.
 */
NP_MUST_USE np_code modem_file_open(const char *path, const modem_file_options *options,
                                    modem_file **ret, np_error *err);

/* Stores what changed, gives the lock back; accepts NULL. */
NP_MUST_USE np_code modem_file_close(modem_file *file, np_error *err);

/* On a virtual clock of its own. */
np_port modem_file_port(modem_file *file);

/* For a server, whose clock is the wall's. */
np_virtual_modem *modem_file_modem(modem_file *file);
NP_MUST_USE np_code modem_file_store(modem_file *file, np_error *err);

/* How often it was stored since it was opened; each costs two syncs. */
uint64_t modem_file_stores(const modem_file *file);

/* A new file; NP_EINPUT_EXISTS when there is anything of that name. */
NP_MUST_USE np_code modem_file_create(const char *path, const np_modem_state *state, np_error *err);

/* Reads without the lock: the file is replaced whole by whoever holds it. */
NP_MUST_USE np_code modem_file_read(const char *path, np_modem_state *ret, np_error *err);

/* Is it a regular file with a modem's magic? */
bool modem_file_is(const char *path);
