/* SPDX-License-Identifier: Apache-2.0 */
/* What the tables of commands are written with. For their files alone. */
#pragma once

#include "cli/command.h"
#include <stddef.h>

#define MEMBER(name)   offsetof(cli_arguments, name)
#define STATUS(n)      (1U << (n))
#define OPTIONS(table) .options = (table), .option_count = sizeof(table) / sizeof((table)[0])

/* Statuses by class; 0, 2 and 6 can happen everywhere. */
enum {
    DEVICE = STATUS(NP_CLASS_DEVICE),
    INPUT = STATUS(NP_CLASS_INPUT),
    CONFLICT = STATUS(NP_CLASS_CONFLICT),
    INTERRUPTED = STATUS(NP_CLASS_INTERRUPTED),
};

/* Using a chip that has its identity. */
extern const cli_command cli_use_commands[];
extern const size_t cli_use_command_count;
