/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who comes in is recorded, a group at a time and a statement for each kind of row. Where two of a
 * group claim one device, key or certificate, the group is recorded in waves: the later claim is
 * judged again when the earlier one is on record. Inside the room.
 */
#pragma once

#include "registry/judging.h"

/*
 * In a transaction: judges those at these places, at most NP_GATE_GROUP_MAX, and records those who
 * come in. Fails when another gate was quicker, or the database refuses a row: then it is to be
 * called in another transaction.
 */
NP_MUST_USE np_code recording_write(np_store *store, const judging_group *group,
                                    const size_t *places, size_t count, np_error *err);
