/* SPDX-License-Identifier: Apache-2.0 */
/* The two files of a server: its socket and the lock beside it. */
#pragma once

#include "base/error.h"
#include <limits.h>

typedef struct server_socket {
    int fd;           /* listening, not blocking; -1: none */
    const char *path; /* borrowed */
    char lock[PATH_MAX];
} server_socket;

/* Errors as np_server_run. Call server_socket_close whatever it returned. */
NP_MUST_USE np_code server_socket_open(const char *path, server_socket *ret, np_error *err);

/* Removes both files if they are ours. */
void server_socket_close(server_socket *socket);
