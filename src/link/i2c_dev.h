/* SPDX-License-Identifier: Apache-2.0 */
/*
 * i2c:/dev/i2c-N, a real bus through the kernel's i2c-dev. It is held by an flock on the node. A
 * NACK is every short count and what adapters make of it (ENXIO, EREMOTEIO, EIO; specs of the
 * chip 8.4). Linux does not tell how fast a bus is: khz= says so, and the wake token depends on it.
 * An address that a driver of the kernel has is refused before anything is sent to it:
 * NP_ESTATION_BUSY with the sub-code EBUSY.
 */
#pragma once

#include "link/link.h"
#include "link/target.h"

typedef struct i2c_dev i2c_dev;

/*
 * NP_ESTATION_IO with the next step when there is no such node, it may not be opened, or it is no
 * adapter that carries plain I2C.
 */
NP_MUST_USE np_code i2c_dev_open(const link_target *target, const np_link_options *options,
                                 i2c_dev **ret, np_error *err);

/* Accepts NULL. */
void i2c_dev_close(i2c_dev *bus);

np_bus i2c_dev_bus(i2c_dev *bus);
