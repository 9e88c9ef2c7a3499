/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Wires: from a target URI to a bus. It knows no commands; it carries transactions. Rule for
 * callers: close what you opened, and check what closing says: a virtual part's last state is
 * stored there if it was not before.
 *
 *   virtual:FILE   a virtual chip whose EEPROM lives in FILE, in this process, on a virtual clock
 *   unix:PATH      a virtual chip that somebody serves (link/server.h)
 *
 *   i2c:NODE       a real bus, by the kernel's i2c-dev
 *
 * Behind a "?", with "&" between them: addr=0x60 (7 bits); for i2c: also khz=100 (what the bus runs
 * at; Linux does not tell) and wake=auto, zero or slow (link/target.h).
 *
 * Real buses and served chips are shared: they can be held (np_bus_ops), which the driver does from
 * wake to sleep.
 */
#pragma once

#include "atecc/bus.h"
#include "virtual/chip.h"

typedef struct np_link np_link;

typedef struct np_link_options {
    uint32_t clock_hz;     /* virtual bus; 0: 100 kHz */
    np_chip_pace pace;     /* virtual chip */
    unsigned lock_wait_ms; /* how long to wait for another process, each time; 0: not at all */
    /* Gets a line of text for each transaction (link/trace.h); NULL: nobody wants to know. */
    void (*trace)(void *self, const char *text);
    void *trace_self;
} np_link_options;

/*
 * NP_EUSAGE for a URI of no known kind, NP_EINPUT_MISSING when the file is not there,
 * NP_EINPUT_FORMAT when it is no chip state file (it is never written then), NP_ESTATION_BUSY with
 * the process that holds it, NP_ESTATION_IO otherwise.
 */
NP_MUST_USE np_code np_link_open(const char *uri, const np_link_options *options, np_link **ret,
                                 np_error *err);

/*
 * The same without virtual:, whose chip is for one process alone; such a URI gets NP_EUSAGE and the
 * hint to serve the chip. Needs no libcrypto.
 */
NP_MUST_USE np_code np_link_open_shared(const char *uri, const np_link_options *options,
                                        np_link **ret, np_error *err);

/* Stores what is left to store, releases everything; accepts NULL. */
NP_MUST_USE np_code np_link_close(np_link *link, np_error *err);

/* Valid until the link is closed. */
np_bus np_link_bus(np_link *link);

/*
 * The 7-bit address that the URI asks for. Without one: what the configuration of a virtual chip
 * says, and for other links the first of 0x60, 0x35 and 0x36 where a chip answered when the link
 * was opened; else 0x60.
 */
uint8_t np_link_address(const np_link *link);

/* True when the part is virtual: an injected clock is allowed then. */
bool np_link_is_virtual(const np_link *link);

typedef struct np_link_new_chip {
    np_atecc_model model;
    const np_chip_serial *serial; /* bytes 0, 1 and 8 are the factory's; NULL: as in config */
    np_bytes config;              /* 128 bytes to begin with, or empty: the factory's */
    np_bytes eeprom; /* the whole memory instead (virtual/chip.h); serial and config are not used */
} np_link_new_chip;

/*
 * A new state file with a factory-fresh chip. Never overwrites: NP_EINPUT_EXISTS. NP_EINPUT_FORMAT
 * when the configuration has another size or is of another model.
 */
NP_MUST_USE np_code np_link_create_virtual(const char *path, const np_link_new_chip *chip,
                                           np_error *err);
