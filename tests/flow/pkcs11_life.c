/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The PKCS #11 module over time: logins, threads, chips that go, come back or are others,
 * and configurations of all kinds.
 */
#include "crypto/hash.h"
#include "crypto/p256.h"
#include "nerveskey/trust_and_go_make.h"
#include "support/module_scene.h"
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

enum { THREADS = 2, ROUNDS = 6, COLD = 17, AUX = 10 };

static const CK_FLAGS writing = CKF_SERIAL_SESSION | CKF_RW_SESSION;

static CK_RV sign_with(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key, uint8_t first,
                       uint8_t signature[static 64])
{
    uint8_t digest[32] = {first};
    CK_MECHANISM mechanism = {CKM_ECDSA, NULL, 0};
    CK_ULONG len = 64;
    CK_RV rv = C_SignInit(session, &mechanism, key);
    return rv == CKR_OK ? C_Sign(session, digest, sizeof(digest), signature, &len) : rv;
}

/* With the chip of the scene; libcrypto judges. */
static void sign_and_check(module_scene *on, CK_SESSION_HANDLE session, uint8_t first)
{
    uint8_t signature[64];
    const uint8_t digest[32] = {first};
    CK_OBJECT_HANDLE key = module_scene_find(session, CKO_PRIVATE_KEY, "device");
    assert_rv(sign_with(session, key, first, signature), CKR_OK);
    assert_true(module_scene_is_signed(on, digest, signature));
}

static CK_STATE state_of(CK_SESSION_HANDLE session)
{
    CK_SESSION_INFO info;
    assert_rv(C_GetSessionInfo(session, &info), CKR_OK);
    return info.state;
}

static CK_TOKEN_INFO token_info(CK_SLOT_ID slot)
{
    CK_TOKEN_INFO info;
    assert_rv(C_GetTokenInfo(slot, &info), CKR_OK);
    return info;
}

static bool is_padded(const unsigned char *field, size_t size, const char *text)
{
    size_t len = strlen(text);
    bool is_good = len <= size && memcmp(field, text, len) == 0;
    for (size_t i = len; i < size; i++) {
        is_good = is_good && field[i] == ' ';
    }
    return is_good;
}

static void without_a_pin_every_login_succeeds_and_none_is_needed(void **state)
{
    module_scene *on = *state;
    CK_UTF8CHAR pin[] = "anything";
    CK_SESSION_HANDLE session = module_scene_begin(CKF_RW_SESSION);
    CK_TOKEN_INFO info = token_info(0);
    assert_true((info.flags & CKF_LOGIN_REQUIRED) == 0);
    assert_true((info.flags & CKF_WRITE_PROTECTED) == 0);
    assert_true((info.flags & CKF_USER_PIN_INITIALIZED) != 0);
    sign_and_check(on, session, 1);
    assert_int_equal(state_of(session), CKS_RW_PUBLIC_SESSION);
    assert_rv(C_Login(session, CKU_USER, NULL, 0), CKR_OK);
    assert_int_equal(state_of(session), CKS_RW_USER_FUNCTIONS);
    assert_rv(C_Logout(session), CKR_OK);
    assert_rv(C_Login(session, CKU_USER, pin, sizeof(pin) - 1), CKR_OK);
    sign_and_check(on, session, 2);
    assert_rv(C_CloseAllSessions(0), CKR_OK);
    assert_rv(C_OpenSession(0, CKF_SERIAL_SESSION, NULL, NULL, &session), CKR_OK);
    assert_int_equal(state_of(session), CKS_RO_PUBLIC_SESSION);
    module_scene_end();
}

static void a_configured_pin_hides_the_key_until_the_login(void **state)
{
    module_scene *on = *state;
    CK_UTF8CHAR pin[] = "2468";
    CK_UTF8CHAR wrong[] = "2469";
    module_scene_configure(on, "[chip]\nuri = %s\npin = 2468\n");
    CK_SESSION_HANDLE session = module_scene_begin(0);
    assert_true((token_info(0).flags & CKF_LOGIN_REQUIRED) != 0);
    assert_true(module_scene_find(session, CKO_PRIVATE_KEY, "device") == 0);
    assert_true(module_scene_find(session, CKO_CERTIFICATE, "device") != 0);
    assert_rv(C_Login(session, CKU_USER, wrong, 4), CKR_PIN_INCORRECT);
    assert_rv(C_Login(session, CKU_USER, pin, 3), CKR_PIN_INCORRECT);
    assert_rv(C_Login(session, CKU_USER, pin, 4), CKR_OK);
    sign_and_check(on, session, 3);
    assert_rv(C_Logout(session), CKR_OK);
    assert_true(module_scene_find(session, CKO_PRIVATE_KEY, "device") == 0);
    module_scene_end();
}

