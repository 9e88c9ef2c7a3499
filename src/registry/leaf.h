/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a certificate of a device must be, whoever signed it and whenever: a part of the rule of
 * admission (registry/admission.h) that imports ask as well. Pure.
 */
#pragma once

#include "registry/reasons.h"
#include "x509/constraints.h"

enum { NP_LEAF_DETAIL_SIZE = 160 };

/*
 * NP_REASON_KNOWN when nothing speaks against it; else OWNERSHIP_PROOF, CA_AS_LEAF,
 * CRITICAL_EXTENSION, WRONG_EKU or WEAK_KEY. ret_detail is about this certificate, in words, and
 * may be empty.
 */
np_reason np_leaf_judge(const np_certificate *certificate, const np_constraints *constraints,
                        char ret_detail[static NP_LEAF_DETAIL_SIZE]);

/* The same of one that stands for the devices below it (NP_PIN_ISSUER): of its key alone. */
np_reason np_leaf_judge_issuer(const np_certificate *certificate,
                               char ret_detail[static NP_LEAF_DETAIL_SIZE]);

/* The same of a key without a certificate, a SubjectPublicKeyInfo in DER. */
np_reason np_leaf_judge_key(np_bytes spki, char ret_detail[static NP_LEAF_DETAIL_SIZE]);
