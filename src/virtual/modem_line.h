/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The virtual serial line: a virtual modem at its end, and a virtual clock. Time passes only by
 * waiting, and then as far as the next byte; the line itself takes none. Pure. What the virtual bus
 * is to a virtual chip.
 */
#pragma once

#include "modem/port.h"
#include "virtual/modem.h"

typedef struct np_virtual_line {
    np_virtual_modem *modem; /* borrowed */
    uint64_t now_ns;
} np_virtual_line;

/* The port for a host; the line must outlive it. */
np_port np_virtual_line_port(np_virtual_line *line);
