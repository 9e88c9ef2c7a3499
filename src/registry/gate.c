/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/gate.h"

#include "base/format.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "registry/devices.h"
#include "registry/fleet_internal.h"
#include "registry/secrets.h"

/* What a device's columns are called in every query that reads one. */
#define DEVICE_COLUMNS "d.id, d.org, d.identifier, d.state, d.certificates, d.rekey_until"

enum { DEVICE_COLUMN_COUNT = 6 };

typedef struct found {
    np_known_credential credential;
    bool is_found;
} found;

static np_code take_device(np_known_device *ret, const store_value *columns, np_error *err)
{
    np_bytes identifier = columns[2].bytes;
    if (identifier.len > sizeof(ret->identifier)) {
        return np_error_set(err, NP_ESTATION_DATABASE, "a device's identifier is too long");
    }
    *ret = (np_known_device){.id = columns[0].integer,
                             .org = columns[1].integer,
                             .identifier_len = identifier.len,
                             .is_blocked = columns[3].integer == NP_DEVICE_BLOCKED,
                             .is_deleted = columns[3].integer == NP_DEVICE_DELETED,
                             .certificates = (unsigned)columns[4].integer,
                             .rekey_until = columns[5].integer};
    memcpy(ret->identifier, identifier.data, identifier.len);
    return NP_OK;
}

static np_code take_credential(void *self, const store_value *columns, np_error *err)
{
    found *one = self;
    one->is_found = true;
    NP_TRY(take_device(&one->credential.device, columns, err));
    one->credential.is_blocked = columns[DEVICE_COLUMN_COUNT].integer != 0;
    one->credential.pin = (np_pin)columns[DEVICE_COLUMN_COUNT + 1].integer;
    return NP_OK;
}

static np_code find_credential(np_store *store, const store_query *query, const uint8_t *sha256,
                               found *ret, np_error *err)
{
    const store_value value = store_blob(np_bytes_of(sha256, NP_SHA256_SIZE));
    *ret = (found){0};
    return store_select(store, query, &value, take_credential, ret, err);
}

static np_code find_certificate(void *self, const uint8_t sha256[static 32],
                                np_known_credential *ret, bool *ret_is_found, np_error *err)
{
    static const store_query query = {
        "SELECT " DEVICE_COLUMNS ", CASE WHEN c.is_blocked + k.is_blocked > 0 THEN 1 ELSE 0 END,"
        " c.pin FROM certificates c"
        " JOIN keys k ON k.sha256 = c.key_sha256"
        " JOIN devices d ON d.id = k.device WHERE c.sha256 = $1",
        1};
    found one;
    NP_TRY(find_credential(self, &query, sha256, &one, err));
    *ret = one.credential;
    *ret_is_found = one.is_found;
    return NP_OK;
}

static np_code find_key(void *self, const uint8_t sha256[static 32], np_known_credential *ret,
                        bool *ret_is_found, np_error *err)
{
    static const store_query query = {"SELECT " DEVICE_COLUMNS ", k.is_blocked, 0 FROM keys k"
                                      " JOIN devices d ON d.id = k.device WHERE k.sha256 = $1",
                                      1};
    found one;
    NP_TRY(find_credential(self, &query, sha256, &one, err));
    *ret = one.credential;
    *ret_is_found = one.is_found;
    return NP_OK;
}

typedef struct found_device {
    np_known_device device;
    bool is_found;
} found_device;

static np_code take_found_device(void *self, const store_value *columns, np_error *err)
{
    found_device *one = self;
    one->is_found = true;
    return take_device(&one->device, columns, err);
}

static np_code find_device(void *self, int64_t org, np_bytes identifier, np_known_device *ret,
                           bool *ret_is_found, np_error *err)
{
    static const store_query query = {
        "SELECT " DEVICE_COLUMNS " FROM devices d WHERE d.org = $1 AND d.identifier = $2", 2};
    const store_value values[] = {store_integer(org), store_text(identifier)};
    found_device one = {0};
    NP_TRY(store_select(self, &query, values, take_found_device, &one, err));
    *ret = one.device;
    *ret_is_found = one.is_found;
    return NP_OK;
}

typedef struct passing_on {
    void (*visit)(void *context, const np_known_authority *authority);
    void *context;
} passing_on;

