/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signals that wait: SIGINT, SIGTERM and SIGHUP are held back until something is complete, and
 * asked for between two steps. Without a handler, and so without global state.
 */
#pragma once

#include <signal.h>
#include <stdbool.h>

/* From here on these signals wait; returns the mask as it was. */
sigset_t cli_signals_hold(void);

/* Was one of them sent since? It is taken, and has no other effect. */
bool cli_signals_take(void);

/* Signals have their usual effect again. */
void cli_signals_let_through(const sigset_t *before);
