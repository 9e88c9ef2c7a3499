/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asks a chip that is given away for it everything that a chip on a bus can answer: what can be
 * asked of it blank; then it gets a configuration that is good for nothing else, which is locked;
 * what can be asked then; keys and data, which are locked; the rest. Rule for callers: the chip is
 * used up; ask people before np_spend_run, with the hash of the plan.
 */
#pragma once

#include "conformance/conformance.h"

typedef struct np_spend_plan {
    np_lock_stage stage; /* what is still to do follows from it */
    np_atecc_model model;
    np_chip_serial chip_serial;
    uint8_t address; /* 7 bits: where the chip was asked for, and shall answer */
    uint8_t config[NP_ATECC_CONFIG_SIZE]; /* as it shall be, lock bytes and byte 84 as they are */
    uint8_t data[NP_ATECC_DATA_SIZE];
    uint8_t otp[NP_ATECC_OTP_SIZE];
    uint8_t hash[32]; /* SHA-256 over model, serial, address and the configuration to be locked */
} np_spend_plan;

/*
 * Looks at the chip. One that a cut left at another address while that was asked about is found
 * there, and chip->address follows it. Changes nothing. Refused:
 *   NP_ECONFLICT_FOREIGN  a configuration that is neither the factory's nor ours
 *   NP_EDEVICE_LOST       a lock byte is torn
 */
NP_MUST_USE np_code np_spend_plan_make(np_atecc *chip, np_spend_plan *ret, np_error *err);

/* What the plan does to the chip, a line at a time; false after the last. */
enum { NP_SPEND_LINE_SIZE = 120 };
bool np_spend_plan_line(const np_spend_plan *plan, size_t index,
                        char ret[static NP_SPEND_LINE_SIZE]);

/*
 * Does it. Every failure leaves a chip that np_spend_plan_make takes again; the answers until then
 * are in ret, and those that need an open zone cannot be had again once it is locked. Errors: those
 * of the driver and of the watch, NP_EDEVICE_LOCK, NP_EDEVICE_LOST, NP_EDEVICE_VERIFY. A chip that
 * differs is no error.
 */
NP_MUST_USE np_code np_spend_run(np_atecc *chip, const np_spend_plan *plan,
                                 const np_conformance_watch *watch, np_conformance *ret,
                                 np_error *err);
