/* SPDX-License-Identifier: Apache-2.0 */
/* Nonce, GenKey, Sign and Verify of the virtual chip against constructions computed elsewhere. */
#include "crypto/hash.h"
#include "support/chip_host.h"
#include "support/test.h"
#include "support/vectors.h"
#include <jansson.h>

enum { SLOT_8_AT = NP_EEPROM_DATA + 288, SLOT_9_AT = SLOT_8_AT + 416, TAIL_SLOT_SIZE = 72 };

static const uint8_t zeros[64];
static const uint8_t scalar[32] = {0x11, 0x22, 0x33};

/* Slot 0 and 1 hold a key; both zones locked. SlotConfig 2083 of the factory: both ways to sign. */
static void make_image(np_atecc_model model, uint8_t eeprom[static NP_EEPROM_SIZE])
{
    chip_image_blank(model, eeprom);
    for (size_t slot = 0; slot < 2; slot++) {
        memset(eeprom + NP_EEPROM_DATA + 36 * slot, 0, 4);
        memcpy(eeprom + NP_EEPROM_DATA + 36 * slot + 4, scalar, sizeof(scalar));
    }
    eeprom[86] = 0;
    eeprom[87] = 0;
}

static void open_awake(chip_host *host, np_atecc_model model, const uint8_t *eeprom)
{
    chip_host_open_image(host, model, NP_PACE_TYPICAL, eeprom);
    assert_true(chip_host_wake(host));
}

static void ask(chip_host *host, uint8_t opcode, uint8_t p1, uint16_t p2, np_bytes data,
                chip_reply *ret)
{
    const np_atecc_command command = {.opcode = opcode, .p1 = p1, .p2 = p2, .data = data};
    chip_host_ask(host, &command, ret);
}

static uint8_t status_of(chip_host *host, uint8_t opcode, uint8_t p1, uint16_t p2, np_bytes data)
{
    chip_reply reply;
    ask(host, opcode, p1, p2, data, &reply);
    return reply.status;
}

static bool has_signed(const chip_reply *reply, const uint8_t *digest)
{
    uint8_t point[64];
    bool is_valid = false;
    np_p256_key *key = NULL;
    assert_int_equal(reply->data_len, 64);
    assert_int_equal(np_p256_from_scalar(scalar, &key, NULL), NP_OK);
    np_p256_public(key, point);
    np_p256_free(key);
    assert_int_equal(np_p256_verify(point, digest, reply->data, &is_valid, NULL), NP_OK);
    return is_valid;
}

/* An external signature shows what is in TempKey. */
static void expect_temp_key(chip_host *host, const uint8_t *expected)
{
    chip_reply reply;
    ask(host, 0x41, 0x80, 0, np_bytes_of(NULL, 0), &reply);
    assert_true(has_signed(&reply, expected));
}

static json_t *digests(void)
{
    size_t len = 0;
    uint8_t *text = vector_load("atecc/host_digests.json", &len);
    json_error_t error;
    json_t *root = json_loadb((const char *)text, len, 0, &error);
    free(text);
    assert_non_null(root);
    return root;
}

static void take_hex(const json_t *object, const char *name, uint8_t *ret, size_t size)
{
    const char *text = json_string_value(json_object_get(object, name));
    assert_non_null(text);
    vector_hex(text, ret, size);
}

static const json_t *find_case(const json_t *root, const char *name)
{
    size_t i = 0;
    const json_t *one = NULL;
    json_array_foreach(json_object_get(root, "cases"), i, one)
    {
        if (strcmp(json_string_value(json_object_get(one, "name")), name) == 0) {
            return one;
        }
    }
    fail_msg("no case %s", name);
    return NULL;
}

