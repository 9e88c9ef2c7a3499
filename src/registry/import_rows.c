/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A lot of rows into a registry that may have some of them. Each step is one statement for all rows
 * that need it: what costs on a server is the way there. Rows are added first and looked up when
 * that fails, since most are new.
 */
#include "registry/import_internal.h"

#include "base/format.h"
#include <stdarg.h>
#include <stdlib.h>

/* What became of a row so far. */
typedef struct fate {
    bool is_passed_over; /* it was refused before it came here */
    int64_t org;
    int64_t device; /* its number; 0: not known yet */
    bool is_new;
    bool differs; /* the device is there, and the row says something else */
} fate;

/* A key or certificate of a row, in the order of the rows. */
typedef struct part {
    size_t row;
    size_t index; /* among the row's */
    bool is_added;
    bool is_found; /* on record already */
    int64_t owner; /* the device that has it then */
} part;

typedef struct lot {
    np_import *import;
    np_import_row *rows;
    size_t count;
    fate *fates;
    part *keys;
    size_t key_count;
    part *certificates;
    size_t certificate_count;
    size_t *asked; /* indexes of what the statement that runs asks for */
} lot;

static np_store *store_of(const lot *on)
{
    return on->import->options.store;
}

static bool is_refused(const lot *on, size_t row)
{
    return on->rows[row].outcome == NP_IMPORT_REFUSED;
}

static bool may_add(const lot *on, size_t row)
{
    return on->fates[row].is_new || on->import->options.policy == NP_IMPORT_UPDATE;
}

static void NP_PRINTF(3, 4) refuse(const lot *on, size_t row, const char *format, ...)
{
    va_list list;
    if (is_refused(on, row)) {
        return; /* the first reason is enough */
    }
    va_start(list, format);
    np_format_list(on->rows[row].reason, NP_IMPORT_REASON_SIZE, format, list);
    va_end(list);
    on->rows[row].outcome = NP_IMPORT_REFUSED;
}

/* The reason is shown if the policy refuses what differs. */
static void note_difference(const lot *on, size_t row, const char *what)
{
    if (!on->fates[row].differs) {
        np_format(on->rows[row].reason, NP_IMPORT_REASON_SIZE,
                  "the organisation has this device with another %s", what);
    }
    on->fates[row].differs = true;
}

/* Devices */

static np_code take_new_device(void *self, size_t index, const store_value *columns, np_error *err)
{
    const lot *on = self;
    fate *one = &on->fates[on->asked[index]];
    (void)err;
    one->device = columns[0].integer;
    one->is_new = true;
    return NP_OK;
}

static np_code add_devices(lot *on, np_error *err)
{
    np_import *import = on->import;
    size_t count = 0;
    NP_TRY(import_make_room(import, on->count, err));
    for (size_t i = 0; i < on->count; i++) {
        if (!is_refused(on, i)) {
            NP_TRY(import_take_org(import, on->rows[i].org, &on->fates[i].org, err));
            import_device_values(&on->rows[i], on->fates[i].org, import->options.actor->now,
                                 import->values + count * import_add_device.parameters);
            on->asked[count++] = i;
        }
    }
    const store_visitor visitor = {take_new_device, on};
    return store_select_many(store_of(on), &import_add_device, import->values, count, &visitor,
                             err);
}

static void compare(const lot *on, size_t row, np_bytes said, np_bytes stored, const char *what)
{
    if (said.data != NULL && !np_bytes_equal(said, stored)) {
        note_difference(on, row, what);
    }
}

static np_code take_old_device(void *self, size_t index, const store_value *columns, np_error *err)
{
    const lot *on = self;
    size_t i = on->asked[index];
    const np_import_row *row = &on->rows[i];
    (void)err;
    on->fates[i].device = columns[0].integer;
    compare(on, i, row->product, columns[1].bytes, "product");
    compare(on, i, row->tags, columns[2].bytes, "list of tags");
    compare(on, i, row->description, columns[3].bytes, "description");
    if (row->has_state && (int64_t)row->state != columns[4].integer) {
        note_difference(on, i, "state");
    }
    return NP_OK;
}

