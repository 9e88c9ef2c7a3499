/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/transfer.h"

#include "base/format.h"
#include "crypto/hash.h"
#include "registry/firmware.h"
#include "registry/import_internal.h"
#include "x509/certificate.h"
#include <stdlib.h>

/* A kind with its statements, whose parameters are the columns, the organisation by its number. */
typedef struct kind_row {
    np_transfer_kind kind;
    store_query select; /* its columns; $1: the organisation's name, or empty */
    store_query add;
    store_query find;   /* the columns of the one that has these; parameters by found_by */
    size_t found_by[2]; /* indexes into the parameters of add */
    /* Parameters that follow from the others, behind them. NULL: none. */
    np_code (*derive)(const np_transfer_value *values, uint8_t (*ret)[NP_SHA256_SIZE],
                      np_error *err);
    size_t derived;
    bool is_organisation; /* found by its name, and made with it: adding sets the rest */
} kind_row;

enum { DERIVED_MAX = 3, AUTHORITY_DER = 1, COLUMN_ORG = 0 };

static const char *name_source(unsigned number)
{
    return np_identifier_source_name((np_identifier_source)number);
}

static const char *name_pin(unsigned number)
{
    return np_pin_name((np_pin)number);
}

static const char *name_key_state(unsigned number)
{
    return np_trusted_key_state_name((np_trusted_key_state)number);
}

static np_code derive_of_authority(const np_transfer_value *values, uint8_t (*ret)[NP_SHA256_SIZE],
                                   np_error *err)
{
    np_certificate certificate;
    NP_TRY(np_certificate_parse(values[AUTHORITY_DER].bytes, &certificate, err));
    np_sha256(certificate.der, ret[0]);
    np_sha256(certificate.subject, ret[1]);
    np_sha256(certificate.spki, ret[2]);
    return NP_OK;
}

#define OF_ORG " WHERE $1 = '' OR o.name = $1"

