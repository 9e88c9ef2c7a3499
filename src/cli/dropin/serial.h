/* SPDX-License-Identifier: Apache-2.0 */
/* The options by which Nordic's programs find a serial port. */
#pragma once

#include "cli/dropin/dropin.h"
#include <limits.h>

#define DROPIN_SERIAL_OPTIONS                                                                      \
    {"--port", "--port", NULL, false, DROPIN_MEMBER(port)},                                        \
        {"--baud", "--baud", NULL, false, DROPIN_MEMBER(baud)},                                    \
        {"--xonxoff", "--xonxoff", NULL, true, DROPIN_MEMBER(xonxoff)},                            \
        {"--rtscts_off", "--rtscts-off", NULL, true, DROPIN_MEMBER(is_without_flow)},              \
        {"--cmd_type", "--cmd-type", NULL, false, DROPIN_MEMBER(command_type)},                    \
        {"--term", "--term", NULL, false, DROPIN_MEMBER(terminator)},                              \
        {"--dsrdtr", "--dsrdtr", NULL, true, DROPIN_MEMBER(ignored_flag)},                         \
        {"-A", "-A", "--all", true, DROPIN_MEMBER(ignored_flag)},                                  \
        {"-v", "-v", "--verbose", true, DROPIN_MEMBER(ignored_flag)},                              \
        {"-P", "-P", "--plain", true, DROPIN_MEMBER(plain)},                                       \
    {                                                                                              \
        "--log-level", "--log-level", NULL, false, DROPIN_MEMBER(log_level)                        \
    }

/* The target that these options name, or $NAMEPLATE_MODEM. NP_EUSAGE. */
NP_MUST_USE np_code dropin_target(const dropin_arguments *arguments,
                                  char ret_target[static PATH_MAX], np_error *err);
