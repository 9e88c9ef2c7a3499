/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A served chip in a process and a folder of its own, for tests of everything that is a client.
 * Every failure of the helper itself ends the test program with a message.
 */
#pragma once

#include "link/server.h"
#include <sys/types.h>

typedef struct served {
    char folder[64];
    char file[80];
    char socket[80];
    char uri[96];
    pid_t server;
} served;

/* A factory-fresh 608B, not yet served. */
void served_make(served *chip);

/* Another chip in its place, in the same file; it must not be served at the moment. */
void served_put(const served *chip, np_atecc_model model,
                const uint8_t eeprom[static NP_EEPROM_SIZE]);

/* Returns when clients can connect. What options leaves out is filled in; NULL: typical time. */
void served_start(served *chip, const np_server_options *options);

/* Ends the server by the signal and returns how it ended, as waitpid tells it. */
int served_stop(served *chip, int signal_number);

/* Stops what still runs and removes everything. */
void served_remove(served *chip);

/* Opens it as a client; waits for the bus up to ten seconds each time. */
np_link *served_open(const served *chip);

/* The EEPROM as the file has it. */
void served_load(const served *chip, uint8_t ret_eeprom[static NP_EEPROM_SIZE]);
