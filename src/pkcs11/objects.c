/* SPDX-License-Identifier: Apache-2.0 */
/* Objects and searches: 2.40 5.7. What is on the chip is read only; the rest is of the session. */
#include "pkcs11/objects.h"

#include <stdlib.h>

bool objects_may_see(const module_slot *slot, const object *of)
{
    return !of->is_private || !slot_needs_login(slot) || slot->login == LOGIN_USER;
}

/* Handles of private objects mean nothing before the login. */
CK_RV objects_find(module_call *call, CK_OBJECT_HANDLE handle, const object **ret)
{
    const view *in = NULL;
    session_object *made = session_object_find(call->slot, handle);
    *ret = made != NULL ? &made->object : NULL;
    if (made == NULL) {
        CK_RV rv = slot_view(call, &in);
        if (rv != CKR_OK) {
            return rv;
        }
        *ret = view_find(in, handle);
    }
    return *ret != NULL && objects_may_see(call->slot, *ret) ? CKR_OK : CKR_OBJECT_HANDLE_INVALID;
}

CK_RV objects_check_template(const CK_ATTRIBUTE *template, CK_ULONG count)
{
    if (template == NULL && count > 0) {
        return CKR_ARGUMENTS_BAD;
    }
    for (CK_ULONG i = 0; i < count; i++) {
        if (template[i].pValue == NULL && template[i].ulValueLen != 0) {
            return CKR_ATTRIBUTE_VALUE_INVALID;
        }
    }
    return CKR_OK;
}

static bool wants_token(const CK_ATTRIBUTE *template, CK_ULONG count)
{
    for (CK_ULONG i = 0; i < count; i++) {
        if (template[i].type == CKA_TOKEN && template[i].ulValueLen == sizeof(CK_BBOOL)) {
            return *(const CK_BBOOL *)template[i].pValue != CK_FALSE;
        }
    }
    return false;
}

static CK_RV create(module_call *call, const CK_ATTRIBUTE *template, CK_ULONG count,
                    CK_OBJECT_HANDLE *ret)
{
    CK_RV rv = ret == NULL || template == NULL ? CKR_ARGUMENTS_BAD
                                               : objects_check_template(template, count);
    if (rv == CKR_OK && wants_token(template, count) &&
        (call->session->flags & CKF_RW_SESSION) == 0) {
        rv = CKR_SESSION_READ_ONLY;
    }
    return rv == CKR_OK ? session_object_create(call, template, count, ret) : rv;
}

CK_RV C_CreateObject(CK_SESSION_HANDLE handle, CK_ATTRIBUTE *template, CK_ULONG count,
                     CK_OBJECT_HANDLE *created)
{
    module_call call;
    CK_RV rv = module_enter_session(&call, "C_CreateObject", handle);
    if (rv == CKR_OK) {
        rv = create(&call, template, count, created);
    }
    return module_leave(&call, rv);
}

/* For calls that change an object: those of the chip refuse. */
static CK_RV find_own(module_call *call, CK_OBJECT_HANDLE handle, session_object **ret)
{
    const object *found = NULL;
    CK_RV rv = objects_find(call, handle, &found);
    if (rv != CKR_OK) {
        return rv;
    }
    *ret = session_object_find(call->slot, handle);
    if (*ret != NULL) {
        return CKR_OK;
    }
    bool is_read_only = (call->session->flags & CKF_RW_SESSION) == 0;
    return is_read_only ? CKR_SESSION_READ_ONLY : CKR_ACTION_PROHIBITED;
}

static CK_RV copy(module_call *call, CK_OBJECT_HANDLE handle, const CK_ATTRIBUTE *template,
                  CK_ULONG count, CK_OBJECT_HANDLE *ret)
{
    const object *found = NULL;
    CK_RV rv = ret == NULL ? CKR_ARGUMENTS_BAD : objects_check_template(template, count);
    rv = rv == CKR_OK ? objects_find(call, handle, &found) : rv;
    if (rv != CKR_OK) {
        return rv;
    }
    const session_object *from = session_object_find(call->slot, handle);
    return from == NULL ? CKR_ACTION_PROHIBITED
                        : session_object_copy(call, from, template, count, ret);
}

CK_RV C_CopyObject(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE object_handle, CK_ATTRIBUTE *template,
                   CK_ULONG count, CK_OBJECT_HANDLE *fresh)
{
    module_call call;
    CK_RV rv = module_enter_session(&call, "C_CopyObject", handle);
    if (rv == CKR_OK) {
        rv = copy(&call, object_handle, template, count, fresh);
    }
    return module_leave(&call, rv);
}

CK_RV C_DestroyObject(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE object_handle)
{
    module_call call;
    session_object *found = NULL;
    CK_RV rv = module_enter_session(&call, "C_DestroyObject", handle);
    rv = rv == CKR_OK ? find_own(&call, object_handle, &found) : rv;
    if (rv == CKR_OK && !object_is(&found->object, CKA_DESTROYABLE)) {
        rv = CKR_ACTION_PROHIBITED;
    }
    if (rv == CKR_OK) {
        session_object_destroy(call.slot, found);
    }
    return module_leave(&call, rv);
}

