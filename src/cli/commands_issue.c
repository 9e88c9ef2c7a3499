/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of commands that issue. */
#include "cli/command_rows.h"

const cli_command cli_issue_commands[] = {
    {
        .noun = "issue",
        .verb = "",
        .target = "INPUT",
        .purpose = "issue a certificate for every row or request of a file",
        GROUPS(CLI_GROUP_SIGNER, CLI_GROUP_SIGNER_KEY, CLI_GROUP_ISSUE, CLI_GROUP_ISSUE_FILES,
               CLI_GROUP_RECORD, CLI_GROUP_AUTHORIZATION, CLI_GROUP_REGISTRY),
        .statuses = INPUT | CONFLICT | POLICY | INTERRUPTED | REJECTS,
        .examples = {{"from a CSV with the columns serial and public_key",
                      "nameplate issue units.csv --signer-cert acme.cert --signer-key acme.key "
                      "--profile device --subject 'C=DE,O=Acme' --out units.ndjson"},
                     {"from a folder of requests, as Nordic's tools would, for ten years",
                      "nameplate issue requests --signer-cert ca.pem --signer-key ca.key "
                      "--profile nrf-2026 --days 3650 --out units.ndjson"},
                     {"with a record, so that an interrupted run is resumed",
                      "nameplate issue units.csv --signer-cert acme.cert --signer-key acme.key "
                      "--profile device --out units.ndjson --record units.npj "
                      "--station-key st07.key --batch b42"}},
        .run = cli_issue,
    },
};

const size_t cli_issue_command_count = NP_COUNT_OF(cli_issue_commands);
