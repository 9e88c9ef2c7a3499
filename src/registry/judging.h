/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rule of admission for a group: its questions are put to the store together
 * (registry/questions.h), and what was found about signatures is remembered from one judgement to
 * the next. Inside the room.
 */
#pragma once

#include "registry/gate.h"

typedef struct judging_memory judging_memory;

typedef struct judging_group {
    const np_gate_options *options;
    const np_gate_request *requests;
    np_admission *ret;      /* by the places of the requests */
    judging_memory *memory; /* heap: of each request */
} judging_group;

/* The verdicts are storage_unavailable until they are made. */
NP_MUST_USE np_code judging_begin(const np_gate_options *options, const np_gate_request *requests,
                                  size_t count, np_admission *ret, judging_group *ret_group,
                                  np_error *err);

void judging_end(judging_group *group);

/* Judges those at these places; after an error some have their verdict and the others have not. */
NP_MUST_USE np_code judging_judge(np_store *store, const judging_group *group, const size_t *places,
                                  size_t count, np_error *err);

/* Is what the verdict says true only when it was recorded? */
bool judging_wants_record(const np_admission *admission);

/* Nobody comes in of whom it is not certain that he is recorded. */
void judging_take_back(const judging_group *group, const size_t *places, size_t count);
