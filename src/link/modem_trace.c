/* SPDX-License-Identifier: Apache-2.0 */
#include "link/modem_trace.h"

#include "base/format.h"

#define NS_PER_US UINT64_C(1000)

/* A byte becomes at most "\x1b". */
enum { TEXT_MAX = 4 * MODEM_TRACE_MAX + 64 };

static size_t put_byte(char *text, size_t size, uint8_t byte)
{
    static const char names[] = "\r\n\t";
    static const char letters[] = "rnt";
    const char *name = byte == 0 ? NULL : strchr(names, byte);
    if (name != NULL) {
        return np_format(text, size, "\\%c", letters[name - names]);
    }
    return np_format(text, size, byte >= ' ' && byte <= '~' ? "%c" : "\\x%02x", (unsigned)byte);
}

static void flush(modem_trace *on)
{
    char text[TEXT_MAX];
    if (on->direction == 0) {
        return;
    }
    uint64_t us = (on->inner.ops->now_ns(on->inner.self) - on->begin_ns) / NS_PER_US;
    size_t len = np_format(text, sizeof(text), "%u.%03u ms %c ", (unsigned)(us / 1000),
                           (unsigned)(us % 1000), on->direction);
    for (size_t i = 0; i < on->len; i++) {
        len += put_byte(text + len, sizeof(text) - len, on->held[i]);
    }
    on->sink(on->sink_self, text);
    on->direction = 0;
    on->len = 0;
}

static void add(modem_trace *on, char direction, np_bytes bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        if (on->direction != direction || on->len == sizeof(on->held)) {
            flush(on);
            on->direction = direction;
        }
        on->held[on->len++] = bytes.data[i];
        if (bytes.data[i] == '\n') {
            flush(on);
        }
    }
}

static bool has_at(np_bytes text, const char *part, size_t *ret_behind)
{
    bool is_empty = text.data == NULL || text.len == 0;
    const uint8_t *at = is_empty ? NULL : memmem(text.data, text.len, part, strlen(part));
    *ret_behind = at == NULL ? 0 : (size_t)(at - text.data) + strlen(part);
    return at != NULL;
}

/* Where what must not be shown begins, and how long it is. */
static bool find_secret(np_bytes bytes, size_t *ret_begin, size_t *ret_len)
{
    size_t end = bytes.len;
    if (has_at(bytes, "%CMNG=0,", ret_begin)) {
        const uint8_t *quote = memchr(bytes.data, '"', bytes.len);
        const uint8_t *last = memrchr(bytes.data, '"', bytes.len);
        if (quote == NULL || last == quote) {
            return false;
        }
        *ret_begin = (size_t)(quote - bytes.data) + 1;
        *ret_len = (size_t)(last - quote) - 1;
        return true;
    }
    if (!has_at(bytes, "cred buf ", ret_begin) || bytes.data[*ret_begin] == 'c') {
        return false;
    }
    while (end > *ret_begin && (bytes.data[end - 1] == '\r' || bytes.data[end - 1] == '\n')) {
        end--;
    }
    *ret_len = end - *ret_begin;
    return true;
}

static np_code trace_write(void *self, np_bytes bytes, np_error *err)
{
    modem_trace *on = self;
    size_t begin = 0;
    size_t len = 0;
    flush(on);
    if (find_secret(bytes, &begin, &len)) {
        char hidden[32];
        np_format(hidden, sizeof(hidden), "(%zu bytes)", len);
        add(on, '>', np_bytes_of(bytes.data, begin));
        add(on, '>', np_bytes_text(hidden));
        add(on, '>', np_bytes_of(bytes.data + begin + len, bytes.len - begin - len));
    } else {
        add(on, '>', bytes);
    }
    flush(on);
    return on->inner.ops->write(on->inner.self, bytes, err);
}

static np_code trace_read(void *self, uint64_t deadline_ns, uint8_t *ret_bytes, size_t size,
                          size_t *ret_len, np_error *err)
{
    modem_trace *on = self;
    NP_TRY(on->inner.ops->read(on->inner.self, deadline_ns, ret_bytes, size, ret_len, err));
    add(on, '<', np_bytes_of(ret_bytes, *ret_len));
    return NP_OK;
}

static uint64_t trace_now_ns(void *self)
{
    modem_trace *on = self;
    return on->inner.ops->now_ns(on->inner.self);
}

static const np_port_ops ops = {.write = trace_write, .read = trace_read, .now_ns = trace_now_ns};

np_port modem_trace_begin(modem_trace *on, np_port inner, modem_trace_sink sink, void *sink_self)
{
    *on = (modem_trace){.inner = inner, .sink = sink, .sink_self = sink_self};
    on->begin_ns = inner.ops->now_ns(inner.self);
    return (np_port){.ops = &ops, .self = on};
}

void modem_trace_end(modem_trace *on)
{
    flush(on);
}
