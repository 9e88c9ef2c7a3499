/* SPDX-License-Identifier: Apache-2.0 */
/* From texts of a row, or from a request, to a unit that can be issued. */
#include "base/text.h"
#include "base/utf8.h"
#include "cli/issue/input.h"
#include "x509/der.h"
#include "x509/name.h"
#include "x509/pem.h"
#include "x509/public_key.h"
#include <string.h>

static np_code put_serial(cli_issue_input *input, np_bytes text, np_error *err)
{
    np_issue_unit *unit = input->row.unit;
    if (text.len == 0 || text.len > sizeof(unit->serial)) {
        return np_error_set(err, NP_EINPUT_RANGE, "the serial has %zu bytes; it has 1 to %d",
                            text.len, NP_ISSUE_SERIAL_MAX);
    }
    if (!np_is_utf8(text)) {
        return np_error_set(err, NP_EINPUT_FORMAT, "the serial is no UTF-8");
    }
    memcpy(unit->serial, text.data, text.len);
    unit->serial_len = text.len;
    return NP_OK;
}

/* 130 hex digits of 04 | X | Y, as most tools print a point. */
static bool parse_point(np_bytes text, uint8_t *ret)
{
    enum { POINT_TEXT = 2 * (1 + NP_P256_POINT_SIZE) };
    char digits[POINT_TEXT + 1] = "";
    uint8_t point[1 + NP_P256_POINT_SIZE];
    if (text.len != POINT_TEXT) {
        return false;
    }
    memcpy(digits, text.data, POINT_TEXT);
    if (np_parse_hex(digits, point, sizeof(point), NULL) != NP_OK || point[0] != 0x04) {
        return false;
    }
    memcpy(ret, point + 1, NP_P256_POINT_SIZE);
    return true;
}

static np_code put_key(cli_issue_input *input, np_bytes text, np_error *err)
{
    uint8_t spki[NP_SPKI_SIZE];
    uint8_t *key = input->row.unit->public_key;
    np_writer writer = np_writer_of(spki, sizeof(spki));
    bool is_good = parse_point(text, key) || (np_parse_base64(text, &writer, NULL) == NP_OK &&
                                              np_public_key_decode(np_writer_bytes(&writer), key));
    if (!is_good) {
        return np_error_set(err, NP_EINPUT_FORMAT,
                            "the public key is neither 130 hex digits (04, X, Y) nor the base64 "
                            "of a SubjectPublicKeyInfo of P-256");
    }
    input->row.has_key = true;
    return NP_OK;
}

static np_code put_chip_serial(cli_issue_input *input, np_bytes text, np_error *err)
{
    np_issue_unit *unit = input->row.unit;
    char digits[2 * NP_CHIP_SERIAL_SIZE + 1] = "";
    if (text.len == 0) {
        return NP_OK;
    }
    memcpy(digits, text.data, text.len < sizeof(digits) ? text.len : 0);
    if (np_parse_hex(digits, unit->chip_serial, sizeof(unit->chip_serial), NULL) != NP_OK) {
        return np_error_set(err, NP_EINPUT_FORMAT, "the chip serial is not %d hex digits",
                            2 * NP_CHIP_SERIAL_SIZE);
    }
    unit->has_chip_serial = true;
    return NP_OK;
}

static np_code put_dns(cli_issue_input *input, np_bytes text, np_error *err)
{
    return text.len == 0 ? NP_OK : np_leaf_write_dns(&input->row.alt_names, text, err);
}

static np_code put_uri(cli_issue_input *input, np_bytes text, np_error *err)
{
    return text.len == 0 ? NP_OK : np_leaf_write_uri(&input->row.alt_names, text, err);
}

static bool is_word(np_bytes text, const char *word)
{
    return text.len == strlen(word) && strncasecmp((const char *)text.data, word, text.len) == 0;
}

