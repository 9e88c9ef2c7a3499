/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/rules.h"

#include "base/text.h"

static const struct {
    const char *name;
    const char *text;
} rules[CLOUD_RULE_COUNT] = {
    [CLOUD_RULE_NONE] = {"none", "not refused"},
    [CLOUD_RULE_NOT_PASSED] = {"not-passed", "the record does not say that the unit passed"},
    [CLOUD_RULE_CONTROL_CHARACTER] = {"control-character",
                                      "a text has a control character in it, or is no text"},
    [CLOUD_RULE_NO_CERTIFICATE] = {"no-certificate", "the unit has no certificate"},
    [CLOUD_RULE_BAD_CERTIFICATE] = {"bad-certificate", "its certificate cannot be read"},
    [CLOUD_RULE_CN_NOT_ID] = {"cn-not-id",
                              "the common name of its certificate is not the device's name"},
    [CLOUD_RULE_O_NOT_PROJECT] = {"o-not-project",
                                  "the organization (O) of its certificate is not the project"},
    [CLOUD_RULE_NO_KEY] = {"no-key", "the unit has no public key of P-256"},
    [CLOUD_RULE_NO_ISSUER] = {"no-issuer", "the certificate of its issuer is not in the record"},
    [CLOUD_RULE_BAD_UID] = {"bad-uid", "its uid is no serial of a chip: 18 hex digits"},
    [CLOUD_RULE_NO_MODEL] = {"no-model", "the record does not tell the model of its chip"},
    [CLOUD_RULE_NO_IDENTITY] = {"no-identity", "it lacks a member that --identity asks for"},
    [CLOUD_RULE_TOO_LONG] = {"too-long", "the device's name is longer than the target allows"},
    [CLOUD_RULE_BAD_CHARACTER] = {"bad-character",
                                  "the device's name has a character that the target refuses"},
    [CLOUD_RULE_BAD_END] = {"bad-end",
                            "the device's name does not begin and end with a letter or a digit"},
    [CLOUD_RULE_BAD_SERIAL] = {"bad-serial",
                               "its serial is too long for the target, or has a character that it "
                               "refuses"},
    [CLOUD_RULE_BAD_TAG] = {"bad-tag", "one of its tags has a character that the target refuses"},
    [CLOUD_RULE_DUPLICATE] = {"duplicate", "a device before it has the same name to the target"},
};

const char *cloud_rule_name(cloud_rule rule)
{
    return rules[rule].name;
}

const char *cloud_rule_text(cloud_rule rule)
{
    return rules[rule].text;
}

/* In ASCII alone, whatever the locale is. */
static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool cloud_has_only(np_bytes text, const char *marks)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = (char)text.data[i];
        if (!is_plain(c) && (c == '\0' || strchr(marks, c) == NULL)) {
            return false;
        }
    }
    return true;
}

static bool has_only(const char *text, const char *marks)
{
    return marks == NULL || cloud_has_only(np_bytes_text(text), marks);
}

static bool is_without_controls(const json_t *value)
{
    const char *text = json_string_value(value);
    size_t len = json_string_length(value);
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f) {
            return false;
        }
    }
    return true;
}

static bool is_list_of_texts(const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *entry = json_array_get(list, i);
        if (!json_is_string(entry) || !is_without_controls(entry)) {
            return false;
        }
    }
    return list == NULL || json_is_array(list);
}

/* Members that are neither text nor list go out as they are, or not at all. */
static bool has_plain_texts(json_t *unit)
{
    const char *name;
    json_t *value;
    json_object_foreach(unit, name, value)
    {
        if (json_is_string(value) && !is_without_controls(value)) {
            return false;
        }
    }
    return is_list_of_texts(json_object_get(unit, "tags")) &&
           is_list_of_texts(json_object_get(unit, "mac"));
}

