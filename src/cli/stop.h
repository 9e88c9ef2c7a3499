/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stopping between two steps: SIGINT and SIGTERM wait until a step is complete, then the bus
 * refuses the next one. Without a handler, and so without global state.
 */
#pragma once

#include "atecc/bus.h"
#include <signal.h>

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
