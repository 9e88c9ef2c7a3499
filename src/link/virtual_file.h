/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A virtual chip whose EEPROM lives in a file. The file is held by a lock while it is open, and
 * stored anew, whole or not at all, after each transaction that changed the EEPROM: a process that
 * is killed loses at most the command that was running.
 */
#pragma once

#include "link/link.h"
#include "virtual/bus.h"

typedef struct virtual_file virtual_file;

NP_MUST_USE np_code virtual_file_open(const char *path, const np_link_options *options,
                                      virtual_file **ret, np_error *err);

/* Lets a running command end, stores what changed, gives the lock back; accepts NULL. */
NP_MUST_USE np_code virtual_file_close(virtual_file *file, np_error *err);

/* Where the chip answers: what a URI without an address means. */
uint8_t virtual_file_address(const virtual_file *file);

np_bus virtual_file_bus(virtual_file *file);

/* The wires under it, for faults and counts. */
np_virtual_bus *virtual_file_wires(virtual_file *file);
