/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An I2C bus with a clock, as a table of functions: i2c-dev, a socket, a virtual bus, a trace
 * around any of them. One call is one transaction, START to STOP. A NACK is an outcome, not an
 * error.
 */
#pragma once

#include "base/bytes.h"
#include "base/error.h"

typedef struct np_bus_ops {
    /*
     * START, address+W, data, STOP. *ret_acked is false when the address or a byte was not
     * acknowledged; then nothing beyond it was sent.
     */
    NP_MUST_USE np_code (*write)(void *self, uint8_t address, np_bytes data, bool *ret_acked,
                                 np_error *err);
    /*
     * The same, but every byte is clocked whatever is acknowledged (I2C_M_IGNORE_NAK): the wake
     * tokens of faster buses, which a NACK must not cut short.
     */
    NP_MUST_USE np_code (*write_through)(void *self, uint8_t address, np_bytes data, np_error *err);
    /* START, address+R, size bytes, STOP. */
    NP_MUST_USE np_code (*read)(void *self, uint8_t address, uint8_t *ret_data, size_t size,
                                bool *ret_acked, np_error *err);
    /* Monotonic; where it starts is the bus's own affair. */
    uint64_t (*now_ns)(void *self);
    /* Returns at once when the time has passed. */
    void (*wait_until_ns)(void *self, uint64_t deadline_ns);
    /*
     * Optional, both or none: the bus for this process alone, for what must not be interrupted by
     * somebody else's transactions. Holds nest. NP_ESTATION_BUSY names the other holder.
     */
    NP_MUST_USE np_code (*hold)(void *self, np_error *err);
    void (*release)(void *self);
} np_bus_ops;

typedef struct np_bus {
    const np_bus_ops *ops;
    void *self;
    uint32_t clock_hz;
} np_bus;

/* Does nothing on a bus that nobody shares. */
NP_MUST_USE static inline np_code np_bus_hold(const np_bus *bus, np_error *err)
{
    return bus->ops->hold == NULL ? NP_OK : bus->ops->hold(bus->self, err);
}

static inline void np_bus_release(const np_bus *bus)
{
    if (bus->ops->release != NULL) {
        bus->ops->release(bus->self);
    }
}
