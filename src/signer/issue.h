/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many certificates: units come in one after the other, fixed workers make their certificates, and
 * they go out in the order in which they came. Bad units go out as refused, with the reason, and
 * stop nothing. It opens no files; where units come from and go to is the caller's.
 *
 * Rule for callers: a certificate exists for the world when the sink is called, and at no other
 * place. What a run must remember before that (a journal), the sink does.
 */
#pragma once

#include "crypto/random.h"
#include "crypto/signing.h"
#include "x509/csr.h"
#include "x509/leaf.h"

enum {
    NP_ISSUE_WORKERS_MAX = 64,
    NP_ISSUE_SERIAL_MAX = 64, /* of a unit: it is a common name as well (X.520) */
    NP_ISSUE_REASON_SIZE = 160,
};

typedef struct np_issue_unit {
    uint64_t line; /* where it stands in the input, for people */
    uint8_t serial[NP_ISSUE_SERIAL_MAX];
    size_t serial_len;
    uint8_t subject[NP_LEAF_NAME_MAX]; /* Name, whole element */
    size_t subject_len;
    uint8_t alt_names[NP_LEAF_ALT_NAMES_MAX];
    size_t alt_names_len;
    uint8_t public_key[NP_P256_POINT_SIZE];
    size_t request_len; /* 0: none */
    bool is_refused;
    char reason[NP_ISSUE_REASON_SIZE]; /* why, in words; else empty */
    size_t der_len;                    /* 0 when it is refused */
    /* From here on only what the lengths say is of this unit. */
    uint8_t certificate_serial[NP_LEAF_SERIAL_MAX];
    uint8_t request[NP_CSR_MAX]; /* whose signature must be of that key */
    uint8_t der[NP_LEAF_MAX];    /* the certificate */
} np_issue_unit;

/* Refuses the unit for this reason. */
void np_issue_refuse(np_issue_unit *unit, const char *format, ...) NP_PRINTF(2, 3);

/*
 * Fills the next unit, which is zero up to its buffers: line, serial, subject, key and what else
 * there is; or refuses it. *ret_is_end when there is none. An error ends the run.
 */
typedef np_code (*np_issue_source)(void *self, np_issue_unit *ret, bool *ret_is_end, np_error *err);

/* Takes the next unit in order, issued or refused. An error ends the run. */
typedef np_code (*np_issue_sink)(void *self, const np_issue_unit *unit, np_error *err);

typedef struct np_issue {
    const np_leaf_template *template;
    const np_signing *signing; /* one for each worker, which must be the authority's */
    unsigned workers;          /* 1 to NP_ISSUE_WORKERS_MAX; 1 works in the caller's thread */
    np_random random;          /* for serial numbers */
    np_issue_source source;    /* both are called in the caller's thread */
    np_issue_sink sink;
    void *self; /* of both */
} np_issue;

typedef struct np_issue_counts {
    uint64_t issued;
    uint64_t refused;
} np_issue_counts;

/*
 * Issues until the source ends. Units are refused that are not possessed by whom their request
 * says, whose key is no point of the curve, and whose serial, key or common name a unit issued
 * before had. *ret_counts is what the sink has taken, also after an error. NP_ESTATION_MEMORY,
 * NP_ESTATION_CRYPTO, NP_ESTATION_HSM, and what source and sink return.
 */
NP_MUST_USE np_code np_issue_run(const np_issue *issue, np_issue_counts *ret_counts, np_error *err);
