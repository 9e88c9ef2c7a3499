/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/registry/lot.h"

#include "base/format.h"
#include "base/text.h"
#include "base/utf8.h"
#include "crypto/hash.h"
#include "record/json.h"
#include "registry/leaf.h"
#include "x509/certificate.h"
#include "x509/pem.h"
#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>

enum { CHUNK_SIZE = 4 << 20 /* a lot fits in one as a rule */, ALIGNMENT = 16 };

struct cli_lot_chunk {
    cli_lot_chunk *next;
    size_t size;
    _Alignas(ALIGNMENT) uint8_t bytes[];
};

typedef struct field_name {
    const char *name;
    cli_unit_field field;
} field_name;

/* As NervesHub's files, our records and exports, and people call them. */
static const field_name field_names[] = {
    {"identifier", CLI_UNIT_IDENTIFIER},   {"device_id", CLI_UNIT_DEVICE_ID},
    {"serial", CLI_UNIT_SERIAL},           {"org", CLI_UNIT_ORG},
    {"product", CLI_UNIT_PRODUCT},         {"tags", CLI_UNIT_TAGS},
    {"description", CLI_UNIT_DESCRIPTION}, {"state", CLI_UNIT_STATE},
    {"certificate", CLI_UNIT_CERTIFICATE}, {"cert", CLI_UNIT_CERTIFICATE},
    {"pem", CLI_UNIT_CERTIFICATE},         {"public_key", CLI_UNIT_PUBLIC_KEY},
    {"spki_sha256", CLI_UNIT_KEY_SHA256},  {"key_sha256", CLI_UNIT_KEY_SHA256},
};

cli_unit_field cli_unit_field_of(np_bytes name)
{
    for (size_t i = 0; i < NP_COUNT_OF(field_names); i++) {
        if (np_bytes_equal(name, np_bytes_text(field_names[i].name))) {
            return field_names[i].field;
        }
    }
    return CLI_UNIT_FIELD_COUNT;
}

void *cli_lot_take(cli_lot *lot, size_t size)
{
    size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (lot->chunks == NULL || lot->chunks->size - lot->used < size) {
        size_t room = size > CHUNK_SIZE ? size : CHUNK_SIZE;
        cli_lot_chunk *chunk = malloc(sizeof(*chunk) + room);
        if (chunk == NULL) {
            return NULL;
        }
        chunk->size = room;
        chunk->next = lot->chunks;
        lot->chunks = chunk;
        lot->used = 0;
    }
    void *taken = lot->chunks->bytes + lot->used;
    lot->used += size;
    return taken;
}

/* The chunk that was taken last stays. */
void cli_lot_empty(cli_lot *lot)
{
    while (lot->chunks != NULL && lot->chunks->next != NULL) {
        cli_lot_chunk *next = lot->chunks->next;
        lot->chunks->next = next->next;
        free(next);
    }
    lot->used = 0;
    lot->count = 0;
}

void cli_lot_clear(cli_lot *lot)
{
    cli_lot_empty(lot);
    free(lot->chunks);
    lot->chunks = NULL;
}

static np_code no_memory(np_error *err)
{
    return np_error_set(err, NP_ESTATION_MEMORY, "no memory for a row");
}

np_code cli_lot_keep(cli_lot *lot, np_bytes *bytes, np_error *err)
{
    uint8_t *kept = cli_lot_take(lot, bytes->len + 1);
    if (kept == NULL) {
        return no_memory(err);
    }
    if (bytes->len > 0) {
        memcpy(kept, bytes->data, bytes->len);
    }
    bytes->data = kept;
    return NP_OK;
}

np_import_row *cli_lot_add_row(cli_lot *lot, uint64_t number)
{
    np_import_row *row = &lot->rows[lot->count++];
    *row = (np_import_row){.number = number};
    return row;
}

