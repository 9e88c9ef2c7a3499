/* SPDX-License-Identifier: Apache-2.0 */
/* Files of the command line, read whole within limits. How they are written: link/whole_file.h. */
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include "link/whole_file.h"

/* Certificates, keys and configurations are a few kilobytes. Not tuned. */
enum { CLI_FILE_MAX = 1024 * 1024 };

typedef struct cli_file {
    uint8_t *data; /* heap */
    size_t len;
} cli_file;

static inline np_bytes cli_file_bytes(const cli_file *file)
{
    return (np_bytes){file->data, file->len};
}

/* Wipes (it may have been a key) and releases. */
void cli_file_clear(cli_file *file);

/* NP_EINPUT_MISSING, NP_EINPUT_RANGE above the limit, NP_ESTATION_IO; each names the file. */
NP_MUST_USE np_code cli_file_load(const char *path, cli_file *ret, np_error *err);

/* The same; "-" is the standard input. */
NP_MUST_USE np_code cli_file_load_any(const char *path, cli_file *ret, np_error *err);

/* SHA-256 of a file of any size; "-" is the standard input. */
NP_MUST_USE np_code cli_file_digest(const char *path, uint8_t ret_digest[static 32], np_error *err);

/* NP_EINPUT_EXISTS when there is anything of that name, NP_ESTATION_IO when it cannot be made. */
NP_MUST_USE np_code cli_file_check_free(const char *path, np_error *err);
