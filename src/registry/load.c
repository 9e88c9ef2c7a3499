/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many devices into a registry on SQLite that has none. Rows are appended, and the indexes are made
 * at the end by sorting, which is far cheaper than to find each row's place in each of them. That a
 * row is there twice shows only then: a device's number is that of its row, and those of its keys
 * and certificates begin with it, so that the database can name the row.
 *
 * Everything is one transaction. Without other processes it writes each page once, into the file
 * itself (a rollback journal); otherwise into the WAL first.
 */
#include "registry/import_internal.h"

#include "base/format.h"
#include <stdlib.h>

enum { PARTS_MAX = 1024 /* keys, or certificates, of a row; rows with more are stored later */ };

/* What a load does without: names and statements of the schema. */
typedef struct deferred_index {
    const char *drop;
    const char *make;
} deferred_index;

static const deferred_index indexes[] = {
    {"DROP INDEX devices_by_identifier",
     "CREATE UNIQUE INDEX devices_by_identifier ON devices (org, identifier)"},
    {"DROP INDEX keys_by_sha256", "CREATE UNIQUE INDEX keys_by_sha256 ON keys (sha256)"},
    {"DROP INDEX certificates_by_sha256",
     "CREATE UNIQUE INDEX certificates_by_sha256 ON certificates (sha256)"},
    {"DROP INDEX keys_by_device", "CREATE INDEX keys_by_device ON keys (device)"},
    {"DROP INDEX certificates_by_key",
     "CREATE INDEX certificates_by_key ON certificates (key_sha256)"},
};

static np_code script(const np_import *import, const char *text, np_error *err)
{
    const store_engine *engine = &import->options.store->engine;
    return engine->script(engine->self, text, err);
}

/*
 * Rows are only added at tables' ends, and what is kept of the file is of no use. Sorting takes as
 * much memory again for itself and each thread: so it stays as it is for any number of rows.
 */
static const char loading[] =
    "PRAGMA foreign_keys = OFF; PRAGMA cache_size = -24576; PRAGMA threads = 2";
static const char loaded[] =
    "PRAGMA foreign_keys = ON; PRAGMA cache_size = -65536; PRAGMA threads = 0";

np_code import_begin_load(np_import *import, np_error *err)
{
    import->is_load = true;
    /* refused while others have the file open: then it stays a WAL */
    (void)script(import, "PRAGMA journal_mode = DELETE", NULL);
    NP_TRY(script(import, loading, err));
    NP_TRY(store_begin(import->options.store, err));
    for (size_t i = 0; i < NP_COUNT_OF(indexes); i++) {
        NP_TRY(script(import, indexes[i].drop, err));
    }
    return NP_OK;
}

static void end(np_import *import)
{
    (void)script(import, loaded, NULL);
    (void)script(import, "PRAGMA journal_mode = WAL", NULL);
    import->is_load = false;
}

void import_cancel_load(np_import *import)
{
    store_rollback(import->options.store);
    end(import);
}

static np_code add_again(np_import *import, uint64_t number, np_error *err)
{
    if (import->again_count == import->again_size) {
        size_t size = import->again_size == 0 ? 256 : 2 * import->again_size;
        uint64_t *list = realloc(import->again, size * sizeof(*list));
        if (list == NULL) {
            return np_error_set(err, NP_ESTATION_MEMORY, "no memory for %zu rows", size);
        }
        import->again = list;
        import->again_size = size;
    }
    import->again[import->again_count++] = number;
    return NP_OK;
}

static bool is_wanted(const np_import_row *row)
{
    return row->outcome != NP_IMPORT_REFUSED && row->key_count <= PARTS_MAX &&
           row->certificate_count <= PARTS_MAX;
}

static np_code load_devices(np_import *import, const np_import_row *rows, size_t count,
                            np_error *err)
{
    static const store_query add = {
        "INSERT INTO devices (org, identifier, product, tags, description, state, certificates,"
        " rekey_until, first_seen, last_seen, added_at, id) VALUES ($1, $2, $3, $4, $5, $6, $7,"
        " $8, $9, $10, $11, $12)",
        12};
    size_t used = 0;
    NP_TRY(import_make_room(import, count, err));
    for (size_t i = 0; i < count; i++) {
        if (is_wanted(&rows[i])) {
            int64_t org = 0;
            store_value *set = import->values + used++ * add.parameters;
            NP_TRY(import_take_org(import, rows[i].org, &org, err));
            import_device_values(&rows[i], org, import->options.actor->now, set);
            set[11] = store_integer((int64_t)rows[i].number);
        }
    }
    return store_run(import->options.store, &add, import->values, used, NULL, err);
}

static np_code load_keys(np_import *import, const np_import_row *row, np_error *err)
{
    static const store_query add = {
        "INSERT INTO keys (sha256, device, is_blocked, rowid) VALUES ($1, $2, $3, $4)", 4};
    int64_t first = (int64_t)row->number * PARTS_MAX;
    for (size_t i = 0; i < row->key_count; i++) {
        const store_value values[] = {
            store_blob(NP_BYTES(row->keys[i].sha256)), store_integer((int64_t)row->number),
            store_integer(row->keys[i].is_blocked ? 1 : 0), store_integer(first + (int64_t)i)};
        NP_TRY(store_run(import->options.store, &add, values, 1, NULL, err));
    }
    return NP_OK;
}

