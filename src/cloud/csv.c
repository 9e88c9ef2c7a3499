/* SPDX-License-Identifier: Apache-2.0 */
/* Comma, line feed, quotes only where a field has a comma, a quote or a line end in it. */
#include "cloud/targets.h"

#include "base/text.h"

/* Members of a unit, as they are named there, and two that are not. */
static const char *const columns[] = {
    "device_id", "serial",      "uid",        "imei",        "mac",
    "model",     "hw_rev",      "sku",        "batch",       "group",
    "tags",      "alg",         "public_key", "spki_sha256", "cert_sha256",
    "cert_sha1", "cert_serial", "not_before", "not_after",   "issuer_id",
};

static void put_field(FILE *file, const char *text)
{
    if (strpbrk(text, ",\"\r\n") == NULL) {
        fputs(text, file);
        return;
    }
    fputc('"', file);
    for (; *text != '\0'; text++) {
        if (*text == '"') {
            fputc('"', file);
        }
        fputc(*text, file);
    }
    fputc('"', file);
}

/* The entries with | between them. */
static void put_list(FILE *file, const json_t *list)
{
    char text[NP_RECORD_LINE_MAX] = "";
    np_writer writer = np_writer_of((uint8_t *)text, sizeof(text) - 1);
    for (size_t i = 0; i < json_array_size(list); i++) {
        np_write_text(&writer, i > 0 ? "|" : "");
        np_write_text(&writer, json_string_value(json_array_get(list, i)));
    }
    put_field(file, text);
}

static void put_column(FILE *file, const cloud_device *device, const char *name)
{
    const json_t *value = json_object_get(device->unit, name);
    if (json_is_array(value)) {
        put_list(file, value);
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

bool cloud_put_csv(FILE *file, const cloud_device *device, unsigned row)
{
    char pem[CLOUD_PEM_SIZE];
    (void)row;
    for (size_t i = 0; i < NP_COUNT_OF(columns); i++) {
        put_column(file, device, columns[i]);
        fputc(',', file);
    }
    cloud_format_pem(device->certificate, pem);
    put_field(file, pem);
    fputc('\n', file);
    return true;
}

/* deviceId, subType, tags, fwTypes, certificate. Nordic's own tools leave the middle three empty
 * unless they are told; a record tells the tags alone. */
bool cloud_put_nrf(FILE *file, const cloud_device *device, unsigned row)
{
    char pem[CLOUD_PEM_SIZE];
    (void)row;
    put_field(file, device->id);
    fputs(",,", file);
    put_list(file, json_object_get(device->unit, "tags"));
    fputs(",,", file);
    cloud_format_pem(device->certificate, pem);
    put_field(file, pem);
    fputc('\n', file);
    return true;
}
