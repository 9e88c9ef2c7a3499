/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/issuance.h"

#include "base/format.h"
#include "registry/engine.h"
#include <stdarg.h>
#include <stdlib.h>

enum {
    STATE_RESERVED = 0,
    STATE_ISSUED = 1,
    INSERT_PARAMETERS = 7,
    CONFIRM_PARAMETERS = 4,
};

static store_value text_or_null(np_bytes text)
{
    return text.len > 0 ? store_text(text) : store_null();
}

/* Opening */

typedef struct opening {
    np_issuance *issuance;
    np_issuance_found *found;
    int64_t now;
    bool is_other; /* the registry knows it with other terms */
} opening;

static np_code take_authorization(void *self, const store_value *columns, np_error *err)
{
    (void)err;
    opening *on = self;
    const np_issuance_terms *terms = &on->issuance->terms;
    on->is_other = !np_bytes_equal(columns[0].bytes, NP_BYTES(terms->digest)) ||
                   columns[1].integer != (int64_t)terms->count;
    on->found->counted = (uint64_t)columns[2].integer;
    return NP_OK;
}

static np_code take_journal(void *self, const store_value *columns, np_error *err)
{
    (void)err;
    opening *on = self;
    on->issuance->run = columns[0].integer;
    on->found->recorded = (uint64_t)columns[1].integer;
    on->found->has_head = columns[2].bytes.len == sizeof(on->found->head);
    if (on->found->has_head) {
        memcpy(on->found->head, columns[2].bytes.data, sizeof(on->found->head));
    }
    return NP_OK;
}

static const store_query find_authorization = {
    "SELECT digest, count_limit, issued FROM authorizations WHERE id = $1", 1};

static np_code open_authorization(np_store *store, opening *on, np_error *err)
{
    static const store_query add = {
        "INSERT INTO authorizations (id, digest, batch, count_limit, issued, added_at)"
        " VALUES ($1, $2, $3, $4, 0, $5) ON CONFLICT (id) DO NOTHING",
        5};
    const np_issuance_terms *terms = &on->issuance->terms;
    const store_value values[] = {store_text(terms->id), store_blob(NP_BYTES(terms->digest)),
                                  store_text(terms->batch), store_integer((int64_t)terms->count),
                                  store_integer(on->now)};
    NP_TRY(store_run(store, &add, values, 1, NULL, err));
    NP_TRY(store_select(store, &find_authorization, values, take_authorization, on, err));
    if (!on->is_other) {
        return NP_OK;
    }
    np_error_set(err, NP_EPOLICY, "%s knows the authorization %.*s with other terms", store->name,
                 (int)terms->id.len, (const char *)terms->id.data);
    return np_error_hint(err, NP_EPOLICY,
                         "other terms are another authorization: create a new one");
}

static np_code open_run(np_store *store, void *self, np_error *err)
{
    static const store_query begin_run = {
        "INSERT INTO journals (authorization_id, station, run, units, head, changed_at)"
        " VALUES ($1, $2, 1, 0, NULL, $3) ON CONFLICT (authorization_id, station) DO UPDATE"
        " SET run = journals.run + 1, changed_at = excluded.changed_at"
        " RETURNING run, units, head",
        3};
    opening *on = self;
    const np_issuance_terms *terms = &on->issuance->terms;
    const store_value values[] = {store_text(terms->id), store_blob(NP_BYTES(terms->station)),
                                  store_integer(on->now)};
    NP_TRY(open_authorization(store, on, err));
    return store_select(store, &begin_run, values, take_journal, on, err);
}

np_code np_issuance_find(np_store *store, const np_issuance_terms *terms, np_issuance_found *ret,
                         np_error *err)
{
    static const store_query find_journal = {
        "SELECT run, units, head FROM journals WHERE authorization_id = $1 AND station = $2", 2};
    np_issuance unused = {.store = store, .terms = *terms};
    opening on = {.issuance = &unused, .found = ret};
    const store_value values[] = {store_text(terms->id), store_blob(NP_BYTES(terms->station))};
    *ret = (np_issuance_found){0};
    NP_TRY(store_select(store, &find_authorization, values, take_authorization, &on, err));
    return store_select(store, &find_journal, values, take_journal, &on, err);
}

np_code np_issuance_open(np_store *store, const np_issuance_terms *terms, int64_t now,
                         np_issuance *ret, np_issuance_found *ret_found, np_error *err)
{
    *ret = (np_issuance){.store = store, .terms = *terms};
    *ret_found = (np_issuance_found){0};
    opening on = {.issuance = ret, .found = ret_found, .now = now};
    return store_transact(store, open_run, &on, err);
}

