/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a device proves itself by: the certificates on record and their keys, each of which can be
 * kept out alone. A blocked key takes all of its certificates with it, also those that the device
 * has not shown yet; a blocked certificate is out even while its key may have another one.
 */
#pragma once

#include "registry/fleet.h"

typedef struct np_credential {
    uint8_t sha256[NP_FINGERPRINT_BYTES];     /* of the certificate's DER */
    uint8_t key_sha256[NP_FINGERPRINT_BYTES]; /* of its SubjectPublicKeyInfo */
    np_pin pin;                               /* NP_PIN_ISSUER: it is that of the device's issuer */
    bool is_blocked;
    bool is_key_blocked;
    int64_t added_at;
    np_bytes der;
} np_credential;

typedef np_code (*np_credential_visit)(void *self, const np_credential *credential, np_error *err);

/* Those of one device, oldest first. Slices live during the call, which must not use the store. */
NP_MUST_USE np_code np_credential_each(np_store *store, np_bytes org, np_bytes identifier,
                                       np_credential_visit visit, void *self, np_error *err);

typedef enum np_credential_kind {
    NP_CREDENTIAL_CERTIFICATE,
    NP_CREDENTIAL_KEY,
    NP_CREDENTIAL_KIND_COUNT
} np_credential_kind;

typedef struct np_credential_name {
    np_bytes org;
    np_bytes identifier; /* of the device */
    np_credential_kind kind;
    uint8_t sha256[NP_FINGERPRINT_BYTES];
} np_credential_name;

/* NP_EINPUT_MISSING when the device has none of this hash. */
NP_MUST_USE np_code np_credential_set_blocked(np_store *store, const np_credential_name *name,
                                              bool is_blocked, const np_actor *actor,
                                              np_error *err);
