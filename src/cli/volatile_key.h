/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of the layout nerveskey-volatile: from files, wiped, never on the command line. */
#pragma once

#include "base/error.h"
#include "nerveskey/volatile.h"

typedef struct cli_volatile_key {
    uint8_t bytes[NP_VOLATILE_KEY_SIZE];
} cli_volatile_key;

/* For NP_CLEANUP. */
void cli_volatile_key_clear(cli_volatile_key *key);

/* 16 bytes or 32 hex digits, with or without a line feed behind. Errors name the file. */
NP_MUST_USE np_code cli_volatile_key_load(const char *path, cli_volatile_key *ret, np_error *err);

/*
 * np_volatile_run with the key of this file, NULL: without one. Signals wait for its end, so that
 * no chip stays authorised because somebody pressed Control-C.
 */
NP_MUST_USE np_code cli_volatile_run(const char *path, np_atecc *chip, const np_volatile_work *work,
                                     np_error *err);
