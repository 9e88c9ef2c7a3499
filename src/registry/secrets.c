/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/secrets.h"

#include "base/format.h"
#include "base/text.h"
#include "base/wipe.h"
#include "crypto/hash.h"
#include "crypto/random.h"
#include "registry/devices.h"
#include "registry/fleet_internal.h"

static const char product_prefix[] = "nhp_";
static const char device_prefix[] = "nhd_";

void np_secret_fingerprint(np_bytes key_id, uint8_t ret[static NP_FINGERPRINT_BYTES])
{
    np_sha256(key_id, ret);
}

/* 32 random bytes as 43 characters, and a NUL. */
static np_code draw(char *ret, np_error *err)
{
    uint8_t bytes[NP_SHA256_SIZE];
    np_random random = np_random_system();
    np_writer writer = np_writer_of((uint8_t *)ret, NP_SECRET_SIZE);
    NP_TRY(random.fill(random.self, bytes, sizeof(bytes), err));
    np_write_base64url(&writer, NP_BYTES(bytes));
    np_wipe(bytes, sizeof(bytes));
    ret[NP_SECRET_SIZE] = '\0';
    return NP_OK;
}

np_code np_secret_make(bool is_product, char ret_key_id[static NP_NH1_KEY_ID_SIZE + 1],
                       char ret_secret[static NP_SECRET_SIZE + 1], np_error *err)
{
    memcpy(ret_key_id, is_product ? product_prefix : device_prefix, sizeof(device_prefix) - 1);
    NP_TRY(draw(ret_key_id + sizeof(device_prefix) - 1, err));
    return draw(ret_secret, err);
}

static bool is_visible(np_bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] <= ' ' || text.data[i] > '~') {
            return false;
        }
    }
    return true;
}

static np_code check_form(const np_shared_secret *secret, np_error *err)
{
    const char *prefix = secret->identifier.len > 0 ? device_prefix : product_prefix;
    bool is_name = secret->key_id.len == NP_NH1_KEY_ID_SIZE && is_visible(secret->key_id) &&
                   memcmp(secret->key_id.data, prefix, 4) == 0;
    if (!is_name) {
        return np_error_set(err, NP_EINPUT_FORMAT,
                            "the key's name is not %s and %d visible characters", prefix,
                            NP_NH1_KEY_ID_SIZE - 4);
    }
    return secret->secret.len == NP_SECRET_SIZE && is_visible(secret->secret)
               ? NP_OK
               : np_error_set(err, NP_EINPUT_FORMAT, "a secret has %d visible characters",
                              NP_SECRET_SIZE);
}

typedef struct change {
    const np_shared_secret *secret;
    np_bytes org;
    np_bytes key_id;
    const np_actor *actor;
} change;

static np_code find_own_device(np_store *store, const change *self, int64_t org,
                               int64_t *ret_device, np_error *err)
{
    static const store_query query = {"SELECT id FROM devices WHERE org = $1 AND identifier = $2",
                                      2};
    const store_value values[] = {store_integer(org), store_text(self->secret->identifier)};
    *ret_device = 0;
    NP_TRY(store_select(store, &query, values, fleet_take_number, ret_device, err));
    if (*ret_device != 0) {
        return NP_OK;
    }
    np_error_set(err, NP_EINPUT_MISSING, "the organisation has no device of this identifier");
    return np_error_hint(err, NP_EINPUT_MISSING, "nameplate registry device add announces it");
}

static np_code check_free(np_store *store, const change *self, np_error *err)
{
    static const store_query query = {"SELECT count(*) FROM secrets WHERE key_id = $1", 1};
    const store_value value = store_text(self->secret->key_id);
    int64_t count = 0;
    NP_TRY(store_select(store, &query, &value, fleet_take_number, &count, err));
    return count == 0 ? NP_OK
                      : np_error_set(err, NP_EPOLICY, "a secret of this name is on record already");
}

