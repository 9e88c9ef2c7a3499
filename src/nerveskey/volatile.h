/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Authorising a chip of the layout nerveskey-volatile: with the activation key its latch is set,
 * and the device's key works until power fails (specs of NervesKey 10).
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
