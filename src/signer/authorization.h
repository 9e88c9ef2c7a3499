/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The right to issue, as a file: how many units, which serials, at which stations, of which
 * profile, until when, signed by an authority. doc/formats/authorization.md has the form. Nothing
 * here counts: who remembers how many there are (a registry, a record) is the caller's.
 *
 * Rule for callers: an authorization that was parsed proves nothing. It counts when
 * np_authorization_verify has accepted it with a key that came from elsewhere.
 */
#pragma once

#include "crypto/signing.h"
#include "record/json.h"

enum {
    NP_AUTHORIZATION_ID_SIZE = 16,
    NP_AUTHORIZATION_TEXT_MAX = 64, /* bytes of a serial, a product, the name of a station */
    NP_AUTHORIZATION_STATIONS_MAX = 32,
    NP_AUTHORIZATION_DIGITS_MAX = 18, /* at the end of a serial that counts */
    NP_AUTHORIZATION_MAX = 8192,      /* the file */
};

typedef struct np_authorization_station {
    uint8_t key[32]; /* SHA-256 of its SubjectPublicKeyInfo */
    np_bytes name;   /* for people alone */
} np_authorization_station;

/* Texts are UTF-8 without quotes, backslashes and control characters. */
typedef struct np_authorization {
    uint8_t id[NP_AUTHORIZATION_ID_SIZE];
    np_bytes batch; /* its name in records too: at most 32 bytes */
    uint64_t count;
    np_bytes first; /* serial; first and last are alike but for the digits at their ends */
    np_bytes last;
    np_bytes product; /* may be empty; for people alone */
    np_bytes profile; /* empty: any */
    int64_t created;  /* seconds since 1970 */
    int64_t until;    /* the last second */
    np_authorization_station stations[NP_AUTHORIZATION_STATIONS_MAX]; /* by their keys' bytes */
    size_t station_count;
    bool is_signed;        /* the rest is only there if so */
    uint8_t authority[32]; /* SHA-256 of the key that is said to have signed */
    uint8_t signature[NP_P256_SIGNATURE_SIZE];
} np_authorization;

/* Puts it where it belongs. NP_EINPUT_RANGE when it is there already or there is no room. */
NP_MUST_USE np_code np_authorization_add_station(np_authorization *authorization,
                                                 const np_authorization_station *station,
                                                 np_error *err);

/* NP_EINPUT_FORMAT or NP_EINPUT_RANGE names the term that cannot be. */
NP_MUST_USE np_code np_authorization_check(const np_authorization *authorization, np_error *err);

/* What is signed: one JSON object in canonical form. And its SHA-256. */
void np_authorization_write_terms(const np_authorization *authorization, np_writer *writer);
void np_authorization_digest(const np_authorization *authorization, uint8_t ret[static 32]);

/* The file, signed or not. */
void np_authorization_write(const np_authorization *authorization, np_writer *writer);

/*
 * NP_EINPUT_FORMAT unless it is just what np_authorization_write would write, and what
 * np_authorization_check says. Texts are slices of the file.
 */
NP_MUST_USE np_code np_authorization_parse(np_bytes file, np_authorization *ret, np_error *err);

NP_MUST_USE np_code np_authorization_sign(np_authorization *authorization,
                                          const np_signing *authority, np_error *err);

/* NP_EPOLICY when it is not signed, NP_EINPUT_KEY when another key has signed it, or it was changed
 * since. */
NP_MUST_USE np_code np_authorization_verify(const np_authorization *authorization,
                                            const uint8_t authority[static NP_P256_POINT_SIZE],
                                            np_error *err);

/* May this station issue by this profile now? NP_EPOLICY says why not. */
NP_MUST_USE np_code np_authorization_allows(const np_authorization *authorization,
                                            const uint8_t station[static 32], const char *profile,
                                            int64_t now, np_error *err);

/* Is it one of the serials? */
bool np_authorization_covers(const np_authorization *authorization, np_bytes serial);