static np_code find_devices(lot *on, np_error *err)
{
    static const store_query find = {
        "SELECT id, product, tags, description, state FROM devices WHERE org = $1"
        " AND identifier = $2",
        2};
    size_t count = 0;
    for (size_t i = 0; i < on->count; i++) {
        if (!is_refused(on, i) && !on->fates[i].is_new) {
            store_value *set = on->import->values + count * find.parameters;
            set[0] = store_integer(on->fates[i].org);
            set[1] = store_text(on->rows[i].identifier);
            on->asked[count++] = i;
        }
    }
    const store_visitor visitor = {take_old_device, on};
    NP_TRY(store_select_many(store_of(on), &find, on->import->values, count, &visitor, err));
    for (size_t i = 0; i < count; i++) {
        if (on->fates[on->asked[i]].device == 0) { /* gone between the two statements */
            return store_raise(err, store_of(on)->name, STORE_TRANSIENT, NULL);
        }
    }
    return NP_OK;
}

/* Keys and certificates: the same three steps */

typedef struct part_kind {
    const char *word;
    const store_query *add;
    store_query find; /* the device that has it */
    np_code (*put)(lot *on, const part *one, store_value *ret, np_error *err);
} part_kind;

static np_code put_key(lot *on, const part *one, store_value *ret, np_error *err)
{
    const np_import_key *key = &on->rows[one->row].keys[one->index];
    (void)err;
    ret[0] = store_blob(NP_BYTES(key->sha256));
    ret[1] = store_integer(on->fates[one->row].device);
    ret[2] = store_integer(key->is_blocked ? 1 : 0);
    return NP_OK;
}

static np_code put_certificate(lot *on, const part *one, store_value *ret, np_error *err)
{
    const np_import_certificate *from = &on->rows[one->row].certificates[one->index];
    int64_t authority = 0;
    if (from->has_authority) {
        NP_TRY(import_find_authority(on->import, on->fates[one->row].org, from->authority,
                                     &authority, err));
    }
    import_certificate_values(from, authority, on->import->options.actor->now, ret);
    return NP_OK;
}

static const part_kind keys_kind = {
    .word = "key",
    .add = &import_add_key,
    .find = {"SELECT device FROM keys WHERE sha256 = $1", 1},
    .put = put_key,
};

static const part_kind certificates_kind = {
    .word = "certificate",
    .add = &import_add_certificate,
    .find = {"SELECT k.device FROM certificates c JOIN keys k ON k.sha256 = c.key_sha256"
             " WHERE c.sha256 = $1",
             1},
    .put = put_certificate,
};

static np_code add_parts(lot *on, const part_kind *kind, part *parts, size_t count, np_error *err)
{
    np_import *import = on->import;
    size_t asked = 0;
    NP_TRY(import_make_room(import, count, err));
    for (size_t i = 0; i < count; i++) {
        if (!is_refused(on, parts[i].row) && may_add(on, parts[i].row)) {
            NP_TRY(kind->put(on, &parts[i], import->values + asked * kind->add->parameters, err));
            on->asked[asked++] = i;
        }
    }
    NP_TRY(store_run(store_of(on), kind->add, import->values, asked, import->changed, err));
    for (size_t i = 0; i < asked; i++) {
        parts[on->asked[i]].is_added = import->changed[i] == 1;
    }
    return NP_OK;
}

typedef struct owners {
    const lot *on;
    part *parts;
} owners;

static np_code take_owner(void *self, size_t index, const store_value *columns, np_error *err)
{
    const owners *to = self;
    part *one = &to->parts[to->on->asked[index]];
    (void)err;
    one->is_found = true;
    one->owner = columns[0].integer;
    return NP_OK;
}

static void judge_part(const lot *on, const part_kind *kind, const part *one)
{
    if (one->is_found && one->owner != on->fates[one->row].device) {
        refuse(on, one->row, "its %s is on record for another device", kind->word);
    } else if (!one->is_found) {
        note_difference(on, one->row, kind->word);
    }
}

static np_code find_parts(lot *on, const part_kind *kind, part *parts, size_t count, np_error *err)
{
    size_t asked = 0;
    owners to = {on, parts};
    for (size_t i = 0; i < count; i++) {
        if (!is_refused(on, parts[i].row) && !parts[i].is_added) {
            store_value set[IMPORT_VALUES_MAX];
            NP_TRY(kind->put(on, &parts[i], set, err));
            on->import->values[asked] = set[0];
            on->asked[asked++] = i;
        }
    }
    const store_visitor visitor = {take_owner, &to};
    NP_TRY(store_select_many(store_of(on), &kind->find, on->import->values, asked, &visitor, err));
    for (size_t i = 0; i < asked; i++) {
        judge_part(on, kind, &parts[on->asked[i]]);
    }
    return NP_OK;
}

