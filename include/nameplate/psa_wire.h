/* SPDX-License-Identifier: Apache-2.0 */
/* A bus for PSA keys on an operating system: from a chip's URI to a port. */
#pragma once

#include <nameplate/psa.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct np_psa_wire np_psa_wire;

/*
 * "i2c:/dev/i2c-1" or "unix:PATH" of a served virtual chip. The bus is shared with other processes:
 * each call waits at most wait_ms for them. *ret is to be closed. Errors: NP_EUSAGE for a URI of
 * another kind, NP_EINPUT_MISSING, NP_ESTATION_IO, NP_ESTATION_MEMORY.
 */
NP_MUST_USE np_code np_psa_wire_open(const char *uri, unsigned wait_ms, np_psa_wire **ret,
                                     np_error *err);

/* Accepts NULL. */
void np_psa_wire_close(np_psa_wire *wire);

/* For np_psa_chip_init; as long as the wire is open. */
const np_psa_port *np_psa_wire_port(const np_psa_wire *wire);
uint8_t np_psa_wire_address(const np_psa_wire *wire);

#ifdef __cplusplus
}
#endif
