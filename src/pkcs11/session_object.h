/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects that programs make: data, public keys to verify with, and the secret of an agreement.
 * They live with the session that made them, and all sessions of the slot see them.
 */
#pragma once

#include "pkcs11/slot.h"

/* NULL when there is none of this handle. */
session_object *session_object_find(const module_slot *slot, CK_OBJECT_HANDLE handle);

/* From a template (C_CreateObject). */
CK_RV session_object_create(module_call *call, const CK_ATTRIBUTE *template, CK_ULONG count,
                            CK_OBJECT_HANDLE *ret);

/* A copy with other values for what the template names (C_CopyObject). */
CK_RV session_object_copy(module_call *call, const session_object *from,
                          const CK_ATTRIBUTE *template, CK_ULONG count, CK_OBJECT_HANDLE *ret);

/* A secret key with this value; the template must not contradict (C_DeriveKey). */
CK_RV session_object_derive(module_call *call, np_bytes secret, const CK_ATTRIBUTE *template,
                            CK_ULONG count, CK_OBJECT_HANDLE *ret);

/* All or nothing (C_SetAttributeValue). */
CK_RV session_object_set(session_object *of, const CK_ATTRIBUTE *template, CK_ULONG count);

void session_object_destroy(module_slot *slot, session_object *old);

/* The 64 bytes of CKA_EC_POINT; false when it is no uncompressed P-256 point in an OCTET STRING. */
bool session_object_point(const object *key, uint8_t ret[static 64]);
