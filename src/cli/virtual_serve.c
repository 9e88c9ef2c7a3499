/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/command.h"
#include "cli/modem/virtual_modem.h"
#include "link/modem_file.h"
#include "link/server.h"

enum {
    MS_PER_S = 1000,
    BUS_KHZ_MIN = 10, /* what i2c adapters offer, up to what the part can (specs of the chip 1.2) */
    BUS_KHZ_MAX = 1000,
    HZ_PER_KHZ = 1000,
};

typedef struct serving {
    const cli_arguments *arguments;
    cli_output *output;
} serving;

/* At once, because scripts wait for it. */
static void on_ready(void *self, const socket_greeting *greeting)
{
    const serving *run = self;
    cli_output *output = run->output;
    cli_put_json(output, "event", cli_json_text("ready"));
    cli_put_text(output, "socket", "socket", run->arguments->socket);
    cli_put_json(output, "version", json_integer(SOCKET_VERSION));
    cli_put_json(output, "time", cli_json_text(socket_time_name(greeting->time)));
    cli_put_json(output, "clock_hz", json_integer(greeting->clock_hz));
    cli_put_json(output, "now_ns", json_integer((json_int_t)greeting->now_ns));
    cli_output_flush(output);
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
    if (modem_file_is(arguments->target)) {
        return cli_virtual_modem_serve(arguments, output, err);
    }
    serving run = {arguments, output};
    np_server_options options = {.file = arguments->target,
                                 .socket = arguments->socket,
                                 .clock_hz = arguments->bus_khz * HZ_PER_KHZ,
                                 .lock_wait_ms = arguments->wait * MS_PER_S,
                                 .ready = on_ready,
                                 .ready_self = &run};
    if (arguments->pty != NULL) {
        return np_error_set(err, NP_EUSAGE, "--pty: a chip is served on a socket");
    }
    if (arguments->socket == NULL) {
        return np_error_set(err, NP_EUSAGE, "--socket PATH is missing");
    }
    NP_TRY(parse_time_model(arguments->time, &options.time, err));
    if (arguments->bus_khz < BUS_KHZ_MIN || arguments->bus_khz > BUS_KHZ_MAX) {
        return np_error_set(err, NP_EUSAGE, "--bus-khz takes %d to %d", (int)BUS_KHZ_MIN,
                            (int)BUS_KHZ_MAX);
    }
    if (arguments->fault != NULL) {
        NP_TRY(np_fault_words_parse(&server_fault_table, arguments->fault, &options.faults, err));
    }
    output->is_lines = true;
    NP_TRY(np_server_run(&options, err));
    cli_put_json(output, "event", cli_json_text("ended"));
    cli_put_json(output, "socket", cli_json_text(arguments->socket));
    return NP_OK;
}
