/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a firmware key comes from: FILE, env:NAME (the text is the value of the variable), or
 * fd:NUMBER (read to its end). A secret never stands on the command line.
 */
#pragma once

#include "cli/options.h"
#include "firmware/key.h"

/* NP_EINPUT_MISSING, NP_EINPUT_FORMAT, NP_EINPUT_KEY; errors name the source. */
NP_MUST_USE np_code cli_firmware_public_key(const char *source, np_firmware_key *ret,
                                            np_error *err);

/*
 * A file must not be open to others: NP_EINPUT_RANGE. Of an encrypted one the passphrase comes from
 * --key-passphrase-file or is asked for.
 */
NP_MUST_USE np_code cli_firmware_private_key(const cli_arguments *arguments,
                                             np_firmware_private_key *ret, np_error *err);