static void the_security_officer_needs_sessions_that_write(void **state)
{
    (void)state;
    CK_SESSION_HANDLE other = 0;
    CK_SESSION_HANDLE session = module_scene_begin(0);
    assert_rv(C_Login(session, CKU_SO, NULL, 0), CKR_SESSION_READ_ONLY_EXISTS);
    assert_rv(C_CloseSession(session), CKR_OK);
    assert_rv(C_OpenSession(0, writing, NULL, NULL, &session), CKR_OK);
    assert_rv(C_Login(session, CKU_SO, NULL, 0), CKR_OK);
    assert_int_equal(state_of(session), CKS_RW_SO_FUNCTIONS);
    assert_rv(C_OpenSession(0, CKF_SERIAL_SESSION, NULL, NULL, &other),
              CKR_SESSION_READ_WRITE_SO_EXISTS);
    module_scene_end();
}

/* The one deliberate exception from the standard: a client whose open fails may wait for ever. */
static void a_session_opens_without_a_chip_and_what_needs_it_says_so(void **state)
{
    module_scene *on = *state;
    CK_SLOT_INFO slot;
    CK_TOKEN_INFO info;
    CK_ULONG count = 0;
    served_stop(&on->chip, SIGTERM);
    CK_SESSION_HANDLE session = module_scene_begin(0);
    assert_rv(C_FindObjectsInit(session, NULL, 0), CKR_DEVICE_REMOVED);
    assert_rv(C_GetTokenInfo(0, &info), CKR_TOKEN_NOT_PRESENT);
    assert_rv(C_GetMechanismList(0, NULL, &count), CKR_TOKEN_NOT_PRESENT);
    assert_rv(C_GetSlotInfo(0, &slot), CKR_OK);
    assert_true((slot.flags & CKF_TOKEN_PRESENT) == 0);
    assert_rv(C_GetSlotList(CK_FALSE, NULL, &count), CKR_OK);
    assert_int_equal(count, 1);
    assert_rv(C_GetSlotList(CK_TRUE, NULL, &count), CKR_OK);
    assert_int_equal(count, 0);
    module_scene_serve(on);
    assert_rv(C_GetSlotList(CK_TRUE, NULL, &count), CKR_OK);
    assert_int_equal(count, 1);
    sign_and_check(on, session, 4);
    module_scene_end();
}

static void a_chip_that_goes_and_comes_back_signs_on_in_the_same_session(void **state)
{
    module_scene *on = *state;
    uint8_t signature[64];
    CK_SESSION_INFO info;
    CK_SLOT_ID slot = 77;
    CK_SESSION_HANDLE session = module_scene_begin(0);
    sign_and_check(on, session, 5);
    CK_OBJECT_HANDLE key = module_scene_find(session, CKO_PRIVATE_KEY, "device");
    assert_rv(C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, NULL), CKR_OK);
    assert_rv(C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, NULL), CKR_NO_EVENT);
    served_stop(&on->chip, SIGTERM);
    assert_rv(C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, NULL), CKR_OK);
    assert_int_equal(slot, 0);
    assert_rv(sign_with(session, key, 6, signature), CKR_DEVICE_REMOVED);
    assert_rv(C_GetSessionInfo(session, &info), CKR_OK);
    module_scene_serve(on);
    sign_and_check(on, session, 7);
    module_scene_end();
}

static void another_chip_is_device_removed_until_a_session_is_opened(void **state)
{
    module_scene *on = *state;
    uint8_t signature[64];
    CK_SESSION_HANDLE fresh = 0;
    CK_SESSION_HANDLE session = module_scene_begin(0);
    sign_and_check(on, session, 8);
    CK_OBJECT_HANDLE key = module_scene_find(session, CKO_PRIVATE_KEY, "device");
    served_stop(&on->chip, SIGTERM);
    module_scene_exchange(on);
    module_scene_serve(on);
    assert_rv(sign_with(session, key, 9, signature), CKR_DEVICE_REMOVED);
    assert_rv(sign_with(session, key, 9, signature), CKR_DEVICE_REMOVED);
    assert_rv(C_OpenSession(0, CKF_SERIAL_SESSION, NULL, NULL, &fresh), CKR_OK);
    assert_rv(sign_with(session, key, 9, signature), CKR_DEVICE_REMOVED);
    assert_rv(C_FindObjectsInit(session, NULL, 0), CKR_DEVICE_REMOVED);
    assert_rv(C_CloseSession(session), CKR_OK);
    key = module_scene_find(fresh, CKO_PRIVATE_KEY, "device");
    assert_rv(sign_with(fresh, key, 10, signature), CKR_OK);
    CK_TOKEN_INFO info = token_info(0);
    assert_true(is_padded(info.model, sizeof(info.model), "ATECC508A"));
    module_scene_end();
}

