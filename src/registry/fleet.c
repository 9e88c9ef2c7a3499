/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/fleet.h"

#include "base/format.h"
#include "base/text.h"
#include "base/utf8.h"
#include "crypto/hash.h"
#include "registry/chain.h"
#include "registry/fleet_internal.h"

np_code np_org_check_name(np_bytes name, np_error *err)
{
    bool is_good = name.len > 0 && name.len <= NP_ORG_NAME_MAX && np_is_utf8(name);
    for (size_t i = 0; i < name.len; i++) {
        is_good = is_good && name.data[i] > 0x20 && name.data[i] != 0x7f && name.data[i] != '/';
    }
    return is_good ? NP_OK
                   : np_error_set(err, NP_EINPUT_FORMAT,
                                  "an organisation's name has 1 to %d bytes of UTF-8, and no "
                                  "blanks, control characters and slashes",
                                  NP_ORG_NAME_MAX);
}

np_code fleet_take_number(void *self, const store_value *columns, np_error *err)
{
    (void)err;
    *(int64_t *)self = columns[0].integer;
    return NP_OK;
}

np_code fleet_take_digest(const store_value *column, uint8_t ret[static NP_FINGERPRINT_BYTES],
                          np_error *err)
{
    if (column->bytes.len != NP_FINGERPRINT_BYTES) {
        return np_error_set(err, NP_ESTATION_DATABASE, "a hash or key on record has not %d bytes",
                            NP_FINGERPRINT_BYTES);
    }
    memcpy(ret, column->bytes.data, NP_FINGERPRINT_BYTES);
    return NP_OK;
}

store_value fleet_optional_text(np_bytes text)
{
    return text.len == 0 ? store_null() : store_text(text);
}

store_value fleet_limit(uint64_t limit)
{
    return store_integer(limit == 0 || limit > INT64_MAX ? INT64_MAX : (int64_t)limit);
}

np_code fleet_take_org(np_store *store, np_bytes name, int64_t now, int64_t *ret_id, np_error *err)
{
    static const store_query find = {"SELECT id FROM organisations WHERE name = $1", 1};
    static const store_query add = {
        "INSERT INTO organisations (name, added_at) VALUES ($1, $2) RETURNING id", 2};
    const store_value values[] = {store_text(name), store_integer(now)};
    *ret_id = 0;
    NP_TRY(np_org_check_name(name, err));
    NP_TRY(store_select(store, &find, values, fleet_take_number, ret_id, err));
    return *ret_id != 0 ? NP_OK : store_select(store, &add, values, fleet_take_number, ret_id, err);
}

static np_code take_name(void *self, const store_value *columns, np_error *err)
{
    (void)err;
    np_format(self, NP_ORG_NAME_MAX + 1, "%.*s", (int)columns[0].bytes.len,
              (const char *)columns[0].bytes.data);
    return NP_OK;
}

np_code np_org_name(np_store *store, int64_t org, char ret[static NP_ORG_NAME_MAX + 1],
                    np_error *err)
{
    static const store_query query = {"SELECT name FROM organisations WHERE id = $1", 1};
    const store_value value = store_integer(org);
    ret[0] = '\0';
    return store_select(store, &query, &value, take_name, ret, err);
}

typedef struct org_listing {
    np_org_visit visit;
    void *self;
} org_listing;

static np_code list_org(void *self, const store_value *columns, np_error *err)
{
    const org_listing *list = self;
    const np_org org = {
        .id = columns[0].integer, .name = columns[1].bytes, .added_at = columns[2].integer};
    return list->visit(list->self, &org, err);
}

np_code np_org_each(np_store *store, np_bytes name, const np_page *page, np_org_visit visit,
                    void *self, np_error *err)
{
    static const store_query query = {"SELECT id, name, added_at FROM organisations"
                                      " WHERE ($1 = '' OR name = $1) AND id > $2"
                                      " ORDER BY id LIMIT $3",
                                      3};
    const store_value values[] = {store_text(name), store_integer(page->after),
                                  fleet_limit(page->limit)};
    org_listing list = {visit, self};
    return store_select(store, &query, values, list_org, &list, err);
}

np_code fleet_note_change(np_store *store, const np_actor *actor, const char *what, np_bytes org,
                          np_bytes subject, np_error *err)
{
    const np_change change = {.changed_at = actor->now,
                              .who = np_bytes_text(actor->name),
                              .what = np_bytes_text(what),
                              .org = org,
                              .subject = subject};
    return chain_note(store, &change, err);
}

