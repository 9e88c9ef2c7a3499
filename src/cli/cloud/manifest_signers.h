/* SPDX-License-Identifier: Apache-2.0 */
/* Who may have signed a manifest, from the files that a command line names. */
#pragma once

#include "cli/options.h"
#include "cloud/manifest.h"

/* NP_EUSAGE for too many; other errors name the file. */
NP_MUST_USE np_code cli_manifest_signers_load(const cli_list *paths, np_manifest_signers *ret,
                                              np_error *err);
