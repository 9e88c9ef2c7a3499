/* SPDX-License-Identifier: Apache-2.0 */
/* Consent to what cannot be undone: an option, the hash of the plan, or a word typed. */
#pragma once

#include "cli/plan.h"

/*
 * --plan, if it is given, must be this hash, whatever else is: NP_ECONSENT, or NP_EUSAGE for no
 * hash.
 */
NP_MUST_USE np_code cli_consent_check(const cli_arguments *arguments, const uint8_t hash[static 32],
                                      np_error *err);

/*
 * Is there consent, by --yes, --plan or the word typed on a terminal? "what" begins the sentence
 * that tells why it is needed. The plan was shown before. NP_ECONSENT, NP_EINTERRUPTED_WORD.
 */
NP_MUST_USE np_code cli_consent_get(const cli_arguments *arguments, const char *word,
                                    const char *what, np_error *err);

/* --plan must be the plan's hash, whatever else is given: NP_ECONSENT, or NP_EUSAGE for no hash. */
NP_MUST_USE np_code cli_consent_check_hash(const cli_arguments *arguments, const np_plan *plan,
                                           np_error *err);

/*
 * Shows the plan on stderr. NP_ECONSENT without a terminal and without --yes or --plan,
 * NP_EINTERRUPTED_WORD when the word typed is not LOCK.
 */
NP_MUST_USE np_code cli_consent_ask(const cli_arguments *arguments, const cli_planning *planning,
                                    np_error *err);
