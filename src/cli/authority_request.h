/* SPDX-License-Identifier: Apache-2.0 */
/* What --profile, --subject and --days say about a new signer. */
#pragma once

#include "cli/options.h"
#include "signer/authority.h"

enum {
    CLI_SECONDS_PER_DAY = 24 * 60 * 60,
    CLI_AUTHORITY_DAYS = 3650, /* as Nordic's tools, when none are given */
    CLI_DAYS_MAX = 36500,
};

/*
 * The profile is NULL when none is named: a signer that chips store, of --years. NP_EUSAGE for
 * another name, for days above 36500, and for --subject or --days without a profile.
 */
NP_MUST_USE np_code cli_authority_request(const cli_arguments *arguments, int64_t now,
                                          np_authority_request *ret, np_error *err);
