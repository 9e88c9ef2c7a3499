/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NervesHub's shared secrets ("NH1"): devices without a certificate prove that they know a secret
 * of their product, or of their own (specs of nerveshub 1.9). Weaker than a certificate: whoever
 * has a product's secret may call himself any device of it, and what was sent can be sent again
 * within its window. So it is off until somebody switches it on, and its cost is bounded before it
 * is paid.
 *
 * Rule for callers: headers are judged in three steps, and between them the caller looks up the key
 * and remembers what came in: np_nh1_read, np_nh1_check, np_nh1_seen.
 */
#pragma once

#include "crypto/digest.h"
#include "registry/admission.h"

enum {
    NP_NH1_KEY_ID_SIZE = 47, /* nhp_ or nhd_, and 43 characters */
    NP_NH1_KEY_MAX = 64,     /* bytes of a derived key */
};

/* The four headers of a request, without white space around them. */
typedef struct np_nh1_headers {
    np_bytes alg;       /* x-nh-alg */
    np_bytes key;       /* x-nh-key */
    np_bytes time;      /* x-nh-time */
    np_bytes signature; /* x-nh-signature */
} np_nh1_headers;

/* Whoever knows a key's name can make us derive keys: the bounds are what that may cost. */
typedef struct np_nh1_policy {
    bool is_enabled;
    unsigned iterations_min; /* 1000 to 10000 as specs of nerveshub 7 suggest */
    unsigned iterations_max;
    unsigned key_min; /* bytes: 16 to 64 */
    unsigned key_max;
    unsigned window_s; /* age of a request: NervesHub's is 90 */
    unsigned skew_s;   /* a device's clock may be fast by this much */
} np_nh1_policy;

extern const np_nh1_policy np_nh1_policy_default; /* off */

typedef struct np_nh1 {
    np_nh1_headers headers;
    np_digest_kind digest;
    unsigned iterations;
    unsigned key_len;
    bool is_product_key; /* else a device's own */
} np_nh1;

/* True when they can be checked; else *ret_reason says why not. No key is derived. */
bool np_nh1_read(const np_nh1_headers *headers, const np_nh1_policy *policy, np_nh1 *ret,
                 np_reason *ret_reason);

typedef struct np_nh1_identifier {
    uint8_t bytes[NP_IDENTIFIER_MAX]; /* UTF-8 */
    size_t len;
} np_nh1_identifier;

/*
 * Derives the key from the secret (its 43 characters) and checks signature and age. True with the
 * identifier that was signed; else *ret_reason says why not.
 * That a device's own key is its own, the caller compares.
 */
bool np_nh1_check(const np_nh1 *request, const np_nh1_policy *policy, np_bytes secret, int64_t now,
                  np_nh1_identifier *ret, np_reason *ret_reason);

/* Requests that came in, by the hash of their signature, as long as they could come again. */
enum { NP_NH1_SEEN_MAX = 65536 }; /* 90 s of 700 a second; not tuned */

typedef struct np_nh1_memory np_nh1_memory;

/* NULL: out of memory. */
np_nh1_memory *np_nh1_memory_create(void);

/* Accepts NULL. */
void np_nh1_memory_free(np_nh1_memory *memory);

/*
 * Has this signature come in within the window? It has now. When more come in than can be
 * remembered, all are taken for seen: a flood may not open the door to what was overheard.
 */
bool np_nh1_seen(np_nh1_memory *memory, np_bytes signature, const np_nh1_policy *policy,
                 int64_t now);
