/* SPDX-License-Identifier: Apache-2.0 */
/* /v1/devices: the devices on record, and what their owners do to them. */
#include "base/format.h"
#include "gateway/manage/input.h"
#include "gateway/manage/list.h"
#include "gateway/manage/problems.h"
#include "gateway/manage/routes.h"
#include "gateway/view.h"

enum {
    CURSOR_SIZE = NP_ORG_NAME_MAX + 1 + NP_IDENTIFIER_MAX + 1, /* "acme/N1" */
    REKEY_HOURS = 24,
    SECONDS_PER_HOUR = 3600,
};

/* A page of devices, in the order of organisation and identifier. */
typedef struct device_page {
    json_t *devices;
    uint64_t limit;
    bool has_more;
    char next[CURSOR_SIZE];
} device_page;

static np_code list_one(void *self, const np_device *device, np_error *err)
{
    device_page *page = self;
    if (json_array_size(page->devices) == page->limit) {
        page->has_more = true;
        return NP_OK;
    }
    np_format(page->next, sizeof(page->next), "%.*s/%.*s", (int)device->org.len,
              (const char *)device->org.data, (int)device->identifier.len,
              (const char *)device->identifier.data);
    return json_array_append_new(page->devices, np_device_view(device)) == 0
               ? NP_OK
               : np_error_set(err, NP_ESTATION_MEMORY, "out of memory");
}

static np_code parse_state(const char *text, np_device_state *state, bool *ret_is_given,
                           np_error *err)
{
    *ret_is_given = text[0] != '\0';
    for (*state = 0; *state < NP_DEVICE_STATE_COUNT; (*state)++) {
        if (strcmp(text, np_device_state_name(*state)) == 0) {
            return NP_OK;
        }
    }
    return !*ret_is_given
               ? NP_OK
               : np_error_set(err, NP_EUSAGE, "state in the query is active, blocked or deleted");
}

/* The organisation's name ends at the first slash: names have none. */
static np_code split_cursor(char *cursor, np_device_query *query, np_error *err)
{
    char *slash = strchr(cursor, '/');
    if (cursor[0] == '\0') {
        return NP_OK;
    }
    if (slash == NULL) {
        return np_error_set(err, NP_EUSAGE, "after in the query is the next of another page");
    }
    query->after_org = np_bytes_of(cursor, (size_t)(slash - cursor));
    query->after = np_bytes_text(slash + 1);
    return NP_OK;
}

np_code manage_get_devices(manage_call *call, np_error *err)
{
    char org[NP_ORG_NAME_MAX + 1];
    char prefix[MANAGE_PART_SIZE];
    char state_name[16];
    char cursor[CURSOR_SIZE];
    np_device_state state;
    bool has_state;
    device_page page = {0};
    NP_TRY(manage_query_org(call, org, err));
    NP_TRY(manage_query(call, "prefix", prefix, sizeof(prefix), err));
    NP_TRY(manage_query(call, "state", state_name, sizeof(state_name), err));
    NP_TRY(manage_query(call, "after", cursor, sizeof(cursor), err));
    NP_TRY(manage_query_number(call, "limit", MANAGE_LIMIT, MANAGE_LIMIT_MAX, &page.limit, err));
    NP_TRY(parse_state(state_name, &state, &has_state, err));
    np_device_query query = {.org = np_bytes_text(org),
                             .prefix = np_bytes_text(prefix),
                             .state = has_state ? &state : NULL,
                             .limit = page.limit + 1};
    NP_TRY(split_cursor(cursor, &query, err));
    page.devices = json_array();
    np_code code = np_device_each(call->store, &query, list_one, &page, err);
    call->reply.json = json_pack("{s:o, s:o}", "devices", page.devices, "next",
                                 page.has_more ? json_string(page.next) : json_null());
    return code;
}

static np_code take_one(void *self, const np_device *device, np_error *err)
{
    json_t **ret = self;
    (void)err;
    *ret = np_device_view(device);
    return NP_OK;
}

