/* SPDX-License-Identifier: Apache-2.0 */
#include "virtual/modem_line.h"

static np_code write_line(void *self, np_bytes bytes, np_error *err)
{
    np_virtual_line *line = self;
    (void)err;
    np_virtual_modem_receive(line->modem, line->now_ns, bytes);
    return NP_OK;
}

static np_code read_line(void *self, uint64_t deadline_ns, uint8_t *ret_bytes, size_t size,
                         size_t *ret_len, np_error *err)
{
    np_virtual_line *line = self;
    (void)err;
    /* what is due may turn out to be nothing: a command that answers nothing, a start */
    for (;;) {
        *ret_len = np_virtual_modem_take(line->modem, line->now_ns, ret_bytes, size);
        uint64_t due_ns = np_virtual_modem_due_ns(line->modem);
        if (*ret_len > 0 || line->now_ns >= deadline_ns) {
            return NP_OK;
        }
        uint64_t next_ns = due_ns < deadline_ns ? due_ns : deadline_ns;
        line->now_ns = next_ns > line->now_ns ? next_ns : line->now_ns;
    }
}

static uint64_t line_now_ns(void *self)
{
    np_virtual_line *line = self;
    return line->now_ns;
}

static const np_port_ops ops = {
    .write = write_line,
    .read = read_line,
    .now_ns = line_now_ns,
};

np_port np_virtual_line_port(np_virtual_line *line)
{
    return (np_port){.ops = &ops, .self = line};
}
