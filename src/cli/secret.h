/* SPDX-License-Identifier: Apache-2.0 */
/* PINs and passphrases that are typed without being shown. Those in files: files/secret.h. */
#pragma once

#include "files/secret.h"

/*
 * Asks on the terminal; a new secret is asked for twice. NP_EUSAGE without a terminal, with how to
 * do without one as the hint; NP_EINTERRUPTED_WORD when the two differ or nothing was typed.
 */
NP_MUST_USE np_code cli_secret_ask(const char *prompt, bool is_new, const char *otherwise,
                                   np_secret *ret, np_error *err);

/* The same for a secret that there is. */
extern const np_secret_asking cli_secret_terminal;
