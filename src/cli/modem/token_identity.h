/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose identity key has signed a token? By --identity-key, or by the pins of --pins (trust on
 * first use). Judging changes no file; the pins are stored when all else has been done.
 */
#pragma once

#include "cli/options.h"
#include "nordic/pins.h"
#include "nordic/token_checks.h"

typedef struct cli_token_identity {
    bool has_key; /* one that is known, or pinned */
    uint8_t key[NP_P256_POINT_SIZE];
    bool is_pinned; /* there is a file of pins */
    np_pin_outcome pin;
} cli_token_identity;

/* Are the files readable, and the key one? For commands that have no token yet. */
NP_MUST_USE np_code cli_token_check_files(const cli_arguments *arguments, np_error *err);

/*
 * All checks of the token. What the pins say against it counts as a failed signature. NP_EINPUT_*
 * when a file cannot be read or the token has no request or key.
 */
NP_MUST_USE np_code cli_token_judge(const cli_arguments *arguments, const np_token *token,
                                    cli_token_identity *ret, np_token_report *ret_report,
                                    np_error *err);

/*
 * Adds what the token says to the pins as they are now, whole or not at all; nothing without
 * --pins. One process at a time. NP_EDEVICE_VERIFY when they have another key for the device.
 */
NP_MUST_USE np_code cli_token_store_pins(const cli_arguments *arguments, const np_token *token,
                                         np_error *err);
