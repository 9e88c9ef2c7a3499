/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Return codes: one table for all entry points and whatever a program may do wrong, each row with
 * the code and its clause in PKCS #11 2.40 (3.0 where it says so). Without arguments it asks our
 * own module, with a PIN, on a served chip. With the path of another module, of SoftHSM that is, it
 * asks that one, whose differences stand in the table with the reason.
 */
#include "support/module_scene.h"

#include <dlfcn.h>
#include <unistd.h>

/* What an argument stands for, when it is not a number. */
enum {
    FIRST_TOKEN = 0x10000,
    SESSION = FIRST_TOKEN, /* read-write, logged in */
    READ_ONLY,             /* a session that cannot write */
    NO_SESSION,            /* a handle that no session has */
    SLOT,
    NO_SLOT,
    KEY, /* private */
    PUBLIC,
    NO_OBJECT,
    OUT, /* room for everything */
    LEN, /* that it is 256 bytes */
    SHORT_LEN,
    DATA,         /* 64 bytes */
    NO_SIGNATURE, /* 64 bytes that are none */
    ECDSA,        /* mechanisms */
    ECDSA_WITH_PARAMETER,
    SHA256,
    UNKNOWN_MECHANISM,
    MODULUS, /* templates */
    SECRET_VALUE,
    SHORT_LABEL,
    LABEL,
    BROKEN_VALUE,
    NO_CLASS,
    BAD_ATTRIBUTE,
    TOKEN_DATA,
    ARGUMENTS_WITH_RESERVED, /* of C_Initialize */
    ARGUMENTS_WITH_ONE_CALLBACK,
    PIN, /* four digits; the right ones, or not */
    WRONG_PIN,
    WRONG_NAME, /* of an interface */
};

/* What happened before the call. */
typedef enum before {
    NOTHING,
    SIGNING,
    SIGNING_BEGUN, /* a part was given */
    VERIFYING,
    DIGESTING,
    DIGESTING_BEGUN,
    SEARCHING,
    LOGGED_OUT,
    BEFORE_COUNT
} before;

enum { ARGUMENTS_MAX = 9 };

typedef struct code_row {
    size_t offset; /* of the function in the list of 3.0 */
    const char *name;
    before before;
    CK_ULONG arguments[ARGUMENTS_MAX];
    CK_RV expected;
    const char *clause;
    CK_RV of_softhsm; /* where it differs, with the reason */
    const char *reason;
} code_row;

#define F(function) offsetof(CK_FUNCTION_LIST_3_0, function), #function
#define SAME        0, NULL

static const char *const arguments_first = "looks at pointers before the session";
static const char *const not_single_part = "has no multi-part ECDSA";
static const char *const no_dual = "has all functions that a chip lacks, and looks further";

