/* SPDX-License-Identifier: Apache-2.0 */
/* /v1/authorities and /v1/challenges: the CAs whose devices come in. */
#include "crypto/hash.h"
#include "gateway/manage/input.h"
#include "gateway/manage/list.h"
#include "gateway/manage/problems.h"
#include "gateway/manage/routes.h"
#include "gateway/view.h"
#include "registry/enrolment.h"

static np_code list_one(void *self, const np_authority *authority, np_error *err)
{
    manage_list *list = self;
    return manage_list_wants(list, authority->id)
               ? manage_list_add(list, np_authority_view(authority), authority->id, err)
               : NP_OK;
}

np_code manage_get_authorities(manage_call *call, np_error *err)
{
    manage_list list;
    char org[NP_ORG_NAME_MAX + 1];
    NP_TRY(manage_query_org(call, org, err));
    NP_TRY(manage_list_begin(&list, call, err));
    np_code code = np_authority_each(call->store, np_bytes_text(org), list_one, &list, err);
    return manage_list_end(&list, "authorities", code, err);
}

typedef struct search {
    uint8_t sha256[NP_FINGERPRINT_BYTES];
    json_t *found;
} search;

static np_code compare(void *self, const np_authority *authority, np_error *err)
{
    search *wanted = self;
    (void)err;
    if (memcmp(wanted->sha256, authority->sha256, sizeof(wanted->sha256)) == 0) {
        wanted->found = np_authority_view(authority);
    }
    return NP_OK;
}

static np_code show(manage_call *call, const uint8_t sha256[static NP_FINGERPRINT_BYTES],
                    np_error *err)
{
    search wanted = {0};
    memcpy(wanted.sha256, sha256, sizeof(wanted.sha256));
    NP_TRY(np_authority_each(call->store, call->parts[0], compare, &wanted, err));
    call->reply.json = wanted.found;
    return wanted.found != NULL
               ? NP_OK
               : np_error_set(err, NP_EINPUT_MISSING,
                              "the organisation has registered no CA with this fingerprint");
}

np_code manage_get_authority(manage_call *call, np_error *err)
{
    uint8_t sha256[NP_FINGERPRINT_BYTES] = {0};
    (void)manage_parse_fingerprint(call->parts[1], sha256);
    return show(call, sha256, err);
}

np_code manage_delete_authority(manage_call *call, np_error *err)
{
    uint8_t sha256[NP_FINGERPRINT_BYTES];
    np_code code = manage_parse_fingerprint(call->parts[1], sha256)
                       ? np_authority_remove(call->store, call->parts[0], sha256, &call->actor, err)
                       : NP_EINPUT_MISSING;
    call->reply.status = 204;
    return code == NP_EINPUT_MISSING ? NP_OK : code; /* it is not there: what was asked for */
}

typedef struct challenge_body {
    manage_certificate certificate;
} challenge_body;

np_code manage_post_challenge(manage_call *call, np_error *err)
{
    static const manage_member members[] = {
        {"certificate", MANAGE_CERTIFICATE, offsetof(challenge_body, certificate), true},
    };
    challenge_body body = {0};
    np_challenge challenge;
    NP_TRY(manage_read(call, members, NP_COUNT_OF(members), &body, err));
    const np_challenge_request request = {.org = call->parts[0],
                                          .authority = manage_certificate_bytes(&body.certificate),
                                          .random = np_random_system(),
                                          .now = call->actor.now};
    NP_TRY(np_challenge_give(call->store, &request, &challenge, err));
    call->reply.status = 201;
    call->reply.json = json_pack("{s:s, s:o}", "challenge", challenge.token, "expires_at",
                                 np_time_view(challenge.expires_at));
    return NP_OK;
}

typedef struct authority_body {
    manage_certificate certificate;
    manage_certificate proof;
    np_bytes identifier;
    np_bytes pin;
    np_bytes product;
    np_bytes description;
    manage_tags tags;
    uint64_t create_limit;
    bool checks_expiry;
} authority_body;

#define MEMBER(kind, name, is_required)                                                            \
    {                                                                                              \
#name, kind, offsetof(authority_body, name), is_required                                   \
    }

static np_code fill(const authority_body *body, np_authority *ret, np_error *err)
{
    bool is_issuer = np_bytes_equal(body->pin, np_bytes_text("issuer"));
    if (!np_identifier_source_parse(body->identifier, &ret->source)) {
        return np_error_set(err, NP_EUSAGE,
                            "the body's identifier is not cn, serial-number, dns or uri");
    }
    if (!is_issuer && !np_bytes_equal(body->pin, np_bytes_text("leaf"))) {
        return np_error_set(err, NP_EUSAGE, "the body's pin is not leaf or issuer");
    }
    if (body->create_limit > INT64_MAX) {
        return np_error_set(err, NP_EUSAGE, "the body's create_limit is too large");
    }
    ret->pin = is_issuer ? NP_PIN_ISSUER : NP_PIN_LEAF;
    ret->der = manage_certificate_bytes(&body->certificate);
    ret->product = body->product;
    ret->description = body->description;
    ret->tags = np_bytes_text(body->tags.text);
    ret->create_limit = body->create_limit;
    ret->checks_expiry = body->checks_expiry;
    return NP_OK;
}

np_code manage_post_authority(manage_call *call, np_error *err)
{
    static const manage_member members[] = {
        MEMBER(MANAGE_CERTIFICATE, certificate, true),
        MEMBER(MANAGE_CERTIFICATE, proof, false),
        MEMBER(MANAGE_TEXT, identifier, false),
        MEMBER(MANAGE_TEXT, pin, false),
        MEMBER(MANAGE_TEXT, product, false),
        MEMBER(MANAGE_TEXT, description, false),
        MEMBER(MANAGE_TAGS, tags, false),
        MEMBER(MANAGE_COUNT, create_limit, false),
        MEMBER(MANAGE_FLAG, checks_expiry, false),
    };
    authority_body body = {.identifier = np_bytes_text("cn"),
                           .pin = np_bytes_text("leaf"),
                           .product = np_bytes_text(""),
                           .description = np_bytes_text(""),
                           .tags = {"[]"}};
    bool is_expired;
    uint8_t sha256[NP_FINGERPRINT_BYTES];
    np_authority authority = {.org = call->parts[0]};
    NP_TRY(manage_read(call, members, NP_COUNT_OF(members), &body, err));
    NP_TRY(fill(&body, &authority, err));
    if (body.proof.len == 0 && !np_token_role_may(call->token->role, NP_TOKEN_ADMIN)) {
        manage_refuse(call, MANAGE_FORBIDDEN,
                      "without a proof of ownership this takes the role admin, who vouches for it",
                      "POST /v1/challenges/{org} gives a challenge, which the CA signs");
        return NP_OK;
    }
    const np_shown_proof proof = {manage_certificate_bytes(&body.proof), "proof"};
    NP_TRY(np_authority_register(call->store, &authority, &proof, &call->actor, &is_expired, err));
    np_sha256(authority.der, sha256);
    call->reply.status = 201;
    return show(call, sha256, err);
}