static np_code pass_on(void *self, const store_value *columns, np_error *err)
{
    (void)err;
    const passing_on *to = self;
    int64_t limit = columns[6].integer;
    int64_t created = columns[7].integer;
    const np_known_authority authority = {.id = columns[0].integer,
                                          .org = columns[1].integer,
                                          .der = columns[2].bytes,
                                          .checks_expiry = columns[3].integer != 0,
                                          .source = (np_identifier_source)columns[4].integer,
                                          .pin = (np_pin)columns[5].integer,
                                          .may_create = columns[8].integer != 0,
                                          .may_create_more = limit < 0 ? UINT64_MAX
                                                             : limit > created
                                                                 ? (uint64_t)(limit - created)
                                                                 : 0};
    to->visit(to->context, &authority);
    return NP_OK;
}

static np_code visit_authorities(void *self, np_bytes subject,
                                 void (*visit)(void *context, const np_known_authority *authority),
                                 void *context, np_error *err)
{
    static const store_query query = {
        "SELECT id, org, der, checks_expiry, source, pin, coalesce(create_limit, -1), created,"
        " CASE WHEN product IS NULL THEN 0 ELSE 1 END"
        " FROM authorities WHERE subject_sha256 = $1",
        1};
    uint8_t digest[NP_SHA256_SIZE];
    passing_on to = {visit, context};
    np_sha256(subject, digest);
    const store_value value = store_blob(NP_BYTES(digest));
    return store_select(self, &query, &value, pass_on, &to, err);
}

np_admission_store np_gate_ask(np_store *store)
{
    return (np_admission_store){.find_certificate = find_certificate,
                                .find_key = find_key,
                                .find_device = find_device,
                                .visit_authorities = visit_authorities,
                                .self = store};
}

/* Counts before it creates: of two gates at one moment the second waits here, and sees the limit.
 */
static np_code create_device(np_store *store, np_admission *admission, int64_t now,
                             bool *ret_is_valid, np_error *err)
{
    static const store_query count = {"UPDATE authorities SET created = created + 1 WHERE id = $1"
                                      " AND (create_limit IS NULL OR created < create_limit)",
                                      1};
    static const store_query add = {
        "INSERT INTO devices (org, identifier, product, tags, description, state, certificates,"
        " rekey_until, added_at) SELECT $1, $2, product, tags, description, 0, 0, 0, $3"
        " FROM authorities WHERE id = $4 RETURNING id",
        4};
    uint64_t changed = 0;
    const store_value values[] = {
        store_integer(admission->org),
        store_text(np_bytes_of(admission->identifier, admission->identifier_len)),
        store_integer(now), store_integer(admission->authority)};
    NP_TRY(store_run(store, &count, &values[3], 1, &changed, err));
    *ret_is_valid = changed == 1;
    return changed == 1
               ? store_select(store, &add, values, fleet_take_number, &admission->device, err)
               : NP_OK;
}

/* A key that is on record stays its device's: the rule has seen to it. */
static np_code add_key(np_store *store, const uint8_t *sha256, int64_t device, np_error *err)
{
    static const store_query query = {"INSERT INTO keys (sha256, device, is_blocked)"
                                      " VALUES ($1, $2, 0) ON CONFLICT (sha256) DO NOTHING",
                                      2};
    const store_value values[] = {store_blob(np_bytes_of(sha256, NP_SHA256_SIZE)),
                                  store_integer(device)};
    return store_run(store, &query, values, 1, NULL, err);
}

static np_code add_certificate(np_store *store, const np_admission *admission,
                               const np_certificate *certificate, int64_t now, np_error *err)
{
    static const store_query query = {
        "INSERT INTO certificates (sha256, key_sha256, authority, pin, is_blocked, der, added_at)"
        " VALUES ($1, $2, $3, $4, 0, $5, $6)",
        6};
    uint8_t sha256[NP_SHA256_SIZE];
    uint8_t key[NP_SHA256_SIZE];
    np_sha256(certificate->der, sha256);
    np_sha256(certificate->spki, key);
    bool is_leaf = memcmp(sha256, admission->leaf_sha256, sizeof(sha256)) == 0;
    const store_value values[] = {
        store_blob(NP_BYTES(sha256)),        store_blob(NP_BYTES(key)),
        store_integer(admission->authority), store_integer(is_leaf ? NP_PIN_LEAF : NP_PIN_ISSUER),
        store_blob(certificate->der),        store_integer(now)};
    NP_TRY(add_key(store, key, admission->device, err));
    return store_run(store, &query, values, 1, NULL, err);
}