static np_code add_secret(np_store *store, void *context, np_error *err)
{
    static const store_query query = {
        "INSERT INTO secrets (org, key_id, secret, product, device, create_limit, created,"
        " added_at) VALUES ($1, $2, $3, $4, $5, $6, 0, $7)",
        7};
    const change *self = context;
    const np_shared_secret *from = self->secret;
    bool is_own = from->identifier.len > 0;
    int64_t org = 0;
    int64_t device = 0;
    NP_TRY(fleet_take_org(store, self->org, self->actor->now, &org, err));
    if (is_own) {
        NP_TRY(find_own_device(store, self, org, &device, err));
    }
    NP_TRY(check_free(store, self, err));
    const store_value values[] = {
        store_integer(org),
        store_text(from->key_id),
        store_text(from->secret),
        is_own ? store_null() : store_text(from->product),
        is_own ? store_integer(device) : store_null(),
        from->create_limit == 0 ? store_null() : store_integer((int64_t)from->create_limit),
        store_integer(self->actor->now)};
    NP_TRY(store_run(store, &query, values, 1, NULL, err));
    return fleet_note_change(store, self->actor, "secret add", self->org, from->key_id, err);
}

np_code np_secret_add(np_store *store, const np_shared_secret *secret, const np_actor *actor,
                      np_error *err)
{
    change self = {.secret = secret, .org = secret->org, .actor = actor};
    NP_TRY(check_form(secret, err));
    return store_transact(store, add_secret, &self, err);
}

typedef struct listing {
    np_secret_visit visit;
    void *self;
} listing;

static np_code list_one(void *self, const store_value *columns, np_error *err)
{
    const listing *list = self;
    const np_shared_secret secret = {.org = columns[0].bytes,
                                     .key_id = columns[1].bytes,
                                     .product = columns[2].bytes,
                                     .identifier = columns[3].bytes,
                                     .create_limit = (uint64_t)columns[4].integer,
                                     .created = (uint64_t)columns[5].integer,
                                     .last_used = columns[6].integer,
                                     .added_at = columns[7].integer,
                                     .id = columns[8].integer};
    return list->visit(list->self, &secret, err);
}

np_code np_secret_each(np_store *store, np_bytes org, np_secret_visit visit, void *self,
                       np_error *err)
{
    static const store_query query = {
        "SELECT o.name, s.key_id, coalesce(s.product, ''), coalesce(d.identifier, ''),"
        " coalesce(s.create_limit, 0), s.created, coalesce(s.last_used, 0), s.added_at, s.id"
        " FROM secrets s LEFT JOIN devices d ON d.id = s.device"
        " JOIN organisations o ON o.id = coalesce(d.org, s.org)"
        " WHERE $1 = '' OR o.name = $1 ORDER BY s.id",
        1};
    const store_value value = store_text(org);
    listing list = {visit, self};
    return store_select(store, &query, &value, list_one, &list, err);
}

/* Of a device's own, the organisation is that of the device, which may have moved. */
static np_code remove_secret(np_store *store, void *context, np_error *err)
{
    static const store_query query = {
        "DELETE FROM secrets WHERE key_id = $1 AND (SELECT name FROM organisations WHERE id ="
        " coalesce((SELECT org FROM devices WHERE id = secrets.device), secrets.org)) = $2",
        2};
    const change *self = context;
    const store_value values[] = {store_text(self->key_id), store_text(self->org)};
    uint64_t changed = 0;
    NP_TRY(store_run(store, &query, values, 1, &changed, err));
    if (changed == 0) {
        np_error_set(err, NP_EINPUT_MISSING, "the organisation has no shared secret of this name");
        return np_error_hint(err, NP_EINPUT_MISSING, "nameplate registry secret list shows them");
    }
    return fleet_note_change(store, self->actor, FLEET_SECRET_REMOVE, self->org, self->key_id, err);
}

np_code np_secret_remove(np_store *store, np_bytes org, np_bytes key_id, const np_actor *actor,
                         np_error *err)
{
    change self = {.org = org, .key_id = key_id, .actor = actor};
    return store_transact(store, remove_secret, &self, err);
}

/* One request while it is judged. */
typedef struct judging {
    const np_nh1 *request;
    const np_nh1_policy *policy;
    int64_t now;
    np_admission *ret;
    /* the secret */
    int64_t secret; /* its number; 0: none of this name */
    char text[NP_SECRET_SIZE];
    uint8_t product[NP_FLEET_TEXT_MAX];
    size_t product_len;
    int64_t own_device; /* 0: a product's */
    int64_t may_create_more;
    np_nh1_identifier identifier;
    /* the device */
    bool has_device;
    bool is_of_product;
    bool has_proof; /* of its own: a certificate, or a secret */
    bool is_new;    /* it comes for the first time */
    int64_t state;
} judging;

static np_bytes product_of(const judging *self)
{
    return np_bytes_of(self->product, self->product_len);
}