/* An empty cell is a unit without this attribute. */
static np_code put_attribute(cli_issue_input *input, np_bytes text, np_error *err)
{
    cli_issue_row *row = &input->row;
    if (text.len == 0) {
        return NP_OK;
    }
    row->has_common_name = row->has_common_name || is_word(row->type, "CN");
    row->has_serial_number = row->has_serial_number || is_word(row->type, "serialNumber");
    return np_name_write_attribute(&row->names, row->type, text, err);
}

typedef struct column_row {
    const char *name;
    cli_issue_put put;
} column_row;

/* The names that lists of other programs have for the same; in any case, '-' and ' ' as '_'. */
static const column_row known_columns[] = {
    {"serial", put_serial},
    {"manufacturer_serial", put_serial},
    {"manufacturer_sn", put_serial},
    {"device_id", put_serial},
    {"deviceid", put_serial},
    {"public_key", put_key},
    {"publickey", put_key},
    {"pubkey", put_key},
    {"key", put_key},
    {"spki", put_key},
    {"point", put_key},
    {"chip_serial", put_chip_serial},
    {"chip_sn", put_chip_serial},
    {"uid", put_chip_serial},
    {"dns", put_dns},
    {"dns_name", put_dns},
    {"hostname", put_dns},
    {"uri", put_uri},
};

static bool is_column(np_bytes text, const char *name)
{
    if (text.len != strlen(name)) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        uint8_t byte = text.data[i];
        byte = byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte | 0x20) : byte;
        byte = byte == '-' || byte == ' ' ? '_' : byte;
        if (byte != (uint8_t)name[i]) {
            return false;
        }
    }
    return true;
}

cli_issue_put cli_issue_put_of(np_bytes name)
{
    for (size_t i = 0; i < NP_COUNT_OF(known_columns); i++) {
        if (is_column(name, known_columns[i].name)) {
            return known_columns[i].put;
        }
    }
    return np_name_has_type(name) ? put_attribute : NULL;
}

void cli_issue_row_begin(cli_issue_input *input, np_issue_unit *unit)
{
    cli_issue_row *row = &input->row;
    *row = (cli_issue_row){.unit = unit};
    row->names = np_writer_of(row->fields, sizeof(row->fields));
    row->alt_names = np_writer_of(unit->alt_names, sizeof(unit->alt_names));
    unit->line = input->line_number;
}

void cli_issue_row_put(cli_issue_input *input, const cli_issue_column *column, np_bytes text)
{
    np_error err = {0};
    if (input->row.unit->is_refused) {
        return;
    }
    input->row.type = column->name;
    if (column->put(input, text, &err) != NP_OK) {
        np_issue_refuse(input->row.unit, "%s", err.message);
    }
}

/* What all have, the serial number where the profile wants one, the columns, the common name. */
static np_code write_subject(cli_issue_input *input, np_writer *writer, np_error *err)
{
    cli_issue_row *row = &input->row;
    np_bytes serial = np_bytes_of(row->unit->serial, row->unit->serial_len);
    size_t mark = np_der_open(writer, NP_DER_SEQUENCE);
    np_write_bytes(writer, np_bytes_of(input->subject, input->subject_len));
    if (input->profile->names_serial_number && !row->has_serial_number) {
        NP_TRY(np_name_write_attribute(writer, np_bytes_text("serialNumber"), serial, err));
    }
    np_write_bytes(writer, np_writer_bytes(&row->names));
    if (!row->has_common_name) {
        NP_TRY(np_name_write_attribute(writer, np_bytes_text("CN"), serial, err));
    }
    np_der_close(writer, mark);
    if (!np_writer_has_room(&row->names) || !np_writer_has_room(writer)) {
        return np_error_set(err, NP_EINPUT_RANGE, "the subject has more than %d bytes",
                            NP_LEAF_NAME_MAX);
    }
    return NP_OK;
}

