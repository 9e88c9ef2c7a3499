/* SPDX-License-Identifier: Apache-2.0 */
/* What the interfaces of clouds take as JSON. */
#include "cloud/targets.h"

#include "base/text.h"
#include "x509/public_key.h"

enum {
    AZURE_BODY_MAX = 10, /* enrollments in one call */
    GROUP_ID_BYTES = 8,  /* of the hash: the name of an enrollment group */
};

/* Takes the value; NULL is no memory. */
static bool put_value(FILE *file, json_t *value)
{
    bool is_put = value != NULL && json_dumpf(value, file, JSON_COMPACT) == 0;
    json_decref(value);
    /* jansson does not tell a full disk from no memory; the file does, at its end. */
    return is_put || ferror(file);
}

static bool put_value_line(FILE *file, json_t *value)
{
    bool is_put = put_value(file, value);
    fputc('\n', file);
    return is_put;
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

static void put_separator(const cloud_row *row)
{
    fputs(row->number > 0 ? ",\n" : "\n", row->file);
}

/* The line as it is in the record, so that its hash can still be taken. */
bool cloud_put_line(const cloud_row *row)
{
    np_bytes text = row->device->line->text;
    put_separator(row);
    fwrite(text.data, 1, text.len, row->file);
    return true;
}

static void format_certificate(const cloud_row *row, char ret_pem[static CLOUD_PEM_SIZE])
{
    cloud_format_pem(row->device->certificate, "CERTIFICATE", ret_pem);
}

bool cloud_put_aws(const cloud_row *row)
{
    char pem[CLOUD_PEM_SIZE];
    const cloud_device *device = row->device;
    format_certificate(row, pem);
    return put_value_line(row->file,
                          json_pack("{s:s, s:s, s:s}", "ThingName", device->id, "SerialNumber",
                                    device->serial, "CertificatePem", pem));
}

/*
 * Four calls a device, for accounts in which its CA is not registered. $certificateArn is what the
 * first one answers, and $PolicyName the policy of the account.
 */
bool cloud_put_aws_calls(const cloud_row *row)
{
    char pem[CLOUD_PEM_SIZE];
    const cloud_device *device = row->device;
    format_certificate(row, pem);
    return put_value_line(row->file,
                          json_pack("{s:s, s:{s:s, s:s}}", "op", "RegisterCertificateWithoutCA",
                                    "args", "certificatePem", pem, "status", "ACTIVE")) &&
           put_value_line(row->file, json_pack("{s:s, s:{s:s, s:{s:{s:s}}}}", "op", "CreateThing",
                                               "args", "thingName", device->id, "attributePayload",
                                               "attributes", "SerialNumber", device->serial)) &&
           put_value_line(row->file,
                          json_pack("{s:s, s:{s:s, s:s}}", "op", "AttachThingPrincipal", "args",
                                    "thingName", device->id, "principal", "$certificateArn")) &&
           put_value_line(row->file,
                          json_pack("{s:s, s:{s:s, s:s}}", "op", "AttachPolicy", "args",
                                    "policyName", "$PolicyName", "target", "$certificateArn"));
}

static json_t *azure_enrollment(const cloud_row *row)
{
    char pem[CLOUD_PEM_SIZE];
    const char *id = row->device->id;
    format_certificate(row, pem);
    return json_pack("{s:s, s:s, s:{s:s, s:{s:{s:{s:s}}}}, s:s}", "registrationId", id, "deviceId",
                     id, "attestation", "type", "x509", "x509", "clientCertificates", "primary",
                     "certificate", pem, "provisioningStatus", "enabled");
}

bool cloud_put_azure(const cloud_row *row)
{
    if (row->number % AZURE_BODY_MAX > 0) {
        fputc(',', row->file);
    } else {
        fprintf(row->file, "%s{\"mode\":\"create\",\"enrollments\":[",
                row->number > 0 ? "]}\n" : "");
    }
    return put_value(row->file, azure_enrollment(row));
}

void cloud_end_azure(FILE *file, unsigned rows)
{
    fputs(rows > 0 ? "]}\n" : "", file);
}

/* One body for all devices of an issuer, which are enrolled when they first connect. */
bool cloud_put_azure_group(const cloud_row *row)
{
    char pem[CLOUD_PEM_SIZE];
    char id[2 * GROUP_ID_BYTES + 1];
    const cloud_issuer *issuer = row->device->issuer;
    cloud_format_pem(np_bytes_of(issuer->der, issuer->len), "CERTIFICATE", pem);
    np_format_hex(np_bytes_of(issuer->hash, GROUP_ID_BYTES), id);
    return put_value_line(
        row->file, json_pack("{s:s+, s:{s:s, s:{s:{s:{s:s}}}}, s:s}", "enrollmentGroupId", "ca-",
                             id, "attestation", "type", "x509", "x509", "signingCertificates",
                             "primary", "certificate", pem, "provisioningStatus", "enabled"));
}

/* A device whose name is the common name is adopted when it first connects. */
bool cloud_put_golioth(const cloud_row *row)
{
    const cloud_device *device = row->device;
    const char *uid = cloud_device_text(device, "uid");
    json_t *tags = json_object_get(device->unit, "tags");
    return put_value_line(row->file,
                          json_pack("{s:s, s:[s], s:o}", "name", device->id, "hardwareIds",
                                    uid[0] != '\0' ? uid : device->serial, "tags",
                                    tags == NULL ? json_array() : json_incref(tags)));
}

/* The body of a preauthorisation. */
bool cloud_put_mender(const cloud_row *row)
{
    uint8_t identity[NP_RECORD_LINE_MAX];
    uint8_t pem[NP_SPKI_SIZE * 2 + 64];
    np_writer text = np_writer_of(identity, sizeof(identity));
    np_writer key = np_writer_of(pem, sizeof(pem) - 1);
    (void)cloud_identity_write(row->context->limits.identity, row->device, &text);
    np_public_key_write_pem(row->device->point, &key);
    pem[np_writer_bytes(&key).len] = '\0';
    return put_value_line(row->file, json_pack("{s:o, s:s, s:b}", "identity_data",
                                               json_loadb((const char *)identity,
                                                          np_writer_bytes(&text).len, 0, NULL),
                                               "pubkey", pem, "force", 0));
}

/* An entry of a manifest with the members that the importer reads; it is not signed. */
bool cloud_put_nerveshub(const cloud_row *row)
{
    char payload[CLOUD_PAYLOAD_MAX];
    np_writer writer = np_writer_of((uint8_t *)payload, sizeof(payload) - 1);
    cloud_manifest_write_bare(row->device, &writer);
    payload[np_writer_bytes(&writer).len] = '\0';
    put_separator(row);
    return put_value(row->file, json_pack("{s:s, s:{s:s}}", "payload", payload, "header",
                                          "uniqueId", row->device->id));
}

np_code cloud_put_manifest(const cloud_row *row, np_error *err)
{
    uint8_t element[CLOUD_ELEMENT_MAX];
    np_writer writer = np_writer_of(element, sizeof(element));
    NP_TRY(cloud_manifest_write(&row->context->manifest, row->device, &writer, err));
    np_bytes bytes = np_writer_bytes(&writer);
    put_separator(row);
    fwrite(bytes.data, 1, bytes.len, row->file);
    return NP_OK;
}
