/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A new file of a long run. It is written as PATH.new and gets its name when all of it is on disk,
 * so that what stands under the name is whole; what a run that was killed left is written over.
 */
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include <stdio.h>

typedef struct cloud_fresh_file {
    const char *path; /* the caller's, as long as the file; NULL: none */
    FILE *file;
} cloud_fresh_file;

/* NP_EINPUT_EXISTS when there is anything of that name; NP_ESTATION_IO. */
NP_MUST_USE np_code cloud_fresh_file_open(const char *path, cloud_fresh_file *ret, np_error *err);

/* The same for what nobody else may read: mode 0600 from its first byte on. */
NP_MUST_USE np_code cloud_fresh_file_open_private(const char *path, cloud_fresh_file *ret,
                                                  np_error *err);

/* The bytes and a line feed. NP_ESTATION_IO. */
NP_MUST_USE np_code cloud_fresh_file_put_line(cloud_fresh_file *file, np_bytes bytes,
                                              np_error *err);

/* On disk and under its name when this returns NP_OK. */
NP_MUST_USE np_code cloud_fresh_file_finish(cloud_fresh_file *file, np_error *err);

/* For NP_CLEANUP; accepts all zero. Without finishing before, PATH.new is removed. */
void cloud_fresh_file_clear(cloud_fresh_file *file);
