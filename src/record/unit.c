/* SPDX-License-Identifier: Apache-2.0 */
#include "record/unit.h"

#include "base/format.h"
#include "base/text.h"
#include "base/utf8.h"
#include "record/json.h"
#include "x509/certificate.h"
#include "x509/der.h"
#include <stddef.h>

typedef struct unit_context {
    const np_record_unit *unit;
    uint64_t seq;
    const uint8_t *prev;
    np_writer *writer;
    np_error *err;
} unit_context;

typedef enum member_kind {
    MEMBER_TEXT,
    MEMBER_HEX,
    MEMBER_BASE64,
    MEMBER_JSON,
    MEMBER_CHAIN,
    MEMBER_ATTRIBUTES,
    MEMBER_KIND,
    MEMBER_PREV,
    MEMBER_SEQ,
    MEMBER_KIND_COUNT
} member_kind;

typedef struct member_row {
    const char *name;
    member_kind kind;
    size_t offset; /* in np_record_unit, where the kind has a slice */
} member_row;

#define SLICE(name, kind)                                                                          \
    {                                                                                              \
#name, kind, offsetof(np_record_unit, name)                                                \
    }
#define NAMED_SLICE(name, kind, field)                                                             \
    {                                                                                              \
        name, kind, offsetof(np_record_unit, field)                                                \
    }

/* By the bytes of their names: the order of the line. */
static const member_row members[] = {
    SLICE(aki, MEMBER_HEX),
    SLICE(alg, MEMBER_TEXT),
    SLICE(attempt, MEMBER_JSON),
    SLICE(attestation, MEMBER_JSON),
    {"attributes", MEMBER_ATTRIBUTES, 0},
    SLICE(authorization_id, MEMBER_TEXT),
    SLICE(batch, MEMBER_TEXT),
    SLICE(bay, MEMBER_TEXT),
    SLICE(cert, MEMBER_BASE64),
    SLICE(cert_serial, MEMBER_HEX),
    SLICE(cert_sha1, MEMBER_HEX),
    SLICE(cert_sha256, MEMBER_HEX),
    {"chain", MEMBER_CHAIN, 0},
    SLICE(config_sha256, MEMBER_HEX),
    SLICE(device_id, MEMBER_TEXT),
    SLICE(failure, MEMBER_TEXT),
    SLICE(finished, MEMBER_TEXT),
    SLICE(fw, MEMBER_JSON),
    SLICE(group, MEMBER_TEXT),
    SLICE(hw_rev, MEMBER_TEXT),
    SLICE(imei, MEMBER_TEXT),
    SLICE(issuer_id, MEMBER_HEX),
    {"kind", MEMBER_KIND, 0},
    SLICE(lock_state, MEMBER_TEXT),
    SLICE(mac, MEMBER_JSON),
    SLICE(model, MEMBER_TEXT),
    SLICE(not_after, MEMBER_TEXT),
    SLICE(not_before, MEMBER_TEXT),
    NAMED_SLICE("operator", MEMBER_TEXT, op),
    SLICE(origin, MEMBER_TEXT),
    {"prev", MEMBER_PREV, 0},
    SLICE(public_key, MEMBER_BASE64),
    SLICE(result, MEMBER_TEXT),
    {"seq", MEMBER_SEQ, 0},
    SLICE(serial, MEMBER_TEXT),
    SLICE(ski, MEMBER_HEX),
    SLICE(sku, MEMBER_TEXT),
    SLICE(spki_sha256, MEMBER_HEX),
    SLICE(started, MEMBER_TEXT),
    SLICE(station, MEMBER_TEXT),
    SLICE(tags, MEMBER_JSON),
    SLICE(tool_version, MEMBER_TEXT),
    SLICE(uid, MEMBER_TEXT),
    SLICE(verify, MEMBER_JSON),
    SLICE(where, MEMBER_TEXT),
};

static np_bytes slice_of(const unit_context *context, const member_row *row)
{
    return *(const np_bytes *)((const char *)context->unit + row->offset);
}

static np_code refuse_text(const unit_context *context, const char *name)
{
    return np_error_set(context->err, NP_EINPUT_FORMAT, "%s is no UTF-8 text", name);
}

static np_code write_text(const unit_context *context, const member_row *row)
{
    np_bytes text = slice_of(context, row);
    if (text.len == 0) {
        return NP_OK;
    }
    if (!np_is_utf8(text)) {
        return refuse_text(context, row->name);
    }
    record_json_write_name(context->writer, row->name);
    record_json_write_text(context->writer, text);
    return NP_OK;
}