/* clang-format off */
static const code_row rows[] = {
    /* 5.4 general purpose */
    {F(C_Initialize), NOTHING, {0}, CKR_CRYPTOKI_ALREADY_INITIALIZED, "5.4", SAME},
    {F(C_Initialize), NOTHING, {ARGUMENTS_WITH_RESERVED}, CKR_ARGUMENTS_BAD, "5.4", CKR_CRYPTOKI_ALREADY_INITIALIZED, "looks at its state first"},
    {F(C_Initialize), NOTHING, {ARGUMENTS_WITH_ONE_CALLBACK}, CKR_ARGUMENTS_BAD, "5.4", CKR_CRYPTOKI_ALREADY_INITIALIZED, "looks at its state first"},
    {F(C_Finalize), NOTHING, {OUT}, CKR_ARGUMENTS_BAD, "5.4", SAME},
    {F(C_GetInfo), NOTHING, {0}, CKR_ARGUMENTS_BAD, "5.4", SAME},
    {F(C_GetInfo), NOTHING, {OUT}, CKR_OK, "5.4", SAME},
    {F(C_GetFunctionList), NOTHING, {0}, CKR_ARGUMENTS_BAD, "5.4", SAME},
    {F(C_GetInterfaceList), NOTHING, {0, 0}, CKR_ARGUMENTS_BAD, "3.0 5.4", SAME},
    {F(C_GetInterfaceList), NOTHING, {OUT, SHORT_LEN}, CKR_BUFFER_TOO_SMALL, "3.0 5.4", SAME},
    {F(C_GetInterface), NOTHING, {0, 0, 0, 0}, CKR_ARGUMENTS_BAD, "3.0 5.4", SAME},
    {F(C_GetInterface), NOTHING, {WRONG_NAME, 0, OUT, 0}, CKR_FUNCTION_FAILED, "3.0 5.4", SAME},
    {F(C_GetInterface), NOTHING, {0, 0, OUT, 2}, CKR_FUNCTION_FAILED, "3.0 5.4", SAME},
    /* 5.5 slots and tokens */
    {F(C_GetSlotList), NOTHING, {CK_TRUE, 0, 0}, CKR_ARGUMENTS_BAD, "5.5", SAME},
    {F(C_GetSlotList), NOTHING, {CK_TRUE, OUT, LEN}, CKR_OK, "5.5", SAME},
    {F(C_GetSlotInfo), NOTHING, {NO_SLOT, OUT}, CKR_SLOT_ID_INVALID, "5.5", SAME},
    {F(C_GetSlotInfo), NOTHING, {SLOT, 0}, CKR_ARGUMENTS_BAD, "5.5", SAME},
    {F(C_GetTokenInfo), NOTHING, {NO_SLOT, OUT}, CKR_SLOT_ID_INVALID, "5.5", SAME},
    {F(C_GetTokenInfo), NOTHING, {SLOT, 0}, CKR_ARGUMENTS_BAD, "5.5", SAME},
    {F(C_GetTokenInfo), NOTHING, {SLOT, OUT}, CKR_OK, "5.5", SAME},
    {F(C_WaitForSlotEvent), NOTHING, {CKF_DONT_BLOCK, 0, 0}, CKR_ARGUMENTS_BAD, "5.5", CKR_NO_EVENT, "knows no events"},
    {F(C_WaitForSlotEvent), NOTHING, {CKF_DONT_BLOCK, OUT, OUT}, CKR_ARGUMENTS_BAD, "5.5", CKR_NO_EVENT, "knows no events"},
    {F(C_GetMechanismList), NOTHING, {NO_SLOT, 0, LEN}, CKR_SLOT_ID_INVALID, "5.5", SAME},
    {F(C_GetMechanismList), NOTHING, {SLOT, 0, 0}, CKR_ARGUMENTS_BAD, "5.5", SAME},
    {F(C_GetMechanismList), NOTHING, {SLOT, OUT, SHORT_LEN}, CKR_BUFFER_TOO_SMALL, "5.5", SAME},
    {F(C_GetMechanismInfo), NOTHING, {NO_SLOT, CKM_ECDSA, OUT}, CKR_SLOT_ID_INVALID, "5.5", SAME},
    {F(C_GetMechanismInfo), NOTHING, {SLOT, CKM_ECDSA, 0}, CKR_ARGUMENTS_BAD, "5.5", SAME},
    {F(C_GetMechanismInfo), NOTHING, {SLOT, CKM_CAST5_CBC, OUT}, CKR_MECHANISM_INVALID, "5.5", SAME},
    {F(C_InitToken), NOTHING, {SLOT, PIN, 4, DATA}, CKR_FUNCTION_NOT_SUPPORTED, "5.5", CKR_SESSION_EXISTS, "initialises tokens; nameplate(1) does that for chips"},
    {F(C_InitPIN), NOTHING, {SESSION, PIN, 4}, CKR_FUNCTION_NOT_SUPPORTED, "5.5", CKR_USER_NOT_LOGGED_IN, "stores PINs; ours is in a file"},
    {F(C_SetPIN), NOTHING, {SESSION, WRONG_PIN, 4, PIN, 4}, CKR_FUNCTION_NOT_SUPPORTED, "5.5", CKR_PIN_INCORRECT, "stores PINs; ours is in a file"},
    /* 5.6 sessions */
    {F(C_OpenSession), NOTHING, {NO_SLOT, CKF_SERIAL_SESSION, 0, 0, OUT}, CKR_SLOT_ID_INVALID, "5.6", SAME},
    {F(C_OpenSession), NOTHING, {SLOT, CKF_SERIAL_SESSION, 0, 0, 0}, CKR_ARGUMENTS_BAD, "5.6", SAME},
    {F(C_OpenSession), NOTHING, {SLOT, 0, 0, 0, OUT}, CKR_SESSION_PARALLEL_NOT_SUPPORTED, "5.6", SAME},
    {F(C_CloseAllSessions), NOTHING, {NO_SLOT}, CKR_SLOT_ID_INVALID, "5.6", SAME},
    {F(C_GetSessionInfo), NOTHING, {SESSION, 0}, CKR_ARGUMENTS_BAD, "5.6", SAME},
    {F(C_GetSessionInfo), NOTHING, {SESSION, OUT}, CKR_OK, "5.6", SAME},
    {F(C_GetOperationState), NOTHING, {SESSION, OUT, LEN}, CKR_FUNCTION_NOT_SUPPORTED, "5.6", SAME},
    {F(C_SetOperationState), NOTHING, {SESSION, DATA, 8, 0, 0}, CKR_FUNCTION_NOT_SUPPORTED, "5.6", SAME},
    {F(C_Login), NOTHING, {SESSION, CKU_USER, PIN, 4}, CKR_USER_ALREADY_LOGGED_IN, "5.6", SAME},
    {F(C_Login), NOTHING, {SESSION, CKU_SO, PIN, 4}, CKR_USER_ANOTHER_ALREADY_LOGGED_IN, "5.6", CKR_SESSION_READ_ONLY_EXISTS, "looks at sessions first"},
    {F(C_Login), NOTHING, {SESSION, 77, PIN, 4}, CKR_USER_TYPE_INVALID, "5.6", SAME},
    {F(C_Login), NOTHING, {SESSION, CKU_CONTEXT_SPECIFIC, PIN, 4}, CKR_OPERATION_NOT_INITIALIZED, "5.6", SAME},
    {F(C_Login), LOGGED_OUT, {SESSION, CKU_USER, WRONG_PIN, 4}, CKR_PIN_INCORRECT, "5.6", SAME},
    {F(C_Login), LOGGED_OUT, {SESSION, CKU_USER, 0, 4}, CKR_ARGUMENTS_BAD, "5.6", SAME},
    {F(C_Login), LOGGED_OUT, {READ_ONLY, CKU_SO, PIN, 4}, CKR_SESSION_READ_ONLY_EXISTS, "5.6", SAME},
    {F(C_Logout), LOGGED_OUT, {SESSION}, CKR_USER_NOT_LOGGED_IN, "5.6", CKR_OK, "takes a second logout for granted"},
    {F(C_LoginUser), NOTHING, {SESSION, CKU_USER, PIN, 4, 0, 0}, CKR_USER_ALREADY_LOGGED_IN, "3.0 5.6", SAME},
    {F(C_SessionCancel), NOTHING, {SESSION, CKF_SIGN}, CKR_OK, "3.0 5.6", SAME},
    /* 5.7 objects */
    {F(C_CreateObject), NOTHING, {SESSION, 0, 1, OUT}, CKR_ARGUMENTS_BAD, "5.7", SAME},
    {F(C_CreateObject), NOTHING, {SESSION, LABEL, 1, 0}, CKR_ARGUMENTS_BAD, "5.7", SAME},
    {F(C_CreateObject), NOTHING, {SESSION, NO_CLASS, 1, OUT}, CKR_TEMPLATE_INCOMPLETE, "5.7", SAME},
    {F(C_CreateObject), NOTHING, {SESSION, BAD_ATTRIBUTE, 2, OUT}, CKR_ATTRIBUTE_TYPE_INVALID, "5.7", SAME},
    {F(C_CreateObject), NOTHING, {READ_ONLY, TOKEN_DATA, 2, OUT}, CKR_SESSION_READ_ONLY, "5.7", SAME},
    {F(C_CreateObject), NOTHING, {SESSION, TOKEN_DATA, 2, OUT}, CKR_TOKEN_WRITE_PROTECTED, "5.7", CKR_OK, "stores objects; a chip does not"},
    {F(C_CopyObject), NOTHING, {SESSION, NO_OBJECT, LABEL, 1, OUT}, CKR_OBJECT_HANDLE_INVALID, "5.7", SAME},
    {F(C_CopyObject), NOTHING, {SESSION, KEY, 0, 0, 0}, CKR_ARGUMENTS_BAD, "5.7", SAME},
    {F(C_CopyObject), NOTHING, {SESSION, KEY, LABEL, 1, OUT}, CKR_ACTION_PROHIBITED, "5.7 COPYABLE", CKR_OK, "its keys can be copied"},
    {F(C_DestroyObject), NOTHING, {SESSION, NO_OBJECT}, CKR_OBJECT_HANDLE_INVALID, "5.7", SAME},
    {F(C_DestroyObject), NOTHING, {READ_ONLY, KEY}, CKR_SESSION_READ_ONLY, "5.7", SAME},
    {F(C_GetObjectSize), NOTHING, {SESSION, NO_OBJECT, OUT}, CKR_OBJECT_HANDLE_INVALID, "5.7", SAME},
    {F(C_GetObjectSize), NOTHING, {SESSION, KEY, 0}, CKR_ARGUMENTS_BAD, "5.7", SAME},
    {F(C_GetObjectSize), NOTHING, {SESSION, KEY, OUT}, CKR_OK, "5.7", SAME},
    {F(C_GetAttributeValue), NOTHING, {SESSION, NO_OBJECT, LABEL, 1}, CKR_OBJECT_HANDLE_INVALID, "5.7", SAME},
    {F(C_GetAttributeValue), NOTHING, {SESSION, KEY, 0, 1}, CKR_ARGUMENTS_BAD, "5.7", SAME},
    {F(C_GetAttributeValue), NOTHING, {SESSION, KEY, MODULUS, 1}, CKR_ATTRIBUTE_TYPE_INVALID, "5.7", SAME},
    {F(C_GetAttributeValue), NOTHING, {SESSION, KEY, SECRET_VALUE, 1}, CKR_ATTRIBUTE_SENSITIVE, "5.7", SAME},
    {F(C_GetAttributeValue), NOTHING, {SESSION, KEY, SHORT_LABEL, 1}, CKR_BUFFER_TOO_SMALL, "5.7", SAME},
    {F(C_GetAttributeValue), NOTHING, {SESSION, KEY, LABEL, 1}, CKR_OK, "5.7", SAME},
    {F(C_GetAttributeValue), LOGGED_OUT, {SESSION, KEY, LABEL, 1}, CKR_OBJECT_HANDLE_INVALID, "5.7", SAME},
    {F(C_SetAttributeValue), NOTHING, {SESSION, NO_OBJECT, LABEL, 1}, CKR_OBJECT_HANDLE_INVALID, "5.7", SAME},
    {F(C_SetAttributeValue), NOTHING, {SESSION, KEY, 0, 1}, CKR_ARGUMENTS_BAD, "5.7", SAME},
    {F(C_SetAttributeValue), NOTHING, {READ_ONLY, KEY, LABEL, 1}, CKR_SESSION_READ_ONLY, "5.7", SAME},
    {F(C_SetAttributeValue), NOTHING, {SESSION, KEY, LABEL, 1}, CKR_ACTION_PROHIBITED, "5.7 MODIFIABLE", CKR_OK, "its keys can be modified"},
    {F(C_FindObjectsInit), NOTHING, {SESSION, 0, 1}, CKR_ARGUMENTS_BAD, "5.7", SAME},
    {F(C_FindObjectsInit), NOTHING, {SESSION, BROKEN_VALUE, 1}, CKR_ATTRIBUTE_VALUE_INVALID, "5.7", CKR_OK, "reads no value that is missing"},
    {F(C_FindObjectsInit), SEARCHING, {SESSION, 0, 0}, CKR_OPERATION_ACTIVE, "5.7", SAME},
    {F(C_FindObjects), NOTHING, {SESSION, OUT, 1, LEN}, CKR_OPERATION_NOT_INITIALIZED, "5.7", SAME},
    {F(C_FindObjects), SEARCHING, {SESSION, 0, 1, LEN}, CKR_ARGUMENTS_BAD, "5.7", SAME},
    {F(C_FindObjects), SEARCHING, {SESSION, OUT, 1, 0}, CKR_ARGUMENTS_BAD, "5.7", SAME},
    {F(C_FindObjects), SEARCHING, {SESSION, OUT, 1, LEN}, CKR_OK, "5.7", SAME},
    {F(C_FindObjectsFinal), NOTHING, {SESSION}, CKR_OPERATION_NOT_INITIALIZED, "5.7", SAME},
    {F(C_FindObjectsFinal), SEARCHING, {SESSION}, CKR_OK, "5.7", SAME},
    /* 5.10 digests */
    {F(C_DigestInit), NOTHING, {SESSION, 0}, CKR_ARGUMENTS_BAD, "5.10", SAME},
    {F(C_DigestInit), NOTHING, {SESSION, UNKNOWN_MECHANISM}, CKR_MECHANISM_INVALID, "5.10", SAME},
    {F(C_DigestInit), NOTHING, {SESSION, ECDSA}, CKR_MECHANISM_INVALID, "5.10", SAME},
    {F(C_DigestInit), DIGESTING, {SESSION, SHA256}, CKR_OPERATION_ACTIVE, "5.10", SAME},
    {F(C_Digest), NOTHING, {SESSION, DATA, 8, OUT, LEN}, CKR_OPERATION_NOT_INITIALIZED, "5.10", SAME},
    {F(C_Digest), DIGESTING, {SESSION, 0, 8, OUT, LEN}, CKR_ARGUMENTS_BAD, "5.10", SAME},
    {F(C_Digest), DIGESTING, {SESSION, DATA, 8, OUT, 0}, CKR_ARGUMENTS_BAD, "5.2", SAME},
    {F(C_Digest), DIGESTING, {SESSION, DATA, 8, 0, LEN}, CKR_OK, "5.2", SAME},
    {F(C_Digest), DIGESTING, {SESSION, DATA, 8, OUT, SHORT_LEN}, CKR_BUFFER_TOO_SMALL, "5.2", SAME},
    {F(C_Digest), DIGESTING, {SESSION, DATA, 8, OUT, LEN}, CKR_OK, "5.10", SAME},
    {F(C_Digest), DIGESTING_BEGUN, {SESSION, DATA, 8, OUT, LEN}, CKR_OPERATION_ACTIVE, "5.10", CKR_OK, "lets the single call end an operation in parts"},
    {F(C_DigestUpdate), NOTHING, {SESSION, DATA, 8}, CKR_OPERATION_NOT_INITIALIZED, "5.10", SAME},
    {F(C_DigestUpdate), DIGESTING, {SESSION, 0, 8}, CKR_ARGUMENTS_BAD, "5.10", SAME},
    {F(C_DigestUpdate), DIGESTING, {SESSION, DATA, 8}, CKR_OK, "5.10", SAME},
    {F(C_DigestKey), NOTHING, {SESSION, KEY}, CKR_OPERATION_NOT_INITIALIZED, "5.10", SAME},
    {F(C_DigestKey), DIGESTING, {SESSION, NO_OBJECT}, CKR_KEY_HANDLE_INVALID, "5.10", SAME},
    {F(C_DigestKey), DIGESTING, {SESSION, KEY}, CKR_KEY_INDIGESTIBLE, "5.10", CKR_OK, "digests nothing, for a key without a value"},
    {F(C_DigestFinal), NOTHING, {SESSION, OUT, LEN}, CKR_OPERATION_NOT_INITIALIZED, "5.10", SAME},
    {F(C_DigestFinal), DIGESTING, {SESSION, OUT, 0}, CKR_ARGUMENTS_BAD, "5.2", SAME},
    {F(C_DigestFinal), DIGESTING_BEGUN, {SESSION, 0, LEN}, CKR_OK, "5.2", SAME},
    {F(C_DigestFinal), DIGESTING_BEGUN, {SESSION, OUT, SHORT_LEN}, CKR_BUFFER_TOO_SMALL, "5.2", SAME},
    /* 5.11 signing */
    {F(C_SignInit), NOTHING, {SESSION, 0, KEY}, CKR_ARGUMENTS_BAD, "5.11", SAME},
    {F(C_SignInit), NOTHING, {SESSION, UNKNOWN_MECHANISM, KEY}, CKR_MECHANISM_INVALID, "5.11", SAME},
    {F(C_SignInit), NOTHING, {SESSION, SHA256, KEY}, CKR_MECHANISM_INVALID, "5.11", SAME},
    {F(C_SignInit), NOTHING, {SESSION, ECDSA_WITH_PARAMETER, KEY}, CKR_MECHANISM_PARAM_INVALID, "5.11", CKR_OK, "ignores parameters"},
    {F(C_SignInit), NOTHING, {SESSION, ECDSA, NO_OBJECT}, CKR_KEY_HANDLE_INVALID, "5.11", CKR_OBJECT_HANDLE_INVALID, "says object for key"},
    {F(C_SignInit), NOTHING, {SESSION, ECDSA, PUBLIC}, CKR_KEY_TYPE_INCONSISTENT, "5.11", CKR_KEY_FUNCTION_NOT_PERMITTED, "looks at CKA_SIGN first"},
    {F(C_SignInit), SIGNING, {SESSION, ECDSA, KEY}, CKR_OPERATION_ACTIVE, "5.11", SAME},
    {F(C_SignInit), LOGGED_OUT, {SESSION, ECDSA, KEY}, CKR_USER_NOT_LOGGED_IN, "5.11", CKR_OBJECT_HANDLE_INVALID, "has no private objects before a login"},
    {F(C_Sign), NOTHING, {SESSION, DATA, 32, OUT, LEN}, CKR_OPERATION_NOT_INITIALIZED, "5.11", SAME},
    {F(C_Sign), SIGNING, {SESSION, 0, 32, OUT, LEN}, CKR_ARGUMENTS_BAD, "5.11", SAME},
    {F(C_Sign), SIGNING, {SESSION, DATA, 32, OUT, 0}, CKR_ARGUMENTS_BAD, "5.2", SAME},
    {F(C_Sign), SIGNING, {SESSION, DATA, 32, 0, LEN}, CKR_OK, "5.2", SAME},
    {F(C_Sign), SIGNING, {SESSION, DATA, 32, OUT, SHORT_LEN}, CKR_BUFFER_TOO_SMALL, "5.2", SAME},
    {F(C_Sign), SIGNING, {SESSION, DATA, 32, OUT, LEN}, CKR_OK, "5.11", SAME},
    {F(C_Sign), SIGNING, {SESSION, DATA, 0, OUT, LEN}, CKR_DATA_LEN_RANGE, "5.11", CKR_OK, "signs an empty digest as 0"},
    {F(C_Sign), SIGNING_BEGUN, {SESSION, DATA, 8, OUT, LEN}, CKR_OPERATION_ACTIVE, "5.11", CKR_OPERATION_NOT_INITIALIZED, not_single_part},
    {F(C_SignUpdate), NOTHING, {SESSION, DATA, 8}, CKR_OPERATION_NOT_INITIALIZED, "5.11", SAME},
    {F(C_SignUpdate), SIGNING, {SESSION, 0, 8}, CKR_ARGUMENTS_BAD, "5.11", SAME},
    {F(C_SignUpdate), SIGNING, {SESSION, DATA, 8}, CKR_OK, "5.11", CKR_OPERATION_NOT_INITIALIZED, not_single_part},
    {F(C_SignFinal), NOTHING, {SESSION, OUT, LEN}, CKR_OPERATION_NOT_INITIALIZED, "5.11", SAME},
    {F(C_SignFinal), SIGNING_BEGUN, {SESSION, OUT, 0}, CKR_ARGUMENTS_BAD, "5.2", SAME},
    {F(C_SignFinal), SIGNING_BEGUN, {SESSION, 0, LEN}, CKR_OK, "5.2", CKR_OPERATION_NOT_INITIALIZED, not_single_part},
    {F(C_SignFinal), SIGNING_BEGUN, {SESSION, OUT, SHORT_LEN}, CKR_BUFFER_TOO_SMALL, "5.2", CKR_OPERATION_NOT_INITIALIZED, not_single_part},
    {F(C_SignRecoverInit), NOTHING, {SESSION, ECDSA, KEY}, CKR_FUNCTION_NOT_SUPPORTED, "5.11", SAME},
    {F(C_SignRecover), NOTHING, {SESSION, DATA, 8, OUT, LEN}, CKR_FUNCTION_NOT_SUPPORTED, "5.11", SAME},
    /* 5.12 verifying */
    {F(C_VerifyInit), NOTHING, {SESSION, 0, PUBLIC}, CKR_ARGUMENTS_BAD, "5.12", SAME},
    {F(C_VerifyInit), NOTHING, {SESSION, UNKNOWN_MECHANISM, PUBLIC}, CKR_MECHANISM_INVALID, "5.12", SAME},
    {F(C_VerifyInit), NOTHING, {SESSION, ECDSA, NO_OBJECT}, CKR_KEY_HANDLE_INVALID, "5.12", CKR_OBJECT_HANDLE_INVALID, "says object for key"},
    {F(C_VerifyInit), NOTHING, {SESSION, ECDSA, KEY}, CKR_KEY_TYPE_INCONSISTENT, "5.12", CKR_KEY_FUNCTION_NOT_PERMITTED, "looks at CKA_VERIFY first"},
    {F(C_VerifyInit), VERIFYING, {SESSION, ECDSA, PUBLIC}, CKR_OPERATION_ACTIVE, "5.12", SAME},
    {F(C_Verify), NOTHING, {SESSION, DATA, 32, NO_SIGNATURE, 64}, CKR_OPERATION_NOT_INITIALIZED, "5.12", SAME},
    {F(C_Verify), VERIFYING, {SESSION, 0, 32, NO_SIGNATURE, 64}, CKR_ARGUMENTS_BAD, "5.12", SAME},
    {F(C_Verify), VERIFYING, {SESSION, DATA, 32, 0, 64}, CKR_ARGUMENTS_BAD, "5.12", SAME},
    {F(C_Verify), VERIFYING, {SESSION, DATA, 32, NO_SIGNATURE, 63}, CKR_SIGNATURE_LEN_RANGE, "5.12", SAME},
    {F(C_Verify), VERIFYING, {SESSION, DATA, 32, NO_SIGNATURE, 64}, CKR_SIGNATURE_INVALID, "5.12", SAME},
    {F(C_VerifyUpdate), NOTHING, {SESSION, DATA, 8}, CKR_OPERATION_NOT_INITIALIZED, "5.12", SAME},
    {F(C_VerifyUpdate), VERIFYING, {SESSION, 0, 8}, CKR_ARGUMENTS_BAD, "5.12", SAME},
    {F(C_VerifyFinal), NOTHING, {SESSION, NO_SIGNATURE, 64}, CKR_OPERATION_NOT_INITIALIZED, "5.12", SAME},
    {F(C_VerifyFinal), VERIFYING, {SESSION, 0, 64}, CKR_ARGUMENTS_BAD, "5.12", SAME},
    {F(C_VerifyRecoverInit), NOTHING, {SESSION, ECDSA, PUBLIC}, CKR_FUNCTION_NOT_SUPPORTED, "5.12", SAME},
    {F(C_VerifyRecover), NOTHING, {SESSION, DATA, 64, OUT, LEN}, CKR_FUNCTION_NOT_SUPPORTED, "5.12", SAME},
    /* 5.8, 5.9, 5.13: no chip does this */
    {F(C_EncryptInit), NOTHING, {SESSION, ECDSA, PUBLIC}, CKR_FUNCTION_NOT_SUPPORTED, "5.8", CKR_MECHANISM_INVALID, no_dual},
    {F(C_Encrypt), NOTHING, {SESSION, DATA, 8, OUT, LEN}, CKR_FUNCTION_NOT_SUPPORTED, "5.8", CKR_OPERATION_NOT_INITIALIZED, no_dual},
    {F(C_EncryptUpdate), NOTHING, {SESSION, DATA, 8, OUT, LEN}, CKR_FUNCTION_NOT_SUPPORTED, "5.8", CKR_OPERATION_NOT_INITIALIZED, no_dual},
    {F(C_EncryptFinal), NOTHING, {SESSION, OUT, LEN}, CKR_FUNCTION_NOT_SUPPORTED, "5.8", CKR_OPERATION_NOT_INITIALIZED, no_dual},
    {F(C_DecryptInit), NOTHING, {SESSION, ECDSA, KEY}, CKR_FUNCTION_NOT_SUPPORTED, "5.9", CKR_MECHANISM_INVALID, no_dual},
    {F(C_Decrypt), NOTHING, {SESSION, DATA, 8, OUT, LEN}, CKR_FUNCTION_NOT_SUPPORTED, "5.9", CKR_OPERATION_NOT_INITIALIZED, no_dual},
    {F(C_DecryptUpdate), NOTHING, {SESSION, DATA, 8, OUT, LEN}, CKR_FUNCTION_NOT_SUPPORTED, "5.9", CKR_OPERATION_NOT_INITIALIZED, no_dual},
    {F(C_DecryptFinal), NOTHING, {SESSION, OUT, LEN}, CKR_FUNCTION_NOT_SUPPORTED, "5.9", CKR_OPERATION_NOT_INITIALIZED, no_dual},
    {F(C_DigestEncryptUpdate), NOTHING, {SESSION, DATA, 8, OUT, LEN}, CKR_FUNCTION_NOT_SUPPORTED, "5.13", SAME},
    {F(C_DecryptDigestUpdate), NOTHING, {SESSION, DATA, 8, OUT, LEN}, CKR_FUNCTION_NOT_SUPPORTED, "5.13", SAME},
    {F(C_SignEncryptUpdate), NOTHING, {SESSION, DATA, 8, OUT, LEN}, CKR_FUNCTION_NOT_SUPPORTED, "5.13", SAME},
    {F(C_DecryptVerifyUpdate), NOTHING, {SESSION, DATA, 8, OUT, LEN}, CKR_FUNCTION_NOT_SUPPORTED, "5.13", SAME},
    /* 5.14 keys */
    {F(C_GenerateKey), NOTHING, {SESSION, ECDSA, LABEL, 1, OUT}, CKR_FUNCTION_NOT_SUPPORTED, "5.14", CKR_MECHANISM_INVALID, no_dual},
    {F(C_GenerateKeyPair), NOTHING, {SESSION, ECDSA, LABEL, 1, LABEL, 1, OUT, DATA}, CKR_FUNCTION_NOT_SUPPORTED, "5.14", CKR_MECHANISM_INVALID, no_dual},
    {F(C_WrapKey), NOTHING, {SESSION, ECDSA, KEY, KEY, OUT, LEN}, CKR_FUNCTION_NOT_SUPPORTED, "5.14", CKR_MECHANISM_INVALID, no_dual},
    {F(C_UnwrapKey), NOTHING, {SESSION, ECDSA, KEY, DATA, 8, LABEL, 1, OUT}, CKR_FUNCTION_NOT_SUPPORTED, "5.14", CKR_MECHANISM_INVALID, no_dual},
    {F(C_DeriveKey), NOTHING, {SESSION, 0, KEY, LABEL, 1, OUT}, CKR_ARGUMENTS_BAD, "5.14", SAME},
    {F(C_DeriveKey), NOTHING, {SESSION, ECDSA, KEY, LABEL, 1, 0}, CKR_ARGUMENTS_BAD, "5.14", SAME},
    {F(C_DeriveKey), NOTHING, {SESSION, ECDSA, KEY, LABEL, 1, OUT}, CKR_MECHANISM_INVALID, "5.14", SAME},
    /* 5.15 random numbers */
    {F(C_SeedRandom), NOTHING, {SESSION, 0, 8}, CKR_ARGUMENTS_BAD, "5.15", SAME},
    {F(C_SeedRandom), NOTHING, {SESSION, DATA, 8}, CKR_OK, "5.15", SAME},
    {F(C_GenerateRandom), NOTHING, {SESSION, 0, 8}, CKR_ARGUMENTS_BAD, "5.15", SAME},
    {F(C_GenerateRandom), NOTHING, {SESSION, OUT, 8}, CKR_OK, "5.15", SAME},
    /* 5.16 parallel functions, of the past */
    {F(C_GetFunctionStatus), NOTHING, {SESSION}, CKR_FUNCTION_NOT_PARALLEL, "5.16", SAME},
    {F(C_CancelFunction), NOTHING, {SESSION}, CKR_FUNCTION_NOT_PARALLEL, "5.16", SAME},
};
/* clang-format on */

