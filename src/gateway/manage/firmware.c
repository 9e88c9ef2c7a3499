/* SPDX-License-Identifier: Apache-2.0 */
/* /v1/firmware-keys and /v1/firmware: whose firmware is trusted, and what was accepted. */
#include "gateway/intake.h"

#include "gateway/manage/input.h"
#include "gateway/manage/list.h"
#include "gateway/manage/problems.h"
#include "gateway/manage/routes.h"
#include "gateway/view.h"
#include <stdlib.h>

/* Keys are few; a page has them all. */
static np_code list_key(void *self, const np_trusted_key *key, np_error *err)
{
    return json_array_append_new(self, np_trusted_key_view(key)) == 0
               ? NP_OK
               : np_error_set(err, NP_ESTATION_MEMORY, "out of memory");
}

np_code manage_get_keys(manage_call *call, np_error *err)
{
    char org[NP_ORG_NAME_MAX + 1];
    NP_TRY(manage_query_org(call, org, err));
    json_t *keys = json_array();
    np_code code = np_trusted_key_each(call->store, np_bytes_text(org), np_bytes_text(""), list_key,
                                       keys, err);
    call->reply.json = json_pack("{s:o, s:n}", "keys", keys, "next");
    return code;
}

typedef struct key_search {
    np_bytes name;
    np_trusted_key found; /* its texts are gone */
    json_t *view;
    np_bytes product;
    bool is_same_product;
} key_search;

static np_code compare_key(void *self, const np_trusted_key *key, np_error *err)
{
    key_search *search = self;
    (void)err;
    if (np_bytes_equal(search->name, key->name)) {
        search->found = *key;
        search->is_same_product = np_bytes_equal(search->product, key->product);
        json_decref(search->view);
        search->view = np_trusted_key_view(key);
    }
    return NP_OK;
}

static np_code find_key(manage_call *call, key_search *search, np_error *err)
{
    search->name = call->parts[1];
    return np_trusted_key_each(call->store, call->parts[0], np_bytes_text(""), compare_key, search,
                               err);
}

typedef struct key_body {
    np_bytes key;
    np_bytes product;
} key_body;

/* The same key under the same name again is no conflict: it is there, as it was asked for. */
static np_code add_key(manage_call *call, const np_trusted_key *key, np_error *err)
{
    key_search search = {.product = key->product};
    NP_TRY(find_key(call, &search, err));
    bool is_same = search.view != NULL && search.is_same_product &&
                   memcmp(search.found.key, key->key, sizeof(key->key)) == 0;
    json_decref(search.view);
    return is_same ? NP_OK : np_trusted_key_add(call->store, key, &call->actor, err);
}

static np_code show_key(manage_call *call, np_error *err)
{
    key_search search = {0};
    NP_TRY(find_key(call, &search, err));
    call->reply.json = search.view;
    return search.view != NULL ? NP_OK
                               : np_error_set(err, NP_EINPUT_MISSING,
                                              "the organisation has no firmware key of this name");
}

np_code manage_put_key(manage_call *call, np_error *err)
{
    static const manage_member members[] = {
        {"key", MANAGE_TEXT, offsetof(key_body, key), true},
        {"product", MANAGE_TEXT, offsetof(key_body, product), false},
    };
    key_body body = {.product = np_bytes_text("")};
    np_firmware_key public;
    NP_TRY(manage_read(call, members, NP_COUNT_OF(members), &body, err));
    NP_TRY(np_firmware_key_decode(body.key, &public, err));
    np_trusted_key key = {.org = call->parts[0], .name = call->parts[1], .product = body.product};
    memcpy(key.key, public.bytes, sizeof(key.key));
    NP_TRY(add_key(call, &key, err));
    return show_key(call, err);
}

typedef struct state_body {
    np_bytes state;
} state_body;

np_code manage_put_key_state(manage_call *call, np_error *err)
{
    static const manage_member members[] = {
        {"state", MANAGE_TEXT, offsetof(state_body, state), true},
    };
    state_body body;
    np_trusted_key_state state = 0;
    NP_TRY(manage_read(call, members, NP_COUNT_OF(members), &body, err));
    while (state < NP_TRUSTED_STATE_COUNT &&
           !np_bytes_equal(body.state, np_bytes_text(np_trusted_key_state_name(state)))) {
        state++;
    }
    if (state == NP_TRUSTED_STATE_COUNT) {
        return np_error_set(err, NP_EUSAGE, "the body's state is not active, retiring or revoked");
    }
    NP_TRY(np_trusted_key_set_state(call->store, call->parts[0], call->parts[1], state,
                                    &call->actor, err));
    return show_key(call, err);
}

