/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/credentials.h"

#include "base/format.h"
#include "base/text.h"
#include "registry/fleet_internal.h"

typedef struct listing {
    np_credential_visit visit;
    void *self;
} listing;

static np_code list_one(void *self, const store_value *columns, np_error *err)
{
    const listing *list = self;
    np_credential credential = {.pin = (np_pin)columns[2].integer,
                                .is_blocked = columns[3].integer != 0,
                                .is_key_blocked = columns[4].integer != 0,
                                .added_at = columns[5].integer,
                                .der = columns[6].bytes};
    NP_TRY(fleet_take_digest(&columns[0], credential.sha256, err));
    NP_TRY(fleet_take_digest(&columns[1], credential.key_sha256, err));
    return list->visit(list->self, &credential, err);
}

np_code np_credential_each(np_store *store, np_bytes org, np_bytes identifier,
                           np_credential_visit visit, void *self, np_error *err)
{
    static const store_query query = {
        "SELECT c.sha256, c.key_sha256, c.pin, c.is_blocked, k.is_blocked, c.added_at, c.der"
        " FROM organisations o JOIN devices d ON d.org = o.id JOIN keys k ON k.device = d.id"
        " JOIN certificates c ON c.key_sha256 = k.sha256"
        " WHERE o.name = $1 AND d.identifier = $2 ORDER BY c.added_at, c.sha256",
        2};
    const store_value values[] = {store_text(org), store_text(identifier)};
    listing list = {visit, self};
    return store_select(store, &query, values, list_one, &list, err);
}

typedef struct change {
    const np_credential_name *name;
    bool is_blocked;
    const np_actor *actor;
} change;

#define OF_DEVICE                                                                                  \
    " (SELECT id FROM devices WHERE org = (SELECT id FROM organisations WHERE name = $3)"          \
    " AND identifier = $4)"

static const store_query updates[NP_CREDENTIAL_KIND_COUNT] = {
    [NP_CREDENTIAL_CERTIFICATE] =
        {"UPDATE certificates SET is_blocked = $1 WHERE sha256 = $2 AND key_sha256 IN"
         " (SELECT sha256 FROM keys WHERE device =" OF_DEVICE ")",
         4},
    [NP_CREDENTIAL_KEY] = {"UPDATE keys SET is_blocked = $1 WHERE sha256 = $2"
                           " AND device =" OF_DEVICE,
                           4},
};

static const char *const nouns[NP_CREDENTIAL_KIND_COUNT] = {
    [NP_CREDENTIAL_CERTIFICATE] = "certificate", [NP_CREDENTIAL_KEY] = "key"};

/* The subject is the device, by which gateways find it; which of its credentials, the verb says. */
static np_code note(np_store *store, const change *self, np_error *err)
{
    char hex[2 * NP_FINGERPRINT_BYTES + 1];
    char what[128];
    np_format_hex(NP_BYTES(self->name->sha256), hex);
    np_format(what, sizeof(what), "device %s %s %s", self->is_blocked ? "block" : "unblock",
              nouns[self->name->kind], hex);
    return fleet_note_change(store, self->actor, what, self->name->org, self->name->identifier,
                             err);
}

static np_code set_blocked(np_store *store, void *context, np_error *err)
{
    const change *self = context;
    const np_credential_name *name = self->name;
    const store_value values[] = {store_integer(self->is_blocked ? 1 : 0),
                                  store_blob(NP_BYTES(name->sha256)), store_text(name->org),
                                  store_text(name->identifier)};
    uint64_t changed = 0;
    NP_TRY(store_run(store, &updates[name->kind], values, 1, &changed, err));
    if (changed == 1) {
        return note(store, self, err);
    }
    np_error_set(err, NP_EINPUT_MISSING, "the device has no %s of this fingerprint on record",
                 nouns[name->kind]);
    return np_error_hint(err, NP_EINPUT_MISSING, "nameplate registry device show names them");
}

np_code np_credential_set_blocked(np_store *store, const np_credential_name *name, bool is_blocked,
                                  const np_actor *actor, np_error *err)
{
    change self = {name, is_blocked, actor};
    return store_transact(store, set_blocked, &self, err);
}