/* Every function, for what is the same for all of them. */
typedef struct entry_row {
    size_t offset;
    const char *name;
} entry_row;

#define ENTRY(function) {F(function)},
static const entry_row entries[] = {CRYPTOKI_FUNCTIONS_2_40(ENTRY, ENTRY)
                                        CRYPTOKI_FUNCTIONS_3_0(ENTRY)};

/* These work in any state, and these have no session as their first argument. */
static const char *const stateless[] = {"C_Initialize", "C_GetFunctionList", "C_GetInterfaceList",
                                        "C_GetInterface"};
static const char *const sessionless[] = {
    "C_Initialize",       "C_Finalize",         "C_GetInfo",          "C_GetFunctionList",
    "C_GetInterfaceList", "C_GetInterface",     "C_GetSlotList",      "C_GetSlotInfo",
    "C_GetTokenInfo",     "C_WaitForSlotEvent", "C_GetMechanismList", "C_GetMechanismInfo",
    "C_InitToken",        "C_OpenSession",      "C_CloseAllSessions"};

static bool is_among(const char *const *names, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

/* The module under test, and what rows refer to. */
typedef struct world {
    const CK_FUNCTION_LIST *functions;
    const CK_FUNCTION_LIST_3_0 *functions_3_0; /* NULL: none */
    bool is_softhsm;
    CK_SLOT_ID slot;
    CK_SESSION_HANDLE base; /* keeps the login */
    CK_SESSION_HANDLE session;
    CK_SESSION_HANDLE read_only;
    CK_OBJECT_HANDLE key;
    CK_OBJECT_HANDLE public_key;
    uint8_t out[4096];
    uint8_t data[64];
    CK_ULONG len;
    module_scene *scene;
} world;

static void require(CK_RV rv, const char *what)
{
    if (rv != CKR_OK) {
        fail_msg("%s: 0x%lx", what, rv);
    }
}

#define REQUIRE(expression) require(expression, #expression)

/* A template, a mechanism, and so on, by its token. */
static void *thing(world *in, CK_ULONG token)
{
    static char label[] = "device";
    static uint8_t small[1];
    static CK_OBJECT_CLASS data_class = CKO_DATA;
    static CK_BBOOL yes = CK_TRUE;
    static uint8_t room[512];
    static CK_MECHANISM ecdsa = {CKM_ECDSA, NULL, 0};
    static CK_MECHANISM with_parameter = {CKM_ECDSA, label, 6};
    static CK_MECHANISM sha256 = {CKM_SHA256, NULL, 0};
    static CK_MECHANISM unknown = {CKM_CAST5_CBC, NULL, 0};
    static CK_ATTRIBUTE templates[8][2];
    static CK_C_INITIALIZE_ARGS with_reserved = {.pReserved = label};
    static CK_C_INITIALIZE_ARGS with_one;
    static uint8_t no_signature[64] = {[31] = 1, [63] = 1};
    static char right_pin[] = "1234";
    static char wrong_pin[] = "9876";
    static char wrong_name[] = "Vendor";
    with_one.flags = CKF_OS_LOCKING_OK;
    memcpy(&with_one.CreateMutex, &in, sizeof(in));
    templates[0][0] = (CK_ATTRIBUTE){CKA_MODULUS, room, sizeof(room)};
    templates[1][0] = (CK_ATTRIBUTE){CKA_VALUE, room, sizeof(room)};
    templates[2][0] = (CK_ATTRIBUTE){CKA_LABEL, small, sizeof(small)};
    templates[3][0] = (CK_ATTRIBUTE){CKA_LABEL, label, sizeof(label) - 1};
    templates[4][0] = (CK_ATTRIBUTE){CKA_LABEL, NULL, 7};
    templates[5][0] = templates[3][0];
    templates[6][0] = templates[7][0] = (CK_ATTRIBUTE){CKA_CLASS, &data_class, sizeof(data_class)};
    templates[6][1] = (CK_ATTRIBUTE){CKA_MODULUS, label, 6};
    templates[7][1] = (CK_ATTRIBUTE){CKA_TOKEN, &yes, sizeof(yes)};
    void *const things[] = {
        [OUT - OUT] = in->out,
        [LEN - OUT] = &in->len,
        [SHORT_LEN - OUT] = &in->len,
        [DATA - OUT] = in->data,
        [NO_SIGNATURE - OUT] = no_signature,
        [ECDSA - OUT] = &ecdsa,
        [ECDSA_WITH_PARAMETER - OUT] = &with_parameter,
        [SHA256 - OUT] = &sha256,
        [UNKNOWN_MECHANISM - OUT] = &unknown,
        [MODULUS - OUT] = templates[0],
        [SECRET_VALUE - OUT] = templates[1],
        [SHORT_LABEL - OUT] = templates[2],
        [LABEL - OUT] = templates[3],
        [BROKEN_VALUE - OUT] = templates[4],
        [NO_CLASS - OUT] = templates[5],
        [BAD_ATTRIBUTE - OUT] = templates[6],
        [TOKEN_DATA - OUT] = templates[7],
        [ARGUMENTS_WITH_RESERVED - OUT] = &with_reserved,
        [ARGUMENTS_WITH_ONE_CALLBACK - OUT] = &with_one,
        [PIN - OUT] = right_pin,
        [WRONG_PIN - OUT] = wrong_pin,
        [WRONG_NAME - OUT] = wrong_name,
    };
    return things[token - OUT];
}

static CK_ULONG argument(world *in, CK_ULONG token)
{
    const CK_ULONG handles[] = {
        [SESSION - FIRST_TOKEN] = in->session,   [READ_ONLY - FIRST_TOKEN] = in->read_only,
        [NO_SESSION - FIRST_TOKEN] = 0x7777,     [SLOT - FIRST_TOKEN] = in->slot,
        [NO_SLOT - FIRST_TOKEN] = 88888,         [KEY - FIRST_TOKEN] = in->key,
        [PUBLIC - FIRST_TOKEN] = in->public_key, [NO_OBJECT - FIRST_TOKEN] = 0x7777,
    };
    if (token < FIRST_TOKEN || token > WRONG_NAME) {
        return token;
    }
    if (token == LEN || token == SHORT_LEN) {
        in->len = token == LEN ? 256 : 1;
    }
    return token < OUT ? handles[token - FIRST_TOKEN] : (CK_ULONG)thing(in, token);
}

/*
 * All arguments are of one register each on the platforms that this is for, so one type serves all
 * functions, and a row is data instead of code.
 */
typedef CK_RV any_function(CK_ULONG, CK_ULONG, CK_ULONG, CK_ULONG, CK_ULONG, CK_ULONG, CK_ULONG,
                           CK_ULONG, CK_ULONG);

static any_function *function_of(const world *in, size_t offset)
{
    any_function *found = NULL;
    const uint8_t *list = (const uint8_t *)in->functions;
    if (in->functions_3_0 != NULL) {
        list = (const uint8_t *)in->functions_3_0;
    } else if (offset >= sizeof(CK_FUNCTION_LIST)) {
        return NULL;
    }
    memcpy(&found, list + offset, sizeof(found));
    return found;
}

static CK_RV call(world *in, size_t offset, const CK_ULONG *tokens)
{
    CK_ULONG a[ARGUMENTS_MAX];
    for (size_t i = 0; i < ARGUMENTS_MAX; i++) {
        a[i] = argument(in, tokens[i]);
    }
    return function_of(in, offset)(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8]);
}

