/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A chip as applications use it, served: what it shows is what another implementation recorded, how
 * many commands that costs, and what becomes of it when chip, server or process change.
 */
#include "token/token.h"

#include "crypto/p256.h"
#include "nerveskey/trust.h"
#include "nerveskey/trust_and_go_make.h"
#include "support/factory.h"
#include "support/served.h"
#include "support/test.h"
#include "token/cache.h"
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DER_MAX = 1024, COLD = 17, AUX = 10, LOCK_WAIT_MS = 10000, NOW = 1795165200 };

typedef struct scene {
    factory line;
    served chip;
    np_server_options server;
    char cache[96];
    np_error err;
} scene;

static void serve(scene *on)
{
    on->server = (np_server_options){.time = SOCKET_TIME_ZERO};
    served_start(&on->chip, &on->server);
}

/* The chip of a recorded life, provisioned as recorded and then served. */
static int make(void **state)
{
    scene *on = calloc(1, sizeof(*on));
    assert_non_null(on);
    factory_open_recorded(&on->line, "608a", NP_ATECC608A, NP_PACE_TYPICAL);
    assert_ok(factory_provision(&on->line), &on->line.err);
    served_make(&on->chip);
    served_put(&on->chip, NP_ATECC608A, np_virtual_chip_eeprom(on->line.chip));
    snprintf(on->cache, sizeof(on->cache), "%s/cache/nameplate", on->chip.folder);
    *state = on;
    return 0;
}

static int remove_it(void **state)
{
    scene *on = *state;
    char command[160];
    snprintf(command, sizeof(command), "rm -rf '%s/cache'", on->chip.folder);
    int removed = system(command);
    factory_close(&on->line);
    served_remove(&on->chip);
    free(on);
    return removed;
}

static np_token *open_token(scene *on, const char *cache, bool reads_aux)
{
    np_token *token = NULL;
    np_token_options options = {.open = np_link_open_shared,
                                .lock_wait_ms = LOCK_WAIT_MS,
                                .cache_folder = cache,
                                .reads_aux = reads_aux};
    assert_ok(np_token_new(on->chip.uri, &options, &token, &on->err), &on->err);
    return token;
}

static const np_token_facts *read_facts(scene *on, np_token *token)
{
    const np_token_facts *facts = NULL;
    assert_ok(np_token_read(token, &facts, &on->err), &on->err);
    return facts;
}

static void is_der(const np_identity_der *der, const char *name)
{
    uint8_t expected[DER_MAX];
    size_t len = recorded_bytes("608a", name, NULL, expected, sizeof(expected));
    assert_int_equal(der->len, len);
    assert_memory_equal(der->bytes, expected, len);
}

static void sign_and_check(scene *on, np_token *token, const uint8_t key[static 64], uint8_t first)
{
    uint8_t digest[32] = {first};
    uint8_t signature[64];
    bool is_good = false;
    assert_ok(np_token_sign(token, digest, signature, &on->err), &on->err);
    assert_ok(np_p256_verify(key, digest, signature, &is_good, &on->err), &on->err);
    assert_true(is_good);
}

static void certificates_are_the_recorded_ones_for_17_commands(void **state)
{
    scene *on = *state;
    serve(on);
    np_token *token = open_token(on, NULL, false);
    assert_int_equal(np_token_count_commands(token), 0);
    const np_token_facts *facts = read_facts(on, token);
    assert_true(facts->has_key && facts->has_identity && facts->can_agree);
    assert_false(facts->has_aux);
    assert_int_equal(facts->model, NP_ATECC608A);
    is_der(&facts->identity.device, "device_cert_der");
    is_der(&facts->identity.signer, "signer_cert_der");
    assert_int_equal(np_token_count_commands(token), COLD);
    assert_ptr_equal(read_facts(on, token), facts);
    assert_int_equal(np_token_count_commands(token), COLD);
    sign_and_check(on, token, facts->identity.public_key, 1);
    assert_int_equal(np_token_count_commands(token), COLD + 2);
    np_token_free(token);
}

static void another_process_reads_the_serial_and_nothing_else(void **state)
{
    scene *on = *state;
    serve(on);
    np_token *first = open_token(on, on->cache, false);
    read_facts(on, first);
    assert_int_equal(np_token_count_commands(first), COLD);
    np_token *second = open_token(on, on->cache, false);
    const np_token_facts *facts = read_facts(on, second);
    assert_int_equal(np_token_count_commands(second), 1);
    is_der(&facts->identity.device, "device_cert_der");
    is_der(&facts->identity.signer, "signer_cert_der");
    sign_and_check(on, second, facts->identity.public_key, 2);
    assert_int_equal(np_token_count_commands(second), 3);
    np_token_free(first);
    np_token_free(second);
}

