/* SPDX-License-Identifier: Apache-2.0 */
/* What the run and its workers share. Inside the room. */
#pragma once

#include "signer/issue.h"

/* What one worker has for itself. */
typedef struct issue_worker {
    const np_leaf_template *template;
    const np_signing *signing;
    np_p256_verifier *verifier;
} issue_worker;

/* Refuses a unit whose key cannot be certified. */
NP_MUST_USE np_code issue_check(const issue_worker *worker, np_issue_unit *unit, np_error *err);

/* Makes the certificate of one unit. */
NP_MUST_USE np_code issue_sign(const issue_worker *worker, np_issue_unit *unit, np_error *err);
