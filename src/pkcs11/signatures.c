/* SPDX-License-Identifier: Apache-2.0 */
/* Signing and verifying, both in the chip: 2.40 5.11 and 5.12. */
#include "pkcs11/objects.h"
#include "pkcs11/operation.h"

#include "crypto/p256.h"

/* A key by its handle, of a class and with a purpose. */
static CK_RV find_key(module_call *call, CK_OBJECT_HANDLE handle, CK_OBJECT_CLASS class,
                      CK_ATTRIBUTE_TYPE purpose, const object **ret)
{
    CK_RV rv = objects_find(call, handle, ret);
    if (rv == CKR_OBJECT_HANDLE_INVALID && *ret != NULL) {
        return CKR_USER_NOT_LOGGED_IN;
    }
    if (rv != CKR_OK) {
        return rv == CKR_OBJECT_HANDLE_INVALID ? CKR_KEY_HANDLE_INVALID : rv;
    }
    if ((*ret)->class != class) {
        bool is_key = (*ret)->class == CKO_PRIVATE_KEY || (*ret)->class == CKO_PUBLIC_KEY ||
                      (*ret)->class == CKO_SECRET_KEY;
        return is_key ? CKR_KEY_TYPE_INCONSISTENT : CKR_KEY_HANDLE_INVALID;
    }
    return object_is(*ret, purpose) ? CKR_OK : CKR_KEY_FUNCTION_NOT_PERMITTED;
}

static CK_RV begin_sign(module_call *call, const CK_MECHANISM *wanted, CK_OBJECT_HANDLE handle)
{
    const mechanism *chosen = NULL;
    const object *key = NULL;
    if (wanted == NULL) {
        return CKR_ARGUMENTS_BAD;
    }
    if (call->session->sign.is_active) {
        return CKR_OPERATION_ACTIVE;
    }
    CK_RV rv = mechanism_choose(wanted, CKF_SIGN, NULL, &chosen);
    rv = rv == CKR_OK ? find_key(call, handle, CKO_PRIVATE_KEY, CKA_SIGN, &key) : rv;
    if (rv == CKR_OK) {
        operation_begin(&call->session->sign, chosen);
    }
    return rv;
}

CK_RV C_SignInit(CK_SESSION_HANDLE handle, CK_MECHANISM *wanted, CK_OBJECT_HANDLE key)
{
    module_call call;
    CK_RV rv = module_enter_session(&call, "C_SignInit", handle);
    if (rv == CKR_OK) {
        rv = begin_sign(&call, wanted, key);
    }
    return module_leave(&call, rv);
}

static CK_RV sign(module_call *call, const uint8_t digest[static 32], CK_BYTE *signature)
{
    np_error err = {0};
    if (call->session->generation != call->slot->chip->generation) {
        return CKR_DEVICE_REMOVED;
    }
    module_begin_chip(call);
    np_code code = np_token_sign(call->slot->chip->token, digest, signature, &err);
    module_end_chip(call);
    return code == NP_OK ? slot_success(call) : slot_trouble(call, &err);
}

static CK_RV finish_sign(module_call *call, np_bytes last, CK_BYTE *signature, CK_ULONG *len)
{
    uint8_t digest[32];
    session_operation *operation = &call->session->sign;
    CK_RV rv = operation_check_output(operation, NP_SIGNATURE_SIZE, signature, len);
    if (rv != CKR_OK || signature == NULL) {
        return rv;
    }
    operation_add(operation, last);
    rv = operation_digest(operation, digest);
    session_end_operation(operation);
    return rv == CKR_OK ? sign(call, digest, signature) : rv;
}

CK_RV C_Sign(CK_SESSION_HANDLE handle, CK_BYTE *data, CK_ULONG data_len, CK_BYTE *signature,
             CK_ULONG *signature_len)
{
    module_call call;
    CK_RV rv = module_enter_session(&call, "C_Sign", handle);
    if (rv == CKR_OK) {
        rv = operation_check_single(&call.session->sign, data, data_len);
    }
    if (rv == CKR_OK) {
        rv = finish_sign(&call, np_bytes_of(data, data_len), signature, signature_len);
    }
    return module_leave(&call, rv);
}

CK_RV C_SignUpdate(CK_SESSION_HANDLE handle, CK_BYTE *part, CK_ULONG len)
{
    module_call call;
    CK_RV rv = module_enter_session(&call, "C_SignUpdate", handle);
    if (rv == CKR_OK) {
        rv = operation_update(&call.session->sign, part, len);
    }
    return module_leave(&call, rv);
}

