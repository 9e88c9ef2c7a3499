/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is new at the door. Who was refused, and why: kept so that an operator sees it and can act,
 * with the certificates that were presented, so that their CA can be taken from there. It is a note
 * and no proof: whoever has another's certificate, which is public, can be refused with it.
 *
 * A device that knocks each second is one row: certificate and reason name it. Nobody fills the
 * disk, and nobody pushes out the others: there are at most NP_REFUSALS_MAX rows, of a bounded
 * size, of devices whose organisation is known, and as many of strangers, who can make certificates
 * as they like. Within each kind the one who has most loses his oldest row first: of organisations,
 * and of the addresses that strangers come from (np_refusal_source). Each row has the number of its
 * last change; numbers are given in the order in which they become visible, so that a reader that
 * has seen one has seen all before it.
 *
 * Beside them, for those who watch: who came in for the first time lately, with numbers of the same
 * series. That he is in stands elsewhere (registry/devices.h); this is a note that may be lost.
 */
#pragma once

#include "registry/fleet.h"
#include "registry/remedies.h"

enum {
    NP_REFUSALS_MAX = 5000, /* of each kind; not tuned */
    NP_ARRIVALS_MAX = 1000,
    NP_REFUSAL_CHAIN_MAX = 8192, /* bytes of a chain; certificates that do not fit are left out */
};

/* Slices live as long as the caller's, or during the visit. */
typedef struct np_refusal {
    int64_t id;                         /* stays the row's; 0 for a new one */
    int64_t seq;                        /* of its last change; 0 for a new one */
    uint8_t leaf[NP_FINGERPRINT_BYTES]; /* SHA-256; all zero: no certificate was presented */
    np_reason reason;
    np_bytes org;        /* name; empty: not known whose it is */
    np_bytes identifier; /* as it calls itself where nobody else does; may be empty */
    np_bytes subject;    /* of the leaf, in words; not looked at when it is noted */
    np_bytes issuer;
    np_bytes detail;  /* about this certificate, in words; may be empty */
    np_bytes chain;   /* np_refusal_write_chain */
    np_bytes peer;    /* address and port that it came from last */
    np_bytes gateway; /* host that refused it last */
    int64_t first_at;
    int64_t last_at;
    uint64_t count;
    int64_t admitted_at; /* this certificate has come in since; 0: it has not. Not noted */
} np_refusal;

/* Certificates in order, each behind its length; those that do not fit are left out. */
void np_refusal_write_chain(np_writer *writer, const np_bytes *chain, size_t count);

/* Takes it apart; slices of it. What is damaged ends it. */
size_t np_refusal_read_chain(np_bytes chain, np_bytes ret[static NP_ADMISSION_CHAIN_MAX]);

enum { NP_REFUSAL_SOURCE_SIZE = 64 };

/*
 * Whom a stranger that came from this address shares his room with: the address without its port;
 * of IPv6 the network (/64), since whoever has one has all of its addresses. What is no address
 * is itself.
 */
void np_refusal_source(np_bytes peer, char ret[static NP_REFUSAL_SOURCE_SIZE]);

/* One who has come in and was not on record, or not with this certificate. */
typedef struct np_arrival {
    int64_t seq; /* 0 for a new one */
    uint8_t leaf[NP_FINGERPRINT_BYTES];
    np_reason reason;
    np_bytes org;
    np_bytes identifier;
    np_bytes peer;
    np_bytes gateway;
    int64_t arrived_at;
} np_arrival;

typedef struct np_door_news {
    const np_refusal *refusals; /* no two of one leaf and reason */
    size_t refusal_count;
    const np_arrival *arrivals;
    size_t arrival_count;
} np_door_news;

/*
 * Notes all of it in one transaction. Texts are UTF-8 without control characters; count and times
 * of refusals are those since the last note.
 */
NP_MUST_USE np_code np_door_news_note(np_store *store, const np_door_news *news, np_error *err);

typedef struct np_refusal_query {
    np_bytes org;    /* empty: all */
    np_bytes reason; /* its name; empty: all */
    int64_t id;      /* 0: all */
    int64_t after;   /* with a number above this one */
    int64_t before;  /* below this one; 0: all */
    uint64_t limit;  /* 0: no limit */
    bool is_oldest_first;
} np_refusal_query;

typedef np_code (*np_refusal_visit)(void *self, const np_refusal *refusal, np_error *err);

/* By the number of the last change, the newest first if not asked otherwise. visit must not use the
 * store. */
NP_MUST_USE np_code np_refusals_each(np_store *store, const np_refusal_query *query,
                                     np_refusal_visit visit, void *self, np_error *err);

typedef np_code (*np_arrival_visit)(void *self, const np_arrival *arrival, np_error *err);

/* Those with a number above this one, the oldest first; org empty: all. */
NP_MUST_USE np_code np_arrivals_each(np_store *store, np_bytes org, int64_t after,
                                     np_arrival_visit visit, void *self, np_error *err);

/* The number of the newest of either; 0: there was none. */
NP_MUST_USE np_code np_door_news_newest(np_store *store, int64_t *ret_seq, np_error *err);