static void a_random_nonce_is_hashed_with_the_hosts_number(void **state)
{
    (void)state;
    static const char *const names[] = {"nonce_mode00", "nonce_mode01"};
    json_t *root = digests();
    for (size_t i = 0; i < NP_COUNT_OF(names); i++) {
        const json_t *one = find_case(root, names[i]);
        const json_t *inputs = json_object_get(one, "inputs");
        uint8_t drawn[32], num_in[20], value[32], eeprom[NP_EEPROM_SIZE];
        chip_host host;
        chip_reply reply;
        take_hex(inputs, "rand_out", drawn, sizeof(drawn));
        take_hex(inputs, "num_in", num_in, sizeof(num_in));
        take_hex(one, "value", value, sizeof(value));
        make_image(NP_ATECC608A, eeprom);
        open_awake(&host, NP_ATECC608A, eeprom);
        host.random.first = drawn;
        host.random.first_len = sizeof(drawn);
        ask(&host, 0x16, (uint8_t)i, 0, NP_BYTES(num_in), &reply);
        assert_int_equal(reply.data_len, 32);
        assert_memory_equal(reply.data, drawn, 32);
        expect_temp_key(&host, value);
        chip_host_close(&host);
    }
    json_decref(root);
}

static void a_computed_nonce_replaces_temp_key_and_is_answered(void **state)
{
    (void)state;
    json_t *root = digests();
    for (unsigned mode = 0; mode < 2; mode++) {
        const json_t *one = find_case(root, mode == 0 ? "nonce_calc_mode00" : "nonce_calc_mode01");
        const json_t *inputs = json_object_get(one, "inputs");
        uint8_t before[32], num_in[20], value[32], eeprom[NP_EEPROM_SIZE];
        chip_host host;
        chip_reply reply;
        take_hex(inputs, "tempkey", before, sizeof(before));
        take_hex(inputs, "num_in", num_in, sizeof(num_in));
        take_hex(one, "value", value, sizeof(value));
        make_image(NP_ATECC508A, eeprom);
        open_awake(&host, NP_ATECC508A, eeprom);
        assert_int_equal(status_of(&host, 0x16, (uint8_t)mode, 0x8000, NP_BYTES(num_in)), 0x0f);
        assert_int_equal(status_of(&host, 0x16, 0x03, 0, NP_BYTES(before)), 0);
        ask(&host, 0x16, (uint8_t)mode, 0x8000, NP_BYTES(num_in), &reply);
        assert_int_equal(reply.data_len, 32);
        assert_memory_equal(reply.data, value, 32);
        expect_temp_key(&host, value);
        chip_host_close(&host);
    }
    json_decref(root);
}

/* Serial number, public key in slot 11, and TempKey as the vectors have them. */
static void open_for_digest(chip_host *host, const json_t *root, const json_t *inputs)
{
    uint8_t serial[9], point[64], before[32], eeprom[NP_EEPROM_SIZE];
    uint8_t *slot = eeprom + SLOT_9_AT + 2 * TAIL_SLOT_SIZE;
    make_image(NP_ATECC608A, eeprom);
    take_hex(root, "serial_number", serial, sizeof(serial));
    memcpy(eeprom, serial, 4);
    memcpy(eeprom + 8, serial + 4, 5);
    chip_image_put(eeprom, 96 + 22, "3000");
    take_hex(inputs, "public_key", point, sizeof(point));
    memset(slot, 0, TAIL_SLOT_SIZE);
    memcpy(slot + 4, point, 32);
    memcpy(slot + 40, point + 32, 32);
    open_awake(host, NP_ATECC608A, eeprom);
    take_hex(inputs, "tempkey", before, sizeof(before));
    assert_int_equal(status_of(host, 0x16, 0x03, 0, NP_BYTES(before)), 0);
}

static void genkey_mode_10_digests_a_stored_public_key(void **state)
{
    (void)state;
    json_t *root = digests();
    const json_t *one = find_case(root, "genkey_digest_mode10_slot11");
    const json_t *inputs = json_object_get(one, "inputs");
    uint8_t other[3], value[32];
    chip_host host;
    chip_reply reply;
    take_hex(inputs, "other_data", other, sizeof(other));
    take_hex(one, "value", value, sizeof(value));
    open_for_digest(&host, root, inputs);
    assert_int_equal(status_of(&host, 0x40, 0x10, 11, NP_BYTES(other)), 0);
    ask(&host, 0x30, 0x02, 0, np_bytes_of(NULL, 0), &reply);
    assert_memory_equal(reply.data, "\x5b\x80\x00\x00", 4); /* GenKey, Source, KeyID 11; Valid */
    expect_temp_key(&host, value);
    chip_host_close(&host);
    json_decref(root);
}

