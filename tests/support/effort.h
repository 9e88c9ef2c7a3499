/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How far a sweep goes, which would be as good with any number of steps. Everything is for
 * `make soak`. A test goes the usual way, and a fifth of it under sanitizers, where each step takes
 * several times as long: the same steps have been made without them in the build beside.
 */
#pragma once

#include <stdlib.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define EFFORT_IS_SANITIZED 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define EFFORT_IS_SANITIZED 1
#endif

enum { EFFORT_SANITIZED_PART = 5 };

/* Steps to make: at least one. */
static inline unsigned effort(unsigned usual, unsigned soak)
{
    if (getenv("NP_SOAK") != NULL) {
        return soak;
    }
#ifdef EFFORT_IS_SANITIZED
    usual = (usual + EFFORT_SANITIZED_PART - 1) / EFFORT_SANITIZED_PART;
#endif
    return usual;
}
