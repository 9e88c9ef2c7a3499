/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that are there whole or not at all, whenever the power goes: made anew and never
 * overwritten, or replaced by a new file beside them and a rename. What returned is on disk, its
 * name too. Nothing else in the house renames over a file, but for two that must not need this
 * room's errors: the key store for Mbed TLS (psa/store) and the cache of chips (token/cache).
 */
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include <sys/types.h>

/*
 * NP_EINPUT_EXISTS when there is anything of this name, NP_ESTATION_IO. Nothing is left of it after
 * a failure.
 */
NP_MUST_USE np_code np_file_create(const char *path, mode_t mode, np_bytes bytes, np_error *err);

/*
 * One writer at a time: what a killed one left beside it is removed. NP_EINPUT_RANGE when the path
 * is too long, NP_ESTATION_IO; then the file is as it was.
 */
NP_MUST_USE np_code np_file_replace(const char *path, mode_t mode, np_bytes bytes, np_error *err);

/* Writes all and has it on disk; false: errno. */
bool np_file_write(int fd, np_bytes bytes);

/* Makes the name durable. NP_ESTATION_IO. */
NP_MUST_USE np_code np_file_sync_name(const char *path, np_error *err);
