/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/devices.h"
#include "registry/fleet_internal.h"
#include "registry/gate.h"
#include "registry/secrets.h"

typedef struct naming {
    np_code (*visit)(void *self, const np_exclusion *exclusion, np_error *err);
    void *self;
} naming;

static np_code name_exclusion(void *self, const store_value *columns, np_error *err)
{
    static const np_exclusion_kind kinds[NP_DEVICE_STATE_COUNT] = {
        [NP_DEVICE_ACTIVE] = NP_EXCLUDED_NONE,
        [NP_DEVICE_BLOCKED] = NP_EXCLUDED_BLOCKED,
        [NP_DEVICE_DELETED] = NP_EXCLUDED_DELETED,
    };
    const naming *to = self;
    np_exclusion one = {.device = columns[0].integer, .org = columns[1].integer};
    if ((uint64_t)columns[2].integer >= NP_COUNT_OF(kinds)) {
        return np_error_set(err, NP_ESTATION_DATABASE, "a device has a state that is none");
    }
    one.kind = kinds[columns[2].integer];
    if (one.kind == NP_EXCLUDED_NONE && columns[3].kind != STORE_NULL) {
        one.kind = NP_EXCLUDED_CREDENTIAL;
        NP_TRY(fleet_take_digest(&columns[3], one.credential, err));
    }
    return to->visit(to->self, &one, err);
}

static np_code name_secret(void *self, const store_value *columns, np_error *err)
{
    const naming *to = self;
    np_exclusion one = {.kind = NP_EXCLUDED_SECRET};
    np_secret_fingerprint(columns[0].bytes, one.credential);
    return to->visit(to->self, &one, err);
}

const char *np_exclusion_tell(const np_exclusion *exclusion, const np_admission *admission,
                              const uint8_t credential[static NP_FINGERPRINT_BYTES])
{
    static const char *const clauses[NP_EXCLUSION_KIND_COUNT] = {
        [NP_EXCLUDED_BLOCKED] = "the device was blocked",
        [NP_EXCLUDED_DELETED] = "the device was deleted",
        [NP_EXCLUDED_CREDENTIAL] = "its certificate or key was blocked",
        [NP_EXCLUDED_SECRET] = "its shared secret was removed",
    };
    bool is_by_it = memcmp(exclusion->credential, credential, NP_FINGERPRINT_BYTES) == 0;
    if (exclusion->kind == NP_EXCLUDED_SECRET) {
        return is_by_it ? clauses[exclusion->kind] : NULL;
    }
    if (admission->device != exclusion->device) {
        return NULL;
    }
    if (admission->org != exclusion->org) {
        return "the device has moved to another organisation";
    }
    bool is_another = exclusion->kind == NP_EXCLUDED_CREDENTIAL && !is_by_it;
    return is_another ? NULL : clauses[exclusion->kind];
}

np_code np_gate_each_excluded(np_store *store, int64_t *seq,
                              np_code (*visit)(void *self, const np_exclusion *exclusion,
                                               np_error *err),
                              void *self, np_error *err)
{
    /* a transaction that took its number before as many others is over by now; not tuned */
    enum { OVERLAP = 256 };
    static const store_query newest = {"SELECT coalesce(max(seq), 0) FROM changes", 0};
    static const store_query excluded = {
        "SELECT DISTINCT d.id, d.org, d.state, x.sha256 FROM changes c"
        " JOIN organisations o ON o.name = c.org"
        " JOIN devices d ON d.org = o.id AND d.identifier = c.subject"
        " LEFT JOIN keys k ON k.device = d.id AND d.state = 0"
        " LEFT JOIN certificates x ON x.key_sha256 = k.sha256 AND x.is_blocked + k.is_blocked > 0"
        " WHERE c.seq > $1"
        " AND (d.state <> 0 OR x.sha256 IS NOT NULL OR c.what = '" FLEET_DEVICE_ARRIVE "')",
        1};
    static const store_query removed = {
        "SELECT DISTINCT subject FROM changes WHERE seq > $1 AND what = '" FLEET_SECRET_REMOVE
        "' AND NOT EXISTS (SELECT 1 FROM secrets WHERE key_id = subject)",
        1};
    naming to = {visit, self};
    int64_t last = 0;
    NP_TRY(store_select(store, &newest, NULL, fleet_take_number, &last, err));
    const store_value from = store_integer((*seq == 0 ? last : *seq) - OVERLAP);
    NP_TRY(store_select(store, &excluded, &from, name_exclusion, &to, err));
    NP_TRY(store_select(store, &removed, &from, name_secret, &to, err));
    *seq = last;
    return NP_OK;
}
