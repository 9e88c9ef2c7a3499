/* SPDX-License-Identifier: Apache-2.0 */
/* Devices that come to a server as fast as they can: handshake after handshake, some at a time. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct clients_options {
    uint16_t port;           /* of 127.0.0.1 */
    int version;             /* TLS1_2_VERSION or TLS1_3_VERSION, and no other */
    bool resumes;            /* after the first handshake of each */
    const char *certificate; /* PEM files */
    const char *key;
    unsigned at_a_time;
    double seconds;
} clients_options;

/*
 * How many handshakes were brought to their end: with TLS 1.3 that is when the server's ticket has
 * come, since it sends none before it has let the device in. Ends the program when one is refused.
 */
unsigned long clients_run(const clients_options *options);