static np_code load_certificates(np_import *import, const np_import_row *row, np_error *err)
{
    static const store_query add = {
        "INSERT INTO certificates (sha256, key_sha256, authority, pin, is_blocked, der, added_at,"
        " rowid) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        8};
    store_value values[8];
    int64_t org = 0;
    int64_t first = (int64_t)row->number * PARTS_MAX;
    for (size_t i = 0; i < row->certificate_count; i++) {
        const np_import_certificate *from = &row->certificates[i];
        int64_t authority = 0;
        if (from->has_authority) {
            NP_TRY(import_take_org(import, row->org, &org, err));
            NP_TRY(import_find_authority(import, org, from->authority, &authority, err));
        }
        import_certificate_values(from, authority, import->options.actor->now, values);
        values[7] = store_integer(first + (int64_t)i);
        NP_TRY(store_run(import->options.store, &add, values, 1, NULL, err));
    }
    return NP_OK;
}

static np_code put_off(np_import *import, const np_import_row *rows, size_t count, np_error *err)
{
    for (size_t i = 0; i < count; i++) {
        if (rows[i].outcome != NP_IMPORT_REFUSED) {
            NP_TRY(add_again(import, rows[i].number, err));
        }
    }
    return NP_OK;
}

np_code import_load_rows(np_import *import, np_import_row *rows, size_t count, np_error *err)
{
    if (import->has_indexes) {
        return put_off(import, rows, count, err);
    }
    NP_TRY(load_devices(import, rows, count, err));
    for (size_t i = 0; i < count; i++) {
        if (is_wanted(&rows[i])) {
            NP_TRY(load_keys(import, &rows[i], err));
            NP_TRY(load_certificates(import, &rows[i], err));
        } else if (rows[i].outcome != NP_IMPORT_REFUSED) {
            NP_TRY(add_again(import, rows[i].number, err));
        }
    }
    return NP_OK;
}

/* Rows that are there twice */

static np_code take_loser(void *self, const store_value *columns, np_error *err)
{
    return add_again(self, (uint64_t)columns[0].integer, err);
}

static int compare_numbers(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a;
    uint64_t right = *(const uint64_t *)b;
    return left < right ? -1 : left > right;
}

static void sort_again(np_import *import)
{
    size_t count = 0;
    if (import->again_count == 0) {
        return;
    }
    qsort(import->again, import->again_count, sizeof(*import->again), compare_numbers);
    for (size_t i = 0; i < import->again_count; i++) {
        if (count == 0 || import->again[count - 1] != import->again[i]) {
            import->again[count++] = import->again[i];
        }
    }
    import->again_count = count;
}

/* Of those that have something in common the first stays. */
static np_code find_losers(np_import *import, np_error *err)
{
    static const store_query queries[] = {
        {"SELECT r FROM (SELECT id AS r, row_number() OVER (PARTITION BY org, identifier"
         " ORDER BY id) AS n FROM devices) WHERE n > 1",
         0},
        {"SELECT r / 1024 FROM (SELECT rowid AS r, row_number() OVER (PARTITION BY sha256"
         " ORDER BY rowid) AS n FROM keys) WHERE n > 1",
         0},
        {"SELECT r / 1024 FROM (SELECT rowid AS r, row_number() OVER (PARTITION BY sha256"
         " ORDER BY rowid) AS n FROM certificates) WHERE n > 1",
         0},
    };
    _Static_assert(PARTS_MAX == 1024, "as the queries say");
    for (size_t i = 0; i < NP_COUNT_OF(queries); i++) {
        NP_TRY(store_select(import->options.store, &queries[i], NULL, take_loser, import, err));
    }
    return NP_OK;
}

static np_code drop_losers(np_import *import, np_error *err)
{
    static const store_query drops[] = {
        {"DELETE FROM certificates WHERE rowid BETWEEN $1 * 1024 AND $1 * 1024 + 1023", 1},
        {"DELETE FROM keys WHERE rowid BETWEEN $1 * 1024 AND $1 * 1024 + 1023", 1},
        {"DELETE FROM devices WHERE id = $1", 1},
    };
    NP_TRY(find_losers(import, err));
    sort_again(import);
    for (size_t i = 0; i < import->again_count; i++) {
        const store_value number = store_integer((int64_t)import->again[i]);
        for (size_t drop = 0; drop < NP_COUNT_OF(drops); drop++) {
            NP_TRY(store_run(import->options.store, &drops[drop], &number, 1, NULL, err));
        }
    }
    return NP_OK;
}

static np_code make_indexes(np_import *import, np_error *err)
{
    for (size_t i = 0; i < NP_COUNT_OF(indexes); i++) {
        np_code code = script(import, indexes[i].make, err);
        if (code == NP_ESTATION_DATABASE) { /* most probably for rows that are there twice */
            NP_TRY(drop_losers(import, err));
            code = script(import, indexes[i].make, err);
        }
        NP_TRY(code);
    }
    import->has_indexes = true;
    return NP_OK;
}

np_code import_prepare_lookups(np_import *import, np_error *err)
{
    return import->is_load && !import->has_indexes ? make_indexes(import, err) : NP_OK;
}

static np_code note_load(const np_import *import, np_error *err)
{
    static const store_query count = {"SELECT count(*) FROM devices", 0};
    char subject[256];
    int64_t devices = 0;
    np_store *store = import->options.store;
    NP_TRY(store_select(store, &count, NULL, fleet_take_number, &devices, err));
    np_format(subject, sizeof(subject), "%lld devices of %s", (long long)devices,
              import->options.source);
    return fleet_note_change(store, import->options.actor, "device import", np_bytes_text(""),
                             np_bytes_text(subject), err);
}

np_code import_finish_load(np_import *import, np_error *err)
{
    NP_TRY(import_prepare_lookups(import, err));
    sort_again(import);
    NP_TRY(note_load(import, err));
    import_end_history(import);
    NP_TRY(store_commit(import->options.store, err));
    end(import);
    return NP_OK;
}
