/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Serves a virtual chip on a unix socket, to any number of clients at a time, until SIGTERM, SIGINT
 * or SIGHUP. The chip's file is held meanwhile, and stored after each change. Beside the socket
 * lies PATH.lock, which clients hold for a session; both have mode 0660, so that the users of one
 * group share the chip, and both are removed at the end.
 */
#pragma once

#include "link/faults.h"
#include "link/link.h"
#include "link/socket_message.h"

typedef struct np_server_options {
    const char *file;   /* state of the virtual chip */
    const char *socket; /* where to listen; a socket that nobody serves any more is replaced */
    socket_time time;
    uint32_t clock_hz;
    unsigned lock_wait_ms; /* for another process that has the file */
    np_fault_words faults;
    /* Called once clients can connect, with what they are told first; may be NULL. */
    void (*ready)(void *self, const socket_greeting *greeting);
    void *ready_self;
} np_server_options;

/*
 * NP_OK after a signal. Errors of opening the file as np_link_open; NP_EINPUT_EXISTS when something
 * else has the socket's name, NP_ESTATION_BUSY when it is served already, NP_ESTATION_IO.
 */
NP_MUST_USE np_code np_server_run(const np_server_options *options, np_error *err);
