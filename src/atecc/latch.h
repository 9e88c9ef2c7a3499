/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The persistent latch of a 608 (specs of the chip 2.10, 3.6): keys with PersistentDisable work
 * while it is set, and it stays set until power fails. Setting it takes proof that one knows the
 * key in the slot that the configuration names.
 */
#pragma once

#include "atecc/device.h"

enum { NP_ATECC_NONCE_NUMBER_SIZE = 20 };

/* What the proof needs. Pointers are borrowed. */
typedef struct np_atecc_proof {
    unsigned slot;
    const uint8_t *key; /* 32 bytes */
    const np_chip_serial *serial;
    const uint8_t *number; /* 20 random bytes of the host's */
} np_atecc_proof;

/*
 * Nonce, CheckMac and Info in one session. *ret_matches is false, and the latch as it was, when the
 * slot has another key. Errors as in atecc/device.h.
 */
NP_MUST_USE np_code np_atecc_latch_set(np_atecc *chip, const np_atecc_proof *proof,
                                       bool *ret_matches, np_error *err);

/*
 * Nonce and CheckMac in one session: does the slot hold this key? The latch stays as it was. A key
 * that works only while the latch is set is refused by its chip otherwise (NP_EDEVICE_STATUS).
 */
NP_MUST_USE np_code np_atecc_check_key(np_atecc *chip, const np_atecc_proof *proof,
                                       bool *ret_matches, np_error *err);

NP_MUST_USE np_code np_atecc_latch_read(np_atecc *chip, bool *ret_is_set, np_error *err);
NP_MUST_USE np_code np_atecc_latch_clear(np_atecc *chip, np_error *err);