CK_RV C_GetObjectSize(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE object_handle, CK_ULONG *size)
{
    module_call call;
    const object *found = NULL;
    CK_RV rv = module_enter_session(&call, "C_GetObjectSize", handle);
    if (rv == CKR_OK) {
        rv = size == NULL ? CKR_ARGUMENTS_BAD : objects_find(&call, object_handle, &found);
    }
    if (rv == CKR_OK) {
        *size = object_size(found);
    }
    return module_leave(&call, rv);
}

CK_RV C_GetAttributeValue(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE object_handle,
                          CK_ATTRIBUTE *template, CK_ULONG count)
{
    module_call call;
    const object *found = NULL;
    CK_RV rv = module_enter_session(&call, "C_GetAttributeValue", handle);
    if (rv == CKR_OK) {
        rv = template == NULL ? CKR_ARGUMENTS_BAD : objects_find(&call, object_handle, &found);
    }
    if (rv == CKR_OK) {
        rv = object_read(found, template, count);
    }
    return module_leave(&call, rv);
}

CK_RV C_SetAttributeValue(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE object_handle,
                          CK_ATTRIBUTE *template, CK_ULONG count)
{
    module_call call;
    session_object *found = NULL;
    CK_RV rv = module_enter_session(&call, "C_SetAttributeValue", handle);
    if (rv == CKR_OK) {
        rv = template == NULL ? CKR_ARGUMENTS_BAD : objects_check_template(template, count);
    }
    rv = rv == CKR_OK ? find_own(&call, object_handle, &found) : rv;
    if (rv == CKR_OK) {
        rv = session_object_set(found, template, count);
    }
    return module_leave(&call, rv);
}

static void add_if(session_search *search, const module_slot *slot, const object *of,
                   const CK_ATTRIBUTE *template, CK_ULONG count)
{
    if (objects_may_see(slot, of) && object_matches(of, template, count)) {
        search->found[search->count++] = of->handle;
    }
}

/* Everything is found at once: what is created or destroyed later does not matter (2.40 5.7). */
static CK_RV search_all(module_call *call, const CK_ATTRIBUTE *template, CK_ULONG count)
{
    const view *in = NULL;
    size_t room = VIEW_OBJECTS_MAX;
    session_search *search = &call->session->search;
    CK_RV rv = slot_view(call, &in);
    if (rv != CKR_OK) {
        return rv;
    }
    for (const session_object *own = call->slot->session_objects; own != NULL; own = own->next) {
        room++;
    }
    *search = (session_search){.found = malloc(room * sizeof(CK_OBJECT_HANDLE))};
    if (search->found == NULL) {
        return CKR_HOST_MEMORY;
    }
    for (size_t i = 0; i < in->object_count; i++) {
        add_if(search, call->slot, &in->objects[i], template, count);
    }
    for (const session_object *own = call->slot->session_objects; own != NULL; own = own->next) {
        add_if(search, call->slot, &own->object, template, count);
    }
    search->is_active = true;
    return CKR_OK;
}

CK_RV C_FindObjectsInit(CK_SESSION_HANDLE handle, CK_ATTRIBUTE *template, CK_ULONG count)
{
    module_call call;
    CK_RV rv = module_enter_session(&call, "C_FindObjectsInit", handle);
    rv = rv == CKR_OK ? objects_check_template(template, count) : rv;
    if (rv == CKR_OK) {
        rv = call.session->search.is_active ? CKR_OPERATION_ACTIVE
                                            : search_all(&call, template, count);
    }
    return module_leave(&call, rv);
}

static void take_found(session_search *search, CK_OBJECT_HANDLE *objects, CK_ULONG places,
                       CK_ULONG *ret)
{
    CK_ULONG taken = 0;
    while (taken < places && search->next < search->count) {
        objects[taken++] = search->found[search->next++];
    }
    *ret = taken;
}

CK_RV C_FindObjects(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE *objects, CK_ULONG places,
                    CK_ULONG *count)
{
    module_call call;
    CK_RV rv = module_enter_session(&call, "C_FindObjects", handle);
    if (rv == CKR_OK && (count == NULL || (objects == NULL && places > 0))) {
        rv = CKR_ARGUMENTS_BAD;
    } else if (rv == CKR_OK && !call.session->search.is_active) {
        rv = CKR_OPERATION_NOT_INITIALIZED;
    } else if (rv == CKR_OK) {
        take_found(&call.session->search, objects, places, count);
    }
    return module_leave(&call, rv);
}

CK_RV C_FindObjectsFinal(CK_SESSION_HANDLE handle)
{
    module_call call;
    CK_RV rv = module_enter_session(&call, "C_FindObjectsFinal", handle);
    if (rv == CKR_OK) {
        rv = call.session->search.is_active ? CKR_OK : CKR_OPERATION_NOT_INITIALIZED;
        session_end_search(call.session);
    }
    return module_leave(&call, rv);
}
