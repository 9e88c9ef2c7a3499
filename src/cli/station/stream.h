/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events to whoever listens at a unix socket, a line of JSON each, and orders back
 * (station/order.h). Who connects gets the state of the line first. Who does not read what is sent
 * is dropped: nobody holds up the line.
 */
#pragma once

#include "station/board.h"
#include "station/order.h"
#include <event2/event.h>

typedef struct cli_stream cli_stream;

typedef struct cli_stream_options {
    struct event_base *base;
    const char *path;      /* of the socket; an old one that nobody serves is replaced */
    const np_board *board; /* borrowed */
    /* What a client wants; an error is told to it. */
    np_code (*order)(void *self, np_bytes line, np_error *err);
    void *self;
} cli_stream_options;

/* NP_ESTATION_BUSY when somebody serves this socket, NP_ESTATION_IO. */
NP_MUST_USE np_code cli_stream_open(const cli_stream_options *options, cli_stream **ret,
                                    np_error *err);

/* To all; a line without its line feed. Accepts NULL. */
void cli_stream_tell(cli_stream *stream, np_bytes line);

/* Accepts NULL. Removes the socket. */
void cli_stream_close(cli_stream *stream);
