/* SPDX-License-Identifier: Apache-2.0 */
#include "x509/authority.h"

#include "crypto/hash.h"
#include "x509/der.h"
#include "x509/extension_oids.h"
#include "x509/oids.h"
#include "x509/profile_internal.h"

static const uint8_t is_authority[] = {
    0x30, 0x0f, OID_BASIC_CONSTRAINTS, CRITICAL, 0x04, 0x05, 0x30, 0x03, 0x01, 0x01, 0xff};
static const uint8_t is_authority_weakly[] = {
    0x30, 0x0c, OID_BASIC_CONSTRAINTS, 0x04, 0x05, 0x30, 0x03, 0x01, 0x01, 0xff};
static const uint8_t is_lowest_authority[] = {
    0x30, 0x12, OID_BASIC_CONSTRAINTS, CRITICAL, 0x04, 0x08, 0x30, 0x06, 0x01, 0x01, 0xff, 0x02,
    0x01, 0x00};
static const uint8_t signs_below[] = {0x30, 0x0e, OID_KEY_USAGE, CRITICAL, 0x04,
                                      0x04, 0x03, 0x02,          0x01,     0x06};
static const uint8_t signs_2022[] = {0x30, 0x0e, OID_KEY_USAGE, CRITICAL, 0x04,
                                     0x04, 0x03, 0x02,          0x01,     0x86};
static const uint8_t signs_2026[] = {0x30, 0x0e, OID_KEY_USAGE, CRITICAL, 0x04,
                                     0x04, 0x03, 0x02,          0x01,     0xa6};
static const uint8_t subject_key[] = {0x30, 0x1d, OID_SUBJECT_KEY_ID, 0x04,
                                      0x16, 0x04, NP_KEY_ID_SIZE};
static const uint8_t authority_key[] = {0x30, 0x1f, OID_AUTHORITY_KEY_ID, 0x04, 0x18, 0x30,
                                        0x16, 0x80, NP_KEY_ID_SIZE};

#define SUBJECT_ROW                                                                                \
    {                                                                                              \
        "subjectKeyIdentifier", NP_EXTENSION_SUBJECT_KEY_ID, {subject_key, sizeof(subject_key)},   \
            "the key identifier"                                                                   \
    }
#define AUTHORITY_ROW                                                                              \
    {                                                                                              \
        "authorityKeyIdentifier", NP_EXTENSION_AUTHORITY_KEY_ID,                                   \
            {authority_key, sizeof(authority_key)}, "the same once more"                           \
    }
#define LITERAL_ROW(name, der, meaning)                                                            \
    {                                                                                              \
        name, NP_EXTENSION_LITERAL, {der, sizeof(der)}, meaning                                    \
    }

static const np_profile_extension device_extensions[] = {
    LITERAL_ROW("basicConstraints", is_lowest_authority, "critical, CA true, path length 0"),
    LITERAL_ROW("keyUsage", signs_below, "critical, keyCertSign and cRLSign"),
    SUBJECT_ROW,
    AUTHORITY_ROW,
};

static const np_profile_extension extensions_2022[] = {
    SUBJECT_ROW,
    AUTHORITY_ROW,
    LITERAL_ROW("basicConstraints", is_authority_weakly, "not critical, CA true"),
    LITERAL_ROW("keyUsage", signs_2022, "critical, digitalSignature, keyCertSign and cRLSign"),
};

static const np_profile_extension extensions_2026[] = {
    LITERAL_ROW("basicConstraints", is_authority, "critical, CA true"),
    LITERAL_ROW("keyUsage", signs_2026,
                "critical, digitalSignature, keyEncipherment, keyCertSign and cRLSign"),
    SUBJECT_ROW,
    AUTHORITY_ROW,
};

static const char *const nordic_types[] = {"C", "ST", "L", "O", "OU", "CN", "emailAddress"};

