/* SPDX-License-Identifier: Apache-2.0 */
#include "link/faults.h"

enum {
    DEFAULT_DELAY_MS = 100, /* longer than a driver expects, shorter than it waits */
    DELAY_MAX_MS = 60000,
};

static const np_fault_row rows[SERVER_FAULT_KIND_COUNT] = {
    [SERVER_FAULT_NACK] = {.name = "nack@"},
    [SERVER_FAULT_BAD_CRC] = {.name = "bad-crc@"},
    [SERVER_FAULT_SLOW] = {"slow@", DELAY_MAX_MS, DEFAULT_DELAY_MS},
    [SERVER_FAULT_POWER_CUT] = {.name = "power-cut@"},
};

const np_fault_table server_fault_table = {rows, SERVER_FAULT_KIND_COUNT,
                                           "nack@N, bad-crc@N, slow@N:MILLISECONDS or power-cut@N"};