/* The published message with what differs here: TempKey, both configurations, flags. */
static void an_internal_signature_covers_the_slot_behind_temp_key(void **state)
{
    (void)state;
    json_t *root = digests();
    for (unsigned mode = 0; mode <= 0x40; mode += 0x40) {
        const json_t *one = find_case(root, "genkey_digest_mode10_slot11");
        const json_t *message =
            find_case(root, mode == 0 ? "sign_internal_msg_mode00" : "sign_internal_msg_mode40");
        uint8_t other[3], bytes[55], digest[32];
        chip_host host;
        chip_reply reply;
        take_hex(json_object_get(one, "inputs"), "other_data", other, sizeof(other));
        take_hex(message, "value", bytes, sizeof(bytes));
        take_hex(one, "value", bytes, 32);
        memcpy(bytes + 36, "\x00\x00\x30\x00\x5b", 5); /* SlotConfig, KeyConfig, flags of slot 11 */
        np_sha256(NP_BYTES(bytes), digest);
        open_for_digest(&host, root, json_object_get(one, "inputs"));
        assert_int_equal(status_of(&host, 0x40, 0x10, 11, NP_BYTES(other)), 0);
        ask(&host, 0x41, (uint8_t)mode, 1, np_bytes_of(NULL, 0), &reply);
        assert_true(has_signed(&reply, digest));
        chip_host_close(&host);
    }
    json_decref(root);
}

static void an_internal_signature_needs_a_digest_of_the_chips_own(void **state)
{
    (void)state;
    uint8_t eeprom[NP_EEPROM_SIZE];
    chip_host host;
    make_image(NP_ATECC508A, eeprom);
    open_awake(&host, NP_ATECC508A, eeprom);
    assert_int_equal(status_of(&host, 0x16, 0x03, 0, np_bytes_of(zeros, 32)), 0);
    assert_int_equal(status_of(&host, 0x41, 0x00, 0, np_bytes_of(NULL, 0)), 0x0f);
    chip_host_close(&host);
}

static void nists_signatures_verify_as_nist_says(void **state)
{
    (void)state;
    vector_csv csv;
    unsigned seen = 0;
    vector_csv_open(&csv, "atecc/nist/ecdsa_p256_sha256_sigver.csv");
    while (vector_csv_next(&csv)) {
        uint8_t digest[32], data[128];
        chip_host host;
        chip_host_open(&host, NP_ATECC508A);
        vector_hex(csv.fields[1], digest, 32);
        vector_hex(csv.fields[4], data, 32);
        vector_hex(csv.fields[5], data + 32, 32);
        vector_hex(csv.fields[2], data + 64, 32);
        vector_hex(csv.fields[3], data + 96, 32);
        assert_true(chip_host_wake(&host));
        assert_int_equal(status_of(&host, 0x16, 0x03, 0, NP_BYTES(digest)), 0);
        assert_int_equal(status_of(&host, 0x45, 0x02, 4, NP_BYTES(data)),
                         strcmp(csv.fields[6], "true") == 0 ? 0x00 : 0x01);
        chip_host_close(&host);
        seen++;
    }
    vector_csv_close(&csv);
    assert_int_equal(seen, 15);
}

/* Stores the public key in slot 9 and signs this digest with its private half. */
static void put_public_key(uint8_t *eeprom, const uint8_t *digest, uint8_t *ret_signature)
{
    uint8_t point[64];
    uint8_t *slot = eeprom + SLOT_9_AT;
    np_p256_key *key = NULL;
    assert_int_equal(np_p256_from_scalar(scalar, &key, NULL), NP_OK);
    np_p256_public(key, point);
    memset(slot, 0, TAIL_SLOT_SIZE);
    memcpy(slot + 4, point, 32);
    memcpy(slot + 40, point + 32, 32);
    assert_int_equal(np_p256_sign(key, digest, ret_signature, NULL), NP_OK);
    np_p256_free(key);
}

