/* SPDX-License-Identifier: Apache-2.0 */
/* Expected bytes: the tables of specs of PSA 8, written out by hand. */
#include "psa/records.h"

#include "support/test.h"
#include "support/vectors.h"

static const char key_hex[] = "5053410049545300" /* PSA ITS */
                              "2c000000"
                              "00000000"
                              "505341004b455900" /* PSA KEY */
                              "00000000"
                              "01010000"
                              "1271"
                              "0001"
                              "00140000"
                              "09060006"
                              "00000000"
                              "08000000"
                              "0200000000000000";
enum { FILE_SIZE = 60 };

static psa_key key_18(void)
{
    return (psa_key){.attributes = {.lifetime = 0x101,
                                    .type = 0x7112,
                                    .bits = 256,
                                    .usage = 0x1400,
                                    .algorithm = 0x06000609},
                     .slot = 2};
}

static void a_key_file_has_the_60_bytes_of_mbed_tls(void **state)
{
    (void)state;
    uint8_t expected[FILE_SIZE];
    uint8_t file[FILE_SIZE];
    psa_key key = key_18();
    vector_hex(key_hex, expected, sizeof(expected));
    psa_its_header_encode(PSA_KEY_SIZE, file);
    psa_key_encode(&key, file + PSA_ITS_HEADER_SIZE);
    assert_memory_equal(file, expected, sizeof(file));
    np_bytes contents;
    psa_key read;
    bool is_here = false;
    assert_int_equal(psa_its_decode(NP_BYTES(file), &contents, NULL), NP_OK);
    assert_int_equal(psa_key_decode(contents, &read, &is_here, NULL), NP_OK);
    assert_true(is_here);
    assert_int_equal(read.slot, key.slot); /* the rest is in the bytes that come back */
    psa_key_encode(&read, file + PSA_ITS_HEADER_SIZE);
    assert_memory_equal(file, expected, sizeof(file));
}

static void damaged_files_are_refused_at_every_length(void **state)
{
    (void)state;
    uint8_t file[FILE_SIZE + 1] = {0};
    vector_hex(key_hex, file, FILE_SIZE);
    for (size_t len = 0; len <= sizeof(file); len++) {
        np_bytes contents;
        np_code code = psa_its_decode(np_bytes_of(file, len), &contents, NULL);
        assert_int_equal(code == NP_OK, len == FILE_SIZE);
    }
    for (size_t len = 0; len <= PSA_KEY_SIZE + 1; len++) {
        psa_key key;
        bool is_here = false;
        np_bytes bytes = np_bytes_of(file + PSA_ITS_HEADER_SIZE, len);
        assert_int_equal(psa_key_decode(bytes, &key, &is_here, NULL) == NP_OK, len == PSA_KEY_SIZE);
    }
}

static void an_unknown_version_and_a_software_key_are_told_apart(void **state)
{
    (void)state;
    uint8_t file[FILE_SIZE];
    psa_key key;
    bool is_here = true;
    np_error err;
    np_bytes bytes = np_bytes_of(file + PSA_ITS_HEADER_SIZE, PSA_KEY_SIZE);
    vector_hex(key_hex, file, FILE_SIZE);
    file[PSA_ITS_HEADER_SIZE + 13] = 0; /* the location */
    assert_int_equal(psa_key_decode(bytes, &key, &is_here, &err), NP_OK);
    assert_false(is_here);
    file[PSA_ITS_HEADER_SIZE + 8] = 1;
    assert_int_equal(psa_key_decode(bytes, &key, &is_here, &err), NP_EINPUT_FORMAT);
    assert_non_null(strstr(err.message, "version 1"));
}

/* Observed of the core, for key 0x1e in slot 1. */
static void the_transaction_is_the_core_s(void **state)
{
    (void)state;
    uint8_t expected[PSA_TRANSACTION_SIZE];
    uint8_t bytes[PSA_TRANSACTION_SIZE];
    psa_transaction transaction = {PSA_TRANSACTION_CREATE, 0x101, 1, 0x1e};
    psa_transaction read;
    vector_hex("0100000001010000"
               "0100000000000000"
               "1e00000000000000",
               expected, sizeof(expected));
    psa_transaction_encode(&transaction, bytes);
    assert_memory_equal(bytes, expected, sizeof(bytes));
    assert_true(psa_transaction_decode(NP_BYTES(bytes), &read));
    assert_int_equal(read.kind, PSA_TRANSACTION_CREATE);
    assert_int_equal(read.slot, 1);
    assert_int_equal(read.key_id, 0x1e);
    bytes[0] = 3;
    assert_false(psa_transaction_decode(NP_BYTES(bytes), &read));
    assert_false(psa_transaction_decode(np_bytes_of(expected, 23), &read));
}

static void the_driver_s_data_come_back_and_zeros_are_a_new_one(void **state)
{
    (void)state;
    psa_state before = {.has_serial = true, .serial = {1, 2, 3}};
    psa_state after;
    uint8_t bytes[NP_PSA_STATE_SIZE] = {0};
    assert_true(psa_state_decode(bytes, &after));
    assert_false(after.has_serial);
    before.slots[0] = (psa_slot){PSA_SLOT_REGISTERED, 16};
    before.slots[2] = (psa_slot){PSA_SLOT_MADE, PSA_KEY_ID_MAX};
    before.slots[15] = (psa_slot){PSA_SLOT_SPARE, 0};
    psa_state_encode(&before, bytes);
    assert_true(psa_state_decode(bytes, &after));
    assert_memory_equal(after.serial, before.serial, sizeof(after.serial));
    for (size_t i = 0; i < PSA_SLOTS; i++) {
        assert_int_equal(after.slots[i].kind, before.slots[i].kind);
        assert_int_equal(after.slots[i].key_id, before.slots[i].key_id);
    }
    for (size_t i = 0; i < 4; i++) { /* magic, version, flag */
        psa_state_encode(&before, bytes);
        bytes[i] ^= 0x80;
        assert_false(psa_state_decode(bytes, &after));
    }
    psa_state_encode(&before, bytes);
    bytes[NP_PSA_STATE_SIZE - 1] = 1; /* reserved */
    assert_false(psa_state_decode(bytes, &after));
}

static void the_journal_comes_back(void **state)
{
    (void)state;
    psa_journal before = {.key = key_18(), .had_key = true, .old_x = {9}};
    psa_journal after;
    uint8_t bytes[PSA_JOURNAL_SIZE];
    before.key.attributes.key_id = 18;
    psa_journal_encode(&before, bytes);
    assert_true(psa_journal_decode(NP_BYTES(bytes), &after));
    assert_int_equal(after.key.attributes.key_id, 18);
    assert_int_equal(after.key.slot, 2);
    assert_true(after.had_key);
    assert_memory_equal(after.old_x, before.old_x, 32);
    assert_false(psa_journal_decode(np_bytes_of(bytes, sizeof(bytes) - 1), &after));
    bytes[52] = 2;
    assert_false(psa_journal_decode(NP_BYTES(bytes), &after));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_file_has_the_60_bytes_of_mbed_tls),
        cmocka_unit_test(damaged_files_are_refused_at_every_length),
        cmocka_unit_test(an_unknown_version_and_a_software_key_are_told_apart),
        cmocka_unit_test(the_transaction_is_the_core_s),
        cmocka_unit_test(the_driver_s_data_come_back_and_zeros_are_a_new_one),
        cmocka_unit_test(the_journal_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