/* Does this run still hold the station's place? The row stays locked until the transaction ends. */
static np_code hold_run(np_store *store, const np_issuance *issuance, int64_t now, np_error *err)
{
    static const store_query hold = {
        "UPDATE journals SET changed_at = $1 WHERE authorization_id = $2 AND station = $3"
        " AND run = $4",
        4};
    const np_issuance_terms *terms = &issuance->terms;
    const store_value values[] = {store_integer(now), store_text(terms->id),
                                  store_blob(NP_BYTES(terms->station)),
                                  store_integer(issuance->run)};
    uint64_t changed = 0;
    NP_TRY(store_run(store, &hold, values, 1, &changed, err));
    if (changed == 1) {
        return NP_OK;
    }
    np_error_set(err, NP_ESTATION_BUSY,
                 "another run of this station has begun under the authorization %.*s",
                 (int)terms->batch.len, (const char *)terms->batch.data);
    return np_error_hint(err, NP_ESTATION_BUSY,
                         "one run at a time uses a station's key; run again when that is done");
}

/* Reserving */

typedef struct reserving {
    const np_issuance *issuance;
    np_issuance_unit *units;
    size_t count;
    int64_t now;
    store_value *values; /* heap: a set a unit */
    uint64_t *changed;   /* heap */
    uint64_t freed;      /* places under the authorization, by what was given up */
} reserving;

static void reserving_clear(reserving *on)
{
    free(on->values);
    free(on->changed);
}

static void NP_PRINTF(2, 3) refuse(np_issuance_unit *unit, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    np_format_list(unit->reason, sizeof(unit->reason), format, list);
    va_end(list);
    unit->is_refused = true;
}

/* A row that has something of the unit. */
typedef struct rival {
    const np_issuance *issuance;
    np_issuance_unit *unit;
    bool is_found;
    bool is_ours; /* this very unit, reserved by an earlier run of ours, or recorded */
} rival;

static bool is_text(const store_value *column, np_bytes text)
{
    return np_bytes_equal(column->bytes, text);
}

static void judge_same_unit(rival *on, const store_value *columns)
{
    const np_issuance_terms *terms = &on->issuance->terms;
    bool is_reserved = columns[5].integer == STATE_RESERVED;
    bool is_of_station = is_text(&columns[4], NP_BYTES(terms->station));
    bool is_of_us = is_of_station && is_text(&columns[3], terms->id);
    if (is_of_station && on->unit->is_recorded) {
        on->is_ours = true; /* also under an authorization that has ended since */
    } else if (!is_of_us) {
        refuse(on->unit,
               "duplicate: another station, or this one under another authorization, has %s "
               "this unit",
               is_reserved ? "reserved" : "issued");
    } else if (!is_reserved) {
        refuse(on->unit,
               "duplicate: this unit was issued, but its certificate is not in this record");
    } else if (columns[6].integer == on->issuance->run && !on->unit->is_again) {
        refuse(on->unit, "duplicate: this run has this unit already");
    } else if (!is_text(&columns[2], on->unit->common_name)) {
        refuse(on->unit, "duplicate: this unit was reserved with another common name");
    } else {
        on->is_ours = true;
    }
}

/* A unit that is begun anew has made a new key; the old one is nowhere any more. */
static bool may_rekey(const rival *on, const store_value *columns)
{
    return on->unit->is_again && columns[5].integer == STATE_RESERVED;
}

static np_code judge_rival(void *self, const store_value *columns, np_error *err)
{
    rival *on = self;
    (void)err;
    on->is_found = true;
    bool has_serial = is_text(&columns[0], on->unit->serial);
    bool has_key = is_text(&columns[1], NP_BYTES(on->unit->key_sha256));
    if (on->unit->is_refused) {
        return NP_OK; /* the first reason is enough */
    }
    if (has_serial && (has_key || may_rekey(on, columns))) {
        judge_same_unit(on, columns);
    } else {
        refuse(on->unit, "duplicate: the registry has another unit with this %s",
               has_serial ? "serial"
               : has_key  ? "public key"
                          : "common name");
    }
    return NP_OK;
}

/* Why the unit could not be added: it is ours and taken over, or it is refused. */
static np_code judge_unit(np_store *store, const reserving *on, np_issuance_unit *unit,
                          np_error *err)
{
    static const store_query find = {
        "SELECT serial, key_sha256, common_name, authorization_id, station, state, run FROM units"
        " WHERE serial = $1 OR key_sha256 = $2 OR common_name = $3",
        3};
    static const store_query take_over = {
        "UPDATE units SET run = $1, key_sha256 = $2 WHERE serial = $3", 3};
    const store_value values[] = {store_text(unit->serial), store_blob(NP_BYTES(unit->key_sha256)),
                                  text_or_null(unit->common_name)};
    const store_value taken[] = {store_integer(on->issuance->run), values[1], values[0]};
    rival one = {.issuance = on->issuance, .unit = unit};
    NP_TRY(store_select(store, &find, values, judge_rival, &one, err));
    if (!one.is_found) {
        return store_raise(err, store->name, STORE_DAMAGED, "a unit is there and is not");
    }
    return unit->is_refused ? NP_OK : store_run(store, &take_over, taken, 1, NULL, err);
}

