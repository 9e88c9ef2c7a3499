/* SPDX-License-Identifier: Apache-2.0 */
/* What the interfaces of clouds take as JSON. */
#include "cloud/targets.h"

#include "base/text.h"

enum { AZURE_BODY_MAX = 10 }; /* enrollments in one call */

/* Takes the value; NULL is no memory. */
static bool put_value(FILE *file, json_t *value)
{
    bool is_put = value != NULL && json_dumpf(value, file, JSON_COMPACT) == 0;
    json_decref(value);
    /* jansson does not tell a full disk from no memory; the file does, at its end. */
    return is_put || ferror(file);
}

void cloud_begin_array(FILE *file)
{
    fputc('[', file);
}

void cloud_end_array(FILE *file, unsigned rows)
{
    (void)rows;
    fputs("\n]\n", file);
}

/* The line as it is in the record, so that its hash can still be taken. */
bool cloud_put_line(FILE *file, const cloud_device *device, unsigned row)
{
    fputs(row > 0 ? ",\n" : "\n", file);
    fwrite(device->line->text.data, 1, device->line->text.len, file);
    return true;
}

bool cloud_put_aws(FILE *file, const cloud_device *device, unsigned row)
{
    char pem[CLOUD_PEM_SIZE];
    (void)row;
    cloud_format_pem(device->certificate, pem);
    bool is_put = put_value(file, json_pack("{s:s, s:s, s:s}", "ThingName", device->id,
                                            "SerialNumber", device->serial, "CertificatePem", pem));
    fputc('\n', file);
    return is_put;
}

static json_t *azure_enrollment(const cloud_device *device)
{
    char pem[CLOUD_PEM_SIZE];
    cloud_format_pem(device->certificate, pem);
    return json_pack("{s:s, s:s, s:{s:s, s:{s:{s:{s:s}}}}, s:s}", "registrationId", device->id,
                     "deviceId", device->id, "attestation", "type", "x509", "x509",
                     "clientCertificates", "primary", "certificate", pem, "provisioningStatus",
                     "enabled");
}

bool cloud_put_azure(FILE *file, const cloud_device *device, unsigned row)
{
    if (row % AZURE_BODY_MAX > 0) {
        fputc(',', file);
    } else {
        fprintf(file, "%s{\"mode\":\"create\",\"enrollments\":[", row > 0 ? "]}\n" : "");
    }
    return put_value(file, azure_enrollment(device));
}

void cloud_end_azure(FILE *file, unsigned rows)
{
    fputs(rows > 0 ? "]}\n" : "", file);
}

/*
 * NervesHub decodes with the alphabet of standard Base64, in which these three have no place at
 * some offsets; escaped they are the same JSON (specs of factory 0, point 8).
 */
static void write_escaped(np_writer *writer, const char *json)
{
    for (; *json != '\0'; json++) {
        if (strchr(">?~", *json) != NULL) {
            char digits[3];
            np_format_hex(np_bytes_of(json, 1), digits);
            np_write_text(writer, "\\u00");
            np_write_text(writer, digits);
        } else {
            np_write_u8(writer, (uint8_t)*json);
        }
    }
}

static void format_payload(const cloud_device *device, const char *cert, char *ret, size_t size)
{
    uint8_t json[3 * NP_RECORD_LINE_MAX];
    np_writer writer = np_writer_of(json, sizeof(json));
    char *id = NULL;
    json_t *text = json_string(device->id);
    id = json_dumps(text, JSON_ENCODE_ANY | JSON_ENSURE_ASCII);
    json_decref(text);
    ret[0] = '\0';
    if (id == NULL) {
        return;
    }
    np_write_text(&writer, "{\"uniqueId\":");
    write_escaped(&writer, id);
    np_write_text(&writer, ",\"publicKeySet\":{\"keys\":[{\"x5c\":[\"");
    np_write_text(&writer, cert);
    np_write_text(&writer, "\"]}]}}");
    free(id);
    np_writer out = np_writer_of((uint8_t *)ret, size - 1);
    np_write_base64url(&out, np_writer_bytes(&writer));
    ret[np_writer_bytes(&out).len] = '\0';
}

/* An entry of a manifest with the members that the importer reads; it is not signed. */
bool cloud_put_nerveshub(FILE *file, const cloud_device *device, unsigned row)
{
    char payload[4 * NP_RECORD_LINE_MAX + 4];
    fputs(row > 0 ? ",\n" : "\n", file);
    format_payload(device, cloud_device_text(device, "cert"), payload, sizeof(payload));
    return payload[0] != '\0' && put_value(file, json_pack("{s:s, s:{s:s}}", "payload", payload,
                                                           "header", "uniqueId", device->id));
}
