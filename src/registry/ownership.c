/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/ownership.h"

#include "base/format.h"
#include "registry/admission.h"
#include "registry/path.h"
#include "x509/describe.h"
#include "x509/name.h"

np_code np_authority_check(np_bytes der, int64_t now, bool *ret_is_expired, np_error *err)
{
    char name[80];
    np_certificate certificate;
    np_constraints constraints;
    NP_TRY(np_certificate_parse(der, &certificate, err));
    NP_TRY(np_constraints_read(&certificate, &constraints, err));
    if (!constraints.is_ca) {
        return np_error_set(err, NP_EINPUT_FORMAT,
                            "it is not of a CA: basicConstraints do not say so");
    }
    if (constraints.has_key_usage && (constraints.key_usage & NP_USAGE_KEY_CERT_SIGN) == 0) {
        return np_error_set(err, NP_EINPUT_FORMAT,
                            "it may not sign certificates: keyUsage has no keyCertSign");
    }
    if (constraints.has_unknown_critical) {
        x509_describe_extension_name(constraints.unknown_critical, name, sizeof(name));
        return np_error_set(err, NP_EINPUT_FORMAT,
                            "its critical extension %s is not known, so it cannot be obeyed", name);
    }
    if (!admission_is_strong(&certificate)) {
        x509_describe_key(certificate.spki, name, sizeof(name));
        return np_error_set(err, NP_EINPUT_KEY, "its key (%s) has less than 112 bits of strength",
                            name);
    }
    *ret_is_expired = np_civil_to_seconds(&certificate.validity.not_after) < now;
    return NP_OK;
}

static bool has_challenge(const np_certificate *proof, const np_constraints *constraints,
                          const char *challenge)
{
    char uri[96];
    np_bytes found;
    for (size_t i = 0; i < ADMISSION_PROOF_URIS; i++) {
        np_format(uri, sizeof(uri), "%s%s", admission_proof_uris[i], challenge);
        if (np_constraints_find_alt_name(constraints, NP_ALT_NAME_URI, uri, &found) &&
            np_bytes_equal(found, np_bytes_text(uri))) {
            return true;
        }
    }
    return np_name_find(proof->subject, "CN", &found) &&
           np_bytes_equal(found, np_bytes_text(challenge));
}

static bool take_token(np_bytes text, size_t start, char *ret_token)
{
    if (text.len != start + NP_CHALLENGE_SIZE - 1) {
        return false;
    }
    memcpy(ret_token, text.data + start, NP_CHALLENGE_SIZE - 1);
    ret_token[NP_CHALLENGE_SIZE - 1] = '\0';
    return strlen(ret_token) == NP_CHALLENGE_SIZE - 1;
}

np_code np_ownership_find_challenge(np_bytes proof, char *ret_token, np_error *err)
{
    np_bytes found;
    np_certificate certificate;
    np_constraints constraints;
    if (!admission_parse(proof, &certificate, &constraints, err)) {
        return NP_EINPUT_FORMAT;
    }
    for (size_t i = 0; i < ADMISSION_PROOF_URIS; i++) {
        if (np_constraints_find_alt_name(&constraints, NP_ALT_NAME_URI, admission_proof_uris[i],
                                         &found) &&
            take_token(found, strlen(admission_proof_uris[i]), ret_token)) {
            return NP_OK;
        }
    }
    if (np_name_find(certificate.subject, "CN", &found) && take_token(found, 0, ret_token)) {
        return NP_OK;
    }
    return np_error_set(err, NP_EINPUT_MISSING,
                        "it carries no challenge: neither %sTOKEN among its alternative names nor "
                        "a token as common name",
                        admission_proof_uris[ADMISSION_PROOF_URIS - 1]);
}

static np_code check_dates(const np_certificate *proof, int64_t now, np_error *err)
{
    bool is_early = np_civil_to_seconds(&proof->validity.not_before) > now;
    if (is_early || np_civil_to_seconds(&proof->validity.not_after) < now) {
        return np_error_set(err, NP_EINPUT_TIME, "the proof %s",
                            is_early ? "is not valid yet: compare the clocks"
                                     : "has expired: sign another one");
    }
    return NP_OK;
}

np_code np_ownership_check(const np_ownership *ownership, np_error *err)
{
    bool is_signed;
    np_certificate authority;
    np_certificate proof;
    np_constraints constraints;
    NP_TRY(np_certificate_parse(ownership->authority, &authority, err));
    if (!admission_parse(ownership->proof, &proof, &constraints, err)) {
        return np_error_prefix(err, NP_EINPUT_FORMAT, "the proof");
    }
    NP_TRY(admission_is_signed(&proof, &authority, ownership->judge, &is_signed, err));
    if (!is_signed || !np_bytes_equal(proof.issuer, authority.subject)) {
        return np_error_set(err, NP_EINPUT_KEY, "the proof is not signed by this CA");
    }
    if (!has_challenge(&proof, &constraints, ownership->challenge)) {
        np_error_set(err, NP_EINPUT_MISSING, "the proof does not carry the challenge");
        return np_error_hint(err, NP_EINPUT_MISSING, "as subjectAltName URI:%s%s, or as CN",
                             admission_proof_uris[ADMISSION_PROOF_URIS - 1], ownership->challenge);
    }
    return check_dates(&proof, ownership->now, err);
}
