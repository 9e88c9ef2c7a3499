/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/firmware.h"

#include "registry/fleet_internal.h"

static const char *const states[NP_TRUSTED_STATE_COUNT] = {
    [NP_TRUSTED_ACTIVE] = "active",
    [NP_TRUSTED_RETIRING] = "retiring",
    [NP_TRUSTED_REVOKED] = "revoked",
};

const char *np_trusted_key_state_name(np_trusted_key_state state)
{
    return (unsigned)state < NP_COUNT_OF(states) ? states[state] : NULL;
}

/* One key or one archive that is changed. */
typedef struct change {
    np_bytes org;
    np_bytes name;
    const np_actor *actor;
    const np_trusted_key *key;
    const np_accepted_firmware *firmware;
    np_trusted_key_state state;
} change;

static np_code count_of(np_store *store, const store_query *query, const store_value *values,
                        int64_t *ret, np_error *err)
{
    *ret = 0;
    return store_select(store, query, values, fleet_take_number, ret, err);
}

static np_code add_key(np_store *store, void *context, np_error *err)
{
    static const store_query there = {
        "SELECT count(*) FROM firmware_keys WHERE org = $1 AND (name = $2 OR public_key = $3)", 3};
    static const store_query add = {
        "INSERT INTO firmware_keys (org, name, public_key, product, state, added_at)"
        " VALUES ($1, $2, $3, $4, 0, $5)",
        5};
    const change *self = context;
    int64_t org = 0;
    int64_t count;
    NP_TRY(fleet_take_org(store, self->org, self->actor->now, &org, err));
    const store_value values[] = {store_integer(org), store_text(self->name),
                                  store_blob(NP_BYTES(self->key->key)),
                                  store_text(self->key->product), store_integer(self->actor->now)};
    NP_TRY(count_of(store, &there, values, &count, err));
    if (count > 0) {
        return np_error_set(err, NP_EPOLICY,
                            "the organisation has a firmware key of this name, or this key, "
                            "already");
    }
    NP_TRY(store_run(store, &add, values, 1, NULL, err));
    return fleet_note_change(store, self->actor, "key add", self->org, self->name, err);
}

np_code np_trusted_key_add(np_store *store, const np_trusted_key *key, const np_actor *actor,
                           np_error *err)
{
    change self = {.org = key->org, .name = key->name, .actor = actor, .key = key};
    if (np_org_check_name(key->name, NULL) != NP_OK) {
        return np_error_set(err, NP_EINPUT_FORMAT,
                            "a key's name has 1 to %d bytes of UTF-8, and no blanks and slashes",
                            NP_TRUSTED_NAME_MAX);
    }
    return store_transact(store, add_key, &self, err);
}

typedef struct key_listing {
    np_trusted_key_visit visit;
    void *self;
} key_listing;

static np_code list_key(void *self, const store_value *columns, np_error *err)
{
    const key_listing *list = self;
    np_trusted_key key = {.org = columns[0].bytes,
                          .name = columns[1].bytes,
                          .product = columns[2].bytes,
                          .state = (np_trusted_key_state)columns[4].integer,
                          .firmware = (uint64_t)columns[5].integer};
    NP_TRY(fleet_take_digest(&columns[3], key.key, err));
    return list->visit(list->self, &key, err);
}

np_code np_trusted_key_each(np_store *store, np_bytes org, np_bytes product,
                            np_trusted_key_visit visit, void *self, np_error *err)
{
    static const store_query query = {
        "SELECT o.name, k.name, k.product, k.public_key, k.state,"
        " (SELECT count(*) FROM firmwares f WHERE f.key = k.id)"
        " FROM firmware_keys k JOIN organisations o ON o.id = k.org"
        " WHERE ($1 = '' OR o.name = $1) AND ($2 = '' OR k.product = '' OR k.product = $2)"
        " ORDER BY k.id",
        2};
    const store_value values[] = {store_text(org), store_text(product)};
    key_listing list = {visit, self};
    return store_select(store, &query, values, list_key, &list, err);
}

