/* SPDX-License-Identifier: Apache-2.0 */
#include "pkcs11/object.h"

#include <stddef.h>

static const uint8_t p256_oid[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
const np_bytes object_p256 = {p256_oid, sizeof(p256_oid)};

static const CK_MECHANISM_TYPE signing[] = {CKM_ECDSA,        CKM_ECDSA_SHA1,   CKM_ECDSA_SHA224,
                                            CKM_ECDSA_SHA256, CKM_ECDSA_SHA384, CKM_ECDSA_SHA512};
static const CK_BBOOL no = CK_FALSE;
static const CK_BBOOL yes = CK_TRUE;

typedef enum row_kind {
    ROW_FALSE,
    ROW_TRUE,
    ROW_NUMBER,    /* the row's own */
    ROW_EMPTY,     /* there, without a value */
    ROW_SENSITIVE, /* there, never told */
    ROW_BOOL,      /* of the object, at the offset, and so on */
    ROW_ULONG,
    ROW_BYTES,
    ROW_P256,
    ROW_SIGNING,
} row_kind;

typedef struct attribute_row {
    CK_ATTRIBUTE_TYPE type;
    unsigned kinds; /* of objects that have it */
    row_kind kind;
    union {
        CK_ULONG number;
        size_t offset;
    };
} attribute_row;

enum {
    PRIVATE = OBJECT_PRIVATE_KEY,
    PUBLIC = OBJECT_PUBLIC_KEY,
    KEY = PRIVATE | PUBLIC,
    CERT = OBJECT_CERTIFICATE,
    ALL = KEY | CERT | OBJECT_PROFILE | OBJECT_DATA,
};

#define OF(member) .offset = offsetof(object, member)

/*
 * PKCS #11 2.40, 4.4 to 4.9 and 3.0, 4.14. What a chip's key cannot do is answered with FALSE: some
 * clients take an unknown attribute for an error. Keys are not copyable, or pkcs11-provider would
 * want copies in its session.
 */
static const attribute_row rows[] = {
    {CKA_CLASS, ALL, ROW_ULONG, {OF(class)}},
    {CKA_TOKEN, ALL, ROW_TRUE, {0}},
    {CKA_PRIVATE, ALL, ROW_BOOL, {OF(is_private)}},
    {CKA_MODIFIABLE, ALL, ROW_FALSE, {0}},
    {CKA_COPYABLE, ALL, ROW_FALSE, {0}},
    {CKA_DESTROYABLE, ALL, ROW_FALSE, {0}},
    {CKA_LABEL, ALL, ROW_BYTES, {OF(label)}},
    {CKA_ID, KEY | CERT, ROW_BYTES, {OF(id)}},
    {CKA_KEY_TYPE, KEY, ROW_NUMBER, {CKK_EC}},
    {CKA_EC_PARAMS, KEY, ROW_P256, {0}},
    {CKA_EC_POINT, KEY, ROW_BYTES, {OF(point)}},
    {CKA_PUBLIC_KEY_INFO, KEY | CERT, ROW_BYTES, {OF(spki)}},
    {CKA_SUBJECT, KEY | CERT, ROW_BYTES, {OF(subject)}},
    {CKA_START_DATE, CERT, ROW_BYTES, {OF(start_date)}},
    {CKA_START_DATE, KEY, ROW_EMPTY, {0}},
    {CKA_END_DATE, CERT, ROW_BYTES, {OF(end_date)}},
    {CKA_END_DATE, KEY, ROW_EMPTY, {0}},
    {CKA_LOCAL, KEY, ROW_TRUE, {0}},
    {CKA_KEY_GEN_MECHANISM, KEY, ROW_NUMBER, {CKM_EC_KEY_PAIR_GEN}},
    {CKA_ALLOWED_MECHANISMS, KEY, ROW_SIGNING, {0}},
    {CKA_DERIVE, PRIVATE, ROW_BOOL, {OF(derives)}},
    {CKA_DERIVE, PUBLIC, ROW_FALSE, {0}},
    {CKA_SIGN, PRIVATE, ROW_TRUE, {0}},
    {CKA_SIGN_RECOVER, PRIVATE, ROW_FALSE, {0}},
    {CKA_DECRYPT, PRIVATE, ROW_FALSE, {0}},
    {CKA_UNWRAP, PRIVATE, ROW_FALSE, {0}},
    {CKA_SENSITIVE, PRIVATE, ROW_TRUE, {0}},
    {CKA_ALWAYS_SENSITIVE, PRIVATE, ROW_TRUE, {0}},
    {CKA_EXTRACTABLE, PRIVATE, ROW_FALSE, {0}},
    {CKA_NEVER_EXTRACTABLE, PRIVATE, ROW_TRUE, {0}},
    {CKA_ALWAYS_AUTHENTICATE, PRIVATE, ROW_FALSE, {0}},
    {CKA_WRAP_WITH_TRUSTED, PRIVATE, ROW_FALSE, {0}},
    {CKA_VALUE, PRIVATE, ROW_SENSITIVE, {0}},
    {CKA_VERIFY, PUBLIC, ROW_TRUE, {0}},
    {CKA_VERIFY_RECOVER, PUBLIC, ROW_FALSE, {0}},
    {CKA_ENCRYPT, PUBLIC, ROW_FALSE, {0}},
    {CKA_WRAP, PUBLIC, ROW_FALSE, {0}},
    {CKA_TRUSTED, PUBLIC, ROW_FALSE, {0}},
    {CKA_TRUSTED, CERT, ROW_BOOL, {OF(is_trusted)}},
    {CKA_CERTIFICATE_TYPE, CERT, ROW_NUMBER, {CKC_X_509}},
    {CKA_CERTIFICATE_CATEGORY, CERT, ROW_ULONG, {OF(category)}},
    {CKA_JAVA_MIDP_SECURITY_DOMAIN, CERT, ROW_NUMBER, {0}},
    {CKA_VALUE, CERT | OBJECT_DATA, ROW_BYTES, {OF(value)}},
    {CKA_ISSUER, CERT, ROW_BYTES, {OF(issuer)}},
    {CKA_SERIAL_NUMBER, CERT, ROW_BYTES, {OF(serial)}},
    {CKA_CHECK_VALUE, CERT, ROW_BYTES, {OF(check_value)}},
    {CKA_URL, CERT, ROW_EMPTY, {0}},
    {CKA_NAME_HASH_ALGORITHM, CERT, ROW_NUMBER, {CKM_SHA_1}},
    {CKA_HASH_OF_SUBJECT_PUBLIC_KEY, CERT, ROW_BYTES, {OF(subject_key_hash)}},
    {CKA_HASH_OF_ISSUER_PUBLIC_KEY, CERT, ROW_BYTES, {OF(issuer_key_hash)}},
    {CKA_PROFILE_ID, OBJECT_PROFILE, ROW_ULONG, {OF(profile)}},
    {CKA_APPLICATION, OBJECT_DATA, ROW_BYTES, {OF(application)}},
    {CKA_OBJECT_ID, OBJECT_DATA, ROW_EMPTY, {0}},
};

static CK_RV get_by_row(const object *of, const attribute_row *row, np_bytes *ret)
{
    const uint8_t *field = (const uint8_t *)of + row->offset;
    switch (row->kind) {
    case ROW_FALSE:
        *ret = np_bytes_of(&no, sizeof(no));
        break;
    case ROW_TRUE:
        *ret = np_bytes_of(&yes, sizeof(yes));
        break;
    case ROW_NUMBER:
        *ret = np_bytes_of(&row->number, sizeof(row->number));
        break;
    case ROW_EMPTY:
        *ret = (np_bytes){0};
        break;
    case ROW_SENSITIVE:
        return CKR_ATTRIBUTE_SENSITIVE;
    case ROW_BOOL:
        *ret = np_bytes_of(field, sizeof(CK_BBOOL));
        break;
    case ROW_ULONG:
        *ret = np_bytes_of(field, sizeof(CK_ULONG));
        break;
    case ROW_BYTES:
        memcpy(ret, field, sizeof(*ret));
        break;
    case ROW_P256:
        *ret = object_p256;
        break;
    case ROW_SIGNING:
        *ret = np_bytes_of(signing, sizeof(signing));
        break;
    }
    return CKR_OK;
}

/* The value of a secret key that was made sensitive stays inside as well. */
static CK_RV get_own(const object *of, CK_ATTRIBUTE_TYPE type, np_bytes *ret)
{
    if (of->class == CKO_SECRET_KEY && type == CKA_VALUE &&
        (object_is(of, CKA_SENSITIVE) || !object_is(of, CKA_EXTRACTABLE))) {
        return CKR_ATTRIBUTE_SENSITIVE;
    }
    for (size_t i = 0; i < of->attribute_count; i++) {
        if (of->attributes[i].type == type) {
            *ret = of->attributes[i].value;
            return CKR_OK;
        }
    }
    return CKR_ATTRIBUTE_TYPE_INVALID;
}

CK_RV object_get(const object *of, CK_ATTRIBUTE_TYPE type, np_bytes *ret)
{
    *ret = (np_bytes){0};
    if (of->kind == 0) {
        return get_own(of, type, ret);
    }
    for (size_t i = 0; i < NP_COUNT_OF(rows); i++) {
        if (rows[i].type == type && (rows[i].kinds & of->kind) != 0) {
            return get_by_row(of, &rows[i], ret);
        }
    }
    return CKR_ATTRIBUTE_TYPE_INVALID;
}

bool object_is(const object *of, CK_ATTRIBUTE_TYPE type)
{
    np_bytes value;
    return object_get(of, type, &value) == CKR_OK && value.len == sizeof(CK_BBOOL) &&
           value.data[0] != CK_FALSE;
}

static CK_RV read_one(const object *of, CK_ATTRIBUTE *attribute)
{
    np_bytes value;
    CK_RV rv = object_get(of, attribute->type, &value);
    if (rv != CKR_OK) {
        attribute->ulValueLen = CK_UNAVAILABLE_INFORMATION;
        return rv;
    }
    if (attribute->pValue == NULL) {
        attribute->ulValueLen = value.len;
        return CKR_OK;
    }
    if (attribute->ulValueLen < value.len) {
        attribute->ulValueLen = CK_UNAVAILABLE_INFORMATION;
        return CKR_BUFFER_TOO_SMALL;
    }
    if (value.len > 0) {
        memcpy(attribute->pValue, value.data, value.len);
    }
    attribute->ulValueLen = value.len;
    return CKR_OK;
}

/* Any of the codes may be returned when several hold (2.40, C_GetAttributeValue): the first is. */
CK_RV object_read(const object *of, CK_ATTRIBUTE *attributes, CK_ULONG count)
{
    CK_RV worst = CKR_OK;
    for (CK_ULONG i = 0; i < count; i++) {
        CK_RV rv = read_one(of, &attributes[i]);
        worst = worst == CKR_OK ? rv : worst;
    }
    return worst;
}

bool object_matches(const object *of, const CK_ATTRIBUTE *attributes, CK_ULONG count)
{
    for (CK_ULONG i = 0; i < count; i++) {
        np_bytes value;
        np_bytes wanted = np_bytes_of(attributes[i].pValue, attributes[i].ulValueLen);
        if (object_get(of, attributes[i].type, &value) != CKR_OK ||
            !np_bytes_equal(value, wanted)) {
            return false;
        }
    }
    return true;
}

CK_ULONG object_size(const object *of)
{
    CK_ULONG size = 0;
    for (size_t i = 0; i < of->attribute_count; i++) {
        size += of->attributes[i].value.len;
    }
    for (size_t i = 0; i < NP_COUNT_OF(rows); i++) {
        np_bytes value = {0};
        bool has_it = (rows[i].kinds & of->kind) != 0;
        size += has_it && get_by_row(of, &rows[i], &value) == CKR_OK ? value.len : 0;
    }
    return size;
}
