/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/identity.h"

static np_code refuse(const char *template, np_error *err)
{
    np_error_set(err, NP_EUSAGE, "--identity takes up to %d pairs NAME=MEMBER, not '%s'",
                 CLOUD_IDENTITY_MAX, template);
    return np_error_hint(err, NP_EUSAGE, "as mac=mac,sn=serial: what the device itself will say");
}

static bool has_name(const cloud_identity *identity, const char *name)
{
    for (size_t i = 0; i < identity->count; i++) {
        if (strcmp(identity->names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

/* Both sides are plain, so that neither needs escapes. */
static bool is_plain(const char *text)
{
    return text[0] != '\0' && strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                           "0123456789_-.") == strlen(text);
}

np_code cloud_identity_parse(const char *template, cloud_identity *ret, np_error *err)
{
    char *rest = ret->text;
    ret->count = 0;
    if (strlen(template) >= sizeof(ret->text)) {
        return refuse(template, err);
    }
    strcpy(ret->text, template);
    while (rest != NULL) {
        char *pair = strsep(&rest, ",");
        char *name = strsep(&pair, "=");
        if (ret->count == CLOUD_IDENTITY_MAX || pair == NULL || !is_plain(name) ||
            !is_plain(pair) || has_name(ret, name)) {
            return refuse(template, err);
        }
        ret->names[ret->count] = name;
        ret->paths[ret->count++] = pair;
    }
    return NP_OK;
}

bool cloud_identity_write(const cloud_identity *identity, const cloud_device *device,
                          np_writer *writer)
{
    np_write_u8(writer, '{');
    for (size_t i = 0; i < identity->count; i++) {
        const char *value = cloud_device_find(device, identity->paths[i]);
        if (value[0] == '\0') {
            return false;
        }
        record_json_write_name(writer, identity->names[i]);
        record_json_write_text(writer, np_bytes_text(value));
    }
    np_write_u8(writer, '}');
    return true;
}
