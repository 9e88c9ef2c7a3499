/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/manage/dispatch.h"

#include "base/format.h"
#include "base/utf8.h"
#include "crypto/hash.h"
#include "gateway/manage/problems.h"
#include "gateway/manage/routes.h"
#include "registry/answers.h"
#include <stdlib.h>
#include <strings.h>

static bool is_method(const manage_call *call, const char *method)
{
    np_bytes asked = call->head->method;
    return np_bytes_equal(asked, np_bytes_text(method)) ||
           (np_bytes_equal(asked, np_bytes_text("HEAD")) && strcmp(method, "GET") == 0);
}

/* The methods of this path, for Allow. */
static void allow(manage_call *call)
{
    const manage_route *route;
    char text[64] = "";
    bool unused;
    for (size_t i = 0; (route = manage_route_at(i)) != NULL; i++) {
        if (manage_route_fits(route, call->head->path, call, &unused)) {
            size_t len = strlen(text);
            np_format(text + len, sizeof(text) - len, "%s%s", len == 0 ? "" : ", ", route->method);
        }
    }
    manage_add_field(call, "Allow: %s\r\n", text);
}

static bool find_route(manage_call *call)
{
    const manage_route *route;
    bool is_there = false;
    bool is_good;
    for (size_t i = 0; (route = manage_route_at(i)) != NULL; i++) {
        if (manage_route_fits(route, call->head->path, call, &is_good)) {
            is_there = true;
            if (!is_good) {
                manage_refuse(call, MANAGE_BAD_REQUEST, "the path is no escaped UTF-8", NULL);
                return false;
            }
            if (is_method(call, route->method)) {
                call->route = route;
                return true;
            }
        }
    }
    manage_refuse(call, is_there ? MANAGE_METHOD_NOT_ALLOWED : MANAGE_NOT_FOUND,
                  is_there ? "this path has other methods" : "nothing is at this path",
                  is_there ? NULL : "what there is: GET /v1/openapi.json");
    if (is_there) {
        allow(call);
    }
    return false;
}

static np_bytes shown_secret(const manage_call *call)
{
    static const char scheme[] = "Bearer ";
    np_bytes field = np_http_find(call->head, "authorization");
    size_t len = sizeof(scheme) - 1;
    bool is_bearer = field.len > len && strncasecmp((const char *)field.data, scheme, len) == 0;
    return is_bearer ? np_bytes_of(field.data + len, field.len - len) : np_bytes_of(NULL, 0);
}

static bool check_token(manage_call *call)
{
    static const char hint[] =
        "Authorization: Bearer TOKEN; nameplate registry token add makes one";
    bool is_good = false;
    np_error err = {0};
    np_bytes secret = shown_secret(call);
    if (secret.len == 0) {
        manage_refuse(call, MANAGE_UNAUTHORIZED, "no token was shown", hint);
        return false;
    }
    if (manage_guard_is_closed(&call->shared->guard, call->peer, call->actor.now)) {
        manage_refuse(call, MANAGE_TOO_MANY, "too many wrong tokens came from this address", NULL);
        return false;
    }
    np_code code =
        np_token_check(call->store, secret, call->actor.now, &call->shown, &is_good, &err);
    if (code != NP_OK) {
        manage_refuse_error(call, code, &err);
        return false;
    }
    if (!is_good) {
        manage_guard_count(&call->shared->guard, call->peer, call->actor.now);
        manage_refuse(call, MANAGE_UNAUTHORIZED,
                      "the token is unknown, was removed, or has expired", hint);
        return false;
    }
    call->token = &call->shown.token;
    np_format(call->actor_name, sizeof(call->actor_name), "%.*s", (int)call->token->name.len,
              (const char *)call->token->name.data);
    call->actor.name = call->actor_name;
    return true;
}

static bool is_escaped(np_bytes text, np_bytes plain)
{
    uint8_t room[NP_ORG_NAME_MAX];
    np_writer writer = np_writer_of(room, sizeof(room));
    return np_http_unescape(text, &writer) && np_bytes_equal(np_writer_bytes(&writer), plain);
}

