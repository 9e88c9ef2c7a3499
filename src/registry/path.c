/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/path.h"

#include "crypto/any_key.h"
#include "crypto/p256.h"

const char *const admission_proof_uris[ADMISSION_PROOF_URIS] = {"urn:nerveshub:verify:",
                                                                "urn:nameplate:verify:"};

/* While the registered CAs of one name are visited. */
typedef struct search {
    const np_admission_request *request;
    admission_path *path;
    np_code code;
    np_error *err;
} search;

bool admission_parse(np_bytes der, np_certificate *ret, np_constraints *ret_constraints,
                     np_error *err)
{
    return np_certificate_parse(der, ret, err) == NP_OK &&
           np_constraints_read(ret, ret_constraints, err) == NP_OK;
}

bool admission_is_strong(const np_certificate *certificate)
{
    return certificate->point.len == NP_P256_POINT_SIZE ||
           np_any_key_strength(certificate->spki) >= ADMISSION_STRENGTH_MIN;
}

np_code admission_is_signed(const np_certificate *certificate, const np_certificate *issuer,
                            np_judge judge, bool *ret_is_signed, np_error *err)
{
    if (issuer->point.len == NP_P256_POINT_SIZE) {
        NP_TRY(np_certificate_judge(certificate, issuer->point.data, judge, ret_is_signed, err));
        if (*ret_is_signed) {
            return NP_OK;
        }
    }
    /* P-256 with another hash than SHA-256 as well */
    *ret_is_signed = np_any_key_signed(issuer->spki, certificate->der);
    return NP_OK;
}

static bool may_sign(const np_constraints *constraints, size_t certificates_below)
{
    return constraints->is_ca && !constraints->has_unknown_critical &&
           (!constraints->has_key_usage ||
            (constraints->key_usage & NP_USAGE_KEY_CERT_SIGN) != 0) &&
           (!constraints->has_path_len || constraints->path_len + 1 >= certificates_below);
}

static bool is_expired_at(const np_certificate *certificate, int64_t now)
{
    return np_civil_to_seconds(&certificate->validity.not_after) < now;
}

/* Of several certificates of one CA the one that has not expired counts. */
static void take_signer(admission_path *path, const np_known_authority *authority, bool is_expired)
{
    bool is_better = !path->has_signer || (path->is_expired && !is_expired);
    path->is_ambiguous =
        path->is_ambiguous || (path->has_signer && path->authority.org != authority->org);
    path->has_signer = true;
    if (is_better) {
        path->authority = *authority;
        path->is_expired = is_expired;
    }
}

/* Where both sides carry a key identifier, another one's is another CA, and not a bad signature. */
static bool is_meant(const np_constraints *issuer, const np_constraints *last)
{
    return issuer->subject_key_id.len == 0 || last->authority_key_id.len == 0 ||
           np_bytes_equal(issuer->subject_key_id, last->authority_key_id);
}

static void visit_authority(void *context, const np_known_authority *authority)
{
    search *self = context;
    admission_path *path = self->path;
    np_certificate certificate;
    np_constraints constraints;
    bool is_signed = false;
    const np_certificate *last = &path->certificates[path->count - 1];
    if (self->code != NP_OK || !admission_parse(authority->der, &certificate, &constraints, NULL)) {
        return;
    }
    path->has_candidate =
        path->has_candidate || is_meant(&constraints, &path->constraints[path->count - 1]);
    self->code =
        admission_is_signed(last, &certificate, self->request->judge, &is_signed, self->err);
    if (self->code != NP_OK || !is_signed) {
        return;
    }
    if (!may_sign(&constraints, path->count)) {
        path->is_no_ca = true;
        return;
    }
    take_signer(path, authority, is_expired_at(&certificate, self->request->now));
}

static np_code search_authority(const np_admission_request *request, admission_path *path,
                                np_error *err)
{
    const np_admission_store *store = request->store;
    np_bytes issuer = path->certificates[path->count - 1].issuer;
    search found = {request, path, NP_OK, err};
    path->has_signer = false;
    path->has_candidate = false; /* one of a name further down was passed by */
    NP_TRY(store->visit_authorities(store->self, issuer, visit_authority, &found, err));
    return found.code;
}

/* The certificate that the device sent next, if it signed the last of the path. */
static np_code take_presented(const np_admission_request *request, admission_path *path,
                              bool *ret_is_taken, np_error *err)
{
    np_certificate *next = &path->certificates[path->count];
    np_constraints *constraints = &path->constraints[path->count];
    const np_certificate *last = next - 1;
    *ret_is_taken = false;
    if (path->count == request->chain_len ||
        !admission_parse(request->chain[path->count], next, constraints, NULL) ||
        !np_bytes_equal(next->subject, last->issuer)) {
        return NP_OK;
    }
    NP_TRY(admission_is_signed(last, next, request->judge, ret_is_taken, err));
    path->count += *ret_is_taken ? 1 : 0;
    return NP_OK;
}

/* What stands between the leaf and the registered CA must be CAs, and is dated as the CA is. */
static bool are_issuers_good(const np_admission_request *request, admission_path *path)
{
    for (size_t i = 1; i < path->count; i++) {
        if (!may_sign(&path->constraints[i], i)) {
            return false;
        }
        path->is_expired = path->is_expired || is_expired_at(&path->certificates[i], request->now);
    }
    return true;
}

static np_reason judge_path(const np_admission_request *request, admission_path *path)
{
    if (!path->has_signer) {
        return path->is_no_ca        ? NP_REASON_NOT_A_CA
               : path->has_candidate ? NP_REASON_BAD_SIGNATURE
                                     : NP_REASON_UNKNOWN_CA;
    }
    if (path->is_ambiguous) {
        return NP_REASON_AMBIGUOUS_CA;
    }
    if (!are_issuers_good(request, path)) {
        return NP_REASON_NOT_A_CA;
    }
    return path->is_expired && path->authority.checks_expiry ? NP_REASON_CA_EXPIRED
                                                             : NP_REASON_REGISTERED;
}

np_code admission_path_find(const np_admission_request *request, admission_path *path,
                            np_reason *ret_reason, np_error *err)
{
    bool is_taken = true;
    while (is_taken) {
        NP_TRY(search_authority(request, path, err));
        if (path->has_signer || path->count == NP_ADMISSION_CHAIN_MAX) {
            break;
        }
        NP_TRY(take_presented(request, path, &is_taken, err));
    }
    *ret_reason = judge_path(request, path);
    return NP_OK;
}
