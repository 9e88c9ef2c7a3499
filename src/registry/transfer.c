/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/transfer.h"

#include "base/format.h"
#include "registry/import_internal.h"
#include "registry/transfer_internal.h"
#include <stdarg.h>
#include <stdlib.h>

typedef struct giving {
    const np_transfer_kind *kind;
    np_transfer_visit visit;
    void *self;
} giving;

static np_code give(void *self, const store_value *columns, np_error *err)
{
    const giving *to = self;
    np_transfer_value values[NP_TRANSFER_COLUMNS_MAX];
    for (size_t i = 0; i < to->kind->count; i++) {
        values[i] = (np_transfer_value){.is_given = columns[i].kind != STORE_NULL,
                                        .number = columns[i].integer,
                                        .bytes = columns[i].bytes};
    }
    return to->visit(to->self, values, err);
}

np_code np_transfer_each(np_store *store, size_t kind, np_bytes org, np_transfer_visit visit,
                         void *self, np_error *err)
{
    const store_value name = store_text(org);
    const transfer_row *row = transfer_row_at(kind);
    giving to = {&row->kind, visit, self};
    return store_select(store, &row->select, &name, give, &to, err);
}

/* Putting */

typedef struct putting {
    np_import *import;
    const transfer_row *row;
    np_transfer_item *items;
    size_t count;
    store_value *parameters; /* heap: those of add, of the items that are asked for */
    size_t *asked;           /* heap: their indexes */
    uint64_t *changed;       /* heap */
    bool *is_wanted;         /* heap: of all items, that were not refused before they came here */
    size_t asked_count;
    uint8_t (*derived)[TRANSFER_DERIVED_MAX][NP_FINGERPRINT_BYTES]; /* heap: of all items */
} putting;

static void putting_clear(putting *on)
{
    free(on->parameters);
    free(on->asked);
    free(on->changed);
    free(on->is_wanted);
    free(on->derived);
}

static np_code make_room(putting *on, np_error *err)
{
    on->parameters = calloc(on->count + 1, STORE_PARAMETERS_MAX * sizeof(*on->parameters));
    on->asked = calloc(on->count + 1, sizeof(*on->asked));
    on->changed = calloc(on->count + 1, sizeof(*on->changed));
    on->is_wanted = calloc(on->count + 1, sizeof(*on->is_wanted));
    on->derived = calloc(on->count + 1, sizeof(*on->derived));
    return on->parameters == NULL || on->asked == NULL || on->changed == NULL ||
                   on->is_wanted == NULL || on->derived == NULL
               ? np_error_set(err, NP_ESTATION_MEMORY, "no memory for %zu lines", on->count)
               : NP_OK;
}

static void NP_PRINTF(2, 3) refuse(np_transfer_item *item, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    np_format_list(item->reason, sizeof(item->reason), format, list);
    va_end(list);
    item->outcome = NP_IMPORT_REFUSED;
}

static bool has_size_of_digest(const np_transfer_value *value)
{
    return value->bytes.len == NP_FINGERPRINT_BYTES;
}

/* What can be judged without the registry. */
static void check_item(const transfer_row *row, np_transfer_item *item,
                       uint8_t (*derived)[NP_FINGERPRINT_BYTES])
{
    np_error why;
    for (size_t i = 0; i < row->kind.count && item->outcome != NP_IMPORT_REFUSED; i++) {
        const np_transfer_column *column = &row->kind.columns[i];
        const np_transfer_value *value = &item->values[i];
        if (!value->is_given) {
            if (!column->is_optional) {
                refuse(item, "it has no %s", column->name);
            }
        } else if (column->form == NP_TRANSFER_ORG &&
                   np_org_check_name(value->bytes, &why) != NP_OK) {
            refuse(item, "%s", why.message);
        } else if ((column->form == NP_TRANSFER_DIGEST || column->form == NP_TRANSFER_KEY) &&
                   !has_size_of_digest(value)) {
            refuse(item, "%s has not 32 bytes", column->name);
        }
    }
    if (item->outcome != NP_IMPORT_REFUSED && row->derive != NULL &&
        row->derive(item->values, derived, &why) != NP_OK) {
        refuse(item, "%s", why.message);
    }
}

