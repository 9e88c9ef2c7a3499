/* SPDX-License-Identifier: Apache-2.0 */
#include "base/format.h"
#include "x509/describe.h"
#include "x509/storable_internal.h"

enum { EXTENSION_TEXT_SIZE = 96 };

/* An Extension of a profile begins with one byte each of tag, length, tag and length. */
static np_bytes oid_of(const np_profile_extension *wanted)
{
    return np_bytes_of(wanted->der.data + 4, wanted->der.data[3]);
}

/* How often it is there; *ret is the first, *ret_at its position. */
static unsigned find_extension(const np_certificate *certificate, np_bytes oid, np_extension *ret,
                               size_t *ret_at)
{
    np_extension extension;
    np_reader reader = np_reader_of(certificate->extensions);
    unsigned found = 0;
    for (size_t at = 0; np_extension_next(&reader, &extension); at++) {
        if (!np_bytes_equal(extension.oid, oid)) {
            continue;
        }
        if (found++ == 0) {
            *ret = extension;
            *ret_at = at;
        }
    }
    return found;
}

static void check_key_id(const np_profile *profile, const np_profile_extension *wanted,
                         const np_extension *found, const np_certificate *certificate,
                         np_storable_report *report)
{
    uint8_t id[NP_KEY_ID_SIZE];
    char found_text[EXTENSION_TEXT_SIZE];
    char wanted_text[EXTENSION_TEXT_SIZE];
    if (certificate->point.len != 64) {
        return; /* that key is a finding of its own */
    }
    np_profile_key_id(profile, certificate->point.data, id);
    np_bytes own = np_bytes_of(found->whole.data + wanted->der.len, NP_KEY_ID_SIZE);
    if (np_bytes_equal(own, NP_BYTES(id))) {
        return;
    }
    x509_describe_hex(own, found_text, sizeof(found_text));
    x509_describe_hex(NP_BYTES(id), wanted_text, sizeof(wanted_text));
    storable_add(report, NP_STORABLE_KEY_IDENTIFIER,
                 "%s is %s; must be %s, the SHA-1 of the whole SubjectPublicKeyInfo", wanted->name,
                 found_text, wanted_text);
}

static bool begins_with(np_bytes whole, np_bytes start, size_t more)
{
    return whole.len == start.len + more && memcmp(whole.data, start.data, start.len) == 0;
}

static void check_content(const np_profile *profile, const np_profile_extension *wanted,
                          const np_extension *found, const np_certificate *certificate,
                          np_storable_report *report)
{
    char text[EXTENSION_TEXT_SIZE];
    bool is_literal = wanted->kind == NP_EXTENSION_LITERAL;
    if (!begins_with(found->whole, wanted->der, is_literal ? 0 : NP_KEY_ID_SIZE)) {
        x509_describe_extension(found, text, sizeof(text));
        storable_add(report, NP_STORABLE_EXTENSION_CONTENT, "%s is %s; must be %s", wanted->name,
                     text, wanted->meaning);
    } else if (!is_literal) {
        check_key_id(profile, wanted, found, certificate, report);
    }
}

static void check_wanted(const np_profile *profile, const np_certificate *certificate,
                         np_storable_report *report)
{
    np_extension found;
    size_t at = 0;
    for (size_t i = 0; i < profile->extension_count; i++) {
        const np_profile_extension *wanted = &profile->extensions[i];
        unsigned times = find_extension(certificate, oid_of(wanted), &found, &at);
        if (times == 0) {
            storable_add(report, NP_STORABLE_EXTENSION_MISSING,
                         "extension %s is missing; must be there: %s", wanted->name,
                         wanted->meaning);
            continue;
        }
        if (times > 1) {
            storable_add(report, NP_STORABLE_EXTENSION_UNKNOWN,
                         "extension %s is there %u times; must be there once", wanted->name, times);
        }
        check_content(profile, wanted, &found, certificate, report);
    }
}

static bool is_wanted(const np_profile *profile, np_bytes oid)
{
    for (size_t i = 0; i < profile->extension_count; i++) {
        if (np_bytes_equal(oid, oid_of(&profile->extensions[i]))) {
            return true;
        }
    }
    return false;
}

static void check_unknown(const np_profile *profile, const np_certificate *certificate,
                          np_storable_report *report)
{
    char text[EXTENSION_TEXT_SIZE];
    np_extension extension;
    np_reader reader = np_reader_of(certificate->extensions);
    while (np_extension_next(&reader, &extension)) {
        if (!is_wanted(profile, extension.oid)) {
            x509_describe_extension_name(extension.oid, text, sizeof(text));
            storable_add(report, NP_STORABLE_EXTENSION_UNKNOWN,
                         "extension %s is there; a stored certificate cannot have it", text);
        }
    }
}

/* Names the first pair that stands the wrong way round; what is missing was found before. */
static void check_order(const np_profile *profile, const np_certificate *certificate,
                        np_storable_report *report)
{
    np_extension found;
    size_t before = 0;
    const char *name_before = NULL;
    for (size_t i = 0; i < profile->extension_count; i++) {
        size_t at = 0;
        if (find_extension(certificate, oid_of(&profile->extensions[i]), &found, &at) == 0) {
            continue;
        }
        if (name_before != NULL && at < before) {
            storable_add(report, NP_STORABLE_EXTENSION_ORDER,
                         "extension %s comes before %s; must come after it",
                         profile->extensions[i].name, name_before);
            return;
        }
        before = at;
        name_before = profile->extensions[i].name;
    }
}

void storable_check_extensions(const np_profile *profile, const np_certificate *certificate,
                               np_storable_report *report)
{
    check_wanted(profile, certificate, report);
    check_unknown(profile, certificate, report);
    check_order(profile, certificate, report);
}
