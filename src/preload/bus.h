/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libnameplate-i2c.so: programs that open /dev/i2c-N find served virtual chips there. Loaded by
 * LD_PRELOAD, it stands before the C library's open, close, read, write, ioctl and flock; what is
 * none of its buses goes on to the kernel. NAMEPLATE_I2C names the buses:
 * "1=unix:PATH,2=unix:PATH". It knows no commands and no chip; copies of descriptors (dup) are not
 * followed. Rule for its two files: nothing here may call what preload.c defines before the bus is
 * out of the table.
 *
 * This header: the buses that are open. Functions return -1 and set errno like those they stand
 * for.
 */
#pragma once

#include <linux/i2c-dev.h>
#include <linux/i2c.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct preload_bus preload_bus;

/* Is /dev/i2c-N of the environment meant? Then *ret_fd is the new descriptor, or -1 with errno. */
bool preload_bus_open(const char *path, int *ret_fd);

/* NULL when the descriptor is none of ours. */
preload_bus *preload_bus_find(int fd);

int preload_bus_close(preload_bus *bus);

/* Of the address that I2C_SLAVE has set. */
long preload_bus_read(preload_bus *bus, void *ret_data, size_t size);
long preload_bus_write(preload_bus *bus, const void *data, size_t size);

int preload_bus_set_address(preload_bus *bus, unsigned long address);
int preload_bus_transfer(preload_bus *bus, const struct i2c_rdwr_ioctl_data *data);
int preload_bus_smbus(preload_bus *bus, const struct i2c_smbus_ioctl_data *data);

/* The lock beside the socket. */
int preload_bus_lock_fd(const preload_bus *bus);
