/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libnameplate: the library for other programs. It joins the rooms below it behind opaque handles
 * and knows nothing by itself; what it does is declared in include/nameplate. It prints nothing and
 * reads the clock in np_now alone. Rule for this room: every function that has asked the chip ends
 * with chip_rest. Here is what its files share.
 */
#pragma once

#include "link/link.h"
#include "nerveskey/plan.h"
#include "nerveskey/volatile.h"
#include <nameplate/chip.h>

struct np_chip {
    np_link *link;
    np_atecc device;
    bool has_root;
    bool has_activation_key;
    uint8_t root[NP_PUBLIC_KEY_SIZE];
    uint8_t activation_key[NP_VOLATILE_KEY_SIZE];
};

struct np_chip_plan {
    np_plan plan;
};

/* Lets the chip sleep. Returns the code handed in, or what sleeping said when that was NP_OK. */
NP_MUST_USE np_code chip_rest(np_chip *chip, np_code code, np_error *err);

/* The key of the root that was given; NULL: none was. */
const uint8_t *chip_root(const np_chip *chip);

/* Does the work, authorised where a key was given, and lets the chip sleep. */
NP_MUST_USE np_code chip_run(np_chip *chip, const np_volatile_work *work, np_error *err);

/* What a plan needs of a signer, copied out of it. */
typedef struct signer_copy {
    uint8_t compressed[NP_COMPRESSED_SIZE];
    uint8_t public_key[NP_PUBLIC_KEY_SIZE];
    uint8_t fingerprint[NP_FINGERPRINT_SIZE];
} signer_copy;

np_plan_signer chip_copy_signer(const np_signer *signer, signer_copy *copy);

/* Reads the chip and computes the plan into plan; writes nothing and does not let it rest. */
NP_MUST_USE np_code chip_compute_plan(np_chip *chip, const np_chip_order *order, np_plan *plan,
                                      np_error *err);