/*
 * The device as the rule has seen it, once more in the condition: where transactions see what
 * others commit meanwhile, another gate may have been quicker.
 */
static np_code note_first(np_store *store, const np_admission *admission, int64_t now,
                          bool *ret_is_valid, np_error *err)
{
    static const store_query query = {
        "UPDATE devices SET certificates = certificates + 1, first_seen = coalesce(first_seen, $1),"
        " last_seen = $1,"
        " rekey_until = CASE WHEN CAST($2 AS BIGINT) = 1 THEN 0 ELSE rekey_until END"
        " WHERE id = $3 AND state = 0 AND (CAST($4 AS BIGINT) = 0 OR certificates = 0)"
        " AND (CAST($2 AS BIGINT) = 0 OR rekey_until > $1)",
        4};
    bool is_first = admission->reason == NP_REASON_REGISTERED;
    bool is_rekeyed = (admission->effects & NP_EFFECT_CLOSE_REKEY) != 0;
    const store_value values[] = {store_integer(now), store_integer(is_rekeyed ? 1 : 0),
                                  store_integer(admission->device),
                                  store_integer(is_first ? 1 : 0)};
    uint64_t changed = 0;
    NP_TRY(store_run(store, &query, values, 1, &changed, err));
    *ret_is_valid = changed == 1;
    return NP_OK;
}

static np_code note_use(np_store *store, const np_admission *admission, int64_t now, np_error *err)
{
    static const store_query query = {"UPDATE authorities SET last_used = $1 WHERE id = $2", 2};
    const store_value values[] = {store_integer(now), store_integer(admission->authority)};
    return store_run(store, &query, values, 1, NULL, err);
}

/* What is recorded here is a change like those that people make. */
static np_code note_admission(np_store *store, const np_admission *admission,
                              const np_certificate *certificate, int64_t now, np_error *err)
{
    const np_actor gate = {.name = "gate", .now = now};
    uint8_t sha256[NP_SHA256_SIZE];
    char hex[2 * NP_SHA256_SIZE + 1];
    char what[128];
    char org[NP_ORG_NAME_MAX + 1] = "";
    np_sha256(certificate->der, sha256);
    np_format_hex(NP_BYTES(sha256), hex);
    np_format(what, sizeof(what), "device %s certificate %s", np_reason_at(admission->reason)->name,
              hex);
    NP_TRY(np_org_name(store, admission->org, org, err));
    return fleet_note_change(store, &gate, what, np_bytes_text(org),
                             np_bytes_of(admission->identifier, admission->identifier_len), err);
}

/* *ret_is_valid is false when the verdict is not true any more; it is to be judged again then. */
static np_code apply(np_store *store, np_admission *admission, int64_t now, bool *ret_is_valid,
                     np_error *err)
{
    np_certificate certificate;
    *ret_is_valid = true;
    NP_TRY(np_certificate_parse(admission->pinned, &certificate, err));
    if ((admission->effects & NP_EFFECT_CREATE_DEVICE) != 0) {
        NP_TRY(create_device(store, admission, now, ret_is_valid, err));
    }
    if (*ret_is_valid) {
        NP_TRY(note_first(store, admission, now, ret_is_valid, err));
    }
    if (!*ret_is_valid) {
        return NP_OK;
    }
    NP_TRY(note_use(store, admission, now, err));
    NP_TRY(note_admission(store, admission, &certificate, now, err));
    return add_certificate(store, admission, &certificate, now, err);
}

/* A signature that was good once is so for the second judgement, which then costs little. */
typedef struct good_signature {
    bool is_set;
    uint8_t public_key[64];
    uint8_t digest[32];
    uint8_t signature[64];
} good_signature;

typedef struct recalling {
    np_judge judge;
    good_signature *last;
} recalling;

static np_code recall(void *self, const uint8_t public_key[static 64],
                      const uint8_t digest[static 32], const uint8_t signature[static 64],
                      bool *ret_is_good, np_error *err)
{
    const recalling *on = self;
    good_signature *last = on->last;
    *ret_is_good = last->is_set &&
                   memcmp(last->public_key, public_key, sizeof(last->public_key)) == 0 &&
                   memcmp(last->digest, digest, sizeof(last->digest)) == 0 &&
                   memcmp(last->signature, signature, sizeof(last->signature)) == 0;
    if (*ret_is_good) {
        return NP_OK;
    }
    NP_TRY(on->judge.verify(on->judge.self, public_key, digest, signature, ret_is_good, err));
    if (*ret_is_good) {
        last->is_set = true;
        memcpy(last->public_key, public_key, sizeof(last->public_key));
        memcpy(last->digest, digest, sizeof(last->digest));
        memcpy(last->signature, signature, sizeof(last->signature));
    }
    return NP_OK;
}

