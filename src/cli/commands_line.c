/* SPDX-License-Identifier: Apache-2.0 */
/* The row of the command that makes labels. */
#include "cli/command_rows.h"

const cli_command cli_label_commands[] = {
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
const size_t cli_label_command_count = NP_COUNT_OF(cli_label_commands);
