/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What passes on a serial line, as lines of text with their times: ">" to the modem, "<" from it.
 * It wraps any port and changes nothing on it. Contents of credentials are not shown, only their
 * size: they may be keys.
 */
#pragma once

#include "modem/port.h"

enum { MODEM_TRACE_MAX = 1024 };

/* A line without its line feed, valid during the call. */
typedef void (*modem_trace_sink)(void *self, const char *text);

typedef struct modem_trace {
    np_port inner;
    modem_trace_sink sink;
    void *sink_self;
    uint64_t begin_ns;
    char direction; /* of what is held; 0: nothing is */
    size_t len;
    uint8_t held[MODEM_TRACE_MAX];
} modem_trace;

/* The port to use instead; trace must outlive it. */
np_port modem_trace_begin(modem_trace *on, np_port inner, modem_trace_sink sink, void *sink_self);

/* What has not ended gets its line. */
void modem_trace_end(modem_trace *on);
