/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/modem/virtual_modem.h"

#include "base/wipe.h"
#include "cli/modem/session.h"
#include "link/modem_file.h"
#include "link/modem_server.h"
#include <stdlib.h>

enum { MS_PER_S = 1000 };

static void free_state(np_modem_state **state)
{
    if (*state != NULL) {
        np_modem_state_clear(*state);
        free(*state);
    }
}

static np_code new_state(np_modem_state **ret, np_error *err)
{
    *ret = calloc(1, sizeof(**ret));
    return *ret != NULL ? NP_OK : np_error_set(err, NP_ESTATION_MEMORY, "no memory for the modem");
}

static np_code set_imei(const char *text, np_modem_state *state, np_error *err)
{
    size_t length = strlen(text);
    if (length != NP_IMEI_SIZE - 1 || strspn(text, "0123456789") != length) {
        return np_error_set(err, NP_EUSAGE, "--imei takes 15 digits, not '%s'", text);
    }
    memcpy(state->imei, text, NP_IMEI_SIZE);
    return NP_OK;
}

static bool is_word(const char *text)
{
    for (; *text > ' ' && *text <= '~' && *text != '"'; text++) {
    }
    return *text == '\0';
}

static np_code set_firmware(const char *text, np_modem_state *state, np_error *err)
{
    size_t length = strlen(text);
    if (length == 0 || length >= sizeof(state->firmware) || !is_word(text)) {
        return np_error_set(err, NP_EUSAGE, "--firmware takes a name such as %s", state->firmware);
    }
    memset(state->firmware, 0, sizeof(state->firmware));
    memcpy(state->firmware, text, length);
    return NP_OK;
}

static np_code set_shell(const char *text, np_modem_state *state, np_error *err)
{
    if (np_modem_host_by_name(text, &state->host) && state->host != NP_MODEM_HOST_AUTO) {
        return NP_OK;
    }
    return np_error_set(err, NP_EUSAGE, "--shell takes at, at-shell or tls-shell, not '%s'", text);
}

static np_code set_line_end(const char *text, np_modem_state *state, np_error *err)
{
    if (np_line_end_by_name(text, &state->line_end)) {
        return NP_OK;
    }
    return np_error_set(err, NP_EUSAGE, "--line-end takes cr, crlf, lf or null, not '%s'", text);
}

static np_code apply_options(const cli_arguments *arguments, np_modem_state *state, np_error *err)
{
    if (arguments->chip_serial != NULL || arguments->image != NULL || arguments->root_out != NULL) {
        return np_error_set(err, NP_EUSAGE,
                            "--chip-serial, --image and --root-out are for chips, not for modems");
    }
    if (arguments->imei != NULL) {
        NP_TRY(set_imei(arguments->imei, state, err));
    }
    if (arguments->firmware != NULL) {
        NP_TRY(set_firmware(arguments->firmware, state, err));
    }
    if (arguments->line_end != NULL) {
        NP_TRY(set_line_end(arguments->line_end, state, err));
    }
    return arguments->shell == NULL ? NP_OK : set_shell(arguments->shell, state, err);
}

static void put_identity(cli_output *output, const np_modem_state *state)
{
    cli_put_text(output, "model", "model", np_modem_model_name(state->model));
    cli_put_text(output, "imei", "IMEI", state->imei);
    cli_put_text(output, "firmware", "firmware", state->firmware);
    cli_put_text(output, "shell", "shell", np_modem_host_name(state->host));
}

np_code cli_virtual_modem_create(const cli_arguments *arguments, np_modem_model model,
                                 cli_output *output, np_error *err)
{
    NP_CLEANUP(free_state) np_modem_state *state = NULL;
    NP_TRY(new_state(&state, err));
    NP_TRY(np_modem_state_draw(model, np_random_system(), state, err));
    NP_TRY(apply_options(arguments, state, err));
    NP_TRY(modem_file_create(arguments->target, state, err));
    cli_put_text(output, "path", "path", arguments->target);
    put_identity(output, state);
    return NP_OK;
}

/* ---- show ---- */

static void put_credentials(cli_output *output, const np_modem_state *state)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < state->credential_count; i++) {
        const np_modem_credential *credential = &state->credentials[i];
        char type[CLI_MODEM_TYPE_SIZE];
        cli_modem_type_text(credential->type, type);
        cli_print(output, "credential: %u %s, %zu bytes%s", credential->tag, type, credential->len,
                  credential->is_generated ? ", made in the modem" : "");
        json_t *row = json_object();
        json_object_set_new(row, "sectag", json_integer((json_int_t)credential->tag));
        json_object_set_new(row, "type", cli_json_text(type));
        json_object_set_new(row, "bytes", json_integer((json_int_t)credential->len));
        json_object_set_new(row, "is_generated", json_boolean(credential->is_generated));
        json_array_append_new(rows, row);
    }
    cli_put_json(output, "credentials", rows);
}

np_code cli_virtual_modem_show(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    NP_CLEANUP(free_state) np_modem_state *state = NULL;
    uint8_t point[NP_P256_POINT_SIZE];
    NP_TRY(new_state(&state, err));
    NP_TRY(modem_file_read(arguments->target, state, err));
    NP_TRY(np_modem_state_identity(state, point, err));
    put_identity(output, state);
    cli_put_hex(output, "uuid", "UUID", NP_BYTES(state->uuid));
    cli_put_hex(output, "identity_point", "identity key", NP_BYTES(point));
    put_credentials(output, state);
    return NP_OK;
}

/* ---- serve ---- */

typedef struct serving {
    const cli_arguments *arguments;
    cli_output *output;
    const char *time;
} serving;

/* At once, because scripts wait for it. */
static void on_ready(void *self, const np_modem_server_ready *ready)
{
    const serving *run = self;
    cli_put_json(run->output, "event", cli_json_text("ready"));
    cli_put_text(run->output, "pty", "pty", run->arguments->pty);
    cli_put_json(run->output, "device", cli_json_text(ready->device));
    cli_put_json(run->output, "time", cli_json_text(run->time));
    cli_output_flush(run->output);
}

static np_code parse_pace(const char *time, np_modem_pace *ret, np_error *err)
{
    *ret = strcmp(time, "zero") == 0 ? NP_MODEM_PACE_ZERO : NP_MODEM_PACE_TYPICAL;
    if (*ret == NP_MODEM_PACE_ZERO || strcmp(time, "real") == 0) {
        return NP_OK;
    }
    return np_error_set(err, NP_EUSAGE, "--time takes real or zero for a modem, not '%s'", time);
}

np_code cli_virtual_modem_serve(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    serving run = {arguments, output, arguments->time == NULL ? "real" : arguments->time};
    np_modem_server_options options = {.file = arguments->target,
                                       .path = arguments->pty,
                                       .lock_wait_ms = arguments->wait * MS_PER_S,
                                       .ready = on_ready,
                                       .ready_self = &run};
    if (arguments->socket != NULL) {
        return np_error_set(err, NP_EUSAGE, "--socket: a modem is served on a terminal");
    }
    if (arguments->pty == NULL) {
        return np_error_set(err, NP_EUSAGE, "--pty PATH is missing");
    }
    NP_TRY(parse_pace(run.time, &options.pace, err));
    if (arguments->fault != NULL) {
        NP_TRY(np_fault_words_parse(&np_modem_fault_table, arguments->fault, &options.faults, err));
    }
    output->is_lines = true;
    NP_TRY(np_modem_server_run(&options, err));
    cli_put_json(output, "event", cli_json_text("ended"));
    cli_put_json(output, "pty", cli_json_text(arguments->pty));
    return NP_OK;
}
