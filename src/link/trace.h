/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every transaction on a bus as a line of text, in the data sheet's names and with its time. It
 * wraps any bus and changes nothing on it. A command and its answer share a line; polls that were
 * not acknowledged are counted there.
 */
#pragma once

#include "atecc/bus.h"
#include "link/trace_names.h"

/* A line without its line feed, valid during the call. */
typedef void (*trace_sink)(void *self, const char *text);

typedef struct trace {
    np_bus inner;
    trace_sink sink;
    void *sink_self;
    uint64_t begin_ns; /* of the first transaction: times count from there */
    bool has_begun;
    bool is_waiting;  /* for the answer to a command */
    uint8_t opcode;   /* of that command */
    uint64_t sent_ns; /* when it was on the wire */
    unsigned polls;
    trace_text command;
} trace;

/* The bus to use instead; trace must outlive it. */
np_bus trace_begin(trace *on, np_bus inner, trace_sink sink, void *sink_self);

/* A command that has no answer yet gets its line. */
void trace_end(trace *on);
