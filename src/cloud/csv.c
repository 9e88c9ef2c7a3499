/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/targets.h"

#include "base/text.h"
#include "cloud/nrf_row.h"

/* Members of a unit, as they are named there, and two that are not. */
static const char *const columns[] = {
    "device_id", "serial",      "uid",        "imei",        "mac",
    "model",     "hw_rev",      "sku",        "batch",       "group",
    "tags",      "alg",         "public_key", "spki_sha256", "cert_sha256",
    "cert_sha1", "cert_serial", "not_before", "not_after",   "issuer_id",
};

/* Large enough for what a line of a record has, each quote of it doubled. */
enum { FIELD_MAX = 2 * CLOUD_PEM_SIZE };

static void put_field(FILE *file, const char *text)
{
    uint8_t field[FIELD_MAX];
    np_writer writer = np_writer_of(field, sizeof(field));
    np_csv_write_field(&writer, np_bytes_text(text));
    np_bytes bytes = np_writer_bytes(&writer);
    fwrite(bytes.data, 1, bytes.len, file);
}

/* The entries with | between them. */
static np_bytes join_list(const json_t *list, char ret_text[static NP_RECORD_LINE_MAX])
{
    np_writer writer = np_writer_of((uint8_t *)ret_text, NP_RECORD_LINE_MAX - 1);
    for (size_t i = 0; i < json_array_size(list); i++) {
        np_write_text(&writer, i > 0 ? "|" : "");
        np_write_text(&writer, json_string_value(json_array_get(list, i)));
    }
    np_bytes text = np_writer_bytes(&writer);
    ret_text[text.len] = '\0';
    return text;
}

static void put_column(FILE *file, const cloud_device *device, const char *name)
{
    const json_t *value = json_object_get(device->unit, name);
    if (json_is_array(value)) {
        char text[NP_RECORD_LINE_MAX];
        (void)join_list(value, text);
        put_field(file, text);
        return;
    }
    put_field(file, strcmp(name, "device_id") == 0 ? device->id : cloud_device_text(device, name));
}

void cloud_begin_csv(FILE *file)
{
    for (size_t i = 0; i < NP_COUNT_OF(columns); i++) {
        fprintf(file, "%s,", columns[i]);
    }
    fputs("certificate\n", file);
}

bool cloud_put_csv(const cloud_row *row)
{
    FILE *file = row->file;
    const cloud_device *device = row->device;
    char pem[CLOUD_PEM_SIZE];
    for (size_t i = 0; i < NP_COUNT_OF(columns); i++) {
        put_column(file, device, columns[i]);
        fputc(',', file);
    }
    cloud_format_pem(device->certificate, "CERTIFICATE", pem);
    put_field(file, pem);
    fputc('\n', file);
    return true;
}

/* Nordic's own tools leave the middle three fields empty unless they are told; a record tells the
 * tags alone. */
bool cloud_put_nrf(const cloud_row *row)
{
    const cloud_device *device = row->device;
    char pem[CLOUD_PEM_SIZE];
    char tags[NP_RECORD_LINE_MAX];
    uint8_t text[FIELD_MAX + 2 * NP_RECORD_LINE_MAX];
    np_writer writer = np_writer_of(text, sizeof(text));
    cloud_format_pem(device->certificate, "CERTIFICATE", pem);
    const np_nrf_row values = {
        .id = np_bytes_text(device->id),
        .tags = join_list(json_object_get(device->unit, "tags"), tags),
        .certificate = np_bytes_text(pem),
    };
    np_nrf_row_write(&writer, &values);
    np_bytes bytes = np_writer_bytes(&writer);
    fwrite(bytes.data, 1, bytes.len, row->file);
    return true;
}
