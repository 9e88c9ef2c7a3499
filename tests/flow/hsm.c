/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A signer's key in SoftHSM: many threads sign with one login; sessions that expire, a login that
 * is lost and a token that goes and comes back cost nobody a signature; a PIN is tried once.
 */
#include "signer/hsm.h"

#include "signer/signer.h"
#include "support/test.h"
#include <dlfcn.h>
#include <p11-kit/pkcs11.h>
#include <pthread.h>
#include <unistd.h>

#define SOFTHSM "/usr/lib/softhsm/libsofthsm2.so"

enum { THREADS = 4, SIGNATURES = 50, SLOTS_MAX = 16 };

/* A token in a folder of its own, and the module once more: both see one state. */
typedef struct desk {
    char folder[64];
    char uri[200];
    const char *pin;
    unsigned asked;
    void *library;
    CK_FUNCTION_LIST *module;
    np_error err;
} desk;

static void shell(const desk *at, const char *command)
{
    char line[400];
    snprintf(line, sizeof(line), "cd '%s' && { %s; } >/dev/null 2>&1", at->folder, command);
    assert_int_equal(system(line), 0);
}

static int make(void **state)
{
    if (access(SOFTHSM, R_OK) != 0) {
        print_message("# skipped: softhsm2 is not installed\n");
        *state = NULL;
        return 0;
    }
    desk *at = calloc(1, sizeof(*at));
    assert_non_null(at);
    at->pin = "1234";
    snprintf(at->folder, sizeof(at->folder), "/tmp/nameplate-hsm-XXXXXX");
    assert_non_null(mkdtemp(at->folder));
    shell(at, "mkdir tokens; echo directories.tokendir = $PWD/tokens >softhsm2.conf");
    char conf[96];
    snprintf(conf, sizeof(conf), "%s/softhsm2.conf", at->folder);
    assert_int_equal(setenv("SOFTHSM2_CONF", conf, 1), 0);
    shell(at, "softhsm2-util --init-token --free --label ca --so-pin 0000 --pin 1234");
    snprintf(at->uri, sizeof(at->uri), "pkcs11:token=ca;object=signer?module-path=" SOFTHSM);
    *state = at;
    return 0;
}

static int remove_it(void **state)
{
    desk *at = *state;
    if (at == NULL) {
        return 0;
    }
    if (at->library != NULL) {
        dlclose(at->library);
    }
    shell(at, "rm -rf tokens softhsm2.conf");
    int removed = rmdir(at->folder);
    free(at);
    return removed;
}

static np_code give_pin(void *self, const char *pin_source, const char *token_label,
                        char ret_pin[static NP_HSM_PIN_SIZE], np_error *err)
{
    desk *at = self;
    (void)err;
    assert_null(pin_source);
    assert_string_equal(token_label, "ca");
    at->asked++;
    snprintf(ret_pin, NP_HSM_PIN_SIZE, "%s", at->pin);
    return NP_OK;
}

static np_hsm_asking asking(desk *at)
{
    return (np_hsm_asking){.pin = give_pin, .self = at};
}

/* The same instance that is signed with: the loader has it only once. */
static CK_SLOT_ID reach_behind(desk *at)
{
    CK_SLOT_ID slots[SLOTS_MAX];
    CK_ULONG count = SLOTS_MAX;
    at->library = dlopen(SOFTHSM, RTLD_NOW | RTLD_LOCAL);
    assert_non_null(at->library);
    CK_C_GetFunctionList get = NULL;
    void *symbol = dlsym(at->library, "C_GetFunctionList");
    memcpy(&get, &symbol, sizeof(get));
    assert_int_equal(get(&at->module), CKR_OK);
    assert_int_equal(at->module->C_GetSlotList(CK_TRUE, slots, &count), CKR_OK);
    assert_in_range(count, 1, SLOTS_MAX);
    return slots[0]; /* the token with a key; the last slot is empty */
}

static bool is_signed(const np_signing *with, uint8_t first)
{
    uint8_t digest[32] = {first};
    uint8_t signature[NP_P256_SIGNATURE_SIZE];
    bool is_good = false;
    np_error err;
    return with->sign(with->self, digest, signature, &err) == NP_OK &&
           np_p256_verify(with->public_key, digest, signature, &is_good, &err) == NP_OK && is_good;
}

static void what_was_lost_is_renewed(void **state)
{
    desk *at = *state;
    np_hsm_key *key = NULL;
    if (at == NULL) {
        skip();
    }
    assert_ok(np_hsm_generate(at->uri, asking(at), &key, &at->err), &at->err);
    np_signing with = np_hsm_signing(key);
    assert_true(is_signed(&with, 1));
    CK_SLOT_ID slot = reach_behind(at);
    assert_int_equal(at->module->C_CloseAllSessions(slot), CKR_OK);
    assert_true(is_signed(&with, 2));
    CK_SESSION_HANDLE session;
    assert_int_equal(at->module->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &session),
                     CKR_OK);
    assert_int_equal(at->module->C_Logout(session), CKR_OK);
    assert_true(is_signed(&with, 3));
    assert_int_equal(at->asked, 1);
    np_hsm_free(key);
}

