/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /v1/tokens: who may use the API. Nobody gives more than he has: a token of one organisation gives
 * tokens of that one, and none lives longer than the one that gave it.
 */
#include "base/wipe.h"
#include "crypto/random.h"
#include "gateway/manage/input.h"
#include "gateway/manage/list.h"
#include "gateway/manage/problems.h"
#include "gateway/manage/routes.h"
#include "gateway/view.h"

enum { LIFETIME_DAYS = 365, SECONDS_PER_DAY = 86400 };

/* A token of one organisation sees those of that one. */
static np_code list_one(void *self, const np_token *token, np_error *err)
{
    manage_list *list = self;
    np_bytes own = list->call->token->org;
    bool is_seen = own.len == 0 || np_bytes_equal(own, token->org);
    return is_seen && manage_list_wants(list, token->id)
               ? manage_list_add(list, np_token_view(token), token->id, err)
               : NP_OK;
}

np_code manage_get_tokens(manage_call *call, np_error *err)
{
    manage_list list;
    NP_TRY(manage_list_begin(&list, call, err));
    np_code code = np_token_each(call->store, list_one, &list, err);
    return manage_list_end(&list, "tokens", code, err);
}

typedef struct token_body {
    np_bytes name;
    np_bytes role;
    np_bytes org;
    int64_t expires_at; /* 0: never */
} token_body;

static int64_t usual_end(const manage_call *call)
{
    int64_t own = call->token->expires_at;
    int64_t usual = call->actor.now + (int64_t)LIFETIME_DAYS * SECONDS_PER_DAY;
    return own != 0 && own < usual ? own : usual;
}

/* What the caller's own token does not have; NULL: nothing. */
static const char *exceeds(const np_token *own, const np_token *wanted)
{
    if (own->org.len > 0 && !np_bytes_equal(own->org, wanted->org)) {
        return "the token is of one organisation, and gives tokens of that one alone";
    }
    bool is_longer =
        own->expires_at != 0 && (wanted->expires_at == 0 || wanted->expires_at > own->expires_at);
    return is_longer ? "the token gives none that is good longer than itself" : NULL;
}

static np_code fill(const manage_call *call, const token_body *body, np_token *ret, np_error *err)
{
    *ret = (np_token){.name = body->name,
                      .org = body->org.len == 0 ? call->token->org : body->org,
                      .expires_at = body->expires_at,
                      .added_at = call->actor.now};
    if (!np_token_role_parse(body->role, &ret->role)) {
        return np_error_set(err, NP_EUSAGE, "the body's role is not view, manage, admin or admit");
    }
    return ret->expires_at != 0 && ret->expires_at <= call->actor.now
               ? np_error_set(err, NP_EUSAGE, "the body's expires_at is past")
               : NP_OK;
}

typedef struct made_token {
    uint8_t random[NP_TOKEN_BYTES];
    char text[NP_TOKEN_SIZE];
} made_token;

static void clear_made(made_token *made)
{
    np_wipe(made, sizeof(*made));
}

static np_code give(manage_call *call, const np_token *token, np_error *err)
{
    NP_CLEANUP(clear_made) made_token made;
    np_random random = np_random_system();
    NP_TRY(random.fill(random.self, made.random, sizeof(made.random), err));
    NP_TRY(np_token_add(call->store, token, made.random, &call->actor, made.text, err));
    call->reply.status = 201;
    call->reply.json = np_token_view(token);
    (void)json_object_set_new(call->reply.json, "token", json_null());
    call->reply.once = json_pack("{s:s}", "token", made.text);
    return NP_OK;
}

np_code manage_post_token(manage_call *call, np_error *err)
{
    static const manage_member members[] = {
        {"name", MANAGE_TEXT, offsetof(token_body, name), true},
        {"role", MANAGE_TEXT, offsetof(token_body, role), true},
        {"org", MANAGE_TEXT, offsetof(token_body, org), false},
        {"expires_at", MANAGE_TIME, offsetof(token_body, expires_at), false},
    };
    token_body body = {.org = np_bytes_text(""), .expires_at = usual_end(call)};
    np_token token;
    NP_TRY(manage_read(call, members, NP_COUNT_OF(members), &body, err));
    NP_TRY(fill(call, &body, &token, err));
    const char *excess = exceeds(call->token, &token);
    if (excess != NULL) {
        manage_refuse(call, MANAGE_FORBIDDEN, excess,
                      "nameplate registry token add gives any, where the registry is");
        return NP_OK;
    }
    return give(call, &token, err);
}

np_code manage_delete_token(manage_call *call, np_error *err)
{
    np_code code =
        np_token_remove(call->store, call->token->org, call->parts[0], &call->actor, err);
    call->reply.status = 204;
    return code == NP_EINPUT_MISSING ? NP_OK : code; /* it is not there: what was asked for */
}