/* Both layouts from key_formats.csv: 4 pad, X, 4 pad, Y; nibble 5 is valid, A is not. */
static void a_stored_key_verifies_when_it_is_valid_and_authorises(void **state)
{
    (void)state;
    for (unsigned is_valid = 0; is_valid < 2; is_valid++) {
        uint8_t eeprom[NP_EEPROM_SIZE], signature[64];
        chip_host host;
        chip_reply reply;
        make_image(NP_ATECC608A, eeprom);
        chip_image_put(eeprom, 96 + 18, "3200");
        put_public_key(eeprom, zeros, signature);
        eeprom[SLOT_9_AT] = is_valid ? 0x50 : 0xa0;
        open_awake(&host, NP_ATECC608A, eeprom);
        ask(&host, 0x30, 0x01, 9, np_bytes_of(NULL, 0), &reply);
        assert_int_equal(reply.data[0], is_valid);
        assert_int_equal(status_of(&host, 0x16, 0x03, 0, np_bytes_of(zeros, 32)), 0);
        assert_int_equal(status_of(&host, 0x45, 0x00, 9, NP_BYTES(signature)),
                         is_valid ? 0x00 : 0x0f);
        ask(&host, 0x30, 0x02, 0, np_bytes_of(NULL, 0), &reply);
        assert_int_equal(reply.data[1], is_valid ? 9 << 3 | 1 << 2 : 0);
        chip_host_close(&host);
    }
}

static void an_authorisation_by_another_slot_does_not_count(void **state)
{
    (void)state;
    uint8_t eeprom[NP_EEPROM_SIZE], signature[64];
    chip_host host;
    chip_reply reply;
    make_image(NP_ATECC608A, eeprom);
    chip_image_put(eeprom, 96, "b30a");
    chip_image_put(eeprom, 96 + 18, "3000");
    put_public_key(eeprom, zeros, signature);
    open_awake(&host, NP_ATECC608A, eeprom);
    assert_int_equal(status_of(&host, 0x16, 0x03, 0, np_bytes_of(zeros, 32)), 0);
    assert_int_equal(status_of(&host, 0x45, 0x00, 9, NP_BYTES(signature)), 0);
    assert_int_equal(status_of(&host, 0x16, 0x03, 0, np_bytes_of(zeros, 32)), 0);
    assert_int_equal(status_of(&host, 0x41, 0x80, 0, np_bytes_of(NULL, 0)), 0x0f);
    ask(&host, 0x30, 0x02, 0, np_bytes_of(NULL, 0), &reply);
    assert_memory_equal(reply.data, "\0\0\0\0", 4);
    chip_host_close(&host);
}

/* The nonce of the vectors is random; the same value passed through is not. */
static void a_stored_key_with_req_random_wants_a_random_nonce(void **state)
{
    (void)state;
    json_t *root = digests();
    const json_t *one = find_case(root, "nonce_mode00");
    const json_t *inputs = json_object_get(one, "inputs");
    uint8_t drawn[32], num_in[20], value[32], eeprom[NP_EEPROM_SIZE], signature[64];
    chip_host host;
    take_hex(inputs, "rand_out", drawn, sizeof(drawn));
    take_hex(inputs, "num_in", num_in, sizeof(num_in));
    take_hex(one, "value", value, sizeof(value));
    make_image(NP_ATECC508A, eeprom);
    chip_image_put(eeprom, 96 + 18, "7000");
    put_public_key(eeprom, value, signature);
    open_awake(&host, NP_ATECC508A, eeprom);
    host.random.first = drawn;
    host.random.first_len = sizeof(drawn);
    assert_int_equal(status_of(&host, 0x16, 0x00, 0, NP_BYTES(num_in)), 0);
    assert_int_equal(status_of(&host, 0x45, 0x00, 9, NP_BYTES(signature)), 0);
    assert_int_equal(status_of(&host, 0x16, 0x03, 0, NP_BYTES(value)), 0);
    assert_int_equal(status_of(&host, 0x45, 0x00, 9, NP_BYTES(signature)), 0x0f);
    assert_int_equal(status_of(&host, 0x16, 0x03, 0, NP_BYTES(value)), 0);
    assert_int_equal(status_of(&host, 0x40, 0x10, 9, np_bytes_of(zeros, 3)), 0x0f);
    chip_host_close(&host);
    json_decref(root);
}