void cli_row_refuse(np_import_row *row, const char *format, ...)
{
    va_list list;
    if (row->outcome == NP_IMPORT_REFUSED) {
        return;
    }
    va_start(list, format);
    np_format_list(row->reason, sizeof(row->reason), format, list);
    va_end(list);
    row->outcome = NP_IMPORT_REFUSED;
}

static void refuse_for(np_import_row *row, const char *what, const np_error *why)
{
    cli_row_refuse(row, "%s: %s", what, why->message);
}

static void refuse_for_reason(np_import_row *row, const char *what, np_reason reason,
                              const char *detail)
{
    const np_reason_row *about = np_reason_at(reason);
    if (!about->is_admitted) {
        cli_row_refuse(row, "%s: %s: %s%s%s%s", what, about->name, about->sentence,
                       *detail == '\0' ? "" : " (", detail, *detail == '\0' ? "" : ")");
    }
}

bool cli_find_device_state(np_bytes name, np_device_state *ret)
{
    for (np_device_state state = 0; state < NP_DEVICE_STATE_COUNT; state++) {
        if (np_bytes_equal(name, np_bytes_text(np_device_state_name(state)))) {
            *ret = state;
            return true;
        }
    }
    return false;
}

/* As a gateway would, whoever signed it and whenever: a key on record is asked no more. */
static void judge_certificate(np_import_row *row, const np_certificate *certificate, np_pin pin)
{
    np_error why;
    np_constraints constraints;
    char detail[NP_LEAF_DETAIL_SIZE];
    if (np_constraints_read(certificate, &constraints, &why) != NP_OK) {
        refuse_for(row, "certificate", &why);
        return;
    }
    refuse_for_reason(row, "certificate",
                      pin == NP_PIN_ISSUER ? np_leaf_judge_issuer(certificate, detail)
                                           : np_leaf_judge(certificate, &constraints, detail),
                      detail);
}

void cli_row_read_certificate(np_import_row *row, np_import_certificate *certificate,
                              np_import_key *key)
{
    np_certificate parsed;
    np_error why;
    if (np_certificate_parse(certificate->der, &parsed, &why) != NP_OK) {
        refuse_for(row, "certificate", &why);
        return;
    }
    judge_certificate(row, &parsed, certificate->pin);
    np_sha256(parsed.der, certificate->sha256);
    np_sha256(parsed.spki, certificate->key_sha256);
    memcpy(key->sha256, certificate->key_sha256, sizeof(key->sha256));
    np_bytes name;
    if (row->identifier.len == 0 && np_certificate_common_name(parsed.subject, &name)) {
        row->identifier = name;
    }
}

/* PEM with this label, or Base64. Empty, and the row refused, when it is neither. */
static np_code decode(cli_lot *lot, np_import_row *row, np_bytes text, const char *label,
                      np_bytes *ret, np_error *err)
{
    np_error why;
    uint8_t *room = cli_lot_take(lot, text.len + 1);
    np_writer writer = np_writer_of(room, text.len);
    *ret = np_bytes_of(NULL, 0);
    if (room == NULL) {
        return no_memory(err);
    }
    np_code code = text.data[0] == '-' ? np_pem_decode(text, label, &writer, &why)
                                       : np_parse_base64(text, &writer, &why);
    if (code != NP_OK) {
        refuse_for(row, label, &why);
        return NP_OK;
    }
    *ret = np_writer_bytes(&writer);
    return NP_OK;
}

static np_code put_certificate(cli_lot *lot, np_import_row *row, np_bytes text, np_error *err)
{
    np_import_certificate *certificate = cli_lot_take(lot, sizeof(*certificate));
    np_import_key *key = cli_lot_take(lot, sizeof(*key));
    if (certificate == NULL || key == NULL) {
        return no_memory(err);
    }
    *certificate = (np_import_certificate){.pin = NP_PIN_LEAF};
    *key = (np_import_key){0};
    NP_TRY(decode(lot, row, text, "CERTIFICATE", &certificate->der, err));
    if (row->outcome == NP_IMPORT_REFUSED) {
        return NP_OK;
    }
    cli_row_read_certificate(row, certificate, key);
    row->certificates = certificate;
    row->certificate_count = 1;
    row->keys = key;
    row->key_count = 1;
    return NP_OK;
}

