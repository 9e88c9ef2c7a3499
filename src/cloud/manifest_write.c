/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/manifest_write.h"

#include "atecc/model.h"
#include "base/text.h"
#include "base/utf8.h"
#include "cloud/manifest.h"
#include "nerveskey/otp.h"
#include "x509/certificate.h"
#include "x509/name.h"

enum { MODEL_MAX = 32, REVISION_AT = 4 /* in a configuration zone */ };

static const char maker[] = "{\"organizationName\":\"Microchip Technology Inc\"}";

static void write_unit(np_writer *writer, uint32_t unit)
{
    const uint8_t bytes[] = {(uint8_t)(unit >> 8), (uint8_t)unit};
    char digits[2 * sizeof(bytes) + 1];
    np_format_hex(NP_BYTES(bytes), digits);
    np_write_text(writer, "\\u");
    np_write_text(writer, digits);
}

/* The character that begins at text, which is UTF-8 and ends with a NUL; how many bytes it has. */
static size_t write_character(np_writer *writer, const uint8_t *text)
{
    if (text[0] < 0x80) {
        bool is_plain = text[0] >= 0x20 && strchr("\"\\>?~\x7f", text[0]) == NULL;
        if (is_plain) {
            np_write_u8(writer, text[0]);
        } else {
            write_unit(writer, text[0]);
        }
        return 1;
    }
    size_t len = text[0] < 0xe0 ? 2 : text[0] < 0xf0 ? 3 : 4;
    uint32_t point = text[0] & (0x7fU >> len);
    for (size_t i = 1; i < len; i++) {
        point = point << 6 | (text[i] & 0x3fU);
    }
    if (point < 0x10000) {
        write_unit(writer, point);
        return len;
    }
    write_unit(writer, 0xd800 + ((point - 0x10000) >> 10));
    write_unit(writer, 0xdc00 + ((point - 0x10000) & 0x3ff));
    return len;
}

/* UTF-8 becomes JSON in ASCII, none of whose bytes is of the characters to be kept out. */
static void write_text(np_writer *writer, const char *text)
{
    const uint8_t *at = (const uint8_t *)text;
    np_write_u8(writer, '"');
    while (*at != '\0') {
        at += write_character(writer, at);
    }
    np_write_u8(writer, '"');
}

static void write_member(np_writer *writer, const char *name, const char *text)
{
    if (text[0] != '\0') {
        record_json_write_name(writer, name);
        write_text(writer, text);
    }
}

static void write_base64url_member(np_writer *writer, const char *name, np_bytes bytes)
{
    record_json_write_name(writer, name);
    np_write_u8(writer, '"');
    np_write_base64url(writer, bytes);
    np_write_u8(writer, '"');
}

static void write_name(np_writer *writer, const char *member, np_bytes subject, const char *type)
{
    char text[CLOUD_ENTITY_MAX / 8];
    np_bytes found;
    if (!np_name_find(subject, type, &found) || found.len >= sizeof(text) || !np_is_utf8(found)) {
        return;
    }
    memcpy(text, found.data, found.len);
    text[found.len] = '\0';
    write_member(writer, member, text);
}

/* Organization and unit of the signer's subject; its common name where it has neither. */
static void write_entity(np_writer *writer, np_bytes subject)
{
    np_write_u8(writer, '{');
    write_name(writer, "organizationName", subject, "O");
    write_name(writer, "organizationalUnitName", subject, "OU");
    if (writer->len == 1) {
        write_name(writer, "organizationName", subject, "CN");
    }
    np_write_u8(writer, '}');
}

static void write_protected(np_writer *writer, const np_manifest_signer *signer)
{
    uint8_t json[CLOUD_PROTECTED_MAX];
    np_writer header = np_writer_of(json, sizeof(json));
    np_write_text(&header, "{\"alg\":\"ES256\"");
    write_base64url_member(&header, "kid", NP_BYTES(signer->key_id));
    write_member(&header, "typ", "JWT");
    write_base64url_member(&header, "x5t#S256", NP_BYTES(signer->thumbprint));
    np_write_u8(&header, '}');
    np_write_base64url(writer, np_writer_bytes(&header));
}