static bool has_good_tags(const cloud_limits *limits, const cloud_device *device)
{
    const json_t *tags = json_object_get(device->unit, "tags");
    for (size_t i = 0; limits->tag_marks != NULL && i < json_array_size(tags); i++) {
        const char *tag = json_string_value(json_array_get(tags, i));
        if (tag[0] == '\0' || !has_only(tag, limits->tag_marks)) {
            return false;
        }
    }
    return true;
}

/* A unit of which the record does not tell the result was not refused by the station. */
static bool has_passed(const cloud_device *device)
{
    const char *result = cloud_device_text(device, "result");
    return result[0] == '\0' || strcmp(result, "pass") == 0;
}

static cloud_rule check_certificate(const cloud_limits *limits, const cloud_device *device)
{
    if (!limits->needs_certificate) {
        return CLOUD_RULE_NONE;
    }
    if (json_object_get(device->unit, "cert") == NULL) {
        return CLOUD_RULE_NO_CERTIFICATE;
    }
    if (device->subject.len == 0) {
        return CLOUD_RULE_BAD_CERTIFICATE;
    }
    if (!np_bytes_equal(device->common_name, np_bytes_text(device->id))) {
        return CLOUD_RULE_CN_NOT_ID;
    }
    bool is_of_other = limits->organization != NULL &&
                       !np_bytes_equal(device->organization, np_bytes_text(limits->organization));
    return is_of_other ? CLOUD_RULE_O_NOT_PROJECT : CLOUD_RULE_NONE;
}

static bool is_chip_serial(const char *uid)
{
    uint8_t serial[9];
    return np_parse_hex(uid, serial, sizeof(serial), NULL) == NP_OK;
}

static cloud_rule check_chip(const cloud_device *device)
{
    if (!is_chip_serial(cloud_device_text(device, "uid"))) {
        return CLOUD_RULE_BAD_UID;
    }
    return cloud_device_text(device, "model")[0] == '\0' ? CLOUD_RULE_NO_MODEL : CLOUD_RULE_NONE;
}

static cloud_rule check_needs(const cloud_limits *limits, const cloud_device *device)
{
    uint8_t text[NP_RECORD_LINE_MAX];
    np_writer writer = np_writer_of(text, sizeof(text));
    if (limits->needs_key && !device->has_point) {
        return CLOUD_RULE_NO_KEY;
    }
    if (limits->needs_issuer && device->issuer == NULL) {
        return CLOUD_RULE_NO_ISSUER;
    }
    if (limits->identity != NULL && !cloud_identity_write(limits->identity, device, &writer)) {
        return CLOUD_RULE_NO_IDENTITY;
    }
    return limits->needs_chip ? check_chip(device) : CLOUD_RULE_NONE;
}

static cloud_rule check_texts(const cloud_limits *limits, const cloud_device *device)
{
    size_t len = strlen(device->id);
    if (limits->id_max > 0 && len > limits->id_max) {
        return CLOUD_RULE_TOO_LONG;
    }
    if (!has_only(device->id, limits->id_marks)) {
        return CLOUD_RULE_BAD_CHARACTER;
    }
    if (limits->has_plain_ends && (!is_plain(device->id[0]) || !is_plain(device->id[len - 1]))) {
        return CLOUD_RULE_BAD_END;
    }
    if ((limits->serial_max > 0 && strlen(device->serial) > limits->serial_max) ||
        !has_only(device->serial, limits->serial_marks)) {
        return CLOUD_RULE_BAD_SERIAL;
    }
    return has_good_tags(limits, device) ? CLOUD_RULE_NONE : CLOUD_RULE_BAD_TAG;
}

cloud_rule cloud_check_device(const cloud_limits *limits, const cloud_device *device)
{
    if (!has_passed(device)) {
        return CLOUD_RULE_NOT_PASSED;
    }
    if (!has_plain_texts(device->unit)) {
        return CLOUD_RULE_CONTROL_CHARACTER;
    }
    cloud_rule rule = check_certificate(limits, device);
    rule = rule != CLOUD_RULE_NONE ? rule : check_needs(limits, device);
    return rule != CLOUD_RULE_NONE ? rule : check_texts(limits, device);
}
