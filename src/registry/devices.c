/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/devices.h"

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
    np_device_visit visit;
    void *self;
} listing;

static np_code list_one(void *self, const store_value *columns, np_error *err)
{
    const listing *list = self;
    const np_device device = {.org = columns[0].bytes,
                              .identifier = columns[1].bytes,
                              .product = columns[2].bytes,
                              .tags = columns[3].bytes,
                              .description = columns[4].bytes,
                              .state = (np_device_state)columns[5].integer,
                              .certificates = (uint64_t)columns[6].integer,
                              .rekey_until = columns[7].integer,
                              .first_seen = columns[8].integer,
                              .last_seen = columns[9].integer};
    return list->visit(list->self, &device, err);
}

np_code np_device_each(np_store *store, const np_device_query *query, np_device_visit visit,
                       void *self, np_error *err)
{
    static const store_query text = {
        "SELECT o.name, d.identifier, d.product, d.tags, d.description, d.state, d.certificates,"
        " d.rekey_until, coalesce(d.first_seen, 0), coalesce(d.last_seen, 0)"
        " FROM devices d JOIN organisations o ON o.id = d.org"
        " WHERE ($1 = '' OR o.name = $1) AND ($2 = '' OR d.identifier = $2)"
        " AND (o.name > $3 OR (o.name = $3 AND d.identifier > $4)) AND d.identifier >= $5"
        " AND substr(d.identifier, 1, length($5)) = $5 AND d.state BETWEEN $6 AND $7"
        " ORDER BY o.name, d.identifier LIMIT $8",
        8};
    const store_value values[] = {
        store_text(query->org),
        store_text(query->identifier),
        store_text(query->after_org),
        store_text(query->after),
        store_text(query->prefix),
        store_integer(query->state == NULL ? 0 : *query->state),
        store_integer(query->state == NULL ? NP_DEVICE_STATE_COUNT - 1 : *query->state),
        fleet_limit(query->limit)};
    listing list = {visit, self};
    return store_select(store, &text, values, list_one, &list, err);
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