static np_code store_parts(lot *on, const part_kind *kind, part *parts, size_t count, np_error *err)
{
    NP_TRY(add_parts(on, kind, parts, count, err));
    return find_parts(on, kind, parts, count, err);
}

/* The end of a row */

/* Takes back what was added for rows that were refused later. */
static np_code drop_parts(lot *on, const store_query *drop, const part_kind *kind,
                          const part *parts, size_t count, np_error *err)
{
    for (size_t i = 0; i < count; i++) {
        store_value set[IMPORT_VALUES_MAX];
        if (parts[i].is_added && is_refused(on, parts[i].row)) {
            NP_TRY(kind->put(on, &parts[i], set, err));
            NP_TRY(store_run(store_of(on), drop, set, 1, NULL, err));
        }
    }
    return NP_OK;
}

static np_code drop_refused(lot *on, np_error *err)
{
    static const store_query drop_certificate = {"DELETE FROM certificates WHERE sha256 = $1", 1};
    static const store_query drop_key = {"DELETE FROM keys WHERE sha256 = $1", 1};
    static const store_query drop_device = {"DELETE FROM devices WHERE id = $1", 1};
    NP_TRY(drop_parts(on, &drop_certificate, &certificates_kind, on->certificates,
                      on->certificate_count, err));
    NP_TRY(drop_parts(on, &drop_key, &keys_kind, on->keys, on->key_count, err));
    for (size_t i = 0; i < on->count; i++) {
        const store_value id = store_integer(on->fates[i].device);
        if (is_refused(on, i) && on->fates[i].is_new) {
            NP_TRY(store_run(store_of(on), &drop_device, &id, 1, NULL, err));
        }
    }
    return NP_OK;
}

static void settle(const lot *on, size_t i)
{
    static const np_import_outcome outcomes[NP_IMPORT_POLICY_COUNT] = {
        [NP_IMPORT_REJECT] = NP_IMPORT_REFUSED,
        [NP_IMPORT_KEEP] = NP_IMPORT_KEPT,
        [NP_IMPORT_UPDATE] = NP_IMPORT_UPDATED,
    };
    np_import_row *row = &on->rows[i];
    if (is_refused(on, i)) {
        return;
    }
    if (on->fates[i].is_new) {
        row->outcome = NP_IMPORT_ADDED;
    } else {
        row->outcome = on->fates[i].differs ? outcomes[on->import->options.policy] : NP_IMPORT_SAME;
    }
}

/* What differs is updated, and written down: gateways ask the list of changes who is blocked. */
static np_code update_device(const lot *on, size_t i, int64_t added, np_error *err)
{
    static const store_query update = {
        "UPDATE devices SET product = coalesce(CAST($1 AS TEXT), product),"
        " tags = coalesce(CAST($2 AS TEXT), tags),"
        " description = coalesce(CAST($3 AS TEXT), description),"
        " state = coalesce(CAST($4 AS BIGINT), state), certificates = certificates + $5"
        " WHERE id = $6",
        6};
    const np_import_row *row = &on->rows[i];
    const np_bytes texts[] = {row->product, row->tags, row->description};
    store_value values[6];
    for (size_t at = 0; at < NP_COUNT_OF(texts); at++) {
        values[at] = texts[at].data == NULL ? store_null() : store_text(texts[at]);
    }
    values[3] = row->has_state ? store_integer(row->state) : store_null();
    values[4] = store_integer(added);
    values[5] = store_integer(on->fates[i].device);
    NP_TRY(store_run(store_of(on), &update, values, 1, NULL, err));
    return fleet_note_change(store_of(on), on->import->options.actor, "device update", row->org,
                             row->identifier, err);
}

static np_code update_devices(const lot *on, np_error *err)
{
    size_t at = 0;
    for (size_t i = 0; i < on->count; i++) {
        int64_t added = 0;
        for (; at < on->certificate_count && on->certificates[at].row == i; at++) {
            added += on->certificates[at].is_added ? 1 : 0;
        }
        if (on->rows[i].outcome == NP_IMPORT_UPDATED) {
            NP_TRY(update_device(on, i, added, err));
        }
    }
    return NP_OK;
}

