/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeps the log readable: who knocks a thousand times a second fills it with the same line. Of one
 * source (a certificate and a reason, else an address and a kind) and of all sources together so
 * many lines are written in a period; the others are counted. Pure; the time is handed in. Inside
 * the room.
 */
#pragma once

#include "base/bytes.h"

enum { GATEWAY_QUIET_PERIOD_MS = 10000 };

typedef struct gateway_quiet_policy {
    unsigned of_one; /* lines in a period; 0: no limit */
    unsigned of_all;
} gateway_quiet_policy;

typedef struct gateway_quiet gateway_quiet;

/* NULL: out of memory. */
gateway_quiet *gateway_quiet_create(void);

/* Accepts NULL. */
void gateway_quiet_free(gateway_quiet *quiet);

/* May another line of this source be written? If not, it is counted. */
bool gateway_quiet_may_tell(gateway_quiet *quiet, const gateway_quiet_policy *policy,
                            np_bytes source, uint64_t now_ms);

/* How many were left out since the last time that this was asked; 0 while a period is not over. */
uint64_t gateway_quiet_take_left_out(gateway_quiet *quiet, uint64_t now_ms);
