/* SPDX-License-Identifier: Apache-2.0 */
/* What a modem lets us know about itself and one security tag at this moment. */
#pragma once

#include "modem/modem.h"

/* The three credentials that nRF Cloud needs, by their types. */
enum { NP_NORDIC_ROOT, NP_NORDIC_CERTIFICATE, NP_NORDIC_KEY, NP_NORDIC_PLACES };

typedef struct np_nordic_place {
    bool is_there;
    bool has_digest;
    uint8_t digest[NP_MODEM_DIGEST_SIZE];
} np_nordic_place;

typedef struct np_nordic_snapshot {
    np_modem_host host;
    bool has_at;                /* else identity and mode are empty */
    np_modem_identity identity; /* device_uuid from AT%DEVICEUUID, or by attestation */
    unsigned mode;
    np_sec_tag tag;
    np_nordic_place places[NP_NORDIC_PLACES]; /* by type of credential */
} np_nordic_snapshot;

/*
 * Reads; writes nothing. A modem that gives no attestation, because it is old or an application
 * keeps it from doing so, has an empty device_uuid, and that is no error.
 */
NP_MUST_USE np_code np_nordic_snapshot_take(np_modem *modem, np_sec_tag tag,
                                            np_nordic_snapshot *ret, np_error *err);

/* The three places alone, once more. */
NP_MUST_USE np_code np_nordic_places_read(np_modem *modem, np_sec_tag tag,
                                          np_nordic_place ret[static NP_NORDIC_PLACES],
                                          np_error *err);
