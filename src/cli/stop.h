/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stopping between two steps: SIGINT, SIGTERM and SIGHUP wait until a step is complete, then the
 * bus refuses the next one. Without a handler, and so without global state.
 */
#pragma once

#include "atecc/bus.h"
#include <signal.h>

/* These signals wait until they are let through; for what must not be done by half. */
sigset_t cli_signals_hold(void);
void cli_signals_let_through(const sigset_t *before);

typedef struct cli_stop {
    np_bus inner;
    sigset_t old_mask;
    bool is_wanted;
} cli_stop;

/* From here on signals wait. The bus returned goes through the stop. */
np_bus cli_stop_begin(cli_stop *stop, np_bus inner);

/* Between two steps: was a signal sent? */
void cli_stop_look(cli_stop *stop);

/* Signals have their usual effect again; those that the stop has honoured are gone. */
void cli_stop_end(cli_stop *stop);