/* The answer is the device as it is now. */
static np_code show(manage_call *call, np_bytes org, np_bytes identifier, np_error *err)
{
    json_t *device = NULL;
    const np_device_query query = {.org = org, .identifier = identifier};
    NP_TRY(np_device_each(call->store, &query, take_one, &device, err));
    call->reply.json = device;
    return device != NULL ? NP_OK
                          : np_error_set(err, NP_EINPUT_MISSING,
                                         "the organisation has no device of this identifier");
}

static np_code list_credential(void *self, const np_credential *credential, np_error *err)
{
    (void)err;
    (void)json_array_append_new(self, np_credential_view(credential));
    return NP_OK;
}

np_code manage_get_device(manage_call *call, np_error *err)
{
    NP_TRY(show(call, call->parts[0], call->parts[1], err));
    json_t *credentials = json_array();
    (void)json_object_set_new(call->reply.json, "credentials", credentials);
    return np_credential_each(call->store, call->parts[0], call->parts[1], list_credential,
                              credentials, err);
}

typedef struct device_body {
    np_bytes identifier;
    np_bytes product;
    np_bytes description;
    manage_tags tags;
} device_body;

np_code manage_post_device(manage_call *call, np_error *err)
{
    static const manage_member members[] = {
        {"identifier", MANAGE_TEXT, offsetof(device_body, identifier), true},
        {"product", MANAGE_TEXT, offsetof(device_body, product), false},
        {"description", MANAGE_TEXT, offsetof(device_body, description), false},
        {"tags", MANAGE_TAGS, offsetof(device_body, tags), false},
    };
    device_body body = {.product = np_bytes_text(""), .tags = {"[]"}};
    NP_TRY(manage_read(call, members, NP_COUNT_OF(members), &body, err));
    const np_device device = {.org = call->parts[0],
                              .identifier = body.identifier,
                              .product = body.product,
                              .description = body.description,
                              .tags = np_bytes_text(body.tags.text)};
    NP_TRY(np_device_add(call->store, &device, &call->actor, err));
    call->reply.status = 201;
    return show(call, device.org, device.identifier, err);
}

static np_code set_state(manage_call *call, np_device_state state, np_error *err)
{
    NP_TRY(manage_read(call, NULL, 0, NULL, err));
    NP_TRY(
        np_device_set_state(call->store, call->parts[0], call->parts[1], state, &call->actor, err));
    return show(call, call->parts[0], call->parts[1], err);
}

np_code manage_block_device(manage_call *call, np_error *err)
{
    return set_state(call, NP_DEVICE_BLOCKED, err);
}

np_code manage_unblock_device(manage_call *call, np_error *err)
{
    return set_state(call, NP_DEVICE_ACTIVE, err);
}

np_code manage_delete_device(manage_call *call, np_error *err)
{
    return set_state(call, NP_DEVICE_DELETED, err);
}

typedef struct move_body {
    np_bytes to;
} move_body;

np_code manage_move_device(manage_call *call, np_error *err)
{
    static const manage_member members[] = {
        {"to", MANAGE_TEXT, offsetof(move_body, to), true},
    };
    move_body body;
    NP_TRY(manage_read(call, members, NP_COUNT_OF(members), &body, err));
    if (call->token->org.len > 0) {
        manage_refuse(call, MANAGE_FORBIDDEN, "the token is not the other organisation's", NULL);
        return NP_OK;
    }
    NP_TRY(np_device_move(call->store, call->parts[0], call->parts[1], body.to, &call->actor, err));
    return show(call, body.to, call->parts[1], err);
}

typedef struct window_body {
    int64_t until;
} window_body;

np_code manage_open_rekey(manage_call *call, np_error *err)
{
    static const manage_member members[] = {
        {"until", MANAGE_TIME, offsetof(window_body, until), false},
    };
    window_body body = {.until = call->actor.now + (int64_t)REKEY_HOURS * SECONDS_PER_HOUR};
    NP_TRY(manage_read(call, members, NP_COUNT_OF(members), &body, err));
    NP_TRY(np_device_open_rekey(call->store, call->parts[0], call->parts[1], body.until,
                                &call->actor, err));
    return show(call, call->parts[0], call->parts[1], err);
}
