/* SPDX-License-Identifier: Apache-2.0 */
/* The function lists of 2.40 and 3.0, and how a program finds them. They work without C_Initialize.
 */
#include "pkcs11/interfaces.h"

#include "pkcs11/module.h"
#include "pkcs11/text.h"

#define VERSION_2_40                                                                               \
    {                                                                                              \
        2, 40                                                                                      \
    }
#define VERSION_3_0                                                                                \
    {                                                                                              \
        3, 0                                                                                       \
    }

static CK_RV get_info_3_0(CK_INFO *info)
{
    static const CK_VERSION version = VERSION_3_0;
    return interfaces_get_info("C_GetInfo", version, info);
}

CK_RV C_GetInfo(CK_INFO *info)
{
    static const CK_VERSION version = VERSION_2_40;
    return interfaces_get_info("C_GetInfo", version, info);
}

#define MEMBER(function)   .function = function,
#define INFO_3_0(function) .function = get_info_3_0,

static const CK_FUNCTION_LIST list_2_40 = {.version = VERSION_2_40,
                                           CRYPTOKI_FUNCTIONS_2_40(MEMBER, MEMBER)};

static const CK_FUNCTION_LIST_3_0 list_3_0 = {.version = VERSION_3_0,
                                              CRYPTOKI_FUNCTIONS_2_40(MEMBER, INFO_3_0)
                                                  CRYPTOKI_FUNCTIONS_3_0(MEMBER)};

/* The standard's types know no const, and nobody writes. Newest first: it is the default. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wcast-qual"
static const CK_INTERFACE interfaces[] = {
    {(CK_UTF8CHAR *)"PKCS 11", (void *)&list_3_0, CKF_INTERFACE_FORK_SAFE},
    {(CK_UTF8CHAR *)"PKCS 11", (void *)&list_2_40, CKF_INTERFACE_FORK_SAFE},
};

CK_RV C_GetFunctionList(CK_FUNCTION_LIST **list)
{
    if (list == NULL) {
        return CKR_ARGUMENTS_BAD;
    }
    *list = (CK_FUNCTION_LIST *)&list_2_40;
    return CKR_OK;
}

CK_RV C_GetInterface(CK_UTF8CHAR *name, CK_VERSION *version, CK_INTERFACE **interface,
                     CK_FLAGS flags)
{
    if (interface == NULL) {
        return CKR_ARGUMENTS_BAD;
    }
    for (size_t i = 0; i < NP_COUNT_OF(interfaces); i++) {
        const CK_INTERFACE *row = &interfaces[i];
        bool has_name = name == NULL || strcmp((char *)name, (char *)row->pInterfaceName) == 0;
        bool has_version =
            version == NULL || memcmp(version, row->pFunctionList, sizeof(*version)) == 0;
        if (has_name && has_version && (flags & ~row->flags) == 0) {
            *interface = (CK_INTERFACE *)row;
            return CKR_OK;
        }
    }
    return CKR_FUNCTION_FAILED;
}
#pragma GCC diagnostic pop

CK_RV C_GetInterfaceList(CK_INTERFACE *list, CK_ULONG *count)
{
    if (count == NULL) {
        return CKR_ARGUMENTS_BAD;
    }
    CK_ULONG room = *count;
    *count = NP_COUNT_OF(interfaces);
    if (list == NULL) {
        return CKR_OK;
    }
    if (room < NP_COUNT_OF(interfaces)) {
        return CKR_BUFFER_TOO_SMALL;
    }
    memcpy(list, interfaces, sizeof(interfaces));
    return CKR_OK;
}

CK_RV interfaces_get_info(const char *name, CK_VERSION version, CK_INFO *info)
{
    module_call call;
    CK_RV rv = module_enter(&call, name);
    if (rv == CKR_OK && info == NULL) {
        rv = CKR_ARGUMENTS_BAD;
    }
    if (rv == CKR_OK) {
        *info = (CK_INFO){.cryptokiVersion = version, .libraryVersion = {0, 1}};
        text_pad(info->manufacturerID, sizeof(info->manufacturerID), "Nameplate");
        text_pad(info->libraryDescription, sizeof(info->libraryDescription), "Nameplate PKCS #11");
    }
    return module_leave(&call, rv);
}

CK_RV C_Initialize(void *arguments)
{
    return module_initialize(arguments);
}

CK_RV C_Finalize(void *reserved)
{
    return reserved == NULL ? module_finalize() : CKR_ARGUMENTS_BAD;
}