static np_code write_hex(const unit_context *context, const member_row *row)
{
    np_bytes bytes = slice_of(context, row);
    if (bytes.len > 0) {
        record_json_write_name(context->writer, row->name);
        record_json_write_hex(context->writer, bytes);
    }
    return NP_OK;
}

static np_code write_base64(const unit_context *context, const member_row *row)
{
    np_bytes bytes = slice_of(context, row);
    if (bytes.len > 0) {
        record_json_write_name(context->writer, row->name);
        record_json_write_base64(context->writer, bytes);
    }
    return NP_OK;
}

static np_code write_json(const unit_context *context, const member_row *row)
{
    np_bytes value = slice_of(context, row);
    if (value.len == 0) {
        return NP_OK;
    }
    if (!record_json_is_value(value)) {
        return np_error_set(context->err, NP_EINPUT_FORMAT, "%s is no JSON in canonical form",
                            row->name);
    }
    record_json_write_name(context->writer, row->name);
    np_write_bytes(context->writer, value);
    return NP_OK;
}

static np_code write_chain(const unit_context *context, const member_row *row)
{
    const np_bytes *chain = context->unit->chain;
    if (chain[0].len == 0) {
        return NP_OK;
    }
    record_json_write_name(context->writer, row->name);
    for (size_t i = 0; i < NP_RECORD_CHAIN_MAX && chain[i].len > 0; i++) {
        np_write_u8(context->writer, i == 0 ? '[' : ',');
        record_json_write_base64(context->writer, chain[i]);
    }
    np_write_u8(context->writer, ']');
    return NP_OK;
}

/* The order is what the reader of a line will demand; asking it costs nobody a second rule. */
static np_code write_attributes(const unit_context *context, const member_row *row)
{
    const np_record_unit *unit = context->unit;
    np_writer *writer = context->writer;
    if (unit->attribute_count == 0) {
        return NP_OK;
    }
    record_json_write_name(writer, row->name);
    size_t start = writer->len;
    for (size_t i = 0; i < unit->attribute_count; i++) {
        if (!np_is_utf8(unit->attributes[i].value)) {
            return refuse_text(context, row->name);
        }
        np_write_text(writer, i == 0 ? "{\"" : ",\"");
        np_write_bytes(writer, unit->attributes[i].name);
        np_write_text(writer, "\":");
        record_json_write_text(writer, unit->attributes[i].value);
    }
    np_write_u8(writer, '}');
    if (np_writer_has_room(writer) &&
        !record_json_is_value(np_bytes_of(writer->data + start, writer->len - start))) {
        return np_error_set(context->err, NP_EUSAGE,
                            "attributes are not in the order of their names, or a name has "
                            "characters that it must not have");
    }
    return NP_OK;
}

static np_code write_kind(const unit_context *context, const member_row *row)
{
    record_json_write_name(context->writer, row->name);
    np_write_text(context->writer, "\"unit\"");
    return NP_OK;
}

static np_code write_prev(const unit_context *context, const member_row *row)
{
    record_json_write_name(context->writer, row->name);
    record_json_write_hex(context->writer, np_bytes_of(context->prev, NP_SHA256_SIZE));
    return NP_OK;
}

static np_code write_seq(const unit_context *context, const member_row *row)
{
    record_json_write_name(context->writer, row->name);
    record_json_write_number(context->writer, context->seq);
    return NP_OK;
}

typedef np_code (*member_writer)(const unit_context *context, const member_row *row);

static const member_writer member_writers[MEMBER_KIND_COUNT] = {
    [MEMBER_TEXT] = write_text,     [MEMBER_HEX] = write_hex,
    [MEMBER_BASE64] = write_base64, [MEMBER_JSON] = write_json,
    [MEMBER_CHAIN] = write_chain,   [MEMBER_ATTRIBUTES] = write_attributes,
    [MEMBER_KIND] = write_kind,     [MEMBER_PREV] = write_prev,
    [MEMBER_SEQ] = write_seq,
};

np_code record_unit_write(const np_record_unit *unit, uint64_t seq,
                          const uint8_t prev[static NP_SHA256_SIZE], np_writer *writer,
                          np_error *err)
{
    unit_context context = {unit, seq, prev, writer, err};
    if (unit->serial.len == 0) {
        return np_error_set(err, NP_EINPUT_FORMAT, "a unit without a serial cannot be recorded");
    }
    np_write_u8(writer, '{');
    for (size_t i = 0; i < NP_COUNT_OF(members); i++) {
        NP_TRY(member_writers[members[i].kind](&context, &members[i]));
    }
    np_write_u8(writer, '}');
    return NP_OK;
}