/* Nordic's two generations: specs of nrfcloud 4.1. */
static const np_authority_profile profiles[] = {
    {
        .name = "device",
        .meaning = "a CA for the profile device, which strict programs accept",
        .serial_size = 16,
        .subject = "CN=Device CA",
        .extensions = device_extensions,
        .extension_count = NP_COUNT_OF(device_extensions),
    },
    {
        .name = "nrf-2022",
        .meaning = "a CA as Nordic's scripts made it from 2022 to February 2025",
        .serial_size = NP_LEAF_SERIAL_MAX,
        .subject = "CN=example.com",
        .order = {.types = nordic_types, .count = NP_COUNT_OF(nordic_types)},
        .key_id = NP_AUTHORITY_KEY_ID_OF_NOTHING,
        .extensions = extensions_2022,
        .extension_count = NP_COUNT_OF(extensions_2022),
    },
    {
        .name = "nrf-2026",
        .meaning = "a CA as Nordic's tools have made it since",
        .serial_size = NP_LEAF_SERIAL_MAX,
        .subject = "C=NO,CN=example.com",
        .order = {.types = nordic_types,
                  .count = NP_COUNT_OF(nordic_types),
                  .writes_missing = true},
        .extensions = extensions_2026,
        .extension_count = NP_COUNT_OF(extensions_2026),
    },
};

const np_authority_profile *np_authority_profile_at(size_t index)
{
    return index < NP_COUNT_OF(profiles) ? &profiles[index] : NULL;
}

const np_authority_profile *np_authority_profile_find(const char *name)
{
    for (size_t i = 0; i < NP_COUNT_OF(profiles); i++) {
        if (strcmp(profiles[i].name, name) == 0) {
            return &profiles[i];
        }
    }
    return NULL;
}

np_code np_authority_write_name(const np_authority_profile *profile, const char *text,
                                np_writer *writer, np_error *err)
{
    const char *words = text == NULL ? profile->subject : text;
    if (words[0] == '\0') {
        return np_error_set(err, NP_EINPUT_MISSING, "the name of an authority is empty");
    }
    size_t mark = np_der_open(writer, NP_DER_SEQUENCE);
    NP_TRY(profile->order.count == 0 ? np_name_write_text(writer, words, err)
                                     : np_name_write_in_order(writer, words, &profile->order, err));
    np_der_close(writer, mark);
    return np_writer_has_room(writer)
               ? NP_OK
               : np_error_set(err, NP_EINPUT_RANGE, "the name of the authority is too long");
}

static void write_key_id(np_writer *writer, np_authority_key_id rule, const uint8_t *public_key)
{
    uint8_t id[NP_KEY_ID_SIZE];
    uint8_t point[65] = {0x04};
    memcpy(point + 1, public_key, 64);
    np_sha1(rule == NP_AUTHORITY_KEY_ID_OF_POINT ? NP_BYTES(point) : (np_bytes){NULL, 0}, id);
    np_write_bytes(writer, NP_BYTES(id));
}

static void write_extensions(const np_authority_profile *profile, const uint8_t *public_key,
                             np_writer *writer)
{
    size_t mark = np_der_open(writer, X509_TAG_EXTENSIONS);
    size_t list = np_der_open(writer, NP_DER_SEQUENCE);
    for (size_t i = 0; i < profile->extension_count; i++) {
        np_write_bytes(writer, profile->extensions[i].der);
        if (profile->extensions[i].kind != NP_EXTENSION_LITERAL) {
            write_key_id(writer, profile->key_id, public_key);
        }
    }
    np_der_close(writer, list);
    np_der_close(writer, mark);
}

void np_authority_write_tbs(const np_authority_profile *profile, const np_authority_values *values,
                            np_writer *writer)
{
    static const uint8_t version_3[] = {X509_TAG_VERSION, 0x03, 0x02, 0x01, 0x02};
    size_t mark = np_der_open(writer, NP_DER_SEQUENCE);
    np_write_bytes(writer, NP_BYTES(version_3));
    np_der_write_unsigned(writer, values->serial);
    np_write_bytes(writer, NP_BYTES(x509_ecdsa_with_sha256));
    np_write_bytes(writer, values->name);
    x509_write_validity(writer, &values->validity, false);
    np_write_bytes(writer, values->name);
    np_write_bytes(writer, NP_BYTES(x509_p256_spki));
    np_write_bytes(writer, np_bytes_of(values->public_key, 64));
    write_extensions(profile, values->public_key, writer);
    np_der_close(writer, mark);
}
