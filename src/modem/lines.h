/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stream of bytes as lines, however it was cut into reads: CR, LF and CRLF end a line, ANSI
 * sequences, NUL and backspaces are dropped, empty lines are none. Where asked to, it keeps a line
 * whole while a quote is open. Pure; no heap.
 */
#pragma once

#include "base/bytes.h"

/* Twice what the longest command or answer has (specs of the modem 2.1): a 4 kB credential. */
enum { NP_LINE_MAX = 8192 };

typedef struct np_lines {
    bool spans_lines; /* set by the caller: line breaks in quotes are data */
    uint8_t escape;   /* how far into an ANSI sequence */
    bool is_quoted;
    bool is_complete; /* what is held was handed out */
    bool is_too_long; /* its end was dropped */
    size_t len;
    uint8_t data[NP_LINE_MAX];
} np_lines;

void np_lines_init(np_lines *lines);

/*
 * Takes bytes until a line is complete or none is left, and returns how many. *ret_line is the
 * line, valid until the next call, or empty.
 */
size_t np_lines_take(np_lines *lines, np_bytes bytes, np_bytes *ret_line);

/* What has come of a line that has not ended: a prompt perhaps. */
np_bytes np_lines_partial(const np_lines *lines);

/* Forgets what has not ended. */
void np_lines_drop(np_lines *lines);
