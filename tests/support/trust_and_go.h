/* SPDX-License-Identifier: Apache-2.0 */
/* What a real Trust&GO kit holds (vectors/nerveskey/upstream/tng_slots.txt). */
#pragma once

#include "support/vectors.h"

typedef struct kit {
    uint8_t chip_serial[9];
    uint8_t public_key[64];
    uint8_t eui48[12];
    uint8_t device_compressed[72];
    uint8_t stored_signer_key[72]; /* as slot 11 has it */
    uint8_t signer_key[64];
    uint8_t signer_compressed[72];
    uint8_t root_key[64];
} kit;

/* Ends the program when anything is missing. */
void kit_load(kit *ret);
