/* SPDX-License-Identifier: Apache-2.0 */
/* A line for each status that the tests' programs get: "ok WHAT" or "not ok WHAT". */
#pragma once

#include <psa/crypto.h>
#include <stdbool.h>
#include <stdio.h>

static int expect_failures;

static inline void expect(const char *what, psa_status_t status, psa_status_t wanted)
{
    bool is_good = status == wanted;
    expect_failures += !is_good;
    printf("%s %s: %ld, %ld wanted\n", is_good ? "ok" : "not ok", what, (long)status, (long)wanted);
}
