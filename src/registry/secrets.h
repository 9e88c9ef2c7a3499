/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shared secrets (registry/nh1.h) on record: of a product, whose devices may create themselves, or
 * of one device. The secret itself is stored, and not a hash: each request names a salt of its own,
 * and whoever verifies it derives the key from the secret's text. So whoever reads the registry can
 * be any of these devices. A certificate has nothing that a reader could use.
 *
 * A product's secret lets nobody be a device that has proven itself by something of its own, a
 * certificate or a secret: whoever has it could else be any device of the product.
 */
#pragma once

#include "registry/fleet.h"
#include "registry/nh1.h"

enum { NP_SECRET_SIZE = 43 }; /* characters: 32 bytes in Base64 without padding */

typedef struct np_shared_secret {
    int64_t id; /* 0 for a new one */
    np_bytes org;
    np_bytes key_id;       /* nhp_ or nhd_, and 43 characters */
    np_bytes secret;       /* 43 characters; empty in a list */
    np_bytes product;      /* of a product's secret */
    np_bytes identifier;   /* of a device's own; empty: it is a product's */
    uint64_t create_limit; /* devices that a product's secret may create; 0: no limit */
    uint64_t created;
    int64_t last_used; /* 0: never */
    int64_t added_at;
} np_shared_secret;

/* A new name and secret, as NervesHub makes them. Text; what the random source returns. */
NP_MUST_USE np_code np_secret_make(bool is_product, char ret_key_id[static NP_NH1_KEY_ID_SIZE + 1],
                                   char ret_secret[static NP_SECRET_SIZE + 1], np_error *err);

/*
 * NP_EINPUT_FORMAT when name or secret are no such; NP_EINPUT_MISSING when there is no such device;
 * NP_EPOLICY when the name is on record.
 */
NP_MUST_USE np_code np_secret_add(np_store *store, const np_shared_secret *secret,
                                  const np_actor *actor, np_error *err);

typedef np_code (*np_secret_visit)(void *self, const np_shared_secret *secret, np_error *err);

/* Those of an organisation, or all (org empty), without the secrets themselves. */
NP_MUST_USE np_code np_secret_each(np_store *store, np_bytes org, np_secret_visit visit, void *self,
                                   np_error *err);

/* Connections that came in by it end. NP_EINPUT_MISSING. */
NP_MUST_USE np_code np_secret_remove(np_store *store, np_bytes org, np_bytes key_id,
                                     const np_actor *actor, np_error *err);

/* What the name of a key comes to as the credential of a connection (registry/gate.h). */
void np_secret_fingerprint(np_bytes key_id, uint8_t ret[static NP_FINGERPRINT_BYTES]);

/*
 * May this one come in, by a request that np_nh1_read has read? The verdict is *ret, also for a
 * refusal; its effects are not stored yet: NP_EFFECT_CREATE_DEVICE for a device that is to be
 * created or comes for the first time, which np_secret_record does. Whether it was sent before is
 * the caller's to remember.
 */
NP_MUST_USE np_code np_secret_judge(np_store *store, const np_nh1 *request,
                                    const np_nh1_policy *policy, int64_t now, np_admission *ret,
                                    np_error *err);

/* Judges again and records, in one transaction. */
NP_MUST_USE np_code np_secret_record(np_store *store, const np_nh1 *request,
                                     const np_nh1_policy *policy, int64_t now, np_admission *ret,
                                     np_error *err);
