/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the rule of admission asks about many devices at a time. A question that has no answer yet
 * ends the rule's work on that device; once all have come so far, the open questions are put to the
 * store together, those of a kind at once, and the rule goes on with the answers. So it
 * stays the one rule, and a group costs as many ways to a server as one device. Inside the room.
 */
#pragma once

#include "registry/admission.h"
#include "registry/store.h"

typedef struct questions questions;

/* What the rule returns then; no error was set. */
enum { QUESTIONS_OPEN = NP_ESTATION_BUSY };

/* The store must outlive it. */
NP_MUST_USE np_code questions_create(np_store *store, questions **ret, np_error *err);

/* Accepts NULL. */
void questions_free(questions *self);

static inline void questions_free_at(questions **self)
{
    questions_free(*self);
}

/* For the rule. */
np_admission_store questions_table(questions *self);

/* Questions that the rule is going to ask, as far as one can tell: they are open from now on. */
NP_MUST_USE np_code questions_expect_certificate(questions *self, const uint8_t sha256[static 32],
                                                 np_error *err);
NP_MUST_USE np_code questions_expect_key(questions *self, const uint8_t sha256[static 32],
                                         np_error *err);
NP_MUST_USE np_code questions_expect_authorities(questions *self, np_bytes subject, np_error *err);

/* Puts those that are open to the store. */
NP_MUST_USE np_code questions_answer(questions *self, np_error *err);
