/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the journals of modems lie: one file for each modem and security tag, closed to others, in
 * --journal, or $XDG_STATE_HOME/nameplate, or ~/.local/state/nameplate.
 */
#pragma once

#include "cli/options.h"
#include "nordic/journal.h"
#include <limits.h>

typedef struct cli_modem_journal {
    char path[PATH_MAX];
} cli_modem_journal;

/*
 * Finds the file, makes its folder, and reads it; ret is all zero when there is none. modem is an
 * IMEI or a device id. NP_EINPUT_FORMAT when it is damaged, NP_ESTATION_IO.
 */
NP_MUST_USE np_code cli_modem_journal_open(const cli_arguments *arguments, const char *modem,
                                           np_sec_tag tag, cli_modem_journal *ret_file,
                                           np_nordic_journal *ret, np_error *err);

/* Durable when it returns NP_OK; the old one is there until then. */
NP_MUST_USE np_code cli_modem_journal_save(const cli_modem_journal *file,
                                           const np_nordic_journal *journal, np_error *err);