np_code manage_delete_key(manage_call *call, np_error *err)
{
    np_code code =
        np_trusted_key_remove(call->store, call->parts[0], call->parts[1], &call->actor, err);
    call->reply.status = 204;
    return code == NP_EINPUT_MISSING ? NP_OK : code; /* it is not there: what was asked for */
}

static np_code list_firmware(void *self, const np_accepted_firmware *firmware, np_error *err)
{
    return manage_list_add(self, np_accepted_firmware_view(firmware), firmware->id, err);
}

np_code manage_get_firmware(manage_call *call, np_error *err)
{
    manage_list list;
    char org[NP_ORG_NAME_MAX + 1];
    char product[MANAGE_PART_SIZE];
    NP_TRY(manage_query_org(call, org, err));
    NP_TRY(manage_query(call, "product", product, sizeof(product), err));
    NP_TRY(manage_list_begin(&list, call, err));
    const np_accepted_query query = {
        .org = np_bytes_text(org), .product = np_bytes_text(product), .page = list.page};
    np_code code = np_accepted_firmware_each(call->store, &query, list_firmware, &list, err);
    return manage_list_end(&list, "firmware", code, err);
}

/* What an upload was found to be, between the judge and the record. */
typedef struct upload {
    np_intake intake;
    np_firmware_source source;
    char product[MANAGE_PART_SIZE];
} upload;

static void free_upload(void *self)
{
    upload *up = self;
    np_firmware_facts_free_at(&up->intake.facts);
    free(up);
}

np_code manage_judge_firmware(manage_call *call, np_store *store, np_error *err)
{
    upload *up = calloc(1, sizeof(*up));
    if (up == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "out of memory");
    }
    call->examined = up;
    call->forget = free_upload;
    up->intake.org = call->parts[0];
    up->intake.source = &up->source;
    up->intake.facts = np_firmware_facts_create();
    if (up->intake.facts == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "out of memory");
    }
    NP_TRY(manage_query(call, "product", up->product, sizeof(up->product), err));
    if (up->product[0] == '\0') {
        return np_error_set(err, NP_EUSAGE, "product in the query is missing");
    }
    up->intake.product = np_bytes_text(up->product);
    NP_TRY(np_firmware_source_of_fd(&call->file, &up->source, err));
    return np_intake_judge(store, &up->intake, err);
}

static json_t *describe_upload(const manage_call *call, const np_intake *intake)
{
    np_firmware_reason reason = intake->verdict.reason;
    json_t *view =
        json_pack("{s:s, s:s, s:o, s:I, s:o}", "verdict",
                  np_firmware_kind_name(np_firmware_reason_kind(reason)), "reason",
                  np_firmware_reason_name(reason), "sha256", np_digest_view(call->body_sha256),
                  "size", (json_int_t)call->file_size, "org", np_text_view(intake->org));
    return view;
}

static void put_meta(json_t *view, const np_firmware_facts *facts)
{
    static const struct {
        const char *name;
        np_meta_field field;
    } rows[] = {
        {"product", NP_META_PRODUCT},
        {"platform", NP_META_PLATFORM},
        {"architecture", NP_META_ARCHITECTURE},
        {"version", NP_META_VERSION},
    };
    for (size_t i = 0; i < NP_COUNT_OF(rows); i++) {
        (void)json_object_set_new(view, rows[i].name,
                                  np_text_view(facts->meta.fields[rows[i].field]));
    }
    (void)json_object_set_new(view, "uuid", json_string(facts->uuid));
}

np_code manage_post_firmware(manage_call *call, np_error *err)
{
    const upload *up = call->examined;
    const np_intake *intake = &up->intake;
    if (intake->verdict.reason != NP_FIRMWARE_ACCEPTED) {
        manage_refuse(call, MANAGE_UNPROCESSABLE, intake->verdict.detail, NULL);
        json_t *error = json_object_get(call->reply.json, "error");
        json_t *more = describe_upload(call, intake);
        (void)json_object_update(error, more);
        json_decref(more);
        return NP_OK;
    }
    NP_TRY(np_intake_record(call->store, intake, call->body_sha256, &call->actor, err));
    call->reply.status = 201;
    call->reply.json = describe_upload(call, intake);
    put_meta(call->reply.json, intake->facts);
    return NP_OK;
}
