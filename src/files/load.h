/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What people name by a path, opened: certificates, keys, secrets, authorizations, a modem's
 * journal. The same for commands, for a station and for a program that drives one. This room asks
 * nobody and prints nothing: who knows a passphrase is handed in (files/secret.h). Rule for
 * callers: what was loaded may have been a key, and is cleared.
 *
 * Here: files, read whole within limits. How they are written: link/whole_file.h.
 */
#pragma once

#include "base/bytes.h"
#include "base/error.h"

/* Certificates, keys and configurations are a few kilobytes. Not tuned. */
enum { NP_FILE_MAX = 1024 * 1024 };

typedef struct np_file {
    uint8_t *data; /* heap */
    size_t len;
} np_file;

static inline np_bytes np_file_bytes(const np_file *file)
{
    return (np_bytes){file->data, file->len};
}

/* Wipes (it may have been a key) and releases. */
void np_file_clear(np_file *file);

/* NP_EINPUT_MISSING, NP_EINPUT_FORMAT for a folder, NP_EINPUT_RANGE above the limit,
 * NP_ESTATION_IO; each names the file. */
NP_MUST_USE np_code np_file_load(const char *path, np_file *ret, np_error *err);

/* For reading; *ret_fd is the caller's, also after NP_EINPUT_FORMAT, which a folder has; -1 after
 * NP_EINPUT_MISSING and NP_ESTATION_IO. */
NP_MUST_USE np_code np_file_open(const char *path, int *ret_fd, np_error *err);