static void prepare(world *in, before what)
{
    const CK_FUNCTION_LIST *f = in->functions;
    switch (what) {
    case SIGNING:
    case SIGNING_BEGUN:
        REQUIRE(f->C_SignInit(in->session, thing(in, ECDSA), in->key));
        if (what == SIGNING_BEGUN && !in->is_softhsm) {
            REQUIRE(f->C_SignUpdate(in->session, in->data, 8));
        } else if (what == SIGNING_BEGUN) {
            (void)f->C_SignUpdate(in->session, in->data, 8);
        }
        break;
    case VERIFYING:
        REQUIRE(f->C_VerifyInit(in->session, thing(in, ECDSA), in->public_key));
        break;
    case DIGESTING:
    case DIGESTING_BEGUN:
        REQUIRE(f->C_DigestInit(in->session, thing(in, SHA256)));
        if (what == DIGESTING_BEGUN) {
            REQUIRE(f->C_DigestUpdate(in->session, in->data, 8));
        }
        break;
    case SEARCHING:
        REQUIRE(f->C_FindObjectsInit(in->session, NULL, 0));
        break;
    case LOGGED_OUT:
        REQUIRE(f->C_Logout(in->base));
        break;
    case NOTHING:
    case BEFORE_COUNT:
        break;
    }
}

