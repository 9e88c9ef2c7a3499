/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who issues what under which authorization: the count that all stations share, and each unit's
 * serial, key and common name, unique across all authorizations. A unit is counted when it is
 * reserved, before its certificate is signed, and issued when a record has it.
 *
 * A run of a station takes over from the run before: what that had reserved and not confirmed is
 * granted again without being counted again, and nothing that it still tries succeeds. So a unit
 * that was counted is never lost, and two runs never sign for one unit.
 *
 * Rule for callers: reserve, sign, make the record durable, confirm, hand out, in this order.
 */
#pragma once

#include "registry/store.h"

enum { NP_ISSUANCE_REASON_SIZE = 160 };

/* What is issued under. */
typedef struct np_issuance_terms {
    np_bytes id;        /* of the authorization: text */
    uint8_t digest[32]; /* of all that it says */
    np_bytes batch;
    uint64_t count;      /* units at most */
    uint8_t station[32]; /* SHA-256 of its public key */
} np_issuance_terms;

/* One run of a station under an authorization; the store and the terms' texts are borrowed. */
typedef struct np_issuance {
    np_store *store;
    np_issuance_terms terms;
    int64_t run; /* of the station under this authorization, counted from 1 */
} np_issuance;

/* What the registry knew before. */
typedef struct np_issuance_found {
    uint64_t counted;  /* units of all stations, reserved ones among them */
    uint64_t recorded; /* lines of units in this station's record, when it was confirmed last */
    bool has_head;     /* false: this station has confirmed nothing */
    uint8_t head[32];  /* SHA-256 of that record's last line at that moment */
} np_issuance_found;

/* What the registry knows, all zero when it does not know the authorization. Changes nothing. */
NP_MUST_USE np_code np_issuance_find(np_store *store, const np_issuance_terms *terms,
                                     np_issuance_found *ret, np_error *err);

/*
 * Begins a run. NP_EPOLICY when the registry knows the authorization with other terms. now:
 * seconds since 1970.
 */
NP_MUST_USE np_code np_issuance_open(np_store *store, const np_issuance_terms *terms, int64_t now,
                                     np_issuance *ret, np_issuance_found *ret_found, np_error *err);

typedef struct np_issuance_unit {
    np_bytes serial; /* the manufacturer's, UTF-8 */
    uint8_t key_sha256[32];
    np_bytes common_name;        /* empty: it has none */
    np_bytes certificate_serial; /* for confirm */
    bool is_recorded;            /* the station's record has it already */
    /* The station begins the unit anew, and knows that no certificate of it has gone out: what it
     * has reserved and not confirmed may get another key, also in the same run, and another serial
     * or another authorization in a later one. */
    bool is_again;
    bool is_refused; /* by reserve: not counted */
    char reason[NP_ISSUANCE_REASON_SIZE];
} np_issuance_unit;

/*
 * Counts units, all or none, and refuses those for which there is no room and those of which the
 * registry has a part already. NP_ESTATION_BUSY also when a later run of this station has begun.
 */
NP_MUST_USE np_code np_issuance_reserve(const np_issuance *issuance, np_issuance_unit *units,
                                        size_t count, int64_t now, np_error *err);

/* The station's record, after the units were added to it. */
typedef struct np_issuance_record {
    uint64_t units;
    bool has_head; /* false: no record is kept */
    uint8_t head[32];
} np_issuance_record;

/* Their certificates exist and are recorded. Units must have been granted. Errors as reserve. */
NP_MUST_USE np_code np_issuance_confirm(const np_issuance *issuance, const np_issuance_unit *units,
                                        size_t count, const np_issuance_record *record, int64_t now,
                                        np_error *err);
