/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of commands for firmware archives. */
#include "cli/command_rows.h"

const cli_command cli_firmware_commands[] = {
    {
        .noun = "firmware",
        .verb = "keygen",
        .target = "NAME",
        .purpose = "make a key pair that signs firmware: NAME.pub and NAME.priv, as fwup has them",
        GROUPS(CLI_GROUP_FIRMWARE_ENCRYPT),
        .statuses = INPUT | INTERRUPTED,
        .examples = {{"the key of production", "nameplate firmware keygen prod"},
                     {"with a passphrase, typed twice", "nameplate firmware keygen prod --encrypt"},
                     {"its fingerprint for a script",
                      "nameplate firmware keygen debug --json | jq -r .fingerprint"}},
        .run = cli_firmware_keygen,
    },
    {
        .noun = "firmware",
        .verb = "sign",
        .target = "ARCHIVE",
        .purpose = "sign an archive, or sign it again with another key",
        GROUPS(CLI_GROUP_FIRMWARE_SIGN),
        .statuses = INPUT | INTERRUPTED,
        .examples = {{"in place", "nameplate firmware sign app.fw --key prod.priv"},
                     {"a signed copy",
                      "nameplate firmware sign app.fw --key prod.priv --out signed.fw"},
                     {"with a key that a secret store gives to this process",
                      "nameplate firmware sign app.fw --key env:FIRMWARE_KEY"}},
        .run = cli_firmware_sign,
    },
    {
        .noun = "firmware",
        .verb = "verify",
        .target = "ARCHIVE",
        .purpose = "tell whether an archive may be installed, and which key signed it",
        GROUPS(CLI_GROUP_FIRMWARE_VERIFY, CLI_GROUP_FIRMWARE_POLICY, CLI_GROUP_FIRMWARE_TRUST,
               CLI_GROUP_REGISTRY, CLI_GROUP_FWUP_COMPATIBLE),
        .statuses = STATUS(1) | INPUT | POLICY,
        .examples = {{"with two keys, of this product, and not older than that",
                      "nameplate firmware verify app.fw --key prod.pub --key debug.pub "
                      "--product tracker --minimum-version 1.2.0"},
                     {"with the keys that an organisation trusts",
                      "nameplate firmware verify app.fw --org acme --product tracker"},
                     {"why not, for a script",
                      "nameplate firmware verify app.fw --key prod.pub --json | jq -r .reason"}},
        .run = cli_firmware_verify,
    },
    {
        .noun = "firmware",
        .verb = "info",
        .target = "ARCHIVE",
        .purpose = "show what an archive says of itself, whoever signed it",
        GROUPS(CLI_GROUP_FWUP_COMPATIBLE),
        .statuses = STATUS(1) | INPUT,
        .examples = {{"product, version, resources", "nameplate firmware info app.fw"},
                     {"its UUID for a script",
                      "nameplate firmware info app.fw --json | jq -r .uuid"},
                     {"as fwup -m would show it",
                      "nameplate firmware info app.fw --fwup-compatible"}},
        .run = cli_firmware_info,
    },
};
const size_t cli_firmware_command_count =
    sizeof(cli_firmware_commands) / sizeof(cli_firmware_commands[0]);
