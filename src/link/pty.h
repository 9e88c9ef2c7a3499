/* SPDX-License-Identifier: Apache-2.0 */
/* A pseudo terminal with a name of our choice: what a server of a serial device offers. */
#pragma once

#include <limits.h>
#include <nameplate/error.h>

typedef struct pty {
    int master;       /* not blocking; -1: none */
    int slave;        /* kept open, so that the master never sees the last client go */
    int watch;        /* inotify: readable when a client has closed the terminal */
    const char *link; /* borrowed; NULL: not made */
    char device[PATH_MAX];
} pty;

/*
 * Raw, and link is a symbolic link to it. NP_EINPUT_EXISTS when something has that name, unless it
 * is a link that leads nowhere. Call pty_close whatever it returned.
 */
NP_MUST_USE np_code pty_open(const char *link, pty *ret, np_error *err);

/* After a client: raw again, and open to the next whatever the last one has left behind. */
void pty_restore(pty *on);

/* Removes the link if it is ours. */
void pty_close(pty *on);
