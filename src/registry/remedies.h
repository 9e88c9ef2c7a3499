/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What can be done about a refusal, as classes: several reasons have one remedy. Names are stable,
 * so that a program or a page can offer the step itself; the sentences are for people, and say what
 * follows from it. What is special about one reason stands in its own row (registry/reasons.h).
 */
#pragma once

#include "registry/reasons.h"

typedef enum np_remedy {
    NP_REMEDY_NONE, /* of those who are admitted */
    NP_REMEDY_REGISTER_CA,
    NP_REMEDY_COMPARE_CA,
    NP_REMEDY_RENEW_CA,
    NP_REMEDY_SETTLE_OWNER,
    NP_REMEDY_RENEW,
    NP_REMEDY_REISSUE,
    NP_REMEDY_CHECK_CLOCKS,
    NP_REMEDY_CORRECT_CLIENT,
    NP_REMEDY_UNBLOCK,
    NP_REMEDY_ANNOUNCE,
    NP_REMEDY_MOVE,
    NP_REMEDY_REKEY_WINDOW,
    NP_REMEDY_RAISE_LIMIT,
    NP_REMEDY_CHECK_SECRET,
    NP_REMEDY_WAIT,
    NP_REMEDY_COUNT
} np_remedy;

typedef struct np_remedy_row {
    const char *name;  /* "register_ca" */
    const char *title; /* "Register the CA" */
    const char *words; /* sentences */
} np_remedy_row;

/* NP_REMEDY_NONE for those who are admitted, and for a value that is no reason. */
np_remedy np_remedy_of(np_reason reason);

/* The row; that of NP_REMEDY_NONE, whose texts are empty, for a value that is no remedy. */
const np_remedy_row *np_remedy_at(np_remedy remedy);