/* Dates that no calendar has are written as they stand: see np_validity. */
static np_bytes format_civil(const np_civil *time, char *ret_text)
{
    size_t len = np_format(ret_text, NP_RECORD_TIME_SIZE, "%04u-%02u-%02uT%02u:%02u:%02uZ",
                           (unsigned)time->year, (unsigned)time->month, (unsigned)time->day,
                           (unsigned)time->hour, (unsigned)time->minute, (unsigned)time->second);
    return np_bytes_of(ret_text, len);
}

enum { KEY_ID_TAG = 0x80 /* keyIdentifier of AuthorityKeyIdentifier (RFC 5280 4.2.1.1) */ };

static const uint8_t subject_key_id[] = {0x55, 0x1d, 0x0e};
static const uint8_t authority_key_id[] = {0x55, 0x1d, 0x23};

static void take_key_ids(np_record_unit *unit, const np_certificate *certificate)
{
    np_reader reader = np_reader_of(certificate->extensions);
    np_extension extension;
    while (np_extension_next(&reader, &extension)) {
        np_reader value = np_reader_of(extension.value);
        np_der outer;
        np_der inner;
        if (np_bytes_equal(extension.oid, NP_BYTES(subject_key_id)) &&
            np_der_take(&value, NP_DER_OCTET_STRING, &outer)) {
            unit->ski = outer.content;
        }
        if (np_bytes_equal(extension.oid, NP_BYTES(authority_key_id)) &&
            np_der_take(&value, NP_DER_SEQUENCE, &outer)) {
            np_reader content = np_reader_of(outer.content);
            unit->aki = np_der_take(&content, KEY_ID_TAG, &inner) ? inner.content : unit->aki;
        }
    }
}

np_code np_record_unit_take_certificate(np_record_unit *unit, np_bytes der, np_record_facts *facts,
                                        np_error *err)
{
    np_certificate certificate;
    NP_TRY(np_certificate_parse(der, &certificate, err));
    np_sha256(der, facts->cert_sha256);
    np_sha1(der, facts->cert_sha1);
    np_sha256(certificate.spki, facts->spki_sha256);
    unit->cert = der;
    unit->cert_sha256 = NP_BYTES(facts->cert_sha256);
    unit->cert_sha1 = NP_BYTES(facts->cert_sha1);
    unit->spki_sha256 = NP_BYTES(facts->spki_sha256);
    unit->public_key = certificate.spki;
    unit->alg = certificate.point.len > 0 ? np_bytes_text("P-256") : (np_bytes){NULL, 0};
    unit->cert_serial = certificate.serial;
    unit->not_before = format_civil(&certificate.validity.not_before, facts->not_before);
    unit->not_after = format_civil(&certificate.validity.not_after, facts->not_after);
    take_key_ids(unit, &certificate);
    return NP_OK;
}

typedef struct hash_row {
    const char *value; /* Base64 */
    const char *hash;  /* hex */
    size_t size;
    void (*compute)(np_bytes data, uint8_t *ret_digest);
} hash_row;

static const hash_row hashes[] = {
    {"cert", "cert_sha256", NP_SHA256_SIZE, np_sha256},
    {"cert", "cert_sha1", NP_SHA1_SIZE, np_sha1},
    {"public_key", "spki_sha256", NP_SHA256_SIZE, np_sha256},
};

static bool is_hash_of(const np_record_line *line, const hash_row *row, np_bytes text)
{
    uint8_t bytes[NP_RECORD_LINE_MAX];
    uint8_t wanted[NP_SHA256_SIZE];
    uint8_t computed[NP_SHA256_SIZE];
    np_writer writer = np_writer_of(bytes, sizeof(bytes));
    if (np_parse_base64(text, &writer, NULL) != NP_OK ||
        !np_record_line_hex(line, row->hash, wanted, row->size)) {
        return false;
    }
    row->compute(np_writer_bytes(&writer), computed);
    return memcmp(wanted, computed, row->size) == 0;
}

np_code record_unit_check(const np_record_line *line, np_error *err)
{
    for (size_t i = 0; i < NP_COUNT_OF(hashes); i++) {
        const hash_row *row = &hashes[i];
        np_bytes text = np_record_line_text(line, row->value);
        bool has_both = text.len > 0 && np_record_line_value(line, row->hash).len > 0;
        if (has_both && !is_hash_of(line, row, text)) {
            return np_error_set(err, NP_EINPUT_FORMAT, "%s is not the hash of %s", row->hash,
                                row->value);
        }
    }
    return NP_OK;
}