static const kind_row kinds[] = {
    {
        .kind = {"organisation",
                 {{"org", NP_TRANSFER_TEXT, false, false, NULL},
                  {"added_at", NP_TRANSFER_TIME, false, true, NULL}},
                 2},
        .select = {"SELECT o.name, o.added_at FROM organisations o" OF_ORG " ORDER BY o.name", 1},
        .add = {"UPDATE organisations SET id = $1, added_at = $2 WHERE id = $1", 2},
        .find = {"SELECT name FROM organisations WHERE name = $1", 1},
        .is_organisation = true,
    },
    {
        .kind = {"ca",
                 {{"org", NP_TRANSFER_TEXT, false, false, NULL},
                  {"certificate", NP_TRANSFER_BASE64, false, false, NULL},
                  {"checks_expiry", NP_TRANSFER_FLAG, false, false, NULL},
                  {"identifier_source", NP_TRANSFER_NAME, false, false, name_source},
                  {"pin", NP_TRANSFER_NAME, false, false, name_pin},
                  {"product", NP_TRANSFER_TEXT, true, false, NULL},
                  {"tags", NP_TRANSFER_JSON, false, false, NULL},
                  {"description", NP_TRANSFER_TEXT, false, false, NULL},
                  {"create_limit", NP_TRANSFER_NUMBER, true, false, NULL},
                  {"created", NP_TRANSFER_NUMBER, false, true, NULL},
                  {"last_used", NP_TRANSFER_TIME, true, true, NULL},
                  {"added_at", NP_TRANSFER_TIME, false, true, NULL}},
                 12},
        .select = {"SELECT o.name, a.der, a.checks_expiry, a.source, a.pin, a.product, a.tags,"
                   " a.description, a.create_limit, a.created, a.last_used, a.added_at"
                   " FROM authorities a JOIN organisations o ON o.id = a.org" OF_ORG
                   " ORDER BY o.name, a.sha256",
                   1},
        .add = {"INSERT INTO authorities (org, der, checks_expiry, source, pin, product, tags,"
                " description, create_limit, created, last_used, added_at, sha256,"
                " subject_sha256, key_sha256) SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11,"
                " $12, $13, $14, $15 WHERE NOT EXISTS (SELECT 1 FROM authorities"
                " WHERE org <> $1 AND key_sha256 = $15) ON CONFLICT DO NOTHING",
                15},
        .find = {"SELECT org, der, checks_expiry, source, pin, product, tags, description,"
                 " create_limit FROM authorities WHERE org = $1 AND sha256 = $2",
                 2},
        .found_by = {0, 12},
        .derive = derive_of_authority,
        .derived = 3,
    },
    {
        .kind = {"firmware_key",
                 {{"org", NP_TRANSFER_TEXT, false, false, NULL},
                  {"name", NP_TRANSFER_TEXT, false, false, NULL},
                  {"public_key", NP_TRANSFER_BASE64, false, false, NULL},
                  {"product", NP_TRANSFER_TEXT, false, false, NULL},
                  {"state", NP_TRANSFER_NAME, false, false, name_key_state},
                  {"added_at", NP_TRANSFER_TIME, false, true, NULL}},
                 6},
        .select = {"SELECT o.name, k.name, k.public_key, k.product, k.state, k.added_at"
                   " FROM firmware_keys k JOIN organisations o ON o.id = k.org" OF_ORG
                   " ORDER BY o.name, k.name",
                   1},
        .add = {"INSERT INTO firmware_keys (org, name, public_key, product, state, added_at)"
                " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
                6},
        .find = {"SELECT org, name, public_key, product, state FROM firmware_keys WHERE org = $1"
                 " AND name = $2",
                 2},
        .found_by = {0, 1},
    },
    {
        .kind = {"firmware",
                 {{"org", NP_TRANSFER_TEXT, false, false, NULL},
                  {"product", NP_TRANSFER_TEXT, false, false, NULL},
                  {"uuid", NP_TRANSFER_TEXT, false, false, NULL},
                  {"platform", NP_TRANSFER_TEXT, false, false, NULL},
                  {"architecture", NP_TRANSFER_TEXT, false, false, NULL},
                  {"version", NP_TRANSFER_TEXT, false, false, NULL},
                  {"sha256", NP_TRANSFER_HEX, false, false, NULL},
                  {"size", NP_TRANSFER_NUMBER, false, false, NULL},
                  {"public_key", NP_TRANSFER_BASE64, false, false, NULL},
                  {"accepted_at", NP_TRANSFER_TIME, false, true, NULL}},
                 10},
        .select = {"SELECT o.name, f.product, f.uuid, f.platform, f.architecture, f.version,"
                   " f.sha256, f.size, k.public_key, f.accepted_at FROM firmwares f"
                   " JOIN organisations o ON o.id = f.org JOIN firmware_keys k ON k.id = f.key"
                   " WHERE $1 = '' OR o.name = $1 ORDER BY o.name, f.product, f.uuid",
                   1},
        .add = {"INSERT INTO firmwares (org, product, uuid, platform, architecture, version,"
                " sha256, size, key, accepted_at) SELECT $1, $2, $3, $4, $5, $6, $7, $8,"
                " (SELECT id FROM firmware_keys WHERE org = $1 AND public_key = $9), $10"
                " WHERE EXISTS (SELECT 1 FROM firmware_keys WHERE org = $1 AND public_key = $9)"
                " ON CONFLICT DO NOTHING",
                10},
        .find = {"SELECT f.org, f.product, f.uuid, f.platform, f.architecture, f.version,"
                 " f.sha256, f.size, k.public_key FROM firmwares f"
                 " JOIN firmware_keys k ON k.id = f.key WHERE f.org = $1 AND f.sha256 = $2",
                 2},
        .found_by = {0, 6},
    },
};

const np_transfer_kind *np_transfer_kind_at(size_t index)
{
    return index < NP_COUNT_OF(kinds) ? &kinds[index].kind : NULL;
}

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
    giving to = {&kinds[kind].kind, visit, self};
    return store_select(store, &kinds[kind].select, &name, give, &to, err);
}

/* Putting */

typedef struct putting {
    np_import *import;
    const kind_row *row;
    const np_transfer_value *values;
    store_value parameters[STORE_PARAMETERS_MAX];
    uint8_t derived[DERIVED_MAX][NP_SHA256_SIZE];
    bool is_found;
    const char *different; /* the first column that is not the same; NULL: all are */
    bool is_added;
} putting;

static store_value store_form(const np_transfer_column *column, const np_transfer_value *value)
{
    if (!value->is_given) {
        return store_null();
    }
    switch (column->form) {
    case NP_TRANSFER_TEXT:
    case NP_TRANSFER_JSON:
        return store_text(value->bytes);
    case NP_TRANSFER_HEX:
    case NP_TRANSFER_BASE64:
        return store_blob(value->bytes);
    case NP_TRANSFER_NUMBER:
    case NP_TRANSFER_FLAG:
    case NP_TRANSFER_TIME:
    case NP_TRANSFER_NAME:
        break;
    }
    return store_integer(value->number);
}

