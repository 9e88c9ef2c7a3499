/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/stop.h"

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

static np_code refuse(np_error *err)
{
    np_error_set(err, NP_EINTERRUPTED, "stopped by a signal between two steps");
    return np_error_hint(err, NP_EINTERRUPTED, "run the same command again to go on");
}

static np_code bus_write(void *self, uint8_t address, np_bytes data, bool *ret_acked, np_error *err)
{
    cli_stop *stop = self;
    if (stop->is_wanted) {
        return refuse(err);
    }
    return stop->inner.ops->write(stop->inner.self, address, data, ret_acked, err);
}

static np_code bus_read(void *self, uint8_t address, uint8_t *ret_data, size_t size,
                        bool *ret_acked, np_error *err)
{
    cli_stop *stop = self;
    if (stop->is_wanted) {
        return refuse(err);
    }
    return stop->inner.ops->read(stop->inner.self, address, ret_data, size, ret_acked, err);
}

static uint64_t bus_now_ns(void *self)
{
    cli_stop *stop = self;
    return stop->inner.ops->now_ns(stop->inner.self);
}

static void bus_wait_until_ns(void *self, uint64_t deadline_ns)
{
    cli_stop *stop = self;
    stop->inner.ops->wait_until_ns(stop->inner.self, deadline_ns);
}

static const np_bus_ops stopping_bus = {
    .write = bus_write,
    .read = bus_read,
    .now_ns = bus_now_ns,
    .wait_until_ns = bus_wait_until_ns,
};

np_bus cli_stop_begin(cli_stop *stop, np_bus inner)
{
    *stop = (cli_stop){.inner = inner, .old_mask = cli_signals_hold()};
    return (np_bus){.ops = &stopping_bus, .self = stop, .clock_hz = inner.clock_hz};
}

void cli_stop_look(cli_stop *stop)
{
    const struct timespec at_once = {0};
    sigset_t set = stop_signals();
    if (sigtimedwait(&set, NULL, &at_once) > 0) {
        stop->is_wanted = true;
    }
}

void cli_stop_end(cli_stop *stop)
{
    stop->is_wanted = false;
    cli_signals_let_through(&stop->old_mask);
}