static void put_values(const reserving *on)
{
    const np_issuance_terms *terms = &on->issuance->terms;
    for (size_t i = 0; i < on->count; i++) {
        const np_issuance_unit *unit = &on->units[i];
        store_value *row = &on->values[i * INSERT_PARAMETERS];
        row[0] = store_text(unit->serial);
        row[1] = store_blob(NP_BYTES(unit->key_sha256));
        row[2] = text_or_null(unit->common_name);
        row[3] = store_text(terms->id);
        row[4] = store_blob(NP_BYTES(terms->station));
        row[5] = store_integer(on->issuance->run);
        row[6] = store_integer(on->now);
    }
}

static np_code take_integers(void *self, const store_value *columns, np_error *err)
{
    (void)err;
    int64_t *numbers = self;
    numbers[0] = columns[0].integer;
    numbers[1] = columns[1].integer;
    return NP_OK;
}

/* Locks the authorization's row, so that stations count one after the other. */
static np_code find_room(np_store *store, const np_issuance *issuance, uint64_t *ret_room,
                         np_error *err)
{
    static const store_query lock = {
        "UPDATE authorizations SET issued = issued WHERE id = $1 RETURNING count_limit, issued", 1};
    const store_value id = store_text(issuance->terms.id);
    int64_t numbers[2] = {0, 0};
    NP_TRY(store_select(store, &lock, &id, take_integers, numbers, err));
    *ret_room = (uint64_t)(numbers[0] - numbers[1]);
    return NP_OK;
}

/* Takes back what was added beyond the room, the last ones first. */
static np_code refuse_beyond(np_store *store, const reserving *on, uint64_t *added, uint64_t room,
                             np_error *err)
{
    static const store_query drop = {"DELETE FROM units WHERE serial = $1", 1};
    for (size_t i = on->count; i-- > 0 && *added > room;) {
        if (on->changed[i] == 1) {
            const store_value serial = store_text(on->units[i].serial);
            NP_TRY(store_run(store, &drop, &serial, 1, NULL, err));
            refuse(&on->units[i], "limit: the authorization is for %zu units, and all are counted",
                   (size_t)on->issuance->terms.count);
            --*added;
        }
    }
    return NP_OK;
}

static const store_query add = {
    "INSERT INTO units (serial, key_sha256, common_name, authorization_id, station, run,"
    " state, changed_at) VALUES ($1, $2, $3, $4, $5, $6, 0, $7) ON CONFLICT DO NOTHING",
    INSERT_PARAMETERS};

/*
 * What the station has reserved for this unit and never signed for, under another authorization
 * or, in an earlier run, with another serial: nothing is kept for it any more. An authorization
 * that has ended keeps its count. A unit is known by its serial or its common name; with its key
 * alone it may be another.
 */
static np_code give_up(np_store *store, reserving *on, const np_issuance_unit *unit,
                       uint64_t *ret_rows, np_error *err)
{
    static const store_query elsewhere = {
        "DELETE FROM units WHERE state = 0 AND station = $1 AND authorization_id <> $2"
        " AND (serial = $3 OR common_name = $4)",
        4};
    static const store_query earlier = {
        "DELETE FROM units WHERE state = 0 AND station = $1 AND authorization_id = $2"
        " AND serial <> $3 AND common_name = $4 AND run <> $5",
        5};
    const np_issuance_terms *terms = &on->issuance->terms;
    const store_value values[] = {store_blob(NP_BYTES(terms->station)), store_text(terms->id),
                                  store_text(unit->serial), text_or_null(unit->common_name),
                                  store_integer(on->issuance->run)};
    uint64_t rows = 0;
    NP_TRY(store_run(store, &elsewhere, values, 1, ret_rows, err));
    NP_TRY(store_run(store, &earlier, values, 1, &rows, err));
    on->freed += rows;
    *ret_rows += rows;
    return NP_OK;
}

/* A unit that is begun anew comes in the place of what it was before. */
static np_code add_anew(np_store *store, reserving *on, size_t i, np_error *err)
{
    uint64_t rows = 0;
    if (!on->units[i].is_again) {
        return NP_OK;
    }
    NP_TRY(give_up(store, on, &on->units[i], &rows, err));
    return rows == 0 ? NP_OK
                     : store_run(store, &add, &on->values[i * INSERT_PARAMETERS], 1,
                                 &on->changed[i], err);
}

