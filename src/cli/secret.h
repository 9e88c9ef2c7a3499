/* SPDX-License-Identifier: Apache-2.0 */
/* PINs and passphrases: from a file that nobody else can read, or typed without being shown. */
#pragma once

#include "base/bytes.h"
#include "base/error.h"

enum { CLI_SECRET_SIZE = 256 };

/* NUL-terminated. */
typedef struct cli_secret {
    char text[CLI_SECRET_SIZE];
} cli_secret;

/* Wipes; for NP_CLEANUP. */
void cli_secret_clear(cli_secret *secret);

static inline np_bytes cli_secret_bytes(const cli_secret *secret)
{
    return np_bytes_text(secret->text);
}

/*
 * The first line. NP_EINPUT_RANGE when the file is open to others, NP_EINPUT_FORMAT when the line
 * is empty or too long.
 */
NP_MUST_USE np_code cli_secret_load(const char *path, cli_secret *ret, np_error *err);

/*
 * Asks on the terminal; a new secret is asked for twice. NP_EUSAGE without a terminal, with how to
 * do without one as the hint; NP_EINTERRUPTED_WORD when the two differ or nothing was typed.
 */
NP_MUST_USE np_code cli_secret_ask(const char *prompt, bool is_new, const char *otherwise,
                                   cli_secret *ret, np_error *err);
