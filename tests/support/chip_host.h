/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A host of its own for tests of the virtual chip: raw bytes on a virtual bus, its own CRC, none of
 * the driver. Failures of the chip to behave as such (no answer, bad CRC) fail the test.
 */
#pragma once

#include "virtual/bus.h"
#include <stdbool.h>

/* A source of random numbers that begins with bytes that a test gives. */
typedef struct chip_host_random {
    const uint8_t *first; /* NULL: none */
    size_t first_len;
    bool is_broken; /* nothing comes any more */
    np_random_seeded seeded;
} chip_host_random;

typedef struct chip_host {
    chip_host_random random;
    np_virtual_chip *chip;
    np_virtual_bus bus;
    np_bus wire;
    uint8_t address;
} chip_host;

enum { CHIP_HOST_REPLY_MAX = 160, CHIP_HOST_CLOCK_HZ = 100000 };

/* Everything that could be read: count, data, CRC. */
typedef struct chip_reply {
    size_t len;     /* of the group */
    uint8_t status; /* the one byte of a 4-byte group, 0 for a longer one */
    const uint8_t *data;
    size_t data_len;
    uint8_t bytes[CHIP_HOST_REPLY_MAX];
} chip_reply;

/* A factory-fresh chip at its typical pace. */
void chip_host_open(chip_host *host, np_atecc_model model);
void chip_host_open_pace(chip_host *host, np_atecc_model model, np_chip_pace pace);
void chip_host_open_image(chip_host *host, np_atecc_model model, np_chip_pace pace,
                          const uint8_t eeprom[static NP_EEPROM_SIZE]);
void chip_host_close(chip_host *host);

/* Transactions. */
bool chip_host_write(chip_host *host, const uint8_t *data, size_t len);
bool chip_host_read(chip_host *host, uint8_t *ret, size_t len);
void chip_host_wait_us(chip_host *host, uint64_t us);

/* Wake token and delay; false when nothing answers afterwards or the answer is not 11. */
bool chip_host_wake(chip_host *host);
void chip_host_sleep(chip_host *host);
void chip_host_idle(chip_host *host);

/* Polls until the chip acknowledges a read, then takes the whole group and checks it. */
void chip_host_take_reply(chip_host *host, chip_reply *ret);

/* One command in one write, with a good CRC, and its answer. The chip must be awake. */
void chip_host_ask(chip_host *host, const np_atecc_command *command, chip_reply *ret);

/* The same, in a session of its own if the chip sleeps; returns the status, 0 for data. */
uint8_t chip_host_status(chip_host *host, uint8_t opcode, uint8_t p1, uint16_t p2, np_bytes data);

/*
 * One command out of idle, and back to idle: TempKey lives on, the watchdog never bites. Returns
 * the status, 0 for data.
 */
uint8_t chip_host_run(chip_host *host, uint8_t opcode, uint8_t p1, uint16_t p2, np_bytes data,
                      chip_reply *ret);

/* count | packet | CRC into ret (CHIP_HOST_REPLY_MAX bytes); returns its length. */
size_t chip_host_group(const np_atecc_command *command, uint8_t *ret);

/* The CRC of the data sheet, a bit at a time. */
uint16_t chip_host_crc(np_bytes bytes);

/* Puts bytes into an image: configuration, OTP or data by offset of virtual/chip.h. */
void chip_image_put(uint8_t *eeprom, size_t offset, const char *hex);

/* The published factory table of a part, zeros where parts differ, nothing else written. */
void chip_image_blank(np_atecc_model model, uint8_t ret[static NP_EEPROM_SIZE]);
