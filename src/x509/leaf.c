/* SPDX-License-Identifier: Apache-2.0 */
#include "x509/leaf.h"

#include "crypto/hash.h"
#include "x509/der.h"
#include "x509/extension_oids.h"
#include "x509/oids.h"
#include "x509/profile_internal.h"

enum { TAG_DNS_NAME = 0x82, TAG_URI = 0x86 /* GeneralName: RFC 5280 4.2.1.6 */ };

static const uint8_t no_authority[] = {0x30, 0x0c, OID_BASIC_CONSTRAINTS, CRITICAL, 0x04, 0x02,
                                       0x30, 0x00};
static const uint8_t signs[] = {0x30, 0x0e, OID_KEY_USAGE, CRITICAL, 0x04,
                                0x04, 0x03, 0x02,          0x07,     0x80};
static const uint8_t is_client[] = {0x30, 0x13, OID_EXT_KEY_USAGE, 0x04, 0x0c,
                                    0x30, 0x0a, OID_CLIENT_AUTH};
static const uint8_t subject_key[] = {0x30, 0x1d, OID_SUBJECT_KEY_ID, 0x04,
                                      0x16, 0x04, NP_KEY_ID_SIZE};
static const uint8_t authority_key[] = {0x30, 0x1f, OID_AUTHORITY_KEY_ID, 0x04, 0x18, 0x30,
                                        0x16, 0x80, NP_KEY_ID_SIZE};

/* IEEE 802.1AR 8: who is it, and what is its key for. */
static const np_profile_extension device_extensions[] = {
    {"basicConstraints",
     NP_EXTENSION_LITERAL,
     {no_authority, sizeof(no_authority)},
     "critical, CA false"},
    {"keyUsage", NP_EXTENSION_LITERAL, {signs, sizeof(signs)}, "critical, digitalSignature"},
    {"extKeyUsage",
     NP_EXTENSION_LITERAL,
     {is_client, sizeof(is_client)},
     "not critical, clientAuth"},
    {"subjectKeyIdentifier",
     NP_EXTENSION_SUBJECT_KEY_ID,
     {subject_key, sizeof(subject_key)},
     "the SHA-1 of the key's point"},
    {"authorityKeyIdentifier",
     NP_EXTENSION_AUTHORITY_KEY_ID,
     {authority_key, sizeof(authority_key)},
     "the one that the signer's certificate has"},
};

/* Nordic's two generations: specs of nRF Cloud 4.2. */
static const np_leaf_profile profiles[] = {
    {
        .name = "device",
        .meaning = "X.509 v3 as IEEE 802.1AR wants it, for any cloud",
        .serial_size = 16,
        .names_serial_number = true,
        .extensions = device_extensions,
        .extension_count = NP_COUNT_OF(device_extensions),
    },
    {
        .name = "nrf-2022",
        .meaning = "X.509 v1, as Nordic's scripts made it from 2022 to February 2025",
        .serial_size = NP_LEAF_SERIAL_MAX,
        .is_version_1 = true,
        .copies_request_subject = true,
    },
    {
        .name = "nrf-2026",
        .meaning = "X.509 v3 without extensions, as Nordic's tools have made it since",
        .serial_size = NP_LEAF_SERIAL_MAX,
        .copies_request_subject = true,
    },
    {
        .name = "nerveskey",
        .meaning = "X.509 v3 of a chip in NervesKey's layout, which comes back from 72 bytes",
        .serial_size = NP_CERTIFICATE_SERIAL_SIZE,
        .stored_as = &np_profile_nerveskey_device,
    },
};

const np_leaf_profile *np_leaf_profile_at(size_t index)
{
    return index < NP_COUNT_OF(profiles) ? &profiles[index] : NULL;
}

const np_leaf_profile *np_leaf_profile_find(const char *name)
{
    for (size_t i = 0; i < NP_COUNT_OF(profiles); i++) {
        if (strcmp(profiles[i].name, name) == 0) {
            return &profiles[i];
        }
    }
    return NULL;
}

np_civil np_leaf_no_expiry(void)
{
    return (np_civil){9999, 12, 31, 23, 59, 59};
}

/* RFC 5280 4.2.1.2 (1): of the BIT STRING's content, which is 04 | X | Y. */
static void hash_key(const uint8_t *public_key, uint8_t *ret_id)
{
    uint8_t point[65] = {0x04};
    memcpy(point + 1, public_key, 64);
    np_sha1(NP_BYTES(point), ret_id);
}

/* What issuer and subject are joined by must be the same bytes (RFC 5280 4.2.1.1). */
static void find_authority_key_id(const np_certificate *authority, uint8_t *ret_id)
{
    static const uint8_t oid[] = {OID_SUBJECT_KEY_ID};
    np_extension extension;
    np_reader each = np_reader_of(authority->extensions);
    hash_key(authority->point.data, ret_id);
    while (np_extension_next(&each, &extension)) {
        bool is_it = np_bytes_equal(extension.oid, np_bytes_of(oid + 2, sizeof(oid) - 2)) &&
                     extension.value.len == 2 + NP_KEY_ID_SIZE;
        if (is_it) {
            memcpy(ret_id, extension.value.data + 2, NP_KEY_ID_SIZE);
        }
    }
}