np_code cloud_manifest_prepare(const np_signing *signing, np_bytes certificate, unsigned version,
                               cloud_manifest_writer *ret, np_error *err)
{
    np_manifest_signer signer;
    np_certificate parsed;
    *ret = (cloud_manifest_writer){.signing = signing, .version = version};
    np_writer header = np_writer_of((uint8_t *)ret->protected, sizeof(ret->protected) - 1);
    np_writer entity = np_writer_of((uint8_t *)ret->entity, sizeof(ret->entity) - 1);
    NP_TRY(np_manifest_signer_read(certificate, &signer, err));
    NP_TRY(np_certificate_parse(certificate, &parsed, err));
    if (memcmp(signer.key, signing->public_key, sizeof(signer.key)) != 0) {
        return np_error_set(err, NP_EINPUT_KEY,
                            "the key of the manifest's signer is not that of its certificate");
    }
    write_protected(&header, &signer);
    write_entity(&entity, parsed.subject);
    return NP_OK;
}

/* Parts are named in capitals there. */
static void write_capitals(np_writer *writer, const char *name, const char *text)
{
    char capitals[MODEL_MAX + 1] = "";
    for (size_t i = 0; i < MODEL_MAX && text[i] != '\0'; i++) {
        capitals[i] = text[i] >= 'a' && text[i] <= 'z' ? (char)(text[i] - 'a' + 'A') : text[i];
    }
    write_member(writer, name, capitals);
}

/* RFC 3339 in UTC with milliseconds; a record has whole seconds. */
static void write_timestamp(np_writer *writer, const char *time)
{
    char text[32];
    size_t len = strlen(time);
    if (len != sizeof("2026-11-20T09:00:00Z") - 1) {
        write_member(writer, "provisioningTimestamp", time);
        return;
    }
    memcpy(text, time, len - 1);
    memcpy(text + len - 1, ".000Z", sizeof(".000Z"));
    write_member(writer, "provisioningTimestamp", text);
}

static void write_chain(np_writer *writer, const cloud_device *device)
{
    if (device->certificate.len == 0) {
        return;
    }
    record_json_write_name(writer, "x5c");
    np_write_u8(writer, '[');
    record_json_write_base64(writer, device->certificate);
    if (device->issuer != NULL) {
        np_write_u8(writer, ',');
        record_json_write_base64(writer, np_bytes_of(device->issuer->der, device->issuer->len));
    }
    np_write_u8(writer, ']');
}

static void write_keys(np_writer *writer, const cloud_device *device)
{
    np_write_text(writer, ",\"publicKeySet\":{\"keys\":[{\"kid\":\"0\",\"kty\":\"EC\","
                          "\"crv\":\"P-256\"");
    write_base64url_member(writer, "x", np_bytes_of(device->point, 32));
    write_base64url_member(writer, "y", np_bytes_of(device->point + 32, 32));
    write_chain(writer, device);
    np_write_text(writer, "}]}");
}

/*
 * The OTP zone of a NervesKey as far as the record tells it: magic, board and serial. What stands
 * behind a short serial is the user's, and not known here.
 */
static bool encode_otp(const cloud_device *device, uint8_t ret[static NP_ATECC_OTP_SIZE],
                       size_t *ret_len)
{
    np_manufacturer_serial serial;
    np_nerveskey_otp otp;
    const char *board = cloud_device_find(device, "attributes.board");
    if (board[0] == '\0' ||
        np_manufacturer_serial_parse(np_bytes_text(device->serial), &serial, NULL) != NP_OK ||
        np_nerveskey_otp_make(np_bytes_text(board), &serial, (np_bytes){NULL, 0}, &otp, NULL) !=
            NP_OK) {
        return false;
    }
    np_nerveskey_otp_encode(&otp, ret);
    *ret_len =
        serial.len > NP_MANUFACTURER_SERIAL_SHORT ? NP_ATECC_OTP_SIZE : NP_ATECC_OTP_SIZE / 2;
    return true;
}

/* Only parts of this family have it; Info answers the revision that is in the configuration. */
static void write_model_info(np_writer *writer, const cloud_device *device)
{
    np_atecc_model model;
    uint8_t otp[NP_ATECC_OTP_SIZE];
    size_t otp_len = 0;
    char revision[2 * NP_ATECC_REVISION_SIZE + 1];
    if (!np_atecc_model_by_name(cloud_device_text(device, "model"), &model)) {
        return;
    }
    np_format_hex(np_bytes_of(np_atecc_factory_config(model) + REVISION_AT, NP_ATECC_REVISION_SIZE),
                  revision);
    np_write_text(writer, ",\"modelInfo\":{");
    write_member(writer, "deviceRevision", revision);
    np_write_text(writer, ",\"publicData\":[");
    if (encode_otp(device, otp, &otp_len)) {
        np_write_text(writer, "{\"zone\":\"otp\",\"offset\":0");
        write_base64url_member(writer, "data", np_bytes_of(otp, otp_len));
        np_write_u8(writer, '}');
    }
    np_write_text(writer, "]}");
}