enum { KEPT = 32 /* signatures of a worker that are judged in the end */ };

typedef struct worker {
    module_scene *on;
    CK_SESSION_HANDLE session;
    CK_OBJECT_HANDLE key;
    uint8_t first;
    volatile bool *is_over; /* NULL: ROUNDS times */
    unsigned bad;
    unsigned done;
    uint8_t signatures[KEPT][64];
} worker;

/* Counts what goes wrong: assert_... is for the main thread. */
static void *work(void *self)
{
    worker *mine = self;
    while (mine->is_over != NULL ? !*mine->is_over || mine->done == 0 : mine->done < ROUNDS) {
        uint8_t first = (uint8_t)(mine->first + mine->done % KEPT);
        CK_RV rv = sign_with(mine->session, mine->key, first, mine->signatures[mine->done % KEPT]);
        mine->bad += rv != CKR_OK;
        mine->done++;
    }
    return NULL;
}

/* libcrypto judges what a worker signed last. */
static unsigned judge(const worker *of)
{
    unsigned bad = of->bad;
    for (unsigned i = 0; i < KEPT && i < of->done; i++) {
        uint8_t digest[32] = {(uint8_t)(of->first + i)};
        const uint8_t *key = of->on->line.life->device.point.data;
        bool is_good = false;
        np_error err;
        np_code code = np_p256_verify(key, digest, of->signatures[i], &is_good, &err);
        bad += code != NP_OK || !is_good;
    }
    return bad;
}

static void start(worker *workers, pthread_t *threads, module_scene *on, volatile bool *is_over)
{
    for (unsigned i = 0; i < THREADS; i++) {
        workers[i] = (worker){.on = on, .first = (uint8_t)(100 * i), .is_over = is_over};
        assert_rv(C_OpenSession(0, CKF_SERIAL_SESSION, NULL, NULL, &workers[i].session), CKR_OK);
        workers[i].key = module_scene_find(workers[i].session, CKO_PRIVATE_KEY, "device");
        assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
    }
}

static void join(worker *workers, pthread_t *threads)
{
    for (unsigned i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(judge(&workers[i]), 0);
        assert_true(workers[i].done > 0);
    }
}

/* An application's own mutex, which counts. */
typedef struct own_mutex {
    pthread_mutex_t mutex;
} own_mutex;

static unsigned created;
static unsigned locked;

static CK_RV create_mutex(void **ret)
{
    own_mutex *mutex = calloc(1, sizeof(*mutex));
    if (mutex == NULL) {
        return CKR_HOST_MEMORY;
    }
    pthread_mutex_init(&mutex->mutex, NULL);
    created++;
    *ret = mutex;
    return CKR_OK;
}

static CK_RV destroy_mutex(void *mutex)
{
    created--;
    free(mutex);
    return CKR_OK;
}

static CK_RV lock_mutex(void *mutex)
{
    pthread_mutex_lock(&((own_mutex *)mutex)->mutex);
    locked++;
    return CKR_OK;
}

static CK_RV unlock_mutex(void *mutex)
{
    pthread_mutex_unlock(&((own_mutex *)mutex)->mutex);
    return CKR_OK;
}

/* 2.40 5.4, C_Initialize: the four ways to say how threads are kept apart. */
static void threads_are_kept_apart_in_each_of_the_four_ways(void **state)
{
    module_scene *on = *state;
    const CK_C_INITIALIZE_ARGS ways[] = {
        {.flags = 0},
        {.flags = CKF_OS_LOCKING_OK | CKF_LIBRARY_CANT_CREATE_OS_THREADS},
        {create_mutex, destroy_mutex, lock_mutex, unlock_mutex, 0, NULL},
        {create_mutex, destroy_mutex, lock_mutex, unlock_mutex, CKF_OS_LOCKING_OK, NULL},
    };
    for (size_t i = 0; i < NP_COUNT_OF(ways); i++) {
        worker workers[THREADS];
        pthread_t threads[THREADS];
        CK_C_INITIALIZE_ARGS way = ways[i];
        bool is_own = way.CreateMutex != NULL && (way.flags & CKF_OS_LOCKING_OK) == 0;
        locked = 0;
        assert_rv(C_Initialize(&way), CKR_OK);
        assert_int_equal(created, is_own ? 1 : 0);
        start(workers, threads, on, NULL);
        join(workers, threads);
        assert_rv(C_Finalize(NULL), CKR_OK);
        assert_int_equal(created, 0);
        assert_true(is_own == (locked > 0));
    }
}

