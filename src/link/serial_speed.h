/* SPDX-License-Identifier: Apache-2.0 */
/* Speeds as termios names them. */
#pragma once

#include <stdbool.h>
#include <termios.h>

/* False for a speed that has no name. */
bool serial_speed_of(unsigned baud, speed_t *ret);
