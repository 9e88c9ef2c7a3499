/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/import.h"

#include "base/format.h"
#include "registry/chain.h"
#include "registry/import_internal.h"
#include <stdlib.h>

static const char *const policies[NP_IMPORT_POLICY_COUNT] = {
    [NP_IMPORT_REJECT] = "reject",
    [NP_IMPORT_KEEP] = "keep",
    [NP_IMPORT_UPDATE] = "update",
};

const char *np_import_policy_name(np_import_policy policy)
{
    return (unsigned)policy < NP_COUNT_OF(policies) ? policies[policy] : NULL;
}

np_code import_make_room(np_import *import, size_t count, np_error *err)
{
    if (count <= import->values_size) {
        return NP_OK;
    }
    free(import->values);
    free(import->changed);
    import->values_size = 0;
    import->values = calloc(count, IMPORT_VALUES_MAX * sizeof(*import->values));
    import->changed = calloc(count, sizeof(*import->changed));
    if (import->values == NULL || import->changed == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for %zu rows", count);
    }
    import->values_size = count;
    return NP_OK;
}

static bool is_memo_of(const import_memo *memo, np_bytes key)
{
    return memo->is_set && np_bytes_equal(np_bytes_of(memo->key, memo->key_len), key);
}

static void set_memo(import_memo *memo, np_bytes key, int64_t id)
{
    memcpy(memo->key, key.data, key.len);
    memo->key_len = key.len;
    memo->id = id;
    memo->is_set = true;
}

np_code import_take_org(np_import *import, np_bytes name, int64_t *ret, np_error *err)
{
    const np_import_options *options = &import->options;
    if (!is_memo_of(&import->org, name)) {
        NP_TRY(fleet_take_org(options->store, name, options->actor->now, ret, err));
        set_memo(&import->org, name, *ret);
    }
    *ret = import->org.id;
    return NP_OK;
}

np_code import_find_authority(np_import *import, int64_t org,
                              const uint8_t sha256[static NP_FINGERPRINT_BYTES], int64_t *ret,
                              np_error *err)
{
    static const store_query query = {"SELECT id FROM authorities WHERE org = $1 AND sha256 = $2",
                                      2};
    uint8_t bytes[8 + NP_FINGERPRINT_BYTES];
    np_writer key = np_writer_of(bytes, sizeof(bytes));
    np_write_u64_be(&key, (uint64_t)org);
    np_write_bytes(&key, np_bytes_of(sha256, NP_FINGERPRINT_BYTES));
    if (!is_memo_of(&import->authority, np_writer_bytes(&key))) {
        const store_value values[] = {store_integer(org),
                                      store_blob(np_bytes_of(sha256, NP_FINGERPRINT_BYTES))};
        *ret = 0;
        NP_TRY(store_select(import->options.store, &query, values, fleet_take_number, ret, err));
        set_memo(&import->authority, np_writer_bytes(&key), *ret);
    }
    *ret = import->authority.id;
    return NP_OK;
}

const store_query import_add_device = {
    "INSERT INTO devices (org, identifier, product, tags, description, state, certificates,"
    " rekey_until, first_seen, last_seen, added_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9,"
    " $10, $11) ON CONFLICT DO NOTHING RETURNING id",
    11};

const store_query import_add_key = {
    "INSERT INTO keys (sha256, device, is_blocked) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", 3};

const store_query import_add_certificate = {
    "INSERT INTO certificates (sha256, key_sha256, authority, pin, is_blocked, der, added_at)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
    7};

static store_value time_or_null(int64_t seconds)
{
    return seconds == 0 ? store_null() : store_integer(seconds);
}

static store_value text_or(np_bytes text, const char *otherwise)
{
    return store_text(text.data == NULL ? np_bytes_text(otherwise) : text);
}

void import_device_values(const np_import_row *row, int64_t org, int64_t now, store_value *ret)
{
    ret[0] = store_integer(org);
    ret[1] = store_text(row->identifier);
    ret[2] = text_or(row->product, "");
    ret[3] = text_or(row->tags, "[]");
    ret[4] = text_or(row->description, "");
    ret[5] = store_integer(row->has_state ? row->state : NP_DEVICE_ACTIVE);
    ret[6] = store_integer((int64_t)row->certificate_count);
    ret[7] = store_integer(row->rekey_until);
    ret[8] = time_or_null(row->first_seen);
    ret[9] = time_or_null(row->last_seen);
    ret[10] = store_integer(row->added_at == 0 ? now : row->added_at);
}

