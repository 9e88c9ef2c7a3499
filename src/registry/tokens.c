/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/tokens.h"

#include "base/text.h"
#include "crypto/hash.h"
#include "registry/fleet_internal.h"

enum { USE_GRAIN_S = 60 /* a write for each request would cost more than it tells */ };

static const char prefix[] = "npt_"; /* by which scanners for lost secrets know it */

#define MAY(role) (1U << (role))

static const struct role_row {
    const char *name;
    unsigned may;
} roles[NP_TOKEN_ROLE_COUNT] = {
    [NP_TOKEN_VIEW] = {"view", MAY(NP_TOKEN_VIEW)},
    [NP_TOKEN_MANAGE] = {"manage", MAY(NP_TOKEN_VIEW) | MAY(NP_TOKEN_MANAGE) | MAY(NP_TOKEN_ADMIT)},
    [NP_TOKEN_ADMIN] = {"admin", MAY(NP_TOKEN_VIEW) | MAY(NP_TOKEN_MANAGE) | MAY(NP_TOKEN_ADMIN) |
                                     MAY(NP_TOKEN_ADMIT)},
    [NP_TOKEN_ADMIT] = {"admit", MAY(NP_TOKEN_ADMIT)},
};

const char *np_token_role_name(np_token_role role)
{
    return (unsigned)role < NP_COUNT_OF(roles) ? roles[role].name : NULL;
}

bool np_token_role_may(np_token_role role, np_token_role wanted)
{
    return (unsigned)role < NP_COUNT_OF(roles) && (roles[role].may & MAY(wanted)) != 0;
}

bool np_token_role_parse(np_bytes text, np_token_role *ret)
{
    for (np_token_role role = 0; role < NP_TOKEN_ROLE_COUNT; role++) {
        if (np_bytes_equal(text, np_bytes_text(roles[role].name))) {
            *ret = role;
            return true;
        }
    }
    return false;
}

/* One token that is made or removed. */
typedef struct change {
    const np_token *token;
    np_bytes org;
    np_bytes name;
    const np_actor *actor;
    uint8_t sha256[NP_SHA256_SIZE];
} change;

static np_code check_free(np_store *store, np_bytes name, np_error *err)
{
    static const store_query query = {"SELECT count(*) FROM tokens WHERE name = $1", 1};
    const store_value value = store_text(name);
    int64_t count = 0;
    NP_TRY(store_select(store, &query, &value, fleet_take_number, &count, err));
    return count == 0 ? NP_OK
                      : np_error_set(err, NP_EPOLICY, "there is a token of this name already");
}