/* Conflict 21 of the specification: D5 leaves the flag, D6 sets it to random. */
static void a_computed_nonce_counts_as_random_on_a_608_only(void **state)
{
    (void)state;
    for (unsigned is_608 = 0; is_608 < 2; is_608++) {
        np_atecc_model model = is_608 ? NP_ATECC608B : NP_ATECC508A;
        uint8_t eeprom[NP_EEPROM_SIZE];
        chip_host host;
        chip_reply reply;
        make_image(model, eeprom);
        open_awake(&host, model, eeprom);
        assert_int_equal(status_of(&host, 0x16, 0x03, 0, np_bytes_of(zeros, 32)), 0);
        ask(&host, 0x16, 0x00, 0x8000, np_bytes_of(zeros, 20), &reply);
        assert_int_equal(reply.data_len, 32);
        ask(&host, 0x30, 0x02, 0, np_bytes_of(NULL, 0), &reply);
        assert_int_equal(reply.data[0], is_608 ? 0x00 : 0x10);
        chip_host_close(&host);
    }
}

/* 2.2: AuthKey of slot 0 is 9; the authorisation serves one command. */
static void a_key_with_req_auth_signs_once_after_its_authorisation(void **state)
{
    (void)state;
    uint8_t eeprom[NP_EEPROM_SIZE], signature[64];
    chip_host host;
    chip_reply reply;
    make_image(NP_ATECC608A, eeprom);
    chip_image_put(eeprom, 96, "b309");
    chip_image_put(eeprom, 96 + 18, "3000");
    put_public_key(eeprom, zeros, signature);
    open_awake(&host, NP_ATECC608A, eeprom);
    assert_int_equal(status_of(&host, 0x16, 0x03, 0, np_bytes_of(zeros, 32)), 0);
    assert_int_equal(status_of(&host, 0x41, 0x80, 0, np_bytes_of(NULL, 0)), 0x0f);
    assert_int_equal(status_of(&host, 0x16, 0x03, 0, np_bytes_of(zeros, 32)), 0);
    assert_int_equal(status_of(&host, 0x45, 0x00, 9, NP_BYTES(signature)), 0);
    assert_int_equal(status_of(&host, 0x16, 0x03, 0, np_bytes_of(zeros, 32)), 0);
    ask(&host, 0x41, 0x80, 0, np_bytes_of(NULL, 0), &reply);
    assert_true(has_signed(&reply, zeros));
    assert_int_equal(status_of(&host, 0x16, 0x03, 0, np_bytes_of(zeros, 32)), 0);
    assert_int_equal(status_of(&host, 0x41, 0x80, 0, np_bytes_of(NULL, 0)), 0x0f);
    chip_host_close(&host);
}

typedef struct counter_value {
    unsigned long value;
    uint8_t bytes[8];
} counter_value;

static void expect_count(const counter_value *before, const counter_value *after)
{
    uint8_t eeprom[NP_EEPROM_SIZE];
    chip_host host;
    make_image(NP_ATECC608B, eeprom);
    eeprom[20] |= 0x20;
    memcpy(eeprom + 52, before->bytes, 8);
    open_awake(&host, NP_ATECC608B, eeprom);
    assert_int_equal(status_of(&host, 0x16, 0x03, 0, np_bytes_of(zeros, 32)), 0);
    uint8_t status = status_of(&host, 0x41, 0x80, 0, np_bytes_of(NULL, 0));
    assert_int_equal(status, after == NULL ? 0x0f : 0);
    assert_memory_equal(np_virtual_chip_eeprom(host.chip) + 52,
                        after == NULL ? before->bytes : after->bytes, 8);
    chip_host_close(&host);
}

