/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of commands that prove what was made. */
#include "cli/command_rows.h"

const cli_command cli_record_commands[] = {
    {
        .noun = "record",
        .verb = "verify",
        .target = "FILE",
        .purpose = "check that a record is whole, unchanged and signed by a station",
        GROUPS(CLI_GROUP_RECORD_KEY, CLI_GROUP_RECORD_HEAD),
        .statuses = INPUT,
        .examples = {{"with the public key that the station's owner gave out",
                      "nameplate record verify units.npj --key st07.pub"},
                     {"that nothing was cut off since then",
                      "nameplate record verify units.npj --key st07.pub --head $HEAD"},
                     {"the first bad line",
                      "nameplate record verify units.npj --key st07.pub --json | jq .line"}},
        .run = cli_record_verify,
    },
    {
        .noun = "record",
        .verb = "query",
        .target = "FILE",
        .operand = "[SERIAL]",
        .purpose = "print the lines of units, as they are in the record",
        GROUPS(CLI_GROUP_RECORD_QUERY, CLI_GROUP_RECORD_KEY_OPTIONAL),
        .statuses = INPUT,
        .examples = {{"by serial", "nameplate record query units.npj T2-000017 > unit.json"},
                     {"by the fingerprint of a certificate",
                      "nameplate record query units.npj --fingerprint $FINGERPRINT"},
                     {"the certificate of a unit",
                      "nameplate record query units.npj T2-000017 | jq -r .cert | base64 -d | "
                      "openssl x509 -inform DER -noout -text"}},
        .run = cli_record_query,
    },
    {
        .noun = "record",
        .verb = "prove",
        .target = "FILE",
        .operand = "SERIAL",
        .purpose = "prove that one unit is in a record, without showing the others",
        GROUPS(CLI_GROUP_RECORD_KEY_OPTIONAL),
        .statuses = INPUT,
        .examples = {{"the proof and the line that it is about",
                      "nameplate record prove units.npj T2-000017 > unit.proof"},
                     {"who has both can check them",
                      "nameplate record check-proof unit.proof unit.json --key st07.pub"},
                     {"in hex", "nameplate record prove units.npj T2-000017 --json | "
                                "jq -r .proof"}},
        .run = cli_record_prove,
    },
    {
        .noun = "record",
        .verb = "check-proof",
        .target = "PROOF",
        .operand = "UNIT",
        .purpose = "check the proof of a unit, whose line is in a file",
        GROUPS(CLI_GROUP_RECORD_KEY),
        .statuses = INPUT,
        .examples = {{"what the station signed about this unit",
                      "nameplate record check-proof unit.proof unit.json --key st07.pub"},
                     {"as a condition", "nameplate record check-proof unit.proof unit.json "
                                        "--key st07.pub >/dev/null && echo made by st07"},
                     {"its certificate, now that it is proven",
                      "nameplate record check-proof unit.proof unit.json --key st07.pub --json | "
                      "jq -r .unit.cert"}},
        .run = cli_record_check_proof,
    },
    {
        .noun = "record",
        .verb = "show",
        .target = "FILE",
        .purpose = "show whose record it claims to be, its batches, and where it ends",
        GROUPS(CLI_GROUP_RECORD_KEY_OPTIONAL),
        .statuses = INPUT,
        .examples = {{"a summary", "nameplate record show units.npj"},
                     {"where it ends, to be kept elsewhere",
                      "nameplate record show units.npj --json | jq -r .head"},
                     {"units a batch", "nameplate record show units.npj --json | "
                                       "jq -r '.batches[] | [.batch, .count] | @tsv'"}},
        .run = cli_record_show,
    },
};
const size_t cli_record_command_count =
    sizeof(cli_record_commands) / sizeof(cli_record_commands[0]);
