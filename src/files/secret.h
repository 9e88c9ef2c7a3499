/* SPDX-License-Identifier: Apache-2.0 */
/* PINs and passphrases: from a file that nobody else can read, or from whoever can be asked. */
#pragma once

#include "base/bytes.h"
#include "base/error.h"

enum { NP_SECRET_SIZE = 256 };

/* NUL-terminated. */
typedef struct np_secret {
    char text[NP_SECRET_SIZE];
} np_secret;

/* Wipes; for NP_CLEANUP. */
void np_secret_clear(np_secret *secret);

static inline np_bytes np_secret_bytes(const np_secret *secret)
{
    return np_bytes_text(secret->text);
}

/*
 * The first line. NP_EINPUT_RANGE when the file is open to others, NP_EINPUT_FORMAT when the line
 * is empty or too long.
 */
NP_MUST_USE np_code np_secret_load(const char *path, np_secret *ret, np_error *err);

/* Who may know a secret that no file has; prompt and otherwise are for people. Constant. */
typedef struct np_secret_asking {
    NP_MUST_USE np_code (*ask)(const char *prompt, const char *otherwise, np_secret *ret,
                               np_error *err);
    const char *passphrase_hint; /* how to do without asking for a passphrase */
} np_secret_asking;

/* Nobody. */
extern const np_secret_asking np_secret_nobody;
