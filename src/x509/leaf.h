/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates of devices that store them whole, in whatever form their cloud wants: a profile is a
 * constant table, a template is what all certificates of one run have alike, already in DER. Making
 * one copies the template's parts around serial number, name and key. No heap, no libcrypto. What
 * a chip stores in 72 bytes is made by x509/profile.h, and stands here only with its name.
 */
#pragma once

#include "x509/certificate.h"
#include "x509/profile.h"

enum {
    NP_LEAF_SERIAL_MAX = 20, /* RFC 5280 4.1.2.2 */
    NP_LEAF_NAME_MAX = 512,  /* of a subject or issuer; not tuned */
    NP_LEAF_ALT_NAMES_MAX = 256,
    NP_LEAF_MAX = 2048, /* a certificate with all of these at their longest */
};

typedef struct np_leaf_profile {
    const char *name;    /* "nrf-2022" */
    const char *meaning; /* one line for people */
    size_t serial_size;  /* octets of the certificate's serial number */
    bool is_version_1;
    bool copies_request_subject; /* in order and types; otherwise the caller makes the name */
    bool names_serial_number;    /* the subject has the attribute serialNumber */
    /* Extensions in order; none: no field for them either. */
    const np_profile_extension *extensions;
    size_t extension_count;
    const np_profile *stored_as; /* what chips store in 72 bytes; NULL: the rest says what it is */
} np_leaf_profile;

/* The profiles in order; NULL at the end. */
const np_leaf_profile *np_leaf_profile_at(size_t index);

/* NULL when there is none of that name. */
const np_leaf_profile *np_leaf_profile_find(const char *name);

/* "no well-defined expiration date": 99991231235959Z (RFC 5280 4.1.2.5). */
np_civil np_leaf_no_expiry(void);

typedef struct np_leaf_template {
    const np_leaf_profile *profile;
    uint8_t middle[NP_LEAF_NAME_MAX + 64]; /* algorithm, issuer, validity */
    size_t middle_len;
    uint8_t authority_key_id[NP_KEY_ID_SIZE];
    uint8_t authority_key[64];
    uint8_t dates[NP_DATES_SIZE]; /* of a profile that chips store */
} np_leaf_template;

/*
 * What the certificates of this authority will have alike. Its key identifier is the one that its
 * own certificate carries, or the hash of its key. NP_EINPUT_RANGE when its name is too long,
 * NP_EINPUT_KEY when its key is not of P-256, NP_EINPUT_TIME when chips cannot store the validity.
 */
NP_MUST_USE np_code np_leaf_prepare(const np_leaf_profile *profile, const np_certificate *authority,
                                    const np_validity *validity, np_leaf_template *ret,
                                    np_error *err);

/* Slices are borrowed. */
typedef struct np_leaf_values {
    np_bytes serial;           /* of the certificate: big endian, positive */
    np_bytes subject;          /* Name, whole element */
    const uint8_t *public_key; /* 64 bytes */
    np_bytes alt_names;        /* GeneralName elements; empty: no such extension */
} np_leaf_values;

/*
 * Random octets of the profile's size become a serial number that is positive and has this length
 * in every certificate: the highest two bits are 01.
 */
void np_leaf_shape_serial(uint8_t *serial);

/* The signed part; np_profile_assemble makes the certificate. */
void np_leaf_write_tbs(const np_leaf_template *from, const np_leaf_values *values,
                       np_writer *writer);

/* GeneralName elements. NP_EINPUT_FORMAT for an empty text or characters outside ASCII. */
NP_MUST_USE np_code np_leaf_write_dns(np_writer *writer, np_bytes text, np_error *err);
NP_MUST_USE np_code np_leaf_write_uri(np_writer *writer, np_bytes text, np_error *err);
