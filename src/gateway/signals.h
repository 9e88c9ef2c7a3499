/* SPDX-License-Identifier: Apache-2.0 */
/* What the gateway's processes are told by signals, as events of their loop. Inside the room. */
#pragma once

#include <event2/event.h>
#include <stdbool.h>

enum { GATEWAY_SIGNALS = 3 };

typedef struct gateway_signals {
    struct event *events[GATEWAY_SIGNALS];
} gateway_signals;

/* SIGTERM and SIGINT stop, SIGHUP reloads; nothing is blocked any more. False: out of memory. */
bool gateway_signals_watch(gateway_signals *signals, struct event_base *base,
                           event_callback_fn stop, event_callback_fn reload, void *self);

void gateway_signals_clear(gateway_signals *signals);
