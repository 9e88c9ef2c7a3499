/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/devices.h"

#include "base/format.h"
#include "registry/fleet_internal.h"

static const char *const states[NP_DEVICE_STATE_COUNT] = {
    [NP_DEVICE_ACTIVE] = "active",
    [NP_DEVICE_BLOCKED] = "blocked",
    [NP_DEVICE_DELETED] = "deleted",
};

const char *np_device_state_name(np_device_state state)
{
    return (unsigned)state < NP_COUNT_OF(states) ? states[state] : NULL;
}

/* One device that is changed. */
typedef struct change {
    np_bytes org;
    np_bytes identifier;
    const np_actor *actor;
    const char *what;
    const np_device *device; /* that is added */
    int64_t value;           /* the new state, or the end of the window */
    np_bytes to_org;
} change;

static np_code note(np_store *store, const change *self, np_error *err)
{
    return fleet_note_change(store, self->actor, self->what, self->org, self->identifier, err);
}

static np_code check_free(np_store *store, int64_t org, np_bytes identifier, np_error *err)
{
    static const store_query query = {
        "SELECT count(*) FROM devices WHERE org = $1 AND identifier = $2", 2};
    const store_value values[] = {store_integer(org), store_text(identifier)};
    int64_t count = 0;
    NP_TRY(store_select(store, &query, values, fleet_take_number, &count, err));
    return count == 0 ? NP_OK
                      : np_error_set(err, NP_EPOLICY,
                                     "the organisation has a device of this identifier already");
}

static np_code add_device(np_store *store, void *context, np_error *err)
{
    static const store_query query = {
        "INSERT INTO devices (org, identifier, product, tags, description, state, certificates,"
        " rekey_until, added_at) VALUES ($1, $2, $3, $4, $5, 0, 0, 0, $6)",
        6};
    const change *self = context;
    const np_device *device = self->device;
    int64_t org = 0;
    NP_TRY(fleet_take_org(store, self->org, self->actor->now, &org, err));
    NP_TRY(check_free(store, org, self->identifier, err));
    const store_value values[] = {
        store_integer(org),
        store_text(device->identifier),
        store_text(device->product),
        store_text(device->tags.len == 0 ? np_bytes_text("[]") : device->tags),
        store_text(device->description),
        store_integer(self->actor->now)};
    NP_TRY(store_run(store, &query, values, 1, NULL, err));
    return note(store, self, err);
}

np_code np_device_add(np_store *store, const np_device *device, const np_actor *actor,
                      np_error *err)
{
    change self = {.org = device->org,
                   .identifier = device->identifier,
                   .actor = actor,
                   .what = "device add",
                   .device = device};
    if (!np_identifier_is_good(device->identifier)) {
        return np_error_set(err, NP_EINPUT_FORMAT,
                            "an identifier has 1 to %d bytes of UTF-8 and no control characters",
                            NP_IDENTIFIER_MAX);
    }
    return store_transact(store, add_device, &self, err);
}

typedef struct listing {
    const np_device_query *query;
    np_device_visit visit;
    void *self;
    np_bytes org;
    uint64_t count;
} listing;

static np_code list_one(void *self, const store_value *columns, np_error *err)
{
    listing *list = self;
    const np_device device = {.org = list->org,
                              .identifier = columns[0].bytes,
                              .product = columns[1].bytes,
                              .tags = columns[2].bytes,
                              .description = columns[3].bytes,
                              .state = (np_device_state)columns[4].integer,
                              .certificates = (uint64_t)columns[5].integer,
                              .rekey_until = columns[6].integer,
                              .first_seen = columns[7].integer,
                              .last_seen = columns[8].integer};
    list->count++;
    return list->visit(list->self, &device, err);
}

#define SELECT_DEVICES                                                                             \
    "SELECT d.identifier, d.product, d.tags, d.description, d.state, d.certificates,"              \
    " d.rekey_until, coalesce(d.first_seen, 0), coalesce(d.last_seen, 0)"                          \
    " FROM devices d WHERE d.org = $1"

/*
 * Conditions are such that an index bounds what is read. Those kept out are few, and have their own
 * (devices_kept_out). Where texts are ordered by their bytes a prefix has an end, elsewhere all
 * behind it are looked at.
 */
