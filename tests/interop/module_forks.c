/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Forks a process whose threads sign through a PKCS #11 module: module_forks MODULE. Each child
 * finds the module not initialised, initialises it, signs, and has its signatures verified; so does
 * each thread. The status is 0 when all is well.
 */
#include "pkcs11/cryptoki.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREADS = 2, CHILDREN = 8, ROUNDS = 10 };

typedef struct worker {
    const CK_FUNCTION_LIST *module;
    CK_SESSION_HANDLE session;
    volatile bool *is_over; /* NULL: ROUNDS times */
    CK_RV first_error;
    unsigned done;
} worker;

static CK_RV find(const worker *of, CK_OBJECT_CLASS class, CK_OBJECT_HANDLE *ret)
{
    CK_ULONG count = 0;
    CK_ATTRIBUTE template = {CKA_CLASS, &class, sizeof(class)};
    CK_RV rv = of->module->C_FindObjectsInit(of->session, &template, 1);
    rv = rv == CKR_OK ? of->module->C_FindObjects(of->session, ret, 1, &count) : rv;
    rv = rv == CKR_OK ? of->module->C_FindObjectsFinal(of->session) : rv;
    return rv == CKR_OK && count != 1 ? CKR_GENERAL_ERROR : rv;
}

static CK_RV sign_and_verify(const worker *of, uint8_t first)
{
    CK_MECHANISM mechanism = {CKM_ECDSA, NULL, 0};
    uint8_t digest[32] = {first};
    uint8_t signature[64];
    CK_ULONG len = sizeof(signature);
    CK_OBJECT_HANDLE key = 0;
    CK_OBJECT_HANDLE public_key = 0;
    const CK_FUNCTION_LIST *f = of->module;
    CK_RV rv = find(of, CKO_PRIVATE_KEY, &key);
    rv = rv == CKR_OK ? find(of, CKO_PUBLIC_KEY, &public_key) : rv;
    rv = rv == CKR_OK ? f->C_SignInit(of->session, &mechanism, key) : rv;
    rv = rv == CKR_OK ? f->C_Sign(of->session, digest, sizeof(digest), signature, &len) : rv;
    rv = rv == CKR_OK ? f->C_VerifyInit(of->session, &mechanism, public_key) : rv;
    return rv == CKR_OK ? f->C_Verify(of->session, digest, sizeof(digest), signature, len) : rv;
}

static void *work(void *self)
{
    worker *mine = self;
    while (mine->first_error == CKR_OK &&
           (mine->is_over != NULL ? !*mine->is_over || mine->done == 0 : mine->done < ROUNDS)) {
        mine->first_error = sign_and_verify(mine, (uint8_t)mine->done++);
    }
    return NULL;
}

static CK_RV open_worker(worker *ret, const CK_FUNCTION_LIST *module, volatile bool *is_over)
{
    *ret = (worker){.module = module, .is_over = is_over};
    return module->C_OpenSession(0, CKF_SERIAL_SESSION, NULL, NULL, &ret->session);
}

static int live_as_child(const CK_FUNCTION_LIST *module)
{
    worker mine;
    CK_INFO info;
    if (module->C_GetInfo(&info) != CKR_CRYPTOKI_NOT_INITIALIZED ||
        module->C_Finalize(NULL) != CKR_CRYPTOKI_NOT_INITIALIZED) {
        return 2;
    }
    if (module->C_Initialize(NULL) != CKR_OK || open_worker(&mine, module, NULL) != CKR_OK) {
        return 3;
    }
    work(&mine);
    return mine.first_error == CKR_OK && module->C_Finalize(NULL) == CKR_OK ? 0 : 4;
}

static int run_children(const CK_FUNCTION_LIST *module)
{
    int bad = 0;
    pid_t children[CHILDREN];
    for (unsigned i = 0; i < CHILDREN; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            _exit(live_as_child(module));
        }
    }
    for (unsigned i = 0; i < CHILDREN; i++) {
        int status = -1;
        if (waitpid(children[i], &status, 0) != children[i] || status != 0) {
            fprintf(stderr, "child %u: status 0x%x\n", i, (unsigned)status);
            bad++;
        }
    }
    return bad;
}

static int run(const CK_FUNCTION_LIST *module)
{
    worker workers[THREADS];
    pthread_t threads[THREADS];
    volatile bool is_over = false;
    if (module->C_Initialize(NULL) != CKR_OK) {
        return 1;
    }
    for (unsigned i = 0; i < THREADS; i++) {
        if (open_worker(&workers[i], module, &is_over) != CKR_OK ||
            pthread_create(&threads[i], NULL, work, &workers[i]) != 0) {
            return 1;
        }
    }
    int bad = run_children(module);
    is_over = true;
    for (unsigned i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        if (workers[i].first_error != CKR_OK) {
            fprintf(stderr, "thread %u: 0x%lx\n", i, workers[i].first_error);
            bad++;
        }
    }
    return bad == 0 && module->C_Finalize(NULL) == CKR_OK ? 0 : 1;
}

int main(int argc, char **argv)
{
    CK_RV (*get_list)(CK_FUNCTION_LIST **) = NULL;
    CK_FUNCTION_LIST *list = NULL;
    void *module = argc == 2 ? dlopen(argv[1], RTLD_NOW) : NULL;
    void *symbol = module == NULL ? NULL : dlsym(module, "C_GetFunctionList");
    memcpy(&get_list, &symbol, sizeof(get_list));
    if (symbol == NULL || get_list(&list) != CKR_OK) {
        fprintf(stderr, "usage: module_forks MODULE\n");
        return 2;
    }
    return run(list);
}