static np_code store_form(np_import *import, const np_transfer_column *column,
                          const np_transfer_value *value, store_value *ret, np_error *err)
{
    int64_t org = 0;
    *ret = store_null();
    if (!value->is_given) {
        return NP_OK;
    }
    switch (column->form) {
    case NP_TRANSFER_TEXT:
    case NP_TRANSFER_JSON:
        *ret = store_text(value->bytes);
        return NP_OK;
    case NP_TRANSFER_HEX:
    case NP_TRANSFER_DIGEST:
    case NP_TRANSFER_BASE64:
    case NP_TRANSFER_KEY:
        *ret = store_blob(value->bytes);
        return NP_OK;
    case NP_TRANSFER_ORG:
        NP_TRY(import_take_org(import, value->bytes, &org, err));
        *ret = store_integer(org);
        return NP_OK;
    case NP_TRANSFER_NUMBER:
    case NP_TRANSFER_FLAG:
    case NP_TRANSFER_TIME:
    case NP_TRANSFER_NAME:
        break;
    }
    *ret = store_integer(value->number);
    return NP_OK;
}

static np_code fill(putting *on, size_t index, np_error *err)
{
    const transfer_row *row = on->row;
    store_value *set = on->parameters + on->asked_count * row->add.parameters;
    for (size_t i = 0; i < row->kind.count; i++) {
        NP_TRY(store_form(on->import, &row->kind.columns[i], &on->items[index].values[i], &set[i],
                          err));
    }
    for (size_t i = 0; i < row->derived; i++) {
        set[row->kind.count + i] = store_blob(NP_BYTES(on->derived[index][i]));
    }
    on->asked[on->asked_count++] = index;
    return NP_OK;
}

/* Comparing with what is there */

typedef struct comparing {
    const transfer_row *row;
    const store_value *said;
    bool is_found;
    const char *different; /* the first column that is not the same; NULL: all are */
} comparing;

static np_code compare_found(void *self, const store_value *columns, np_error *err)
{
    comparing *on = self;
    (void)err;
    on->is_found = true;
    for (size_t i = 0; i < on->row->kind.count && on->different == NULL; i++) {
        const np_transfer_column *column = &on->row->kind.columns[i];
        const store_value *said = &on->said[i];
        bool is_same = column->is_of_its_time || /* find has no such column */
                       (said->kind == columns[i].kind && said->integer == columns[i].integer &&
                        np_bytes_equal(said->bytes, columns[i].bytes));
        on->different = is_same ? NULL : column->name;
    }
    return NP_OK;
}

static void judge(const putting *on, np_transfer_item *item, const comparing *found)
{
    const np_transfer_kind *kind = &on->row->kind;
    if (found->is_found && found->different == NULL) {
        item->outcome = NP_IMPORT_SAME;
        return;
    }
    if (kind->is_note || (found->is_found && on->import->options.policy != NP_IMPORT_REJECT)) {
        item->outcome = NP_IMPORT_KEPT;
        return;
    }
    if (found->is_found) {
        refuse(item, "this %s is on record with another %s", kind->name, found->different);
    } else {
        refuse(item,
               "something of this %s is on record for another, or what it refers to is not there",
               kind->name);
    }
}

static np_code compare(const putting *on, size_t at, np_error *err)
{
    const transfer_row *row = on->row;
    comparing found = {.row = row, .said = on->parameters + at * row->add.parameters};
    const store_value by[TRANSFER_FOUND_BY_MAX] = {found.said[row->found_by[0]],
                                                   found.said[row->found_by[1]]};
    NP_TRY(store_select(on->import->options.store, &row->find, by, compare_found, &found, err));
    judge(on, &on->items[on->asked[at]], &found);
    return NP_OK;
}

