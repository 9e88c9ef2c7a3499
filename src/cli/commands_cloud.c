/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of commands for other people's clouds. */
#include "cli/command_rows.h"

const cli_command cli_cloud_commands[] = {
    {
        .noun = "cloud",
        .verb = "export",
        .target = "RECORD",
        .purpose = "write the files that a cloud takes, from a record",
        GROUPS(CLI_GROUP_EXPORT, CLI_GROUP_RECORD_KEY_OPTIONAL),
        .statuses = INPUT | REJECTS,
        .examples = {{"for nRF Cloud, in files of at most 1000 devices",
                      "nameplate cloud export units.npj --to nrfcloud --out nrf --key st07.pub"},
                     {"which devices were refused, and why",
                      "jq -r '.[] | [.serial, .rule] | @tsv' nrf/refused.json"},
                     {"as a table for everything else",
                      "nameplate cloud export units.npj --to csv --out table"}},
        .run = cli_cloud_export,
    },
};
const size_t cli_cloud_command_count = sizeof(cli_cloud_commands) / sizeof(cli_cloud_commands[0]);
