/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/command_rows.h"

#include <string.h>

static const cli_command commands[] = {
    {
        .noun = "signer",
        .verb = "create",
        .target = "NAME",
        .purpose = "make a signer (Device CA): a key and its certificate",
        GROUPS(CLI_GROUP_NEW_KEY, CLI_GROUP_YEARS, CLI_GROUP_AUTHORITY),
        .statuses = INPUT,
        .examples = {{"a signer for one year, as acme.cert and acme.key",
                      "nameplate signer create acme"},
                     {"one that outlives the product", "nameplate signer create acme --years 31"},
                     {"a CA as Nordic's tools make it, for modems",
                      "nameplate signer create nordic --profile nrf-2026 "
                      "--subject 'C=DE,O=Acme,CN=Device CA' --days 3650"}},
        .run = cli_signer_create,
    },
    {
        .noun = "signer",
        .verb = "show",
        .target = "FILE",
        .purpose = "show what a signer certificate says",
        .statuses = INPUT,
        .examples = {{"names, validity, fingerprint", "nameplate signer show acme.cert"},
                     {"when it expires",
                      "nameplate signer show acme.cert --json | jq -r .not_after"},
                     {"a certificate in DER", "nameplate signer show signer.der"}},
        .run = cli_signer_show,
    },
    {
        .noun = "signer",
        .verb = "check",
        .target = "FILE",
        .purpose = "tell whether a chip can store this signer certificate, and why not",
        .statuses = INPUT,
        .examples = {{"before a production run", "nameplate signer check acme.cert"},
                     {"every cause by its stable name",
                      "nameplate signer check ca.pem --json | jq -r '.findings[].cause'"},
                     {"as a condition",
                      "nameplate signer check ca.pem >/dev/null && echo can be stored"}},
        .run = cli_signer_check,
    },
    {
        .noun = "signer",
        .verb = "prove",
        .target = "CHALLENGE",
        .purpose = "prove to a registry that you hold the key of a CA",
        GROUPS(CLI_GROUP_SIGNER, CLI_GROUP_SIGNER_KEY, CLI_GROUP_PROOF),
        .statuses = INPUT,
        .examples = {{"the proof for a challenge of nameplate registry ca challenge",
                      "nameplate signer prove $CHALLENGE --signer-cert acme.cert "
                      "--signer-key acme.key --out proof.pem"},
                     {"and what it says",
                      "nameplate signer prove $CHALLENGE --signer-cert acme.cert --signer-key "
                      "acme.key --out proof.pem && openssl x509 -in proof.pem -noout -text"},
                     {"with the key in an HSM",
                      "nameplate signer prove $CHALLENGE --signer-cert acme.cert --signer-key "
                      "'pkcs11:token=ca;object=acme' --out proof.pem"}},
        .run = cli_signer_prove,
    },
    {
        .noun = "device",
        .verb = "create",
        .target = "NAME",
        .purpose = "make a device without a chip: a key in a file, and its certificate",
        GROUPS(CLI_GROUP_SIGNER, CLI_GROUP_SIGNER_KEY, CLI_GROUP_SOFTWARE_SERIAL, CLI_GROUP_RECORD),
        .statuses = INPUT | CONFLICT | POLICY,
        .examples = {{"a device to test a server with, as N1234.cert and N1234.key",
                      "nameplate device create N1234 --signer-cert acme.cert "
                      "--signer-key acme.key"},
                     {"in a folder, with a serial of its own",
                      "nameplate device create devices/first --serial N1234 "
                      "--signer-cert acme.cert --signer-key acme.key"},
                     {"its fingerprint for a script",
                      "nameplate device create N1234 --signer-cert acme.cert "
                      "--signer-key acme.key --json | jq -r .fingerprint"}},
        .run = cli_device_create,
    },
    {
        .noun = "virtual",
        .verb = "create",
        .target = "FILE",
        .purpose = "make a virtual chip or modem whose state lives in a file",
        GROUPS(CLI_GROUP_PART, CLI_GROUP_MODEM_PART),
        .statuses = INPUT,
        .examples = {{"a chip to try things on",
                      "nameplate virtual create kit.chip --model atecc608b"},
                     {"a modem", "nameplate virtual create modem.np --model nrf9160"},
                     {"a Trust&GO part, and the certificate of its root",
                      "nameplate virtual create tng.chip --model tngtls --root-out root.pem"}},
        .run = cli_virtual_create,
    },
    {
        .noun = "virtual",
        .verb = "serve",
        .target = "FILE",
        .purpose = "serve a virtual chip on a socket, or a virtual modem on a terminal",
        GROUPS(CLI_GROUP_SERVE, CLI_GROUP_WAIT),
        .statuses = INPUT,
        .examples = {{"until the key Control-C is pressed",
                      "nameplate virtual serve kit.chip --socket kit.socket"},
                     {"a modem, to programs that expect a serial port",
                      "nameplate virtual serve modem.np --pty /tmp/modem"},
                     {"power fails for a moment at the 50th transaction",
                      "nameplate virtual serve kit.chip --socket kit.socket --fault power-cut@50"}},
        .run = cli_virtual_serve,
    },
    {
        .noun = "virtual",
        .verb = "show",
        .target = "FILE",
        .purpose = "show the state of a virtual chip or modem without talking to it",
        .statuses = INPUT,
        .examples = {{"model, serial, locks", "nameplate virtual show kit.chip"},
                     {"all state files of a folder",
                      "for f in *.chip; do nameplate virtual show $f --json; done"},
                     {"the whole configuration zone",
                      "nameplate virtual show kit.chip --json | jq -r .configuration"}},
        .run = cli_virtual_show,
    },
    {
        .noun = "virtual",
        .verb = "counts",
        .target = "URI",
        .purpose = "tell what a served chip has had to do since serving began",
        .statuses = INPUT,
        .examples = {{"which commands, and how many", "nameplate virtual counts unix:kit.socket"},
                     {"how many signatures",
                      "nameplate virtual counts unix:kit.socket --json | jq .commands.Sign"},
                     {"what a login costs: before it and after it",
                      "nameplate virtual counts unix:kit.socket --json | jq -c .commands"}},
        .run = cli_virtual_counts,
    },
    {
        .noun = "chip",
        .verb = "info",
        .target = "URI",
        .target_from_chip = true,
        .purpose = "show what a chip is and what it carries",
        GROUPS(CLI_GROUP_ROOT),
        .statuses = DEVICE | INPUT | CONFLICT,
        .examples = {{"a virtual chip", "nameplate chip info virtual:kit.chip"},
                     {"the chip of this session",
                      "NAMEPLATE_CHIP=virtual:kit.chip nameplate chip info"},
                     {"its stage for a script",
                      "nameplate chip info virtual:kit.chip --json | jq -r .stage"}},
        .run = cli_chip_info,
    },
    {
        .noun = "chip",
        .verb = "plan",
        .target = "URI",
        .target_from_chip = true,
        .purpose = "show what provisioning would write and lock, and the hash to consent to",
        GROUPS(CLI_GROUP_SIGNER, CLI_GROUP_SIGNER_KEY_TO_CHECK, CLI_GROUP_PRODUCT, CLI_GROUP_LAYOUT,
               CLI_GROUP_ACTIVATION_KEY, CLI_GROUP_NOW),
        .statuses = DEVICE | INPUT | CONFLICT | POLICY,
        .examples = {{"with the default serial",
                      "nameplate chip plan virtual:kit.chip --signer-cert acme.cert"},
                     {"with a serial of your own",
                      "nameplate chip plan virtual:kit.chip --signer-cert acme.cert "
                      "--serial SN-0001"},
                     {"the hash for an unattended run",
                      "nameplate chip plan virtual:kit.chip --signer-cert acme.cert --json | "
                      "jq -r .hash"}},
        .run = cli_chip_plan,
    },
    {
        .noun = "chip",
        .verb = "provision",
        .target = "URI",
        .target_from_chip = true,
        .purpose = "give a chip its key, certificates and serial, and lock it for ever",
        GROUPS(CLI_GROUP_SIGNER, CLI_GROUP_SIGNER_KEY, CLI_GROUP_PRODUCT, CLI_GROUP_LAYOUT,
               CLI_GROUP_ACTIVATION_KEY, CLI_GROUP_CONSENT, CLI_GROUP_STRICT, CLI_GROUP_NOW,
               CLI_GROUP_RECORD),
        .statuses = DEVICE | INPUT | CONFLICT | POLICY | INTERRUPTED,
        .examples = {{"shows the plan and asks for the word LOCK",
                      "nameplate chip provision virtual:kit.chip --signer-cert acme.cert "
                      "--signer-key acme.key"},
                     {"unattended, with a serial",
                      "nameplate chip provision virtual:kit.chip --signer-cert acme.cert "
                      "--signer-key acme.key --serial SN-0001 --yes"},
                     {"only if the plan is the one that was looked at",
                      "nameplate chip provision virtual:kit.chip --signer-cert acme.cert "
                      "--signer-key acme.key --plan $HASH"}},
        .run = cli_chip_provision,
    },
    {
        .noun = "chip",
        .verb = "authorize",
        .target = "URI",
        .target_from_chip = true,
        .purpose = "let the key of a nerveskey-volatile chip work until power fails",
        GROUPS(CLI_GROUP_AUTHORIZE),
        .statuses = DEVICE | INPUT | CONFLICT,
        .examples = {{"a chip that is served",
                      "nameplate chip authorize unix:kit.socket --activation-key-file act.key"},
                     {"then its key signs", "nameplate chip sign unix:kit.socket firmware.bin"},
                     {"a key from another program, never on the command line",
                      "secret-tool lookup chip kit | nameplate chip authorize unix:kit.socket "
                      "--activation-key-file /dev/stdin"}},
        .run = cli_chip_authorize,
    },
    {
        .noun = "chip",
        .verb = "cert",
        .target = "URI",
        .target_from_chip = true,
        .purpose = "print the certificates that a chip carries, rebuilt from its 72-byte forms",
        GROUPS(CLI_GROUP_CERTIFICATE, CLI_GROUP_AUX, CLI_GROUP_ROOT),
        .statuses = DEVICE | INPUT | CONFLICT,
        .examples = {{"the device's certificate",
                      "nameplate chip cert virtual:kit.chip > device.pem"},
                     {"to look into it",
                      "nameplate chip cert virtual:kit.chip | openssl x509 -noout -text"},
                     {"for a TLS client",
                      "nameplate chip cert virtual:kit.chip --chain > chain.pem"}},
        .run = cli_chip_cert,
    },
    {
        .noun = "chip",
        .verb = "verify",
        .target = "URI",
        .target_from_chip = true,
        .purpose = "check that a chip proves the identity that it carries",
        GROUPS(CLI_GROUP_TRUSTED_SIGNER, CLI_GROUP_ROOT, CLI_GROUP_ACTIVATION_KEY, CLI_GROUP_NOW),
        .statuses = DEVICE | INPUT | CONFLICT,
        .examples = {{"against the signer stored on the chip",
                      "nameplate chip verify virtual:kit.chip"},
                     {"against the signer that you trust",
                      "nameplate chip verify virtual:kit.chip --signer-cert acme.cert"},
                     {"which checks failed", "nameplate chip verify virtual:kit.chip --json | jq "
                                             "'.checks[] | select(.verdict != \"ok\")'"}},
        .run = cli_chip_verify,
    },
    {
        .noun = "completion",
        .verb = "bash",
        .purpose = "print the completion script for bash",
        .examples = {{"for this shell", "source <(nameplate completion bash)"},
                     {"for this user", "nameplate completion bash > "
                                       "~/.local/share/bash-completion/completions/nameplate"},
                     {"as text in JSON", "nameplate completion bash --json | jq -r .script"}},
        .run = cli_completion_bash,
    },
    {
        .noun = "completion",
        .verb = "fish",
        .purpose = "print the completion script for fish",
        .examples = {{"for this shell", "nameplate completion fish | source"},
                     {"for this user", "nameplate completion fish > "
                                       "~/.config/fish/completions/nameplate.fish"},
                     {"as text in JSON", "nameplate completion fish --json | jq -r .script"}},
        .run = cli_completion_fish,
    },
    {
        .noun = "completion",
        .verb = "zsh",
        .purpose = "print the completion script for zsh",
        .examples = {{"for this shell", "source <(nameplate completion zsh)"},
                     {"for all users", "nameplate completion zsh > "
                                       "/usr/local/share/zsh/site-functions/_nameplate"},
                     {"as text in JSON", "nameplate completion zsh --json | jq -r .script"}},
        .run = cli_completion_zsh,
    },
};

