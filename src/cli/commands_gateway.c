/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of commands of the front door. */
#include "cli/command_rows.h"

const cli_command cli_gateway_commands[] = {
    {
        .noun = "gateway",
        .verb = "connect",
        .target = "HOST:PORT",
        .purpose = "knock at a front door as a device, and tell what it hears",
        GROUPS(CLI_GROUP_GATEWAY_CONNECT),
        .statuses = INPUT | CONFLICT | POLICY,
        .examples = {{"with a chip", "nameplate gateway connect devices.example.com:8443 "
                                     "--chip i2c:/dev/i2c-1"},
                     {"without one", "nameplate gateway connect localhost:8443 --cert N1.cert "
                                     "--key N1.key --ca-file server.pem"},
                     {"who the server says it is",
                      "nameplate gateway connect localhost:8443 --json | jq .answer"}},
        .run = cli_gateway_connect,
    },
    {
        .noun = "gateway",
        .verb = "run",
        .purpose = "let devices in by mutual TLS, as the registry says, until it is told to end",
        GROUPS(CLI_GROUP_GATEWAY_RUN),
        .statuses = INPUT,
        .examples = {{"as the configuration says", "nameplate gateway run --config gateway.conf"},
                     {"a line of JSON for each device",
                      "nameplate gateway run --config gateway.conf --json 2>gateway.log"},
                     {"read configuration and certificate again, and let nobody wait",
                      "systemctl reload nameplate-gateway"}},
        .run = cli_gateway_run,
    },
};
const size_t cli_gateway_command_count = NP_COUNT_OF(cli_gateway_commands);