static void a_token_that_goes_is_named_and_may_come_back(void **state)
{
    desk *at = *state;
    np_hsm_key *key = NULL;
    uint8_t digest[32] = {0};
    uint8_t signature[NP_P256_SIGNATURE_SIZE];
    if (at == NULL) {
        skip();
    }
    assert_ok(np_hsm_generate(at->uri, asking(at), &key, &at->err), &at->err);
    np_signing with = np_hsm_signing(key);
    shell(at, "mv tokens gone; mkdir tokens");
    CK_SLOT_ID slot = reach_behind(at);
    assert_int_equal(at->module->C_CloseAllSessions(slot), CKR_OK);
    np_code code = with.sign(with.self, digest, signature, &at->err);
    assert_true(code == NP_ESTATION_HSM || code == NP_EINPUT_MISSING);
    assert_true(at->err.hint[0] != '\0');
    shell(at, "rmdir tokens; mv gone tokens");
    assert_true(is_signed(&with, 4));
    np_hsm_free(key);
}

static void a_wrong_pin_is_tried_once(void **state)
{
    desk *at = *state;
    np_hsm_key *key = NULL;
    if (at == NULL) {
        skip();
    }
    assert_ok(np_hsm_generate(at->uri, asking(at), &key, &at->err), &at->err);
    np_hsm_free(key);
    at->pin = "4321";
    assert_code(np_hsm_open(at->uri, asking(at), &key, &at->err), NP_ESTATION_HSM);
    assert_int_equal(at->err.sub, CKR_PIN_INCORRECT);
    assert_string_equal(at->err.message, "ca: the PIN is wrong");
    assert_int_equal(at->asked, 2);
    at->pin = "1234";
    assert_ok(np_hsm_open(at->uri, asking(at), &key, &at->err), &at->err);
    np_hsm_free(key);
}

static void keys_are_found_by_name_or_refused(void **state)
{
    desk *at = *state;
    np_hsm_key *key = NULL;
    static const char other[] = "pkcs11:token=ca;object=other?module-path=" SOFTHSM;
    static const char any[] = "pkcs11:token=ca?module-path=" SOFTHSM;
    if (at == NULL) {
        skip();
    }
    assert_code(np_hsm_open(at->uri, asking(at), &key, &at->err), NP_EINPUT_MISSING);
    assert_ok(np_hsm_generate(at->uri, asking(at), &key, &at->err), &at->err);
    np_hsm_free(key);
    assert_code(np_hsm_generate(at->uri, asking(at), &key, &at->err), NP_EINPUT_EXISTS);
    assert_ok(np_hsm_open(any, asking(at), &key, &at->err), &at->err);
    np_hsm_free(key);
    assert_ok(np_hsm_generate(other, asking(at), &key, &at->err), &at->err);
    np_hsm_free(key);
    assert_code(np_hsm_open(any, asking(at), &key, &at->err), NP_EINPUT_RANGE);
    assert_code(np_hsm_generate(any, asking(at), &key, &at->err), NP_EUSAGE);
    assert_code(np_hsm_open("pkcs11:token=none?module-path=" SOFTHSM, asking(at), &key, &at->err),
                NP_EINPUT_MISSING);
    assert_code(np_hsm_open("pkcs11:token=ca?pin-value=1234", asking(at), &key, &at->err),
                NP_EUSAGE);
    assert_code(np_hsm_open("pkcs11:token", asking(at), &key, &at->err), NP_EUSAGE);
    assert_code(np_hsm_open("pkcs11:?module-path=/nowhere.so", asking(at), &key, &at->err),
                NP_EINPUT_MISSING);
}

/* The key's halves were made by somebody else's tool, with a curve that is not ours. */
static void a_key_of_another_curve_is_refused(void **state)
{
    desk *at = *state;
    np_hsm_key *key = NULL;
    if (at == NULL) {
        skip();
    }
    shell(at, "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out k.pem");
    shell(at, "softhsm2-util --import k.pem --token ca --label signer --id 01 --pin 1234; "
              "rm k.pem");
    assert_code(np_hsm_open(at->uri, asking(at), &key, &at->err), NP_EINPUT_FORMAT);
}

typedef struct worker {
    np_signing with;
    unsigned good;
} worker;

static void *work(void *self)
{
    worker *of = self;
    for (unsigned i = 0; i < SIGNATURES; i++) {
        of->good += is_signed(&of->with, (uint8_t)i);
    }
    return NULL;
}

static void threads_sign_with_one_login(void **state)
{
    desk *at = *state;
    np_hsm_key *key = NULL;
    pthread_t threads[THREADS];
    worker workers[THREADS];
    if (at == NULL) {
        skip();
    }
    assert_ok(np_hsm_generate(at->uri, asking(at), &key, &at->err), &at->err);
    for (size_t i = 0; i < THREADS; i++) {
        workers[i] = (worker){.with = np_hsm_signing(key)};
        assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(workers[i].good, SIGNATURES);
    }
    assert_int_equal(at->asked, 1);
    np_hsm_free(key);
}

#define ROW(name) cmocka_unit_test_setup_teardown(name, make, remove_it)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(what_was_lost_is_renewed),          ROW(a_token_that_goes_is_named_and_may_come_back),
        ROW(a_wrong_pin_is_tried_once),         ROW(keys_are_found_by_name_or_refused),
        ROW(a_key_of_another_curve_is_refused), ROW(threads_sign_with_one_login),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
