/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/device.h"

#include "base/text.h"
#include "x509/certificate.h"
#include "x509/name.h"
#include "x509/pem.h"
#include "x509/public_key.h"

const char *cloud_device_text(const cloud_device *device, const char *name)
{
    const char *text = json_string_value(json_object_get(device->unit, name));
    return text == NULL ? "" : text;
}

const char *cloud_device_find(const cloud_device *device, const char *path)
{
    const json_t *value = device->unit;
    while (value != NULL && *path != '\0') {
        size_t len = strcspn(path, ".");
        value = json_object_getn(value, path, len);
        path += len + (path[len] == '.' ? 1 : 0);
    }
    value = json_is_array(value) ? json_array_get(value, 0) : value;
    const char *text = json_string_value(value);
    return text == NULL ? "" : text;
}

void cloud_format_pem(np_bytes der, const char *label, char ret_text[static CLOUD_PEM_SIZE])
{
    np_writer writer = np_writer_of((uint8_t *)ret_text, CLOUD_PEM_SIZE - 1);
    if (der.len > 0) {
        np_pem_encode(&writer, label, der);
    }
    ret_text[np_writer_bytes(&writer).len] = '\0';
}

static void read_certificate(cloud_device *device, cloud_issuers *issuers)
{
    np_certificate parsed;
    np_writer writer = np_writer_of(device->der, sizeof(device->der));
    np_bytes text = np_record_line_text(device->line, "cert");
    if (text.len == 0 || np_parse_base64(text, &writer, NULL) != NP_OK) {
        return;
    }
    device->certificate = np_writer_bytes(&writer);
    if (np_certificate_parse(device->certificate, &parsed, NULL) != NP_OK) {
        return;
    }
    device->subject = parsed.subject;
    device->issuer = cloud_issuers_find(issuers, device->unit, parsed.issuer);
    if (!np_name_find_only(parsed.subject, "CN", &device->common_name)) {
        device->common_name = (np_bytes){NULL, 0};
    }
    if (!np_name_find_only(parsed.subject, "O", &device->organization)) {
        device->organization = (np_bytes){NULL, 0};
    }
    device->has_point = parsed.point.len == sizeof(device->point);
    if (device->has_point) {
        memcpy(device->point, parsed.point.data, sizeof(device->point));
    }
}

static void read_public_key(cloud_device *device)
{
    uint8_t spki[NP_SPKI_SIZE];
    np_writer writer = np_writer_of(spki, sizeof(spki));
    np_bytes text = np_record_line_text(device->line, "public_key");
    device->has_point = text.len > 0 && np_parse_base64(text, &writer, NULL) == NP_OK &&
                        np_public_key_decode(np_writer_bytes(&writer), device->point);
}

/* A line is canonical: a string without escapes is what stands there, and UTF-8. */
static json_t *read_value(np_bytes value)
{
    np_bytes text;
    if (record_json_string(value, &text) && memchr(text.data, '\\', text.len) == NULL) {
        return json_stringn_nocheck((const char *)text.data, text.len);
    }
    return json_loadb((const char *)value.data, value.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
}

/*
 * The tree of a line that is taken apart already: the library would look at its bytes one by one
 * once more, which took a third of an export. NULL: no memory.
 */
static json_t *read_members(const np_record_line *line)
{
    json_t *unit = json_object();
    for (size_t i = 0; i < line->member_count; i++) {
        const record_json_member *member = &line->members[i];
        if (json_object_setn_new_nocheck(unit, (const char *)member->name.data, member->name.len,
                                         read_value(member->value)) != 0) {
            json_decref(unit);
            return NULL;
        }
    }
    return unit;
}

np_code cloud_device_read(const np_record_line *line, cloud_issuers *issuers, cloud_device *ret,
                          np_error *err)
{
    *ret = (cloud_device){.line = line};
    ret->unit = read_members(line);
    if (ret->unit == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for a unit of the record");
    }
    ret->serial = cloud_device_text(ret, "serial");
    if (ret->serial[0] == '\0') {
        return np_error_set(err, NP_EINPUT_FORMAT, "a unit without a serial");
    }
    const char *id = cloud_device_text(ret, "device_id");
    ret->id = id[0] != '\0' ? id : ret->serial;
    read_certificate(ret, issuers);
    if (ret->certificate.len == 0) {
        read_public_key(ret);
    }
    return NP_OK;
}

void cloud_device_clear(cloud_device *device)
{
    json_decref(device->unit);
}
