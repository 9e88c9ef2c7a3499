/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The OpenSSL provider as programs with threads, children and copies use it: through libcrypto,
 * with the key in a served chip, and every signature verified by a soft key of another context.
 */
#include "nerveskey/trust.h"
#include "provider/reference.h"
#include "support/factory.h"
#include "support/served.h"
#include "support/test.h"
#include "token/token.h"
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/decoder.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/provider.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREADS = 4, ROUNDS = 8, CHILDREN = 4, SIGNATURE_MAX = 72, LOCK_WAIT_MS = 10000 };

/* Four zero bytes stand before a private key in its slot. */
enum { KEY_PAD = 4, SECOND_SLOT = 2 };

static const uint8_t second_scalar[32] = {1, 2, 3, 4, 5, 6, 7, 8};

/* An application: its library context with both providers, and the key. */
typedef struct application {
    OSSL_LIB_CTX *context;
    OSSL_PROVIDER *ours;
    OSSL_PROVIDER *others;
    EVP_PKEY *key;
} application;

typedef struct scene {
    factory line;
    served chip;
    np_server_options server;
    uint8_t reference[NP_KEY_REFERENCE_DER_MAX];
    size_t reference_len;
    EVP_PKEY *judge; /* the public key alone, in libcrypto's default context */
    uint8_t second[NP_KEY_REFERENCE_DER_MAX];
    size_t second_len;
    EVP_PKEY *second_judge;
    application app;
    np_error err;
} scene;

static EVP_PKEY *soft_public(const uint8_t point[static 64])
{
    char group[] = "P-256";
    uint8_t octets[65] = {0x04};
    EVP_PKEY *key = NULL;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, octets, sizeof(octets)),
        OSSL_PARAM_construct_end(),
    };
    memcpy(octets + 1, point, 64);
    EVP_PKEY_CTX *making = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    assert_int_equal(EVP_PKEY_fromdata_init(making), 1);
    assert_int_equal(EVP_PKEY_fromdata(making, &key, EVP_PKEY_PUBLIC_KEY, params), 1);
    EVP_PKEY_CTX_free(making);
    return key;
}

/* A second private key, in a slot of the same rules as the device's. */
static void put_second_key(const scene *on, uint8_t eeprom[static NP_EEPROM_SIZE])
{
    uint8_t *config = eeprom + NP_EEPROM_CONFIG;
    memcpy(eeprom, np_virtual_chip_eeprom(on->line.chip), NP_EEPROM_SIZE);
    memcpy(config + NP_CONFIG_SLOT_CONFIG + 2 * SECOND_SLOT, config + NP_CONFIG_SLOT_CONFIG, 2);
    memcpy(config + NP_CONFIG_KEY_CONFIG + 2 * SECOND_SLOT, config + NP_CONFIG_KEY_CONFIG, 2);
    memcpy(eeprom + NP_EEPROM_DATA + np_atecc_slot_offset(SECOND_SLOT) + KEY_PAD, second_scalar,
           sizeof(second_scalar));
}

/* The same reference for the other slot. */
static void write_second_reference(scene *on, np_key_reference *reference)
{
    np_p256_key *key = NULL;
    np_writer writer = np_writer_of(on->second, sizeof(on->second));
    assert_ok(np_p256_from_scalar(second_scalar, &key, &on->err), &on->err);
    np_p256_public(key, reference->point);
    np_p256_free(key);
    reference->slot = SECOND_SLOT;
    np_key_reference_encode(reference, &writer);
    on->second_len = writer.len;
    on->second_judge = soft_public(reference->point);
}

/* What the command chip key-reference writes, and the keys to judge by. */
static void write_reference(scene *on)
{
    np_token_options options = {.open = np_link_open_shared, .lock_wait_ms = LOCK_WAIT_MS};
    const np_token_facts *facts = NULL;
    np_token *token = NULL;
    np_key_reference reference = {0};
    np_writer writer = np_writer_of(on->reference, sizeof(on->reference));
    assert_ok(np_token_new(on->chip.uri, &options, &token, &on->err), &on->err);
    assert_ok(np_token_read(token, &facts, &on->err), &on->err);
    assert_ok(np_key_reference_set(&reference, on->chip.uri, 0, &on->err), &on->err);
    reference.chip_serial = facts->chip_serial;
    memcpy(reference.point, facts->identity.public_key, sizeof(reference.point));
    np_key_reference_encode(&reference, &writer);
    on->reference_len = writer.len;
    on->judge = soft_public(reference.point);
    np_token_free(token);
    write_second_reference(on, &reference);
}

