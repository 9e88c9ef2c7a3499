/* SPDX-License-Identifier: Apache-2.0 */
#include "nordic/token_checks.h"

#include "crypto/hash.h"
#include "x509/name.h"
#include "x509/public_key.h"
#include "x509/verify.h"

static const char *const check_names[NP_TOKEN_CHECK_COUNT] = {"digest", "request", "name",
                                                              "identity"};
static const char *const verdict_names[] = {"ok", "failed", "not checkable"};

const char *np_token_check_name(np_token_check check)
{
    return check_names[check];
}

const char *np_token_verdict_name(np_token_verdict verdict)
{
    return verdict_names[verdict];
}

static np_token_finding found(bool is_good, const char *good, const char *bad)
{
    return (np_token_finding){is_good ? NP_TOKEN_OK : NP_TOKEN_FAILED, is_good ? good : bad};
}

static np_token_finding unknown(const char *reason)
{
    return (np_token_finding){NP_TOKEN_NOT_CHECKABLE, reason};
}

static np_token_finding check_digest(const np_token *token)
{
    uint8_t digest[NP_SHA256_SIZE];
    if (!token->has_attestation) {
        return unknown("the part behind the dot is missing");
    }
    if (token->kind == NP_TOKEN_ATTESTATION) {
        return unknown("an attestation token has no digest");
    }
    np_sha256(token->body, digest);
    return found(np_bytes_equal(NP_BYTES(digest), token->digest),
                 "the attestation is of this request or key",
                 "the attestation is of another request or key, or it was changed");
}

static bool is_uuid_text(np_bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
        uint8_t character = text.data[i];
        bool is_digit =
            (character >= '0' && character <= '9') || (character >= 'a' && character <= 'f');
        if (is_dash ? character != '-' : !is_digit) {
            return false;
        }
    }
    return text.len == NP_TOKEN_UUID_TEXT_SIZE - 1;
}

static np_token_finding check_name(const np_token *token, np_bytes common_name)
{
    char uuid[NP_TOKEN_UUID_TEXT_SIZE];
    if (token->kind != NP_TOKEN_REQUEST || !token->has_attestation) {
        return unknown("there are not both a request and an attestation");
    }
    if (!is_uuid_text(common_name)) {
        return unknown("the request's common name is no UUID, but was asked for");
    }
    np_token_format_uuid(token->uuid, uuid);
    return found(np_bytes_equal(common_name, np_bytes_text(uuid)),
                 "the request names the device that attests it",
                 "the request names another device than the one that attests it");
}

static np_code check_request(const np_token *token, np_p256_verifier *verifier,
                             np_token_report *ret, np_error *err)
{
    bool is_possessed = false;
    np_token_finding *finding = &ret->findings[NP_TOKEN_CHECK_REQUEST];
    if (token->kind != NP_TOKEN_REQUEST) {
        *finding = unknown("there is no request");
        return NP_OK;
    }
    NP_TRY(np_csr_judge(&ret->request, np_judge_by_verifier(verifier), &is_possessed, err));
    *finding = found(is_possessed, "signed with the key that it is for",
                     "not signed with the key that it is for");
    return NP_OK;
}

static np_code check_identity(const np_token *token, const uint8_t *identity,
                              np_p256_verifier *verifier, np_token_report *ret, np_error *err)
{
    np_token_keys candidates;
    bool is_valid = false;
    np_token_finding *finding = &ret->findings[NP_TOKEN_CHECK_IDENTITY];
    if (!token->has_attestation) {
        *finding = unknown("the part behind the dot is missing");
    } else if (identity != NULL) {
        NP_TRY(np_token_verify(token, identity, verifier, &is_valid, &ret->form, err));
        *finding = found(is_valid, "signed with the device's identity key",
                         "not signed with the device's identity key");
    } else {
        NP_TRY(np_token_candidates(token, &candidates, err));
        *finding = candidates.count == 0 ? found(false, "", "no key can have made this signature")
                                         : unknown("the device's identity key is not known");
    }
    return NP_OK;
}

static np_code read_body(const np_token *token, np_token_report *ret, np_error *err)
{
    if (token->kind == NP_TOKEN_PUBLIC_KEY) {
        ret->has_public_key = np_public_key_decode(token->body, ret->public_key);
        return ret->has_public_key
                   ? NP_OK
                   : np_error_set(err, NP_EINPUT_FORMAT, "the token's body is no key of P-256");
    }
    if (token->kind != NP_TOKEN_REQUEST) {
        return NP_OK;
    }
    np_code code = np_csr_parse(token->body, &ret->request, err);
    if (code != NP_OK) {
        return np_error_prefix(err, code, "the token's body");
    }
    ret->has_public_key = ret->request.point.len == sizeof(ret->public_key);
    if (ret->has_public_key) {
        memcpy(ret->public_key, ret->request.point.data, sizeof(ret->public_key));
    }
    (void)np_name_find(ret->request.subject, "CN", &ret->common_name);
    return NP_OK;
}

np_code np_token_judge(const np_token *token, const uint8_t *identity, np_p256_verifier *verifier,
                       np_token_report *ret, np_error *err)
{
    *ret = (np_token_report){0};
    NP_TRY(read_body(token, ret, err));
    ret->findings[NP_TOKEN_CHECK_DIGEST] = check_digest(token);
    ret->findings[NP_TOKEN_CHECK_NAME] = check_name(token, ret->common_name);
    NP_TRY(check_request(token, verifier, ret, err));
    return check_identity(token, identity, verifier, ret, err);
}

bool np_token_has_passed(const np_token_report *report)
{
    for (size_t i = 0; i < NP_TOKEN_CHECK_COUNT; i++) {
        if (report->findings[i].verdict == NP_TOKEN_FAILED) {
            return false;
        }
    }
    return true;
}