static const size_t command_count = NP_COUNT_OF(commands);

typedef struct noun_row {
    const char *noun;
    const char *purpose;
} noun_row;

static const noun_row nouns[] = {
    {"signer", "the Device CA that signs the devices' certificates"},
    {"device", "devices without a chip, for servers, tests and prototypes"},
    {"virtual", "virtual chips and modems, for evaluation, tests and training"},
    {"chip", "secure elements: look at them, provision them, check them, use them"},
    {"issue", "certificates for many devices at once"},
    {"authorization", "the right to issue: how many, which serials, which stations, until when"},
    {"record", "what was made, provably: a signed file with a line for each unit"},
    {"station", "the production line: units through bays, reports, and the keys that stations "
                "sign with"},
    {"init", "a first production line: its configuration, and how it begins"},
    {"registry", "who is known, and who may come in: organisations, CAs, devices"},
    {"gateway", "the front door: devices come in by mutual TLS, as the registry says"},
    {"cloud", "other people's clouds: the files that they take, and nRF Cloud itself"},
    {"firmware", "firmware archives of fwup: keys, signatures, and whom to believe"},
    {"modem",
     "nRF91 modems: who they are, their keys and credentials, what they say of themselves"},
    {"psa", "keys in a chip for applications that speak PSA Crypto"},
    {"completion", "completion of commands in a shell"},
};

