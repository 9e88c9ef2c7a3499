/* SPDX-License-Identifier: Apache-2.0 */
/* Devices, from a result that has a line for each of their certificates. */
#include "crypto/hash.h"
#include "registry/engine.h"
#include "registry/transfer.h"
#include <stdlib.h>

enum {
    DEVICE_ORG,
    DEVICE_IDENTIFIER,
    DEVICE_PRODUCT,
    DEVICE_TAGS,
    DEVICE_DESCRIPTION,
    DEVICE_STATE,
    DEVICE_REKEY,
    DEVICE_FIRST,
    DEVICE_LAST,
    DEVICE_ADDED,
    KEY_SHA256,
    KEY_BLOCKED,
    CERTIFICATE_SHA256,
    CERTIFICATE_DER,
    CERTIFICATE_PIN,
    CERTIFICATE_BLOCKED,
    CERTIFICATE_ADDED,
    CERTIFICATE_AUTHORITY,
};

/* The device whose rows come, kept until another one's come. */
typedef struct gathering {
    np_transfer_device_visit visit;
    void *self;
    bool has_row;
    np_import_row row;
    uint8_t *bytes; /* heap: what the row's slices point into */
    size_t len;
    size_t size;
    np_import_key *keys; /* heap */
    size_t keys_size;
    np_import_certificate *certificates; /* heap */
    size_t certificates_size;
    size_t *ders; /* heap: where they stand in bytes, which may move until the row is given */
    size_t ders_size;
    size_t offsets[5];
} gathering;

static void gathering_clear(gathering *on)
{
    free(on->bytes);
    free(on->keys);
    free(on->certificates);
    free(on->ders);
}

static np_code no_memory(np_error *err)
{
    return np_error_set(err, NP_ESTATION_MEMORY, "no memory for a device");
}

static np_code keep_bytes(gathering *on, np_bytes from, size_t *ret_offset, np_error *err)
{
    if (on->len + from.len > on->size) {
        size_t size = 2 * (on->len + from.len) + 1024;
        uint8_t *bytes = realloc(on->bytes, size);
        if (bytes == NULL) {
            return no_memory(err);
        }
        on->bytes = bytes;
        on->size = size;
    }
    *ret_offset = on->len;
    if (from.len > 0) {
        memcpy(on->bytes + on->len, from.data, from.len);
    }
    on->len += from.len;
    return NP_OK;
}

static np_code give_device(gathering *on, np_error *err)
{
    np_bytes *texts[] = {&on->row.org, &on->row.identifier, &on->row.product, &on->row.tags,
                         &on->row.description};
    if (!on->has_row) {
        return NP_OK;
    }
    for (size_t i = 0; i < NP_COUNT_OF(texts); i++) {
        texts[i]->data = on->bytes + on->offsets[i];
    }
    for (size_t i = 0; i < on->row.certificate_count; i++) {
        on->certificates[i].der.data = on->bytes + on->ders[i];
    }
    on->row.keys = on->keys;
    on->row.certificates = on->certificates;
    return on->visit(on->self, &on->row, err);
}

static bool is_same_device(const gathering *on, const store_value *columns)
{
    return on->has_row &&
           np_bytes_equal(np_bytes_of(on->bytes + on->offsets[0], on->row.org.len),
                          columns[DEVICE_ORG].bytes) &&
           np_bytes_equal(np_bytes_of(on->bytes + on->offsets[1], on->row.identifier.len),
                          columns[DEVICE_IDENTIFIER].bytes);
}

static np_code begin_device(gathering *on, const store_value *columns, np_error *err)
{
    on->len = 0;
    on->has_row = true;
    on->row = (np_import_row){.number = on->row.number + 1,
                              .org = columns[DEVICE_ORG].bytes,
                              .identifier = columns[DEVICE_IDENTIFIER].bytes,
                              .product = columns[DEVICE_PRODUCT].bytes,
                              .tags = columns[DEVICE_TAGS].bytes,
                              .description = columns[DEVICE_DESCRIPTION].bytes,
                              .has_state = true,
                              .state = (np_device_state)columns[DEVICE_STATE].integer,
                              .rekey_until = columns[DEVICE_REKEY].integer,
                              .first_seen = columns[DEVICE_FIRST].integer,
                              .last_seen = columns[DEVICE_LAST].integer,
                              .added_at = columns[DEVICE_ADDED].integer};
    for (size_t i = 0; i < NP_COUNT_OF(on->offsets); i++) {
        NP_TRY(keep_bytes(on, columns[DEVICE_ORG + i].bytes, &on->offsets[i], err));
    }
    return NP_OK;
}

