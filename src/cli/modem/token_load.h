/* SPDX-License-Identifier: Apache-2.0 */
/* A token from the command line, a file or the standard input; and the files that are made of one.
 */
#pragma once

#include "nordic/token_checks.h"
#include <limits.h>

/* The word is the token itself if it has no path of a file in it; "-" is the standard input. */
NP_MUST_USE np_code cli_token_load(const char *word, np_token *ret, np_error *err);

/* "<folder>/<prefix><uuid>_<sectag>_csr.pem" and "..._pub.pem"; the first is empty for a key alone.
 */
typedef struct cli_token_paths {
    char request[PATH_MAX];
    char public_key[PATH_MAX];
} cli_token_paths;

/* NP_EINPUT_MISSING without an attestation, which has both; NP_EINPUT_RANGE for too long a path. */
NP_MUST_USE np_code cli_token_name_files(const np_token *token, const char *folder,
                                         const char *prefix, cli_token_paths *ret, np_error *err);

/* What goes into the two. */
enum { CLI_TOKEN_PEM_SIZE = NP_TOKEN_BYTES_MAX * 3 / 2 + 128 };
void cli_token_write_request(const np_token *token, np_writer *writer);
void cli_token_write_public_key(const np_token_report *report, np_writer *writer);
