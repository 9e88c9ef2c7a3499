/* SPDX-License-Identifier: Apache-2.0 */
/* What `registry export` wrote, read again. */
#include "base/civil.h"
#include "base/format.h"
#include "base/text.h"
#include "cli/registry/fleet_json.h"

static bool is_kind(const json_t *line, const char *kind)
{
    const char *text = json_string_value(json_object_get(line, "kind"));
    return text != NULL && strcmp(text, kind) == 0;
}

np_code cli_fleet_read_header(const json_t *line, bool *ret_is_one, np_error *err)
{
    *ret_is_one = is_kind(line, "registry");
    json_int_t version = json_integer_value(json_object_get(line, "version"));
    if (!*ret_is_one || (version >= CLI_FLEET_OLDEST && version <= CLI_FLEET_VERSION)) {
        return NP_OK;
    }
    np_error_set(err, NP_EINPUT_FORMAT, "the export is of another version than %d to %d",
                 CLI_FLEET_OLDEST, CLI_FLEET_VERSION);
    return np_error_hint(err, NP_EINPUT_FORMAT, "import it with the nameplate that wrote it");
}

bool cli_fleet_kind_of(const json_t *line, size_t *ret)
{
    const np_transfer_kind *kind;
    for (*ret = 0; (kind = np_transfer_kind_at(*ret)) != NULL; ++*ret) {
        if (is_kind(line, kind->name)) {
            return true;
        }
    }
    return false;
}

static bool read_text(const json_t *value, np_bytes *ret)
{
    *ret = np_bytes_of(json_string_value(value), json_string_length(value));
    return json_is_string(value);
}

/* The text as long as the lot. */
static bool read_kept_text(const json_t *value, cli_lot *lot, np_bytes *ret)
{
    return read_text(value, ret) && cli_lot_keep(lot, ret, NULL) == NP_OK;
}

static bool read_time(const json_t *value, int64_t *ret)
{
    return json_is_string(value) && np_parse_time(json_string_value(value), ret, NULL) == NP_OK;
}

static bool read_digest(const json_t *value, uint8_t *ret)
{
    return json_string_length(value) == 2 * NP_FINGERPRINT_BYTES &&
           np_parse_hex(json_string_value(value), ret, NP_FINGERPRINT_BYTES, NULL) == NP_OK;
}

/* The value's text decoded into memory of the lot. */
static bool read_base64(const json_t *value, cli_lot *lot, np_bytes *ret)
{
    np_bytes text;
    if (!read_text(value, &text)) {
        return false;
    }
    uint8_t *room = cli_lot_take(lot, text.len + 1);
    np_writer writer = np_writer_of(room, text.len);
    bool is_good = room != NULL && np_parse_base64(text, &writer, NULL) == NP_OK;
    *ret = np_writer_bytes(&writer);
    return is_good;
}

static bool read_hex(const json_t *value, cli_lot *lot, np_bytes *ret)
{
    size_t size = json_string_length(value) / 2;
    uint8_t *room = cli_lot_take(lot, size + 1);
    *ret = np_bytes_of(room, size);
    return json_is_string(value) && room != NULL &&
           np_parse_hex(json_string_value(value), room, size, NULL) == NP_OK;
}

/* A value as JSON, compact, in memory of the lot. */
static bool read_json(const json_t *value, cli_lot *lot, np_bytes *ret)
{
    size_t size = json_dumpb(value, NULL, 0, JSON_COMPACT);
    char *room = cli_lot_take(lot, size + 1);
    bool is_good = json_is_array(value) && room != NULL;
    for (size_t i = 0; i < json_array_size(value); i++) {
        is_good = is_good && json_is_string(json_array_get(value, i));
    }
    *ret = np_bytes_of(room, is_good ? json_dumpb(value, room, size, JSON_COMPACT) : 0);
    return is_good;
}

static bool read_number(const json_t *value, int64_t *ret)
{
    *ret = json_integer_value(value);
    return json_is_integer(value) && *ret >= 0;
}

static bool read_name(const json_t *value, const char *(*name_of)(unsigned number), int64_t *ret)
{
    const char *name;
    const char *text = json_string_value(value);
    for (unsigned i = 0; text != NULL && (name = name_of(i)) != NULL; i++) {
        if (strcmp(name, text) == 0) {
            *ret = i;
            return true;
        }
    }
    return false;
}

static bool read_value(const json_t *value, const np_transfer_column *column, cli_lot *lot,
                       np_transfer_value *ret)
{
    switch (column->form) {
    case NP_TRANSFER_TEXT:
    case NP_TRANSFER_ORG:
        return read_kept_text(value, lot, &ret->bytes);
    case NP_TRANSFER_JSON:
        return read_json(value, lot, &ret->bytes);
    case NP_TRANSFER_HEX:
    case NP_TRANSFER_DIGEST:
        return read_hex(value, lot, &ret->bytes);
    case NP_TRANSFER_BASE64:
    case NP_TRANSFER_KEY:
        return read_base64(value, lot, &ret->bytes);
    case NP_TRANSFER_NUMBER:
        return read_number(value, &ret->number);
    case NP_TRANSFER_FLAG:
        ret->number = json_is_true(value) ? 1 : 0;
        return json_is_boolean(value);
    case NP_TRANSFER_TIME:
        return read_time(value, &ret->number);
    case NP_TRANSFER_NAME:
        break;
    }
    return read_name(value, column->name_of, &ret->number);
}

