/* SPDX-License-Identifier: Apache-2.0 */
/* Objects by their handles, as sessions see them. */
#pragma once

#include "pkcs11/session_object.h"

/* Before a login, private objects are not there. */
bool objects_may_see(const module_slot *slot, const object *of);

/* CKR_OBJECT_HANDLE_INVALID, or what reading the chip says. */
CK_RV objects_find(module_call *call, CK_OBJECT_HANDLE handle, const object **ret);

/* No missing template, no value that is missing but has a length. */
CK_RV objects_check_template(const CK_ATTRIBUTE *template, CK_ULONG count);
