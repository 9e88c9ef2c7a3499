/* SPDX-License-Identifier: Apache-2.0 */
/* What a modem gets, whether by a wire or on the air: the servers' roots, and a certificate. */
#pragma once

#include "cli/options.h"
#include "files/roots.h"
#include "signer/signer.h"
#include "x509/leaf.h"

/* --signer-cert, --signer-key, --profile and --days, from now or --now. */
NP_MUST_USE np_code cli_modem_prepare_signer(const cli_arguments *arguments, np_signer **ret_signer,
                                             const np_leaf_profile **ret_profile,
                                             np_leaf_template *ret_template, np_error *err);
