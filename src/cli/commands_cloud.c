/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of commands for other people's clouds. */
#include "cli/command_rows.h"

const cli_command cli_cloud_commands[] = {
    {
        .noun = "cloud",
        .verb = "export",
        .target = "RECORD",
        .purpose = "write the files that a cloud takes, from a record; read its answers",
        GROUPS(CLI_GROUP_EXPORT, CLI_GROUP_EXPORT_TARGET, CLI_GROUP_EXPORT_MANIFEST,
               CLI_GROUP_EXPORT_ANSWER, CLI_GROUP_RECORD_KEY_OPTIONAL),
        .statuses = INPUT | CONFLICT | REJECTS,
        .examples = {{"for nRF Cloud, in files of at most 1000 devices",
                      "nameplate cloud export units.npj --to nrfcloud --out nrf --key st07.pub"},
                     {"which devices were refused, and why",
                      "jq -r '.[] | [.serial, .rule] | @tsv' nrf/refused.json"},
                     {"what nRF Cloud said to the first file, into the registry",
                      "nameplate cloud export nrf --check-result errors.json "
                      "--part part-0001.csv --registry factory.db"}},
        .run = cli_cloud_export,
    },
    {
        .noun = "cloud",
        .verb = "import",
        .target = "MANIFEST",
        .purpose = "verify a manifest of chips, and make units of it, a line of JSON each",
        GROUPS(CLI_GROUP_IMPORT),
        .statuses = INPUT | REJECTS,
        .examples = {{"what Microchip delivered, with the certificate from its site",
                      "nameplate cloud import manifest.json --signer-cert mchp.crt "
                      "--out units.ndjson"},
                     {"which elements were refused, and why",
                      "jq -r '[.element, .uid, .reason] | @tsv' units.ndjson.rejects"},
                     {"the chips' serials", "jq -r .uid units.ndjson"}},
        .run = cli_cloud_import,
    },
    {
        .noun = "cloud",
        .verb = "nrf onboard",
        .target = "FILE",
        .purpose = "make the rows of a CSV file devices of an nRF Cloud account",
        GROUPS(CLI_GROUP_NRF_SERVICE, CLI_GROUP_NRF_POLL, CLI_GROUP_NRF_ONBOARD,
               CLI_GROUP_NRF_INFO),
        .statuses = INPUT | CONFLICT | POLICY | REJECTS,
        .examples = {{"what was provisioned today",
                      "nameplate cloud nrf onboard onboard.csv --api-key-file nrf.key"},
                     {"only look whether the rows are good",
                      "nameplate cloud nrf onboard onboard.csv --dry-run"},
                     {"again after a failure, and which rows were refused",
                      "nameplate cloud nrf onboard onboard.csv --api-key-file nrf.key "
                      "--skip-existing --json | jq '.rows[] | select(.reason)'"}},
        .run = cli_cloud_nrf_onboard,
    },
    {
        .noun = "cloud",
        .verb = "nrf claim",
        .target = "FILE",
        .purpose = "claim devices for an nRF Cloud account by their attestation tokens",
        GROUPS(CLI_GROUP_NRF_SERVICE, CLI_GROUP_NRF_PROVISIONING, CLI_GROUP_NRF_POLL,
               CLI_GROUP_NRF_CLAIM),
        .statuses = INPUT | CONFLICT | POLICY | REJECTS,
        .examples = {{"the tokens of a list, with a tag",
                      "nameplate cloud nrf claim attestation_tokens.csv --api-key-file nrf.key "
                      "--tags lab"},
                     {"would they be taken?",
                      "nameplate cloud nrf claim attestation_tokens.csv --api-key-file nrf.key "
                      "--dry-run"},
                     {"one token", "echo $TOKEN | nameplate cloud nrf claim - --api-key-file "
                                   "nrf.key"}},
        .run = cli_cloud_nrf_claim,
    },
    {
        .noun = "cloud",
        .verb = "nrf unclaim",
        .target = "UUID",
        .purpose = "give up a device that was claimed",
        GROUPS(CLI_GROUP_NRF_SERVICE, CLI_GROUP_NRF_PROVISIONING, CLI_GROUP_NRF_POLL),
        .statuses = INPUT | CONFLICT | POLICY,
        .examples = {{"by its UUID",
                      "nameplate cloud nrf unclaim 50343956-3037-4738-800d-1f29e0a0f7bf "
                      "--api-key-file nrf.key"},
                     {"at another stage of the service",
                      "nameplate cloud nrf unclaim $UUID --provisioning-url "
                      "https://api.provisioning.beta.nrfcloud.com/v1"},
                     {"the UUID of a token", "nameplate modem parse $TOKEN --json | jq -r .uuid"}},
        .run = cli_cloud_nrf_unclaim,
    },
    {
        .noun = "cloud",
        .verb = "nrf provision",
        .target = "UUID",
        .purpose = "give a claimed device its key, certificate and root on the air",
        GROUPS(CLI_GROUP_NRF_SERVICE, CLI_GROUP_NRF_PROVISIONING, CLI_GROUP_NRF_POLL,
               CLI_GROUP_SIGNER, CLI_GROUP_SIGNER_KEY, CLI_GROUP_SECTAG,
               CLI_GROUP_MODEM_CERTIFICATE, CLI_GROUP_NRF_ROW_FILE),
        .statuses = DEVICE | INPUT | CONFLICT | POLICY,
        .examples = {{"and its row for onboarding",
                      "nameplate cloud nrf provision $UUID --signer-cert acme.cert --signer-key "
                      "acme.key --csv onboard.csv --api-key-file nrf.key"},
                     {"for CoAP as well",
                      "nameplate cloud nrf provision $UUID --signer-cert acme.cert --signer-key "
                      "acme.key --coap --api-key-file nrf.key"},
                     {"its certificate",
                      "nameplate cloud nrf provision $UUID --signer-cert acme.cert --signer-key "
                      "acme.key --api-key-file nrf.key > device.pem"}},
        .run = cli_cloud_nrf_provision,
    },
    {
        .noun = "cloud",
        .verb = "nrf status",
        .operand = "[ID]",
        .purpose = "show what nRF Cloud knows of the account, a device or an operation",
        GROUPS(CLI_GROUP_NRF_SERVICE, CLI_GROUP_NRF_POLL, CLI_GROUP_NRF_STATUS),
        .statuses = INPUT | POLICY | REJECTS,
        .examples = {{"is the API key good?", "nameplate cloud nrf status --api-key-file nrf.key"},
                     {"is the device there?",
                      "nameplate cloud nrf status nrf-355025930000000 --api-key-file nrf.key"},
                     {"what became of an upload",
                      "nameplate cloud nrf status 01EZZJVDQJPWT7V4FWNVDHNMM5 --operation "
                      "--api-key-file nrf.key"}},
        .run = cli_cloud_nrf_status,
    },
    {
        .noun = "cloud",
        .verb = "nrf jwt",
        .purpose = "make a token by which a team's cloud asks nRF Cloud for a device",
        GROUPS(CLI_GROUP_NRF_JWT),
        .statuses = INPUT,
        .examples = {{"for a device, valid for 30 days",
                      "nameplate cloud nrf jwt --key service.pem --team-id $TEAM "
                      "--device-id nrf-355025930000000"},
                     {"for the team, for a day",
                      "nameplate cloud nrf jwt --key service.pem --team-id $TEAM --days-valid 1"},
                     {"as a header",
                      "echo \"Authorization: Bearer $(nameplate cloud nrf jwt --key service.pem "
                      "--team-id $TEAM)\""}},
        .run = cli_cloud_nrf_jwt,
    },
};
const size_t cli_cloud_command_count = sizeof(cli_cloud_commands) / sizeof(cli_cloud_commands[0]);
