/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Applies a plan that was consented to, step by step, and proves the result: every failure leaves a
 * chip for which the same command can be run again.
 */
#pragma once

#include "crypto/random.h"
#include "nerveskey/plan.h"

typedef struct np_apply_tools {
    const np_signing *signing; /* may be NULL when the plan issues nothing */
    np_random random;          /* for the challenge */
    /* Called before each step; may be NULL. Any code but NP_OK stops before that step. */
    NP_MUST_USE np_code (*before_step)(void *self, const np_plan *plan, size_t step_index,
                                       np_error *err);
    void *before_step_self;
} np_apply_tools;

typedef struct np_apply_result {
    bool issued;          /* false: the chip had its certificate already */
    np_identity identity; /* read back from the chip */
    uint8_t device_fingerprint[32];
} np_apply_result;

/*
 * A chip whose data zone is locked cannot be given other keys of the volatile layout, and no plan
 * can read those that it has: the chip is asked whether they are the plan's. Does nothing for other
 * plans, writes nothing, leaves the latch as it was. NP_ECONFLICT_OTHER names the key.
 */
NP_MUST_USE np_code np_plan_check_keys(const np_plan *plan, np_atecc *chip, np_random random,
                                       np_error *err);

/*
 * Asks np_plan_check_keys first. Errors: its own, those of the driver, with the step before them;
 * NP_EDEVICE_LOCK (the chip refuses the CRC of the expected contents), NP_EDEVICE_LOST (torn lock
 * byte), NP_EDEVICE_VERIFY (read-back or challenge), NP_EDEVICE_ANSWER (random numbers are still
 * the factory's pattern). The chip is asleep afterwards in any case, if it can be reached.
 */
NP_MUST_USE np_code np_plan_apply(np_plan *plan, np_atecc *chip, const np_apply_tools *tools,
                                  np_apply_result *ret, np_error *err);