/* False with libcrypto's own words in its queue. */
static bool load_from(const uint8_t *reference, size_t len, const application *app, EVP_PKEY **ret)
{
    const unsigned char *at = reference;
    OSSL_DECODER_CTX *decoder = OSSL_DECODER_CTX_new_for_pkey(
        ret, NULL, NULL, NULL, OSSL_KEYMGMT_SELECT_ALL, app->context, NULL);
    bool is_good = OSSL_DECODER_from_data(decoder, &at, &len) == 1;
    OSSL_DECODER_CTX_free(decoder);
    return is_good;
}

static bool load_key(const scene *on, application *app)
{
    return load_from(on->reference, on->reference_len, app, &app->key);
}

static void begin_application(application *app)
{
    *app = (application){.context = OSSL_LIB_CTX_new()};
    assert_non_null(app->context);
    assert_int_equal(
        OSSL_PROVIDER_set_default_search_path(app->context, getenv("NAMEPLATE_MODULES")), 1);
    app->ours = OSSL_PROVIDER_load(app->context, "nameplate");
    if (app->ours == NULL) {
        ERR_print_errors_fp(stderr);
        fail_msg("the provider cannot be loaded");
    }
}

static void load_others(application *app)
{
    app->others = OSSL_PROVIDER_load(app->context, "default");
    assert_non_null(app->others);
}

static void end_application(application *app)
{
    EVP_PKEY_free(app->key);
    OSSL_PROVIDER_unload(app->ours);
    if (app->others != NULL) {
        OSSL_PROVIDER_unload(app->others);
    }
    OSSL_LIB_CTX_free(app->context);
}

static int make(void **state)
{
    uint8_t eeprom[NP_EEPROM_SIZE];
    scene *on = calloc(1, sizeof(*on));
    assert_non_null(on);
    setenv("NAMEPLATE_CACHE", "", 1);
    factory_open_recorded(&on->line, "608a", NP_ATECC608A, NP_PACE_TYPICAL);
    assert_ok(factory_provision(&on->line), &on->line.err);
    served_make(&on->chip);
    put_second_key(on, eeprom);
    served_put(&on->chip, NP_ATECC608A, eeprom);
    on->server = (np_server_options){.time = SOCKET_TIME_ZERO};
    served_start(&on->chip, &on->server);
    write_reference(on);
    begin_application(&on->app);
    load_others(&on->app);
    assert_true(load_key(on, &on->app));
    *state = on;
    return 0;
}

static int remove_it(void **state)
{
    scene *on = *state;
    end_application(&on->app);
    EVP_PKEY_free(on->judge);
    EVP_PKEY_free(on->second_judge);
    factory_close(&on->line);
    served_remove(&on->chip);
    free(on);
    return 0;
}

static bool is_good_by(EVP_PKEY *judge, const char *text, const uint8_t *signature, size_t len)
{
    EVP_MD_CTX *hash = EVP_MD_CTX_new();
    bool result = EVP_DigestVerifyInit_ex(hash, NULL, "SHA256", NULL, NULL, judge, NULL) == 1 &&
                  EVP_DigestVerify(hash, signature, len, (const uint8_t *)text, strlen(text)) == 1;
    EVP_MD_CTX_free(hash);
    return result;
}

static bool is_good(const scene *on, const char *text, const uint8_t *signature, size_t len)
{
    return is_good_by(on->judge, text, signature, len);
}

/* *len is the room before and the length after. */
static bool sign_at_once(const application *app, EVP_PKEY *key, const char *text,
                         uint8_t *signature, size_t *len)
{
    EVP_MD_CTX *hash = EVP_MD_CTX_new();
    bool is_signed =
        EVP_DigestSignInit_ex(hash, NULL, "SHA256", app->context, NULL, key, NULL) == 1 &&
        EVP_DigestSign(hash, signature, len, (const uint8_t *)text, strlen(text)) == 1;
    EVP_MD_CTX_free(hash);
    return is_signed;
}

/* Safe in threads and children. */
static bool sign_and_check(const scene *on, const application *app, EVP_PKEY *key, const char *text)
{
    uint8_t signature[SIGNATURE_MAX];
    size_t len = sizeof(signature);
    return sign_at_once(app, key, text, signature, &len) && is_good(on, text, signature, len);
}

static void a_signature_is_verified_by_a_soft_key(void **state)
{
    scene *on = *state;
    assert_true(sign_and_check(on, &on->app, on->app.key, "text"));
    assert_string_equal(OSSL_PROVIDER_get0_name(EVP_PKEY_get0_provider(on->app.key)), "nameplate");
    assert_int_equal(EVP_PKEY_get_size(on->app.key), SIGNATURE_MAX);
    assert_int_equal(EVP_PKEY_get_bits(on->app.key), 256);
    assert_true(EVP_PKEY_is_a(on->app.key, "EC"));
}

