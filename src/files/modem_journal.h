/* SPDX-License-Identifier: Apache-2.0 */
/* The journals of modems: one file for each modem and security tag, closed to others. */
#pragma once

#include "nordic/journal.h"
#include <limits.h>

typedef struct np_modem_journal {
    char path[PATH_MAX];
} np_modem_journal;

/*
 * Makes the folder, and reads it; ret is all zero when there is none. modem is an
 * IMEI or a device id. NP_EINPUT_FORMAT when it is damaged, NP_ESTATION_IO.
 */
NP_MUST_USE np_code np_modem_journal_open(const char *folder, const char *modem, np_sec_tag tag,
                                          np_modem_journal *ret_file, np_nordic_journal *ret,
                                          np_error *err);

/* Durable when it returns NP_OK; the old one is there until then. */
NP_MUST_USE np_code np_modem_journal_save(const np_modem_journal *file,
                                          const np_nordic_journal *journal, np_error *err);