static np_code compare_found(void *self, const store_value *columns, np_error *err)
{
    putting *on = self;
    (void)err;
    on->is_found = true;
    for (size_t i = 0; i < on->row->kind.count; i++) {
        const np_transfer_column *column = &on->row->kind.columns[i];
        const store_value *said = &on->parameters[i];
        if (column->is_of_its_time) {
            continue; /* find has no such column: they are the last ones */
        }
        bool is_same = said->kind == columns[i].kind && said->integer == columns[i].integer &&
                       np_bytes_equal(said->bytes, columns[i].bytes);
        on->different = is_same || on->different != NULL ? on->different : column->name;
    }
    return NP_OK;
}

static np_code put(np_store *store, void *self, np_error *err)
{
    putting *on = self;
    const kind_row *row = on->row;
    int64_t org = 0;
    uint64_t changed = 0;
    on->import->org.is_set = false;
    on->is_found = false;
    on->different = NULL;
    if (row->is_organisation) {
        const store_value name = store_text(on->values[COLUMN_ORG].bytes);
        on->parameters[COLUMN_ORG] = name;
        NP_TRY(store_select(store, &row->find, &name, compare_found, on, err));
    }
    NP_TRY(import_take_org(on->import, on->values[COLUMN_ORG].bytes, &org, err));
    for (size_t i = 0; i < row->kind.count; i++) {
        on->parameters[i] = store_form(&row->kind.columns[i], &on->values[i]);
    }
    on->parameters[COLUMN_ORG] = store_integer(org);
    for (size_t i = 0; i < row->derived; i++) {
        on->parameters[row->kind.count + i] = store_blob(NP_BYTES(on->derived[i]));
    }
    const store_value by[] = {on->parameters[row->found_by[0]], on->parameters[row->found_by[1]]};
    if (!row->is_organisation) {
        NP_TRY(store_select(store, &row->find, by, compare_found, on, err));
    }
    if (on->is_found) {
        return NP_OK;
    }
    NP_TRY(store_run(store, &row->add, on->parameters, 1, &changed, err));
    on->is_added = changed == 1 || row->is_organisation;
    return !on->is_added ? NP_OK
                         : fleet_note_change(store, on->import->options.actor, "import",
                                             on->values[COLUMN_ORG].bytes,
                                             np_bytes_text(row->kind.name), err);
}

static np_code check_values(const kind_row *row, const np_transfer_value *values, char *ret_reason)
{
    for (size_t i = 0; i < row->kind.count; i++) {
        const np_transfer_column *column = &row->kind.columns[i];
        if (!values[i].is_given && !column->is_optional) {
            np_format(ret_reason, NP_IMPORT_REASON_SIZE, "it has no %s", column->name);
            return NP_EINPUT_MISSING;
        }
    }
    return NP_OK;
}

static np_import_outcome judge(const putting *on, char *ret_reason)
{
    if (on->is_added) {
        return NP_IMPORT_ADDED;
    }
    if (on->is_found && on->different == NULL) {
        return NP_IMPORT_SAME;
    }
    if (on->is_found) {
        np_format(ret_reason, NP_IMPORT_REASON_SIZE, "this %s is on record with another %s",
                  on->row->kind.name, on->different);
        return on->import->options.policy == NP_IMPORT_REJECT ? NP_IMPORT_REFUSED : NP_IMPORT_KEPT;
    }
    np_format(ret_reason, NP_IMPORT_REASON_SIZE,
              "something of this %s is on record for another, or what it refers to is not there",
              on->row->kind.name);
    return NP_IMPORT_REFUSED;
}

np_code np_transfer_put(np_import *import, size_t kind, const np_transfer_value *values,
                        np_import_outcome *ret, char ret_reason[static NP_IMPORT_REASON_SIZE],
                        np_error *err)
{
    np_error why;
    putting on = {.import = import, .row = &kinds[kind], .values = values};
    ret_reason[0] = '\0';
    *ret = NP_IMPORT_REFUSED;
    if (check_values(on.row, values, ret_reason) != NP_OK) {
        return NP_OK;
    }
    if (np_org_check_name(values[COLUMN_ORG].bytes, &why) != NP_OK ||
        (on.row->derive != NULL && on.row->derive(values, on.derived, &why) != NP_OK)) {
        np_format(ret_reason, NP_IMPORT_REASON_SIZE, "%.*s", NP_IMPORT_REASON_SIZE - 1,
                  why.message);
        return NP_OK;
    }
    NP_TRY(store_transact(import->options.store, put, &on, err));
    *ret = judge(&on, ret_reason);
    return NP_OK;
}
