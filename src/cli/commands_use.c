/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of commands that use a chip which has its identity. */
#include "cli/command_rows.h"

static const cli_option chip_sign_options[] = {
    {"digest", "HEX", "sign this digest, 64 hex digits, instead of a file's", CLI_TEXT,
     MEMBER(digest), false},
    {"raw", NULL, "64 bytes r and s instead of DER", CLI_FLAG, MEMBER(raw), false},
};

static const cli_option chip_jwt_options[] = {
    {"claims", "FILE", "the claims, a JSON object; - for the standard input", CLI_TEXT,
     MEMBER(claims), true},
    {"header", "FILE", "members to add to the header, a JSON object", CLI_TEXT, MEMBER(header),
     false},
};

static const cli_option chip_random_options[] = {
    {"bytes", "N", "how many, 1 to 1000000; default: 32", CLI_NUMBER, MEMBER(bytes), false},
};

const cli_command cli_use_commands[] = {
    {
        .noun = "chip",
        .verb = "sign",
        .target = "URI",
        .target_from_chip = true,
        .operand = "[FILE]",
        .purpose = "sign a file or a digest with the device's key",
        OPTIONS(chip_sign_options),
        .statuses = DEVICE | INPUT | CONFLICT,
        .examples = {{"the SHA-256 of a file, as openssl dgst -verify takes it",
                      "nameplate chip sign virtual:kit.chip report.pdf > report.sig"},
                     {"a digest that was made elsewhere",
                      "nameplate chip sign virtual:kit.chip --digest $DIGEST > digest.sig"},
                     {"what a program writes",
                      "generate | nameplate chip sign virtual:kit.chip - --raw > out.sig"}},
        .run = cli_chip_sign,
    },
    {
        .noun = "chip",
        .verb = "jwt",
        .target = "URI",
        .target_from_chip = true,
        .purpose = "make a JSON web token (ES256) with the device's key",
        OPTIONS(chip_jwt_options),
        .statuses = DEVICE | INPUT | CONFLICT,
        .examples = {{"claims from a file",
                      "nameplate chip jwt virtual:kit.chip --claims claims.json"},
                     {"claims made on the way", "jq -n '{aud: \"fleet\", iat: now|floor}' | "
                                                "nameplate chip jwt virtual:kit.chip --claims -"},
                     {"with a key identifier in the header",
                      "nameplate chip jwt virtual:kit.chip --claims claims.json "
                      "--header header.json"}},
        .run = cli_chip_jwt,
    },
    {
        .noun = "chip",
        .verb = "random",
        .target = "URI",
        .target_from_chip = true,
        .purpose = "print random bytes from the chip's generator",
        OPTIONS(chip_random_options),
        .statuses = DEVICE | INPUT | CONFLICT,
        .examples = {{"32 bytes", "nameplate chip random virtual:kit.chip > seed"},
                     {"more of them", "nameplate chip random virtual:kit.chip --bytes 4096 > pool"},
                     {"as hex", "nameplate chip random virtual:kit.chip --json | jq -r .random"}},
        .run = cli_chip_random,
    },
    {
        .noun = "chip",
        .verb = "explain",
        .target = "URI",
        .target_from_chip = true,
        .purpose = "tell in words what the configuration allows, slot by slot",
        .statuses = DEVICE | INPUT | CONFLICT,
        .examples =
            {{"a chip of unknown origin", "nameplate chip explain virtual:kit.chip"},
             {"slots that anybody may write",
              "nameplate chip explain virtual:kit.chip --json | "
              "jq '.slots[] | select(.write == \"anybody\") | .slot'"},
             {"its counters",
              "nameplate chip explain virtual:kit.chip --json | jq '.counter0, .counter1'"}},
        .run = cli_chip_explain,
    },
};

const size_t cli_use_command_count = sizeof(cli_use_commands) / sizeof(cli_use_commands[0]);
