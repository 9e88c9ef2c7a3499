/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of commands on keys for PSA Crypto. */
#include "cli/command_rows.h"

const cli_command cli_psa_commands[] = {
    {
        .noun = "psa",
        .verb = "provision",
        .purpose = "tell an application's key store about keys of a chip, and have it make others",
        GROUPS(CLI_GROUP_PSA, CLI_GROUP_PSA_KEYS, CLI_GROUP_PSA_SUBJECT, CLI_GROUP_CONSENT,
               CLI_GROUP_WAIT, CLI_GROUP_TRACE),
        .statuses = DEVICE | INPUT | CONFLICT | INTERRUPTED,
        .examples = {{"the key in slot 0 as id 16, a new one in slot 2 as id 18",
                      "nameplate psa provision --chip virtual:tng.np --store keys "
                      "--register id=16,slot=0 --generate id=18,slot=2"},
                     {"let the chip choose the slot, and name the device in the requests",
                      "nameplate psa provision --chip i2c:/dev/i2c-1 --store keys "
                      "--generate id=18 --subject 'CN={serial},O=Acme'"},
                     {"only look whether it can be done",
                      "nameplate psa provision --chip virtual:tng.np --store keys "
                      "--generate id=18 --dry-run"}},
        .run = cli_psa_provision,
    },
    {
        .noun = "psa",
        .verb = "list",
        .purpose = "show the keys of a store, and with a chip, whether they are in it",
        GROUPS(CLI_GROUP_PSA, CLI_GROUP_WAIT, CLI_GROUP_TRACE),
        .statuses = INPUT | CONFLICT,
        .examples = {{"what is there", "nameplate psa list --store keys"},
                     {"each key signs", "nameplate psa list --store keys --chip virtual:tng.np"},
                     {"the ids for a script",
                      "nameplate psa list --store keys --json | jq '.keys[].id'"}},
        .run = cli_psa_list,
    },
    {
        .noun = "psa",
        .verb = "register",
        .target = "KEY",
        .purpose = "give a key that is in the chip an id in a store",
        GROUPS(CLI_GROUP_PSA, CLI_GROUP_CONSENT, CLI_GROUP_WAIT, CLI_GROUP_TRACE),
        .statuses = DEVICE | INPUT | CONFLICT | INTERRUPTED,
        .examples = {{"the identity's key", "nameplate psa register id=16,slot=0 --store keys "
                                            "--chip virtual:tng.np"},
                     {"only if it is this public key",
                      "nameplate psa register id=16,slot=0,expect=$SHA256 --store keys "
                      "--chip i2c:/dev/i2c-1"},
                     {"its public key",
                      "nameplate psa register id=16,slot=0 --store keys --chip virtual:tng.np "
                      "--json | jq -r '.keys[].public_key'"}},
        .run = cli_psa_register,
    },
    {
        .noun = "psa",
        .verb = "generate",
        .target = "KEY",
        .purpose = "have the chip make a key, and give it an id in a store",
        GROUPS(CLI_GROUP_PSA, CLI_GROUP_CONSENT, CLI_GROUP_WAIT, CLI_GROUP_TRACE),
        .statuses = DEVICE | INPUT | CONFLICT | INTERRUPTED,
        .examples = {{"in the first slot that is free",
                      "nameplate psa generate id=18 --store keys --chip virtual:tng.np"},
                     {"in slot 3", "nameplate psa generate id=19,slot=3 --store keys "
                                   "--chip virtual:tng.np"},
                     {"over a key that nobody knows any more",
                      "nameplate psa generate id=20,slot=4 --store keys --chip virtual:tng.np "
                      "--yes"}},
        .run = cli_psa_generate,
    },
    {
        .noun = "psa",
        .verb = "csr",
        .target = "ID",
        .purpose = "make a certificate request that a key in the chip signs",
        GROUPS(CLI_GROUP_PSA, CLI_GROUP_PSA_SUBJECT, CLI_GROUP_WAIT, CLI_GROUP_TRACE),
        .statuses = DEVICE | INPUT | CONFLICT,
        .examples = {{"of key 18", "nameplate psa csr 18 --store keys --chip virtual:tng.np"},
                     {"with a subject of its own",
                      "nameplate psa csr 18 --store keys --chip virtual:tng.np "
                      "--subject 'CN={serial},O=Acme,C=DE'"},
                     {"checked by openssl", "nameplate psa csr 18 --store keys "
                                            "--chip virtual:tng.np | openssl req -verify -noout"}},
        .run = cli_psa_csr,
    },
    {
        .noun = "psa",
        .verb = "recover",
        .purpose = "end what a power failure interrupted in a store and its chip",
        GROUPS(CLI_GROUP_PSA, CLI_GROUP_WAIT, CLI_GROUP_TRACE),
        .statuses = INPUT | CONFLICT,
        .examples = {{"before an application starts that cannot",
                      "nameplate psa recover --store keys --chip i2c:/dev/i2c-1"},
                     {"of a virtual chip", "nameplate psa recover --store keys "
                                           "--chip virtual:tng.np"},
                     {"what the chip is asked", "nameplate psa recover --store keys "
                                                "--chip virtual:tng.np --trace"}},
        .run = cli_psa_recover,
    },
    {
        .noun = "psa",
        .verb = "gc",
        .purpose = "free the slots of keys that no store has a name for any more",
        GROUPS(CLI_GROUP_PSA, CLI_GROUP_CONSENT, CLI_GROUP_WAIT, CLI_GROUP_TRACE),
        .statuses = INPUT | CONFLICT | INTERRUPTED,
        .examples = {{"which are there?", "nameplate psa gc --store keys --chip virtual:tng.np "
                                          "--dry-run"},
                     {"free them", "nameplate psa gc --store keys --chip virtual:tng.np --yes"},
                     {"for a script", "nameplate psa gc --store keys --chip virtual:tng.np --yes "
                                      "--json | jq -c .freed"}},
        .run = cli_psa_gc,
    },
};
const size_t cli_psa_command_count = sizeof(cli_psa_commands) / sizeof(cli_psa_commands[0]);