static void open_sessions(world *in)
{
    const CK_FLAGS writing = CKF_SERIAL_SESSION | CKF_RW_SESSION;
    const CK_FUNCTION_LIST *f = in->functions;
    REQUIRE(f->C_OpenSession(in->slot, writing, NULL, NULL, &in->session));
    REQUIRE(f->C_OpenSession(in->slot, CKF_SERIAL_SESSION, NULL, NULL, &in->read_only));
}

static CK_OBJECT_HANDLE find(world *in, CK_OBJECT_CLASS class)
{
    CK_OBJECT_HANDLE found = 0;
    CK_ULONG count = 0;
    CK_ATTRIBUTE template = {CKA_CLASS, &class, sizeof(class)};
    REQUIRE(in->functions->C_FindObjectsInit(in->base, &template, 1));
    REQUIRE(in->functions->C_FindObjects(in->base, &found, 1, &count));
    REQUIRE(in->functions->C_FindObjectsFinal(in->base));
    return found;
}

static void close_sessions(world *in)
{
    const CK_FUNCTION_LIST *f = in->functions;
    CK_SESSION_INFO info;
    REQUIRE(f->C_CloseSession(in->session));
    REQUIRE(f->C_CloseSession(in->read_only));
    REQUIRE(f->C_GetSessionInfo(in->base, &info));
    if (info.state != CKS_RW_USER_FUNCTIONS) {
        REQUIRE(f->C_Login(in->base, CKU_USER, thing(in, PIN), 4));
        in->key = find(in, CKO_PRIVATE_KEY); /* SoftHSM counts on after a logout; we do not */
    }
}

