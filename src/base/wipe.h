/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that held a secret is wiped, and the compiler may not think better of it. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline void np_wipe(void *memory, size_t size)
{
    memset(memory, 0, size);
    __asm__ volatile("" : : "r"(memory) : "memory");
}

/* Releases a local when it goes out of scope; the function takes a pointer to the variable. */
#define NP_CLEANUP(function) __attribute__((cleanup(function)))

/* A 32-byte secret that wipes itself: NP_SECRET32 key = {0}; */
typedef struct np_secret32 {
    uint8_t bytes[32];
} np_secret32;

static inline void np_secret32_clear(np_secret32 *secret)
{
    np_wipe(secret, sizeof(*secret));
}

#define NP_SECRET32 NP_CLEANUP(np_secret32_clear) np_secret32
