/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A signer's key in a token of SoftHSM: certificates in memory by one and by four workers, against
 * a bare loop of C_SignInit and C_Sign on the same module, key and login, with a session for each
 * thread, in the same run. Medians of five alternating runs, of CPU time of all threads and of wall
 * time: a lock that threads wait for costs only the latter. Its arguments are a folder for the
 * token, which is deleted afterwards, and a file for JSON.
 */
#include "issue_load.h"
#include "measure.h"
#include "signer/hsm.h"

#include <dlfcn.h>
#include <limits.h>
#include <p11-kit/pkcs11.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SOFTHSM "/usr/lib/softhsm/libsofthsm2.so"

enum { RUNS = 5, UNITS = 8192, THREADS = 4, SLOTS_MAX = 16 };

typedef enum bench_subject { BARE_1, BARE_4, ISSUE_1, ISSUE_4, SUBJECT_COUNT } bench_subject;

static const struct {
    const char *name;
    unsigned threads;
} subjects[SUBJECT_COUNT] = {
    {"C_Sign, one thread", 1},
    {"C_Sign, four threads", THREADS},
    {"issue, one worker", 1},
    {"issue, four workers", THREADS},
};

typedef enum bench_clock { CPU, WALL, CLOCK_COUNT } bench_clock;

typedef struct bench {
    np_hsm_key *key;
    np_signing signing[THREADS];
    np_signer *signer;
    bench_load *load;
    void *library;
    CK_FUNCTION_LIST *module;
    CK_SLOT_ID slot;
} bench;

typedef struct bare_thread {
    const bench *on;
    unsigned signatures;
    pthread_t id;
} bare_thread;

static void require(bool is_good)
{
    if (!is_good) {
        fprintf(stderr, "bench: something failed\n");
        exit(1);
    }
}

static CK_OBJECT_HANDLE find_key(const bench *on, CK_SESSION_HANDLE session)
{
    CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
    CK_ATTRIBUTE template = {CKA_CLASS, &class, sizeof(class)};
    CK_OBJECT_HANDLE key = 0;
    CK_ULONG count = 0;
    require(on->module->C_FindObjectsInit(session, &template, 1) == CKR_OK &&
            on->module->C_FindObjects(session, &key, 1, &count) == CKR_OK && count == 1 &&
            on->module->C_FindObjectsFinal(session) == CKR_OK);
    return key;
}

/* The session is as a program's that signs again and again: opened once. */
static void *sign_bare(void *self)
{
    bare_thread *thread = self;
    CK_FUNCTION_LIST *module = thread->on->module;
    CK_MECHANISM mechanism = {CKM_ECDSA, NULL, 0};
    CK_SESSION_HANDLE session = 0;
    CK_BYTE digest[32] = {1};
    CK_BYTE signature[NP_P256_SIGNATURE_SIZE];
    require(module->C_OpenSession(thread->on->slot, CKF_SERIAL_SESSION, NULL, NULL, &session) ==
            CKR_OK);
    CK_OBJECT_HANDLE key = find_key(thread->on, session);
    for (unsigned i = 0; i < thread->signatures; i++) {
        CK_ULONG size = sizeof(signature);
        require(module->C_SignInit(session, &mechanism, key) == CKR_OK &&
                module->C_Sign(session, digest, sizeof(digest), signature, &size) == CKR_OK);
    }
    require(module->C_CloseSession(session) == CKR_OK);
    return NULL;
}

static void sign_all_bare(const bench *on, unsigned count)
{
    bare_thread threads[THREADS];
    for (unsigned i = 0; i < count; i++) {
        threads[i] = (bare_thread){.on = on, .signatures = UNITS / count};
        require(pthread_create(&threads[i].id, NULL, sign_bare, &threads[i]) == 0);
    }
    for (unsigned i = 0; i < count; i++) {
        require(pthread_join(threads[i].id, NULL) == 0);
    }
}

static void run(bench *on, bench_subject subject, double ret_rates[static CLOCK_COUNT])
{
    double cpu = bench_cpu_seconds();
    double wall = bench_wall_seconds();
    if (subject < ISSUE_1) {
        sign_all_bare(on, subjects[subject].threads);
    } else {
        require(bench_issue(on->load, on->signing, subjects[subject].threads));
    }
    ret_rates[CPU] = UNITS / (bench_cpu_seconds() - cpu);
    ret_rates[WALL] = UNITS / (bench_wall_seconds() - wall);
}

static np_code give_pin(void *self, const char *pin_source, const char *token_label,
                        char ret_pin[static NP_HSM_PIN_SIZE], np_error *err)
{
    (void)self;
    (void)pin_source;
    (void)token_label;
    (void)err;
    snprintf(ret_pin, NP_HSM_PIN_SIZE, "1234");
    return NP_OK;
}