typedef struct group {
    const np_gate_options *options;
    const np_gate_request *requests;
    size_t count;
    np_admission *ret;
    bool is_new[NP_GATE_GROUP_MAX]; /* what reading alone has found */
    good_signature *good;           /* of each */
} group;

static np_code decide(np_store *store, const group *self, size_t i, np_error *err)
{
    const np_admission_store ask = np_gate_ask(store);
    recalling judge = {self->options->judge, &self->good[i]};
    const np_admission_request request = {.chain = self->requests[i].chain,
                                          .chain_len = self->requests[i].chain_len,
                                          .store = &ask,
                                          .policy = self->options->policy,
                                          .judge = {.verify = recall, .self = &judge},
                                          .now = self->options->now};
    return np_admission_decide(&request, &self->ret[i], err);
}

static bool has_to_be_recorded(const np_admission *admission)
{
    return (admission->effects & NP_EFFECT_ADD_CERTIFICATE) != 0;
}

/* Judged once more: those before in the group, and other gates, have changed what is known. */
static np_code record_one(np_store *store, const group *self, size_t i, np_error *err)
{
    enum { ATTEMPTS = 10 }; /* each failure means that another gate has got on; not tuned */
    bool is_valid = false;
    for (unsigned attempt = 0; attempt < ATTEMPTS && !is_valid; attempt++) {
        NP_TRY(decide(store, self, i, err));
        if (!has_to_be_recorded(&self->ret[i])) {
            return NP_OK;
        }
        NP_TRY(apply(store, &self->ret[i], self->options->now, &is_valid, err));
    }
    return is_valid ? NP_OK : store_raise(err, store->name, STORE_TRANSIENT, NULL);
}

static np_code record_all(np_store *store, void *context, np_error *err)
{
    const group *self = context;
    for (size_t i = 0; i < self->count; i++) {
        if (self->is_new[i]) {
            NP_TRY(record_one(store, self, i, err));
        }
    }
    return NP_OK;
}

/* Nobody comes in of whom it is not certain that he is recorded. */
static void take_back(const group *self)
{
    for (size_t i = 0; i < self->count; i++) {
        if (self->is_new[i]) {
            self->ret[i] = (np_admission){.reason = NP_REASON_STORAGE_UNAVAILABLE};
        }
    }
}

np_code np_gate_admit(np_store *store, const np_gate_options *options,
                      const np_gate_request *requests, size_t count, np_admission *ret,
                      np_error *err)
{
    good_signature good[NP_GATE_GROUP_MAX] = {0};
    group self = {
        .options = options, .requests = requests, .count = count, .ret = ret, .good = good};
    bool is_all_known = true;
    np_code code = NP_OK;
    if (count > NP_GATE_GROUP_MAX) {
        return np_error_set(err, NP_EUSAGE, "a group has at most %d", NP_GATE_GROUP_MAX);
    }
    for (size_t i = 0; i < count; i++) {
        ret[i] = (np_admission){.reason = NP_REASON_STORAGE_UNAVAILABLE};
    }
    for (size_t i = 0; i < count && code == NP_OK; i++) {
        code = decide(store, &self, i, err);
        self.is_new[i] = has_to_be_recorded(&ret[i]);
        is_all_known = is_all_known && !self.is_new[i];
    }
    if (code == NP_OK && !is_all_known) {
        code = store_transact(store, record_all, &self, err);
    }
    if (code != NP_OK) {
        take_back(&self);
    }
    return code;
}

np_code np_gate_note_seen(np_store *store, const int64_t *devices, size_t count, int64_t now,
                          np_error *err)
{
    static const store_query query = {"UPDATE devices SET last_seen = $1 WHERE id = $2", 2};
    enum { GROUP = 256 };
    store_value values[GROUP * 2];
    for (size_t from = 0; from < count; from += GROUP) {
        size_t now_many = count - from < GROUP ? count - from : GROUP;
        for (size_t i = 0; i < now_many; i++) {
            values[2 * i] = store_integer(now);
            values[2 * i + 1] = store_integer(devices[from + i]);
        }
        NP_TRY(store_run(store, &query, values, now_many, NULL, err));
    }
    return NP_OK;
}

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