static void the_key_equals_its_public_half_and_no_other(void **state)
{
    scene *on = *state;
    uint8_t other[64];
    np_p256_key *key = NULL;
    assert_int_equal(EVP_PKEY_eq(on->app.key, on->judge), 1);
    assert_ok(np_p256_generate(&key, &on->err), &on->err);
    np_p256_public(key, other);
    np_p256_free(key);
    EVP_PKEY *stranger = soft_public(other);
    assert_int_equal(EVP_PKEY_eq(on->app.key, stranger), 0);
    EVP_PKEY_free(stranger);
}

static void the_key_of_another_slot_signs_with_its_own(void **state)
{
    scene *on = *state;
    uint8_t signature[SIGNATURE_MAX];
    size_t len = sizeof(signature);
    EVP_PKEY *second = NULL;
    assert_true(load_from(on->second, on->second_len, &on->app, &second));
    assert_int_equal(EVP_PKEY_eq(second, on->app.key), 0);
    assert_true(sign_at_once(&on->app, second, "text", signature, &len));
    assert_true(is_good_by(on->second_judge, "text", signature, len));
    assert_false(is_good(on, "text", signature, len));
    EVP_PKEY_free(second);
    assert_true(sign_and_check(on, &on->app, on->app.key, "text"));
}

static void copies_sign_after_the_first_is_gone(void **state)
{
    scene *on = *state;
    EVP_PKEY *copy = EVP_PKEY_dup(on->app.key);
    assert_non_null(copy);
    EVP_PKEY *same = on->app.key;
    assert_int_equal(EVP_PKEY_up_ref(same), 1);
    EVP_PKEY_free(on->app.key);
    assert_true(sign_and_check(on, &on->app, same, "same"));
    EVP_PKEY_free(same);
    on->app.key = copy;
    assert_true(sign_and_check(on, &on->app, copy, "copy"));
}

static void a_hash_is_copied_half_way(void **state)
{
    scene *on = *state;
    const char *ends[] = {"one", "two"};
    EVP_MD_CTX *hashes[] = {EVP_MD_CTX_new(), EVP_MD_CTX_new()};
    assert_int_equal(
        EVP_DigestSignInit_ex(hashes[0], NULL, "SHA256", on->app.context, NULL, on->app.key, NULL),
        1);
    assert_int_equal(EVP_DigestSignUpdate(hashes[0], "text ", 5), 1);
    assert_int_equal(EVP_MD_CTX_copy_ex(hashes[1], hashes[0]), 1);
    for (size_t i = 0; i < NP_COUNT_OF(ends); i++) {
        uint8_t signature[SIGNATURE_MAX];
        size_t len = sizeof(signature);
        char text[16];
        snprintf(text, sizeof(text), "text %s", ends[i]);
        assert_int_equal(EVP_DigestSignUpdate(hashes[i], ends[i], strlen(ends[i])), 1);
        assert_int_equal(EVP_DigestSignFinal(hashes[i], signature, &len), 1);
        assert_true(is_good(on, text, signature, len));
        EVP_MD_CTX_free(hashes[i]);
    }
}

typedef struct worker {
    const scene *on;
    unsigned good;
} worker;

static void *sign_often(void *data)
{
    worker *self = data;
    for (unsigned i = 0; i < ROUNDS; i++) {
        char text[16];
        snprintf(text, sizeof(text), "round %u", i);
        self->good += sign_and_check(self->on, &self->on->app, self->on->app.key, text);
    }
    OPENSSL_thread_stop_ex(self->on->app.context);
    return NULL;
}

static void threads_share_a_key(void **state)
{
    scene *on = *state;
    worker workers[THREADS];
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++) {
        workers[i] = (worker){.on = on};
        assert_int_equal(pthread_create(&threads[i], NULL, sign_often, &workers[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(workers[i].good, ROUNDS);
    }
}

/* _exit: what the parent has open is the parent's to close. */
static pid_t begin_child(const scene *on)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        bool is_well = sign_and_check(on, &on->app, on->app.key, "first") &&
                       sign_and_check(on, &on->app, on->app.key, "second");
        _exit(is_well ? 0 : 1);
    }
    return child;
}