static void write_entities(np_writer *writer, const cloud_manifest_writer *by,
                           const cloud_device *device)
{
    bool is_atecc = strncmp(cloud_device_text(device, "model"), "atecc", 5) == 0;
    const char *const entities[][2] = {{"manufacturer", is_atecc ? maker : by->entity},
                                       {"provisioner", by->entity},
                                       {"distributor", by->entity}};
    for (size_t i = 0; i < NP_COUNT_OF(entities); i++) {
        record_json_write_name(writer, entities[i][0]);
        np_write_text(writer, entities[i][1]);
    }
}

static void write_payload(np_writer *writer, const cloud_manifest_writer *by,
                          const cloud_device *device)
{
    const char *model = cloud_device_text(device, "model");
    const char *part = cloud_device_find(device, "attributes.part_number");
    uint8_t serial[NP_CHIP_SERIAL_SIZE];
    char id[NP_MANIFEST_ID_SIZE] = "";
    if (np_parse_hex(cloud_device_text(device, "uid"), serial, sizeof(serial), NULL) == NP_OK) {
        np_format_hex(NP_BYTES(serial), id);
    }
    np_write_text(writer, by->version == 1 ? "{\"version\":1" : "{\"version\":3");
    write_capitals(writer, "model", model);
    write_capitals(writer, "partNumber", part[0] != '\0' ? part : model);
    write_entities(writer, by, device);
    write_member(writer, "groupId", cloud_device_text(device, "batch"));
    write_timestamp(writer, cloud_device_text(device, "finished"));
    write_member(writer, "uniqueId", id);
    write_keys(writer, device);
    write_model_info(writer, device);
    np_write_u8(writer, '}');
}

/* The identifier stands last but one in what was written; it is read again from the record. */
static void write_header(np_writer *writer, const cloud_device *device)
{
    const char *uid = cloud_device_text(device, "uid");
    np_write_text(writer, "\",\"header\":{\"uniqueId\":\"");
    for (; *uid != '\0'; uid++) {
        np_write_u8(writer, (uint8_t)(*uid >= 'A' && *uid <= 'F' ? *uid - 'A' + 'a' : *uid));
    }
    np_write_text(writer, "\"},\"signature\":\"");
}

np_code cloud_manifest_write(const cloud_manifest_writer *by, const cloud_device *device,
                             np_writer *ret, np_error *err)
{
    uint8_t json[CLOUD_PAYLOAD_MAX];
    uint8_t digest[NP_SHA256_SIZE];
    uint8_t signature[NP_P256_SIGNATURE_SIZE];
    np_writer payload = np_writer_of(json, sizeof(json));
    write_payload(&payload, by, device);
    np_write_text(ret, "{\"payload\":\"");
    size_t start = ret->len;
    np_write_base64url(ret, np_writer_bytes(&payload));
    if (!np_writer_has_room(ret)) {
        return np_error_set(err, NP_EINPUT_RANGE, "a unit is too long for a manifest");
    }
    const np_bytes parts[] = {np_bytes_text(by->protected), np_bytes_text("."),
                              np_bytes_of(ret->data + start, ret->len - start)};
    np_sha256_parts(parts, NP_COUNT_OF(parts), digest);
    NP_TRY(by->signing->sign(by->signing->self, digest, signature, err));
    np_write_text(ret, "\",\"protected\":\"");
    np_write_text(ret, by->protected);
    write_header(ret, device);
    np_write_base64url(ret, NP_BYTES(signature));
    np_write_text(ret, "\"}");
    return NP_OK;
}

void cloud_manifest_write_bare(const cloud_device *device, np_writer *ret)
{
    uint8_t json[CLOUD_PAYLOAD_MAX];
    np_writer payload = np_writer_of(json, sizeof(json));
    np_write_text(&payload, "{\"uniqueId\":");
    write_text(&payload, device->id);
    np_write_text(&payload, ",\"publicKeySet\":{\"keys\":[{\"x5c\":[");
    record_json_write_base64(&payload, device->certificate);
    np_write_text(&payload, "]}]}}");
    np_write_base64url(ret, np_writer_bytes(&payload));
}