void import_certificate_values(const np_import_certificate *certificate, int64_t authority,
                               int64_t now, store_value *ret)
{
    ret[0] = store_blob(NP_BYTES(certificate->sha256));
    ret[1] = store_blob(NP_BYTES(certificate->key_sha256));
    ret[2] = authority == 0 ? store_null() : store_integer(authority);
    ret[3] = store_integer(certificate->pin);
    ret[4] = store_integer(certificate->is_blocked ? 1 : 0);
    ret[5] = store_blob(certificate->der);
    ret[6] = store_integer(certificate->added_at == 0 ? now : certificate->added_at);
}

static np_code is_empty(np_store *store, bool *ret, np_error *err)
{
    static const store_query query = {"SELECT count(*) FROM (SELECT 1 FROM devices LIMIT 1) AS d",
                                      0};
    int64_t count = 0;
    NP_TRY(store_select(store, &query, NULL, fleet_take_number, &count, err));
    *ret = count == 0;
    return NP_OK;
}

/*
 * Rows go to places all over the indexes: a page that was read is kept, and those that were written
 * wait for each other in the WAL. 64 MB each; not tuned.
 */
static np_code set_room(const np_import *import, bool is_large, np_error *err)
{
    const store_engine *engine = &import->options.store->engine;
    if (engine->dialect != STORE_SQLITE) {
        return NP_OK;
    }
    return engine->script(engine->self,
                          is_large ? "PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 16384"
                                   : "PRAGMA cache_size = -2000; PRAGMA wal_autocheckpoint = 1000",
                          err);
}

/*
 * Has nothing ever changed here? In a transaction: it holds the head of the list, so that nobody
 * else changes anything before its end.
 */
static np_code is_untouched(np_store *store, bool *ret, np_error *err)
{
    static const store_query query = {"UPDATE changes_head SET seq = seq WHERE id = 1"
                                      " RETURNING seq",
                                      0};
    int64_t seq = -1;
    NP_TRY(store_select(store, &query, NULL, fleet_take_number, &seq, err));
    NP_TRY(is_empty(store, ret, err));
    *ret = *ret && seq == 0;
    return NP_OK;
}

/* One transaction for everything, if it is to be so. */
static np_code open_whole(np_import *import, np_error *err)
{
    np_store *store = import->options.store;
    NP_TRY(store_begin(store, err));
    import->is_open = true;
    if (import->options.is_whole) {
        NP_TRY(is_untouched(store, &import->takes_history, err));
    }
    if (!import->takes_history && !import->options.is_dry_run) {
        store_rollback(store);
        import->is_open = false;
    }
    return NP_OK;
}

static np_code open_load(np_import *import, np_error *err)
{
    NP_TRY(import_begin_load(import, err));
    return import->options.is_whole
               ? is_untouched(import->options.store, &import->takes_history, err)
               : NP_OK;
}

static np_code open_transaction(np_import *import, np_error *err)
{
    const np_import_options *options = &import->options;
    bool can_load =
        options->may_load && !options->is_dry_run && options->store->engine.dialect == STORE_SQLITE;
    if (can_load) {
        NP_TRY(is_empty(options->store, &can_load, err));
    }
    if (can_load) {
        return open_load(import, err);
    }
    return options->is_dry_run || options->is_whole ? open_whole(import, err) : NP_OK;
}

void import_end_history(const np_import *import)
{
    if (import->has_history) {
        chain_forget(import->options.store);
    }
}

np_code np_import_begin(const np_import_options *options, np_import **ret, np_error *err)
{
    np_import *import = calloc(1, sizeof(*import));
    *ret = import;
    if (import == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for an import");
    }
    import->options = *options;
    NP_TRY(set_room(import, true, err));
    return open_transaction(import, err);
}

void np_import_free(np_import *import)
{
    if (import == NULL) {
        return;
    }
    if (import->is_load) {
        import_cancel_load(import);
    } else if (import->is_open) {
        store_rollback(import->options.store);
    }
    (void)set_room(import, false, NULL);
    free(import->values);
    free(import->changed);
    free(import->again);
    free(import);
}

bool np_import_is_load(const np_import *import)
{
    return import->is_load;
}

np_code np_import_end_load(np_import *import, const uint64_t **ret_again, size_t *ret_count,
                           np_error *err)
{
    if (import->is_load) {
        NP_TRY(import_finish_load(import, err));
    }
    *ret_again = import->again;
    *ret_count = import->again_count;
    return NP_OK;
}

np_code np_import_finish(np_import *import, np_error *err)
{
    if (import->is_open && import->options.is_dry_run) {
        store_rollback(import->options.store);
    } else if (import->is_open) {
        import_end_history(import);
        NP_TRY(store_commit(import->options.store, err));
    }
    import->is_open = false;
    return NP_OK;
}