static void uses_are_counted_in_the_published_encoding_up_to_its_end(void **state)
{
    (void)state;
    vector_csv csv;
    counter_value before = {0};
    unsigned pairs = 0;
    vector_csv_open(&csv, "atecc/counters.csv");
    while (vector_csv_next(&csv)) {
        counter_value now = {.value = strtoul(csv.fields[0], NULL, 10)};
        vector_hex(csv.fields[1], now.bytes, 8);
        if (now.value == before.value + 1) {
            expect_count(&before, &now);
            pairs++;
        }
        before = now;
    }
    vector_csv_close(&csv);
    assert_int_equal(pairs, 10);
    assert_int_equal(before.value, 2097151);
    expect_count(&before, NULL);
}

/* 3.5: one bit a use, the first one from byte 68 bit 7 onward; all zero is the end. */
static void slot_15_of_a_508a_counts_on_its_own_128_bits(void **state)
{
    (void)state;
    uint8_t eeprom[NP_EEPROM_SIZE];
    chip_host host;
    make_image(NP_ATECC508A, eeprom);
    chip_image_put(eeprom, 20 + 30, "a320");
    chip_image_put(eeprom, 96 + 30, "3300");
    memset(eeprom + 68, 0, 16);
    chip_image_put(eeprom, 68 + 14, "0003");
    memset(eeprom + SLOT_9_AT + 6 * TAIL_SLOT_SIZE, 0, 4);
    memcpy(eeprom + SLOT_9_AT + 6 * TAIL_SLOT_SIZE + 4, scalar, sizeof(scalar));
    open_awake(&host, NP_ATECC508A, eeprom);
    for (unsigned use = 0; use < 3; use++) {
        assert_int_equal(status_of(&host, 0x16, 0x03, 0, np_bytes_of(zeros, 32)), 0);
        assert_int_equal(status_of(&host, 0x41, 0x80, 15, np_bytes_of(NULL, 0)),
                         use < 2 ? 0x00 : 0x0f);
        assert_int_equal(np_virtual_chip_eeprom(host.chip)[83], use == 0 ? 0x01 : 0x00);
    }
    assert_memory_equal(np_virtual_chip_eeprom(host.chip) + 52, "\xff\xff\xff\xff", 4);
    chip_host_close(&host);
}

static void an_ephemeral_key_of_a_608_signs_nothing(void **state)
{
    (void)state;
    uint8_t eeprom[NP_EEPROM_SIZE];
    chip_host host;
    chip_reply reply;
    make_image(NP_ATECC608A, eeprom);
    open_awake(&host, NP_ATECC608A, eeprom);
    ask(&host, 0x40, 0x04, 0xffff, np_bytes_of(NULL, 0), &reply);
    assert_int_equal(reply.data_len, 64);
    assert_int_equal(status_of(&host, 0x41, 0x80, 0, np_bytes_of(NULL, 0)), 0x0f);
    chip_host_close(&host);
    make_image(NP_ATECC508A, eeprom);
    open_awake(&host, NP_ATECC508A, eeprom);
    assert_int_equal(status_of(&host, 0x40, 0x04, 0xffff, np_bytes_of(NULL, 0)), 0x0f);
    chip_host_close(&host);
}

static void a_draw_that_is_no_private_key_is_drawn_again(void **state)
{
    (void)state;
    uint8_t drawn[64], eeprom[NP_EEPROM_SIZE];
    chip_host host;
    memset(drawn, 0xff, 32); /* above the group order */
    memcpy(drawn + 32, scalar, 32);
    make_image(NP_ATECC508A, eeprom);
    open_awake(&host, NP_ATECC508A, eeprom);
    host.random.first = drawn;
    host.random.first_len = sizeof(drawn);
    assert_int_equal(status_of(&host, 0x40, 0x04, 2, np_bytes_of(NULL, 0)), 0);
    np_virtual_chip_settle(host.chip, host.bus.now_ns);
    const uint8_t *slot = np_virtual_chip_eeprom(host.chip) + NP_EEPROM_DATA + 72;
    assert_memory_equal(slot, "\0\0\0\0", 4);
    assert_memory_equal(slot + 4, scalar, 32);
    chip_host_close(&host);
}