static np_code take_secret(void *context, const store_value *columns, np_error *err)
{
    judging *self = context;
    if (columns[2].bytes.len != sizeof(self->text)) {
        return np_error_set(err, NP_ESTATION_DATABASE, "a shared secret has a length that is none");
    }
    self->secret = columns[0].integer;
    self->ret->org = columns[1].integer;
    memcpy(self->text, columns[2].bytes.data, sizeof(self->text));
    np_writer product = np_writer_of(self->product, sizeof(self->product));
    np_write_bytes(&product, columns[3].bytes);
    self->product_len = np_writer_bytes(&product).len;
    self->own_device = columns[4].integer;
    self->may_create_more =
        columns[5].integer < 0 ? INT64_MAX : columns[5].integer - columns[6].integer;
    return NP_OK;
}

static np_code take_device(void *context, const store_value *columns, np_error *err)
{
    judging *self = context;
    np_admission *ret = self->ret;
    np_bytes identifier = columns[2].bytes;
    if (identifier.len > sizeof(ret->identifier)) {
        return np_error_set(err, NP_ESTATION_DATABASE, "a device's identifier is too long");
    }
    ret->device = columns[0].integer;
    ret->org = columns[1].integer;
    ret->identifier_len = identifier.len;
    memcpy(ret->identifier, identifier.data, identifier.len);
    self->has_device = true;
    self->state = columns[3].integer;
    self->is_of_product = np_bytes_equal(columns[4].bytes, product_of(self));
    self->has_proof = columns[5].integer > 0;
    self->is_new = columns[6].integer == 0;
    return NP_OK;
}

static np_code find_secret(np_store *store, judging *self, np_error *err)
{
    static const store_query query = {
        "SELECT id, org, secret, coalesce(product, ''), coalesce(device, 0),"
        " coalesce(create_limit, -1), created FROM secrets WHERE key_id = $1",
        1};
    const store_value value = store_text(self->request->headers.key);
    return store_select(store, &query, &value, take_secret, self, err);
}

#define DEVICE                                                                                     \
    "SELECT d.id, d.org, d.identifier, d.state, d.product, d.certificates +"                       \
    " (SELECT count(*) FROM secrets s WHERE s.device = d.id), coalesce(d.first_seen, 0)"           \
    " FROM devices d WHERE "

static np_code find_device(np_store *store, judging *self, np_error *err)
{
    static const store_query own = {DEVICE "d.id = $1", 1};
    static const store_query named = {DEVICE "d.org = $1 AND d.identifier = $2", 2};
    const store_value values[] = {
        store_integer(self->own_device != 0 ? self->own_device : self->ret->org),
        store_text(np_bytes_of(self->identifier.bytes, self->identifier.len))};
    return store_select(store, self->own_device != 0 ? &own : &named, values, take_device, self,
                        err);
}

static np_reason refuse_identifier(judging *self, const char *detail)
{
    np_format(self->ret->detail, sizeof(self->ret->detail), "%s", detail);
    return NP_REASON_NH1_IDENTIFIER;
}

static np_reason judge_device(judging *self)
{
    np_admission *ret = self->ret;
    bool is_same = np_bytes_equal(np_bytes_of(ret->identifier, ret->identifier_len),
                                  np_bytes_of(self->identifier.bytes, self->identifier.len));
    if (!is_same) {
        return refuse_identifier(self, "it is another device's own");
    }
    if (self->state != NP_DEVICE_ACTIVE) {
        return self->state == NP_DEVICE_BLOCKED ? NP_REASON_BLOCKED : NP_REASON_DEVICE_DELETED;
    }
    if (self->own_device == 0 && !self->is_of_product) {
        return refuse_identifier(self, "it is of another product than this device");
    }
    if (self->own_device == 0 && self->has_proof) {
        return refuse_identifier(self, "the device has a certificate or a secret of its own");
    }
    ret->effects = self->is_new ? NP_EFFECT_CREATE_DEVICE : NP_EFFECT_TOUCH;
    return self->is_new ? NP_REASON_REGISTERED : NP_REASON_KNOWN;
}