/* Some programs share a session between threads without a lock of their own. */
static void calls_of_one_session_wait_for_each_other(void **state)
{
    module_scene *on = *state;
    worker workers[THREADS];
    pthread_t threads[THREADS];
    volatile bool is_over = false;
    CK_SESSION_INFO info;
    assert_rv(C_Initialize(NULL), CKR_OK);
    start(workers, threads, on, &is_over);
    for (unsigned i = 0; i < 200; i++) {
        assert_rv(C_GetSessionInfo(workers[i % THREADS].session, &info), CKR_OK);
    }
    is_over = true;
    join(workers, threads);
    assert_rv(C_CloseAllSessions(0), CKR_OK);
    module_scene_end();
}

static void handles_are_not_used_twice(void **state)
{
    (void)state;
    CK_SESSION_HANDLE first = module_scene_begin(0);
    CK_SESSION_HANDLE many[300];
    CK_SESSION_INFO info;
    for (size_t i = 0; i < NP_COUNT_OF(many); i++) {
        assert_rv(C_OpenSession(0, writing, NULL, NULL, &many[i]), CKR_OK);
    }
    CK_TOKEN_INFO token = token_info(0);
    assert_int_equal(token.ulSessionCount, NP_COUNT_OF(many) + 1);
    assert_int_equal(token.ulRwSessionCount, NP_COUNT_OF(many));
    assert_rv(C_CloseSession(first), CKR_OK);
    CK_SESSION_HANDLE again = 0;
    assert_rv(C_OpenSession(0, writing, NULL, NULL, &again), CKR_OK);
    assert_true(again != first);
    assert_rv(C_GetSessionInfo(first, &info), CKR_SESSION_HANDLE_INVALID);
    module_scene_end();
}

static void a_token_is_told_by_label_model_and_serial(void **state)
{
    module_scene *on = *state;
    char serial[17] = {0};
    char label[33] = {0};
    const uint8_t *config = np_virtual_chip_eeprom(on->line.chip) + NP_EEPROM_CONFIG;
    np_chip_serial chip = np_config_serial(config);
    for (size_t i = 0; i < 8; i++) {
        snprintf(serial + 2 * i, 3, "%02X", chip.bytes[i + 1]);
    }
    snprintf(label, sizeof(label), "nameplate-%02x%02x%02x%02x", chip.bytes[5], chip.bytes[6],
             chip.bytes[7], chip.bytes[8]);
    module_scene_begin(0);
    CK_TOKEN_INFO info = token_info(0);
    assert_true(is_padded(info.label, sizeof(info.label), label));
    assert_true(is_padded(info.model, sizeof(info.model), "ATECC608A"));
    assert_true(is_padded(info.serialNumber, sizeof(info.serialNumber), serial));
    assert_true(is_padded(info.manufacturerID, sizeof(info.manufacturerID), "Microchip"));
    module_scene_end();
    module_scene_configure(on, "[chip]\nuri = %s\nlabel = the gate\n");
    module_scene_begin(0);
    info = token_info(0);
    assert_true(is_padded(info.label, sizeof(info.label), "the gate"));
    module_scene_end();
}

/* What the unmodified NervesKey wrote into the slots of the auxiliary pair. */
static void put_auxiliary(module_scene *on)
{
    static const char *const numbers[] = {"9", "14", "15"};
    static const unsigned slots[] = {9, 14, 15};
    uint8_t eeprom[NP_EEPROM_SIZE];
    memcpy(eeprom, np_virtual_chip_eeprom(on->line.chip), sizeof(eeprom));
    for (size_t i = 0; i < NP_COUNT_OF(slots); i++) {
        uint8_t *slot = eeprom + NP_EEPROM_DATA + np_atecc_slot_offset(slots[i]);
        assert_int_equal(recorded_bytes("608a", "slots_after_aux", numbers[i], slot, 72), 72);
    }
    served_put(&on->chip, NP_ATECC608A, eeprom);
}

