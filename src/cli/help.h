/* SPDX-License-Identifier: Apache-2.0 */
/* Help from the tables. It goes to stdout, as it was asked for; wrong usage gets a hint instead. */
#pragma once

#include "cli/command.h"

void cli_help_program(void);
void cli_help_noun(const char *noun);
void cli_help_command(const cli_command *command);

/* For the check that every command and option is in a manual page; see doc/man. */
void cli_dump_commands(void);

/* And every key of the configurations (cli/dump_keys.c). */
void cli_dump_keys(void);
