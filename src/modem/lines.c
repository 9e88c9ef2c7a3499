/* SPDX-License-Identifier: Apache-2.0 */
#include "modem/lines.h"

/* ECMA-48: ESC [ parameters and a final byte from 40 to 7E; other sequences are two bytes. */
enum {
    NUL = 0x00,
    BACKSPACE = 0x08,
    ESC = 0x1b,
    DEL = 0x7f,
    FINAL_FIRST = 0x40,
    FINAL_LAST = 0x7e,
};

enum { ESCAPE_NONE, ESCAPE_BEGUN, ESCAPE_PARAMETERS };

void np_lines_init(np_lines *lines)
{
    lines->spans_lines = false;
    lines->escape = ESCAPE_NONE;
    np_lines_drop(lines);
}

void np_lines_drop(np_lines *lines)
{
    lines->len = 0;
    lines->is_quoted = false;
    lines->is_complete = false;
    lines->is_too_long = false;
}

np_bytes np_lines_partial(const np_lines *lines)
{
    return np_bytes_of(lines->data, lines->is_complete ? 0 : lines->len);
}

/* True: the byte is of an ANSI sequence. */
static bool takes_escape(np_lines *lines, uint8_t byte)
{
    if (lines->escape == ESCAPE_BEGUN) {
        lines->escape = byte == '[' ? ESCAPE_PARAMETERS : ESCAPE_NONE;
        return true;
    }
    if (lines->escape == ESCAPE_PARAMETERS) {
        bool is_final = byte >= FINAL_FIRST && byte <= FINAL_LAST;
        /* A line end is never a parameter: a byte of the sequence was lost. */
        bool is_broken = byte == '\r' || byte == '\n';
        lines->escape = is_final || is_broken ? ESCAPE_NONE : ESCAPE_PARAMETERS;
        return !is_broken;
    }
    lines->escape = byte == ESC ? ESCAPE_BEGUN : ESCAPE_NONE;
    return byte == ESC;
}

static bool is_dropped(uint8_t byte)
{
    return byte == NUL || byte == BACKSPACE || byte == DEL;
}

static bool is_line_end(const np_lines *lines, uint8_t byte)
{
    return (byte == '\r' || byte == '\n') && !(lines->spans_lines && lines->is_quoted);
}

static void keep(np_lines *lines, uint8_t byte)
{
    if (lines->len == sizeof(lines->data)) {
        lines->is_too_long = true;
        return;
    }
    lines->data[lines->len++] = byte;
    lines->is_quoted ^= byte == '"';
}

size_t np_lines_take(np_lines *lines, np_bytes bytes, np_bytes *ret_line)
{
    if (lines->is_complete) {
        np_lines_drop(lines);
    }
    *ret_line = (np_bytes){0};
    for (size_t i = 0; i < bytes.len; i++) {
        uint8_t byte = bytes.data[i];
        if (takes_escape(lines, byte) || is_dropped(byte)) {
            continue;
        }
        if (!is_line_end(lines, byte)) {
            keep(lines, byte);
            continue;
        }
        lines->is_quoted = false;
        if (lines->len > 0) {
            lines->is_complete = true;
            *ret_line = np_bytes_of(lines->data, lines->len);
            return i + 1;
        }
    }
    return bytes.len;
}
