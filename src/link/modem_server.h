/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Serves a virtual modem on a pseudo terminal, to programs that expect a serial port, until
 * SIGTERM, SIGINT or SIGHUP. The modem's file is held meanwhile, and stored before the answer to a
 * command that changed it goes out. PATH is a symbolic link to the terminal, gone at the end.
 */
#pragma once

#include "virtual/modem.h"

typedef struct np_modem_server_ready {
    const char *device; /* "/dev/pts/3" */
} np_modem_server_ready;

typedef struct np_modem_server_options {
    const char *file; /* state of the virtual modem */
    const char *path; /* of the link; one that leads nowhere is replaced */
    np_modem_pace pace;
    np_fault_words faults;
    unsigned lock_wait_ms; /* for another process that has the file */
    /* Called once programs can open it; may be NULL. */
    void (*ready)(void *self, const np_modem_server_ready *ready);
    void *ready_self;
} np_modem_server_options;

/*
 * NP_OK after a signal. Errors of opening the file; NP_EINPUT_EXISTS when something else has the
 * link's name, NP_ESTATION_IO.
 */
NP_MUST_USE np_code np_modem_server_run(const np_modem_server_options *options, np_error *err);