static bool check_rights(manage_call *call)
{
    const manage_route *route = call->route;
    np_bytes org = call->token->org;
    np_bytes asked;
    char text[96];
    if (!np_token_role_may(call->token->role, route->role)) {
        np_format(text, sizeof(text), "this takes the role %s, and the token has %s",
                  np_token_role_name(route->role), np_token_role_name(call->token->role));
        manage_refuse(call, MANAGE_FORBIDDEN, text, NULL);
        return false;
    }
    if (org.len > 0 &&
        ((route->is_of_org && !np_bytes_equal(org, call->parts[0])) ||
         (np_http_query(call->head->query, "org", &asked) && !is_escaped(asked, org)))) {
        manage_refuse(call, MANAGE_FORBIDDEN, "the token is another organisation's", NULL);
        return false;
    }
    return true;
}

static bool check_body(manage_call *call)
{
    const np_http_request *head = call->head;
    char text[96];
    uint64_t max = manage_body_max(call);
    if (head->body_len > max) {
        np_format(text, sizeof(text), "the body has more than %zu bytes", (size_t)max);
        manage_refuse(call, MANAGE_TOO_LARGE, text, NULL);
        return false;
    }
    if (head->body_len == 0 && call->route->body != MANAGE_NO_BODY) {
        manage_refuse(call, MANAGE_LENGTH_REQUIRED, "this needs a body", NULL);
        return false;
    }
    return true;
}

uint64_t manage_body_max(const manage_call *call)
{
    enum { BYTES_PER_MB = 1000000 };
    switch (call->route->body) {
    case MANAGE_JSON:
        return MANAGE_JSON_MAX;
    case MANAGE_FILE:
        return (uint64_t)call->shared->config->management.upload_mb * BYTES_PER_MB;
    default:
        return 0;
    }
}

static void refuse_without_store(manage_call *call)
{
    manage_refuse(call, MANAGE_STORAGE_UNAVAILABLE, "the registry cannot be opened",
                  "the gateway's log says why");
}

bool manage_begin(manage_call *call, int64_t now)
{
    call->file = -1;
    call->reply.status = 200;
    call->actor = (np_actor){.name = "", .now = now};
    call->store = call->shared->store;
    if (!find_route(call)) {
        return false;
    }
    if (call->route->is_open) {
        return check_body(call);
    }
    if (call->store == NULL) {
        refuse_without_store(call);
        return false;
    }
    return check_token(call) && check_rights(call) && check_body(call);
}

static bool read_json(manage_call *call, np_bytes body)
{
    json_error_t error;
    char text[JSON_ERROR_TEXT_LENGTH + 64];
    call->body = json_loadb((const char *)body.data, body.len, JSON_REJECT_DUPLICATES, &error);
    if (json_is_object(call->body)) {
        return true;
    }
    if (call->body == NULL) {
        np_format(text, sizeof(text), "the body is no JSON: line %d: %s", error.line, error.text);
    } else {
        np_format(text, sizeof(text), "the body is JSON, but no object");
    }
    manage_refuse(call, MANAGE_BAD_REQUEST, text, NULL);
    return false;
}

static void clear_reply(manage_call *call)
{
    free(call->reply_text);
    json_decref(call->reply.json);
    json_decref(call->reply.once);
    call->reply_text = NULL;
    call->reply = (manage_reply){.status = 200};
}

static np_code run(manage_call *call, np_error *err)
{
    clear_reply(call);
    return call->route->run(call, err);
}

/* As a step of np_answer_once. */
static np_code act(void *self, np_answer *ret, np_error *err)
{
    manage_call *call = self;
    NP_TRY(run(call, err));
    call->reply_text = json_dumps(call->reply.json, JSON_COMPACT);
    *ret = (np_answer){.status = call->reply.status,
                       .body = np_bytes_text(call->reply_text == NULL ? "" : call->reply_text)};
    return NP_OK;
}

static void repeat(void *self, const np_answer *answer)
{
    manage_call *call = self;
    clear_reply(call);
    call->reply.status = answer->status;
    call->reply.json = json_loadb((const char *)answer->body.data, answer->body.len, 0, NULL);
    manage_add_field(call, "Idempotent-Replayed: true\r\n");
}

/* All that is asked for: method, path, query and body. */
static void hash_request(const manage_call *call, uint8_t ret[static NP_FINGERPRINT_BYTES])
{
    const np_http_request *head = call->head;
    const np_bytes parts[] = {
        head->method,       np_bytes_text(" "),         head->path, np_bytes_text("?"), head->query,
        np_bytes_text(" "), NP_BYTES(call->body_sha256)};
    np_sha256_parts(parts, NP_COUNT_OF(parts), ret);
}