static np_code note_lot(const lot *on, np_error *err)
{
    char subject[256];
    size_t added = 0;
    size_t first = on->count;
    for (size_t i = 0; i < on->count; i++) {
        bool is_added = on->rows[i].outcome == NP_IMPORT_ADDED;
        first = is_added && added == 0 ? i : first;
        added += is_added ? 1 : 0;
    }
    if (added == 0) {
        return NP_OK;
    }
    np_format(subject, sizeof(subject), "%zu devices of rows %llu to %llu of %s", added,
              (unsigned long long)on->rows[first].number,
              (unsigned long long)on->rows[on->count - 1].number, on->import->options.source);
    return fleet_note_change(store_of(on), on->import->options.actor, "device import",
                             on->rows[first].org, np_bytes_text(subject), err);
}

/* A transaction that is tried once more begins with the rows as they came. */
static void begin_anew(const lot *on)
{
    for (size_t i = 0; i < on->count; i++) {
        bool is_passed_over = on->fates[i].is_passed_over;
        on->fates[i] = (fate){.is_passed_over = is_passed_over};
        on->rows[i].outcome = is_passed_over ? NP_IMPORT_REFUSED : NP_IMPORT_ADDED;
    }
    for (size_t i = 0; i < on->key_count; i++) {
        on->keys[i] = (part){.row = on->keys[i].row, .index = on->keys[i].index};
    }
    for (size_t i = 0; i < on->certificate_count; i++) {
        part *one = &on->certificates[i];
        *one = (part){.row = one->row, .index = one->index};
    }
    on->import->org.is_set = false;
    on->import->authority.is_set = false;
}

static np_code store_lot(np_store *store, void *self, np_error *err)
{
    lot *on = self;
    (void)store;
    begin_anew(on);
    NP_TRY(add_devices(on, err));
    NP_TRY(find_devices(on, err));
    NP_TRY(store_parts(on, &keys_kind, on->keys, on->key_count, err));
    NP_TRY(store_parts(on, &certificates_kind, on->certificates, on->certificate_count, err));
    for (size_t i = 0; i < on->count; i++) {
        settle(on, i);
    }
    NP_TRY(drop_refused(on, err));
    NP_TRY(update_devices(on, err));
    return note_lot(on, err);
}

static void lot_clear(lot *on)
{
    free(on->fates);
    free(on->keys);
    free(on->certificates);
    free(on->asked);
}

static void put_parts(part *parts, size_t *count, size_t row, size_t of_row)
{
    for (size_t i = 0; i < of_row; i++) {
        parts[(*count)++] = (part){.row = row, .index = i};
    }
}

static np_code make_lot(lot *on, np_error *err)
{
    size_t keys = 0;
    size_t certificates = 0;
    for (size_t i = 0; i < on->count; i++) {
        keys += on->rows[i].key_count;
        certificates += on->rows[i].certificate_count;
    }
    on->fates = calloc(on->count + 1, sizeof(*on->fates));
    on->keys = calloc(keys + 1, sizeof(*on->keys));
    on->certificates = calloc(certificates + 1, sizeof(*on->certificates));
    on->asked = calloc(on->count + keys + certificates + 1, sizeof(*on->asked));
    if (on->fates == NULL || on->keys == NULL || on->certificates == NULL || on->asked == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for %zu rows", on->count);
    }
    for (size_t i = 0; i < on->count; i++) {
        on->fates[i].is_passed_over = is_refused(on, i);
        put_parts(on->keys, &on->key_count, i, on->rows[i].key_count);
        put_parts(on->certificates, &on->certificate_count, i, on->rows[i].certificate_count);
    }
    return import_make_room(on->import, on->count + keys + certificates + 1, err);
}

np_code np_import_devices(np_import *import, np_import_row *rows, size_t count, np_error *err)
{
    NP_CLEANUP(lot_clear) lot on = {.import = import, .rows = rows, .count = count};
    if (count > NP_IMPORT_LOT_MAX) {
        return np_error_set(err, NP_EUSAGE, "a lot has at most %d rows", NP_IMPORT_LOT_MAX);
    }
    if (import->is_load) {
        return import_load_rows(import, rows, count, err);
    }
    NP_TRY(make_lot(&on, err));
    return store_transact(import->options.store, store_lot, &on, err);
}