CK_RV C_SignFinal(CK_SESSION_HANDLE handle, CK_BYTE *signature, CK_ULONG *signature_len)
{
    module_call call;
    CK_RV rv = module_enter_session(&call, "C_SignFinal", handle);
    if (rv == CKR_OK && !call.session->sign.is_active) {
        rv = CKR_OPERATION_NOT_INITIALIZED;
    } else if (rv == CKR_OK) {
        rv = finish_sign(&call, (np_bytes){0}, signature, signature_len);
    }
    return module_leave(&call, rv);
}

static CK_RV begin_verify(module_call *call, const CK_MECHANISM *wanted, CK_OBJECT_HANDLE handle)
{
    const mechanism *chosen = NULL;
    const object *key = NULL;
    if (wanted == NULL) {
        return CKR_ARGUMENTS_BAD;
    }
    if (call->session->verify.is_active) {
        return CKR_OPERATION_ACTIVE;
    }
    CK_RV rv = mechanism_choose(wanted, CKF_VERIFY, NULL, &chosen);
    rv = rv == CKR_OK ? find_key(call, handle, CKO_PUBLIC_KEY, CKA_VERIFY, &key) : rv;
    if (rv != CKR_OK) {
        return rv;
    }
    operation_begin(&call->session->verify, chosen);
    if (!session_object_point(key, call->session->verify.public_key)) {
        session_end_operation(&call->session->verify);
        return CKR_KEY_TYPE_INCONSISTENT;
    }
    return CKR_OK;
}

CK_RV C_VerifyInit(CK_SESSION_HANDLE handle, CK_MECHANISM *wanted, CK_OBJECT_HANDLE key)
{
    module_call call;
    CK_RV rv = module_enter_session(&call, "C_VerifyInit", handle);
    if (rv == CKR_OK) {
        rv = begin_verify(&call, wanted, key);
    }
    return module_leave(&call, rv);
}

/* r and s beyond the order of the group need no question to the chip. */
static CK_RV verify(module_call *call, const session_operation *operation,
                    const uint8_t digest[static 32], const CK_BYTE *signature)
{
    np_error err = {0};
    bool is_good = false;
    if (!np_p256_is_scalar(signature) || !np_p256_is_scalar(signature + 32)) {
        return CKR_SIGNATURE_INVALID;
    }
    if (call->session->generation != call->slot->chip->generation) {
        return CKR_DEVICE_REMOVED;
    }
    module_begin_chip(call);
    np_code code = np_token_check_signature(call->slot->chip->token, operation->public_key, digest,
                                            signature, &is_good, &err);
    module_end_chip(call);
    if (code != NP_OK) {
        return slot_trouble(call, &err);
    }
    (void)slot_success(call);
    return is_good ? CKR_OK : CKR_SIGNATURE_INVALID;
}

static CK_RV finish_verify(module_call *call, np_bytes last, const CK_BYTE *signature, CK_ULONG len)
{
    uint8_t digest[32];
    session_operation operation = call->session->verify;
    session_end_operation(&call->session->verify);
    if (signature == NULL) {
        return CKR_ARGUMENTS_BAD;
    }
    if (len != NP_SIGNATURE_SIZE) {
        return CKR_SIGNATURE_LEN_RANGE;
    }
    operation_add(&operation, last);
    CK_RV rv = operation_digest(&operation, digest);
    rv = rv == CKR_OK ? verify(call, &operation, digest, signature) : rv;
    session_end_operation(&operation);
    return rv;
}

CK_RV C_Verify(CK_SESSION_HANDLE handle, CK_BYTE *data, CK_ULONG data_len, CK_BYTE *signature,
               CK_ULONG signature_len)
{
    module_call call;
    CK_RV rv = module_enter_session(&call, "C_Verify", handle);
    if (rv == CKR_OK) {
        rv = operation_check_single(&call.session->verify, data, data_len);
    }
    if (rv == CKR_OK) {
        rv = finish_verify(&call, np_bytes_of(data, data_len), signature, signature_len);
    }
    return module_leave(&call, rv);
}

CK_RV C_VerifyUpdate(CK_SESSION_HANDLE handle, CK_BYTE *part, CK_ULONG len)
{
    module_call call;
    CK_RV rv = module_enter_session(&call, "C_VerifyUpdate", handle);
    if (rv == CKR_OK) {
        rv = operation_update(&call.session->verify, part, len);
    }
    return module_leave(&call, rv);
}

CK_RV C_VerifyFinal(CK_SESSION_HANDLE handle, CK_BYTE *signature, CK_ULONG signature_len)
{
    module_call call;
    CK_RV rv = module_enter_session(&call, "C_VerifyFinal", handle);
    if (rv == CKR_OK && !call.session->verify.is_active) {
        rv = CKR_OPERATION_NOT_INITIALIZED;
    } else if (rv == CKR_OK) {
        rv = finish_verify(&call, (np_bytes){0}, signature, signature_len);
    }
    return module_leave(&call, rv);
}