/* The rows of each file, in the order of the help. */
static const struct {
    const cli_command *rows;
    const size_t *count;
} tables[] = {
    {commands, &command_count},
    {cli_use_commands, &cli_use_command_count},
    {cli_station_commands, &cli_station_command_count},
    {cli_record_commands, &cli_record_command_count},
    {cli_line_commands, &cli_line_command_count},
    {cli_issue_commands, &cli_issue_command_count},
    {cli_authorization_commands, &cli_authorization_command_count},
    {cli_registry_commands, &cli_registry_command_count},
    {cli_gateway_commands, &cli_gateway_command_count},
    {cli_cloud_commands, &cli_cloud_command_count},
    {cli_firmware_commands, &cli_firmware_command_count},
    {cli_modem_commands, &cli_modem_command_count},
    {cli_psa_commands, &cli_psa_command_count},
};

const cli_command *cli_command_at(size_t index)
{
    for (size_t i = 0; i < NP_COUNT_OF(tables); i++) {
        if (index < *tables[i].count) {
            return &tables[i].rows[index];
        }
        index -= *tables[i].count;
    }
    return NULL;
}

/* How many of the words are this verb; negative: they are another one. */
static int match_verb(const char *verb, int count, char **words)
{
    size_t first = strcspn(verb, " ");
    if (first == 0) {
        return 0;
    }
    if (count < 1 || strlen(words[0]) != first || strncmp(words[0], verb, first) != 0) {
        return -1;
    }
    if (verb[first] == '\0') {
        return 1;
    }
    return count > 1 && strcmp(words[1], verb + first + 1) == 0 ? 2 : -1;
}

