/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/nrf_row.h"

#include "cloud/rules.h"
#include "x509/certificate.h"
#include "x509/name.h"
#include "x509/pem.h"

enum { COLUMNS = 5, SUB_TYPE_MAX = 799, CERTIFICATE_MAX = NP_CERTIFICATE_MAX };

static const char sub_type_marks[] = "_.,@/:#-";

static const char *const firmware_types[] = {"APP",        "MODEM",      "BOOT",
                                             "SOFTDEVICE", "BOOTLOADER", "MDM_FULL"};

void np_nrf_row_write(np_writer *writer, const np_nrf_row *row)
{
    const np_bytes fields[COLUMNS] = {row->id, row->sub_type, row->tags, row->firmware_types,
                                      row->certificate};
    for (size_t i = 0; i < COLUMNS; i++) {
        np_csv_write_field(writer, fields[i]);
        np_write_u8(writer, i + 1 < COLUMNS ? ',' : '\n');
    }
}

void np_nrf_claim_row_write(np_writer *writer, np_bytes token, np_bytes tags)
{
    np_csv_write_quoted(writer, token);
    if (tags.len > 0) {
        np_write_u8(writer, ',');
        np_csv_write_quoted(writer, tags);
    }
    np_write_u8(writer, '\n');
}

void np_nrf_info_row_write(np_writer *writer, np_bytes id, np_bytes firmware, np_bytes imei)
{
    np_write_bytes(writer, id);
    np_write_u8(writer, ',');
    np_write_bytes(writer, firmware);
    np_write_u8(writer, ',');
    np_write_bytes(writer, imei);
    np_write_u8(writer, '\n');
}

void np_nrf_attestation_row_write(np_writer *writer, const np_nrf_attestation *row)
{
    const np_bytes fields[] = {row->imei, row->uuid, row->token, row->time};
    for (size_t i = 0; i < NP_COUNT_OF(fields); i++) {
        np_csv_write_field(writer, fields[i]);
        np_write_u8(writer, i + 1 < NP_COUNT_OF(fields) ? ',' : '\n');
    }
}

static np_code check_id(np_bytes id, np_error *err)
{
    if (id.len == 0 || id.len > NP_NRF_ID_MAX) {
        return np_error_set(err, NP_EINPUT_RANGE, "a device id of %zu characters; it has 1 to %d",
                            id.len, NP_NRF_ID_MAX);
    }
    return cloud_has_only(id, NP_NRF_ID_MARKS)
               ? NP_OK
               : np_error_set(err, NP_EINPUT_FORMAT,
                              "the device id '%.*s' has others than letters, digits and %s",
                              (int)id.len, (const char *)id.data, NP_NRF_ID_MARKS);
}

static bool is_firmware_type(np_bytes text)
{
    for (size_t i = 0; i < NP_COUNT_OF(firmware_types); i++) {
        if (np_bytes_equal(text, np_bytes_text(firmware_types[i]))) {
            return true;
        }
    }
    return false;
}

static bool is_tag(np_bytes text)
{
    return text.len > 0 && cloud_has_only(text, NP_NRF_TAG_MARKS);
}

/* Each entry of a list with | between them; an empty text is an empty list. */
static np_code check_list(np_bytes list, bool (*is_good)(np_bytes text), const char *what,
                          np_error *err)
{
    size_t at = 0;
    while (list.len > 0 && at <= list.len) {
        size_t end = at;
        while (end < list.len && list.data[end] != '|') {
            end++;
        }
        np_bytes entry = np_bytes_of(list.data + at, end - at);
        if (!is_good(entry)) {
            return np_error_set(err, NP_EINPUT_FORMAT, "'%.*s' is no %s that nRF Cloud takes",
                                entry.len > 64 ? 64 : (int)entry.len, (const char *)entry.data,
                                what);
        }
        at = end + 1;
    }
    return NP_OK;
}

np_code np_nrf_texts_check(const np_nrf_row *row, np_error *err)
{
    if (row->sub_type.len > SUB_TYPE_MAX || !cloud_has_only(row->sub_type, sub_type_marks)) {
        return np_error_set(err, NP_EINPUT_FORMAT,
                            "a sub type has at most %d letters, digits and %s", SUB_TYPE_MAX,
                            sub_type_marks);
    }
    NP_TRY(check_list(row->tags, is_tag, "tag", err));
    return check_list(row->firmware_types, is_firmware_type, "firmware type", err);
}

/* Tools of today write the common name alone; ours and openssl's may have more before it. */
static np_code check_certificate(const np_nrf_row *row, np_nrf_key *ret, np_error *err)
{
    uint8_t der[CERTIFICATE_MAX];
    np_certificate certificate;
    np_bytes name;
    np_writer writer = np_writer_of(der, sizeof(der));
    NP_TRY(np_pem_decode(row->certificate, "CERTIFICATE", &writer, err));
    NP_TRY(np_certificate_parse(np_writer_bytes(&writer), &certificate, err));
    if (!np_name_find(certificate.subject, "CN", &name) || !np_bytes_equal(name, row->id)) {
        np_error_set(err, NP_EINPUT_FORMAT,
                     "the common name of the certificate is not the device id");
        return np_error_hint(err, NP_EINPUT_FORMAT,
                             "the firmware must use the common name as its client id, and the "
                             "row must have it as its first field");
    }
    if (certificate.point.len != sizeof(ret->point)) {
        return np_error_set(err, NP_EINPUT_KEY, "the certificate's key is not of P-256");
    }
    memcpy(ret->point, certificate.point.data, sizeof(ret->point));
    return NP_OK;
}

np_code np_nrf_row_check(const np_nrf_row *row, np_nrf_key *ret, np_error *err)
{
    NP_TRY(check_id(row->id, err));
    NP_TRY(np_nrf_texts_check(row, err));
    return check_certificate(row, ret, err);
}

np_code np_nrf_row_read(const np_csv_row *from, np_nrf_row_text *text, np_nrf_row *ret,
                        np_error *err)
{
    np_bytes said[COLUMNS];
    size_t used = 0;
    if (from->count != COLUMNS) {
        return np_error_set(err, NP_EINPUT_FORMAT,
                            "a row of %zu fields, not of 5: id, sub type, tags, firmware types, "
                            "certificate",
                            from->count);
    }
    if (from->whole.len > sizeof(text->bytes)) {
        return np_error_set(err, NP_EINPUT_RANGE, "a row of more than %zu bytes",
                            sizeof(text->bytes));
    }
    for (size_t i = 0; i < COLUMNS; i++) {
        np_writer writer = np_writer_of(text->bytes + used, sizeof(text->bytes) - used);
        np_csv_write_text(&writer, from->fields[i]);
        said[i] = np_bytes_of(text->bytes + used, writer.len);
        used += writer.len;
    }
    *ret = (np_nrf_row){said[0], said[1], said[2], said[3], said[4]};
    return NP_OK;
}
