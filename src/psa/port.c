/* SPDX-License-Identifier: Apache-2.0 */
/* The application's bus as a bus of the rooms below. */
#include "psa/chip.h"

enum { NS_PER_US = 1000 };

static const np_psa_port *port_of(void *self)
{
    return *(const np_psa_port *const *)self;
}

static np_code told(np_psa_io io, bool *ret_acked, np_error *err)
{
    *ret_acked = io == NP_PSA_ACKED;
    return io == NP_PSA_IO_FAILED ? np_error_set(err, NP_ESTATION_IO, "the bus failed") : NP_OK;
}

static np_code port_write(void *self, uint8_t address, np_bytes data, bool *ret_acked,
                          np_error *err)
{
    const np_psa_port *port = port_of(self);
    return told(port->write(port->self, address, data.data, data.len), ret_acked, err);
}

static np_code port_write_through(void *self, uint8_t address, np_bytes data, np_error *err)
{
    const np_psa_port *port = port_of(self);
    bool acked = false;
    np_psa_io io = port->zeros_through != NULL
                       ? port->zeros_through(port->self, address, data.len)
                       : port->write(port->self, address, data.data, data.len);
    return told(io, &acked, err);
}

static np_code port_read(void *self, uint8_t address, uint8_t *ret_data, size_t size,
                         bool *ret_acked, np_error *err)
{
    const np_psa_port *port = port_of(self);
    return told(port->read(port->self, address, ret_data, size), ret_acked, err);
}

static uint64_t port_now_ns(void *self)
{
    const np_psa_port *port = port_of(self);
    return port->now_us(port->self) * NS_PER_US;
}

static void port_wait_until_ns(void *self, uint64_t deadline_ns)
{
    const np_psa_port *port = port_of(self);
    port->wait_until_us(port->self, (deadline_ns + NS_PER_US - 1) / NS_PER_US);
}

static np_code port_hold(void *self, np_error *err)
{
    const np_psa_port *port = port_of(self);
    bool is_held = port->lock == NULL || port->lock(port->self);
    return is_held ? NP_OK : np_error_set(err, NP_ESTATION_BUSY, "somebody else has the bus");
}

static void port_release(void *self)
{
    const np_psa_port *port = port_of(self);
    if (port->unlock != NULL) {
        port->unlock(port->self);
    }
}

np_bus psa_port_bus(const np_psa_port *const *port)
{
    static const np_bus_ops ops = {
        .write = port_write,
        .write_through = port_write_through,
        .read = port_read,
        .now_ns = port_now_ns,
        .wait_until_ns = port_wait_until_ns,
        .hold = port_hold,
        .release = port_release,
    };
    union {
        const np_psa_port *const *in;
        void *out;
    } self = {.in = port};
    return (np_bus){.ops = &ops, .self = self.out, .clock_hz = (*port)->clock_hz};
}