static void every_row_returns_its_code(void **state)
{
    world *in = *state;
    unsigned bad = 0;
    for (size_t i = 0; i < NP_COUNT_OF(rows); i++) {
        const code_row *row = &rows[i];
        if (function_of(in, row->offset) == NULL) {
            continue;
        }
        CK_RV expected = in->is_softhsm && row->reason != NULL ? row->of_softhsm : row->expected;
        open_sessions(in);
        prepare(in, row->before);
        CK_RV rv = call(in, row->offset, row->arguments);
        close_sessions(in);
        if (rv != expected) {
            print_error("row %zu, %s (%s): 0x%lx, not 0x%lx\n", i, row->name, row->clause, rv,
                        expected);
            bad++;
        }
    }
    assert_int_equal(bad, 0);
}

/* 2.40 5.1: an unknown session is told before anything else is looked at. */
static void every_function_with_a_session_refuses_one_that_is_not(void **state)
{
    world *in = *state;
    static const CK_ULONG tokens[ARGUMENTS_MAX] = {NO_SESSION};
    for (size_t i = 0; i < NP_COUNT_OF(entries); i++) {
        if (function_of(in, entries[i].offset) == NULL ||
            is_among(sessionless, NP_COUNT_OF(sessionless), entries[i].name)) {
            continue;
        }
        CK_RV rv = call(in, entries[i].offset, tokens);
        bool is_other_order =
            in->is_softhsm && (rv == CKR_ARGUMENTS_BAD || rv == CKR_FUNCTION_NOT_SUPPORTED ||
                               rv == CKR_FUNCTION_NOT_PARALLEL);
        if (rv != CKR_SESSION_HANDLE_INVALID && !is_other_order) {
            fail_msg("%s: 0x%lx (%s)", entries[i].name, rv, arguments_first);
        }
    }
}

