/* SPDX-License-Identifier: Apache-2.0 */
#include "link/trace.h"

enum { NS_PER_US = 1000, US_PER_MS = 1000 };

static uint64_t now_ns(const trace *on)
{
    return on->inner.ops->now_ns(on->inner.self);
}

static void put_ms(trace_text *text, uint64_t ns, int width)
{
    uint64_t us = ns / NS_PER_US;
    trace_put(text, "%*u.%03u ms", width, (unsigned)(us / US_PER_MS), (unsigned)(us % US_PER_MS));
}

/* A line that begins with the time of what it tells. */
static trace_text line_at(trace *on, uint64_t at_ns)
{
    trace_text line = {0};
    if (!on->has_begun) {
        on->has_begun = true;
        on->begin_ns = at_ns;
    }
    put_ms(&line, at_ns - on->begin_ns, 6);
    trace_put(&line, "  ");
    return line;
}

static void tell(trace *on, uint64_t at_ns, const char *what)
{
    trace_text line = line_at(on, at_ns);
    trace_put(&line, "%s", what);
    on->sink(on->sink_self, line.text);
}

void trace_end(trace *on)
{
    if (on->is_waiting) {
        trace_text line = line_at(on, on->sent_ns);
        trace_put(&line, "%s -> no answer (%u poll%s)", on->command.text, on->polls,
                  on->polls == 1 ? "" : "s");
        on->sink(on->sink_self, line.text);
    }
    on->is_waiting = false;
}

static void tell_command(trace *on, uint64_t at_ns, np_bytes group, bool is_acked)
{
    np_atecc_command command;
    on->command = (trace_text){0};
    if (!np_atecc_decode_command(group, &command)) {
        trace_put(&on->command, "damaged command ");
        trace_put_bytes(&on->command, group);
        command.opcode = 0;
    } else {
        trace_put_command(&on->command, &command);
    }
    if (!is_acked) {
        trace_put(&on->command, " -> not acknowledged");
        tell(on, at_ns, on->command.text);
        return;
    }
    on->is_waiting = true;
    on->opcode = command.opcode;
    on->sent_ns = at_ns;
    on->polls = 0;
}

static void tell_write(trace *on, uint64_t at_ns, uint8_t address, np_bytes data, bool is_acked)
{
    static const char *const words[] = {
        [NP_ATECC_WORD_RESET] = "reset the address counter",
        [NP_ATECC_WORD_SLEEP] = "sleep",
        [NP_ATECC_WORD_IDLE] = "idle",
    };
    if (address == 0) {
        trace_end(on);
        tell(on, at_ns, "wake token");
        return;
    }
    if (data.len > 1 && data.data[0] == NP_ATECC_WORD_COMMAND) {
        trace_end(on);
        tell_command(on, at_ns, np_bytes_of(data.data + 1, data.len - 1), is_acked);
        return;
    }
    bool is_word = data.len == 1 && data.data[0] < NP_COUNT_OF(words);
    trace_text line = {0};
    if (is_word) {
        trace_put(&line, "%s", words[data.data[0]]);
    } else {
        trace_put(&line, "write ");
        trace_put_bytes(&line, data);
    }
    if (!is_word || data.data[0] != NP_ATECC_WORD_RESET) {
        trace_end(on);
    }
    trace_put(&line, " at 0x%02x%s", address, is_acked ? "" : " -> not acknowledged");
    tell(on, at_ns, line.text);
}

static void put_read(trace_text *line, const trace *on, np_bytes data)
{
    np_bytes answer;
    if (!np_atecc_decode_response(data, &answer)) {
        trace_put(line, "damaged: ");
        trace_put_bytes(line, data);
    } else if (answer.len == 1 && answer.data[0] == NP_ATECC_AFTER_WAKE) {
        trace_put(line, "awake");
    } else {
        trace_put_answer(line, on->is_waiting ? on->opcode : 0, answer);
    }
}

static void tell_read(trace *on, uint64_t at_ns, uint8_t address, np_bytes data, bool is_acked)
{
    on->polls++;
    if (on->is_waiting && !is_acked) {
        return; /* one of many */
    }
    trace_text line = line_at(on, on->is_waiting ? on->sent_ns : at_ns);
    if (on->is_waiting) {
        trace_put(&line, "%s -> ", on->command.text);
    } else {
        trace_put(&line, "read at 0x%02x -> ", address);
    }
    if (is_acked) {
        put_read(&line, on, data);
    } else {
        trace_put(&line, "not acknowledged");
    }
    if (on->is_waiting) {
        trace_put(&line, " (");
        put_ms(&line, now_ns(on) - on->sent_ns, 0);
        trace_put(&line, ", %u poll%s)", on->polls, on->polls == 1 ? "" : "s");
    }
    on->is_waiting = false;
    on->sink(on->sink_self, line.text);
}

static np_code bus_write(void *self, uint8_t address, np_bytes data, bool *ret_acked, np_error *err)
{
    trace *on = self;
    uint64_t at_ns = now_ns(on);
    NP_TRY(on->inner.ops->write(on->inner.self, address, data, ret_acked, err));
    tell_write(on, at_ns, address, data, *ret_acked);
    return NP_OK;
}

static np_code bus_write_through(void *self, uint8_t address, np_bytes data, np_error *err)
{
    trace *on = self;
    uint64_t at_ns = now_ns(on);
    NP_TRY(on->inner.ops->write_through(on->inner.self, address, data, err));
    tell_write(on, at_ns, address, data, true);
    return NP_OK;
}

static np_code bus_read(void *self, uint8_t address, uint8_t *ret_data, size_t size,
                        bool *ret_acked, np_error *err)
{
    trace *on = self;
    uint64_t at_ns = now_ns(on);
    NP_TRY(on->inner.ops->read(on->inner.self, address, ret_data, size, ret_acked, err));
    tell_read(on, at_ns, address, np_bytes_of(ret_data, size), *ret_acked);
    return NP_OK;
}

static uint64_t bus_now_ns(void *self)
{
    return now_ns(self);
}

static void bus_wait_until_ns(void *self, uint64_t deadline_ns)
{
    trace *on = self;
    on->inner.ops->wait_until_ns(on->inner.self, deadline_ns);
}

static np_code bus_hold(void *self, np_error *err)
{
    trace *on = self;
    return np_bus_hold(&on->inner, err);
}

static void bus_release(void *self)
{
    trace *on = self;
    np_bus_release(&on->inner);
}

/* Without hold where the inner bus has none: the driver does one thing less there. */
np_bus trace_begin(trace *on, np_bus inner, trace_sink sink, void *sink_self)
{
    static const np_bus_ops shared = {.write = bus_write,
                                      .write_through = bus_write_through,
                                      .read = bus_read,
                                      .now_ns = bus_now_ns,
                                      .wait_until_ns = bus_wait_until_ns,
                                      .hold = bus_hold,
                                      .release = bus_release};
    static const np_bus_ops own = {.write = bus_write,
                                   .write_through = bus_write_through,
                                   .read = bus_read,
                                   .now_ns = bus_now_ns,
                                   .wait_until_ns = bus_wait_until_ns};
    *on = (trace){.inner = inner, .sink = sink, .sink_self = sink_self};
    return (np_bus){
        .ops = inner.ops->hold == NULL ? &own : &shared, .self = on, .clock_hz = inner.clock_hz};
}
