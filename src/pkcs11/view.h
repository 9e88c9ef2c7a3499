/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a chip has, as objects: built once from its facts, never changed afterwards. Handles are
 * constants (class and number), the same after a fork and in every process.
 */
#pragma once

#include "pkcs11/object.h"
#include "token/token.h"

enum {
    VIEW_OBJECTS_MAX = 16,
    VIEW_SPKI_SIZE = 91,   /* SubjectPublicKeyInfo of a P-256 key */
    VIEW_POINT_SIZE = 67,  /* OCTET STRING | 04 | X | Y */
    VIEW_ID_SIZE = 20,     /* SHA-1 */
    VIEW_SERIAL_SIZE = 24, /* INTEGER of up to 20 bytes (RFC 5280 4.1.2.2) */
    VIEW_CHECK_SIZE = 3,   /* CKA_CHECK_VALUE */
};

/* What is made for a certificate; its DER stands in the facts. */
typedef struct view_certificate {
    uint8_t id[VIEW_ID_SIZE];
    uint8_t serial[VIEW_SERIAL_SIZE];
    uint8_t check_value[VIEW_CHECK_SIZE];
    CK_DATE start;
    CK_DATE end;
    uint8_t subject_key_hash[VIEW_ID_SIZE];
    uint8_t issuer_key_hash[VIEW_ID_SIZE];
} view_certificate;

typedef enum view_role { VIEW_DEVICE, VIEW_SIGNER, VIEW_ROLE_COUNT } view_role;

typedef struct view {
    np_token_facts facts;
    uint8_t spki[VIEW_SPKI_SIZE];
    uint8_t point[VIEW_POINT_SIZE];
    uint8_t id[VIEW_ID_SIZE]; /* of the key pair and its certificate */
    view_certificate certificates[VIEW_ROLE_COUNT];
    object objects[VIEW_OBJECTS_MAX];
    size_t object_count;
    struct view *former; /* of a chip that was there before; kept, somebody may be reading it */
} view;

/* NULL without memory. is_auxiliary: the auxiliary certificates in place of the others. */
view *view_new(const np_token_facts *facts, bool is_auxiliary, bool needs_login);

/* Frees the former ones too; accepts NULL. */
void view_free(view *old);

/* NULL when there is no such object. */
const object *view_find(const view *in, CK_OBJECT_HANDLE handle);