static void auxiliary_certificates_have_a_slot_of_their_own(void **state)
{
    module_scene *on = *state;
    uint8_t value[1024];
    uint8_t expected[1024];
    CK_ATTRIBUTE attribute = {CKA_VALUE, value, sizeof(value)};
    CK_SESSION_HANDLE auxiliary = 0;
    CK_ULONG count = 0;
    served_stop(&on->chip, SIGTERM);
    put_auxiliary(on);
    module_scene_serve(on);
    module_scene_configure(on, "cache=none\n[chip]\nuri=%s\nlabel=gate\nauxiliary=yes\n");
    CK_SESSION_HANDLE session = module_scene_begin(0);
    assert_rv(C_GetSlotList(CK_TRUE, NULL, &count), CKR_OK);
    assert_int_equal(count, 2);
    CK_TOKEN_INFO info = token_info(1);
    assert_true(is_padded(info.label, sizeof(info.label), "gate-aux"));
    assert_true(module_scene_find(session, CKO_CERTIFICATE, "aux-device") == 0);
    assert_rv(C_OpenSession(1, CKF_SERIAL_SESSION, NULL, NULL, &auxiliary), CKR_OK);
    CK_OBJECT_HANDLE device = module_scene_find(auxiliary, CKO_CERTIFICATE, "aux-device");
    assert_true(module_scene_find(auxiliary, CKO_CERTIFICATE, "aux-signer") != 0);
    assert_true(module_scene_find(auxiliary, CKO_CERTIFICATE, "device") == 0);
    assert_rv(C_GetAttributeValue(auxiliary, device, &attribute, 1), CKR_OK);
    size_t len = recorded_bytes("608a", "device_aux_cert_der", NULL, expected, sizeof(expected));
    assert_int_equal(attribute.ulValueLen, len);
    assert_memory_equal(value, expected, len);
    assert_int_equal(module_scene_commands(on), COLD + AUX);
    module_scene_end();
}

/* A part of Microchip's: the identifier of its key is that of its certificates (RFC 5280). */
static void a_trust_and_go_part_has_the_identifier_of_its_point(void **state)
{
    module_scene *on = *state;
    np_trust_and_go_part part;
    np_random_seeded seeded = {.seed = 7};
    static const np_chip_serial serial = {{0x01, 0x23, 1, 2, 3, 4, 5, 6, 0x01}};
    uint8_t eeprom[NP_EEPROM_SIZE];
    uint8_t point[67];
    uint8_t id[20];
    uint8_t expected[20];
    assert_ok(
        np_trust_and_go_make(&serial, 1795165200, np_random_by_seed(&seeded), &part, &on->err),
        &on->err);
    memcpy(eeprom + NP_EEPROM_CONFIG, part.config, sizeof(part.config));
    memcpy(eeprom + NP_EEPROM_OTP, part.otp, sizeof(part.otp));
    memcpy(eeprom + NP_EEPROM_DATA, part.data, sizeof(part.data));
    served_stop(&on->chip, SIGTERM);
    served_put(&on->chip, NP_ATECC608B, eeprom);
    module_scene_serve(on);
    CK_SESSION_HANDLE session = module_scene_begin(0);
    CK_OBJECT_HANDLE key = module_scene_find(session, CKO_PRIVATE_KEY, "device");
    CK_ATTRIBUTE attributes[] = {{CKA_ID, id, sizeof(id)}, {CKA_EC_POINT, point, sizeof(point)}};
    assert_rv(C_GetAttributeValue(session, key, attributes, 2), CKR_OK);
    np_sha1(np_bytes_of(point + 2, 65), expected);
    assert_memory_equal(id, expected, sizeof(id));
    assert_true(module_scene_find(session, CKO_CERTIFICATE, "signer") != 0);
    module_scene_end();
}

static void a_blank_chip_is_a_token_that_is_not_initialised(void **state)
{
    module_scene *on = *state;
    factory blank;
    uint8_t random[32];
    served_stop(&on->chip, SIGTERM);
    factory_open_fresh(&blank, NP_ATECC608B, NP_PACE_TYPICAL);
    served_put(&on->chip, NP_ATECC608B, np_virtual_chip_eeprom(blank.chip));
    factory_close(&blank);
    module_scene_serve(on);
    CK_SESSION_HANDLE session = module_scene_begin(0);
    assert_true((token_info(0).flags & CKF_TOKEN_INITIALIZED) == 0);
    assert_true(module_scene_find(session, CKO_PRIVATE_KEY, "device") == 0);
    assert_true(C_GenerateRandom(session, random, sizeof(random)) != CKR_OK);
    module_scene_end();
}