/* The hash of the key that a unit says; false when it does not say one. */
static np_code read_key(cli_lot *lot, np_import_row *row, const cli_unit *unit, uint8_t *ret,
                        bool *ret_is_said, np_error *err)
{
    np_bytes text = unit->fields[CLI_UNIT_PUBLIC_KEY];
    np_bytes hex = unit->fields[CLI_UNIT_KEY_SHA256];
    char digits[2 * NP_SHA256_SIZE + 1];
    *ret_is_said = text.len > 0 || hex.len > 0;
    if (text.len > 0) {
        np_bytes der;
        char detail[NP_LEAF_DETAIL_SIZE];
        NP_TRY(decode(lot, row, text, "PUBLIC KEY", &der, err));
        refuse_for_reason(row, "public key", np_leaf_judge_key(der, detail), detail);
        np_sha256(der, ret);
    }
    if (hex.len > 0) {
        uint8_t said[NP_SHA256_SIZE];
        np_format(digits, sizeof(digits), "%.*s", (int)hex.len, (const char *)hex.data);
        if (hex.len != 2 * NP_SHA256_SIZE ||
            np_parse_hex(digits, said, sizeof(said), NULL) != NP_OK) {
            cli_row_refuse(row, "the key's SHA-256 has not 64 hex digits");
        } else if (text.len > 0 && memcmp(said, ret, sizeof(said)) != 0) {
            cli_row_refuse(row, "the key's SHA-256 is not that of the public key");
        }
        memcpy(ret, said, sizeof(said));
    }
    return NP_OK;
}

static np_code put_key(cli_lot *lot, np_import_row *row, const cli_unit *unit, np_error *err)
{
    bool is_said;
    uint8_t digest[NP_SHA256_SIZE] = {0};
    NP_TRY(read_key(lot, row, unit, digest, &is_said, err));
    if (!is_said || row->outcome == NP_IMPORT_REFUSED) {
        return NP_OK;
    }
    if (row->key_count > 0) {
        if (memcmp(row->keys[0].sha256, digest, sizeof(digest)) != 0) {
            cli_row_refuse(row, "the public key is not that of the certificate");
        }
        return NP_OK;
    }
    np_import_key *key = cli_lot_take(lot, sizeof(*key));
    if (key == NULL) {
        return no_memory(err);
    }
    *key = (np_import_key){0};
    memcpy(key->sha256, digest, sizeof(digest));
    row->keys = key;
    row->key_count = 1;
    return NP_OK;
}

static bool is_array_of_texts(np_bytes text)
{
    json_t *list = json_loadb((const char *)text.data, text.len, 0, NULL);
    bool is_good = json_is_array(list);
    for (size_t i = 0; i < json_array_size(list); i++) {
        is_good = is_good && json_is_string(json_array_get(list, i));
    }
    json_decref(list);
    return is_good;
}

static void write_tags(np_bytes text, np_writer *writer)
{
    size_t from = 0;
    np_write_u8(writer, '[');
    for (size_t i = 0; i <= text.len; i++) {
        bool is_end = i == text.len || memchr("|,;", text.data[i], 3) != NULL;
        if (is_end && i > from) {
            np_write_text(writer, writer->len > 1 ? "," : "");
            record_json_write_text(writer, np_bytes_of(text.data + from, i - from));
        }
        from = is_end ? i + 1 : from;
    }
    np_write_u8(writer, ']');
}

