/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The provisioning plan of a modem for nRF Cloud: a root, a key and its certificate in one security
 * tag, from a snapshot, a request and the journal of an earlier run to the ordered steps. Pure;
 * refuses before anything is written. Computed again after an interruption it has the steps that
 * are still needed: a key whose reply was saved is never made a second time, one whose reply was
 * lost is made again. It is not about the cloud's side (cloud/).
 *
 * Rule for callers: a plan that destroys something (np_nordic_plan_destroys) needs consent.
 */
#pragma once

#include "nordic/journal.h"
#include "nordic/reply.h"
#include "nordic/snapshot.h"

/* Texts and slices are borrowed. */
typedef struct np_nordic_request {
    const char *id; /* device id; "": the device's UUID */
    np_bytes roots; /* PEM with LF, one or several */
    bool is_local;  /* make the key here and write it: modems before firmware 1.3, TLS shells */
    bool renews;    /* make a new key although all is there */
    bool keeps_lf;  /* write texts with LF as tools until 2025 did; otherwise CRLF */
    const uint8_t *signer_fingerprint; /* 32 bytes */
    const np_leaf_profile *profile;
} np_nordic_request;

typedef enum np_nordic_step {
    NP_NORDIC_RADIO_OFF,
    NP_NORDIC_DELETE_CERTIFICATE,
    NP_NORDIC_DELETE_KEY,
    NP_NORDIC_DELETE_ROOT,
    NP_NORDIC_MAKE_KEY, /* and save the reply before anything else */
    NP_NORDIC_ISSUE,    /* and save the certificate */
    NP_NORDIC_WRITE_ROOT,
    NP_NORDIC_WRITE_CERTIFICATE,
    NP_NORDIC_WRITE_KEY,
    NP_NORDIC_VERIFY,
    NP_NORDIC_RESTORE_MODE,
    NP_NORDIC_STEP_COUNT
} np_nordic_step;

/* Stable names: "radio-off", "delete-key", "make-key" ... */
const char *np_nordic_step_name(np_nordic_step step);

/* What is lost when the plan is applied, by place; NP_NORDIC_PLACES bits. */
typedef struct np_nordic_plan {
    const np_nordic_request *request;
    np_nordic_snapshot snapshot;
    np_nordic_journal journal;     /* as it shall be before the first step */
    char id[NP_NORDIC_ID_MAX + 1]; /* "" when only the reply to KEYGEN will tell */
    np_nordic_step steps[NP_NORDIC_STEP_COUNT];
    size_t step_count;
    unsigned touched_before;         /* as in the journal: by an interrupted run of ours */
    bool destroys[NP_NORDIC_PLACES]; /* a credential that no such run has left */
    uint8_t hash[32];                /* of what is consented to */
} np_nordic_plan;

static inline void np_nordic_plan_clear(np_nordic_plan *plan)
{
    np_wipe(plan, sizeof(*plan));
}

/*
 * journal: of an earlier run with this modem and tag, or all zero. The hash is SHA-256 over modem,
 * tag, id, kind of key, roots, signer, profile and the credentials that will be lost; not over the
 * steps that remain. Refused:
 *   NP_EUSAGE        a TLS shell without a local key, a local key without an id
 *   NP_EINPUT_RANGE  firmware before 1.3 without a local key; roots, id or tag too long or large
 *   NP_ECONFLICT_OTHER  the journal is of another modem or tag
 */
NP_MUST_USE np_code np_nordic_plan_compute(const np_nordic_snapshot *snapshot,
                                           const np_nordic_request *request,
                                           const np_nordic_journal *journal, np_nordic_plan *ret,
                                           np_error *err);

bool np_nordic_plan_has(const np_nordic_plan *plan, np_nordic_step step);
bool np_nordic_plan_destroys(const np_nordic_plan *plan);

/* True when all that is left is to verify. */
bool np_nordic_plan_is_done(const np_nordic_plan *plan);

/* By what a journal is found again: the IMEI, or the id where the host tells none. */
const char *np_nordic_modem_name(const np_nordic_snapshot *snapshot, const char *id);

/* A text as it is sent: its line ends are LF or CR LF. NP_EINPUT_RANGE. */
NP_MUST_USE np_code np_nordic_write_text(np_bytes text, bool keeps_lf, np_writer *writer,
                                         np_error *err);
