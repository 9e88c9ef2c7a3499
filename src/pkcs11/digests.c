/* SPDX-License-Identifier: Apache-2.0 */
/* Digests, made here and not in the chip: 2.40 5.10. Every error but a short buffer ends one. */
#include "pkcs11/mechanism.h"
#include "pkcs11/operation.h"
#include "pkcs11/session_object.h"

static CK_RV begin(session *in, const CK_MECHANISM *mechanism_wanted)
{
    const mechanism *chosen = NULL;
    if (mechanism_wanted == NULL) {
        return CKR_ARGUMENTS_BAD;
    }
    if (in->digest.is_active) {
        return CKR_OPERATION_ACTIVE;
    }
    CK_RV rv = mechanism_choose(mechanism_wanted, CKF_DIGEST, NULL, &chosen);
    if (rv == CKR_OK) {
        operation_begin(&in->digest, chosen);
    }
    return rv;
}

CK_RV C_DigestInit(CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism_wanted)
{
    module_call call;
    CK_RV rv = module_enter_session(&call, "C_DigestInit", handle);
    if (rv == CKR_OK) {
        rv = begin(call.session, mechanism_wanted);
    }
    return module_leave(&call, rv);
}

static CK_RV finish(session_operation *operation, np_bytes last, CK_BYTE *digest, CK_ULONG *len)
{
    CK_RV rv =
        operation_check_output(operation, np_digest_size(operation->stream.kind), digest, len);
    if (rv != CKR_OK || digest == NULL) {
        return rv;
    }
    operation_add(operation, last);
    np_digest_end(&operation->stream, digest);
    session_end_operation(operation);
    return CKR_OK;
}

CK_RV C_Digest(CK_SESSION_HANDLE handle, CK_BYTE *data, CK_ULONG data_len, CK_BYTE *digest,
               CK_ULONG *digest_len)
{
    module_call call;
    CK_RV rv = module_enter_session(&call, "C_Digest", handle);
    if (rv == CKR_OK) {
        rv = operation_check_single(&call.session->digest, data, data_len);
    }
    if (rv == CKR_OK) {
        rv = finish(&call.session->digest, np_bytes_of(data, data_len), digest, digest_len);
    }
    return module_leave(&call, rv);
}

CK_RV C_DigestUpdate(CK_SESSION_HANDLE handle, CK_BYTE *part, CK_ULONG len)
{
    module_call call;
    CK_RV rv = module_enter_session(&call, "C_DigestUpdate", handle);
    if (rv == CKR_OK) {
        rv = operation_update(&call.session->digest, part, len);
    }
    return module_leave(&call, rv);
}

/* Only secrets of the session have a value to digest. */
static CK_RV digest_key(module_call *call, CK_OBJECT_HANDLE key)
{
    np_bytes value;
    const session_object *found = session_object_find(call->slot, key);
    session_operation *operation = &call->session->digest;
    const view *in = NULL;
    if (!operation->is_active) {
        return CKR_OPERATION_NOT_INITIALIZED;
    }
    if (found != NULL && object_get(&found->object, CKA_VALUE, &value) == CKR_OK &&
        found->object.class == CKO_SECRET_KEY) {
        operation->has_begun = true;
        operation_add(operation, value);
        return CKR_OK;
    }
    session_end_operation(operation);
    if (found != NULL) {
        return CKR_KEY_INDIGESTIBLE;
    }
    CK_RV rv = slot_view(call, &in);
    return rv != CKR_OK                 ? rv
           : view_find(in, key) == NULL ? CKR_KEY_HANDLE_INVALID
                                        : CKR_KEY_INDIGESTIBLE;
}

CK_RV C_DigestKey(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE key)
{
    module_call call;
    CK_RV rv = module_enter_session(&call, "C_DigestKey", handle);
    if (rv == CKR_OK) {
        rv = digest_key(&call, key);
    }
    return module_leave(&call, rv);
}

CK_RV C_DigestFinal(CK_SESSION_HANDLE handle, CK_BYTE *digest, CK_ULONG *digest_len)
{
    module_call call;
    CK_RV rv = module_enter_session(&call, "C_DigestFinal", handle);
    if (rv == CKR_OK && !call.session->digest.is_active) {
        rv = CKR_OPERATION_NOT_INITIALIZED;
    } else if (rv == CKR_OK) {
        rv = finish(&call.session->digest, (np_bytes){0}, digest, digest_len);
    }
    return module_leave(&call, rv);
}
