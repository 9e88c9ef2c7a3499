/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The virtual chip: an ATECC508A, 608A or 608B at the level of I2C transactions, exact enough that
 * software written by strangers cannot tell it from a real one. A pure state machine: time, random
 * numbers and power come from outside; it has no file (virtual/image.h gives its EEPROM as bytes)
 * and no bus clock of its own (virtual/bus.h). Rule for callers: transactions are handed in in the
 * order of their times.
 */
#pragma once

#include "atecc/commands.h"
#include "atecc/packet.h"
#include "atecc/zones.h"
#include "crypto/p256.h"
#include "crypto/random.h"
#include "virtual/readings.h"

/* How long commands take. Never zero by default: early reads must fail here as they do there. */
typedef enum np_chip_pace { NP_PACE_TYPICAL, NP_PACE_MAXIMUM, NP_PACE_ZERO } np_chip_pace;

/* What survives power loss: the three zones, one behind the other. */
enum {
    NP_EEPROM_CONFIG = 0,
    NP_EEPROM_OTP = NP_ATECC_CONFIG_SIZE,
    NP_EEPROM_DATA = NP_EEPROM_OTP + NP_ATECC_OTP_SIZE,
    NP_EEPROM_SIZE = NP_EEPROM_DATA + NP_ATECC_DATA_SIZE, /* 1400 */
};

typedef struct np_virtual_chip np_virtual_chip;

typedef struct np_virtual_chip_options {
    np_atecc_model model;
    np_chip_pace pace;
    np_random random;     /* private keys, Random, Nonce */
    uint32_t wake_min_us; /* SDA low that wakes; 0: 60, as the data sheet guarantees */
} np_virtual_chip_options;

/*
 * A factory-fresh chip, powered and asleep. Serial bytes 0, 1 and 8 are the factory's whatever the
 * caller gives. NULL only without memory.
 */
np_virtual_chip *np_virtual_chip_new(const np_virtual_chip_options *options,
                                     const np_chip_serial *serial);

/* The same with an EEPROM image as np_virtual_chip_eeprom returned it. */
np_virtual_chip *np_virtual_chip_from_eeprom(const np_virtual_chip_options *options,
                                             const uint8_t eeprom[static NP_EEPROM_SIZE]);

/* Wipes and releases; accepts NULL. */
void np_virtual_chip_free(np_virtual_chip *chip);

/* What a transaction looks like to a chip: when it happened, and how fast the bus runs. */
typedef struct np_wire {
    uint64_t start_ns;
    uint64_t stop_ns;
    uint32_t clock_hz;
} np_wire;

/*
 * Would the chip acknowledge its address now? An adapter clocks no data behind an address that
 * nobody takes, so it asks this before np_virtual_chip_write and gives no data when the answer is
 * false everywhere. A host that ignores the NACK gives the data all the same.
 */
bool np_virtual_chip_listens(np_virtual_chip *chip, const np_wire *wire, uint8_t address);

/*
 * address+W and data. Returns how many bytes were acknowledged, the address byte counted as one: 0
 * is an address NACK. Also sees writes to other addresses, because any long enough low on SDA
 * wakes.
 */
size_t np_virtual_chip_write(np_virtual_chip *chip, const np_wire *wire, uint8_t address,
                             np_bytes data);

/* address+R. False: NACK, ret_data untouched. Bytes beyond the answer read as FF. */
bool np_virtual_chip_read(np_virtual_chip *chip, const np_wire *wire, uint8_t address,
                          uint8_t *ret_data, size_t size);

/*
 * Power. A cut while an EEPROM command runs leaves each affected byte old, new or erased, chosen by
 * the seed; a command whose time had passed is complete. Without power everything is NACKed.
 */
void np_virtual_chip_cut_power(np_virtual_chip *chip, uint64_t at_ns, uint64_t seed);
void np_virtual_chip_power_up(np_virtual_chip *chip, uint64_t at_ns);

/* Lets the running command take longer than its pace (a fault); nothing when none runs. */
void np_virtual_chip_delay(np_virtual_chip *chip, uint64_t extra_ns);

/*
 * 608: the self tests with these bits (as in P1 of SelfTest) fail when they run next (a fault); 0
 * mends the part.
 */
void np_virtual_chip_break_tests(np_virtual_chip *chip, uint8_t tests);

/* A chip of another mind about one question (for tests of what asks chips). */
void np_virtual_chip_set_reading(np_virtual_chip *chip, np_reading_id id, unsigned answer);

/* Completes a command whose time has passed by then. */
void np_virtual_chip_settle(np_virtual_chip *chip, uint64_t now_ns);

/* The EEPROM as it is now (a running command has not changed it yet), NP_EEPROM_SIZE bytes. */
const uint8_t *np_virtual_chip_eeprom(const np_virtual_chip *chip);

/* Goes up with each change of the EEPROM: time to store it. */
uint64_t np_virtual_chip_generation(const np_virtual_chip *chip);

/* The 7-bit address that its configuration gives it, from the next wake on. */
uint8_t np_virtual_chip_address(const np_virtual_chip *chip);

np_atecc_model np_virtual_chip_model(const np_virtual_chip *chip);

/* How long commands ran so far, in all; the calibration of benchmarks. */
uint64_t np_virtual_chip_busy_ns(const np_virtual_chip *chip);

/* Since the chip was made: how often it woke, and how many commands came to it undamaged. */
uint64_t np_virtual_chip_wakes(const np_virtual_chip *chip);
uint64_t np_virtual_chip_commands(const np_virtual_chip *chip, uint8_t opcode);

/* True while a command runs whose completion changes the EEPROM: a cut now tears. */
bool np_virtual_chip_is_programming(const np_virtual_chip *chip);
