/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/command.h"
#include "link/server.h"
#include <stdio.h>

enum {
    /* As long as another command on the same file takes. */
    LOCK_WAIT_MS = 10000,
    BUS_KHZ_MIN = 10, /* what i2c adapters offer, up to what the part can (specs of the chip 1.2) */
    BUS_KHZ_MAX = 1000,
    HZ_PER_KHZ = 1000,
};

typedef struct serving {
    const cli_arguments *arguments;
    cli_output *output;
} serving;

/* At once, because scripts wait for it. */
static void on_ready(void *self)
{
    const serving *run = self;
    cli_put_text(run->output, "socket", "socket", run->arguments->socket);
    fflush(stdout);
}

static np_code parse_time_model(const char *name, socket_time *ret, np_error *err)
{
    *ret = SOCKET_TIME_TYPICAL;
    if (name == NULL || socket_time_by_name(name, ret)) {
        return NP_OK;
    }
    return np_error_set(err, NP_EUSAGE, "--time takes real, typical, maximum or zero, not '%s'",
                        name);
}

np_code cli_virtual_serve(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    serving run = {arguments, output};
    np_server_options options = {.file = arguments->target,
                                 .socket = arguments->socket,
                                 .clock_hz = arguments->bus_khz * HZ_PER_KHZ,
                                 .lock_wait_ms = LOCK_WAIT_MS,
                                 .ready = on_ready,
                                 .ready_self = &run};
    NP_TRY(parse_time_model(arguments->time, &options.time, err));
    if (arguments->bus_khz < BUS_KHZ_MIN || arguments->bus_khz > BUS_KHZ_MAX) {
        return np_error_set(err, NP_EUSAGE, "--bus-khz takes %d to %d", (int)BUS_KHZ_MIN,
                            (int)BUS_KHZ_MAX);
    }
    if (arguments->fault != NULL) {
        NP_TRY(server_faults_parse(arguments->fault, &options.faults, err));
    }
    return np_server_run(&options, err);
}
