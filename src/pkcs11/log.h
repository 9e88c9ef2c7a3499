/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the module did, for people: one line a call, and what is wrong with a chip. Never a PIN,
 * never data that is signed. The programs that carry the module show codes at best, so trouble goes
 * to the system log when there is no log of our own.
 */
#pragma once

#include "base/error.h"
#include "pkcs11/cryptoki.h"

typedef struct module_log {
    int fd; /* -1: none */
    bool is_own;
} module_log;

/* place: a file to append to (made with mode 0600), "stderr", or empty for none. */
void log_open(module_log *log, const char *place);
void log_close(module_log *log);

NP_PRINTF(2, 3) void log_line(const module_log *log, const char *format, ...);

/* What is wrong, with the next step; to the system log when there is no other. */
void log_trouble(const module_log *log, const char *where, const np_error *trouble);

/* "CKR_OK"; "CKR_?" for a code that this module never returns. */
const char *log_code_name(CK_RV code);
