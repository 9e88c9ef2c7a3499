/* SPDX-License-Identifier: Apache-2.0 */
/* Where a command finds the journals of modems (files/modem_journal.h). */
#pragma once

#include "cli/options.h"
#include "files/modem_journal.h"

/* --journal, or $XDG_STATE_HOME/nameplate, or ~/.local/state/nameplate. */
NP_MUST_USE np_code cli_modem_journal_folder(const cli_arguments *arguments,
                                             char ret[static PATH_MAX], np_error *err);
