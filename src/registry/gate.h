/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rule of admission (registry/admission.h) on a store: what it asks is looked up, what it wants
 * stored is stored. Who comes in for the first time is judged again inside the transaction that
 * records him, so that of two who come at one moment with one identity one is recorded.
 */
#pragma once

#include "registry/admission.h"
#include "registry/store.h"

enum { NP_GATE_GROUP_MAX = 256 }; /* not tuned */

/* The rule's questions, asked of this store, which must outlive the table. */
np_admission_store np_gate_ask(np_store *store);

/* One who stands at the gate: the chain lives until he was judged. */
typedef struct np_gate_request {
    const np_bytes *chain;
    size_t chain_len;
} np_gate_request;

typedef struct np_gate_options {
    np_admission_policy policy;
    np_judge judge;
    int64_t now;
    bool are_new; /* np_gate_judge has just found them so: that need not be read once more */
} np_gate_options;

/*
 * Judges by reading alone: who has NP_EFFECT_ADD_CERTIFICATE is in only when np_gate_admit says so.
 * The questions about a group are put to the store together. When it fails, all verdicts that are
 * not there yet say storage_unavailable, and the error is returned.
 */
NP_MUST_USE np_code np_gate_judge(np_store *store, const np_gate_options *options,
                                  const np_gate_request *requests, size_t count, np_admission *ret,
                                  np_error *err);

/*
 * Judges, and records those who may come in. Those who are known are judged by reading alone. All
 * the others of a group are recorded in one transaction, durable when this returns: a group of some
 * hundred costs little more than one. One that the database refuses spoils nobody else's: the group
 * is recorded by halves then. Who could not be recorded has the verdict storage_unavailable, and
 * the error is returned; the other verdicts are true then too.
 */
NP_MUST_USE np_code np_gate_admit(np_store *store, const np_gate_options *options,
                                  const np_gate_request *requests, size_t count, np_admission *ret,
                                  np_error *err);

/* Notes when devices were seen. May be late, and may be left out. */
NP_MUST_USE np_code np_gate_note_seen(np_store *store, const int64_t *devices, size_t count,
                                      int64_t now, np_error *err);

/* Which of a device's connections may not be there any more, besides those of its former owners. */
typedef enum np_exclusion_kind {
    NP_EXCLUDED_NONE, /* it has moved, and that is all */
    NP_EXCLUDED_BLOCKED,
    NP_EXCLUDED_DELETED,
    NP_EXCLUDED_CREDENTIAL, /* those by this certificate: it, or its key, is blocked */
    NP_EXCLUDED_SECRET,     /* those of any device by this shared secret, which was removed */
    NP_EXCLUSION_KIND_COUNT
} np_exclusion_kind;

typedef struct np_exclusion {
    np_exclusion_kind kind;
    int64_t device;
    int64_t org;                              /* whose it is now */
    uint8_t credential[NP_FINGERPRINT_BYTES]; /* SHA-256 of the certificate on record, or
                                                 np_secret_fingerprint */
} np_exclusion;

/*
 * Why a connection that was admitted so, by this credential, may not stay: a clause for
 * people. NULL: this one does not concern it.
 */
const char *np_exclusion_tell(const np_exclusion *exclusion, const np_admission *admission,
                              const uint8_t credential[static NP_FINGERPRINT_BYTES]);

/*
 * What changes behind number *seq exclude, and somewhat before it, since changes do not become
 * visible in their order: so an exclusion is named more than once. *seq is then the number of the
 * newest; 0 begins with the last ones. visit must not use the store.
 */
NP_MUST_USE np_code np_gate_each_excluded(np_store *store, int64_t *seq,
                                          np_code (*visit)(void *self,
                                                           const np_exclusion *exclusion,
                                                           np_error *err),
                                          void *self, np_error *err);
