/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The operator's screen: a page for the browser at the line, the state of the line as it changes
 * (server-sent events), and orders back (station/order.h). It is for this machine alone: whoever
 * sits at it may give orders, and pages of other sites that are open beside it may not.
 *
 *     GET /          the page          GET /state    the state, JSON (station/board.h)
 *     GET /events    the same whenever it has changed: event "state"
 *     POST /orders   a line; 204, or 409 with what is wrong with it
 */
#pragma once

#include "station/board.h"
#include "station/order.h"
#include <event2/event.h>

enum { CLI_SCREEN_URL_SIZE = 160 };

typedef struct cli_screen cli_screen;

typedef struct cli_screen_options {
    struct event_base *base;
    const char *address;   /* "127.0.0.1:8600"; port 0: any that is free */
    const np_board *board; /* borrowed */
    np_code (*order)(void *self, np_bytes line, np_error *err);
    void *self;
} cli_screen_options;

/*
 * ret_url: where the page is. NP_EINPUT_FORMAT when the address is none of this machine alone,
 * NP_ESTATION_IO when it cannot be listened at, NP_ESTATION_MEMORY.
 */
NP_MUST_USE np_code cli_screen_open(const cli_screen_options *options, cli_screen **ret,
                                    char ret_url[static CLI_SCREEN_URL_SIZE], np_error *err);

/* The board has changed; it is sent in a moment, with what changes until then. Accepts NULL. */
void cli_screen_tell(cli_screen *screen);

/* Accepts NULL. */
void cli_screen_close(cli_screen *screen);
