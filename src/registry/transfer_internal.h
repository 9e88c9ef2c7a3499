/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the room: the kinds of a transfer with their statements. */
#pragma once

#include "registry/engine.h"
#include "registry/transfer.h"

enum { TRANSFER_DERIVED_MAX = 3, TRANSFER_FOUND_BY_MAX = 2 };

/* Parameters of add are the columns, organisations by their numbers, and behind them what is
 * derived from these. */
typedef struct transfer_row {
    np_transfer_kind kind;
    store_query select; /* the columns; $1: the organisation's name, or empty */
    store_query add;
    store_query find; /* the columns of the one that has these, but for those of their time */
    size_t found_by[TRANSFER_FOUND_BY_MAX]; /* indexes into the parameters of add */
    np_code (*derive)(const np_transfer_value *values, uint8_t (*ret)[NP_FINGERPRINT_BYTES],
                      np_error *err); /* NULL: nothing is */
    size_t derived;
    bool is_organisation; /* looked for before its name makes it: adding sets the rest */
} transfer_row;

/* NULL behind the last one. */
const transfer_row *transfer_row_at(size_t index);
