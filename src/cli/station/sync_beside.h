/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sync of a running station: `station sync` in a process of its own, so that a share or a
 * registry that does not answer holds up nothing but itself. One at a time; whatever it has left
 * when it is ended, the next one does.
 */
#pragma once

#include "station/sync.h"
#include <event2/event.h>

typedef struct cli_sync_beside cli_sync_beside;

typedef struct cli_sync_beside_options {
    struct event_base *base; /* these are borrowed */
    const char *config;      /* the configuration's file */
    unsigned every_s;
    unsigned timeout_s; /* one that takes longer is ended */
    /* One has ended: message is where the record went to, or why it did not. */
    void (*tell)(void *self, np_code code, const char *message);
    void *self;
} cli_sync_beside_options;

/* The first one begins after every_s. NP_ESTATION_MEMORY. */
NP_MUST_USE np_code cli_sync_beside_open(const cli_sync_beside_options *options,
                                         cli_sync_beside **ret, np_error *err);

/* One that is at work is ended. Accepts NULL. */
void cli_sync_beside_close(cli_sync_beside *beside);
