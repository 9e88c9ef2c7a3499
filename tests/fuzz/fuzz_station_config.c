/* SPDX-License-Identifier: Apache-2.0 */
/* A station's configuration: it is refused with its file and line, or within its bounds. */
#include "station/config.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static np_station_config config;
    np_error err = {0};
    np_code code = np_station_config_parse(np_bytes_of(data, size), "x.conf", &config, &err);
    if (code != NP_OK) {
        require(strncmp(err.message, "x.conf:", 7) == 0);
        return 0;
    }
    require(config.key[0] != '\0' && config.record[0] != '\0');
    require(config.bay_count >= 1 && config.bay_count <= NP_STATION_BAYS_MAX);
    require(config.product.tag_count <= NP_STATION_TAGS_MAX);
    require(config.chip.verify_count <= NP_STATION_CHECKS_MAX);
    require(config.policy.on_conflict < NP_CONFLICT_COUNT);
    for (size_t i = 0; i < config.bay_count; i++) {
        require(config.bays[i].name[0] != '\0');
        require(config.bays[i].chip[0] != '\0' || config.bays[i].modem[0] != '\0');
    }
    return 0;
}
