/* SPDX-License-Identifier: Apache-2.0 */
#include "link/served_counts.h"

#include "atecc/commands.h"
#include "base/wipe.h"
#include "link/socket_client.h"
#include <string.h>

static np_code find_path(const char *uri, const char **ret, np_error *err)
{
    static const char scheme[] = "unix:";
    const size_t length = sizeof(scheme) - 1;
    if (strncmp(uri, scheme, length) != 0 || uri[length] == '\0') {
        np_code code = np_error_set(err, NP_EUSAGE, "%.*s: only a served chip is counted", 80, uri);
        return np_error_hint(err, code, "unix:PATH, the socket that it is served at");
    }
    *ret = uri + length;
    return NP_OK;
}

static void ask(uint8_t opcode, np_writer *writer)
{
    socket_step step = {.kind = SOCKET_COUNT, .opcode = opcode};
    socket_encode_step(&step, writer);
}

static np_code take(np_reader *results, size_t count, served_counts *ret,
                    const socket_client *client, np_error *err)
{
    bool is_good = socket_decode_count(results, &ret->wakes);
    for (size_t i = 0; i < count; i++) {
        is_good = is_good && socket_decode_count(results, &ret->commands[i]);
    }
    return is_good && np_reader_is_done(results) ? NP_OK : socket_client_refuse(client, err);
}

np_code served_counts_read(const char *uri, served_counts *ret, np_error *err)
{
    size_t count = 0;
    const np_atecc_command_row *rows = np_atecc_command_rows(&count);
    NP_CLEANUP(socket_client_close) socket_client client = {.fd = -1};
    const char *path = NULL;
    np_reader results;
    *ret = (served_counts){0};
    NP_TRY(find_path(uri, &path, err));
    NP_TRY(socket_client_open(path, &client, err));
    np_writer request = socket_client_begin(&client);
    ask(SOCKET_COUNT_WAKES, &request);
    for (size_t i = 0; i < count; i++) {
        ask(rows[i].opcode, &request);
    }
    NP_TRY(socket_client_send(&client, &request, &results, err));
    return take(&results, count, ret, &client, err);
}