static void the_persistent_latch_holds_back_a_key_but_not_its_public_half(void **state)
{
    (void)state;
    uint8_t eeprom[NP_EEPROM_SIZE];
    chip_host host;
    chip_reply reply;
    make_image(NP_ATECC608B, eeprom);
    eeprom[97] = 0x10;
    open_awake(&host, NP_ATECC608B, eeprom);
    assert_int_equal(status_of(&host, 0x16, 0x03, 0, np_bytes_of(zeros, 32)), 0);
    assert_int_equal(status_of(&host, 0x41, 0x80, 0, np_bytes_of(NULL, 0)), 0x0f);
    ask(&host, 0x40, 0x00, 0, np_bytes_of(NULL, 0), &reply);
    assert_int_equal(reply.data_len, 64);
    assert_int_equal(status_of(&host, 0x30, 0x04, 3, np_bytes_of(NULL, 0)), 0x0f);
    ask(&host, 0x30, 0x04, 0, np_bytes_of(NULL, 0), &reply);
    assert_memory_equal(reply.data, "\0\0\0\0", 4);
    chip_host_close(&host);
}

static void the_nonce_forms_of_a_608_are_parse_errors_on_a_508a(void **state)
{
    (void)state;
    static const struct {
        uint8_t p1;
        size_t size;
        uint8_t status_508a;
        uint8_t status_608;
    } cases[] = {
        {0x03, 32, 0, 0}, {0x43, 32, 3, 0}, {0x83, 32, 3, 0}, {0x23, 64, 3, 0},
        {0x63, 64, 3, 0}, {0xa3, 64, 3, 3}, {0xc3, 32, 3, 3}, {0x02, 32, 3, 3},
        {0x03, 64, 3, 3}, {0x23, 32, 3, 3}, {0x03, 20, 3, 3}, {0x00, 32, 3, 3},
        {0x00, 20, 0, 0}, {0x01, 20, 0, 0}, {0x04, 20, 3, 3}, {0x13, 32, 3, 3},
    };
    for (unsigned is_608 = 0; is_608 < 2; is_608++) {
        np_atecc_model model = is_608 ? NP_ATECC608A : NP_ATECC508A;
        uint8_t eeprom[NP_EEPROM_SIZE];
        chip_host host;
        make_image(model, eeprom);
        open_awake(&host, model, eeprom);
        for (size_t i = 0; i < NP_COUNT_OF(cases); i++) {
            assert_int_equal(
                status_of(&host, 0x16, cases[i].p1, 0, np_bytes_of(zeros, cases[i].size)),
                is_608 ? cases[i].status_608 : cases[i].status_508a);
        }
        chip_host_close(&host);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_random_nonce_is_hashed_with_the_hosts_number),
        cmocka_unit_test(a_computed_nonce_replaces_temp_key_and_is_answered),
        cmocka_unit_test(genkey_mode_10_digests_a_stored_public_key),
        cmocka_unit_test(an_internal_signature_covers_the_slot_behind_temp_key),
        cmocka_unit_test(an_internal_signature_needs_a_digest_of_the_chips_own),
        cmocka_unit_test(nists_signatures_verify_as_nist_says),
        cmocka_unit_test(a_stored_key_verifies_when_it_is_valid_and_authorises),
        cmocka_unit_test(an_authorisation_by_another_slot_does_not_count),
        cmocka_unit_test(a_stored_key_with_req_random_wants_a_random_nonce),
        cmocka_unit_test(a_computed_nonce_counts_as_random_on_a_608_only),
        cmocka_unit_test(a_key_with_req_auth_signs_once_after_its_authorisation),
        cmocka_unit_test(uses_are_counted_in_the_published_encoding_up_to_its_end),
        cmocka_unit_test(slot_15_of_a_508a_counts_on_its_own_128_bits),
        cmocka_unit_test(an_ephemeral_key_of_a_608_signs_nothing),
        cmocka_unit_test(a_draw_that_is_no_private_key_is_drawn_again),
        cmocka_unit_test(the_persistent_latch_holds_back_a_key_but_not_its_public_half),
        cmocka_unit_test(the_nonce_forms_of_a_608_are_parse_errors_on_a_508a),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
