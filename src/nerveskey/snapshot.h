/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a chip lets us know about itself at this moment; the only thing that a plan is computed
 * from.
 */
#pragma once

#include "nerveskey/identity.h"
#include <nameplate/nerveskey.h>

typedef struct np_snapshot {
    np_stage stage;
    np_atecc_model model;
    uint8_t address; /* where the chip answered; not the caller's after an erased address byte */
    uint8_t config[NP_ATECC_CONFIG_SIZE];
    bool has_identity; /* from DATA_LOCKED on, when it could be read and rebuilt */
    np_identity identity;
    np_error identity_error; /* why not, when not has_identity */
} np_snapshot;

np_stage np_stage_of(const uint8_t config[static NP_ATECC_CONFIG_SIZE]);

/*
 * Reads the configuration and, when the data zone is locked, the identity. A chip whose address
 * byte was erased by a power cut is looked for at 0x7f, and chip->address follows it.
 * NP_ECONFLICT_FOREIGN: a part that is none of our models.
 */
NP_MUST_USE np_code np_snapshot_take(np_atecc *chip, np_snapshot *ret, np_error *err);
