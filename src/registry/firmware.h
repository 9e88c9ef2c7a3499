/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose firmware an organisation trusts: public keys with their states, and what was accepted under
 * them. Archives are not kept here, and not judged here: the keys go to the judge
 * (firmware/judge.h), and what it accepts is recorded with the key that signed it.
 */
#pragma once

#include "registry/fleet.h"

enum {
    NP_TRUSTED_KEY_SIZE = 32, /* Ed25519 */
    NP_TRUSTED_NAME_MAX = 64,
};

typedef enum np_trusted_key_state {
    NP_TRUSTED_ACTIVE,
    NP_TRUSTED_RETIRING, /* still verifies; nothing new should be signed with it */
    NP_TRUSTED_REVOKED,  /* known, so that it can be told apart from a stranger's */
    NP_TRUSTED_STATE_COUNT
} np_trusted_key_state;

/* "active", "retiring", "revoked" */
const char *np_trusted_key_state_name(np_trusted_key_state state);

typedef struct np_trusted_key {
    np_bytes org;
    np_bytes name;    /* 1 to NP_TRUSTED_NAME_MAX bytes, as an organisation's */
    np_bytes product; /* empty: all of the organisation's */
    uint8_t key[NP_TRUSTED_KEY_SIZE];
    np_trusted_key_state state;
    uint64_t firmware; /* archives on record that it signed */
} np_trusted_key;

/* NP_EPOLICY when the organisation has this name or this key already. */
NP_MUST_USE np_code np_trusted_key_add(np_store *store, const np_trusted_key *key,
                                       const np_actor *actor, np_error *err);

typedef np_code (*np_trusted_key_visit)(void *self, const np_trusted_key *key, np_error *err);

/* Those of an organisation for a product (and for all products); product empty: all keys. */
NP_MUST_USE np_code np_trusted_key_each(np_store *store, np_bytes org, np_bytes product,
                                        np_trusted_key_visit visit, void *self, np_error *err);

/* Those that a device may trust now: active and retiring, of its organisation and product. */
NP_MUST_USE np_code np_trusted_key_each_of_device(np_store *store, int64_t device,
                                                  np_trusted_key_visit visit, void *self,
                                                  np_error *err);

/* NP_EINPUT_MISSING. */
NP_MUST_USE np_code np_trusted_key_set_state(np_store *store, np_bytes org, np_bytes name,
                                             np_trusted_key_state state, const np_actor *actor,
                                             np_error *err);

/* NP_EPOLICY while firmware on record was signed with it; NP_EINPUT_MISSING. */
NP_MUST_USE np_code np_trusted_key_remove(np_store *store, np_bytes org, np_bytes name,
                                          const np_actor *actor, np_error *err);

/* An archive that was accepted: what identifies it, and what it says. */
typedef struct np_accepted_firmware {
    int64_t id; /* 0 for a new one */
    np_bytes org;
    np_bytes product;
    np_bytes platform;
    np_bytes architecture;
    np_bytes version;
    np_bytes uuid;
    uint8_t sha256[NP_FINGERPRINT_BYTES]; /* of the whole file */
    uint64_t size;
    uint8_t key[NP_TRUSTED_KEY_SIZE]; /* that signed it */
    int64_t accepted_at;
} np_accepted_firmware;

/*
 * Records it, unless the same file is on record. NP_EPOLICY when the key is not (or no longer) one
 * of the organisation's, or the product has another archive of this UUID.
 */
NP_MUST_USE np_code np_accepted_firmware_add(np_store *store, const np_accepted_firmware *firmware,
                                             const np_actor *actor, np_error *err);

typedef np_code (*np_accepted_firmware_visit)(void *self, const np_accepted_firmware *firmware,
                                              np_error *err);

/* Of a product and platform, each empty for all, in the order in which they came. */
typedef struct np_accepted_query {
    np_bytes org;
    np_bytes product;
    np_bytes platform;
    np_page page;
} np_accepted_query;

NP_MUST_USE np_code np_accepted_firmware_each(np_store *store, const np_accepted_query *query,
                                              np_accepted_firmware_visit visit, void *self,
                                              np_error *err);