#define FROM_DEVICE " AND d.identifier >= $2 AND d.identifier <> $3"
#define IN_BYTES    FROM_DEVICE " AND d.identifier < $4"
#define BY_PREFIX   FROM_DEVICE " AND substr(d.identifier, 1, length($4)) = $4"
#define IN_STATES   " AND d.state BETWEEN $5 AND $6 ORDER BY d.identifier LIMIT $7"
#define KEPT_OUT    " AND d.state <> 0 AND d.state = $5 ORDER BY d.identifier LIMIT $6"

static const store_query pages[2][2] = {
    {{SELECT_DEVICES BY_PREFIX IN_STATES, 7}, {SELECT_DEVICES BY_PREFIX KEPT_OUT, 6}},
    {{SELECT_DEVICES IN_BYTES IN_STATES, 7}, {SELECT_DEVICES IN_BYTES KEPT_OUT, 6}},
};

static const char highest[] = "\xf4\x8f\xbf\xbf"; /* U+10FFFF, the last of all characters */

enum {
    HIGHEST_SIZE = sizeof(highest) - 1,
    HIGHEST_COUNT = NP_IDENTIFIER_MAX / HIGHEST_SIZE + 1,
    BOUND_SIZE = NP_IDENTIFIER_MAX + HIGHEST_COUNT * HIGHEST_SIZE,
};

/* A text behind all identifiers with this prefix and in front of all others. */
static np_bytes bound_of(np_bytes prefix, uint8_t room[static BOUND_SIZE])
{
    np_writer writer = np_writer_of(room, BOUND_SIZE);
    np_write_bytes(&writer, prefix);
    for (unsigned i = 0; i < HIGHEST_COUNT; i++) {
        np_write_text(&writer, highest);
    }
    return np_writer_bytes(&writer);
}

static np_bytes greater(np_bytes a, np_bytes b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int order = len == 0 ? 0 : memcmp(a.data, b.data, len);
    return order > 0 || (order == 0 && a.len > b.len) ? a : b;
}

/* A page of one organisation's devices, behind this one. */
static np_code list_page(np_store *store, listing *list, int64_t org, np_bytes after, np_error *err)
{
    const np_device_query *query = list->query;
    bool is_bound = store->engine.orders_bytes;
    bool is_kept_out = query->state != NULL && *query->state != NP_DEVICE_ACTIVE;
    uint8_t room[BOUND_SIZE];
    np_bytes prefix = query->prefix;
    prefix.len = prefix.len > NP_IDENTIFIER_MAX ? NP_IDENTIFIER_MAX : prefix.len;
    store_value values[STORE_PARAMETERS_MAX] = {
        store_integer(org), store_text(greater(after, query->prefix)), store_text(after),
        store_text(is_bound ? bound_of(prefix, room) : query->prefix)};
    size_t count = 4;
    values[count++] = store_integer(query->state == NULL ? 0 : *query->state);
    if (!is_kept_out) {
        values[count++] =
            store_integer(query->state == NULL ? NP_DEVICE_STATE_COUNT - 1 : *query->state);
    }
    values[count] = fleet_limit(query->limit == 0 ? 0 : query->limit - list->count);
    return store_select(store, &pages[is_bound][is_kept_out], values, list_one, list, err);
}

static np_code list_identifier(np_store *store, listing *list, int64_t org, np_error *err)
{
    static const store_query query = {SELECT_DEVICES " AND d.identifier = $2", 2};
    const store_value values[] = {store_integer(org), store_text(list->query->identifier)};
    return store_select(store, &query, values, list_one, list, err);
}

typedef struct org_place {
    int64_t id; /* 0: none */
    char name[NP_ORG_NAME_MAX + 1];
} org_place;

static np_code take_place(void *self, const store_value *columns, np_error *err)
{
    org_place *place = self;
    (void)err;
    place->id = columns[0].integer;
    np_format(place->name, sizeof(place->name), "%.*s", (int)columns[1].bytes.len,
              (const char *)columns[1].bytes.data);
    return NP_OK;
}

/* The first organisation from this name on, but for the other. */
static np_code find_next(np_store *store, np_bytes only, np_bytes from, np_bytes but,
                         org_place *ret, np_error *err)
{
    static const store_query query = {
        "SELECT id, name FROM organisations WHERE ($1 = '' OR name = $1)"
        " AND name >= $2 AND name <> $3 ORDER BY name LIMIT 1",
        3};
    const store_value values[] = {store_text(only), store_text(from), store_text(but)};
    *ret = (org_place){0};
    return store_select(store, &query, values, take_place, ret, err);
}

