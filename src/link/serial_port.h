/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tty as a port (modem/port.h): raw, at a speed, for one process alone (flock and TIOCEXCL), with
 * reads that end at a deadline. How the tty was set is put back when it is closed.
 */
#pragma once

#include "link/modem_target.h"
#include "modem/port.h"

typedef struct serial_port serial_port;

/*
 * Waits at most wait_ms for another process. NP_EINPUT_MISSING without such a file,
 * NP_EINPUT_FORMAT when it is no tty, NP_ESTATION_BUSY with the process that holds it,
 * NP_ESTATION_IO, with a hint about permissions.
 */
NP_MUST_USE np_code serial_port_open(const modem_target *target, unsigned wait_ms,
                                     serial_port **ret, np_error *err);

/* Accepts NULL. */
void serial_port_close(serial_port *port);

np_port serial_port_table(serial_port *port);
