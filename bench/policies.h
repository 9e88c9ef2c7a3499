/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How other software waits, run over the same virtual bus and chip: the calibration of our figures.
 * If these two do not come out at their known times, the model is wrong.
 */
#pragma once

#include <stdint.h>

typedef struct policy_cost {
    uint64_t commands;
    uint64_t bytes;
    double total_ms;
    unsigned refusals; /* answers other than success; must be 0 */
} policy_cost;

/* The NervesKey library provisioning a 508A at 100 kHz, typical times: 74 commands. */
policy_cost policy_nerveskey(void);

/* The vendor's library doing the same work its own way: 73 commands. */
policy_cost policy_vendor(void);
