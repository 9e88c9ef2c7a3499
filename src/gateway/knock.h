/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One who came without a certificate proves with his first request that he knows a shared secret
 * (registry/nh1.h), or does not. Inside the room.
 *
 * Rule: answer is called once, inside gateway_knock or later, unless it was forgotten before.
 */
#pragma once

#include "gateway/judge.h"
#include "registry/nh1.h"

typedef struct gateway_knock_options {
    np_gateway_judge *judge;
    np_nh1_policy policy;
    const struct gateway_writable *writable; /* NULL: nobody asks */
    np_nh1_memory *memory;                   /* of this process; outlives everything */
    /* With what the visit is to know of it; a reason of NP_REASON_NO_CERTIFICATE when the request
     * says nothing of a secret. */
    void (*answer)(void *self, const np_admission *admission);
    np_visit *visit; /* is filled in; lives until the answer, or until it is forgotten */
    void *self;
} gateway_knock_options;

typedef struct gateway_knocking gateway_knocking;

/* head: of the request, whole; copied. NULL: it was answered. */
gateway_knocking *gateway_knock(const gateway_knock_options *options, np_bytes head);

/* Nobody waits for the answer any more. Accepts NULL. */
void gateway_knock_forget(gateway_knocking *knocking);
