/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Units for benchmarks of issuing: points of keys that are each used once, issued by the profile
 * `device` in memory, without the index of duplicates. Who makes the signatures is the caller's.
 */
#pragma once

#include "signer/issue.h"
#include "signer/signer.h"

typedef struct bench_load bench_load;

/* NULL when something failed; the signer is borrowed. At most a million units. */
bench_load *bench_load_create(const np_signer *signer, unsigned units);
void bench_load_free(bench_load *load);

/* Issues all units once; signing is one for each worker. */
bool bench_issue(bench_load *load, const np_signing *signing, unsigned workers);
