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

static const cli_option chip_aux_cert_options[] = {
    {"signer", NULL, "the signer's certificate instead of the device's", CLI_FLAG, MEMBER(signer),
     false},
    {"chain", NULL, "the device's certificate, then the signer's", CLI_FLAG, MEMBER(chain), false},
};

static const cli_option chip_aux_provision_options[] = {
    {"signer-cert", "FILE", "certificate of the signer, PEM or DER", CLI_TEXT, MEMBER(signer_cert),
     true},
    {"signer-key", "FILE", "key of the signer, PEM", CLI_TEXT, MEMBER(signer_key), true},
    {"plan", "HASH", "consent to the plan with this hash and to no other", CLI_TEXT, MEMBER(plan),
     false},
    {"yes", NULL, "consent to whatever the plan is", CLI_FLAG, MEMBER(yes), false},
    {"dry-run", NULL, "stop after the plan", CLI_FLAG, MEMBER(dry_run), false},
    {"strict", NULL, "exit with 4 when there is nothing left to do", CLI_FLAG, MEMBER(strict),
     false},
    {"now", "TIME", "pretend that it is this time (virtual chips only)", CLI_TIME, MEMBER(now),
     false},
};

static const cli_option chip_conformance_options[] = {
    {"may-lock", NULL, "also send a Lock command that every chip should refuse", CLI_FLAG,
     MEMBER(may_lock), false},
};

static const cli_option chip_settings_get_options[] = {
    {"raw", "FILE", "store the 524 bytes as they are in a new file", CLI_TEXT, MEMBER(raw_file),
     false},
};

static const cli_option chip_settings_put_options[] = {
    {"raw", "FILE", "write the bytes of this file as they are, instead of JSON", CLI_TEXT,
     MEMBER(raw_file), false},
    {"atoms", "FORM", "utf8 as Erlang/OTP 26 and later write atoms (default), or latin1", CLI_TEXT,
     MEMBER(atoms), false},
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
    {
        .noun = "chip",
        .verb = "aux show",
        .target = "URI",
        .target_from_chip = true,
        .purpose = "tell whether a chip has auxiliary certificates, and whose",
        .statuses = DEVICE | INPUT | CONFLICT,
        .examples = {{"is there a pair?", "nameplate chip aux show virtual:kit.chip"},
                     {"for a script",
                      "nameplate chip aux show virtual:kit.chip --json | jq -r .state"},
                     {"who signed it", "nameplate chip aux show virtual:kit.chip --json | jq -r "
                                       ".signer_fingerprint"}},
        .run = cli_chip_aux_show,
    },
    {
        .noun = "chip",
        .verb = "aux cert",
        .target = "URI",
        .target_from_chip = true,
        .purpose = "print the auxiliary certificates that a chip carries",
        OPTIONS(chip_aux_cert_options),
        .statuses = DEVICE | INPUT | CONFLICT,
        .examples = {{"the device's certificate",
                      "nameplate chip aux cert virtual:kit.chip > device.pem"},
                     {"the same by the other name",
                      "nameplate chip cert virtual:kit.chip --aux > device.pem"},
                     {"for a TLS client",
                      "nameplate chip aux cert virtual:kit.chip --chain > chain.pem"}},
        .run = cli_chip_aux_cert,
    },
    {
        .noun = "chip",
        .verb = "aux provision",
        .target = "URI",
        .target_from_chip = true,
        .purpose = "give a provisioned chip a second, replaceable pair of certificates",
        OPTIONS(chip_aux_provision_options),
        .statuses = DEVICE | INPUT | CONFLICT | INTERRUPTED,
        .examples = {{"shows the plan and asks for the word WRITE",
                      "nameplate chip aux provision virtual:kit.chip --signer-cert field.cert "
                      "--signer-key field.key"},
                     {"unattended",
                      "nameplate chip aux provision virtual:kit.chip --signer-cert field.cert "
                      "--signer-key field.key --yes"},
                     {"what would be written",
                      "nameplate chip aux provision virtual:kit.chip --signer-cert field.cert "
                      "--signer-key field.key --dry-run"}},
        .run = cli_chip_aux_provision,
    },
    {
        .noun = "chip",
        .verb = "aux clear",
        .target = "URI",
        .target_from_chip = true,
        .purpose = "erase the auxiliary certificates of a chip",
        .statuses = DEVICE | INPUT | CONFLICT,
        .examples = {{"the primary pair stays", "nameplate chip aux clear virtual:kit.chip"},
                     {"the chip of this session",
                      "NAMEPLATE_CHIP=virtual:kit.chip nameplate chip aux clear"},
                     {"was there a pair before?",
                      "nameplate chip aux clear virtual:kit.chip --json | jq -r .state_before"}},
        .run = cli_chip_aux_clear,
    },
    {
        .noun = "chip",
        .verb = "conformance",
        .target = "URI",
        .target_from_chip = true,
        .purpose = "ask a chip what no data sheet settles, and compare with our readings",
        OPTIONS(chip_conformance_options),
        .statuses = DEVICE | INPUT | CONFLICT,
        .examples = {{"harmless for the chip, in every lock state",
                      "nameplate chip conformance virtual:kit.chip"},
                     {"what differs, for a report",
                      "nameplate chip conformance virtual:kit.chip --json | "
                      "jq '.questions[] | select(.result == \"differs\")'"},
                     {"a chip that you can spare, with its configuration open",
                      "nameplate chip conformance virtual:new.chip --may-lock"}},
        .run = cli_chip_conformance,
    },
    {
        .noun = "chip",
        .verb = "settings get",
        .target = "URI",
        .target_from_chip = true,
        .purpose = "print the settings that a chip carries, as JSON",
        OPTIONS(chip_settings_get_options),
        .statuses = DEVICE | INPUT | CONFLICT,
        .examples = {{"all of them", "nameplate chip settings get virtual:kit.chip"},
                     {"one of them",
                      "nameplate chip settings get virtual:kit.chip | jq -r .wifi_ssid"},
                     {"the bytes, whatever they mean",
                      "nameplate chip settings get virtual:kit.chip --raw settings.bin"}},
        .run = cli_chip_settings_get,
    },
    {
        .noun = "chip",
        .verb = "settings put",
        .target = "URI",
        .target_from_chip = true,
        .operand = "[FILE]",
        .purpose = "replace the settings that a chip carries",
        OPTIONS(chip_settings_put_options),
        .statuses = DEVICE | INPUT | CONFLICT,
        .examples = {{"from a file", "nameplate chip settings put virtual:kit.chip settings.json"},
                     {"one more member",
                      "nameplate chip settings get virtual:kit.chip | jq '.port = 8080' | "
                      "nameplate chip settings put virtual:kit.chip -"},
                     {"bytes that were saved before",
                      "nameplate chip settings put virtual:kit.chip --raw settings.bin"}},
        .run = cli_chip_settings_put,
    },
};

const size_t cli_use_command_count = sizeof(cli_use_commands) / sizeof(cli_use_commands[0]);
