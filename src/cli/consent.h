/* SPDX-License-Identifier: Apache-2.0 */
/* Consent to what cannot be undone: an option, the hash of the plan, or a word typed. */
#pragma once

#include "cli/plan.h"

/* --plan must be the plan's hash, whatever else is given: NP_ECONSENT, or NP_EUSAGE for no hash. */
NP_MUST_USE np_code cli_consent_check_hash(const cli_arguments *arguments, const np_plan *plan,
                                           np_error *err);

/*
 * Shows the plan on stderr. NP_ECONSENT without a terminal and without --yes or --plan,
 * NP_EINTERRUPTED_WORD when the word typed is not LOCK.
 */
NP_MUST_USE np_code cli_consent_ask(const cli_arguments *arguments, const cli_planning *planning,
                                    np_error *err);
