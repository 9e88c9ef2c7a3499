/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Raising and forwarding errors inside Nameplate. Rule for callers: raise with np_error_set in one
 * return statement, forward with NP_TRY, add context with np_error_prefix only at a room's border.
 * The formatter knows %s %.*s %c %d %u %x %X %zu %% with zero padding and width; nothing else.
 */
#pragma once

#include <nameplate/error.h>

/* Forwards any failure unchanged. */
#define NP_TRY(expression)                                                                         \
    do {                                                                                           \
        np_code np_try_code = (expression);                                                        \
        if (np_try_code != NP_OK) {                                                                \
            return np_try_code;                                                                    \
        }                                                                                          \
    } while (0)

/* Fills err (if not NULL) and returns code. */
np_code np_error_set(np_error *err, np_code code, const char *format, ...) NP_PRINTF(3, 4);

/* The same with a sub-code: chip status byte or errno. */
np_code np_error_set_sub(np_error *err, np_code code, int sub, const char *format, ...)
    NP_PRINTF(4, 5);

/* Puts "text: " before the message. Returns the code of err, so that it can end a return. */
np_code np_error_prefix(np_error *err, np_code code, const char *format, ...) NP_PRINTF(3, 4);

/* Sets the next step. Returns code. */
np_code np_error_hint(np_error *err, np_code code, const char *format, ...) NP_PRINTF(3, 4);
