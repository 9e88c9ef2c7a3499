/* SPDX-License-Identifier: Apache-2.0 */
/* What a modem gets, whether by a wire or on the air: the servers' roots, and a certificate. */
#pragma once

#include "cli/options.h"
#include "signer/signer.h"
#include "x509/leaf.h"

enum { CLI_MODEM_ROOTS_MAX = 4096 };

/* --root and --coap; ret has CLI_MODEM_ROOTS_MAX characters and a NUL. */
NP_MUST_USE np_code cli_modem_load_roots(const cli_arguments *arguments, char *ret, np_error *err);

/* --signer-cert, --signer-key, --profile and --days, from now or --now. */
NP_MUST_USE np_code cli_modem_prepare_signer(const cli_arguments *arguments, np_signer **ret_signer,
                                             const np_leaf_profile **ret_profile,
                                             np_leaf_template *ret_template, np_error *err);