static CK_RV slots_of(CK_ULONG *ret_count)
{
    CK_RV rv = C_Initialize(NULL);
    if (rv == CKR_OK) {
        assert_rv(C_GetSlotList(CK_FALSE, NULL, ret_count), CKR_OK);
        assert_rv(C_Finalize(NULL), CKR_OK);
    }
    return rv;
}

static void a_bad_configuration_leaves_no_slots_or_fails_when_strict(void **state)
{
    module_scene *on = *state;
    CK_ULONG count = 77;
    module_scene_configure(on, "log = stderr-of-nobody/log\n[chip]\nurl = %s\n");
    assert_rv(slots_of(&count), CKR_OK);
    assert_int_equal(count, 0);
    module_scene_configure(on, "strict = yes\n[chip]\nurl = %s\n");
    assert_rv(slots_of(&count), CKR_GENERAL_ERROR);
    module_scene_configure(on, "strict = yes\n[chip]\nuri = %s\n[chip]\nuri = unix:/nowhere\n");
    assert_rv(slots_of(&count), CKR_OK);
    assert_int_equal(count, 2);
}

static void without_chips_in_the_file_the_environment_names_one(void **state)
{
    module_scene *on = *state;
    module_scene_configure(on, "# nothing\n");
    assert_int_equal(setenv("NAMEPLATE_CHIP", on->chip.uri, 1), 0);
    CK_SESSION_HANDLE session = module_scene_begin(0);
    sign_and_check(on, session, 11);
    module_scene_end();
}

/* A file in this process: others would change it behind our back. */
static void a_virtual_chip_in_a_file_is_refused_with_the_hint_to_serve_it(void **state)
{
    module_scene *on = *state;
    char log[128];
    char text[4096] = {0};
    CK_TOKEN_INFO info;
    snprintf(log, sizeof(log), "%s/log", on->chip.folder);
    assert_int_equal(setenv("NAMEPLATE_PKCS11_LOG", log, 1), 0);
    module_scene_configure(on, "[chip]\nuri = virtual:kit.chip\npin = 864213579\n");
    CK_SESSION_HANDLE session = module_scene_begin(0);
    CK_UTF8CHAR pin[] = "864213579";
    assert_rv(C_Login(session, CKU_USER, pin, sizeof(pin) - 1), CKR_OK);
    assert_rv(C_GetTokenInfo(0, &info), CKR_TOKEN_NOT_PRESENT);
    module_scene_end();
    FILE *file = fopen(log, "r");
    assert_non_null(file);
    assert_true(fread(text, 1, sizeof(text) - 1, file) > 0);
    fclose(file);
    unlink(log);
    assert_non_null(strstr(text, "virtual serve"));
    assert_non_null(strstr(text, "C_GetTokenInfo: CKR_TOKEN_NOT_PRESENT"));
    assert_null(strstr(text, "864213579"));
}

#define IN_A_SCENE(test)                                                                           \
    cmocka_unit_test_setup_teardown(test, module_scene_make, module_scene_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_SCENE(without_a_pin_every_login_succeeds_and_none_is_needed),
        IN_A_SCENE(a_configured_pin_hides_the_key_until_the_login),
        IN_A_SCENE(the_security_officer_needs_sessions_that_write),
        IN_A_SCENE(a_session_opens_without_a_chip_and_what_needs_it_says_so),
        IN_A_SCENE(a_chip_that_goes_and_comes_back_signs_on_in_the_same_session),
        IN_A_SCENE(another_chip_is_device_removed_until_a_session_is_opened),
        IN_A_SCENE(threads_are_kept_apart_in_each_of_the_four_ways),
        IN_A_SCENE(calls_of_one_session_wait_for_each_other),
        IN_A_SCENE(handles_are_not_used_twice),
        IN_A_SCENE(a_token_is_told_by_label_model_and_serial),
        IN_A_SCENE(auxiliary_certificates_have_a_slot_of_their_own),
        IN_A_SCENE(a_trust_and_go_part_has_the_identifier_of_its_point),
        IN_A_SCENE(a_blank_chip_is_a_token_that_is_not_initialised),
        IN_A_SCENE(a_bad_configuration_leaves_no_slots_or_fails_when_strict),
        IN_A_SCENE(without_chips_in_the_file_the_environment_names_one),
        IN_A_SCENE(a_virtual_chip_in_a_file_is_refused_with_the_hint_to_serve_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
