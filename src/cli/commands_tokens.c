/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of commands for what modems say of themselves. */
#include "cli/command_rows.h"

const cli_command cli_token_commands[] = {
    {
        .noun = "modem",
        .verb = "parse",
        .target = "TOKEN",
        .purpose =
            "show and check what a modem says of itself: a KEYGEN reply or attestation token",
        GROUPS(CLI_GROUP_NRF_TOKEN),
        .statuses = INPUT,
        .examples = {{"and save the request and the public key as Nordic's tools name them",
                      "nameplate modem parse \"$REPLY\" --save"},
                     {"what a terminal has recorded", "nameplate modem parse session.txt"},
                     {"pin the device's identity key on first use",
                      "nameplate modem parse \"$TOKEN\" --pins devices.pins"}},
        .run = cli_modem_parse,
    },
};

const size_t cli_token_command_count = NP_COUNT_OF(cli_token_commands);