/* The same instance that is signed with: the loader has it only once. */
static void reach_module(bench *on)
{
    CK_SLOT_ID slots[SLOTS_MAX];
    CK_ULONG count = SLOTS_MAX;
    CK_C_GetFunctionList get = NULL;
    on->library = dlopen(SOFTHSM, RTLD_NOW | RTLD_LOCAL);
    require(on->library != NULL);
    void *symbol = dlsym(on->library, "C_GetFunctionList");
    memcpy(&get, &symbol, sizeof(get));
    require(get != NULL && get(&on->module) == CKR_OK &&
            on->module->C_GetSlotList(CK_TRUE, slots, &count) == CKR_OK && count > 0);
    on->slot = slots[0]; /* the token; the last slot is empty */
}

static void open_bench(bench *on, const char *folder)
{
    char conf[PATH_MAX];
    require(chdir(folder) == 0 && getcwd(conf, sizeof(conf) - sizeof("/softhsm2.conf")) != NULL);
    strcat(conf, "/softhsm2.conf");
    require(setenv("SOFTHSM2_CONF", conf, 1) == 0);
    require(system("rm -rf tokens && mkdir tokens && "
                   "echo directories.tokendir = $PWD/tokens >softhsm2.conf && softhsm2-util "
                   "--init-token --free --label ca --so-pin 0000 --pin 1234 >/dev/null") == 0);
    require(np_hsm_generate("pkcs11:token=ca;object=signer?module-path=" SOFTHSM,
                            (np_hsm_asking){.pin = give_pin}, &on->key, NULL) == NP_OK);
    for (size_t i = 0; i < THREADS; i++) {
        on->signing[i] = np_hsm_signing(on->key);
    }
    require(np_signer_create_with(&on->signing[0], 1795165200 /* 2026-11-20 */, 31, &on->signer,
                                  NULL) == NP_OK);
    on->load = bench_load_create(on->signer, UNITS);
    require(on->load != NULL);
    reach_module(on);
}

static void close_bench(bench *on)
{
    bench_load_free(on->load);
    np_signer_free(on->signer);
    np_hsm_free(on->key);
    dlclose(on->library);
    require(system("rm -rf tokens softhsm2.conf") == 0);
}

static void report(double rates[SUBJECT_COUNT][CLOCK_COUNT], FILE *json)
{
    static const char *const clocks[CLOCK_COUNT] = {"cpu", "wall"};
    static const double goals[] = {0.93, 0.85};
    printf("%-28s %14s %14s\n", "", "per CPU second", "per second");
    for (unsigned i = 0; i < SUBJECT_COUNT; i++) {
        printf("%-28s %14.0f %14.0f\n", subjects[i].name, rates[i][CPU], rates[i][WALL]);
    }
    fprintf(json, "{\n");
    for (unsigned i = 0; i < 2; i++) {
        printf("\n%s to %s, CPU time    %.3f   goal: at least %.2f\n", subjects[ISSUE_1 + i].name,
               subjects[i].name, rates[ISSUE_1 + i][CPU] / rates[i][CPU], goals[i]);
        printf("%s to %s, wall time   %.3f\n", subjects[ISSUE_1 + i].name, subjects[i].name,
               rates[ISSUE_1 + i][WALL] / rates[i][WALL]);
        for (unsigned clock = 0; clock < CLOCK_COUNT; clock++) {
            fprintf(json, "  \"%s_ratio_%u\": %.4f%s\n", clocks[clock], subjects[i].threads,
                    rates[ISSUE_1 + i][clock] / rates[i][clock],
                    i + clock == CLOCK_COUNT ? "" : ",");
        }
    }
    fprintf(json, "}\n");
}

int main(int argc, char **argv)
{
    bench on = {.key = NULL};
    double samples[SUBJECT_COUNT][CLOCK_COUNT][RUNS];
    double rates[SUBJECT_COUNT][CLOCK_COUNT];
    require(argc == 3);
    if (access(SOFTHSM, R_OK) != 0) {
        printf("skipped: softhsm2 is not installed\n");
        return 0;
    }
    FILE *json = fopen(argv[2], "w");
    require(json != NULL);
    open_bench(&on, argv[1]);
    for (unsigned i = 0; i < RUNS; i++) {
        for (unsigned subject = 0; subject < SUBJECT_COUNT; subject++) {
            double sample[CLOCK_COUNT];
            run(&on, (bench_subject)subject, sample);
            samples[subject][CPU][i] = sample[CPU];
            samples[subject][WALL][i] = sample[WALL];
        }
    }
    for (unsigned i = 0; i < SUBJECT_COUNT * CLOCK_COUNT; i++) {
        rates[i / CLOCK_COUNT][i % CLOCK_COUNT] =
            bench_median(samples[i / CLOCK_COUNT][i % CLOCK_COUNT], RUNS);
    }
    close_bench(&on);
    report(rates, json);
    return fclose(json);
}
