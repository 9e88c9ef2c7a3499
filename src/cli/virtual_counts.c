/* SPDX-License-Identifier: Apache-2.0 */
#include "atecc/commands.h"
#include "cli/command.h"
#include "link/served_counts.h"
#include <inttypes.h>

/* People see what happened; in the document every command has its key. */
static void put_commands(const served_counts *counts, cli_output *output)
{
    size_t count = 0;
    const np_atecc_command_row *rows = np_atecc_command_rows(&count);
    json_t *commands = json_object();
    for (size_t i = 0; i < count; i++) {
        if (counts->commands[i] > 0) {
            cli_print(output, "%s: %" PRIu64, rows[i].name, counts->commands[i]);
        }
        json_object_set_new(commands, rows[i].name, json_integer((json_int_t)counts->commands[i]));
    }
    cli_put_json(output, "commands", commands);
}

np_code cli_virtual_counts(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    served_counts counts;
    NP_TRY(served_counts_read(arguments->target, &counts, err));
    cli_print(output, "wakes: %" PRIu64, counts.wakes);
    cli_put_json(output, "wakes", json_integer((json_int_t)counts.wakes));
    put_commands(&counts, output);
    return NP_OK;
}
