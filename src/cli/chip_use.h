/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands that use a provisioned chip share. */
#pragma once

#include "cli/chip.h"

/*
 * Opens the target and asks for its locks: NP_ECONFLICT_OTHER with the next step when the data zone
 * is not locked, because nothing of this can be used then.
 */
NP_MUST_USE np_code cli_use_open(const cli_arguments *arguments, cli_chip *ret, np_error *err);

/*
 * Signs a digest with the device's key, which --activation-key-file authorises for just this.
 */
NP_MUST_USE np_code cli_use_sign(const cli_arguments *arguments, cli_chip *chip,
                                 const uint8_t digest[static 32], uint8_t ret_signature[static 64],
                                 np_error *err);
