/* SPDX-License-Identifier: Apache-2.0 */
/* One key: found, judged, made, proven, shown. */
#pragma once

#include "cli/psa/session.h"

typedef enum psa_outcome { PSA_OUTCOME_UNCHANGED, PSA_OUTCOME_MADE } psa_outcome;

/* A key that is wanted, and what was found out about it before anything is changed. */
typedef struct psa_task {
    psa_wish wish;
    bool exists;       /* in the store, as asked for */
    bool replaces_key; /* the slot has a key that this store does not know */
    uint64_t slot;
    psa_outcome outcome;
    uint8_t point[NP_PUBLIC_KEY_SIZE];
} psa_task;

/*
 * Can it be done, or is it done? Changes nothing. NP_ECONFLICT_OTHER with the reason. A slot with a
 * key that nobody knows is no refusal for a generation: it is marked, and asks for consent.
 */
NP_MUST_USE np_code psa_task_prepare(psa_session *session, psa_task *task, np_error *err);

/* Does it, or nothing when it is done already. Killed anywhere, the next command ends it. */
NP_MUST_USE np_code psa_task_run(psa_session *session, psa_task *task, np_error *err);

/* Lets the key sign 32 fresh bytes. NP_EDEVICE_VERIFY; NP_ECONFLICT_OTHER for another key. */
NP_MUST_USE np_code psa_task_prove(psa_session *session, psa_task *task, np_error *err);

/* A key of the store by its id: NP_EINPUT_MISSING. */
NP_MUST_USE np_code psa_task_find(psa_session *session, const char *id, psa_task *ret,
                                  np_error *err);

/* Signs a request for the key (csr.c); the subject may have {serial} and {id} in it. */
NP_MUST_USE np_code psa_make_csr(psa_session *session, const psa_task *task, const char *subject,
                                 np_writer *ret_der, np_error *err);

enum { PSA_CSR_MAX = 1024 };

/* Puts id, slot, fingerprint, public key and, if there is one, the request into a document. */
json_t *psa_task_json(const psa_task *task, np_bytes csr);
