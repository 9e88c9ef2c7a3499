/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libnameplate-i2c.so: programs that open /dev/i2c-N find served virtual chips there. Loaded by
 * LD_PRELOAD, it stands before the functions of the C library that i2c.map lists; what is none of
 * its buses goes on to the kernel, or to the C library's own function. It knows no commands and no
 * chip. Rule for its files: what is called while the table is locked may not be what preload.c
 * defines for a descriptor of ours; system calls by syscall(2) are safe.
 *
 * This header: the buses that are open, as the kernel has open files: several descriptors can lead
 * to one (dup), a fork has a connection of its own. Functions return -1 and set errno like those
 * that they stand for.
 */
#pragma once

#include "link/socket_message.h"
#include "preload/node.h"
#include <linux/i2c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct preload_bus preload_bus;

/* The new descriptor; flags as open has them, of which the access mode counts. */
int preload_bus_open(const preload_node *node, int flags);

/* NULL when the descriptor is none of ours. Takes no lock: for signal handlers too. */
preload_bus *preload_bus_find(int fd);

/* A descriptor that the program never got (the lock's): it must not close it. */
bool preload_bus_is_hidden(int fd);

/* The descriptor leads nowhere from here on; the caller closes it. */
void preload_bus_forget(int fd);

/* All of ours between the two are about to be closed, hidden ones too. */
void preload_bus_forget_range(unsigned first, unsigned last);

/*
 * dup3 when one of the two descriptors is ours; with new_fd -1 fcntl's F_DUPFD_CLOEXEC from lowest
 * on. Ours are closed by exec, always.
 */
int preload_bus_duplicate(int old_fd, int new_fd, int lowest, int flags);

/* The C library's stream on a descriptor of ours, until that is closed. */
void preload_bus_set_stream(int fd, const void *stream);

/* -1 when it is none of ours. */
int preload_bus_find_stream(const void *stream);

/* flock, on the lock beside the socket. */
int preload_bus_flock(preload_bus *bus, int operation);

/* What open and fcntl(F_SETFL) said. */
int preload_bus_flags(const preload_bus *bus);
void preload_bus_set_flags(preload_bus *bus, int flags);

unsigned preload_bus_number(const preload_bus *bus);
const char *preload_bus_path(const preload_bus *bus);

/* Where read, write and I2C_SMBUS go. */
typedef struct preload_address {
    uint16_t address;
    bool is_ten_bit;
} preload_address;

preload_address preload_bus_address(const preload_bus *bus);
void preload_bus_set_address(preload_bus *bus, preload_address address);

/*
 * One transaction; the program waits by itself between two of them, which nobody sees: the chip's
 * clock keeps up with the wall's. ENODEV: the server has gone. EBADF: closed meanwhile.
 */
int preload_bus_transact(preload_bus *bus, const socket_step *step, uint8_t *ret_data,
                         bool *ret_acked);