np_code np_trusted_key_each_of_device(np_store *store, int64_t device, np_trusted_key_visit visit,
                                      void *self, np_error *err)
{
    static const store_query query = {
        "SELECT o.name, k.name, k.product, k.public_key, k.state, 0"
        " FROM devices d JOIN organisations o ON o.id = d.org JOIN firmware_keys k ON k.org = d.org"
        " WHERE d.id = $1 AND k.state <> 2 AND (k.product = '' OR k.product = d.product)"
        " ORDER BY k.state, k.id",
        1};
    const store_value value = store_integer(device);
    key_listing list = {visit, self};
    return store_select(store, &query, &value, list_key, &list, err);
}

#define OF_KEY " WHERE org = (SELECT id FROM organisations WHERE name = $1) AND name = $2"

static np_code missing(np_error *err)
{
    np_error_set(err, NP_EINPUT_MISSING, "the organisation has no firmware key of this name");
    return np_error_hint(err, NP_EINPUT_MISSING, "nameplate registry key list shows them");
}

static np_code set_state(np_store *store, void *context, np_error *err)
{
    static const store_query query = {
        "UPDATE firmware_keys SET state = $1"
        " WHERE org = (SELECT id FROM organisations WHERE name = $2) AND name = $3",
        3};
    static const char *const words[NP_TRUSTED_STATE_COUNT] = {
        [NP_TRUSTED_ACTIVE] = "key activate",
        [NP_TRUSTED_RETIRING] = "key retire",
        [NP_TRUSTED_REVOKED] = "key revoke",
    };
    const change *self = context;
    const store_value values[] = {store_integer(self->state), store_text(self->org),
                                  store_text(self->name)};
    uint64_t changed = 0;
    NP_TRY(store_run(store, &query, values, 1, &changed, err));
    return changed == 0 ? missing(err)
                        : fleet_note_change(store, self->actor, words[self->state], self->org,
                                            self->name, err);
}

np_code np_trusted_key_set_state(np_store *store, np_bytes org, np_bytes name,
                                 np_trusted_key_state state, const np_actor *actor, np_error *err)
{
    change self = {.org = org, .name = name, .actor = actor, .state = state};
    return store_transact(store, set_state, &self, err);
}

static np_code remove_key(np_store *store, void *context, np_error *err)
{
    static const store_query uses = {
        "SELECT count(*) FROM firmwares WHERE key IN (SELECT id FROM firmware_keys" OF_KEY ")", 2};
    static const store_query remove = {"DELETE FROM firmware_keys" OF_KEY, 2};
    const change *self = context;
    const store_value values[] = {store_text(self->org), store_text(self->name)};
    int64_t count;
    uint64_t changed = 0;
    NP_TRY(count_of(store, &uses, values, &count, err));
    if (count > 0) {
        np_error_set(err, NP_EPOLICY, "%u archives on record were signed with this key",
                     (unsigned)count);
        return np_error_hint(err, NP_EPOLICY,
                             "nameplate registry key retire or revoke it: devices may still have "
                             "that firmware");
    }
    NP_TRY(store_run(store, &remove, values, 1, &changed, err));
    return changed == 0
               ? missing(err)
               : fleet_note_change(store, self->actor, "key remove", self->org, self->name, err);
}

np_code np_trusted_key_remove(np_store *store, np_bytes org, np_bytes name, const np_actor *actor,
                              np_error *err)
{
    change self = {.org = org, .name = name, .actor = actor};
    return store_transact(store, remove_key, &self, err);
}

static np_code find_key(np_store *store, const np_accepted_firmware *firmware, int64_t *ret_org,
                        int64_t *ret_key, np_error *err)
{
    static const store_query org = {"SELECT id FROM organisations WHERE name = $1", 1};
    static const store_query key = {
        "SELECT id FROM firmware_keys WHERE org = $1 AND public_key = $2 AND state <> 2", 2};
    const store_value name = store_text(firmware->org);
    NP_TRY(count_of(store, &org, &name, ret_org, err));
    const store_value values[] = {store_integer(*ret_org), store_blob(NP_BYTES(firmware->key))};
    NP_TRY(count_of(store, &key, values, ret_key, err));
    return *ret_key != 0 ? NP_OK
                         : np_error_set(err, NP_EPOLICY,
                                        "the key that signed it is none of the organisation's any "
                                        "more");
}

static np_code take_blob(void *self, const store_value *columns, np_error *err)
{
    (void)err;
    np_writer *writer = self;
    np_write_bytes(writer, columns[0].bytes);
    return NP_OK;
}

