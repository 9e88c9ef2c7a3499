/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the room: what the files of the fleet share. */
#pragma once

#include "registry/engine.h"
#include "registry/fleet.h"

/* In a transaction: the number of the organisation, which is made if it is not there. */
NP_MUST_USE np_code fleet_take_org(np_store *store, np_bytes name, int64_t now, int64_t *ret_id,
                                   np_error *err);

/* In a transaction: writes down who has changed what. */
NP_MUST_USE np_code fleet_note_change(np_store *store, const np_actor *actor, const char *what,
                                      np_bytes org, np_bytes subject, np_error *err);

/* What has changed for the organisation that a device was moved to. */
#define FLEET_DEVICE_ARRIVE "device arrive"

/* By this gateways find connections that were admitted by what is gone. */
#define FLEET_SECRET_REMOVE "secret remove"

/* Visitors for results of one number: the last row's first column. */
np_code fleet_take_number(void *self, const store_value *columns, np_error *err);

/* A column that holds a hash or an Ed25519 key; NP_ESTATION_DATABASE when it has not 32 bytes. */
NP_MUST_USE np_code fleet_take_digest(const store_value *column,
                                      uint8_t ret[static NP_FINGERPRINT_BYTES], np_error *err);

/* NULL for an empty text. */
store_value fleet_optional_text(np_bytes text);

/* For LIMIT; 0 is no limit. */
store_value fleet_limit(uint64_t limit);