/* *list has room for one more than count. */
static np_code make_room(void **list, size_t *size, size_t count, size_t each, np_error *err)
{
    if (count < *size) {
        return NP_OK;
    }
    size_t wanted = 2 * count + 4;
    void *larger = realloc(*list, wanted * each);
    if (larger == NULL) {
        return no_memory(err);
    }
    *list = larger;
    *size = wanted;
    return NP_OK;
}

static np_code take_digest(const store_value *column, uint8_t ret[static NP_SHA256_SIZE],
                           np_error *err)
{
    if (column->bytes.len != NP_SHA256_SIZE) {
        return np_error_set(err, NP_ESTATION_DATABASE, "a digest on record has not 32 bytes");
    }
    memcpy(ret, column->bytes.data, NP_SHA256_SIZE);
    return NP_OK;
}

static np_code take_key(gathering *on, const store_value *columns, np_error *err)
{
    size_t count = on->row.key_count;
    np_bytes digest = columns[KEY_SHA256].bytes;
    if (columns[KEY_SHA256].kind == STORE_NULL ||
        (count > 0 && np_bytes_equal(NP_BYTES(on->keys[count - 1].sha256), digest))) {
        return NP_OK;
    }
    void *list = on->keys;
    NP_TRY(make_room(&list, &on->keys_size, count, sizeof(*on->keys), err));
    on->keys = list;
    on->keys[count].is_blocked = columns[KEY_BLOCKED].integer != 0;
    on->row.key_count++;
    return take_digest(&columns[KEY_SHA256], on->keys[count].sha256, err);
}

static np_code take_certificate(gathering *on, const store_value *columns, np_error *err)
{
    size_t count = on->row.certificate_count;
    void *list = on->certificates;
    void *ders = on->ders;
    if (columns[CERTIFICATE_SHA256].kind == STORE_NULL) {
        return NP_OK;
    }
    NP_TRY(make_room(&list, &on->certificates_size, count, sizeof(*on->certificates), err));
    on->certificates = list;
    NP_TRY(make_room(&ders, &on->ders_size, count, sizeof(*on->ders), err));
    on->ders = ders;
    np_import_certificate *one = &on->certificates[count];
    *one =
        (np_import_certificate){.der.len = columns[CERTIFICATE_DER].bytes.len,
                                .has_authority = columns[CERTIFICATE_AUTHORITY].kind != STORE_NULL,
                                .pin = (np_pin)columns[CERTIFICATE_PIN].integer,
                                .is_blocked = columns[CERTIFICATE_BLOCKED].integer != 0,
                                .added_at = columns[CERTIFICATE_ADDED].integer};
    NP_TRY(keep_bytes(on, columns[CERTIFICATE_DER].bytes, &on->ders[count], err));
    NP_TRY(take_digest(&columns[CERTIFICATE_SHA256], one->sha256, err));
    NP_TRY(take_digest(&columns[KEY_SHA256], one->key_sha256, err));
    on->row.certificate_count++;
    return one->has_authority ? take_digest(&columns[CERTIFICATE_AUTHORITY], one->authority, err)
                              : NP_OK;
}

static np_code gather(void *self, const store_value *columns, np_error *err)
{
    gathering *on = self;
    if (!is_same_device(on, columns)) {
        NP_TRY(give_device(on, err));
        NP_TRY(begin_device(on, columns, err));
    }
    NP_TRY(take_key(on, columns, err));
    return take_certificate(on, columns, err);
}

np_code np_transfer_each_device(np_store *store, np_bytes org, np_transfer_device_visit visit,
                                void *self, np_error *err)
{
    static const store_query query = {
        "SELECT o.name, d.identifier, d.product, d.tags, d.description, d.state, d.rekey_until,"
        " coalesce(d.first_seen, 0), coalesce(d.last_seen, 0), d.added_at, k.sha256, k.is_blocked,"
        " c.sha256, c.der, c.pin, c.is_blocked, c.added_at, a.sha256"
        " FROM organisations o JOIN devices d ON d.org = o.id"
        " LEFT JOIN keys k ON k.device = d.id LEFT JOIN certificates c ON c.key_sha256 = k.sha256"
        " LEFT JOIN authorities a ON a.id = c.authority WHERE $1 = '' OR o.name = $1"
        " ORDER BY d.id, k.sha256, c.sha256",
        1};
    NP_CLEANUP(gathering_clear) gathering on = {.visit = visit, .self = self};
    const store_value name = store_text(org);
    NP_TRY(store_select(store, &query, &name, gather, &on, err));
    return give_device(&on, err);
}
