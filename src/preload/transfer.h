/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernel's i2c-dev makes of read, write and ioctl, in transactions on a bus. Functions
 * return what read, write and ioctl return, or -1 with the errno that the kernel's fault codes name
 * (Documentation/i2c/fault-codes): ENXIO for what nobody acknowledges, EOPNOTSUPP for what this
 * adapter cannot do, EINVAL for what no adapter can.
 */
#pragma once

#include "preload/bus.h"

/* Of the address that I2C_SLAVE has set. */
long preload_read(preload_bus *bus, void *ret_data, size_t size);
long preload_write(preload_bus *bus, const void *data, size_t size);

/* ioctl: the requests of i2c-dev, and ENOTTY. */
int preload_control(preload_bus *bus, unsigned long request, void *argument);
