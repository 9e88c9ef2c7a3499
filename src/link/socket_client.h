/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A client of a served virtual chip: one connection, one request at a time, blocking. Rule for
 * callers: begin a request, append steps, send it, read a result for each transaction.
 */
#pragma once

#include "link/socket_message.h"
#include <nameplate/error.h>

typedef struct socket_client {
    int fd;
    const char *path; /* for messages; borrowed */
    socket_greeting greeting;
    uint64_t now_ns; /* of the chip's clock, as the last reply said */
    uint8_t request[SOCKET_PREFIX_SIZE + SOCKET_BODY_MAX];
    uint8_t reply[SOCKET_BODY_MAX];
} socket_client;

/*
 * Connects and reads the greeting. NP_EINPUT_MISSING when there is no such socket,
 * NP_ESTATION_TIMEOUT when nobody serves it any more, NP_EINPUT_FORMAT when what answers is no
 * served chip, NP_ESTATION_IO otherwise. Closed by socket_client_close whatever it returned.
 */
NP_MUST_USE np_code socket_client_open(const char *path, socket_client *ret, np_error *err);
void socket_client_close(socket_client *client);

/* An empty request, to append steps to. */
np_writer socket_client_begin(socket_client *client);

/* Sends it and waits for the reply; the reader has the results, until the next request. */
NP_MUST_USE np_code socket_client_send(socket_client *client, const np_writer *request,
                                       np_reader *ret_results, np_error *err);

/* NP_ESTATION_TIMEOUT: nobody serves this chip any more. */
np_code socket_client_ended(const socket_client *client, np_error *err);

/* A reply that does not hold what was asked for. */
np_code socket_client_refuse(const socket_client *client, np_error *err);
