/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A whole manifest: one thread takes the array apart, fixed workers verify, and what they found
 * comes out in the order of the file. An element whose uniqueId a good one before it had is
 * refused. Memory is that of a few batches and eight bytes an identifier.
 */
#pragma once

#include "cloud/manifest.h"
#include <stdio.h>

enum { NP_MANIFEST_WORKERS_MAX = 64 };

typedef struct np_manifest_import {
    FILE *file;
    const char *path; /* for errors */
    const np_manifest_signers *signers;
    unsigned workers; /* 1 to NP_MANIFEST_WORKERS_MAX */
    /* Of every element in order, accepted or refused, in the caller's thread. An error ends it. */
    NP_MUST_USE np_code (*take)(void *self, const np_manifest_entry *entry, np_error *err);
    void *self;
} np_manifest_import;

/*
 * NP_EINPUT_FORMAT where the array itself is broken: what stands before has been handed out then.
 * NP_ESTATION_IO, NP_ESTATION_MEMORY, NP_ESTATION_CRYPTO, and what take returns.
 */
NP_MUST_USE np_code np_manifest_import_run(const np_manifest_import *import, np_error *err);
