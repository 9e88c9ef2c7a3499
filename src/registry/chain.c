/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/chain.h"

#include "crypto/hash.h"
#include "record/json.h"
#include <stdlib.h>

enum {
    LINE_MAX_SIZE = 16384,
    INSERT_PARAMETERS = 7,
    GROUP = 1024, /* old changes that are hashed at a time */
};

/* A change that waits for its transaction's end; its texts stand behind it. */
struct store_note {
    store_note *next;
    np_change change;
    uint8_t texts[];
};

void chain_write_line(const np_change *change, const uint8_t prev[static NP_FINGERPRINT_BYTES],
                      np_writer *writer)
{
    const struct {
        const char *name;
        np_bytes text;
    } texts[] = {{"subject", change->subject}, {"what", change->what}, {"who", change->who}};
    np_write_text(writer, "{\"changed_at\":");
    record_json_write_number(writer, (uint64_t)change->changed_at);
    record_json_write_name(writer, "org");
    record_json_write_text(writer, change->org);
    record_json_write_name(writer, "prev");
    record_json_write_hex(writer, np_bytes_of(prev, NP_FINGERPRINT_BYTES));
    record_json_write_name(writer, "seq");
    record_json_write_number(writer, (uint64_t)change->seq);
    for (size_t i = 0; i < NP_COUNT_OF(texts); i++) {
        record_json_write_name(writer, texts[i].name);
        record_json_write_text(writer, texts[i].text);
    }
    np_write_u8(writer, '}');
}

np_code chain_hash(const np_change *change, const uint8_t prev[static NP_FINGERPRINT_BYTES],
                   uint8_t ret[static NP_FINGERPRINT_BYTES], np_error *err)
{
    uint8_t line[LINE_MAX_SIZE];
    np_writer writer = np_writer_of(line, sizeof(line));
    chain_write_line(change, prev, &writer);
    if (!np_writer_has_room(&writer)) {
        return np_error_set(err, NP_EINPUT_RANGE, "a change has more than %d bytes", LINE_MAX_SIZE);
    }
    np_sha256(np_writer_bytes(&writer), ret);
    return NP_OK;
}

static np_bytes put_text(np_writer *writer, np_bytes text)
{
    uint8_t *at = writer->data + writer->len;
    np_write_bytes(writer, text);
    return np_bytes_of(at, text.len);
}

np_code chain_note(np_store *store, const np_change *change, np_error *err)
{
    size_t size = change->who.len + change->what.len + change->org.len + change->subject.len;
    store_note *note = malloc(sizeof(*note) + size + 1);
    if (note == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for a change");
    }
    np_writer writer = np_writer_of(note->texts, size + 1);
    note->next = NULL;
    note->change = (np_change){.changed_at = change->changed_at,
                               .who = put_text(&writer, change->who),
                               .what = put_text(&writer, change->what),
                               .org = put_text(&writer, change->org),
                               .subject = put_text(&writer, change->subject)};
    *(store->notes == NULL ? &store->notes : &store->last_note->next) = note;
    store->last_note = note;
    store->note_count++;
    return NP_OK;
}

void chain_forget(np_store *store)
{
    while (store->notes != NULL) {
        store_note *next = store->notes->next;
        free(store->notes);
        store->notes = next;
    }
    store->note_count = 0;
}

typedef struct head {
    int64_t seq;
    uint8_t hash[NP_FINGERPRINT_BYTES];
    bool is_found;
} head;

static np_code take_head(void *self, const store_value *columns, np_error *err)
{
    head *ret = self;
    ret->seq = columns[0].integer;
    ret->is_found = columns[1].bytes.len == sizeof(ret->hash);
    if (!ret->is_found) {
        return np_error_set(err, NP_ESTATION_DATABASE, "the head of the changes has no hash");
    }
    memcpy(ret->hash, columns[1].bytes.data, sizeof(ret->hash));
    return NP_OK;
}

/* Numbers the notes behind the head, and chains them; *on is the new head then. */
static np_code chain_notes(const np_store *store, head *on, store_value *values,
                           uint8_t (*hashes)[NP_FINGERPRINT_BYTES], np_error *err)
{
    size_t i = 0;
    for (store_note *note = store->notes; note != NULL; note = note->next, i++) {
        np_change *change = &note->change;
        store_value *set = values + i * INSERT_PARAMETERS;
        change->seq = ++on->seq;
        NP_TRY(chain_hash(change, on->hash, hashes[i], err));
        memcpy(on->hash, hashes[i], sizeof(on->hash));
        set[0] = store_integer(change->seq);
        set[1] = store_integer(change->changed_at);
        set[2] = store_text(change->who);
        set[3] = store_text(change->what);
        set[4] = store_text(change->org);
        set[5] = store_text(change->subject);
        set[6] = store_blob(np_bytes_of(hashes[i], NP_FINGERPRINT_BYTES));
    }
    return NP_OK;
}

