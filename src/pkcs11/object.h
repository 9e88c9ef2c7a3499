/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An object and its attributes. Objects of a chip answer from one table, the contract for keys and
 * certificates; session objects answer from the attributes that they were made with.
 */
#pragma once

#include "base/bytes.h"
#include "pkcs11/cryptoki.h"

/* Kinds of objects, as bits: a row of the table may hold for several. */
enum {
    OBJECT_PRIVATE_KEY = 1,
    OBJECT_PUBLIC_KEY = 2,
    OBJECT_CERTIFICATE = 4,
    OBJECT_PROFILE = 8,
    OBJECT_DATA = 16,
};

typedef struct object_attribute {
    CK_ATTRIBUTE_TYPE type;
    np_bytes value; /* heap, owned by the object */
} object_attribute;

/* Slices point into the view that the object belongs to (view.h). */
typedef struct object {
    CK_OBJECT_HANDLE handle;
    unsigned kind; /* one of the above; 0 for a session object */
    CK_OBJECT_CLASS class;
    CK_BBOOL is_private; /* not to be seen before a login */
    CK_BBOOL is_trusted;
    CK_BBOOL derives;
    CK_ULONG category;
    CK_ULONG profile;
    np_bytes label;
    np_bytes id;
    np_bytes value;
    np_bytes subject;
    np_bytes issuer;
    np_bytes serial;
    np_bytes spki;
    np_bytes point; /* OCTET STRING around 04 | X | Y */
    np_bytes check_value;
    np_bytes start_date;
    np_bytes end_date;
    np_bytes subject_key_hash;
    np_bytes issuer_key_hash;
    np_bytes application;
    /* Session objects alone. */
    object_attribute *attributes;
    size_t attribute_count;
} object;

/* P-256 as CKA_EC_PARAMS has it: the named curve's OID in DER (RFC 5480). */
extern const np_bytes object_p256;

/* CKR_OK, CKR_ATTRIBUTE_SENSITIVE, or CKR_ATTRIBUTE_TYPE_INVALID when the object has none such. */
CK_RV object_get(const object *of, CK_ATTRIBUTE_TYPE type, np_bytes *ret);

/* A CK_BBOOL attribute that is there and true. */
bool object_is(const object *of, CK_ATTRIBUTE_TYPE type);

/* As C_GetAttributeValue: every attribute is answered, the return value tells of the worst. */
CK_RV object_read(const object *of, CK_ATTRIBUTE *attributes, CK_ULONG count);

/* Does it have all attributes of the template, with just these values? */
bool object_matches(const object *of, const CK_ATTRIBUTE *attributes, CK_ULONG count);

/* Bytes of all attributes together. */
CK_ULONG object_size(const object *of);