static np_code put_tags(cli_lot *lot, np_import_row *row, np_bytes text, np_error *err)
{
    row->tags = text;
    if (text.len == 0) {
        row->tags.data = NULL;
        return NP_OK;
    }
    if (text.data[0] == '[') {
        if (!is_array_of_texts(text)) {
            cli_row_refuse(row, "the tags are no JSON array of strings");
        }
        return cli_lot_keep(lot, &row->tags, err);
    }
    size_t size = 8 * text.len + 8; /* a control character becomes \u0000 */
    uint8_t *room = cli_lot_take(lot, size);
    np_writer writer = np_writer_of(room, size);
    if (room == NULL) {
        return no_memory(err);
    }
    write_tags(text, &writer);
    row->tags = np_writer_bytes(&writer);
    return NP_OK;
}

static np_code keep_text(cli_lot *lot, np_import_row *row, np_bytes text, np_bytes *ret,
                         np_error *err)
{
    *ret = text;
    if (text.len == 0) {
        ret->data = NULL;
        return NP_OK;
    }
    if (!np_is_utf8(text) || memchr(text.data, 0, text.len) != NULL) {
        cli_row_refuse(row, "a text is no UTF-8");
    }
    return cli_lot_keep(lot, ret, err);
}

static void check_names(np_import_row *row)
{
    np_error why;
    if (row->org.len == 0) {
        cli_row_refuse(row, "it names no organisation, and --org does not either");
    } else if (np_org_check_name(row->org, &why) != NP_OK) {
        cli_row_refuse(row, "%s", why.message);
    }
    if (row->identifier.len == 0) {
        cli_row_refuse(row, "it has no identifier");
    } else if (!np_identifier_is_good(row->identifier)) {
        cli_row_refuse(row, "an identifier has 1 to %d bytes of UTF-8 and no control characters",
                       NP_IDENTIFIER_MAX);
    }
    if (row->product.len > NP_FLEET_TEXT_MAX || row->tags.len > NP_FLEET_TEXT_MAX ||
        row->description.len > NP_FLEET_TEXT_MAX) {
        cli_row_refuse(row, "a text is longer than %d bytes", NP_FLEET_TEXT_MAX);
    }
}

static np_bytes choose_identifier(const cli_unit *unit)
{
    for (cli_unit_field field = CLI_UNIT_IDENTIFIER; field <= CLI_UNIT_SERIAL; field++) {
        if (unit->fields[field].len > 0) {
            return unit->fields[field];
        }
    }
    return np_bytes_of(NULL, 0);
}

np_code cli_lot_add_unit(cli_lot *lot, const cli_unit *unit, const char *org, np_error *err)
{
    np_import_row *row = cli_lot_add_row(lot, unit->number);
    const np_bytes *fields = unit->fields;
    np_bytes own = fields[CLI_UNIT_ORG];
    np_bytes org_text = own.len > 0 || org == NULL ? own : np_bytes_text(org);
    NP_TRY(keep_text(lot, row, org_text, &row->org, err));
    NP_TRY(keep_text(lot, row, choose_identifier(unit), &row->identifier, err));
    NP_TRY(keep_text(lot, row, fields[CLI_UNIT_PRODUCT], &row->product, err));
    NP_TRY(keep_text(lot, row, fields[CLI_UNIT_DESCRIPTION], &row->description, err));
    NP_TRY(put_tags(lot, row, fields[CLI_UNIT_TAGS], err));
    row->has_state = fields[CLI_UNIT_STATE].len > 0;
    if (row->has_state && !cli_find_device_state(fields[CLI_UNIT_STATE], &row->state)) {
        cli_row_refuse(row, "no device has this state: active, blocked and deleted are known");
    }
    if (fields[CLI_UNIT_CERTIFICATE].len > 0) {
        NP_TRY(put_certificate(lot, row, fields[CLI_UNIT_CERTIFICATE], err));
    }
    NP_TRY(put_key(lot, row, unit, err));
    check_names(row);
    return NP_OK;
}
