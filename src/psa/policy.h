/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which slot can be what key: from the chip's configuration, its locks and a request in PSA's terms
 * to yes, or the reason why not (specs of PSA 11). Pure; asks nobody. It says yes exactly when the
 * chip would execute the commands that the key needs, with two exceptions on the careful side: the
 * data zone must be locked, and a key with a limited number of uses is no key for an application.
 */
#pragma once

#include "atecc/zones.h"
#include <nameplate/psa.h>

/* What the chip says about itself. */
typedef struct psa_facts {
    uint8_t config[NP_ATECC_CONFIG_SIZE];
    np_atecc_model model;
    bool has_latch; /* the persistent latch is set: keys that ask for it work */
} psa_facts;

/* The commands of the chip that stand behind the calls of PSA. */
typedef enum psa_command {
    PSA_COMMAND_GENKEY = 0x01, /* a new private key */
    PSA_COMMAND_PUBLIC = 0x02, /* the public key of a private one */
    PSA_COMMAND_SIGN = 0x04,   /* a digest from outside */
    PSA_COMMAND_AGREE = 0x08,  /* ECDH, its secret in the clear */
    PSA_COMMAND_READ = 0x10,   /* a public key that is stored */
    PSA_COMMAND_WRITE = 0x20,
} psa_command;

/* NP_PSA_YES, or the first reason against one of these commands (bits) on this slot. */
np_psa_reason psa_policy_commands(const psa_facts *facts, unsigned slot, unsigned commands);

/* Is the request itself one that a chip of this kind can fulfil, whatever the slot? */
np_psa_reason psa_policy_request(const np_psa_request *request);

/* The commands that the requested key needs; the request was found good. */
unsigned psa_policy_needs(const np_psa_request *request);

/* All of it: the request, and the slot for it. What is in the slot is another question. */
np_psa_reason psa_policy_slot(const psa_facts *facts, const np_psa_request *request, uint64_t slot);