/* Everything else of the certificate is the template's. */
static np_code check_chip_row(const cli_issue_input *input, np_error *err)
{
    if (!input->row.unit->has_chip_serial) {
        return np_error_set(err, NP_EINPUT_MISSING,
                            "there is no chip_serial, which profile %s needs",
                            input->profile->name);
    }
    return input->row.names.len == 0
               ? NP_OK
               : np_error_set(err, NP_EINPUT_FORMAT,
                              "profile %s has no attributes but the serial as common name",
                              input->profile->name);
}

static np_code check_row(const cli_issue_input *input, np_error *err)
{
    const cli_issue_row *row = &input->row;
    if (row->unit->serial_len == 0) {
        return np_error_set(err, NP_EINPUT_MISSING, "there is no serial");
    }
    if (!row->has_key) {
        return np_error_set(err, NP_EINPUT_MISSING, "there is no public key");
    }
    if (!np_writer_has_room(&row->alt_names)) {
        return np_error_set(err, NP_EINPUT_RANGE, "the alternative names have more than %d bytes",
                            NP_LEAF_ALT_NAMES_MAX);
    }
    if (row->alt_names.len > 0 && input->profile->extension_count == 0) {
        return np_error_set(err, NP_EINPUT_FORMAT, "profile %s has no alternative names",
                            input->profile->name);
    }
    return input->profile->stored_as == NULL ? NP_OK : check_chip_row(input, err);
}

void cli_issue_row_end(cli_issue_input *input)
{
    np_error err = {0};
    np_issue_unit *unit = input->row.unit;
    np_writer writer = np_writer_of(unit->subject, sizeof(unit->subject));
    if (unit->is_refused) {
        return;
    }
    if (check_row(input, &err) != NP_OK || write_subject(input, &writer, &err) != NP_OK) {
        np_issue_refuse(unit, "%s", err.message);
        return;
    }
    unit->subject_len = writer.len;
    unit->alt_names_len = input->row.alt_names.len;
}

static np_code decode_request(np_bytes request, np_writer *writer, np_error *err)
{
    if (request.len == 0 || request.data[0] != NP_DER_SEQUENCE) {
        return np_pem_decode(request, "CERTIFICATE REQUEST", writer, err);
    }
    np_write_bytes(writer, request);
    return np_writer_has_room(writer)
               ? NP_OK
               : np_error_set(err, NP_EINPUT_RANGE, "the request has more than %d bytes",
                              NP_CSR_MAX);
}

static np_code take_request(cli_issue_input *input, np_bytes bytes, np_error *err)
{
    np_issue_unit *unit = input->row.unit;
    np_csr request;
    np_bytes name;
    np_writer writer = np_writer_of(unit->request, sizeof(unit->request));
    NP_TRY(decode_request(bytes, &writer, err));
    unit->request_len = writer.len;
    NP_TRY(np_csr_parse(np_writer_bytes(&writer), &request, err));
    if (request.point.len == 0) {
        return np_error_set(err, NP_EINPUT_KEY, "the request's key is not one of P-256");
    }
    memcpy(unit->public_key, request.point.data, sizeof(unit->public_key));
    input->row.has_key = true;
    if (!np_name_find(request.subject, "CN", &name)) {
        return np_error_set(err, NP_EINPUT_MISSING, "the request has no common name");
    }
    NP_TRY(put_serial(input, name, err));
    if (input->profile->copies_request_subject) {
        bool has_room = request.subject.len <= sizeof(unit->subject);
        unit->subject_len = has_room ? request.subject.len : 0;
        memcpy(unit->subject, request.subject.data, unit->subject_len);
    }
    return NP_OK;
}

void cli_issue_row_take_request(cli_issue_input *input, np_issue_unit *unit, np_bytes request)
{
    np_error err = {0};
    cli_issue_row_begin(input, unit);
    if (take_request(input, request, &err) != NP_OK) {
        np_issue_refuse(unit, "%s", err.message);
    }
    if (unit->subject_len == 0) {
        cli_issue_row_end(input);
    }
}
