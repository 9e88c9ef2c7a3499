/* SPDX-License-Identifier: Apache-2.0 */
/* The lists of functions, without any chip: 2.40 5.4, 3.0 5.4. */
#include "pkcs11/cryptoki.h"
#include "support/test.h"

#include "base/bytes.h"
#include <unistd.h>

static CK_INTERFACE *get(CK_VERSION *version, CK_FLAGS flags)
{
    CK_UTF8CHAR name[] = "PKCS 11";
    CK_INTERFACE *interface = NULL;
    CK_RV rv = C_GetInterface(name, version, &interface, flags);
    return rv == CKR_OK ? interface : NULL;
}

static void no_list_has_a_gap(void **state)
{
    (void)state;
    CK_FUNCTION_LIST *old = NULL;
    assert_int_equal(C_GetFunctionList(&old), CKR_OK);
    const CK_FUNCTION_LIST_3_0 *fresh = get(NULL, 0)->pFunctionList;
    const uint8_t *const lists[] = {(const uint8_t *)old, (const uint8_t *)fresh};
    const size_t sizes[] = {sizeof(*old), sizeof(*fresh)};
    for (size_t i = 0; i < NP_COUNT_OF(lists); i++) {
        for (size_t at = sizeof(void *); at < sizes[i]; at += sizeof(void *)) {
            void *function = NULL;
            memcpy(&function, lists[i] + at, sizeof(function));
            assert_non_null(function);
        }
    }
}

static void a_version_is_honoured_and_the_newest_is_the_usual_one(void **state)
{
    (void)state;
    CK_VERSION old = {2, 40};
    CK_VERSION fresh = {3, 0};
    CK_VERSION unknown = {3, 1};
    CK_FUNCTION_LIST *list = NULL;
    assert_int_equal(C_GetFunctionList(&list), CKR_OK);
    assert_memory_equal(&list->version, &old, sizeof(old));
    assert_ptr_equal(get(&old, 0)->pFunctionList, list);
    assert_ptr_equal(get(NULL, CKF_INTERFACE_FORK_SAFE), get(&fresh, 0));
    assert_memory_equal(get(NULL, 0)->pFunctionList, &fresh, sizeof(fresh));
    assert_null(get(&unknown, 0));
    assert_null(get(NULL, 4));
}

/* p11-kit's header and ours agree on where 2.40 ends. */
static void the_newer_list_begins_as_the_older_one(void **state)
{
    (void)state;
    assert_int_equal(offsetof(CK_FUNCTION_LIST_3_0, C_WaitForSlotEvent),
                     offsetof(CK_FUNCTION_LIST, C_WaitForSlotEvent));
    assert_int_equal(offsetof(CK_FUNCTION_LIST_3_0, C_GetInterfaceList), sizeof(CK_FUNCTION_LIST));
}

static void each_list_tells_its_own_version(void **state)
{
    (void)state;
    CK_FUNCTION_LIST *old = NULL;
    CK_INFO info;
    assert_int_equal(C_GetFunctionList(&old), CKR_OK);
    const CK_FUNCTION_LIST_3_0 *fresh = get(NULL, 0)->pFunctionList;
    assert_int_equal(setenv("NAMEPLATE_PKCS11_CONF", "/dev/null", 1), 0);
    assert_int_equal(old->C_Initialize(NULL), CKR_OK);
    assert_int_equal(old->C_GetInfo(&info), CKR_OK);
    assert_int_equal(info.cryptokiVersion.major, 2);
    assert_int_equal(info.cryptokiVersion.minor, 40);
    assert_int_equal(fresh->C_GetInfo(&info), CKR_OK);
    assert_int_equal(info.cryptokiVersion.major, 3);
    assert_int_equal(info.cryptokiVersion.minor, 0);
    assert_int_equal(info.manufacturerID[31], ' ');
    assert_int_equal(fresh->C_Finalize(NULL), CKR_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_list_has_a_gap),
        cmocka_unit_test(a_version_is_honoured_and_the_newest_is_the_usual_one),
        cmocka_unit_test(the_newer_list_begins_as_the_older_one),
        cmocka_unit_test(each_list_tells_its_own_version),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