static void name_entry(const scene *on, char ret[160])
{
    const uint8_t *s = np_virtual_chip_eeprom(on->line.chip) + NP_EEPROM_CONFIG;
    snprintf(ret, 160, "%s/%02x%02x%02x%02x%02x%02x%02x%02x%02x.token", on->cache, s[0], s[1], s[2],
             s[3], s[8], s[9], s[10], s[11], s[12]);
}

static void flip_byte(const char *name, long at)
{
    FILE *file = fopen(name, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, at, SEEK_SET), 0);
    int byte = fgetc(file);
    assert_int_equal(fseek(file, at, SEEK_SET), 0);
    assert_int_equal(fputc(byte ^ 1, file), byte ^ 1);
    assert_int_equal(fclose(file), 0);
}

static uint32_t count_of_new_token(scene *on)
{
    np_token *token = open_token(on, on->cache, false);
    is_der(&read_facts(on, token)->identity.device, "device_cert_der");
    uint32_t count = np_token_count_commands(token);
    np_token_free(token);
    return count;
}

static void an_entry_that_is_damaged_or_open_to_others_is_not_believed(void **state)
{
    scene *on = *state;
    char name[160];
    serve(on);
    name_entry(on, name);
    assert_int_equal(count_of_new_token(on), COLD);
    for (long at = 0; at < CACHE_ENTRY_SIZE; at += 61) {
        assert_int_equal(count_of_new_token(on), 1);
        flip_byte(name, at);
        assert_int_equal(count_of_new_token(on), COLD);
    }
    assert_int_equal(chmod(name, 0664), 0);
    assert_int_equal(count_of_new_token(on), COLD); /* and writes a good one in its place */
    assert_int_equal(count_of_new_token(on), 1);
    assert_int_equal(truncate(name, CACHE_ENTRY_SIZE - 1), 0);
    assert_int_equal(count_of_new_token(on), COLD);
}

/* What the unmodified library wrote into the slots of the auxiliary pair. */
static void put_recorded_aux(scene *on, const char *from)
{
    static const char *const numbers[] = {"9", "14", "15"};
    static const unsigned slots[] = {9, 14, 15};
    uint8_t eeprom[NP_EEPROM_SIZE];
    memcpy(eeprom, np_virtual_chip_eeprom(on->line.chip), sizeof(eeprom));
    for (size_t i = 0; i < NP_COUNT_OF(slots); i++) {
        uint8_t *slot = eeprom + NP_EEPROM_DATA + np_atecc_slot_offset(slots[i]);
        assert_int_equal(recorded_bytes(from, "slots_after_aux", numbers[i], slot, 72), 72);
    }
    served_put(&on->chip, NP_ATECC608A, eeprom);
}

static void the_auxiliary_pair_is_read_when_asked_for_and_noticed_when_replaced(void **state)
{
    scene *on = *state;
    put_recorded_aux(on, "608a");
    serve(on);
    np_token *token = open_token(on, on->cache, true);
    const np_token_facts *facts = read_facts(on, token);
    assert_true(facts->has_aux);
    is_der(&facts->aux.identity.device, "device_aux_cert_der");
    is_der(&facts->aux.identity.signer, "signer_aux_cert_der");
    assert_int_equal(np_token_count_commands(token), COLD + AUX);
    np_token_free(token);
    token = open_token(on, on->cache, true);
    is_der(&read_facts(on, token)->aux.identity.device, "device_aux_cert_der");
    assert_int_equal(np_token_count_commands(token), 3);
    np_token_free(token);
    served_stop(&on->chip, SIGTERM);
    served_put(&on->chip, NP_ATECC608A, np_virtual_chip_eeprom(on->line.chip));
    serve(on);
    token = open_token(on, on->cache, true);
    assert_false(read_facts(on, token)->has_aux);
    np_token_free(token);
}

static void the_chip_judges_signatures_agrees_and_draws_random_numbers(void **state)
{
    scene *on = *state;
    np_p256_key *key = NULL;
    uint8_t digest[32] = {9};
    uint8_t signature[64];
    uint8_t public_key[64];
    uint8_t random[2][45] = {{0}};
    uint8_t secret[2][32];
    bool is_good = false;
    serve(on);
    assert_ok(np_p256_generate(&key, &on->err), &on->err);
    np_p256_public(key, public_key);
    assert_ok(np_p256_sign(key, digest, signature, &on->err), &on->err);
    np_token *token = open_token(on, NULL, false);
    assert_ok(np_token_check_signature(token, public_key, digest, signature, &is_good, &on->err),
              &on->err);
    assert_true(is_good);
    digest[0] ^= 1;
    assert_ok(np_token_check_signature(token, public_key, digest, signature, &is_good, &on->err),
              &on->err);
    assert_false(is_good);
    assert_ok(np_token_agree(token, public_key, secret[0], &on->err), &on->err);
    const uint8_t *own = read_facts(on, token)->identity.public_key;
    assert_ok(np_p256_agree(key, own, secret[1], &is_good, &on->err), &on->err);
    assert_memory_equal(secret[0], secret[1], sizeof(secret[0]));
    memset(public_key, 7, sizeof(public_key));
    assert_code(np_token_agree(token, public_key, secret[0], &on->err), NP_EDEVICE_STATUS);
    for (size_t i = 0; i < 2; i++) {
        assert_ok(np_token_random(token, random[i], sizeof(random[i]), &on->err), &on->err);
    }
    assert_memory_not_equal(random[0], random[1], sizeof(random[0]));
    assert_memory_not_equal(random[0] + 32, random[1] + 32, 13);
    np_token_free(token);
    np_p256_free(key);
}

