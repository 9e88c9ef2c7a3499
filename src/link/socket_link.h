/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unix:PATH, a served virtual chip. Waits are not slept: they travel with the next transaction, and
 * the chip's clock jumps (unless it is served in real time). Held from wake to sleep by an flock on
 * PATH.lock, which the server makes.
 */
#pragma once

#include "link/link.h"

typedef struct socket_link socket_link;

/* Errors as socket_client_open; NP_ESTATION_IO when the lock cannot be opened. */
NP_MUST_USE np_code socket_link_open(const char *path, const np_link_options *options,
                                     socket_link **ret, np_error *err);

/* Accepts NULL. */
void socket_link_close(socket_link *link);

np_bus socket_link_bus(socket_link *link);

/* The lock beside a socket: ret_name has PATH_MAX chars. NP_EINPUT_RANGE when it is too long. */
NP_MUST_USE np_code socket_link_name_lock(const char *path, char *ret_name, np_error *err);