np_code np_leaf_prepare(const np_leaf_profile *profile, const np_certificate *authority,
                        const np_validity *validity, np_leaf_template *ret, np_error *err)
{
    np_writer writer = np_writer_of(ret->middle, sizeof(ret->middle));
    if (authority->point.len != 64) {
        return np_error_set(err, NP_EINPUT_KEY, "the signer's key is not one of P-256");
    }
    np_write_bytes(&writer, NP_BYTES(x509_ecdsa_with_sha256));
    np_write_bytes(&writer, authority->subject);
    x509_write_validity(&writer, validity, false);
    if (authority->subject.len > NP_LEAF_NAME_MAX || !np_writer_has_room(&writer)) {
        return np_error_set(err, NP_EINPUT_RANGE,
                            "the signer's name has %zu bytes; there is room for %d",
                            authority->subject.len, NP_LEAF_NAME_MAX);
    }
    ret->profile = profile;
    ret->middle_len = writer.len;
    memcpy(ret->authority_key, authority->point.data, sizeof(ret->authority_key));
    if (profile->stored_as != NULL) {
        NP_TRY(np_dates_encode(validity, ret->dates, err));
    }
    find_authority_key_id(authority, ret->authority_key_id);
    return NP_OK;
}

void np_leaf_shape_serial(uint8_t *serial)
{
    serial[0] = (uint8_t)((serial[0] & 0x3f) | 0x40);
}

static void write_extension(np_writer *writer, const np_leaf_template *from,
                            const np_profile_extension *extension, const np_leaf_values *values)
{
    uint8_t id[NP_KEY_ID_SIZE];
    np_write_bytes(writer, extension->der);
    if (extension->kind == NP_EXTENSION_SUBJECT_KEY_ID) {
        hash_key(values->public_key, id);
        np_write_bytes(writer, NP_BYTES(id));
    } else if (extension->kind == NP_EXTENSION_AUTHORITY_KEY_ID) {
        np_write_bytes(writer, NP_BYTES(from->authority_key_id));
    }
}

static void write_alt_names(np_writer *writer, np_bytes alt_names)
{
    static const uint8_t oid[] = {OID_SUBJECT_ALT_NAME};
    size_t whole = np_der_open(writer, NP_DER_SEQUENCE);
    np_write_bytes(writer, NP_BYTES(oid));
    size_t value = np_der_open(writer, NP_DER_OCTET_STRING);
    np_der_write(writer, NP_DER_SEQUENCE, alt_names);
    np_der_close(writer, value);
    np_der_close(writer, whole);
}

static void write_extensions(np_writer *writer, const np_leaf_template *from,
                             const np_leaf_values *values)
{
    const np_leaf_profile *profile = from->profile;
    if (profile->extension_count == 0) {
        return;
    }
    size_t mark = np_der_open(writer, X509_TAG_EXTENSIONS);
    size_t list = np_der_open(writer, NP_DER_SEQUENCE);
    for (size_t i = 0; i < profile->extension_count; i++) {
        write_extension(writer, from, &profile->extensions[i], values);
    }
    if (values->alt_names.len > 0) {
        write_alt_names(writer, values->alt_names);
    }
    np_der_close(writer, list);
    np_der_close(writer, mark);
}

void np_leaf_write_tbs(const np_leaf_template *from, const np_leaf_values *values,
                       np_writer *writer)
{
    static const uint8_t version_3[] = {X509_TAG_VERSION, 0x03, 0x02, 0x01, 0x02};
    size_t mark = np_der_open(writer, NP_DER_SEQUENCE);
    if (!from->profile->is_version_1) {
        np_write_bytes(writer, NP_BYTES(version_3));
    }
    np_der_write_unsigned(writer, values->serial);
    np_write_bytes(writer, np_bytes_of(from->middle, from->middle_len));
    np_write_bytes(writer, values->subject);
    np_write_bytes(writer, NP_BYTES(x509_p256_spki));
    np_write_bytes(writer, np_bytes_of(values->public_key, 64));
    write_extensions(writer, from, values);
    np_der_close(writer, mark);
}

static np_code write_general_name(np_writer *writer, uint8_t tag, np_bytes text, np_error *err)
{
    bool is_good = text.len > 0;
    for (size_t i = 0; i < text.len; i++) {
        is_good = is_good && text.data[i] > 0x20 && text.data[i] < 0x7f;
    }
    if (!is_good) {
        return np_error_set(err, NP_EINPUT_FORMAT,
                            "an alternative name is empty or has characters outside ASCII");
    }
    np_der_write(writer, tag, text);
    return NP_OK;
}

np_code np_leaf_write_dns(np_writer *writer, np_bytes text, np_error *err)
{
    return write_general_name(writer, TAG_DNS_NAME, text, err);
}

np_code np_leaf_write_uri(np_writer *writer, np_bytes text, np_error *err)
{
    return write_general_name(writer, TAG_URI, text, err);
}
