/* SPDX-License-Identifier: Apache-2.0 */
/* The wall's clock for buses that have no other: CLOCK_MONOTONIC in nanoseconds. */
#pragma once

#include <stdint.h>

uint64_t clock_now_ns(void);

/* Returns at once when the time has passed; signals do not shorten it. */
void clock_wait_until_ns(uint64_t deadline_ns);