/* 2.40 5.4: nothing but these four works before C_Initialize, and after C_Finalize. */
static void nothing_works_without_initialize(void **state)
{
    world *in = *state;
    static const CK_ULONG tokens[ARGUMENTS_MAX] = {0};
    REQUIRE(in->functions->C_Finalize(NULL));
    for (size_t i = 0; i < NP_COUNT_OF(entries); i++) {
        if (function_of(in, entries[i].offset) == NULL ||
            is_among(stateless, NP_COUNT_OF(stateless), entries[i].name)) {
            continue;
        }
        CK_RV rv = call(in, entries[i].offset, tokens);
        bool is_other_order =
            in->is_softhsm && (rv == CKR_ARGUMENTS_BAD || rv == CKR_FUNCTION_NOT_SUPPORTED ||
                               rv == CKR_FUNCTION_NOT_PARALLEL);
        if (rv != CKR_CRYPTOKI_NOT_INITIALIZED && !is_other_order) {
            fail_msg("%s: 0x%lx", entries[i].name, rv);
        }
    }
    REQUIRE(in->functions->C_Initialize(NULL));
}

static void find_slot(world *in)
{
    CK_SLOT_ID slots[8];
    CK_ULONG count = NP_COUNT_OF(slots);
    CK_TOKEN_INFO info;
    REQUIRE(in->functions->C_GetSlotList(CK_TRUE, slots, &count));
    for (CK_ULONG i = 0; i < count; i++) {
        REQUIRE(in->functions->C_GetTokenInfo(slots[i], &info));
        if (info.flags & CKF_TOKEN_INITIALIZED) {
            in->slot = slots[i];
            return;
        }
    }
    fail_msg("no token");
}

