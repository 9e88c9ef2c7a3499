/* SPDX-License-Identifier: Apache-2.0 */
#include "nordic/reply.h"

#include "crypto/hash.h"
#include "modem/token.h"
#include "x509/name.h"
#include "x509/verify.h"

/* The attestation must be of this request and this tag; it tells the device's UUID. */
static np_code check_attestation(const np_token *token, np_sec_tag tag, np_nordic_reply *ret,
                                 np_error *err)
{
    uint8_t digest[NP_SHA256_SIZE];
    if (!token->has_attestation) {
        return NP_OK;
    }
    np_sha256(token->body, digest);
    if (!np_bytes_equal(token->digest, NP_BYTES(digest))) {
        return np_error_set(err, NP_EDEVICE_VERIFY, "the attestation is not of this request");
    }
    if (token->sec_tag != tag) {
        return np_error_set(err, NP_EDEVICE_VERIFY,
                            "the attestation is of another security tag than %u", tag);
    }
    np_token_format_uuid(token->uuid, ret->uuid);
    return NP_OK;
}

static np_code check_name(np_nordic_reply *ret, const char *id, np_error *err)
{
    const char *expected = id[0] != '\0' ? id : ret->uuid;
    if (!np_name_find(ret->csr.subject, "CN", &ret->common_name)) {
        return np_error_set(err, NP_EDEVICE_VERIFY, "the request has no common name");
    }
    if (expected[0] != '\0' && !np_bytes_equal(ret->common_name, np_bytes_text(expected))) {
        return np_error_set(
            err, NP_EDEVICE_VERIFY, "the request is for the common name %.*s, not for %s",
            (int)ret->common_name.len, (const char *)ret->common_name.data, expected);
    }
    return NP_OK;
}

static np_code parse(const np_modem_token *text, np_token_kind kind, np_token *ret, np_error *err)
{
    NP_TRY(np_token_parse(np_bytes_of(text->text, text->len), ret, err));
    return ret->kind == kind
               ? NP_OK
               : np_error_set(err, NP_EINPUT_FORMAT, "it is no %s but %s", np_token_kind_name(kind),
                              np_token_kind_name(ret->kind));
}

np_code np_nordic_reply_check(const np_modem_token *token, np_sec_tag tag, const char *id,
                              np_nordic_reply *ret, np_error *err)
{
    np_token parsed;
    bool is_possessed = false;
    *ret = (np_nordic_reply){0};
    NP_TRY(parse(token, NP_TOKEN_REQUEST, &parsed, err));
    memcpy(ret->der, parsed.body.data, parsed.body.len);
    ret->der_len = parsed.body.len;
    NP_TRY(np_csr_parse(np_bytes_of(ret->der, ret->der_len), &ret->csr, err));
    NP_TRY(np_csr_judge(&ret->csr, np_judge_libcrypto(), &is_possessed, err));
    if (!is_possessed) {
        return np_error_set(err, NP_EDEVICE_VERIFY,
                            "the request is not signed by the key that it is for");
    }
    NP_TRY(check_attestation(&parsed, tag, ret, err));
    return check_name(ret, id, err);
}

np_code np_nordic_attested_uuid(const np_modem_token *token, char ret[static NP_UUID_TEXT_SIZE],
                                np_error *err)
{
    np_token parsed;
    NP_TRY(parse(token, NP_TOKEN_ATTESTATION, &parsed, err));
    np_token_format_uuid(parsed.uuid, ret);
    return NP_OK;
}