/* True when the same file is there; NP_EPOLICY when another one of this UUID is. */
static np_code find_same(np_store *store, const np_accepted_firmware *firmware, int64_t org,
                         bool *ret_is_there, np_error *err)
{
    static const store_query query = {
        "SELECT sha256 FROM firmwares WHERE org = $1 AND product = $2 AND uuid = $3", 3};
    uint8_t sha256[NP_FINGERPRINT_BYTES];
    np_writer writer = np_writer_of(sha256, sizeof(sha256));
    const store_value values[] = {store_integer(org), store_text(firmware->product),
                                  store_text(firmware->uuid)};
    NP_TRY(store_select(store, &query, values, take_blob, &writer, err));
    *ret_is_there = np_bytes_equal(np_writer_bytes(&writer), NP_BYTES(firmware->sha256));
    return writer.len == 0 || *ret_is_there
               ? NP_OK
               : np_error_set(err, NP_EPOLICY,
                              "another archive of this UUID is on record for the product");
}

static np_code add_firmware(np_store *store, void *context, np_error *err)
{
    static const store_query query = {
        "INSERT INTO firmwares (org, product, uuid, platform, architecture, version, sha256, size,"
        " key, accepted_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        10};
    const change *self = context;
    const np_accepted_firmware *from = self->firmware;
    int64_t org;
    int64_t key;
    bool is_there;
    NP_TRY(find_key(store, from, &org, &key, err));
    NP_TRY(find_same(store, from, org, &is_there, err));
    if (is_there) {
        return NP_OK;
    }
    const store_value values[] = {store_integer(org),
                                  store_text(from->product),
                                  store_text(from->uuid),
                                  store_text(from->platform),
                                  store_text(from->architecture),
                                  store_text(from->version),
                                  store_blob(NP_BYTES(from->sha256)),
                                  store_integer((int64_t)from->size),
                                  store_integer(key),
                                  store_integer(self->actor->now)};
    NP_TRY(store_run(store, &query, values, 1, NULL, err));
    return fleet_note_change(store, self->actor, "firmware add", self->org, from->uuid, err);
}

np_code np_accepted_firmware_add(np_store *store, const np_accepted_firmware *firmware,
                                 const np_actor *actor, np_error *err)
{
    change self = {.org = firmware->org, .actor = actor, .firmware = firmware};
    return store_transact(store, add_firmware, &self, err);
}

typedef struct firmware_listing {
    np_accepted_firmware_visit visit;
    void *self;
} firmware_listing;

static np_code list_firmware(void *self, const store_value *columns, np_error *err)
{
    const firmware_listing *list = self;
    np_accepted_firmware firmware = {.org = columns[0].bytes,
                                     .product = columns[1].bytes,
                                     .platform = columns[2].bytes,
                                     .architecture = columns[3].bytes,
                                     .version = columns[4].bytes,
                                     .uuid = columns[5].bytes,
                                     .size = (uint64_t)columns[7].integer,
                                     .accepted_at = columns[9].integer,
                                     .id = columns[10].integer};
    NP_TRY(fleet_take_digest(&columns[6], firmware.sha256, err));
    NP_TRY(fleet_take_digest(&columns[8], firmware.key, err));
    return list->visit(list->self, &firmware, err);
}

np_code np_accepted_firmware_each(np_store *store, const np_accepted_query *query,
                                  np_accepted_firmware_visit visit, void *self, np_error *err)
{
    static const store_query text = {
        "SELECT o.name, f.product, f.platform, f.architecture, f.version, f.uuid, f.sha256, f.size,"
        " k.public_key, f.accepted_at, f.id FROM firmwares f"
        " JOIN organisations o ON o.id = f.org JOIN firmware_keys k ON k.id = f.key"
        " WHERE ($1 = '' OR o.name = $1) AND ($2 = '' OR f.product = $2)"
        " AND ($3 = '' OR f.platform = $3) AND f.id > $4 ORDER BY f.id LIMIT $5",
        5};
    const store_value values[] = {store_text(query->org), store_text(query->product),
                                  store_text(query->platform), store_integer(query->page.after),
                                  fleet_limit(query->page.limit)};
    firmware_listing list = {visit, self};
    return store_select(store, &text, values, list_firmware, &list, err);
}
