/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/signals.h"

#include <time.h>

static sigset_t stop_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    return set;
}

sigset_t cli_signals_hold(void)
{
    sigset_t set = stop_signals();
    sigset_t before;
    sigprocmask(SIG_BLOCK, &set, &before);
    return before;
}

void cli_signals_let_through(const sigset_t *before)
{
    sigprocmask(SIG_SETMASK, before, NULL);
}

bool cli_signals_take(void)
{
    const struct timespec at_once = {0};
    sigset_t set = stop_signals();
    return sigtimedwait(&set, NULL, &at_once) > 0;
}
