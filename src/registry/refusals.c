/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/refusals.h"

#include "registry/fleet_internal.h"
#include "registry/refusal_room.h"
#include "x509/describe.h"

enum {
    WORDS_SIZE = 512, /* of a name; longer ones are cut. Not tuned */
    GROUP = 64,       /* parameters in memory; not tuned */
    NOTE_PARAMETERS = 15,
    ARRIVAL_PARAMETERS = 8,
    LENGTH_SIZE = 4,
};

void np_refusal_write_chain(np_writer *writer, const np_bytes *chain, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (writer->len + LENGTH_SIZE + chain[i].len <= writer->size) {
            np_write_u32_be(writer, (uint32_t)chain[i].len);
            np_write_bytes(writer, chain[i]);
        }
    }
}

size_t np_refusal_read_chain(np_bytes chain, np_bytes ret[static NP_ADMISSION_CHAIN_MAX])
{
    size_t count = 0;
    np_reader reader = np_reader_of(chain);
    while (count < NP_ADMISSION_CHAIN_MAX && reader.rest.len > 0) {
        ret[count] = np_read_bytes(&reader, np_read_u32_be(&reader));
        if (reader.failed) {
            break;
        }
        count++;
    }
    return count;
}

/* Numbers are taken in the transaction that uses them: the next one waits at this row until they
 * can be seen. */
static np_code take_numbers(np_store *store, size_t count, int64_t *ret_first, np_error *err)
{
    static const store_query query = {
        "INSERT INTO sequences (name, value) VALUES ('door', $1) ON CONFLICT (name)"
        " DO UPDATE SET value = sequences.value + excluded.value RETURNING value",
        1};
    const store_value value = store_integer((int64_t)count);
    NP_TRY(store_select(store, &query, &value, fleet_take_number, ret_first, err));
    *ret_first -= (int64_t)count - 1;
    return NP_OK;
}

/* What a row has besides what it was given. */
typedef struct row_words {
    char subject[WORDS_SIZE];
    char issuer[WORDS_SIZE];
    char source[NP_REFUSAL_SOURCE_SIZE]; /* of a stranger */
} row_words;

static void describe(const np_refusal *one, row_words *ret)
{
    np_bytes parts[NP_ADMISSION_CHAIN_MAX];
    np_certificate leaf;
    *ret = (row_words){0};
    if (one->org.len == 0) {
        np_refusal_source(one->peer, ret->source);
    }
    if (np_refusal_read_chain(one->chain, parts) > 0 &&
        np_certificate_parse(parts[0], &leaf, NULL) == NP_OK) {
        x509_name_words(leaf.subject, ret->subject, sizeof(ret->subject));
        x509_name_words(leaf.issuer, ret->issuer, sizeof(ret->issuer));
    }
}

static void fill_row(const np_refusal *one, const row_words *words, int64_t seq, store_value *row)
{
    const store_value values[NOTE_PARAMETERS] = {
        store_integer(seq),
        store_blob(NP_BYTES(one->leaf)),
        store_text(np_bytes_text(np_reason_at(one->reason)->name)),
        store_text(one->org),
        store_text(one->identifier),
        store_text(np_bytes_text(words->subject)),
        store_text(np_bytes_text(words->issuer)),
        store_text(one->detail),
        store_blob(one->chain),
        store_text(one->peer),
        store_text(one->gateway),
        store_integer(one->first_at),
        store_integer(one->last_at),
        store_integer((int64_t)one->count),
        store_text(np_bytes_text(words->source)),
    };
    memcpy(row, values, sizeof(values));
}

/* A chain that was longer once had the CA in it, perhaps. */
static np_code note_group(np_store *store, const np_refusal *refusals, size_t count, int64_t seq,
                          np_error *err)
{
    static const store_query query = {
        "INSERT INTO refusals (id, seq, leaf, reason, org, identifier, subject, issuer, detail,"
        " chain, peer, gateway, first_at, last_at, count, source)"
        " VALUES ($1, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)"
        " ON CONFLICT (leaf, reason) DO UPDATE SET seq = excluded.seq, org = excluded.org,"
        " identifier = excluded.identifier, detail = excluded.detail,"
        " chain = CASE WHEN length(excluded.chain) > length(refusals.chain) THEN excluded.chain"
        " ELSE refusals.chain END,"
        " peer = excluded.peer, gateway = excluded.gateway,"
        " last_at = CASE WHEN excluded.last_at > refusals.last_at THEN excluded.last_at"
        " ELSE refusals.last_at END,"
        " count = refusals.count + excluded.count, source = excluded.source",
        NOTE_PARAMETERS};
    row_words words[GROUP];
    store_value values[GROUP * NOTE_PARAMETERS];
    for (size_t i = 0; i < count; i++) {
        describe(&refusals[i], &words[i]);
        fill_row(&refusals[i], &words[i], seq + (int64_t)i, &values[i * NOTE_PARAMETERS]);
    }
    return store_run(store, &query, values, count, NULL, err);
}

