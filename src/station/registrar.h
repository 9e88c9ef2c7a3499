/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A registry that counts for all stations (registry/issuance.h), as the line asks it: before a
 * certificate is signed and after its line is durable. One thread at a time: the line's hooks are
 * called so.
 */
#pragma once

#include "registry/issuance.h"
#include "station/ledger.h"

typedef struct np_registrar np_registrar;

/*
 * Opens the registry and looks what it knows; changes nothing there. The terms' texts must live as
 * long. What np_store_open says.
 */
NP_MUST_USE np_code np_registrar_open(const char *uri, const np_issuance_terms *terms,
                                      np_registrar **ret, np_error *err);

/* Accepts NULL. */
void np_registrar_free(np_registrar *registrar);

/* The record's last line as the registry knows it; NULL: it knows none. For np_ledger_options. */
const np_record_hash *np_registrar_head(const np_registrar *registrar);

/*
 * The ledger is open: do both fit together? Begins to count. NP_EPOLICY when the record or the
 * registry was rolled back. record: its name, for people. now: seconds since 1970.
 */
NP_MUST_USE np_code np_registrar_begin(np_registrar *registrar, const np_ledger_found *found,
                                       const char *record, int64_t now, np_error *err);

/* As np_station_hooks has them. NP_EPOLICY for a duplicate, or when all are counted. */
NP_MUST_USE np_code np_registrar_reserve(np_registrar *registrar, const char *serial,
                                         const char *common_name,
                                         const uint8_t key_sha256[static 32], int64_t now,
                                         np_error *err);
NP_MUST_USE np_code np_registrar_confirm(np_registrar *registrar, const char *serial,
                                         np_bytes certificate, const np_issuance_record *record,
                                         int64_t now, np_error *err);
