/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PKCS #11 2.40 as p11-kit's header declares it, and what 3.0 adds to it as far as this module
 * needs it (OASIS PKCS #11 Cryptographic Token Interface Base Specification 3.0). All names of the
 * standard are visible outside of the module; everything else is not.
 */
#pragma once

#pragma GCC visibility push(default)
#include <p11-kit/pkcs11.h>

typedef struct CK_INTERFACE {
    CK_UTF8CHAR *pInterfaceName;
    void *pFunctionList;
    CK_FLAGS flags;
} CK_INTERFACE;

#define CKF_INTERFACE_FORK_SAFE            0x00000001UL
#define CKF_FIND_OBJECTS                   0x00000040UL
#define CKO_PROFILE                        0x00000009UL
#define CKA_PROFILE_ID                     0x00000601UL
#define CKP_BASELINE_PROVIDER              0x00000001UL
#define CKP_EXTENDED_PROVIDER              0x00000002UL
#define CKP_AUTHENTICATION_TOKEN           0x00000003UL
#define CKP_PUBLIC_CERTIFICATES            0x00000004UL
#define CK_CERTIFICATE_CATEGORY_TOKEN_USER 1UL
#define CK_CERTIFICATE_CATEGORY_AUTHORITY  2UL
#ifndef CKD_NULL
#define CKD_NULL 1UL
#endif

CK_RV C_GetInterfaceList(CK_INTERFACE *list, CK_ULONG *count);
CK_RV C_GetInterface(CK_UTF8CHAR *name, CK_VERSION *version, CK_INTERFACE **interface,
                     CK_FLAGS flags);
CK_RV C_LoginUser(CK_SESSION_HANDLE session, CK_USER_TYPE user_type, CK_UTF8CHAR *pin,
                  CK_ULONG pin_len, CK_UTF8CHAR *user_name, CK_ULONG user_name_len);
CK_RV C_SessionCancel(CK_SESSION_HANDLE session, CK_FLAGS flags);

/* The message calls: AEAD and signatures of many messages with one key. */
CK_RV C_MessageEncryptInit(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism,
                           CK_OBJECT_HANDLE key);
CK_RV C_EncryptMessage(CK_SESSION_HANDLE session, void *parameter, CK_ULONG parameter_len,
                       CK_BYTE *associated, CK_ULONG associated_len, CK_BYTE *plain,
                       CK_ULONG plain_len, CK_BYTE *cipher, CK_ULONG *cipher_len);
CK_RV C_EncryptMessageBegin(CK_SESSION_HANDLE session, void *parameter, CK_ULONG parameter_len,
                            CK_BYTE *associated, CK_ULONG associated_len);
CK_RV C_EncryptMessageNext(CK_SESSION_HANDLE session, void *parameter, CK_ULONG parameter_len,
                           CK_BYTE *plain, CK_ULONG plain_len, CK_BYTE *cipher,
                           CK_ULONG *cipher_len, CK_FLAGS flags);
CK_RV C_MessageEncryptFinal(CK_SESSION_HANDLE session);
CK_RV C_MessageDecryptInit(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism,
                           CK_OBJECT_HANDLE key);
CK_RV C_DecryptMessage(CK_SESSION_HANDLE session, void *parameter, CK_ULONG parameter_len,
                       CK_BYTE *associated, CK_ULONG associated_len, CK_BYTE *cipher,
                       CK_ULONG cipher_len, CK_BYTE *plain, CK_ULONG *plain_len);
CK_RV C_DecryptMessageBegin(CK_SESSION_HANDLE session, void *parameter, CK_ULONG parameter_len,
                            CK_BYTE *associated, CK_ULONG associated_len);
CK_RV C_DecryptMessageNext(CK_SESSION_HANDLE session, void *parameter, CK_ULONG parameter_len,
                           CK_BYTE *cipher, CK_ULONG cipher_len, CK_BYTE *plain,
                           CK_ULONG *plain_len, CK_FLAGS flags);
CK_RV C_MessageDecryptFinal(CK_SESSION_HANDLE session);
CK_RV C_MessageSignInit(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key);
CK_RV C_SignMessage(CK_SESSION_HANDLE session, void *parameter, CK_ULONG parameter_len,
                    CK_BYTE *data, CK_ULONG data_len, CK_BYTE *signature, CK_ULONG *signature_len);
CK_RV C_SignMessageBegin(CK_SESSION_HANDLE session, void *parameter, CK_ULONG parameter_len);
CK_RV C_SignMessageNext(CK_SESSION_HANDLE session, void *parameter, CK_ULONG parameter_len,
                        CK_BYTE *data, CK_ULONG data_len, CK_BYTE *signature,
                        CK_ULONG *signature_len);
CK_RV C_MessageSignFinal(CK_SESSION_HANDLE session);
CK_RV C_MessageVerifyInit(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key);
CK_RV C_VerifyMessage(CK_SESSION_HANDLE session, void *parameter, CK_ULONG parameter_len,
                      CK_BYTE *data, CK_ULONG data_len, CK_BYTE *signature, CK_ULONG signature_len);
CK_RV C_VerifyMessageBegin(CK_SESSION_HANDLE session, void *parameter, CK_ULONG parameter_len);
CK_RV C_VerifyMessageNext(CK_SESSION_HANDLE session, void *parameter, CK_ULONG parameter_len,
                          CK_BYTE *data, CK_ULONG data_len, CK_BYTE *signature,
                          CK_ULONG signature_len);
CK_RV C_MessageVerifyFinal(CK_SESSION_HANDLE session);
#pragma GCC visibility pop

/*
 * One row a function of the 2.40 list, in its order. C_GetInfo is apart: it tells by which list it
 * was called.
 */
#define CRYPTOKI_FUNCTIONS_2_40(ROW, INFO)                                                         \
    ROW(C_Initialize)                                                                              \
    ROW(C_Finalize)                                                                                \
    INFO(C_GetInfo)                                                                                \
    ROW(C_GetFunctionList)                                                                         \
    ROW(C_GetSlotList)                                                                             \
    ROW(C_GetSlotInfo)                                                                             \
    ROW(C_GetTokenInfo)                                                                            \
    ROW(C_GetMechanismList)                                                                        \
    ROW(C_GetMechanismInfo)                                                                        \
    ROW(C_InitToken)                                                                               \
    ROW(C_InitPIN)                                                                                 \
    ROW(C_SetPIN)                                                                                  \
    ROW(C_OpenSession)                                                                             \
    ROW(C_CloseSession)                                                                            \
    ROW(C_CloseAllSessions)                                                                        \
    ROW(C_GetSessionInfo)                                                                          \
    ROW(C_GetOperationState)                                                                       \
    ROW(C_SetOperationState)                                                                       \
    ROW(C_Login)                                                                                   \
    ROW(C_Logout)                                                                                  \
    ROW(C_CreateObject)                                                                            \
    ROW(C_CopyObject)                                                                              \
    ROW(C_DestroyObject)                                                                           \
    ROW(C_GetObjectSize)                                                                           \
    ROW(C_GetAttributeValue)                                                                       \
    ROW(C_SetAttributeValue)                                                                       \
    ROW(C_FindObjectsInit)                                                                         \
    ROW(C_FindObjects)                                                                             \
    ROW(C_FindObjectsFinal)                                                                        \
    ROW(C_EncryptInit)                                                                             \
    ROW(C_Encrypt)                                                                                 \
    ROW(C_EncryptUpdate)                                                                           \
    ROW(C_EncryptFinal)                                                                            \
    ROW(C_DecryptInit)                                                                             \
    ROW(C_Decrypt)                                                                                 \
    ROW(C_DecryptUpdate)                                                                           \
    ROW(C_DecryptFinal)                                                                            \
    ROW(C_DigestInit)                                                                              \
    ROW(C_Digest)                                                                                  \
    ROW(C_DigestUpdate)                                                                            \
    ROW(C_DigestKey)                                                                               \
    ROW(C_DigestFinal)                                                                             \
    ROW(C_SignInit)                                                                                \
    ROW(C_Sign)                                                                                    \
    ROW(C_SignUpdate)                                                                              \
    ROW(C_SignFinal)                                                                               \
    ROW(C_SignRecoverInit)                                                                         \
    ROW(C_SignRecover)                                                                             \
    ROW(C_VerifyInit)                                                                              \
    ROW(C_Verify)                                                                                  \
    ROW(C_VerifyUpdate)                                                                            \
    ROW(C_VerifyFinal)                                                                             \
    ROW(C_VerifyRecoverInit)                                                                       \
    ROW(C_VerifyRecover)                                                                           \
    ROW(C_DigestEncryptUpdate)                                                                     \
    ROW(C_DecryptDigestUpdate)                                                                     \
    ROW(C_SignEncryptUpdate)                                                                       \
    ROW(C_DecryptVerifyUpdate)                                                                     \
    ROW(C_GenerateKey)                                                                             \
    ROW(C_GenerateKeyPair)                                                                         \
    ROW(C_WrapKey)                                                                                 \
    ROW(C_UnwrapKey)                                                                               \
    ROW(C_DeriveKey)                                                                               \
    ROW(C_SeedRandom)                                                                              \
    ROW(C_GenerateRandom)                                                                          \
    ROW(C_GetFunctionStatus)                                                                       \
    ROW(C_CancelFunction)                                                                          \
    ROW(C_WaitForSlotEvent)

/* And what 3.0 has behind them. */
#define CRYPTOKI_FUNCTIONS_3_0(ROW)                                                                \
    ROW(C_GetInterfaceList)                                                                        \
    ROW(C_GetInterface)                                                                            \
    ROW(C_LoginUser)                                                                               \
    ROW(C_SessionCancel)                                                                           \
    ROW(C_MessageEncryptInit)                                                                      \
    ROW(C_EncryptMessage)                                                                          \
    ROW(C_EncryptMessageBegin)                                                                     \
    ROW(C_EncryptMessageNext)                                                                      \
    ROW(C_MessageEncryptFinal)                                                                     \
    ROW(C_MessageDecryptInit)                                                                      \
    ROW(C_DecryptMessage)                                                                          \
    ROW(C_DecryptMessageBegin)                                                                     \
    ROW(C_DecryptMessageNext)                                                                      \
    ROW(C_MessageDecryptFinal)                                                                     \
    ROW(C_MessageSignInit)                                                                         \
    ROW(C_SignMessage)                                                                             \
    ROW(C_SignMessageBegin)                                                                        \
    ROW(C_SignMessageNext)                                                                         \
    ROW(C_MessageSignFinal)                                                                        \
    ROW(C_MessageVerifyInit)                                                                       \
    ROW(C_VerifyMessage)                                                                           \
    ROW(C_VerifyMessageBegin)                                                                      \
    ROW(C_VerifyMessageNext)                                                                       \
    ROW(C_MessageVerifyFinal)

#define CRYPTOKI_MEMBER(name) __typeof__(&name) name;

/* The list of 3.0 begins as that of 2.40 does. */
typedef struct CK_FUNCTION_LIST_3_0 {
    CK_VERSION version;
    CRYPTOKI_FUNCTIONS_2_40(CRYPTOKI_MEMBER, CRYPTOKI_MEMBER)
    CRYPTOKI_FUNCTIONS_3_0(CRYPTOKI_MEMBER)
} CK_FUNCTION_LIST_3_0;
