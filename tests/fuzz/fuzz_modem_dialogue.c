/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whatever comes from a serial line: typed commands on a port that says it, in pieces, and then
 * nothing for ever. Each must end, in bounded time, with a code; what it returns has its shape.
 */
#include "modem/modem.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

typedef struct line {
    np_bytes rest;
    size_t piece;
    uint64_t now_ns;
} line;

static np_code line_write(void *self, np_bytes bytes, np_error *err)
{
    (void)self;
    (void)err;
    require(bytes.len > 0 && bytes.len <= NP_COMMAND_MAX);
    return NP_OK;
}

static np_code line_read(void *self, uint64_t deadline_ns, uint8_t *ret_bytes, size_t size,
                         size_t *ret_len, np_error *err)
{
    line *on = self;
    (void)err;
    size_t len = on->rest.len < on->piece ? on->rest.len : on->piece;
    len = len < size ? len : size;
    if (len > 0) {
        memcpy(ret_bytes, on->rest.data, len);
        on->rest = np_bytes_of(on->rest.data + len, on->rest.len - len);
    } else {
        on->now_ns = deadline_ns > on->now_ns ? deadline_ns : on->now_ns;
    }
    *ret_len = len;
    return NP_OK;
}

static uint64_t line_now_ns(void *self)
{
    return ((line *)self)->now_ns;
}

static const np_port_ops ops = {.write = line_write, .read = line_read, .now_ns = line_now_ns};

static np_code take_row(void *self, const np_credential *credential, np_error *err)
{
    (void)err;
    require(credential->type <= UINT16_MAX);
    ++*(size_t *)self;
    return NP_OK;
}

static void use_credentials(np_modem *modem)
{
    static uint8_t buffer[NP_CREDENTIAL_MAX];
    np_writer writer = np_writer_of(buffer, sizeof(buffer));
    np_error err;
    size_t rows = 0;
    bool is_there = false;
    np_text_form form;
    (void)!np_modem_list(modem, NULL, take_row, &rows, &err);
    require(rows <= NP_ANSWER_MAX);
    (void)!np_modem_read(modem, 1, 0, &writer, &is_there, &err);
    if (np_modem_write(modem, 1, 0, np_bytes_text("a\nb\n"), &form, &err) == NP_OK) {
        require(form != NP_TEXT_NO_FORM);
    }
    (void)!np_modem_delete(modem, 1, 0, &is_there, &err);
}

static void use_identity(np_modem *modem)
{
    static np_modem_identity identity;
    static np_modem_token token;
    const np_keygen keygen = {.tag = 1};
    np_error err;
    bool exists = false;
    if (np_modem_identify(modem, &identity, &err) == NP_OK) {
        require(strlen(identity.imei) == NP_IMEI_SIZE - 1);
    }
    if (np_modem_keygen(modem, &keygen, &exists, &token, &err) == NP_OK && !exists) {
        require(token.len > 0 && strlen(token.text) == token.len);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static np_modem modem;
    if (size < 2) {
        return 0;
    }
    line on = {.rest = np_bytes_of(data + 2, size - 2), .piece = 1U + data[1]};
    const np_modem_options options = {.host = (np_modem_host)(data[0] % NP_MODEM_HOST_COUNT)};
    np_error err;
    if (np_modem_open(&modem, (np_port){&ops, &on}, &options, &err) == NP_OK) {
        require(np_modem_host_of(&modem) != NP_MODEM_HOST_AUTO);
        use_identity(&modem);
        use_credentials(&modem);
    }
    return 0;
}