const cli_command *cli_command_find(int count, char **words, int *ret_used)
{
    const cli_command *command;
    for (size_t i = 0; count > 0 && (command = cli_command_at(i)) != NULL; i++) {
        int used = strcmp(command->noun, words[0]) == 0
                       ? match_verb(command->verb, count - 1, words + 1)
                       : -1;
        if (used >= 0) {
            *ret_used = 1 + used;
            return command;
        }
    }
    return NULL;
}

bool cli_is_whole(const char *noun)
{
    const cli_command *command;
    for (size_t i = 0; (command = cli_command_at(i)) != NULL; i++) {
        if (strcmp(command->noun, noun) == 0 && command->verb[0] == '\0') {
            return true;
        }
    }
    return false;
}

bool cli_is_verb_group(const char *noun, const char *word)
{
    const cli_command *command;
    size_t length = strlen(word);
    for (size_t i = 0; (command = cli_command_at(i)) != NULL; i++) {
        if (strcmp(command->noun, noun) == 0 && strncmp(command->verb, word, length) == 0 &&
            command->verb[length] == ' ') {
            return true;
        }
    }
    return false;
}

const char *cli_noun_at(size_t index)
{
    return index < NP_COUNT_OF(nouns) ? nouns[index].noun : NULL;
}

const char *cli_noun_purpose(const char *noun)
{
    for (size_t i = 0; i < NP_COUNT_OF(nouns); i++) {
        if (strcmp(nouns[i].noun, noun) == 0) {
            return nouns[i].purpose;
        }
    }
    return NULL;
}
