/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a served chip has had to do since serving began: the price of an application, in commands.
 * Asking is no transaction: it neither wakes the chip nor waits for who has the bus.
 */
#pragma once

#include "base/error.h"
#include <stdint.h>

enum { SERVED_COMMANDS_MAX = 32 }; /* room for each row of atecc/commands.h */

typedef struct served_counts {
    uint64_t wakes;
    uint64_t commands[SERVED_COMMANDS_MAX]; /* in the order of np_atecc_command_rows */
} served_counts;

/*
 * Of the chip at unix:PATH. NP_EUSAGE for a URI of another kind; errors as socket_client_open. A
 * server of before this question refuses it: NP_EINPUT_FORMAT.
 */
NP_MUST_USE np_code served_counts_read(const char *uri, served_counts *ret, np_error *err);