/* SoftHSM gets a key pair as the chip has one. */
static void generate(world *in)
{
    CK_MECHANISM mechanism = {CKM_EC_KEY_PAIR_GEN, NULL, 0};
    CK_BBOOL yes = CK_TRUE;
    char label[] = "device";
    uint8_t oid[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
    CK_ATTRIBUTE of_public[] = {{CKA_EC_PARAMS, oid, sizeof(oid)},
                                {CKA_TOKEN, &yes, sizeof(yes)},
                                {CKA_LABEL, label, sizeof(label) - 1}};
    CK_ATTRIBUTE of_private[] = {{CKA_TOKEN, &yes, sizeof(yes)},
                                 {CKA_SIGN, &yes, sizeof(yes)},
                                 {CKA_LABEL, label, sizeof(label) - 1}};
    REQUIRE(in->functions->C_GenerateKeyPair(in->base, &mechanism, of_public, 3, of_private, 3,
                                             &in->public_key, &in->key));
}

static void begin(world *in)
{
    const CK_FLAGS writing = CKF_SERIAL_SESSION | CKF_RW_SESSION;
    REQUIRE(in->functions->C_Initialize(NULL));
    find_slot(in);
    REQUIRE(in->functions->C_OpenSession(in->slot, writing, NULL, NULL, &in->base));
    REQUIRE(in->functions->C_Login(in->base, CKU_USER, thing(in, PIN), 4));
    if (in->is_softhsm) {
        generate(in);
    } else {
        in->key = find(in, CKO_PRIVATE_KEY);
        in->public_key = find(in, CKO_PUBLIC_KEY);
    }
    assert_true(in->key != 0 && in->public_key != 0);
}

static int make_ours(void **state)
{
    world *in = calloc(1, sizeof(*in));
    void *scene = NULL;
    CK_INTERFACE *interface = NULL;
    CK_FUNCTION_LIST *functions = NULL;
    assert_non_null(in);
    assert_int_equal(module_scene_make(&scene), 0);
    in->scene = scene;
    module_scene_configure(in->scene, "[chip]\nuri = %s\npin = 1234\n");
    REQUIRE(C_GetFunctionList(&functions));
    REQUIRE(C_GetInterface(NULL, NULL, &interface, 0));
    in->functions = functions;
    in->functions_3_0 = interface->pFunctionList;
    begin(in);
    *state = in;
    return 0;
}

static int remove_ours(void **state)
{
    world *in = *state;
    void *scene = in->scene;
    free(in);
    return module_scene_remove(&scene);
}

static const char *other_module;

static int make_other(void **state)
{
    world *in = calloc(1, sizeof(*in));
    CK_RV (*get_list)(CK_FUNCTION_LIST **) = NULL;
    CK_FUNCTION_LIST *functions = NULL;
    assert_non_null(in);
    void *module = dlopen(other_module, RTLD_NOW);
    if (module == NULL) {
        fail_msg("%s", dlerror());
    }
    void *symbol = dlsym(module, "C_GetFunctionList");
    memcpy(&get_list, &symbol, sizeof(get_list));
    REQUIRE(get_list(&functions));
    in->functions = functions;
    in->is_softhsm = true;
    begin(in);
    *state = in;
    return 0;
}

static int remove_other(void **state)
{
    world *in = *state;
    CK_RV rv = in->functions->C_Finalize(NULL);
    free(in);
    return rv == CKR_OK ? 0 : 1;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_returns_its_code),
        cmocka_unit_test(every_function_with_a_session_refuses_one_that_is_not),
        cmocka_unit_test(nothing_works_without_initialize),
    };
    other_module = argc > 1 ? argv[1] : NULL;
    return other_module == NULL ? cmocka_run_group_tests(tests, make_ours, remove_ours)
                                : cmocka_run_group_tests(tests, make_other, remove_other);
}