np_code np_device_each(np_store *store, const np_device_query *query, np_device_visit visit,
                       void *self, np_error *err)
{
    listing list = {.query = query, .visit = visit, .self = self};
    org_place place;
    NP_TRY(find_next(store, query->org, query->after_org, np_bytes_text(""), &place, err));
    while (place.id != 0 && (query->limit == 0 || list.count < query->limit)) {
        const org_place now = place;
        list.org = np_bytes_text(now.name);
        bool is_begun = np_bytes_equal(list.org, query->after_org);
        np_bytes after = is_begun ? query->after : np_bytes_text("");
        NP_TRY(query->identifier.len > 0 ? list_identifier(store, &list, now.id, err)
                                         : list_page(store, &list, now.id, after, err));
        NP_TRY(find_next(store, query->org, list.org, list.org, &place, err));
    }
    return NP_OK;
}

/* Runs an update of one device, whose last two parameters are organisation and identifier. */
static np_code update(np_store *store, const store_query *query, const store_value *values,
                      const change *self, np_error *err)
{
    uint64_t changed = 0;
    NP_TRY(store_run(store, query, values, 1, &changed, err));
    return changed == 1 ? note(store, self, err)
                        : np_error_set(err, NP_EINPUT_MISSING,
                                       "the organisation has no device of this identifier");
}

#define OF_DEVICE " WHERE org = (SELECT id FROM organisations WHERE name = $2) AND identifier = $3"

static np_code set_state(np_store *store, void *context, np_error *err)
{
    static const store_query query = {"UPDATE devices SET state = $1" OF_DEVICE, 3};
    const change *self = context;
    const store_value values[] = {store_integer(self->value), store_text(self->org),
                                  store_text(self->identifier)};
    return update(store, &query, values, self, err);
}

np_code np_device_set_state(np_store *store, np_bytes org, np_bytes identifier,
                            np_device_state state, const np_actor *actor, np_error *err)
{
    static const char *const words[NP_DEVICE_STATE_COUNT] = {
        [NP_DEVICE_ACTIVE] = "device unblock",
        [NP_DEVICE_BLOCKED] = "device block",
        [NP_DEVICE_DELETED] = "device delete",
    };
    change self = {
        .org = org, .identifier = identifier, .actor = actor, .what = words[state], .value = state};
    return store_transact(store, set_state, &self, err);
}

static np_code open_rekey(np_store *store, void *context, np_error *err)
{
    static const store_query query = {"UPDATE devices SET rekey_until = $1" OF_DEVICE, 3};
    const change *self = context;
    const store_value values[] = {store_integer(self->value), store_text(self->org),
                                  store_text(self->identifier)};
    return update(store, &query, values, self, err);
}

np_code np_device_open_rekey(np_store *store, np_bytes org, np_bytes identifier, int64_t until,
                             const np_actor *actor, np_error *err)
{
    change self = {.org = org,
                   .identifier = identifier,
                   .actor = actor,
                   .what = "device rekey-window",
                   .value = until};
    return store_transact(store, open_rekey, &self, err);
}

static np_code move_device(np_store *store, void *context, np_error *err)
{
    static const store_query query = {"UPDATE devices SET org = $1" OF_DEVICE, 3};
    const change *self = context;
    int64_t to = 0;
    NP_TRY(fleet_take_org(store, self->to_org, self->actor->now, &to, err));
    NP_TRY(check_free(store, to, self->identifier, err));
    const store_value values[] = {store_integer(to), store_text(self->org),
                                  store_text(self->identifier)};
    NP_TRY(update(store, &query, values, self, err));
    /* the other organisation's list has it as well, and gateways find the device by that */
    return fleet_note_change(store, self->actor, FLEET_DEVICE_ARRIVE, self->to_org,
                             self->identifier, err);
}

np_code np_device_move(np_store *store, np_bytes org, np_bytes identifier, np_bytes to_org,
                       const np_actor *actor, np_error *err)
{
    change self = {.org = org,
                   .identifier = identifier,
                   .actor = actor,
                   .what = "device move",
                   .to_org = to_org};
    return store_transact(store, move_device, &self, err);
}
