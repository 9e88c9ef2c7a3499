/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates of authorities (CAs) that no chip has to store, each signed by its own key: a
 * profile is a constant table, as for the devices below them (x509/leaf.h), whose names they share.
 * No heap, no libcrypto. What a chip stores in 72 bytes is made by x509/profile.h.
 */
#pragma once

#include "x509/leaf.h"
#include "x509/name.h"

/* What the key identifiers of such a certificate are the SHA-1 of. */
typedef enum np_authority_key_id {
    NP_AUTHORITY_KEY_ID_OF_POINT,   /* RFC 5280 4.2.1.2 (1) */
    NP_AUTHORITY_KEY_ID_OF_NOTHING, /* of no bytes at all, as Nordic's scripts wrote it until 2025
                                     */
} np_authority_key_id;

typedef struct np_authority_profile {
    const char *name; /* "nrf-2022" */
    const char *meaning;
    size_t serial_size;  /* octets of the certificate's serial number */
    const char *subject; /* when none is given */
    np_name_order order; /* of the subject; count 0: as it is written */
    np_authority_key_id key_id;
    const np_profile_extension *extensions; /* in order */
    size_t extension_count;
} np_authority_profile;

/* The profiles in order; NULL at the end. */
const np_authority_profile *np_authority_profile_at(size_t index);

/* NULL when there is none of that name. */
const np_authority_profile *np_authority_profile_find(const char *name);

/*
 * The Name of an authority, whole element, from a text like "C=DE,O=Acme" in the profile's order;
 * NULL: the profile's own. Errors as np_name_write_text and np_name_write_in_order;
 * NP_EINPUT_MISSING without any attribute.
 */
NP_MUST_USE np_code np_authority_write_name(const np_authority_profile *profile, const char *text,
                                            np_writer *writer, np_error *err);

/* Slices are borrowed. */
typedef struct np_authority_values {
    np_bytes serial; /* big endian, positive */
    np_bytes name;   /* Name, whole element: of subject and issuer */
    np_validity validity;
    const uint8_t *public_key; /* 64 bytes */
} np_authority_values;

/* The signed part; np_profile_assemble makes the certificate. */
void np_authority_write_tbs(const np_authority_profile *profile, const np_authority_values *values,
                            np_writer *writer);