static np_code note_refusals(np_store *store, const np_door_news *news, int64_t seq, np_error *err)
{
    for (size_t from = 0; from < news->refusal_count; from += GROUP) {
        size_t left = news->refusal_count - from;
        NP_TRY(note_group(store, news->refusals + from, left < GROUP ? left : GROUP,
                          seq + (int64_t)from, err));
    }
    return NP_OK;
}

static np_code note_arrival_group(np_store *store, const np_arrival *arrivals, size_t count,
                                  int64_t seq, np_error *err)
{
    static const store_query query = {
        "INSERT INTO arrivals (seq, leaf, reason, org, identifier, peer, gateway, arrived_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        ARRIVAL_PARAMETERS};
    store_value values[GROUP * ARRIVAL_PARAMETERS];
    for (size_t i = 0; i < count; i++) {
        const np_arrival *one = &arrivals[i];
        const store_value row[ARRIVAL_PARAMETERS] = {
            store_integer(seq + (int64_t)i),
            store_blob(NP_BYTES(one->leaf)),
            store_text(np_bytes_text(np_reason_at(one->reason)->name)),
            store_text(one->org),
            store_text(one->identifier),
            store_text(one->peer),
            store_text(one->gateway),
            store_integer(one->arrived_at)};
        memcpy(&values[i * ARRIVAL_PARAMETERS], row, sizeof(row));
    }
    return store_run(store, &query, values, count, NULL, err);
}

static np_code note_arrivals(np_store *store, const np_door_news *news, int64_t seq, np_error *err)
{
    for (size_t from = 0; from < news->arrival_count; from += GROUP) {
        size_t left = news->arrival_count - from;
        NP_TRY(note_arrival_group(store, news->arrivals + from, left < GROUP ? left : GROUP,
                                  seq + (int64_t)from, err));
    }
    return NP_OK;
}

static np_code remove_oldest_arrivals(np_store *store, np_error *err)
{
    static const store_query arrivals = {
        "DELETE FROM arrivals WHERE seq < (SELECT min(seq) FROM (SELECT seq FROM arrivals"
        " ORDER BY seq DESC LIMIT $1) AS newest)",
        1};
    const store_value most_arrivals = store_integer(NP_ARRIVALS_MAX);
    return store_run(store, &arrivals, &most_arrivals, 1, NULL, err);
}

static np_code note_all(np_store *store, void *self, np_error *err)
{
    const np_door_news *news = self;
    int64_t first = 0;
    NP_TRY(take_numbers(store, news->refusal_count + news->arrival_count, &first, err));
    NP_TRY(note_refusals(store, news, first, err));
    NP_TRY(note_arrivals(store, news, first + (int64_t)news->refusal_count, err));
    NP_TRY(refusal_make_room(store, err));
    return remove_oldest_arrivals(store, err);
}

np_code np_door_news_note(np_store *store, const np_door_news *news, np_error *err)
{
    np_door_news all = *news;
    return news->refusal_count + news->arrival_count == 0
               ? NP_OK
               : store_transact(store, note_all, &all, err);
}

typedef struct listing {
    np_refusal_visit visit;
    void *self;
} listing;

static np_code take_leaf(np_bytes bytes, uint8_t ret[static NP_FINGERPRINT_BYTES], np_error *err)
{
    if (bytes.len != NP_FINGERPRINT_BYTES) {
        return np_error_set(err, NP_ESTATION_DATABASE, "a fingerprint is damaged");
    }
    memcpy(ret, bytes.data, NP_FINGERPRINT_BYTES);
    return NP_OK;
}

static np_code list_one(void *self, const store_value *columns, np_error *err)
{
    const listing *list = self;
    np_refusal one = {.id = columns[0].integer,
                      .seq = columns[1].integer,
                      .reason = np_reason_find(columns[3].bytes),
                      .org = columns[4].bytes,
                      .identifier = columns[5].bytes,
                      .subject = columns[6].bytes,
                      .issuer = columns[7].bytes,
                      .detail = columns[8].bytes,
                      .chain = columns[9].bytes,
                      .peer = columns[10].bytes,
                      .gateway = columns[11].bytes,
                      .first_at = columns[12].integer,
                      .last_at = columns[13].integer,
                      .count = (uint64_t)columns[14].integer,
                      .admitted_at = columns[15].integer};
    NP_TRY(take_leaf(columns[2].bytes, one.leaf, err));
    return list->visit(list->self, &one, err);
}

/*
 * It has come in since when its certificate is on record and not blocked, and was recorded, seen or
 * told to have arrived not earlier than the refusal. When devices were seen is noted late.
 */
#define EACH(ORDER)                                                                                \
    "SELECT r.id, r.seq, r.leaf, r.reason, r.org, r.identifier, r.subject, r.issuer, r.detail,"    \
    " r.chain, r.peer, r.gateway, r.first_at, r.last_at, r.count,"                                 \
    " coalesce((SELECT CASE WHEN d.last_seen >= r.last_at THEN d.last_seen"                        \
    " WHEN c.added_at >= r.last_at THEN c.added_at ELSE r.last_at END"                             \
    " FROM certificates c JOIN keys k ON k.sha256 = c.key_sha256"                                  \
    " JOIN devices d ON d.id = k.device WHERE c.sha256 = r.leaf AND d.state = 0"                   \
    " AND c.is_blocked + k.is_blocked = 0"                                                         \
    " AND (c.added_at >= r.last_at OR d.last_seen >= r.last_at OR EXISTS (SELECT 1"                \
    " FROM arrivals a WHERE a.leaf = r.leaf AND a.arrived_at >= r.last_at))), 0)"                  \
    " FROM refusals r WHERE ($1 = '' OR r.org = $1) AND ($2 = '' OR r.reason = $2)"                \
    " AND (CAST($3 AS BIGINT) = 0 OR r.id = $3) AND r.seq > $4 AND r.seq < $5"                     \
    " ORDER BY r.seq " ORDER " LIMIT $6"

np_code np_refusals_each(np_store *store, const np_refusal_query *query, np_refusal_visit visit,
                         void *self, np_error *err)
{
    static const store_query newest_first = {EACH("DESC"), 6};
    static const store_query oldest_first = {EACH("ASC"), 6};
    listing list = {visit, self};
    const store_value values[] = {
        store_text(query->org),
        store_text(query->reason),
        store_integer(query->id),
        store_integer(query->after),
        store_integer(query->before == 0 ? INT64_MAX : query->before),
        store_integer(query->limit == 0 ? INT64_MAX : (int64_t)query->limit)};
    return store_select(store, query->is_oldest_first ? &oldest_first : &newest_first, values,
                        list_one, &list, err);
}

typedef struct arrival_listing {
    np_arrival_visit visit;
    void *self;
} arrival_listing;

static np_code list_arrival(void *self, const store_value *columns, np_error *err)
{
    const arrival_listing *list = self;
    np_arrival one = {.seq = columns[0].integer,
                      .reason = np_reason_find(columns[2].bytes),
                      .org = columns[3].bytes,
                      .identifier = columns[4].bytes,
                      .peer = columns[5].bytes,
                      .gateway = columns[6].bytes,
                      .arrived_at = columns[7].integer};
    NP_TRY(take_leaf(columns[1].bytes, one.leaf, err));
    return list->visit(list->self, &one, err);
}

np_code np_arrivals_each(np_store *store, np_bytes org, int64_t after, np_arrival_visit visit,
                         void *self, np_error *err)
{
    static const store_query query = {
        "SELECT seq, leaf, reason, org, identifier, peer, gateway, arrived_at FROM arrivals"
        " WHERE seq > $1 AND ($2 = '' OR org = $2) ORDER BY seq",
        2};
    const store_value values[] = {store_integer(after), store_text(org)};
    arrival_listing list = {visit, self};
    return store_select(store, &query, values, list_arrival, &list, err);
}

np_code np_door_news_newest(np_store *store, int64_t *ret_seq, np_error *err)
{
    static const store_query query = {
        "SELECT coalesce(max(value), 0) FROM sequences WHERE name = 'door'", 0};
    *ret_seq = 0;
    return store_select(store, &query, NULL, fleet_take_number, ret_seq, err);
}
