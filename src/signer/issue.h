/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many certificates: units come in one after the other, fixed workers check their keys and make
 * their certificates, and they go out in the order in which they came. Bad units go out as refused,
 * with the reason, and stop nothing. It opens no files; where units come from and who has a say in
 * them is the caller's.
 *
 * Units travel in groups. Whoever has a say is a part (a record, a registry, an output): it
 * is asked before a group is signed and told when it has been, always in the order of the input.
 *
 * Rule for callers: a certificate exists for the world when the last part has confirmed it. What
 * must be remembered before that (a record), an earlier part does.
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
    NP_ISSUE_GROUP_MAX = 1024,
    NP_ISSUE_PARTS_MAX = 4,
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
    uint8_t chip_serial[NP_CHIP_SERIAL_SIZE]; /* where a profile that chips store needs it */
    bool has_chip_serial;
    size_t request_len; /* 0: none */
    bool is_refused;
    char reason[NP_ISSUE_REASON_SIZE]; /* why, in words; else empty */
    bool is_recorded; /* made by an earlier run: a part has filled der, and nothing is signed */
    size_t der_len;   /* 0 before it is signed and when it is refused */
    /* From here on only what the lengths say is of this unit. */
    uint8_t certificate_serial[NP_LEAF_SERIAL_MAX];
    union {                          /* the request is gone when parts are asked */
        uint8_t request[NP_CSR_MAX]; /* whose signature must be of that key */
        uint8_t der[NP_LEAF_MAX];    /* the certificate */
    };
} np_issue_unit;

/* Refuses the unit for this reason. */
void np_issue_refuse(np_issue_unit *unit, const char *format, ...) NP_PRINTF(2, 3);

/*
 * Fills the next unit, which is zero up to its buffers: line, serial, subject, key and what else
 * there is; or refuses it. *ret_is_end when there is none. An error ends the run.
 */
typedef np_code (*np_issue_source)(void *self, np_issue_unit *ret, bool *ret_is_end, np_error *err);

/* Units that are reserved, made durable and handed out at once, refused ones among them. */
typedef struct np_issue_group {
    np_issue_unit *units;
    size_t count;
} np_issue_group;

/*
 * Whoever has a say in what is issued. Both are called in the caller's thread, for the groups in
 * their order; either may be NULL. What they return ends the run: after an error of reserve the
 * groups reserved before are still confirmed, after one of confirm nothing is.
 *
 * A run can end at any moment between the two, and is then run again with the same input: reserve
 * sees the same units once more (serial, key and subject are the same; the number of the
 * certificate is not, unless it is recorded) and must take them as the ones that it knows. confirm
 * sees recorded units once more as well. So both must be idempotent, and what was reserved and not
 * confirmed is not lost and not counted twice.
 */
typedef struct np_issue_part {
    /* Before signing; keys are checked. Refuses units by np_issue_refuse, or lets them be. Skips
     * those that are refused already. */
    NP_MUST_USE np_code (*reserve)(void *self, np_issue_group *group, np_error *err);
    /* After signing: der is there. The parts before have confirmed the whole group. */
    NP_MUST_USE np_code (*confirm)(void *self, const np_issue_group *group, np_error *err);
    void *self;
} np_issue_part;

typedef struct np_issue {
    const np_leaf_template *template;
    const np_signing *signing; /* one for each worker, which must be the authority's */
    unsigned workers;          /* 1 to NP_ISSUE_WORKERS_MAX; the caller's thread is one of them */
    unsigned group;            /* units in a group, 1 to NP_ISSUE_GROUP_MAX */
    np_random random;          /* for serial numbers */
    np_issue_source source;    /* called in the caller's thread */
    void *self;                /* of the source */
    np_issue_part parts[NP_ISSUE_PARTS_MAX]; /* asked and told in this order */
    size_t part_count;
} np_issue;

typedef struct np_issue_counts {
    uint64_t issued;
    uint64_t recorded; /* were there before */
    uint64_t refused;
} np_issue_counts;

/*
 * The 72 bytes that a chip stores instead of the certificate, which comes back from them byte for
 * byte. NP_EINPUT_STORABLE when it does not.
 */
NP_MUST_USE np_code np_issue_compress(const np_leaf_template *template, const np_issue_unit *unit,
                                      uint8_t ret[static NP_COMPRESSED_SIZE], np_error *err);

/*
 * Issues until the source ends. Units are refused that are not possessed by whom their request
 * says, whose key is no point of the curve, and that a part refuses; signer/journal.h is the part
 * that knows duplicates. *ret_counts is what all parts have confirmed, also after an error.
 * NP_ESTATION_MEMORY, NP_ESTATION_CRYPTO, NP_ESTATION_HSM, and what source and parts return.
 */
NP_MUST_USE np_code np_issue_run(const np_issue *issue, np_issue_counts *ret_counts, np_error *err);
