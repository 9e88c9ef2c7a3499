/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What people and programs tell a line, a line of text each:
 *
 *     scan BAY SERIAL   the serial of the unit in this bay; BAY is - for the first one that waits
 *     again BAY         begin the unit in this bay anew
 *     resume            after a halt
 *     stop              when the units in work are done
 *
 * Parsing is pure.
 */
#pragma once

#include "station/config.h"

typedef enum np_order_kind {
    NP_ORDER_SCAN,
    NP_ORDER_AGAIN,
    NP_ORDER_RESUME,
    NP_ORDER_STOP,
    NP_ORDER_COUNT
} np_order_kind;

typedef struct np_order {
    np_order_kind kind;
    int bay;         /* index; -1: the first one that waits, or none is meant */
    np_bytes serial; /* a slice of the line */
} np_order;

/* A line without its line feed. NP_EUSAGE says what it is not, or that there is no such bay. */
NP_MUST_USE np_code np_order_parse(np_bytes line, const np_station_config *config, np_order *ret,
                                   np_error *err);
