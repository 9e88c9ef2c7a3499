/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/known.h"

#include "crypto/hash.h"
#include "registry/devices.h"
#include "registry/gate.h"

/* What a device's columns are called in every query that reads one. */
#define DEVICE_COLUMNS "d.id, d.org, d.identifier, d.state, d.certificates, d.rekey_until"

enum { DEVICE_COLUMN_COUNT = 6 };

const store_query known_certificate = {
    "SELECT " DEVICE_COLUMNS ", CASE WHEN c.is_blocked + k.is_blocked > 0 THEN 1 ELSE 0 END,"
    " c.pin FROM certificates c"
    " JOIN keys k ON k.sha256 = c.key_sha256"
    " JOIN devices d ON d.id = k.device WHERE c.sha256 = $1",
    1};

const store_query known_key = {"SELECT " DEVICE_COLUMNS ", k.is_blocked, 0 FROM keys k"
                               " JOIN devices d ON d.id = k.device WHERE k.sha256 = $1",
                               1};

const store_query known_device = {
    "SELECT " DEVICE_COLUMNS " FROM devices d WHERE d.org = $1 AND d.identifier = $2", 2};

const store_query known_authorities = {
    "SELECT id, org, der, checks_expiry, source, pin, coalesce(create_limit, -1), created,"
    " CASE WHEN product IS NULL THEN 0 ELSE 1 END"
    " FROM authorities WHERE subject_sha256 = $1",
    1};

np_code known_take_device(const store_value *columns, np_known_device *ret, np_error *err)
{
    np_bytes identifier = columns[2].bytes;
    if (identifier.len > sizeof(ret->identifier)) {
        return np_error_set(err, NP_ESTATION_DATABASE, "a device's identifier is too long");
    }
    ret->id = columns[0].integer;
    ret->org = columns[1].integer;
    ret->identifier_len = identifier.len;
    ret->is_blocked = columns[3].integer == NP_DEVICE_BLOCKED;
    ret->is_deleted = columns[3].integer == NP_DEVICE_DELETED;
    ret->certificates = (unsigned)columns[4].integer;
    ret->rekey_until = columns[5].integer;
    memcpy(ret->identifier, identifier.data, identifier.len);
    return NP_OK;
}

np_code known_take_credential(const store_value *columns, np_known_credential *ret, np_error *err)
{
    ret->is_blocked = columns[DEVICE_COLUMN_COUNT].integer != 0;
    ret->pin = (np_pin)columns[DEVICE_COLUMN_COUNT + 1].integer;
    return known_take_device(columns, &ret->device, err);
}

np_known_authority known_take_authority(const store_value *columns)
{
    int64_t limit = columns[6].integer;
    int64_t created = columns[7].integer;
    uint64_t left = limit > created ? (uint64_t)(limit - created) : 0;
    return (np_known_authority){.id = columns[0].integer,
                                .org = columns[1].integer,
                                .der = columns[2].bytes,
                                .checks_expiry = columns[3].integer != 0,
                                .source = (np_identifier_source)columns[4].integer,
                                .pin = (np_pin)columns[5].integer,
                                .may_create = columns[8].integer != 0,
                                .may_create_more = limit < 0 ? UINT64_MAX : left};
}

/* One by one */

typedef struct found_credential {
    np_known_credential *ret;
    bool *ret_is_found;
} found_credential;

static np_code take_credential(void *self, const store_value *columns, np_error *err)
{
    const found_credential *one = self;
    *one->ret_is_found = true;
    return known_take_credential(columns, one->ret, err);
}

static np_code find_certificate(void *self, const uint8_t sha256[static 32],
                                np_known_credential *ret, bool *ret_is_found, np_error *err)
{
    const store_value value = store_blob(np_bytes_of(sha256, NP_SHA256_SIZE));
    found_credential one = {ret, ret_is_found};
    *ret_is_found = false;
    return store_select(self, &known_certificate, &value, take_credential, &one, err);
}

static np_code find_key(void *self, const uint8_t sha256[static 32], np_known_credential *ret,
                        bool *ret_is_found, np_error *err)
{
    const store_value value = store_blob(np_bytes_of(sha256, NP_SHA256_SIZE));
    found_credential one = {ret, ret_is_found};
    *ret_is_found = false;
    return store_select(self, &known_key, &value, take_credential, &one, err);
}

typedef struct found_device {
    np_known_device *ret;
    bool *ret_is_found;
} found_device;

static np_code take_device(void *self, const store_value *columns, np_error *err)
{
    const found_device *one = self;
    *one->ret_is_found = true;
    return known_take_device(columns, one->ret, err);
}

static np_code find_device(void *self, int64_t org, np_bytes identifier, np_known_device *ret,
                           bool *ret_is_found, np_error *err)
{
    const store_value values[] = {store_integer(org), store_text(identifier)};
    found_device one = {ret, ret_is_found};
    *ret_is_found = false;
    return store_select(self, &known_device, values, take_device, &one, err);
}

typedef struct passing_on {
    void (*visit)(void *context, const np_known_authority *authority);
    void *context;
} passing_on;

static np_code pass_on(void *self, const store_value *columns, np_error *err)
{
    const passing_on *to = self;
    const np_known_authority authority = known_take_authority(columns);
    (void)err;
    to->visit(to->context, &authority);
    return NP_OK;
}

static np_code visit_authorities(void *self, np_bytes subject,
                                 void (*visit)(void *context, const np_known_authority *authority),
                                 void *context, np_error *err)
{
    uint8_t digest[NP_SHA256_SIZE];
    passing_on to = {visit, context};
    np_sha256(subject, digest);
    const store_value value = store_blob(NP_BYTES(digest));
    return store_select(self, &known_authorities, &value, pass_on, &to, err);
}

np_admission_store np_gate_ask(np_store *store)
{
    return (np_admission_store){.find_certificate = find_certificate,
                                .find_key = find_key,
                                .find_device = find_device,
                                .visit_authorities = visit_authorities,
                                .self = store};
}
