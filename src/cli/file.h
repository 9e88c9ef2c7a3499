/* SPDX-License-Identifier: Apache-2.0 */
/* Files of the command line: those of files/load.h, where "-" is the standard input as well. */
#pragma once

#include "files/load.h"
#include "link/whole_file.h"

typedef np_file cli_file;

static inline np_bytes cli_file_bytes(const cli_file *file)
{
    return np_file_bytes(file);
}

static inline void cli_file_clear(cli_file *file)
{
    np_file_clear(file);
}

NP_MUST_USE static inline np_code cli_file_load(const char *path, cli_file *ret, np_error *err)
{
    return np_file_load(path, ret, err);
}

/* The same; "-" is the standard input. */
NP_MUST_USE np_code cli_file_load_any(const char *path, cli_file *ret, np_error *err);

/* SHA-256 of a file of any size; "-" is the standard input. */
NP_MUST_USE np_code cli_file_digest(const char *path, uint8_t ret_digest[static 32], np_error *err);

/* NP_EINPUT_EXISTS when there is anything of that name, NP_ESTATION_IO when it cannot be made. */
NP_MUST_USE np_code cli_file_check_free(const char *path, np_error *err);
