/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many may come to the door: in all, in a second, and from one address. Pure arithmetic; the
 * time is handed in. An IPv6 address counts by its first 64 bits, which is what one customer has.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

typedef struct np_limiter_policy {
    unsigned connections; /* at a time; 0: no limit */
    unsigned per_second;  /* new ones; twice as many after a quiet second; 0: no limit */
    unsigned per_address; /* at a time, from one address; 0: no limit */
} np_limiter_policy;

typedef enum np_limiter_verdict {
    NP_LIMITER_WELCOME,
    NP_LIMITER_FULL,
    NP_LIMITER_TOO_FAST,
    NP_LIMITER_TOO_MANY_OF_ONE,
} np_limiter_verdict;

typedef struct np_limiter np_limiter;

/* NULL: out of memory. */
np_limiter *np_limiter_create(const np_limiter_policy *policy);

/* Accepts NULL. */
void np_limiter_free(np_limiter *limiter);

/* Who is welcome is counted until np_limiter_leave. */
np_limiter_verdict np_limiter_come(np_limiter *limiter, const struct sockaddr_storage *peer,
                                   uint64_t now_ms);
void np_limiter_leave(np_limiter *limiter, const struct sockaddr_storage *peer);
size_t np_limiter_count(const np_limiter *limiter);
