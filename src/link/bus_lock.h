/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One process at a time on a bus: an flock on a file that all who use the bus can open, held for a
 * session or longer. The kernel gives it back when its holder dies. It can be taken several times
 * by one holder and is free when it was given back as often. Nobody who waits is passed by again
 * and again: of those who want it, one waits in front and has it next.
 */
#pragma once

#include "base/error.h"

typedef struct bus_lock {
    int fd; /* open for writing */
    unsigned depth;
    unsigned wait_ms;  /* how long to wait for another holder */
    bool names_holder; /* the file is ours: its contents tell who holds it */
    const char *place; /* for messages; borrowed */
} bus_lock;

/* NP_ESTATION_BUSY when somebody holds it for longer than wait_ms; NP_ESTATION_IO. */
NP_MUST_USE np_code bus_lock_take(bus_lock *lock, np_error *err);

void bus_lock_give(bus_lock *lock);
