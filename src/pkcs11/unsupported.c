/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What no chip does, or only the program that provisions chips: every function is there, because
 * programs call what the lists have, and refuses with the code that tells them to do without.
 */
#include "pkcs11/module.h"

#pragma GCC diagnostic ignored "-Wunused-parameter"

static CK_RV refuse(const char *name, CK_RV refusal)
{
    module_call call;
    CK_RV rv = module_enter(&call, name);
    return module_leave(&call, rv == CKR_OK ? refusal : rv);
}

static CK_RV refuse_in_session(const char *name, CK_SESSION_HANDLE handle, CK_RV refusal)
{
    module_call call;
    CK_RV rv = module_enter_session(&call, name, handle);
    return module_leave(&call, rv == CKR_OK ? refusal : rv);
}

CK_RV C_InitToken(CK_SLOT_ID slot_id, CK_BYTE *pin, CK_ULONG pin_len, CK_BYTE *label)
{
    return refuse("C_InitToken", CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV C_InitPIN(CK_SESSION_HANDLE handle, CK_BYTE *pin, CK_ULONG pin_len)
{
    return refuse_in_session("C_InitPIN", handle, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV C_SetPIN(CK_SESSION_HANDLE handle, CK_BYTE *old_pin, CK_ULONG old_len, CK_BYTE *new_pin,
               CK_ULONG new_len)
{
    return refuse_in_session("C_SetPIN", handle, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV C_GetOperationState(CK_SESSION_HANDLE handle, CK_BYTE *operation_state,
                          CK_ULONG *operation_state_len)
{
    return refuse_in_session("C_GetOperationState", handle, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV C_SetOperationState(CK_SESSION_HANDLE handle, CK_BYTE *operation_state,
                          CK_ULONG operation_state_len, CK_OBJECT_HANDLE encryption_key,
                          CK_OBJECT_HANDLE authentiation_key)
{
    return refuse_in_session("C_SetOperationState", handle, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV C_EncryptInit(CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
    return refuse_in_session("C_EncryptInit", handle, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV C_Encrypt(CK_SESSION_HANDLE handle, CK_BYTE *data, CK_ULONG data_len, CK_BYTE *encrypted_data,
                CK_ULONG *encrypted_data_len)
{
    return refuse_in_session("C_Encrypt", handle, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV C_EncryptUpdate(CK_SESSION_HANDLE handle, CK_BYTE *part, CK_ULONG part_len,
                      CK_BYTE *encrypted_part, CK_ULONG *encrypted_part_len)
{
    return refuse_in_session("C_EncryptUpdate", handle, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV C_EncryptFinal(CK_SESSION_HANDLE handle, CK_BYTE *last_encrypted_part,
                     CK_ULONG *last_encrypted_part_len)
{
    return refuse_in_session("C_EncryptFinal", handle, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV C_DecryptInit(CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
    return refuse_in_session("C_DecryptInit", handle, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV C_Decrypt(CK_SESSION_HANDLE handle, CK_BYTE *encrypted_data, CK_ULONG encrypted_data_len,
                CK_BYTE *data, CK_ULONG *data_len)
{
    return refuse_in_session("C_Decrypt", handle, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV C_DecryptUpdate(CK_SESSION_HANDLE handle, CK_BYTE *encrypted_part,
                      CK_ULONG encrypted_part_len, CK_BYTE *part, CK_ULONG *part_len)
{
    return refuse_in_session("C_DecryptUpdate", handle, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV C_DecryptFinal(CK_SESSION_HANDLE handle, CK_BYTE *last_part, CK_ULONG *last_part_len)
{
    return refuse_in_session("C_DecryptFinal", handle, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV C_SignRecoverInit(CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
    return refuse_in_session("C_SignRecoverInit", handle, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV C_SignRecover(CK_SESSION_HANDLE handle, CK_BYTE *data, CK_ULONG data_len, CK_BYTE *signature,
                    CK_ULONG *signature_len)
{
    return refuse_in_session("C_SignRecover", handle, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV C_VerifyRecoverInit(CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
    return refuse_in_session("C_VerifyRecoverInit", handle, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV C_VerifyRecover(CK_SESSION_HANDLE handle, CK_BYTE *signature, CK_ULONG signature_len,
                      CK_BYTE *data, CK_ULONG *data_len)
{
    return refuse_in_session("C_VerifyRecover", handle, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV C_DigestEncryptUpdate(CK_SESSION_HANDLE handle, CK_BYTE *part, CK_ULONG part_len,
                            CK_BYTE *encrypted_part, CK_ULONG *encrypted_part_len)
{
    return refuse_in_session("C_DigestEncryptUpdate", handle, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV C_DecryptDigestUpdate(CK_SESSION_HANDLE handle, CK_BYTE *encrypted_part,
                            CK_ULONG encrypted_part_len, CK_BYTE *part, CK_ULONG *part_len)
{
    return refuse_in_session("C_DecryptDigestUpdate", handle, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV C_SignEncryptUpdate(CK_SESSION_HANDLE handle, CK_BYTE *part, CK_ULONG part_len,
                          CK_BYTE *encrypted_part, CK_ULONG *encrypted_part_len)
{
    return refuse_in_session("C_SignEncryptUpdate", handle, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV C_DecryptVerifyUpdate(CK_SESSION_HANDLE handle, CK_BYTE *encrypted_part,
                            CK_ULONG encrypted_part_len, CK_BYTE *part, CK_ULONG *part_len)
{
    return refuse_in_session("C_DecryptVerifyUpdate", handle, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV C_GenerateKey(CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism, CK_ATTRIBUTE *templ,
                    CK_ULONG count, CK_OBJECT_HANDLE *key)
{
    return refuse_in_session("C_GenerateKey", handle, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV C_GenerateKeyPair(CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism,
                        CK_ATTRIBUTE *public_key_template, CK_ULONG public_key_attribute_count,
                        CK_ATTRIBUTE *private_key_template, CK_ULONG private_key_attribute_count,
                        CK_OBJECT_HANDLE *public_key, CK_OBJECT_HANDLE *private_key)
{
    return refuse_in_session("C_GenerateKeyPair", handle, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV C_WrapKey(CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE wrapping_key,
                CK_OBJECT_HANDLE key, CK_BYTE *wrapped_key, CK_ULONG *wrapped_key_len)
{
    return refuse_in_session("C_WrapKey", handle, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV C_UnwrapKey(CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism,
                  CK_OBJECT_HANDLE unwrapping_key, CK_BYTE *wrapped_key, CK_ULONG wrapped_key_len,
                  CK_ATTRIBUTE *templ, CK_ULONG attribute_count, CK_OBJECT_HANDLE *key)
{
    return refuse_in_session("C_UnwrapKey", handle, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV C_GetFunctionStatus(CK_SESSION_HANDLE handle)
{
    return refuse_in_session("C_GetFunctionStatus", handle, CKR_FUNCTION_NOT_PARALLEL);
}

CK_RV C_CancelFunction(CK_SESSION_HANDLE handle)
{
    return refuse_in_session("C_CancelFunction", handle, CKR_FUNCTION_NOT_PARALLEL);
}

CK_RV C_MessageEncryptInit(CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
    return refuse_in_session("C_MessageEncryptInit", handle, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV C_EncryptMessage(CK_SESSION_HANDLE handle, void *parameter, CK_ULONG parameter_len,
                       CK_BYTE *associated, CK_ULONG associated_len, CK_BYTE *plain,
                       CK_ULONG plain_len, CK_BYTE *cipher, CK_ULONG *cipher_len)
{
    return refuse_in_session("C_EncryptMessage", handle, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV C_EncryptMessageBegin(CK_SESSION_HANDLE handle, void *parameter, CK_ULONG parameter_len,
                            CK_BYTE *associated, CK_ULONG associated_len)
{
    return refuse_in_session("C_EncryptMessageBegin", handle, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV C_EncryptMessageNext(CK_SESSION_HANDLE handle, void *parameter, CK_ULONG parameter_len,
                           CK_BYTE *plain, CK_ULONG plain_len, CK_BYTE *cipher,
                           CK_ULONG *cipher_len, CK_FLAGS flags)
{
    return refuse_in_session("C_EncryptMessageNext", handle, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV C_MessageEncryptFinal(CK_SESSION_HANDLE handle)
{
    return refuse_in_session("C_MessageEncryptFinal", handle, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV C_MessageDecryptInit(CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
    return refuse_in_session("C_MessageDecryptInit", handle, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV C_DecryptMessage(CK_SESSION_HANDLE handle, void *parameter, CK_ULONG parameter_len,
                       CK_BYTE *associated, CK_ULONG associated_len, CK_BYTE *cipher,
                       CK_ULONG cipher_len, CK_BYTE *plain, CK_ULONG *plain_len)
{
    return refuse_in_session("C_DecryptMessage", handle, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV C_DecryptMessageBegin(CK_SESSION_HANDLE handle, void *parameter, CK_ULONG parameter_len,
                            CK_BYTE *associated, CK_ULONG associated_len)
{
    return refuse_in_session("C_DecryptMessageBegin", handle, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV C_DecryptMessageNext(CK_SESSION_HANDLE handle, void *parameter, CK_ULONG parameter_len,
                           CK_BYTE *cipher, CK_ULONG cipher_len, CK_BYTE *plain,
                           CK_ULONG *plain_len, CK_FLAGS flags)
{
    return refuse_in_session("C_DecryptMessageNext", handle, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV C_MessageDecryptFinal(CK_SESSION_HANDLE handle)
{
    return refuse_in_session("C_MessageDecryptFinal", handle, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV C_MessageSignInit(CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
    return refuse_in_session("C_MessageSignInit", handle, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV C_SignMessage(CK_SESSION_HANDLE handle, void *parameter, CK_ULONG parameter_len,
                    CK_BYTE *data, CK_ULONG data_len, CK_BYTE *signature, CK_ULONG *signature_len)
{
    return refuse_in_session("C_SignMessage", handle, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV C_SignMessageBegin(CK_SESSION_HANDLE handle, void *parameter, CK_ULONG parameter_len)
{
    return refuse_in_session("C_SignMessageBegin", handle, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV C_SignMessageNext(CK_SESSION_HANDLE handle, void *parameter, CK_ULONG parameter_len,
                        CK_BYTE *data, CK_ULONG data_len, CK_BYTE *signature,
                        CK_ULONG *signature_len)
{
    return refuse_in_session("C_SignMessageNext", handle, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV C_MessageSignFinal(CK_SESSION_HANDLE handle)
{
    return refuse_in_session("C_MessageSignFinal", handle, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV C_MessageVerifyInit(CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
    return refuse_in_session("C_MessageVerifyInit", handle, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV C_VerifyMessage(CK_SESSION_HANDLE handle, void *parameter, CK_ULONG parameter_len,
                      CK_BYTE *data, CK_ULONG data_len, CK_BYTE *signature, CK_ULONG signature_len)
{
    return refuse_in_session("C_VerifyMessage", handle, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV C_VerifyMessageBegin(CK_SESSION_HANDLE handle, void *parameter, CK_ULONG parameter_len)
{
    return refuse_in_session("C_VerifyMessageBegin", handle, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV C_VerifyMessageNext(CK_SESSION_HANDLE handle, void *parameter, CK_ULONG parameter_len,
                          CK_BYTE *data, CK_ULONG data_len, CK_BYTE *signature,
                          CK_ULONG signature_len)
{
    return refuse_in_session("C_VerifyMessageNext", handle, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV C_MessageVerifyFinal(CK_SESSION_HANDLE handle)
{
    return refuse_in_session("C_MessageVerifyFinal", handle, CKR_FUNCTION_NOT_SUPPORTED);
}