static np_code add_challenge(np_store *store, void *self, np_error *err)
{
    static const store_query query = {
        "INSERT INTO challenges (sha256, org, authority_sha256, expires_at)"
        " VALUES ($1, $2, $3, $4)",
        4};
    const np_new_challenge *add = self;
    uint8_t authority[NP_SHA256_SIZE];
    uint8_t token[NP_SHA256_SIZE];
    int64_t org = 0;
    np_sha256(add->authority, authority);
    np_sha256(np_bytes_text(add->token), token);
    NP_TRY(fleet_take_org(store, add->org, add->now, &org, err));
    const store_value values[] = {store_blob(NP_BYTES(token)), store_integer(org),
                                  store_blob(NP_BYTES(authority)), store_integer(add->expires_at)};
    return store_run(store, &query, values, 1, NULL, err);
}

np_code np_challenge_add(np_store *store, const np_new_challenge *challenge, np_error *err)
{
    np_new_challenge add = *challenge;
    return store_transact(store, add_challenge, &add, err);
}

/* A CA that is added, with the hashes that it is found by. */
typedef struct addition {
    const np_authority *authority;
    const char *token;
    const np_actor *actor;
    int64_t org;
    uint8_t sha256[NP_SHA256_SIZE];
    uint8_t subject[NP_SHA256_SIZE];
    uint8_t key[NP_SHA256_SIZE];
} addition;

static np_code spend_challenge(np_store *store, const addition *add, np_error *err)
{
    static const store_query query = {"DELETE FROM challenges WHERE sha256 = $1 AND org = $2"
                                      " AND authority_sha256 = $3 AND expires_at >= $4",
                                      4};
    uint8_t token[NP_SHA256_SIZE];
    uint64_t changed = 0;
    np_sha256(np_bytes_text(add->token), token);
    const store_value values[] = {store_blob(NP_BYTES(token)), store_integer(add->org),
                                  store_blob(NP_BYTES(add->sha256)),
                                  store_integer(add->actor->now)};
    NP_TRY(store_run(store, &query, values, 1, &changed, err));
    if (changed == 1) {
        return NP_OK;
    }
    np_error_set(err, NP_EPOLICY,
                 "the proof's challenge was not given to this organisation for this CA, or it was "
                 "used already, or it is too old");
    return np_error_hint(err, NP_EPOLICY, "ask for another one: nameplate registry ca challenge");
}

static np_code check_free(np_store *store, const addition *add, np_error *err)
{
    static const store_query same = {
        "SELECT count(*) FROM authorities WHERE org = $1 AND sha256 = $2", 2};
    static const store_query other = {
        "SELECT count(*) FROM authorities WHERE org <> $1 AND key_sha256 = $2", 2};
    int64_t count = 0;
    const store_value ours[] = {store_integer(add->org), store_blob(NP_BYTES(add->sha256))};
    const store_value theirs[] = {store_integer(add->org), store_blob(NP_BYTES(add->key))};
    NP_TRY(store_select(store, &same, ours, fleet_take_number, &count, err));
    if (count > 0) {
        return np_error_set(err, NP_EPOLICY, "this organisation has registered this CA already");
    }
    NP_TRY(store_select(store, &other, theirs, fleet_take_number, &count, err));
    return count == 0 ? NP_OK
                      : np_error_set(err, NP_EPOLICY,
                                     "another organisation has registered a CA with this key, so "
                                     "that nobody could tell whose its devices are");
}

static np_code insert_authority(np_store *store, const addition *add, np_error *err)
{
    static const store_query first = {
        "INSERT INTO authorities (org, sha256, subject_sha256, key_sha256, der, checks_expiry,"
        " source, pin, added_at, product, tags, description, create_limit, created)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, '', '', NULL, 0)",
        10};
    static const store_query second = {
        "UPDATE authorities SET tags = $1, description = $2, create_limit = $3"
        " WHERE org = $4 AND sha256 = $5",
        5};
    const np_authority *from = add->authority;
    const store_value values[] = {store_integer(add->org),
                                  store_blob(NP_BYTES(add->sha256)),
                                  store_blob(NP_BYTES(add->subject)),
                                  store_blob(NP_BYTES(add->key)),
                                  store_blob(from->der),
                                  store_integer(from->checks_expiry ? 1 : 0),
                                  store_integer(from->source),
                                  store_integer(from->pin),
                                  store_integer(add->actor->now),
                                  fleet_optional_text(from->product)};
    const store_value more[] = {
        store_text(from->tags.len == 0 ? np_bytes_text("[]") : from->tags),
        store_text(from->description),
        from->create_limit == 0 ? store_null() : store_integer((int64_t)from->create_limit),
        store_integer(add->org), store_blob(NP_BYTES(add->sha256))};
    NP_TRY(store_run(store, &first, values, 1, NULL, err));
    return store_run(store, &second, more, 1, NULL, err);
}

