/* SPDX-License-Identifier: Apache-2.0 */
/* What a modem's URI says: where it is, and how to talk to it. Pure but for its memory. */
#pragma once

#include "modem/dialogue.h"
#include <nameplate/error.h>

typedef enum modem_flow {
    MODEM_FLOW_RTSCTS,
    MODEM_FLOW_XONXOFF,
    MODEM_FLOW_NONE,
    MODEM_FLOW_COUNT
} modem_flow;

enum { MODEM_BAUD = 115200 };

typedef struct modem_target {
    char *place; /* heap: the tty, or the state file */
    bool is_virtual;
    unsigned baud;
    modem_flow flow;
    np_modem_host host; /* AUTO: to be found out */
    np_line_end line_end;
} modem_target;

/*
 * "serial:PATH?...", "virtual:FILE?...", or a plain path of a tty. NP_EUSAGE for another scheme, an
 * unknown or malformed query, or an empty place. modem_target_clear whatever it returned.
 */
NP_MUST_USE np_code modem_target_parse(const char *uri, modem_target *ret, np_error *err);
void modem_target_clear(modem_target *target);
