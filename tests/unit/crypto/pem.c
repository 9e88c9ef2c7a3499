/* SPDX-License-Identifier: Apache-2.0 */
/* Private keys in PEM, in both directions with the openssl program. */
#include "crypto/p256.h"
#include "support/program.h"
#include "support/test.h"
#include "support/vectors.h"

static np_code load_key(const program_room *room, const char *name, np_p256_key **ret)
{
    size_t len = 0;
    uint8_t *text = program_load(room, name, &len);
    np_code code = np_p256_parse_pem(np_bytes_of(text, len), ret, NULL);
    free(text);
    return code;
}

/* The public point as openssl sees it: the end of the SubjectPublicKeyInfo. */
static void assert_openssl_sees_point(const program_room *room, const char *name,
                                      const np_p256_key *key)
{
    uint8_t point[64];
    size_t len = 0;
    np_p256_public(key, point);
    assert_int_equal(program_run(room, "openssl pkey -in %s -pubout -outform DER -out pub", name),
                     0);
    uint8_t *spki = program_load(room, "pub", &len);
    assert_int_equal(len, 91);
    assert_memory_equal(spki + 27, point, sizeof(point));
    free(spki);
}

static void openssl_reads_the_key_that_we_write(void **state)
{
    const program_room *room = *state;
    NP_CLEANUP(np_p256_free_at) np_p256_key *key = NULL;
    NP_CLEANUP(np_p256_free_at) np_p256_key *again = NULL;
    np_error err;
    uint8_t text[512];
    np_writer writer = np_writer_of(text, sizeof(text));
    assert_ok(np_p256_generate(&key, &err), &err);
    np_p256_write_pem(key, &writer);
    program_store(room, "ours.pem", np_writer_bytes(&writer));
    assert_int_equal(program_run(room, "openssl ec -in ours.pem -check -noout"), 0);
    assert_openssl_sees_point(room, "ours.pem", key);
    assert_int_equal(
        program_run(room, "openssl ec -in ours.pem -out back.pem && cmp ours.pem back.pem"), 0);
    assert_ok(np_p256_parse_pem(np_writer_bytes(&writer), &again, &err), &err);
}

static void we_read_the_keys_that_openssl_writes(void **state)
{
    const program_room *room = *state;
    static const char *const commands[] = {
        "openssl ecparam -genkey -name prime256v1 -out k.pem",
        "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out k.pem",
        "openssl ecparam -genkey -name prime256v1 -noout | sed 's/$/\\r/' > k.pem",
        "openssl ecparam -genkey -name prime256v1 -noout | openssl ec -no_public -out k.pem",
        ("openssl ecparam -genkey -name prime256v1 -noout"
         " | openssl ec -conv_form compressed -out k.pem"),
    };
    for (size_t i = 0; i < NP_COUNT_OF(commands); i++) {
        NP_CLEANUP(np_p256_free_at) np_p256_key *key = NULL;
        assert_int_equal(program_run(room, "%s", commands[i]), 0);
        assert_code(load_key(room, "k.pem", &key), NP_OK);
        if (i < 4) {
            assert_openssl_sees_point(room, "k.pem", key);
        }
    }
}

static void keys_of_other_kinds_are_refused(void **state)
{
    const program_room *room = *state;
    static const char *const commands[] = {
        "openssl ecparam -genkey -name secp384r1 -noout -out k.pem",
        "openssl ecparam -genkey -name secp256k1 -noout -out k.pem",
        "openssl genpkey -algorithm ED25519 -out k.pem",
        ("openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -aes128 -pass pass:word"
         " -out k.pem"),
        "openssl ecparam -genkey -name prime256v1 -noout | openssl ec -pubout -out k.pem",
        "echo nothing > k.pem",
        "openssl ecparam -genkey -name prime256v1 -noout | head -c 150 > k.pem",
        ": > k.pem",
    };
    for (size_t i = 0; i < NP_COUNT_OF(commands); i++) {
        NP_CLEANUP(np_p256_free_at) np_p256_key *key = NULL;
        assert_int_equal(program_run(room, "%s", commands[i]), 0);
        assert_code(load_key(room, "k.pem", &key), NP_EINPUT_FORMAT);
        assert_null(key);
    }
}

static void a_key_file_with_anothers_public_key_is_refused(void **state)
{
    const program_room *room = *state;
    NP_CLEANUP(np_p256_free_at) np_p256_key *key = NULL;
    assert_int_equal(
        program_run(room,
                    "openssl ecparam -genkey -name prime256v1 -noout -outform DER -out a &&"
                    "openssl ecparam -genkey -name prime256v1 -noout -outform DER -out b &&"
                    "{ head -c 57 a; tail -c 64 b; } > mixed && test $(wc -c < mixed) = 121 &&"
                    "{ echo '-----BEGIN EC PRIVATE KEY-----'; base64 -w 64 mixed;"
                    "  echo '-----END EC PRIVATE KEY-----'; } > k.pem"),
        0);
    assert_code(load_key(room, "k.pem", &key), NP_EINPUT_FORMAT);
}

static void nerveskeys_signer_keys_are_read(void **state)
{
    (void)state;
    static const char *const names[] = {
        "nerveskey/upstream/livebook_test_signer_key.pem",
        "nerveskey/generated/mix_signer_ca.key.pem",
        "nerveskey/generated/mix_device_DEV0001.key.pem",
    };
    for (size_t i = 0; i < NP_COUNT_OF(names); i++) {
        NP_CLEANUP(np_p256_free_at) np_p256_key *key = NULL;
        size_t len = 0;
        np_error err;
        uint8_t *text = vector_load(names[i], &len);
        assert_ok(np_p256_parse_pem(np_bytes_of(text, len), &key, &err), &err);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(openssl_reads_the_key_that_we_write),
        cmocka_unit_test(we_read_the_keys_that_openssl_writes),
        cmocka_unit_test(keys_of_other_kinds_are_refused),
        cmocka_unit_test(a_key_file_with_anothers_public_key_is_refused),
        cmocka_unit_test(nerveskeys_signer_keys_are_read),
    };
    return cmocka_run_group_tests(tests, program_room_set_up, program_room_tear_down);
}
