/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The virtual bus: an I2C bus with a virtual clock, counters, faults, and virtual chips on it. Nine
 * bit times a byte, one start and one stop a transaction (specs of timing 7). Time passes only by
 * transactions and waits. Pure.
 */
#pragma once

#include "atecc/bus.h"
#include "virtual/chip.h"

typedef struct np_virtual_bus_counts {
    uint64_t transactions; /* numbered from 0 in the order they happen, NACKed ones included */
    uint64_t bytes;        /* address bytes and data bytes that were clocked */
    uint64_t nacks;
    uint64_t wire_ns; /* time that the wires were in use */
} np_virtual_bus_counts;

/* One fault, at one transaction. Seeds choose bits and torn bytes. */
typedef enum np_fault_kind {
    NP_FAULT_NONE,
    NP_FAULT_CUT_BEFORE,      /* power goes before the transaction begins */
    NP_FAULT_CUT_DURING,      /* half of its bytes have passed; it never happened for the chip */
    NP_FAULT_CUT_AFTER,       /* after its STOP, while a command that it started runs */
    NP_FAULT_LOSE_REPLY,      /* a read is NACKed although the chip sent it; its bytes are gone */
    NP_FAULT_CORRUPT_REPLY,   /* bits of a read flip */
    NP_FAULT_DELAY_REPLY,     /* the command that this write starts takes delay_ns longer */
    NP_FAULT_CORRUPT_COMMAND, /* bits of a write flip, the word address included */
    NP_FAULT_KIND_COUNT
} np_fault_kind;

typedef struct np_fault {
    np_fault_kind kind;
    uint64_t transaction;
    uint64_t seed;
    uint64_t delay_ns;
} np_fault;

enum { NP_VIRTUAL_BUS_CHIPS = 4 };

typedef struct np_virtual_bus {
    uint32_t clock_hz;
    uint64_t now_ns;
    np_virtual_bus_counts counts;
    np_fault fault;
    bool fault_happened;
    size_t chip_count;
    np_virtual_chip *chips[NP_VIRTUAL_BUS_CHIPS]; /* borrowed */
} np_virtual_bus;

/* A bus with one chip on it, at this clock. */
void np_virtual_bus_init(np_virtual_bus *bus, uint32_t clock_hz, np_virtual_chip *chip);

/* The table for a driver; the bus must outlive it. */
np_bus np_virtual_bus_table(np_virtual_bus *bus);

/* Power back on after a cut, for every chip. */
void np_virtual_bus_power_up(np_virtual_bus *bus);
