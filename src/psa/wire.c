/* SPDX-License-Identifier: Apache-2.0 */
#include "psa/wire.h"

#include <stdlib.h>

enum { NS_PER_US = 1000, ZEROS_MAX = 16 };

struct np_psa_wire {
    np_link *link;
    np_bus bus;
    np_psa_port port;
};

static np_psa_io told(np_code code, bool acked)
{
    if (code != NP_OK) {
        return NP_PSA_IO_FAILED;
    }
    return acked ? NP_PSA_ACKED : NP_PSA_NACKED;
}

static np_psa_io wire_write(void *self, uint8_t address, const uint8_t *data, size_t size)
{
    const np_psa_wire *wire = self;
    bool acked = false;
    np_code code =
        wire->bus.ops->write(wire->bus.self, address, np_bytes_of(data, size), &acked, NULL);
    return told(code, acked);
}

static np_psa_io wire_read(void *self, uint8_t address, uint8_t *ret, size_t size)
{
    const np_psa_wire *wire = self;
    bool acked = false;
    np_code code = wire->bus.ops->read(wire->bus.self, address, ret, size, &acked, NULL);
    return told(code, acked);
}

static np_psa_io wire_zeros_through(void *self, uint8_t address, size_t size)
{
    static const uint8_t zeros[ZEROS_MAX] = {0};
    const np_psa_wire *wire = self;
    size_t len = size < sizeof(zeros) ? size : sizeof(zeros);
    np_bytes bytes = np_bytes_of(zeros, len);
    return told(wire->bus.ops->write_through(wire->bus.self, address, bytes, NULL), true);
}

static uint64_t wire_now_us(void *self)
{
    const np_psa_wire *wire = self;
    return wire->bus.ops->now_ns(wire->bus.self) / NS_PER_US;
}

static void wire_wait_until_us(void *self, uint64_t deadline_us)
{
    const np_psa_wire *wire = self;
    wire->bus.ops->wait_until_ns(wire->bus.self, deadline_us * NS_PER_US);
}

static bool wire_lock(void *self)
{
    const np_psa_wire *wire = self;
    return np_bus_hold(&wire->bus, NULL) == NP_OK;
}

static void wire_unlock(void *self)
{
    const np_psa_wire *wire = self;
    np_bus_release(&wire->bus);
}

np_code psa_wire_open_by(psa_wire_opener open, const char *uri, unsigned wait_ms, np_psa_wire **ret,
                         np_error *err)
{
    np_link_options options = {.lock_wait_ms = wait_ms};
    np_psa_wire *wire = calloc(1, sizeof(*wire));
    if (wire == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for the wire");
    }
    np_code code = open(uri, &options, &wire->link, err);
    if (code != NP_OK) {
        free(wire);
        return code;
    }
    wire->bus = np_link_bus(wire->link);
    wire->port = (np_psa_port){
        .self = wire,
        .clock_hz = wire->bus.clock_hz,
        .write = wire_write,
        .read = wire_read,
        .zeros_through = wire_zeros_through,
        .now_us = wire_now_us,
        .wait_until_us = wire_wait_until_us,
        .lock = wire_lock,
        .unlock = wire_unlock,
    };
    *ret = wire;
    return NP_OK;
}

np_code np_psa_wire_open(const char *uri, unsigned wait_ms, np_psa_wire **ret, np_error *err)
{
    return psa_wire_open_by(np_link_open_shared, uri, wait_ms, ret, err);
}

void np_psa_wire_close(np_psa_wire *wire)
{
    np_error ignored;
    if (wire != NULL && np_link_close(wire->link, &ignored) != NP_OK) {
        /* nobody to tell, and nothing to be done */
    }
    free(wire);
}

const np_psa_port *np_psa_wire_port(const np_psa_wire *wire)
{
    return &wire->port;
}

uint8_t np_psa_wire_address(const np_psa_wire *wire)
{
    return np_link_address(wire->link);
}
