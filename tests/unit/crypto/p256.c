/* SPDX-License-Identifier: Apache-2.0 */
/* Expected values: NIST CAVP SigVer; the PrivWrite key pair of key_formats.csv. */
#include "crypto/p256.h"
#include "crypto/hash.h"
#include "crypto/signing.h"
#include "support/test.h"
#include "support/vectors.h"

static const char order_hex[] = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";

static void signatures_of_nist_are_judged_as_nist_judges(void **state)
{
    (void)state;
    vector_csv rows;
    vector_csv_open(&rows, "atecc/nist/ecdsa_p256_sha256_sigver.csv");
    int valid = 0;
    int invalid = 0;
    while (vector_csv_next(&rows)) {
        uint8_t message[256], digest[32], point[64], signature[64];
        size_t len = vector_hex_any(rows.fields[0], message, sizeof(message));
        np_sha256(np_bytes_of(message, len), digest);
        vector_hex(rows.fields[2], point, 32);
        vector_hex(rows.fields[3], point + 32, 32);
        vector_hex(rows.fields[4], signature, 32);
        vector_hex(rows.fields[5], signature + 32, 32);
        bool is_valid = false;
        np_error err;
        assert_ok(np_p256_verify(point, digest, signature, &is_valid, &err), &err);
        assert_int_equal(is_valid, strcmp(rows.fields[6], "true") == 0);
        valid += is_valid;
        invalid += !is_valid;
    }
    vector_csv_close(&rows);
    assert_int_equal(valid + invalid, 15);
    assert_true(valid > 0 && invalid > 0);
}

static void load_pair(uint8_t scalar[32], uint8_t point[64])
{
    vector_csv rows;
    int found = 0;
    vector_csv_open(&rows, "atecc/key_formats.csv");
    while (vector_csv_next(&rows)) {
        if (strcmp(rows.fields[0], "PrivWrite 36-byte value") == 0) {
            uint8_t padded[36];
            vector_hex(rows.fields[1], padded, sizeof(padded));
            memcpy(scalar, padded + 4, 32);
            found++;
        } else if (strcmp(rows.fields[0], "public key of that private key") == 0) {
            vector_hex(rows.fields[1], point, 64);
            found++;
        }
    }
    vector_csv_close(&rows);
    assert_int_equal(found, 2);
}

static void a_private_key_gives_its_public_key(void **state)
{
    (void)state;
    uint8_t scalar[32], wanted[64], point[64];
    np_error err;
    load_pair(scalar, wanted);
    NP_CLEANUP(np_p256_free_at) np_p256_key *key = NULL;
    assert_ok(np_p256_from_scalar(scalar, &key, &err), &err);
    np_p256_public(key, point);
    assert_memory_equal(point, wanted, sizeof(wanted));
}

static void the_key_after_the_last_is_refused(void **state)
{
    (void)state;
    static const struct {
        int to_last_byte;
        bool is_key;
    } rows[] = {{-1, true}, {0, false}, {1, false}};
    for (size_t i = 0; i < NP_COUNT_OF(rows); i++) {
        uint8_t scalar[32];
        vector_hex(order_hex, scalar, sizeof(scalar));
        scalar[31] = (uint8_t)(scalar[31] + rows[i].to_last_byte);
        NP_CLEANUP(np_p256_free_at) np_p256_key *key = NULL;
        np_error err;
        assert_code(np_p256_from_scalar(scalar, &key, &err),
                    rows[i].is_key ? NP_OK : NP_EINPUT_RANGE);
        assert_int_equal(key != NULL, rows[i].is_key);
    }
}

static void zero_is_no_key_and_one_is(void **state)
{
    (void)state;
    uint8_t scalar[32] = {0};
    NP_CLEANUP(np_p256_free_at) np_p256_key *key = NULL;
    np_error err;
    assert_code(np_p256_from_scalar(scalar, &key, &err), NP_EINPUT_RANGE);
    scalar[31] = 1;
    assert_ok(np_p256_from_scalar(scalar, &key, &err), &err);
    uint8_t point[64], generator[64];
    np_p256_public(key, point);
    /* FIPS 186-4 D.1.2.3 */
    vector_hex("6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
               "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
               generator, sizeof(generator));
    assert_memory_equal(point, generator, sizeof(point));
}

static void a_signature_verifies_until_a_bit_changes(void **state)
{
    (void)state;
    NP_CLEANUP(np_p256_free_at) np_p256_key *key = NULL;
    np_error err;
    assert_ok(np_p256_generate(&key, &err), &err);
    np_signing signing = np_signing_by_key(key);
    uint8_t digest[32] = {1, 2, 3};
    uint8_t signature[64];
    bool is_valid = false;
    for (int i = 0; i < 3; i++) {
        assert_ok(signing.sign(signing.self, digest, signature, &err), &err);
        assert_ok(np_p256_verify(signing.public_key, digest, signature, &is_valid, &err), &err);
        assert_true(is_valid);
    }
    signature[40] ^= 1;
    assert_ok(np_p256_verify(signing.public_key, digest, signature, &is_valid, &err), &err);
    assert_false(is_valid);
}

