/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of commands about the right to issue. */
#include "cli/command_rows.h"

const cli_command cli_authorization_commands[] = {
    {
        .noun = "authorization",
        .verb = "create",
        .purpose = "write down what may be issued; it allows nothing until it is signed",
        GROUPS(CLI_GROUP_AUTHORIZATION_TERMS, CLI_GROUP_AUTHORIZATION_PLACE),
        .statuses = INPUT,
        .examples = {{"5000 units at one station until the end of the year",
                      "nameplate authorization create --batch b42 --count 5000 "
                      "--serials T2-000001..T2-005000 --until 2026-12-31 --station st07.pub "
                      "--out b42.auth"},
                     {"two stations that share the count, one profile",
                      "nameplate authorization create --batch b42 --count 5000 "
                      "--serials T2-000001..T2-009999 --until 2026-12-31 --station st07.pub "
                      "--station st08.pub --profile device --out b42.auth"},
                     {"look at it before it is signed", "nameplate authorization show b42.auth"}},
        .run = cli_authorization_create,
    },
    {
        .noun = "authorization",
        .verb = "sign",
        .target = "FILE",
        .purpose = "sign an authorization with the authority's key",
        GROUPS(CLI_GROUP_AUTHORIZATION_KEY),
        .statuses = INPUT | CONFLICT,
        .examples = {{"with a key in a file",
                      "nameplate authorization sign b42.auth --key authority.key"},
                     {"with a key in an HSM",
                      "nameplate authorization sign b42.auth --key "
                      "'pkcs11:token=office;object=authority?pin-source=file:/etc/nameplate/pin'"},
                     {"and check it", "nameplate authorization show b42.auth --key authority.pub"}},
        .run = cli_authorization_sign,
    },
    {
        .noun = "authorization",
        .verb = "show",
        .target = "FILE",
        .purpose = "show what an authorization allows, and whether it is signed",
        GROUPS(CLI_GROUP_RECORD_KEY_OPTIONAL, CLI_GROUP_REGISTRY),
        .statuses = INPUT | POLICY,
        .examples = {{"verify it", "nameplate authorization show b42.auth --key authority.pub"},
                     {"and how many units a registry has counted",
                      "nameplate authorization show b42.auth --registry units.db"},
                     {"which stations may issue",
                      "nameplate authorization show b42.auth --json | jq -r '.stations[].name'"}},
        .run = cli_authorization_show,
    },
};

const size_t cli_authorization_command_count = NP_COUNT_OF(cli_authorization_commands);
