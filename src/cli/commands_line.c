/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of commands around a production line: setting one up, and labels. */
#include "cli/command_rows.h"

const cli_command cli_line_commands[] = {
    {
        .noun = "init",
        .verb = "",
        .target = "DIR",
        .purpose = "write the configuration of a first line, and tell the commands that begin it",
        GROUPS(CLI_GROUP_INIT),
        .statuses = INPUT,
        .examples = {{"to try, with chips in files", "nameplate init line --virtual"},
                     {"a line of four bays for one product",
                      "nameplate init line --product tracker2 --serial 'T2-{6}' --bays 4"},
                     {"and begin it at once", "nameplate init line --virtual --json | "
                                              "jq -r '.commands[].command' | sh -e"}},
        .run = cli_init,
    },
    {
        .noun = "station",
        .verb = "label",
        .target = "SERIAL",
        .purpose = "make the label of a unit, or check what a scanner has read of it",
        GROUPS(CLI_GROUP_LABEL, CLI_GROUP_RECORD_KEY_OPTIONAL),
        .statuses = DEVICE | INPUT,
        .examples = {{"for a printer of labels",
                      "nameplate station label T2-000017 --record units.npj "
                      "--template label.conf --out T2-000017.zpl"},
                     {"for a look", "nameplate station label T2-000017 --record units.npj "
                                    "--template label.conf --out T2-000017.png"},
                     {"is it this label that the scanner has read?",
                      "zbarimg -q --raw T2-000017.png | nameplate station label T2-000017 "
                      "--record units.npj --template label.conf --check -"}},
        .run = cli_station_label,
    },
};
const size_t cli_line_command_count = NP_COUNT_OF(cli_line_commands);