static void a_point_off_the_curve_verifies_nothing(void **state)
{
    (void)state;
    NP_CLEANUP(np_p256_free_at) np_p256_key *key = NULL;
    np_error err;
    assert_ok(np_p256_generate(&key, &err), &err);
    uint8_t digest[32] = {0}, signature[64], point[64];
    bool is_valid = true;
    assert_ok(np_p256_sign(key, digest, signature, &err), &err);
    np_p256_public(key, point);
    point[63] ^= 1;
    assert_ok(np_p256_verify(point, digest, signature, &is_valid, &err), &err);
    assert_false(is_valid);
    memset(point, 0xff, sizeof(point)); /* coordinates not below the field prime */
    assert_ok(np_p256_verify(point, digest, signature, &is_valid, &err), &err);
    assert_false(is_valid);
    memset(point, 0, sizeof(point));
    assert_ok(np_p256_verify(point, digest, signature, &is_valid, &err), &err);
    assert_false(is_valid);
}

static void r_and_s_out_of_range_are_not_valid(void **state)
{
    (void)state;
    uint8_t scalar[32], point[64], digest[32] = {0}, good[64];
    bool is_valid = true;
    np_error err;
    load_pair(scalar, point);
    NP_CLEANUP(np_p256_free_at) np_p256_key *key = NULL;
    assert_ok(np_p256_from_scalar(scalar, &key, &err), &err);
    assert_ok(np_p256_sign(key, digest, good, &err), &err);
    for (size_t half = 0; half < 64; half += 32) {
        uint8_t signature[64];
        memcpy(signature, good, sizeof(good));
        memset(signature + half, 0, 32);
        assert_ok(np_p256_verify(point, digest, signature, &is_valid, &err), &err);
        assert_false(is_valid);
        vector_hex(order_hex, signature + half, 32);
        assert_ok(np_p256_verify(point, digest, signature, &is_valid, &err), &err);
        assert_false(is_valid);
    }
}

/* In one row: an object that kept something of the key before would judge the next one wrongly. */
static void a_verifier_judges_ever_other_keys_as_nist_does(void **state)
{
    (void)state;
    vector_csv rows;
    np_error err;
    NP_CLEANUP(np_p256_verifier_free_at) np_p256_verifier *verifier = NULL;
    uint8_t off_curve[64] = {0};
    int valid = 0;
    assert_ok(np_p256_verifier_create(&verifier, &err), &err);
    vector_csv_open(&rows, "atecc/nist/ecdsa_p256_sha256_sigver.csv");
    while (vector_csv_next(&rows)) {
        uint8_t message[256], digest[32], point[64], signature[64];
        size_t len = vector_hex_any(rows.fields[0], message, sizeof(message));
        np_sha256(np_bytes_of(message, len), digest);
        vector_hex(rows.fields[2], point, 32);
        vector_hex(rows.fields[3], point + 32, 32);
        vector_hex(rows.fields[4], signature, 32);
        vector_hex(rows.fields[5], signature + 32, 32);
        bool is_valid = true;
        assert_ok(np_p256_verifier_check(verifier, off_curve, digest, signature, &is_valid, &err),
                  &err);
        assert_false(is_valid);
        assert_ok(np_p256_verifier_check(verifier, point, digest, signature, &is_valid, &err),
                  &err);
        assert_int_equal(is_valid, strcmp(rows.fields[6], "true") == 0);
        valid += is_valid;
        memcpy(off_curve, point, sizeof(point));
        off_curve[63] ^= 1;
        memset(signature, 0, 32);
        assert_ok(np_p256_verifier_check(verifier, point, digest, signature, &is_valid, &err),
                  &err);
        assert_false(is_valid);
    }
    vector_csv_close(&rows);
    assert_true(valid > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signatures_of_nist_are_judged_as_nist_judges),
        cmocka_unit_test(a_private_key_gives_its_public_key),
        cmocka_unit_test(the_key_after_the_last_is_refused),
        cmocka_unit_test(zero_is_no_key_and_one_is),
        cmocka_unit_test(a_signature_verifies_until_a_bit_changes),
        cmocka_unit_test(a_point_off_the_curve_verifies_nothing),
        cmocka_unit_test(r_and_s_out_of_range_are_not_valid),
        cmocka_unit_test(a_verifier_judges_ever_other_keys_as_nist_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