static np_code add_authority(np_store *store, void *self, np_error *err)
{
    addition *add = self;
    char name[2 * NP_SHA256_SIZE + 1];
    np_format_hex(NP_BYTES(add->sha256), name);
    NP_TRY(fleet_take_org(store, add->authority->org, add->actor->now, &add->org, err));
    if (add->token != NULL) {
        NP_TRY(spend_challenge(store, add, err));
    }
    NP_TRY(check_free(store, add, err));
    NP_TRY(insert_authority(store, add, err));
    return fleet_note_change(store, add->actor, "ca add", add->authority->org, np_bytes_text(name),
                             err);
}

np_code np_authority_add(np_store *store, const np_authority *authority, const char *token,
                         const np_actor *actor, np_error *err)
{
    addition add = {.authority = authority, .token = token, .actor = actor};
    np_certificate certificate;
    NP_TRY(np_certificate_parse(authority->der, &certificate, err));
    np_sha256(authority->der, add.sha256);
    np_sha256(certificate.subject, add.subject);
    np_sha256(certificate.spki, add.key);
    return store_transact(store, add_authority, &add, err);
}

typedef struct listing {
    np_authority_visit visit;
    void *self;
} listing;

static np_code list_one(void *self, const store_value *columns, np_error *err)
{
    const listing *list = self;
    np_authority authority = {.id = columns[0].integer,
                              .org = columns[1].bytes,
                              .der = columns[2].bytes,
                              .checks_expiry = columns[3].integer != 0,
                              .source = (np_identifier_source)columns[4].integer,
                              .pin = (np_pin)columns[5].integer,
                              .product = columns[6].bytes,
                              .tags = columns[7].bytes,
                              .description = columns[8].bytes,
                              .create_limit = (uint64_t)columns[9].integer,
                              .created = (uint64_t)columns[10].integer,
                              .last_used = columns[11].integer,
                              .added_at = columns[12].integer};
    np_sha256(authority.der, authority.sha256);
    return list->visit(list->self, &authority, err);
}

np_code np_authority_each(np_store *store, np_bytes org, np_authority_visit visit, void *self,
                          np_error *err)
{
    static const store_query query = {
        "SELECT a.id, o.name, a.der, a.checks_expiry, a.source, a.pin, coalesce(a.product, ''),"
        " a.tags, a.description, coalesce(a.create_limit, 0), a.created, coalesce(a.last_used, 0),"
        " a.added_at"
        " FROM authorities a JOIN organisations o ON o.id = a.org"
        " WHERE $1 = '' OR o.name = $1 ORDER BY a.id",
        1};
    const store_value value = store_text(org);
    listing list = {visit, self};
    return store_select(store, &query, &value, list_one, &list, err);
}

typedef struct removal {
    np_bytes org;
    const uint8_t *sha256;
    const np_actor *actor;
} removal;

static np_code remove_authority(np_store *store, void *self, np_error *err)
{
    static const store_query query = {"DELETE FROM authorities WHERE sha256 = $1"
                                      " AND org = (SELECT id FROM organisations WHERE name = $2)",
                                      2};
    const removal *remove = self;
    uint64_t changed = 0;
    char name[2 * NP_SHA256_SIZE + 1];
    np_bytes digest = np_bytes_of(remove->sha256, NP_SHA256_SIZE);
    const store_value values[] = {store_blob(digest), store_text(remove->org)};
    NP_TRY(store_run(store, &query, values, 1, &changed, err));
    if (changed == 0) {
        return np_error_set(err, NP_EINPUT_MISSING,
                            "the organisation has registered no CA with this fingerprint");
    }
    np_format_hex(digest, name);
    return fleet_note_change(store, remove->actor, "ca remove", remove->org, np_bytes_text(name),
                             err);
}

np_code np_authority_remove(np_store *store, np_bytes org,
                            const uint8_t sha256[static NP_FINGERPRINT_BYTES],
                            const np_actor *actor, np_error *err)
{
    removal remove = {org, sha256, actor};
    return store_transact(store, remove_authority, &remove, err);
}
