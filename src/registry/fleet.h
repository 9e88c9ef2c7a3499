/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Organisations and the CAs whose devices they let in. An organisation exists from the moment that
 * something of it is stored. Every change is written down with who made it, in the same
 * transaction.
 */
#pragma once

#include "registry/admission.h"
#include "registry/store.h"

enum {
    NP_ORG_NAME_MAX = 64, /* bytes of UTF-8 */
    NP_FLEET_TEXT_MAX = 512,
};

/* Who changes something, and when; for the list of changes. */
typedef struct np_actor {
    const char *name; /* a user's, or a program's */
    int64_t now;      /* seconds since 1970 */
} np_actor;

/* NP_EINPUT_FORMAT when it is empty, longer than NP_ORG_NAME_MAX, or has control characters. */
NP_MUST_USE np_code np_org_check_name(np_bytes name, np_error *err);

/* Its name, empty when there is none of this number. */
NP_MUST_USE np_code np_org_name(np_store *store, int64_t org, char ret[static NP_ORG_NAME_MAX + 1],
                                np_error *err);

typedef struct np_org {
    int64_t id;
    np_bytes name;
    int64_t added_at; /* 0: not known */
} np_org;

/* A page of a list that is in the order of numbers. */
typedef struct np_page {
    int64_t after;  /* those of higher numbers */
    uint64_t limit; /* 0: no limit */
} np_page;

typedef np_code (*np_org_visit)(void *self, const np_org *org, np_error *err);

/* All, or that of this name, in the order in which they came. */
NP_MUST_USE np_code np_org_each(np_store *store, np_bytes name, const np_page *page,
                                np_org_visit visit, void *self, np_error *err);

typedef struct np_authority {
    int64_t id;                           /* 0 for a new one */
    np_bytes org;                         /* its name */
    np_bytes der;                         /* the CA's certificate */
    uint8_t sha256[NP_FINGERPRINT_BYTES]; /* of the DER; not looked at when it is added */
    bool checks_expiry;
    np_identifier_source source;
    np_pin pin;
    np_bytes product; /* of the devices that it creates; empty: it creates none (no JITP) */
    np_bytes tags;    /* of these: a JSON array of strings */
    np_bytes description;
    uint64_t create_limit; /* devices that it may create; 0: no limit */
    uint64_t created;
    int64_t last_used; /* 0: never */
    int64_t added_at;
} np_authority;

/* For who wants to register a CA: good once, and until expires_at. */
typedef struct np_new_challenge {
    np_bytes org;
    np_bytes authority; /* DER */
    const char *token;  /* nobody's but his: a hash is stored */
    int64_t now;
    int64_t expires_at;
} np_new_challenge;

NP_MUST_USE np_code np_challenge_add(np_store *store, const np_new_challenge *challenge,
                                     np_error *err);

/*
 * Registers a CA whose proof of ownership was checked (registry/ownership.h) against this token,
 * which is used up. token NULL: whoever administers the registry vouches for it. NP_EPOLICY when
 * the challenge is none of this organisation and CA, is used or late; when it is registered
 * already; when another organisation has a CA with this key.
 */
NP_MUST_USE np_code np_authority_add(np_store *store, const np_authority *authority,
                                     const char *token, const np_actor *actor, np_error *err);

/* Slices live during the call, which must not use the store. */
typedef np_code (*np_authority_visit)(void *self, const np_authority *authority, np_error *err);

/* Those of an organisation, or all (org empty), the oldest first. */
NP_MUST_USE np_code np_authority_each(np_store *store, np_bytes org, np_authority_visit visit,
                                      void *self, np_error *err);

/* Devices that it let in stay. NP_EINPUT_MISSING when the organisation has no such CA. */
NP_MUST_USE np_code np_authority_remove(np_store *store, np_bytes org,
                                        const uint8_t sha256[static NP_FINGERPRINT_BYTES],
                                        const np_actor *actor, np_error *err);
