/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One process at a time: an flock on PATH.lock, which contains the holder's process number. The
 * kernel gives the lock back when its holder dies, so a stale file never locks anybody out.
 */
#pragma once

#include "base/error.h"

/*
 * Waits at most wait_ms. *ret_fd is the open lock. NP_ESTATION_BUSY names the holder;
 * NP_ESTATION_IO when the lock file cannot be made.
 */
NP_MUST_USE np_code lock_file_take(const char *path, unsigned wait_ms, int *ret_fd, np_error *err);

/* Removes the lock file and closes it. */
void lock_file_release(const char *path, int fd);
