/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A serial line with a clock, as a table of functions: a tty, a pty, a virtual modem in this
 * process, a trace around any of them. What the bus is to a chip (atecc/bus.h).
 */
#pragma once

#include "base/bytes.h"
#include "base/error.h"

typedef struct np_port_ops {
    /* All of them, in order. */
    NP_MUST_USE np_code (*write)(void *self, np_bytes bytes, np_error *err);
    /*
     * What has come, up to size bytes; waits for the first one until the deadline. *ret_len is 0
     * when none came by then. NP_ESTATION_IO when the line is gone.
     */
    NP_MUST_USE np_code (*read)(void *self, uint64_t deadline_ns, uint8_t *ret_bytes, size_t size,
                                size_t *ret_len, np_error *err);
    /* Monotonic; where it starts is the port's own affair. */
    uint64_t (*now_ns)(void *self);
} np_port_ops;

typedef struct np_port {
    const np_port_ops *ops;
    void *self;
} np_port;
