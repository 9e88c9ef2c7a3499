/* SPDX-License-Identifier: Apache-2.0 */
#include "x509/constraints.h"

#include "x509/der.h"
#include "x509/describe.h"
#include "x509/extension_oids.h"

enum {
    TAG_KEY_IDENTIFIER = 0x80, /* [0] of AuthorityKeyIdentifier */
    PATH_LEN_MAX = 127,        /* longer ones limit nothing that exists */
};

static const uint8_t basic_constraints[] = {OID_BASIC_CONSTRAINTS};
static const uint8_t alt_name[] = {OID_SUBJECT_ALT_NAME};
static const uint8_t key_usage[] = {OID_KEY_USAGE};
static const uint8_t ext_key_usage[] = {OID_EXT_KEY_USAGE};
static const uint8_t subject_key_id[] = {OID_SUBJECT_KEY_ID};
static const uint8_t authority_key_id[] = {OID_AUTHORITY_KEY_ID};
static const uint8_t client_auth[] = {OID_CLIENT_AUTH};
static const uint8_t any_usage[] = {0x06, 0x04, 0x55, 0x1d, 0x25, 0x00};

/* A default that is written out is tolerated: cA FALSE stands in certificates of several tools. */
static bool read_basic_constraints(np_bytes value, np_constraints *ret)
{
    np_der list;
    np_der flag;
    np_bytes number;
    np_reader outer = np_reader_of(value);
    if (!np_der_take(&outer, NP_DER_SEQUENCE, &list) || !np_reader_is_done(&outer)) {
        return false;
    }
    np_reader inner = np_reader_of(list.content);
    if (np_der_is_next(&inner, NP_DER_BOOLEAN)) {
        if (!np_der_take(&inner, NP_DER_BOOLEAN, &flag) || flag.content.len != 1) {
            return false;
        }
        ret->is_ca = flag.content.data[0] != 0;
    }
    if (np_der_is_next(&inner, NP_DER_INTEGER)) {
        if (!np_der_take_unsigned(&inner, &number)) {
            return false;
        }
        ret->has_path_len = true;
        ret->path_len = number.len == 0                                   ? 0
                        : number.len > 1 || number.data[0] > PATH_LEN_MAX ? PATH_LEN_MAX
                                                                          : number.data[0];
    }
    return np_reader_is_done(&inner);
}

/* Only the first eight of the nine bits are of use here. */
static bool read_key_usage(np_bytes value, np_constraints *ret)
{
    np_der bits;
    np_reader reader = np_reader_of(value);
    if (!np_der_take(&reader, NP_DER_BIT_STRING, &bits) || !np_reader_is_done(&reader) ||
        bits.content.len == 0 || bits.content.data[0] > 7) {
        return false;
    }
    ret->has_key_usage = true;
    for (unsigned i = 0; i < 8 && bits.content.len > 1; i++) {
        ret->key_usage |= (bits.content.data[1] & (0x80U >> i)) != 0 ? 1U << i : 0;
    }
    return true;
}

static bool read_ext_key_usage(np_bytes value, np_constraints *ret)
{
    np_der list;
    np_der usage;
    np_reader outer = np_reader_of(value);
    if (!np_der_take(&outer, NP_DER_SEQUENCE, &list) || !np_reader_is_done(&outer) ||
        list.content.len == 0) {
        return false;
    }
    ret->has_ext_key_usage = true;
    np_reader inner = np_reader_of(list.content);
    while (!np_reader_is_done(&inner)) {
        if (!np_der_take(&inner, NP_DER_OID, &usage)) {
            return false;
        }
        ret->allows_client = ret->allows_client ||
                             np_bytes_equal(usage.whole, NP_BYTES(client_auth)) ||
                             np_bytes_equal(usage.whole, NP_BYTES(any_usage));
    }
    return true;
}

static bool read_subject_key_id(np_bytes value, np_constraints *ret)
{
    np_der id;
    np_reader reader = np_reader_of(value);
    bool is_good = np_der_take(&reader, NP_DER_OCTET_STRING, &id) && np_reader_is_done(&reader);
    ret->subject_key_id = id.content;
    return is_good;
}

