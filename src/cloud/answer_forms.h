/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the room: the forms in which clouds answer. Facts: specs of factory 5.2, nrfcloud 5. */
#pragma once

#include "cloud/answers.h"
#include <jansson.h>

typedef struct answer_row {
    uint64_t mark; /* of the device's name (signer/seen.h) */
    np_cloud_outcome outcome;
    char *text; /* heap; NULL: nothing is said */
} answer_row;

/* The rows of one part, as the index has them. */
typedef struct answer_rows {
    answer_row *at; /* heap */
    size_t count;
    size_t size;   /* there is memory for */
    size_t next;   /* where the next name is looked for first: answers are in order mostly */
    np_bytes sent; /* the part itself; empty where the form does not need it */
} answer_rows;

/* A refusal is never made good by what follows; a text is copied. False: no memory. */
bool answer_set(answer_row *row, np_cloud_outcome outcome, const char *text);

/* The row with the name; NULL: none. */
answer_row *answer_find(answer_rows *rows, const char *name);

typedef np_code (*answer_form)(np_bytes body, answer_rows *rows, np_error *err);

/* NULL for a target that gives no answers. */
answer_form answer_form_of(const char *target);

/* Does the form look at the part that was sent? */
bool answer_needs_part(const char *target);
