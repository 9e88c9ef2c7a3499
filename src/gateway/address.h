/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses of sockets as people write them. Nothing is looked up: names are no addresses. */
#pragma once

#include "base/bytes.h"
#include <sys/socket.h>

enum { NP_ADDRESS_TEXT_SIZE = 128 }; /* "unix:" and a socket's path, 107 bytes at most */

typedef struct np_address {
    struct sockaddr_storage storage;
    socklen_t len;
} np_address;

/* "192.0.2.1:443", "[2001:db8::1]:443", "unix:/run/mqtt.socket"; false for anything else. */
bool np_address_parse(const char *text, np_address *ret);

/* The same back; "unknown" for another family. */
void np_address_format(const struct sockaddr_storage *storage, char ret[NP_ADDRESS_TEXT_SIZE]);

/* Does nobody reach it from another machine? */
bool np_address_is_local(const np_address *address);