/* One that names issuer and serial instead has no key identifier, and that is no fault. */
static bool read_authority_key_id(np_bytes value, np_constraints *ret)
{
    np_der list;
    np_der id;
    np_reader outer = np_reader_of(value);
    if (!np_der_take(&outer, NP_DER_SEQUENCE, &list) || !np_reader_is_done(&outer)) {
        return false;
    }
    np_reader inner = np_reader_of(list.content);
    if (np_der_is_next(&inner, TAG_KEY_IDENTIFIER)) {
        if (!np_der_next(&inner, &id)) {
            return false;
        }
        ret->authority_key_id = id.content;
    }
    return true;
}

static bool read_alt_names(np_bytes value, np_constraints *ret)
{
    np_der list;
    np_der name;
    np_reader outer = np_reader_of(value);
    if (!np_der_take(&outer, NP_DER_SEQUENCE, &list) || !np_reader_is_done(&outer)) {
        return false;
    }
    np_reader inner = np_reader_of(list.content);
    while (!np_reader_is_done(&inner)) {
        if (!np_der_next(&inner, &name)) {
            return false;
        }
    }
    ret->alt_names = list.content;
    return true;
}

typedef struct extension_row {
    np_bytes oid; /* whole element */
    bool (*read)(np_bytes value, np_constraints *ret);
} extension_row;

/* RFC 5280 4.2.1; name constraints and policies are unknown here, and so refuse when critical. */
static const extension_row rows[] = {
    {{basic_constraints, sizeof(basic_constraints)}, read_basic_constraints},
    {{key_usage, sizeof(key_usage)}, read_key_usage},
    {{ext_key_usage, sizeof(ext_key_usage)}, read_ext_key_usage},
    {{subject_key_id, sizeof(subject_key_id)}, read_subject_key_id},
    {{authority_key_id, sizeof(authority_key_id)}, read_authority_key_id},
    {{alt_name, sizeof(alt_name)}, read_alt_names},
};

/* The row of an extension's OID (content); NP_COUNT_OF(rows) when there is none. */
static size_t find_row(np_bytes oid)
{
    size_t i = 0;
    while (i < NP_COUNT_OF(rows) &&
           !np_bytes_equal(oid, np_bytes_of(rows[i].oid.data + 2, rows[i].oid.len - 2))) {
        i++;
    }
    return i;
}

static np_code read_one(const np_extension *extension, unsigned *seen, np_constraints *ret,
                        np_error *err)
{
    char name[80];
    size_t row = find_row(extension->oid);
    if (row == NP_COUNT_OF(rows)) {
        if (extension->is_critical && !ret->has_unknown_critical) {
            ret->has_unknown_critical = true;
            ret->unknown_critical = extension->oid;
        }
        return NP_OK;
    }
    x509_describe_extension_name(extension->oid, name, sizeof(name));
    if ((*seen & 1U << row) != 0) {
        return np_error_set(err, NP_EINPUT_FORMAT, "the extension %s is there twice", name);
    }
    *seen |= 1U << row;
    if (!rows[row].read(extension->value, ret)) {
        return np_error_set(err, NP_EINPUT_FORMAT, "the extension %s is malformed", name);
    }
    return NP_OK;
}

np_code np_constraints_read(const np_certificate *certificate, np_constraints *ret, np_error *err)
{
    unsigned seen = 0;
    np_extension extension;
    np_reader reader = np_reader_of(certificate->extensions);
    *ret = (np_constraints){0};
    while (np_extension_next(&reader, &extension)) {
        NP_TRY(read_one(&extension, &seen, ret, err));
    }
    return NP_OK;
}

bool np_constraints_find_alt_name(const np_constraints *constraints, uint8_t tag, const char *start,
                                  np_bytes *ret)
{
    np_der name;
    size_t len = strlen(start);
    np_reader reader = np_reader_of(constraints->alt_names);
    while (!np_reader_is_done(&reader) && np_der_next(&reader, &name)) {
        if (name.tag == tag && name.content.len >= len &&
            memcmp(name.content.data, start, len) == 0) {
            *ret = name.content;
            return true;
        }
    }
    return false;
}
