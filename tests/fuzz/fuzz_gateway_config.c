/* SPDX-License-Identifier: Apache-2.0 */
/* A gateway's configuration: it is refused with its file and line, or within its bounds. */
#include "gateway/config.h"

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
    static np_gateway_config config;
    np_error err = {0};
    np_code code = np_gateway_config_parse(np_bytes_of(data, size), "x.conf", &config, &err);
    if (code != NP_OK) {
        require(strncmp(err.message, "x.conf:", 7) == 0);
        return 0;
    }
    require(config.certificate[0] != '\0' && config.key[0] != '\0');
    require(config.processes >= 1 && config.processes <= 256);
    require(config.listener_count >= 1 && config.listener_count <= NP_CONFIG_LISTENERS_MAX);
    require(config.upstream_count <= NP_CONFIG_UPSTREAMS_MAX);
    for (size_t i = 0; i < config.listener_count; i++) {
        require(config.listeners[i].upstream < (int)config.upstream_count);
        require(config.listeners[i].address.len > 0);
    }
    return 0;
}