static void end_child(pid_t child)
{
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void a_child_and_its_parent_sign_with_one_key(void **state)
{
    scene *on = *state;
    assert_true(sign_and_check(on, &on->app, on->app.key, "before"));
    pid_t children[CHILDREN];
    for (size_t i = 0; i < CHILDREN; i++) {
        children[i] = begin_child(on);
    }
    assert_true(sign_and_check(on, &on->app, on->app.key, "meanwhile"));
    for (size_t i = 0; i < CHILDREN; i++) {
        end_child(children[i]);
    }
    assert_true(sign_and_check(on, &on->app, on->app.key, "after"));
}

static void a_chip_that_was_away_signs_again(void **state)
{
    scene *on = *state;
    assert_true(sign_and_check(on, &on->app, on->app.key, "before"));
    served_stop(&on->chip, SIGTERM);
    assert_false(sign_and_check(on, &on->app, on->app.key, "meanwhile"));
    const char *text = NULL;
    int flags = 0;
    unsigned long error = ERR_peek_error_data(&text, &flags);
    assert_string_equal(ERR_lib_error_string(error), "nameplate");
    assert_string_equal(ERR_reason_error_string(error), "the chip cannot be reached");
    assert_non_null(strstr(text, on->chip.socket));
    ERR_clear_error();
    served_start(&on->chip, &on->server);
    assert_true(sign_and_check(on, &on->app, on->app.key, "after"));
}

/* The default provider comes last, and only after libcrypto has asked for EC keys in vain. */
static void keys_of_others_are_made_by_others_whoever_came_first(void **state)
{
    scene *on = *state;
    application app;
    begin_application(&app);
    assert_null(EVP_KEYMGMT_fetch(app.context, "EC", NULL));
    load_others(&app);
    EVP_PKEY *made = EVP_PKEY_Q_keygen(app.context, NULL, "EC", "P-384");
    assert_non_null(made);
    assert_string_equal(OSSL_PROVIDER_get0_name(EVP_PKEY_get0_provider(made)), "default");
    EVP_PKEY_free(made);
    assert_true(load_key(on, &app));
    assert_true(sign_and_check(on, &app, app.key, "text"));
    EVP_PKEY *again = EVP_PKEY_Q_keygen(app.context, NULL, "EC", "P-256");
    assert_string_equal(OSSL_PROVIDER_get0_name(EVP_PKEY_get0_provider(again)), "default");
    EVP_PKEY_free(again);
    end_application(&app);
}

static void applications_in_one_process_do_not_meet(void **state)
{
    scene *on = *state;
    application other;
    begin_application(&other);
    load_others(&other);
    assert_true(load_key(on, &other));
    assert_true(sign_and_check(on, &other, other.key, "other"));
    assert_true(sign_and_check(on, &on->app, on->app.key, "first"));
    end_application(&other);
    assert_true(sign_and_check(on, &on->app, on->app.key, "first again"));
}

static void room_that_is_too_small_is_refused(void **state)
{
    scene *on = *state;
    uint8_t digest[32] = {1};
    uint8_t signature[SIGNATURE_MAX];
    size_t len = 0;
    EVP_PKEY_CTX *signing = EVP_PKEY_CTX_new_from_pkey(on->app.context, on->app.key, NULL);
    assert_int_equal(EVP_PKEY_sign_init(signing), 1);
    assert_int_equal(EVP_PKEY_sign(signing, NULL, &len, digest, sizeof(digest)), 1);
    assert_int_equal(len, SIGNATURE_MAX);
    len = SIGNATURE_MAX - 1;
    assert_int_not_equal(EVP_PKEY_sign(signing, signature, &len, digest, sizeof(digest)), 1);
    len = SIGNATURE_MAX;
    assert_int_equal(EVP_PKEY_sign(signing, signature, &len, digest, sizeof(digest)), 1);
    EVP_PKEY_CTX_free(signing);
    ERR_clear_error();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_signature_is_verified_by_a_soft_key),
        cmocka_unit_test(the_key_equals_its_public_half_and_no_other),
        cmocka_unit_test(the_key_of_another_slot_signs_with_its_own),
        cmocka_unit_test(copies_sign_after_the_first_is_gone),
        cmocka_unit_test(a_hash_is_copied_half_way),
        cmocka_unit_test(threads_share_a_key),
        cmocka_unit_test(a_child_and_its_parent_sign_with_one_key),
        cmocka_unit_test(a_chip_that_was_away_signs_again),
        cmocka_unit_test(keys_of_others_are_made_by_others_whoever_came_first),
        cmocka_unit_test(applications_in_one_process_do_not_meet),
        cmocka_unit_test(room_that_is_too_small_is_refused),
    };
    return cmocka_run_group_tests(tests, make, remove_it);
}
