/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Key files in all their forms: keyfiles.tsv tells what the real program did with each, and what
 * libsodium says of the point. Where a key decodes there and is refused here, it is degenerate or
 * its halves differ.
 */
#include "crypto/blake2b.h"
#include "firmware/key.h"
#include "support/test.h"
#include "support/vectors.h"
#include <stdio.h>
#include <stdlib.h>

/* Read by the real program, but not by us. */
static const char *const degenerate[] = {"mismatch.priv", "offcurve.pub", "weak_identity.pub",
                                         "weak_order4.pub"};
/* Refused there because they are other keys; they decode. */
static const char *const others[] = {"k2.pub", "k3.pub", "k4.pub"};

static bool is_among(const char *name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(name, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

static np_code decode(const char *name, const char *use)
{
    char path[64];
    size_t len;
    np_firmware_key key;
    np_firmware_private_key pair;
    snprintf(path, sizeof(path), "fwup/keys/%s", name);
    uint8_t *text = vector_load(path, &len);
    np_code code = strcmp(use, "sign") == 0
                       ? np_firmware_private_key_decode(np_bytes_of(text, len), &pair, NULL)
                       : np_firmware_key_decode(np_bytes_of(text, len), &key, NULL);
    free(text);
    return code;
}

static void each_form_is_read_as_the_real_program_reads_it(void **state)
{
    (void)state;
    vector_csv rows;
    unsigned count = 0;
    vector_words_open(&rows, "fwup/keyfiles.tsv");
    for (; vector_words_next(&rows); count++) {
        const char *name = rows.fields[0];
        bool is_read = strcmp(rows.fields[2], "0") == 0 || is_among(name, others, 3);
        np_code wanted = is_read ? NP_OK : NP_EINPUT_FORMAT;
        if (is_among(name, degenerate, NP_COUNT_OF(degenerate))) {
            wanted = NP_EINPUT_KEY;
        }
        print_message("# %s\n", name);
        assert_int_equal(decode(name, rows.fields[1]), wanted);
    }
    vector_csv_close(&rows);
    assert_int_equal(count, 28);
}

static void a_private_key_is_written_as_it_was_read(void **state)
{
    (void)state;
    static const char *const names[] = {"k1", "k2", "k3", "k4"};
    for (size_t i = 0; i < NP_COUNT_OF(names); i++) {
        char path[64];
        size_t len;
        uint8_t text[NP_FIRMWARE_PRIVATE_TEXT];
        np_firmware_private_key key;
        np_writer writer = np_writer_of(text, sizeof(text));
        snprintf(path, sizeof(path), "fwup/keys/%s.priv", names[i]);
        uint8_t *secret = vector_load(path, &len);
        assert_int_equal(np_firmware_private_key_decode(np_bytes_of(secret, len), &key, NULL),
                         NP_OK);
        np_firmware_write_private(&key, &writer);
        assert_true(np_bytes_equal(np_writer_bytes(&writer), np_bytes_of(secret, len)));
        free(secret);
        snprintf(path, sizeof(path), "fwup/keys/%s.pub", names[i]);
        uint8_t *public = vector_load(path, &len);
        writer = np_writer_of(text, sizeof(text));
        np_firmware_write_public(&key, &writer);
        assert_true(np_bytes_equal(np_writer_bytes(&writer), np_bytes_of(public, len)));
        free(public);
    }
}

static void nothing_but_white_space_stands_behind_a_key(void **state)
{
    (void)state;
    size_t len;
    np_firmware_key key;
    uint8_t *text = vector_load("fwup/keys/k1.pub", &len);
    uint8_t longer[NP_FIRMWARE_PUBLIC_TEXT + 8];
    memset(longer, ' ', sizeof(longer));
    memcpy(longer, text, len);
    assert_int_equal(np_firmware_key_decode(NP_BYTES(longer), &key, NULL), NP_OK);
    longer[sizeof(longer) - 1] = 'x';
    assert_int_equal(np_firmware_key_decode(NP_BYTES(longer), &key, NULL), NP_EINPUT_FORMAT);
    free(text);
}

/* RFC 8032 section 7.1, test 2. */
static void ed25519_is_that_of_the_standard(void **state)
{
    (void)state;
    uint8_t seed[NP_ED25519_SEED_SIZE];
    uint8_t wanted[NP_ED25519_SIGNATURE_SIZE];
    uint8_t point[NP_ED25519_PUBLIC_SIZE];
    uint8_t found[NP_ED25519_SIGNATURE_SIZE];
    static const uint8_t message[] = {0x72};
    vector_hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", seed,
               sizeof(seed));
    np_ed25519_public(seed, point);
    vector_hex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", wanted, 32);
    assert_memory_equal(point, wanted, sizeof(point));
    vector_hex("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
               "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
               wanted, sizeof(wanted));
    np_ed25519_sign(seed, NP_BYTES(message), found);
    assert_memory_equal(found, wanted, sizeof(wanted));
    assert_true(np_ed25519_verify(point, NP_BYTES(message), found));
    found[0] ^= 1;
    assert_false(np_ed25519_verify(point, NP_BYTES(message), found));
}

static void blake2b_is_that_of_the_vectors_in_one_piece_and_in_two(void **state)
{
    (void)state;
    vector_csv rows;
    unsigned count = 0;
    vector_words_open(&rows, "fwup/blake2b256_kat.tsv");
    for (; vector_words_next(&rows); count++) {
        uint8_t input[1024];
        uint8_t wanted[NP_BLAKE2B_SIZE];
        uint8_t found[NP_BLAKE2B_SIZE];
        bool is_empty = rows.field_count == 1;
        size_t len = is_empty ? 0 : vector_hex_any(rows.fields[0], input, sizeof(input));
        vector_hex(rows.fields[is_empty ? 0 : 1], wanted, sizeof(wanted));
        for (size_t first = 0; first <= len; first += 1 + len / 3) {
            np_blake2b_stream stream;
            np_blake2b_begin(&stream);
            np_blake2b_add(&stream, np_bytes_of(input, first));
            np_blake2b_add(&stream, np_bytes_of(input + first, len - first));
            np_blake2b_end(&stream, found);
            assert_memory_equal(found, wanted, sizeof(wanted));
        }
    }
    vector_csv_close(&rows);
    assert_true(count >= 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_form_is_read_as_the_real_program_reads_it),
        cmocka_unit_test(a_private_key_is_written_as_it_was_read),
        cmocka_unit_test(nothing_but_white_space_stands_behind_a_key),
        cmocka_unit_test(ed25519_is_that_of_the_standard),
        cmocka_unit_test(blake2b_is_that_of_the_vectors_in_one_piece_and_in_two),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