static np_code write_notes(np_store *store, store_value *values,
                           uint8_t (*hashes)[NP_FINGERPRINT_BYTES], np_error *err)
{
    static const store_query take = {"UPDATE changes_head SET seq = seq WHERE id = 1"
                                     " RETURNING seq, hash",
                                     0};
    static const store_query add = {
        "INSERT INTO changes (seq, changed_at, who, what, org, subject, hash)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        INSERT_PARAMETERS};
    static const store_query set = {"UPDATE changes_head SET seq = $1, hash = $2 WHERE id = 1", 2};
    head on = {0};
    NP_TRY(store_select(store, &take, NULL, take_head, &on, err));
    if (!on.is_found) {
        return store_raise(err, store->name, STORE_DAMAGED, "the changes have no head");
    }
    NP_TRY(chain_notes(store, &on, values, hashes, err));
    NP_TRY(store_insert_many(store, &add, values, store->note_count, err));
    const store_value ends[] = {store_integer(on.seq), store_blob(NP_BYTES(on.hash))};
    return store_run(store, &set, ends, 1, NULL, err);
}

np_code chain_flush(np_store *store, np_error *err)
{
    if (store->note_count == 0) {
        return NP_OK;
    }
    store_value *values = calloc(store->note_count, INSERT_PARAMETERS * sizeof(*values));
    uint8_t(*hashes)[NP_FINGERPRINT_BYTES] = calloc(store->note_count, sizeof(*hashes));
    np_code code = values == NULL || hashes == NULL
                       ? np_error_set(err, NP_ESTATION_MEMORY, "no memory for changes")
                       : write_notes(store, values, hashes, err);
    free(values);
    free(hashes);
    chain_forget(store);
    return code;
}

/* Changes of an older version, which had no hashes */

typedef struct group {
    head on;
    size_t count;
    store_value values[2 * GROUP];
    uint8_t hashes[GROUP][NP_FINGERPRINT_BYTES];
} group;

static np_code hash_old(void *self, const store_value *columns, np_error *err)
{
    group *all = self;
    const np_change change = {.seq = columns[0].integer,
                              .changed_at = columns[1].integer,
                              .who = columns[2].bytes,
                              .what = columns[3].bytes,
                              .org = columns[4].bytes,
                              .subject = columns[5].bytes};
    uint8_t *hash = all->hashes[all->count];
    NP_TRY(chain_hash(&change, all->on.hash, hash, err));
    memcpy(all->on.hash, hash, sizeof(all->on.hash));
    all->on.seq = change.seq;
    all->values[2 * all->count] = store_blob(np_bytes_of(hash, NP_FINGERPRINT_BYTES));
    all->values[2 * all->count + 1] = store_integer(change.seq);
    all->count++;
    return NP_OK;
}

static np_code hash_all(np_store *store, group *all, np_error *err)
{
    static const store_query old = {"SELECT seq, changed_at, who, what, org, subject FROM changes"
                                    " WHERE seq > $1 ORDER BY seq LIMIT 1024",
                                    1};
    static const store_query set = {"UPDATE changes SET hash = $1 WHERE seq = $2", 2};
    static const store_query begin = {"INSERT INTO changes_head (id, seq, hash)"
                                      " VALUES (1, $1, $2)",
                                      2};
    _Static_assert(GROUP == 1024, "as the query says");
    do {
        const store_value from = store_integer(all->on.seq);
        all->count = 0;
        NP_TRY(store_select(store, &old, &from, hash_old, all, err));
        NP_TRY(store_run(store, &set, all->values, all->count, NULL, err));
    } while (all->count == GROUP);
    const store_value ends[] = {store_integer(all->on.seq), store_blob(NP_BYTES(all->on.hash))};
    return store_run(store, &begin, ends, 1, NULL, err);
}

np_code chain_old_changes(np_store *store, np_error *err)
{
    group *all = calloc(1, sizeof(*all));
    np_code code = all == NULL ? np_error_set(err, NP_ESTATION_MEMORY, "no memory for changes")
                               : hash_all(store, all, err);
    free(all);
    return code;
}