void cli_fleet_read_thing(const json_t *line, size_t kind, cli_lot *lot, np_transfer_item *ret)
{
    const np_transfer_kind *of = np_transfer_kind_at(kind);
    for (size_t i = 0; i < of->count; i++) {
        const json_t *value = json_object_get(line, of->columns[i].name);
        ret->values[i] = (np_transfer_value){.is_given = value != NULL};
        if (value != NULL && !read_value(value, &of->columns[i], lot, &ret->values[i]) &&
            ret->outcome != NP_IMPORT_REFUSED) {
            ret->outcome = NP_IMPORT_REFUSED;
            np_format(ret->reason, sizeof(ret->reason), "%s is not as it must be",
                      of->columns[i].name);
        }
    }
}

/* Devices */

/* Of an object's members those that may be missing; false when one is there and wrong. */
static bool read_optional_time(const json_t *object, const char *name, int64_t *ret)
{
    const json_t *value = json_object_get(object, name);
    return value == NULL || read_time(value, ret);
}

static const char *name_pin(unsigned number)
{
    return np_pin_name((np_pin)number);
}

static bool read_certificate(const json_t *value, cli_lot *lot, np_import_row *row,
                             np_import_certificate *ret)
{
    int64_t pin = NP_PIN_LEAF;
    np_import_key key = {0};
    const json_t *authority = json_object_get(value, "ca");
    *ret = (np_import_certificate){.is_blocked = json_is_true(json_object_get(value, "blocked")),
                                   .has_authority = authority != NULL};
    bool is_good = json_is_object(value) && read_optional_time(value, "added_at", &ret->added_at) &&
                   read_name(json_object_get(value, "pin"), name_pin, &pin) &&
                   (authority == NULL || read_digest(authority, ret->authority)) &&
                   read_base64(json_object_get(value, "certificate"), lot, &ret->der);
    ret->pin = (np_pin)pin;
    if (is_good) {
        cli_row_read_certificate(row, ret, &key);
    }
    return is_good;
}

static bool read_key(const json_t *value, cli_lot *lot, np_import_row *row, np_import_key *ret,
                     np_import_certificate *certificates)
{
    size_t index;
    const json_t *one;
    const json_t *list = json_object_get(value, "certificates");
    ret->is_blocked = json_is_true(json_object_get(value, "blocked"));
    if (!read_digest(json_object_get(value, "sha256"), ret->sha256)) {
        return false;
    }
    json_array_foreach(list, index, one)
    {
        np_import_certificate *certificate = &certificates[row->certificate_count++];
        if (!read_certificate(one, lot, row, certificate)) {
            return false;
        }
        if (memcmp(certificate->key_sha256, ret->sha256, sizeof(ret->sha256)) != 0) {
            cli_row_refuse(row, "a certificate is not of the key that it stands with");
        }
    }
    return true;
}

static size_t count_certificates(const json_t *keys)
{
    size_t count = 0;
    for (size_t i = 0; i < json_array_size(keys); i++) {
        count += json_array_size(json_object_get(json_array_get(keys, i), "certificates"));
    }
    return count;
}

static np_code read_keys(const json_t *keys, cli_lot *lot, np_import_row *row, np_error *err)
{
    size_t count = json_array_size(keys);
    size_t certificates = count_certificates(keys);
    np_import_key *list = cli_lot_take(lot, (count + 1) * sizeof(*list));
    np_import_certificate *all = cli_lot_take(lot, (certificates + 1) * sizeof(*all));
    if (list == NULL || all == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for a row");
    }
    row->keys = list;
    row->certificates = all;
    for (size_t i = 0; i < count && row->outcome != NP_IMPORT_REFUSED; i++) {
        if (!read_key(json_array_get(keys, i), lot, row, &list[i], all)) {
            cli_row_refuse(row, "a key or certificate is not as it must be");
        }
        row->key_count++;
    }
    return NP_OK;
}

static np_code read_texts(const json_t *line, cli_lot *lot, np_import_row *row, np_error *err)
{
    const struct {
        const char *name;
        np_bytes *to;
    } texts[] = {{"org", &row->org},
                 {"identifier", &row->identifier},
                 {"product", &row->product},
                 {"description", &row->description}};
    for (size_t i = 0; i < NP_COUNT_OF(texts); i++) {
        if (!read_text(json_object_get(line, texts[i].name), texts[i].to)) {
            cli_row_refuse(row, "%s is not as it must be", texts[i].name);
            return NP_OK;
        }
        NP_TRY(cli_lot_keep(lot, texts[i].to, err));
    }
    return NP_OK;
}

np_code cli_fleet_read_device(const json_t *line, uint64_t number, cli_lot *lot, np_error *err)
{
    np_bytes state;
    np_import_row *row = cli_lot_add_row(lot, number);
    NP_TRY(read_texts(line, lot, row, err));
    row->has_state = true;
    bool is_good = read_text(json_object_get(line, "state"), &state) &&
                   cli_find_device_state(state, &row->state) &&
                   read_json(json_object_get(line, "tags"), lot, &row->tags) &&
                   read_optional_time(line, "rekey_until", &row->rekey_until) &&
                   read_optional_time(line, "first_seen", &row->first_seen) &&
                   read_optional_time(line, "last_seen", &row->last_seen) &&
                   read_optional_time(line, "added_at", &row->added_at);
    if (!is_good) {
        cli_row_refuse(row, "its state, its tags or a time is not as it must be");
    } else if (!np_identifier_is_good(row->identifier)) {
        cli_row_refuse(row, "an identifier has 1 to %d bytes of UTF-8 and no control characters",
                       NP_IDENTIFIER_MAX);
    } else if (np_org_check_name(row->org, NULL) != NP_OK) {
        cli_row_refuse(row, "its organisation has no name that can be one");
    }
    return read_keys(json_object_get(line, "keys"), lot, row, err);
}