/* An organisation is looked for first: filling in its number makes it. */
static np_code find_organisation(putting *on, size_t index, bool *ret_is_found, np_error *err)
{
    const store_value name = store_text(on->items[index].values[0].bytes);
    comparing found = {.row = on->row, .said = &name};
    NP_TRY(
        store_select(on->import->options.store, &on->row->find, &name, compare_found, &found, err));
    *ret_is_found = found.is_found;
    return NP_OK;
}

static bool may_add(const putting *on)
{
    return !on->row->kind.is_history || on->import->takes_history;
}

static np_code add_asked(putting *on, np_error *err)
{
    np_store *store = on->import->options.store;
    memset(on->changed, 0, (on->count + 1) * sizeof(*on->changed));
    if (may_add(on)) {
        NP_TRY(store_run(store, &on->row->add, on->parameters, on->asked_count, on->changed, err));
    }
    for (size_t at = 0; at < on->asked_count; at++) {
        if (on->changed[at] == 1) {
            on->items[on->asked[at]].outcome = NP_IMPORT_ADDED;
        } else {
            NP_TRY(compare(on, at, err));
        }
    }
    return NP_OK;
}

/* What is only a note needs none. */
static np_code note(const putting *on, np_error *err)
{
    char subject[64];
    size_t added = 0;
    size_t last = 0;
    for (size_t i = 0; i < on->count; i++) {
        added += on->items[i].outcome == NP_IMPORT_ADDED ? 1 : 0;
        last = on->items[i].outcome == NP_IMPORT_ADDED ? i : last;
    }
    if (added == 0 || on->row->kind.is_note) {
        return NP_OK;
    }
    np_bytes org = on->row->kind.columns[0].form == NP_TRANSFER_ORG
                       ? on->items[last].values[0].bytes
                       : np_bytes_text("");
    np_format(subject, sizeof(subject), "%zu of kind %s", added, on->row->kind.name);
    return fleet_note_change(on->import->options.store, on->import->options.actor, "import", org,
                             np_bytes_text(subject), err);
}

static np_code put(np_store *store, void *self, np_error *err)
{
    putting *on = self;
    (void)store;
    on->import->org.is_set = false;
    on->asked_count = 0;
    for (size_t i = 0; i < on->count; i++) {
        bool is_found = false;
        if (!on->is_wanted[i]) {
            continue;
        }
        if (on->row->is_organisation) {
            NP_TRY(find_organisation(on, i, &is_found, err));
        }
        on->items[i].outcome = NP_IMPORT_SAME;
        if (!is_found) {
            NP_TRY(fill(on, i, err));
        }
    }
    NP_TRY(add_asked(on, err));
    return note(on, err);
}

static bool has_added(const putting *on)
{
    for (size_t i = 0; i < on->count; i++) {
        if (on->items[i].outcome == NP_IMPORT_ADDED) {
            return true;
        }
    }
    return false;
}

np_code np_transfer_put(np_import *import, size_t kind, np_transfer_item *items, size_t count,
                        np_error *err)
{
    NP_CLEANUP(putting_clear)
    putting on = {.import = import, .row = transfer_row_at(kind), .items = items, .count = count};
    if (count > NP_TRANSFER_LOT_MAX) {
        return np_error_set(err, NP_EUSAGE, "a lot has at most %d things", NP_TRANSFER_LOT_MAX);
    }
    NP_TRY(make_room(&on, err));
    for (size_t i = 0; i < count; i++) {
        check_item(on.row, &items[i], on.derived[i]);
        on.is_wanted[i] = items[i].outcome != NP_IMPORT_REFUSED;
    }
    if (on.row->kind.is_of_devices) {
        NP_TRY(import_prepare_lookups(import, err));
    }
    NP_TRY(store_transact(import->options.store, put, &on, err));
    import->has_history = import->has_history || (on.row->kind.is_history && has_added(&on));
    return NP_OK;
}
