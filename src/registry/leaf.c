/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/leaf.h"

#include "crypto/any_key.h"
#include "registry/path.h"
#include "x509/describe.h"

static bool is_proof(const np_constraints *constraints)
{
    np_bytes token;
    for (size_t i = 0; i < ADMISSION_PROOF_URIS; i++) {
        if (np_constraints_find_alt_name(constraints, NP_ALT_NAME_URI, admission_proof_uris[i],
                                         &token)) {
            return true;
        }
    }
    return false;
}

static bool is_of_client(const np_constraints *constraints)
{
    return (!constraints->has_ext_key_usage || constraints->allows_client) &&
           (!constraints->has_key_usage ||
            (constraints->key_usage & NP_USAGE_DIGITAL_SIGNATURE) != 0);
}

static np_reason refuse_key(np_bytes spki, char ret_detail[static NP_LEAF_DETAIL_SIZE])
{
    x509_describe_key(spki, ret_detail, NP_LEAF_DETAIL_SIZE);
    return NP_REASON_WEAK_KEY;
}

np_reason np_leaf_judge(const np_certificate *certificate, const np_constraints *constraints,
                        char ret_detail[static NP_LEAF_DETAIL_SIZE])
{
    ret_detail[0] = '\0';
    if (is_proof(constraints)) {
        return NP_REASON_OWNERSHIP_PROOF;
    }
    if (constraints->is_ca) {
        return NP_REASON_CA_AS_LEAF;
    }
    if (constraints->has_unknown_critical) {
        x509_describe_extension_name(constraints->unknown_critical, ret_detail,
                                     NP_LEAF_DETAIL_SIZE);
        return NP_REASON_CRITICAL_EXTENSION;
    }
    return is_of_client(constraints) ? np_leaf_judge_issuer(certificate, ret_detail)
                                     : NP_REASON_WRONG_EKU;
}

np_reason np_leaf_judge_issuer(const np_certificate *certificate,
                               char ret_detail[static NP_LEAF_DETAIL_SIZE])
{
    ret_detail[0] = '\0';
    return admission_is_strong(certificate) ? NP_REASON_KNOWN
                                            : refuse_key(certificate->spki, ret_detail);
}

np_reason np_leaf_judge_key(np_bytes spki, char ret_detail[static NP_LEAF_DETAIL_SIZE])
{
    ret_detail[0] = '\0';
    return np_any_key_strength(spki) >= ADMISSION_STRENGTH_MIN ? NP_REASON_KNOWN
                                                               : refuse_key(spki, ret_detail);
}
