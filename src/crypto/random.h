/* SPDX-License-Identifier: Apache-2.0 */
/* Randomness is handed in: the system's for real work, a seeded one for tests and replays. */
#pragma once

#include "base/error.h"
#include <stdint.h>

typedef struct np_random {
    NP_MUST_USE np_code (*fill)(void *self, uint8_t *ret_bytes, size_t size, np_error *err);
    void *self;
} np_random;

/* libcrypto's generator. */
np_random np_random_system(void);

/*
 * A reproducible stream for tests and virtual parts, never for keys that matter: SHA-256 over the
 * seed and a counter. The state is the caller's and must outlive the table.
 */
typedef struct np_random_seeded {
    uint64_t seed;
    uint64_t counter;
} np_random_seeded;

np_random np_random_by_seed(np_random_seeded *state);