static np_code add_units(np_store *store, reserving *on, uint64_t *ret_added, np_error *err)
{
    *ret_added = 0;
    on->freed = 0;
    put_values(on);
    NP_TRY(store_run(store, &add, on->values, on->count, on->changed, err));
    for (size_t i = 0; i < on->count; i++) {
        np_issuance_unit *unit = &on->units[i];
        unit->is_refused = false;
        unit->reason[0] = '\0';
        if (on->changed[i] == 0) {
            NP_TRY(add_anew(store, on, i, err));
        }
        *ret_added += on->changed[i];
        if (on->changed[i] == 0) {
            NP_TRY(judge_unit(store, on, unit, err));
        }
    }
    return NP_OK;
}

static np_code reserve(np_store *store, void *self, np_error *err)
{
    static const store_query count_up = {
        "UPDATE authorizations SET issued = issued + $1 WHERE id = $2", 2};
    reserving *on = self;
    uint64_t room;
    uint64_t added;
    NP_TRY(hold_run(store, on->issuance, on->now, err));
    NP_TRY(find_room(store, on->issuance, &room, err));
    NP_TRY(add_units(store, on, &added, err));
    NP_TRY(refuse_beyond(store, on, &added, room + on->freed, err));
    const store_value values[] = {store_integer((int64_t)added - (int64_t)on->freed),
                                  store_text(on->issuance->terms.id)};
    return store_run(store, &count_up, values, 1, NULL, err);
}

np_code np_issuance_reserve(const np_issuance *issuance, np_issuance_unit *units, size_t count,
                            int64_t now, np_error *err)
{
    NP_CLEANUP(reserving_clear)
    reserving on = {.issuance = issuance, .units = units, .count = count, .now = now};
    on.values = calloc(count * INSERT_PARAMETERS + 1, sizeof(*on.values));
    on.changed = calloc(count + 1, sizeof(*on.changed));
    if (on.values == NULL || on.changed == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for %zu units", count);
    }
    return store_transact(issuance->store, reserve, &on, err);
}

/* Confirming */

typedef struct confirming {
    reserving of;
    const np_issuance_unit *units;
    const np_issuance_record *record;
} confirming;

static np_code confirm_units(np_store *store, const confirming *on, np_error *err)
{
    static const store_query confirm = {
        "UPDATE units SET state = 1, certificate_serial = $1, changed_at = $2 WHERE serial = $3"
        " AND run = $4",
        CONFIRM_PARAMETERS};
    for (size_t i = 0; i < on->of.count; i++) {
        store_value *row = &on->of.values[i * CONFIRM_PARAMETERS];
        row[0] = store_blob(on->units[i].certificate_serial);
        row[1] = store_integer(on->of.now);
        row[2] = store_text(on->units[i].serial);
        row[3] = store_integer(on->of.issuance->run);
    }
    NP_TRY(store_run(store, &confirm, on->of.values, on->of.count, on->of.changed, err));
    for (size_t i = 0; i < on->of.count; i++) {
        if (on->of.changed[i] != 1) {
            return store_raise(err, store->name, STORE_DAMAGED, "a reserved unit is gone");
        }
    }
    return NP_OK;
}

static np_code confirm_all(np_store *store, void *self, np_error *err)
{
    static const store_query set_head = {
        "UPDATE journals SET units = $1, head = $2 WHERE authorization_id = $3 AND station = $4",
        4};
    const confirming *on = self;
    const np_issuance_terms *terms = &on->of.issuance->terms;
    const store_value values[] = {store_integer((int64_t)on->record->units),
                                  on->record->has_head ? store_blob(NP_BYTES(on->record->head))
                                                       : store_null(),
                                  store_text(terms->id), store_blob(NP_BYTES(terms->station))};
    NP_TRY(hold_run(store, on->of.issuance, on->of.now, err));
    NP_TRY(confirm_units(store, on, err));
    return store_run(store, &set_head, values, 1, NULL, err);
}

np_code np_issuance_confirm(const np_issuance *issuance, const np_issuance_unit *units,
                            size_t count, const np_issuance_record *record, int64_t now,
                            np_error *err)
{
    confirming on = {
        .of = {.issuance = issuance, .count = count, .now = now}, .units = units, .record = record};
    on.of.values = calloc(count * CONFIRM_PARAMETERS + 1, sizeof(*on.of.values));
    on.of.changed = calloc(count + 1, sizeof(*on.of.changed));
    np_code code = on.of.values == NULL || on.of.changed == NULL
                       ? np_error_set(err, NP_ESTATION_MEMORY, "no memory for %zu units", count)
                       : store_transact(issuance->store, confirm_all, &on, err);
    reserving_clear(&on.of);
    return code;
}
