/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of commands of the production line. */
#include "cli/command_rows.h"

const cli_command cli_station_commands[] = {
    {
        .noun = "station",
        .verb = "key create",
        .target = "NAME",
        .purpose = "make the key that a station signs its record with",
        .statuses = INPUT,
        .examples = {{"st07.key, which stays on the station, and st07.pub, for everybody",
                      "nameplate station key create st07"},
                     {"its hash, as records name it",
                      "nameplate station key create st07 --json | jq -r .key"},
                     {"the public key for a look",
                      "openssl pkey -pubin -in st07.pub -noout -text"}},
        .run = cli_station_key_create,
    },
    {
        .noun = "station",
        .verb = "report",
        .purpose = "tell what a station has made: counts, first-pass yield, failures, bays",
        GROUPS(CLI_GROUP_STATION_CONFIG, CLI_GROUP_STATION_REPORT, CLI_GROUP_RECORD_KEY_OPTIONAL),
        .statuses = INPUT,
        .examples = {{"of this shift",
                      "nameplate station report --config station.conf --shift this"},
                     {"of a week", "nameplate station report --config station.conf "
                                   "--from 2026-11-16 --to 2026-11-23"},
                     {"what fails most",
                      "nameplate station report --config station.conf --json | jq '.failures[0]'"}},
        .run = cli_station_report,
    },
    {
        .noun = "station",
        .verb = "run",
        .purpose = "take units through the bays, all at the same time, until it is told to end",
        GROUPS(CLI_GROUP_STATION_CONFIG, CLI_GROUP_STATION_RUN, CLI_GROUP_STRICT),
        .statuses = DEVICE | INPUT | CONFLICT | POLICY | REJECTS,
        .examples = {{"as the configuration says", "nameplate station run --config station.conf"},
                     {"one unit in one bay, for a test executive",
                      "nameplate station run --config station.conf --once --bay 1 "
                      "--serial T2-000017"},
                     {"a line of JSON for each event",
                      "nameplate station run --config station.conf --units 200 --json"}},
        .run = cli_station_run,
    },
    {
        .noun = "station",
        .verb = "sync",
        .purpose = "bring the record to a folder or a registry, as far as it is not there",
        GROUPS(CLI_GROUP_STATION_CONFIG),
        .statuses = INPUT | CONFLICT | POLICY,
        .examples = {{"to where the configuration says",
                      "nameplate station sync --config station.conf"},
                     {"and what there was to do",
                      "nameplate station sync --config station.conf --json"},
                     {"how many devices were new",
                      "nameplate station sync --config station.conf --json | jq .devices"}},
        .run = cli_station_sync,
    },
};
const size_t cli_station_command_count = NP_COUNT_OF(cli_station_commands);