static np_reason judge_new_device(judging *self)
{
    np_admission *ret = self->ret;
    ret->identifier_len = self->identifier.len;
    memcpy(ret->identifier, self->identifier.bytes, self->identifier.len);
    if (!np_identifier_is_good(np_bytes_of(ret->identifier, ret->identifier_len))) {
        return NP_REASON_MISSING_IDENTIFIER;
    }
    if (self->may_create_more <= 0) {
        return NP_REASON_LIMIT;
    }
    ret->effects = NP_EFFECT_CREATE_DEVICE;
    return NP_REASON_JITP_CREATED;
}

static np_code judge(np_store *store, judging *self, np_error *err)
{
    np_admission *ret = self->ret;
    *ret = (np_admission){.reason = NP_REASON_STORAGE_UNAVAILABLE};
    NP_TRY(find_secret(store, self, err));
    if (self->secret == 0) {
        ret->reason = NP_REASON_NH1_UNKNOWN_KEY;
        return NP_OK;
    }
    bool is_good =
        np_nh1_check(self->request, self->policy, np_bytes_of(self->text, sizeof(self->text)),
                     self->now, &self->identifier, &ret->reason);
    np_wipe(self->text, sizeof(self->text));
    if (!is_good) {
        return NP_OK;
    }
    ret->reason = NP_REASON_STORAGE_UNAVAILABLE;
    NP_TRY(find_device(store, self, err));
    ret->reason = self->has_device ? judge_device(self) : judge_new_device(self);
    return NP_OK;
}

np_code np_secret_judge(np_store *store, const np_nh1 *request, const np_nh1_policy *policy,
                        int64_t now, np_admission *ret, np_error *err)
{
    judging self = {.request = request, .policy = policy, .now = now, .ret = ret};
    return judge(store, &self, err);
}

/* Counts before it creates: of two at one moment the second waits here, and sees the limit. */
static np_code create_device(np_store *store, const judging *self, np_error *err)
{
    static const store_query count = {"UPDATE secrets SET created = created + 1 WHERE id = $1"
                                      " AND (create_limit IS NULL OR created < create_limit)",
                                      1};
    static const store_query add = {
        "INSERT INTO devices (org, identifier, product, tags, description, state, certificates,"
        " rekey_until, added_at, first_seen, last_seen)"
        " VALUES ($1, $2, $3, '[]', '', 0, 0, 0, $4, $4, $4) RETURNING id",
        4};
    np_admission *ret = self->ret;
    const store_value secret = store_integer(self->secret);
    const store_value values[] = {store_integer(ret->org),
                                  store_text(np_bytes_of(ret->identifier, ret->identifier_len)),
                                  store_text(product_of(self)), store_integer(self->now)};
    uint64_t changed = 0;
    NP_TRY(store_run(store, &count, &secret, 1, &changed, err));
    if (changed == 0) {
        ret->reason = NP_REASON_LIMIT;
        return NP_OK;
    }
    return store_select(store, &add, values, fleet_take_number, &ret->device, err);
}

static np_code note_first(np_store *store, const judging *self, np_error *err)
{
    static const store_query query = {
        "UPDATE devices SET first_seen = coalesce(first_seen, $1), last_seen = $1 WHERE id = $2",
        2};
    const store_value values[] = {store_integer(self->now), store_integer(self->ret->device)};
    return store_run(store, &query, values, 1, NULL, err);
}

static np_code note_use(np_store *store, const judging *self, np_error *err)
{
    static const store_query query = {"UPDATE secrets SET last_used = $1 WHERE id = $2", 2};
    const store_value values[] = {store_integer(self->now), store_integer(self->secret)};
    return store_run(store, &query, values, 1, NULL, err);
}

static np_code record(np_store *store, void *context, np_error *err)
{
    const judging *from = context;
    judging self = {
        .request = from->request, .policy = from->policy, .now = from->now, .ret = from->ret};
    NP_TRY(judge(store, &self, err));
    if ((self.ret->effects & NP_EFFECT_CREATE_DEVICE) == 0) {
        return NP_OK;
    }
    NP_TRY(self.has_device ? note_first(store, &self, err) : create_device(store, &self, err));
    return note_use(store, &self, err);
}

np_code np_secret_record(np_store *store, const np_nh1 *request, const np_nh1_policy *policy,
                         int64_t now, np_admission *ret, np_error *err)
{
    judging self = {.request = request, .policy = policy, .now = now, .ret = ret};
    np_code code = store_transact(store, record, &self, err);
    if (code != NP_OK) {
        *ret = (np_admission){.reason = NP_REASON_STORAGE_UNAVAILABLE};
    }
    return code;
}