static void a_server_that_went_and_came_back_is_no_failure(void **state)
{
    scene *on = *state;
    bool is_there = true;
    serve(on);
    np_token *token = open_token(on, NULL, false);
    const uint8_t *key = read_facts(on, token)->identity.public_key;
    served_stop(&on->chip, SIGKILL);
    serve(on);
    sign_and_check(on, token, key, 3); /* it costs the serial once more */
    assert_int_equal(np_token_count_commands(token), COLD + 3);
    served_stop(&on->chip, SIGTERM);
    uint8_t signature[64];
    const uint8_t digest[32] = {0};
    assert_int_not_equal(np_token_sign(token, digest, signature, &on->err), NP_OK);
    assert_ok(np_token_probe(token, &is_there, &on->err), &on->err);
    assert_false(is_there);
    serve(on);
    assert_ok(np_token_probe(token, &is_there, &on->err), &on->err);
    assert_true(is_there);
    sign_and_check(on, token, key, 4);
    np_token_free(token);
}

static void put_other_chip(scene *on)
{
    uint8_t eeprom[NP_EEPROM_SIZE];
    memcpy(eeprom, np_virtual_chip_eeprom(on->line.chip), sizeof(eeprom));
    eeprom[NP_EEPROM_CONFIG + 11] ^= 1;
    served_put(&on->chip, NP_ATECC608A, eeprom);
}

static void another_chip_signs_nothing_until_it_is_asked_for(void **state)
{
    scene *on = *state;
    bool is_there = false;
    uint8_t signature[64];
    const uint8_t digest[32] = {0};
    serve(on);
    np_token *token = open_token(on, on->cache, false);
    read_facts(on, token);
    served_stop(&on->chip, SIGTERM);
    put_other_chip(on);
    serve(on);
    for (int i = 0; i < 2; i++) {
        assert_code(np_token_sign(token, digest, signature, &on->err), NP_ECONFLICT_OTHER);
        assert_code(np_token_probe(token, &is_there, &on->err), NP_ECONFLICT_OTHER);
        assert_true(is_there);
    }
    np_token_forget(token);
    assert_true(read_facts(on, token)->has_key);
    assert_ok(np_token_sign(token, digest, signature, &on->err), &on->err);
    np_token_free(token);
}

enum { SOME = 25, THREADS = 2, CHILDREN = 4 };

/*
 * What a thread or child has signed, in memory that processes share. Signing alone goes on while
 * others fork: neither libcrypto nor the allocator of a sanitizer can be used in a child whose
 * parent was using them in another thread.
 */
typedef struct worker {
    np_token *token;
    bool has_failed;
    uint8_t signatures[SOME][64];
} worker;

static void *work(void *self)
{
    worker *of = self;
    for (uint8_t i = 0; i < SOME; i++) {
        uint8_t digest[32] = {i, 1};
        np_error err;
        if (np_token_sign(of->token, digest, of->signatures[i], &err) != NP_OK) {
            of->has_failed = true;
        }
    }
    return NULL;
}

static void check_work(const worker *of, const uint8_t key[static 64])
{
    assert_false(of->has_failed);
    for (uint8_t i = 0; i < SOME; i++) {
        uint8_t digest[32] = {i, 1};
        bool is_good = false;
        np_error err;
        assert_ok(np_p256_verify(key, digest, of->signatures[i], &is_good, &err), &err);
        assert_true(is_good);
    }
}