/* NULL: the request has none, or none that counts. */
static np_bytes find_key(const manage_call *call)
{
    bool is_post = np_bytes_equal(call->head->method, np_bytes_text("POST"));
    return is_post && call->token != NULL ? np_http_find(call->head, "idempotency-key")
                                          : np_bytes_of(NULL, 0);
}

static void refuse_other(manage_call *call)
{
    clear_reply(call);
    manage_refuse(call, MANAGE_CONFLICT, "another request was made with this Idempotency-Key",
                  "a new request has a new key");
}

/* What was done with this key before is not examined again: it might be judged differently now. */
static np_code look_back(manage_call *call, bool *ret_is_answered, np_error *err)
{
    uint8_t sha256[NP_FINGERPRINT_BYTES];
    np_answer_outcome outcome;
    np_bytes key = find_key(call);
    const np_answer_key of = {.token = call->shown.token.id,
                              .key = key,
                              .request_sha256 = sha256,
                              .now = call->actor.now};
    const np_answer_work work = {.repeat = repeat, .self = call};
    *ret_is_answered = false;
    if (key.data == NULL) {
        return NP_OK;
    }
    if (key.len == 0 || key.len > NP_ANSWER_KEY_MAX || !np_is_utf8(key)) {
        return np_error_set(err, NP_EUSAGE, "an Idempotency-Key has 1 to %d bytes",
                            NP_ANSWER_KEY_MAX);
    }
    hash_request(call, sha256);
    NP_TRY(np_answer_find(call->store, &of, &work, &outcome, err));
    if (outcome == NP_ANSWER_OTHER) {
        refuse_other(call);
    }
    *ret_is_answered = outcome != NP_ANSWER_NONE;
    return NP_OK;
}

static np_code run_once(manage_call *call, np_bytes key, np_error *err)
{
    uint8_t sha256[NP_FINGERPRINT_BYTES];
    np_answer_outcome outcome;
    const np_answer_key of = {
        .token = call->token->id, .key = key, .request_sha256 = sha256, .now = call->actor.now};
    const np_answer_work work = {.act = act, .repeat = repeat, .self = call};
    hash_request(call, sha256);
    NP_TRY(np_answer_once(call->store, &of, &work, &outcome, err));
    if (outcome == NP_ANSWER_OTHER) {
        refuse_other(call);
    }
    return NP_OK;
}

static void refuse_error(manage_call *call, np_code code, const np_error *err)
{
    clear_reply(call);
    manage_refuse_error(call, code, err);
}

/* Since the call began the registry may have been opened anew. */
static bool has_store(manage_call *call)
{
    call->store = call->shared->store;
    if (call->store != NULL || call->route->is_open) {
        return true;
    }
    clear_reply(call);
    refuse_without_store(call);
    return false;
}

void manage_conclude(manage_call *call)
{
    np_bytes key = find_key(call);
    np_error err = call->examine_err;
    np_code code = call->examine_code;
    if (!has_store(call)) {
        return;
    }
    if (code == NP_OK) {
        code = key.data == NULL ? run(call, &err) : run_once(call, key, &err);
    }
    if (code != NP_OK) {
        refuse_error(call, code, &err);
    } else if (call->reply.once != NULL) {
        (void)json_object_update(call->reply.json, call->reply.once);
    }
}

bool manage_finish(manage_call *call, np_bytes body)
{
    np_error err = {0};
    bool is_answered = false;
    if (!has_store(call) || (call->route->body == MANAGE_JSON && !read_json(call, body))) {
        return true;
    }
    np_code code = look_back(call, &is_answered, &err);
    if (code != NP_OK) {
        refuse_error(call, code, &err);
    } else if (!is_answered && call->route->examine != NULL) {
        return false;
    } else if (!is_answered) {
        manage_conclude(call);
    }
    return true;
}

void manage_call_clear(manage_call *call)
{
    clear_reply(call);
    json_decref(call->body);
    call->body = NULL;
    if (call->forget != NULL) {
        call->forget(call->examined);
        call->forget = NULL;
    }
}