static np_code add_token(np_store *store, void *context, np_error *err)
{
    static const store_query query = {
        "INSERT INTO tokens (name, sha256, role, org, expires_at, added_at)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        6};
    const change *self = context;
    const np_token *token = self->token;
    int64_t org = 0;
    NP_TRY(check_free(store, token->name, err));
    if (token->org.len > 0) {
        NP_TRY(fleet_take_org(store, token->org, self->actor->now, &org, err));
    }
    const store_value values[] = {store_text(token->name),
                                  store_blob(NP_BYTES(self->sha256)),
                                  store_integer(token->role),
                                  org == 0 ? store_null() : store_integer(org),
                                  token->expires_at == 0 ? store_null()
                                                         : store_integer(token->expires_at),
                                  store_integer(self->actor->now)};
    NP_TRY(store_run(store, &query, values, 1, NULL, err));
    return fleet_note_change(store, self->actor, "token add", token->org, token->name, err);
}

np_code np_token_add(np_store *store, const np_token *token,
                     const uint8_t random[static NP_TOKEN_BYTES], const np_actor *actor,
                     char ret_secret[static NP_TOKEN_SIZE], np_error *err)
{
    uint8_t text[NP_TOKEN_SIZE] = {0};
    np_writer writer = np_writer_of(text, sizeof(text) - 1);
    change self = {.token = token, .actor = actor};
    if (np_org_check_name(token->name, NULL) != NP_OK) {
        return np_error_set(err, NP_EINPUT_FORMAT,
                            "a token's name has 1 to %d bytes of UTF-8, and no blanks and slashes",
                            NP_TOKEN_NAME_MAX);
    }
    np_write_text(&writer, prefix);
    np_write_base64url(&writer, np_bytes_of(random, NP_TOKEN_BYTES));
    np_sha256(np_writer_bytes(&writer), self.sha256);
    NP_TRY(store_transact(store, add_token, &self, err));
    memcpy(ret_secret, text, sizeof(text));
    np_wipe(text, sizeof(text));
    return NP_OK;
}

#define COLUMNS                                                                                    \
    "t.id, t.name, t.role, coalesce(o.name, ''), coalesce(t.expires_at, 0),"                       \
    " coalesce(t.last_used, 0), t.added_at"                                                        \
    " FROM tokens t LEFT JOIN organisations o ON o.id = t.org"

static np_token token_of(const store_value *columns)
{
    return (np_token){.id = columns[0].integer,
                      .name = columns[1].bytes,
                      .role = (np_token_role)columns[2].integer,
                      .org = columns[3].bytes,
                      .expires_at = columns[4].integer,
                      .last_used = columns[5].integer,
                      .added_at = columns[6].integer};
}

typedef struct listing {
    np_token_visit visit;
    void *self;
} listing;

static np_code list_one(void *self, const store_value *columns, np_error *err)
{
    const listing *list = self;
    const np_token token = token_of(columns);
    return list->visit(list->self, &token, err);
}

np_code np_token_each(np_store *store, np_token_visit visit, void *self, np_error *err)
{
    static const store_query query = {"SELECT " COLUMNS " ORDER BY t.id", 0};
    listing list = {visit, self};
    return store_select(store, &query, NULL, list_one, &list, err);
}

typedef struct search {
    np_shown_token *ret;
    bool is_found;
} search;

static np_bytes keep(np_bytes text, uint8_t *to)
{
    if (text.len > 0) {
        memcpy(to, text.data, text.len);
    }
    return np_bytes_of(to, text.len);
}

/* A copy, since the row's texts end with it. */
static np_code take_token(void *self, const store_value *columns, np_error *err)
{
    search *find = self;
    np_shown_token *to = find->ret;
    to->token = token_of(columns);
    if (to->token.name.len > sizeof(to->name) || to->token.org.len > sizeof(to->org)) {
        return np_error_set(err, NP_ESTATION_DATABASE, "a token's name is longer than it can be");
    }
    to->token.name = keep(to->token.name, to->name);
    to->token.org = keep(to->token.org, to->org);
    find->is_found = true;
    return NP_OK;
}

static np_code delete_token(np_store *store, int64_t id, np_error *err)
{
    static const store_query answers = {"DELETE FROM answers WHERE token = $1", 1};
    static const store_query token = {"DELETE FROM tokens WHERE id = $1", 1};
    const store_value value = store_integer(id);
    NP_TRY(store_run(store, &answers, &value, 1, NULL, err));
    return store_run(store, &token, &value, 1, NULL, err);
}

static np_code remove_token(np_store *store, void *context, np_error *err)
{
    static const store_query query = {
        "SELECT " COLUMNS " WHERE t.name = $1 AND ($2 = '' OR o.name = $2)", 2};
    const change *self = context;
    const store_value values[] = {store_text(self->name), store_text(self->org)};
    np_shown_token shown;
    search found = {.ret = &shown};
    NP_TRY(store_select(store, &query, values, take_token, &found, err));
    if (!found.is_found) {
        np_error_set(err, NP_EINPUT_MISSING, "there is no token of this name");
        return np_error_hint(err, NP_EINPUT_MISSING, "nameplate registry token list shows them");
    }
    NP_TRY(delete_token(store, shown.token.id, err));
    return fleet_note_change(store, self->actor, "token remove", shown.token.org, self->name, err);
}

np_code np_token_remove(np_store *store, np_bytes org, np_bytes name, const np_actor *actor,
                        np_error *err)
{
    change self = {.org = org, .name = name, .actor = actor};
    return store_transact(store, remove_token, &self, err);
}

np_code np_token_check(np_store *store, np_bytes secret, int64_t now, np_shown_token *ret,
                       bool *ret_is_good, np_error *err)
{
    static const store_query find = {"SELECT " COLUMNS " WHERE t.sha256 = $1", 1};
    static const store_query use = {"UPDATE tokens SET last_used = $1 WHERE id = $2", 2};
    uint8_t sha256[NP_SHA256_SIZE];
    search found = {.ret = ret};
    np_sha256(secret, sha256);
    const store_value key = store_blob(NP_BYTES(sha256));
    NP_TRY(store_select(store, &find, &key, take_token, &found, err));
    const np_token *token = &ret->token;
    *ret_is_good = found.is_found && (token->expires_at == 0 || now < token->expires_at);
    if (*ret_is_good && now - token->last_used >= USE_GRAIN_S) {
        const store_value values[] = {store_integer(now), store_integer(token->id)};
        np_code unused = store_run(store, &use, values, 1, NULL, NULL);
        (void)unused; /* a registry that cannot be written to can still be read */
    }
    return NP_OK;
}
