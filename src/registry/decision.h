/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rule of admission (registry/admission.h) on its way. It stops at a question that the store
 * does not answer, and goes on there when it is called again, so that one who judges many can
 * collect their questions (registry/questions.h). Inside the room.
 */
#pragma once

#include "registry/path.h"

typedef struct admission_decision {
    const np_admission_request *request;
    np_admission *ret;
    size_t step; /* of the rule, which is next */
    admission_path path;
    const np_certificate *leaf; /* NULL until it was parsed */
    size_t pinned;              /* index into the path */
    np_known_device device;
    bool has_device;
    bool is_decided;
} admission_decision;

/* Request and *ret must outlive the decision; what the store answers about CAs as well. */
void admission_begin(const np_admission_request *request, np_admission *ret,
                     admission_decision *ret_self);

/* NP_OK: it is decided. Otherwise what the store returned, and this may be called again. */
NP_MUST_USE np_code admission_go_on(admission_decision *self, np_error *err);
