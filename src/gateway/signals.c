/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/signals.h"

#include <signal.h>
#include <stddef.h>

bool gateway_signals_watch(gateway_signals *signals, struct event_base *base,
                           event_callback_fn stop, event_callback_fn reload, void *self)
{
    static const int numbers[GATEWAY_SIGNALS] = {SIGTERM, SIGINT, SIGHUP};
    sigset_t none;
    for (size_t i = 0; i < GATEWAY_SIGNALS; i++) {
        signals->events[i] =
            evsignal_new(base, numbers[i], numbers[i] == SIGHUP ? reload : stop, self);
        if (signals->events[i] == NULL || event_add(signals->events[i], NULL) != 0) {
            return false;
        }
    }
    sigemptyset(&none);
    return sigprocmask(SIG_SETMASK, &none, NULL) == 0;
}

void gateway_signals_clear(gateway_signals *signals)
{
    for (size_t i = 0; i < GATEWAY_SIGNALS; i++) {
        if (signals->events[i] != NULL) {
            event_free(signals->events[i]);
            signals->events[i] = NULL;
        }
    }
}
