/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Chips of the layout nerveskey-volatile: with the activation key the latch is set, and the
 * device's key works until power fails (specs of NervesKey 10).
 */
#pragma once

#include "atecc/latch.h"
#include "crypto/random.h"
#include "nerveskey/layout.h"

/*
 * Sets the latch; the configuration is the chip's, the key its activation key, 16 bytes.
 * NP_ECONFLICT_FOREIGN when the chip has another layout, NP_ECONFLICT_OTHER when it has another
 * activation key.
 */
NP_MUST_USE np_code np_volatile_authorize(np_atecc *chip,
                                          const uint8_t config[static NP_ATECC_CONFIG_SIZE],
                                          const uint8_t key[static NP_VOLATILE_KEY_SIZE],
                                          np_random random, np_error *err);

/* Something that is done with the chip. */
typedef struct np_volatile_work {
    np_code (*run)(void *self, np_atecc *chip, np_error *err);
    void *self;
} np_volatile_work;

/*
 * Authorises the chip, does the work, and leaves the latch as it was found, all in one hold of the
 * bus: nobody else finds the chip authorised who did not before. key NULL: does the work as it is.
 * Errors as np_volatile_authorize, and what the work returned.
 */
NP_MUST_USE np_code np_volatile_run(np_atecc *chip, const uint8_t *key, np_random random,
                                    const np_volatile_work *work, np_error *err);

/*
 * Does the chip hold just these two keys? Changes nothing; the latch is left as it was found.
 * NP_ECONFLICT_OTHER names the one that is another.
 */
NP_MUST_USE np_code np_volatile_check_keys(np_atecc *chip,
                                           const uint8_t activation[static NP_VOLATILE_KEY_SIZE],
                                           const uint8_t encryption[static NP_VOLATILE_KEY_SIZE],
                                           np_random random, np_error *err);
