/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small factory for tests: a virtual chip on a virtual bus, the driver, a signer, and everything
 * that the driver sends written down. Time is virtual; nothing waits.
 */
#pragma once

#include "nerveskey/apply.h"
#include "support/recorded.h"
#include "virtual/bus.h"

enum { FACTORY_PACKETS_MAX = 512 };

typedef struct factory {
    recorded_life *life; /* signer, serial and board come from it */
    np_virtual_chip *chip;
    np_virtual_bus bus;
    np_bus tap; /* the bus, with packets written down */
    np_atecc device;
    np_random_seeded seeded;
    unsigned draws;          /* of the chip's random numbers */
    unsigned key_draw;       /* which of them is the recorded private key; 0: none */
    np_p256_key *signer_key; /* NULL: the recorded signature is given */
    np_signing signing;
    np_plan_request request;
    np_plan plan;
    np_apply_result result;
    np_error err;
    recorded_packet packets[FACTORY_PACKETS_MAX];
    size_t packet_count;
} factory;

/*
 * Signer, serial and start image of a recorded life, and its private key as the first random number
 * that the chip draws for a key.
 */
void factory_open_recorded(factory *line, const char *name, np_atecc_model model,
                           np_chip_pace pace);

/* A factory-fresh chip; the signer of the 608A's recorded life, with its key. */
void factory_open_fresh(factory *line, np_atecc_model model, np_chip_pace pace);
void factory_close(factory *line);

/* Snapshot, plan, apply: what the command does. A new driver each time, as in a new process. */
NP_MUST_USE np_code factory_provision(factory *line);

/* A new driver and an empty list of packets. */
void factory_connect(factory *line);