static void children_and_threads_sign_at_the_same_time(void **state)
{
    scene *on = *state;
    pthread_t threads[THREADS];
    pid_t children[CHILDREN];
    int status = 0;
    size_t size = sizeof(worker) * (THREADS + CHILDREN);
    worker *workers = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(workers, MAP_FAILED);
    serve(on);
    np_token *token = open_token(on, NULL, false);
    const uint8_t *key = read_facts(on, token)->identity.public_key;
    for (size_t i = 0; i < THREADS + CHILDREN; i++) {
        workers[i].token = token;
    }
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
    }
    for (size_t i = 0; i < CHILDREN; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] == 0) {
            np_token_after_fork(token);
            work(&workers[THREADS + i]);
            _exit(0);
        }
    }
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    for (size_t i = 0; i < CHILDREN; i++) {
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_int_equal(status, 0);
    }
    for (size_t i = 0; i < THREADS + CHILDREN; i++) {
        check_work(&workers[i], key);
    }
    np_token_free(token);
    assert_int_equal(munmap(workers, size), 0);
}

static void a_trust_and_go_part_is_settled_by_its_own_verdicts(void **state)
{
    scene *on = *state;
    np_trust_and_go_part part;
    np_random_seeded seeded = {.seed = 7};
    static const np_chip_serial serial = {{0x01, 0x23, 1, 2, 3, 4, 5, 6, 0x01}};
    uint8_t eeprom[NP_EEPROM_SIZE];
    assert_ok(np_trust_and_go_make(&serial, NOW, np_random_by_seed(&seeded), &part, &on->err),
              &on->err);
    memcpy(eeprom + NP_EEPROM_CONFIG, part.config, sizeof(part.config));
    memcpy(eeprom + NP_EEPROM_OTP, part.otp, sizeof(part.otp));
    memcpy(eeprom + NP_EEPROM_DATA, part.data, sizeof(part.data));
    served_put(&on->chip, NP_ATECC608B, eeprom);
    serve(on);
    np_token *token = open_token(on, NULL, true);
    const np_token_facts *facts = read_facts(on, token);
    assert_true(facts->has_identity && facts->can_agree);
    assert_false(facts->has_aux);
    assert_int_equal(facts->identity.root, NP_ROOT_VIRTUAL);
    np_identity again = facts->identity; /* libcrypto comes to the same */
    assert_ok(np_identity_settle(&again, NULL, &on->err), &on->err);
    assert_memory_equal(&again.device, &facts->identity.device, sizeof(again.device));
    assert_memory_equal(&again.signer, &facts->identity.signer, sizeof(again.signer));
    sign_and_check(on, token, facts->identity.public_key, 5);
    np_token_free(token);
}

static void a_blank_chip_is_a_token_without_key(void **state)
{
    scene *on = *state;
    served other;
    served_make(&other);
    served_start(&other, NULL);
    np_token *token = NULL;
    uint8_t random[32];
    np_token_options options = {.open = np_link_open_shared, .lock_wait_ms = LOCK_WAIT_MS};
    assert_ok(np_token_new(other.uri, &options, &token, &on->err), &on->err);
    const np_token_facts *facts = read_facts(on, token);
    assert_false(facts->has_key || facts->has_identity);
    assert_code(np_token_random(token, random, sizeof(random), &on->err), NP_EDEVICE_ANSWER);
    np_token_free(token);
    served_remove(&other);
}

static void a_virtual_file_is_refused_where_chips_are_shared(void **state)
{
    scene *on = *state;
    np_link *link = NULL;
    np_link_options options = {0};
    assert_code(np_link_open_shared("virtual:kit.chip", &options, &link, &on->err), NP_EUSAGE);
    assert_non_null(strstr(on->err.hint, "nameplate virtual serve"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(certificates_are_the_recorded_ones_for_17_commands, make,
                                        remove_it),
        cmocka_unit_test_setup_teardown(another_process_reads_the_serial_and_nothing_else, make,
                                        remove_it),
        cmocka_unit_test_setup_teardown(an_entry_that_is_damaged_or_open_to_others_is_not_believed,
                                        make, remove_it),
        cmocka_unit_test_setup_teardown(
            the_auxiliary_pair_is_read_when_asked_for_and_noticed_when_replaced, make, remove_it),
        cmocka_unit_test_setup_teardown(the_chip_judges_signatures_agrees_and_draws_random_numbers,
                                        make, remove_it),
        cmocka_unit_test_setup_teardown(a_server_that_went_and_came_back_is_no_failure, make,
                                        remove_it),
        cmocka_unit_test_setup_teardown(another_chip_signs_nothing_until_it_is_asked_for, make,
                                        remove_it),
        cmocka_unit_test_setup_teardown(children_and_threads_sign_at_the_same_time, make,
                                        remove_it),
        cmocka_unit_test_setup_teardown(a_trust_and_go_part_is_settled_by_its_own_verdicts, make,
                                        remove_it),
        cmocka_unit_test_setup_teardown(a_blank_chip_is_a_token_without_key, make, remove_it),
        cmocka_unit_test_setup_teardown(a_virtual_file_is_refused_where_chips_are_shared, make,
                                        remove_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
