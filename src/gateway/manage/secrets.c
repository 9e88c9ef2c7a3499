/* SPDX-License-Identifier: Apache-2.0 */
/* /v1/secrets: shared secrets of products and devices; each is shown once, when it is made. */
#include "registry/secrets.h"
#include "base/wipe.h"
#include "gateway/manage/input.h"
#include "gateway/manage/list.h"
#include "gateway/manage/routes.h"
#include "gateway/view.h"

static np_code list_one(void *self, const np_shared_secret *secret, np_error *err)
{
    manage_list *list = self;
    return manage_list_wants(list, secret->id)
               ? manage_list_add(list, np_secret_view(secret), secret->id, err)
               : NP_OK;
}

np_code manage_get_secrets(manage_call *call, np_error *err)
{
    manage_list list;
    char org[NP_ORG_NAME_MAX + 1];
    NP_TRY(manage_query_org(call, org, err));
    NP_TRY(manage_list_begin(&list, call, err));
    np_code code = np_secret_each(call->store, np_bytes_text(org), list_one, &list, err);
    return manage_list_end(&list, "secrets", code, err);
}

typedef struct secret_body {
    np_bytes product;
    np_bytes device;
    np_bytes key;
    np_bytes secret;
    uint64_t create_limit;
} secret_body;

static np_code check(const secret_body *body, np_error *err)
{
    if ((body->product.len == 0) == (body->device.len == 0)) {
        return np_error_set(err, NP_EUSAGE, "the body says whose secret it is: product or device");
    }
    if ((body->key.len == 0) != (body->secret.len == 0)) {
        return np_error_set(err, NP_EUSAGE,
                            "the body has key and secret of a secret that devices have already, or "
                            "neither");
    }
    return body->create_limit > 0 && body->product.len == 0
               ? np_error_set(err, NP_EUSAGE, "the body's create_limit belongs to a product")
           : body->create_limit > INT64_MAX
               ? np_error_set(err, NP_EUSAGE, "the body's create_limit is too large")
               : NP_OK;
}

/* A new name and secret, as NervesHub makes them. */
typedef struct pair {
    char key_id[NP_NH1_KEY_ID_SIZE + 1];
    char secret[NP_SECRET_SIZE + 1];
} pair;

static void clear_pair(pair *made)
{
    np_wipe(made, sizeof(*made));
}

/* What was made here is told, once; what the caller has brought he has. */
static np_code add(manage_call *call, const secret_body *body, const pair *made, np_error *err)
{
    bool is_made = body->key.len == 0;
    np_shared_secret secret = {.org = call->parts[0],
                               .key_id = is_made ? np_bytes_text(made->key_id) : body->key,
                               .secret = is_made ? np_bytes_text(made->secret) : body->secret,
                               .product = body->product,
                               .identifier = body->device,
                               .create_limit = body->create_limit,
                               .added_at = call->actor.now};
    NP_TRY(np_secret_add(call->store, &secret, &call->actor, err));
    call->reply.status = 201;
    call->reply.json = np_secret_view(&secret);
    (void)json_object_set_new(call->reply.json, "secret", json_null());
    call->reply.once = is_made ? json_pack("{s:s}", "secret", made->secret) : NULL;
    return NP_OK;
}

np_code manage_post_secret(manage_call *call, np_error *err)
{
    static const manage_member members[] = {
        {"product", MANAGE_TEXT, offsetof(secret_body, product), false},
        {"device", MANAGE_TEXT, offsetof(secret_body, device), false},
        {"key", MANAGE_TEXT, offsetof(secret_body, key), false},
        {"secret", MANAGE_TEXT, offsetof(secret_body, secret), false},
        {"create_limit", MANAGE_COUNT, offsetof(secret_body, create_limit), false},
    };
    secret_body body = {.product = np_bytes_text(""), .device = np_bytes_text("")};
    NP_CLEANUP(clear_pair) pair made = {0};
    NP_TRY(manage_read(call, members, NP_COUNT_OF(members), &body, err));
    NP_TRY(check(&body, err));
    NP_TRY(np_secret_make(body.device.len == 0, made.key_id, made.secret, err));
    return add(call, &body, &made, err);
}

np_code manage_delete_secret(manage_call *call, np_error *err)
{
    np_code code = np_secret_remove(call->store, call->parts[0], call->parts[1], &call->actor, err);
    call->reply.status = 204;
    return code == NP_EINPUT_MISSING ? NP_OK : code; /* it is not there: what was asked for */
}
