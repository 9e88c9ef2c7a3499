/* SPDX-License-Identifier: Apache-2.0 */
/*
 * KDF of a 608: every source, algorithm and target (specs of the chip 2.11), computed by libcrypto
 * from the bytes that the test put there. And the alternate key buffer, which only Nonce and KDF
 * reach.
 */
#include "support/chip_host.h"
#include "support/reference.h"
#include "support/test.h"
#include "support/vectors.h"

enum {
    KDF = 0x56,
    NONCE = 0x16,
    SMALL_SLOT = 5, /* anybody may write it: 36 bytes */
    LARGE_SLOT = 8, /* the same: 416 bytes */
    KEY_SLOT = 9,   /* 72 bytes that are keys */
    SECRET_SLOT = 4,
    IO_SLOT = 6,
    SLOT_SIZE = 36,
    LARGE_AT = NP_EEPROM_DATA + 8 * SLOT_SIZE,
    KEY_AT = LARGE_AT + 416,
    IO_AT = NP_EEPROM_DATA + IO_SLOT * SLOT_SIZE,
    MESSAGE_SIZE = 40,
};

enum { TEMP_KEY, TEMP_KEY_UPPER, SLOT, ALTERNATE, SOURCES };
enum { TO_TEMP_KEY, TO_UPPER, TO_SLOT, TO_ALTERNATE, TO_OUTPUT, TO_ENCRYPTED, TARGETS };
enum { PRF = 0x00, AES = 0x20, HKDF = 0x40 };

/* What the test put into the chip. */
typedef struct kdf_world {
    chip_host host;
    uint8_t temp_key[64];
    uint8_t alternate[32];
    uint8_t slot[64];
    uint8_t message[MESSAGE_SIZE];
} kdf_world;

static void fill(uint8_t *bytes, size_t len, unsigned seed)
{
    for (size_t i = 0; i < len; i++) {
        bytes[i] = (uint8_t)(i * i + 13 * i + seed);
    }
}

static uint8_t run(kdf_world *world, uint8_t opcode, uint8_t p1, uint16_t p2, np_bytes data)
{
    chip_reply reply;
    return chip_host_run(&world->host, opcode, p1, p2, data, &reply);
}

/* AES enabled, ChipOptions as given; KeyConfig of the data slots is the factory's. */
static void open_with(kdf_world *world, np_atecc_model model, const char *options)
{
    uint8_t eeprom[NP_EEPROM_SIZE];
    *world = (kdf_world){0};
    fill(world->temp_key, 64, 1);
    fill(world->alternate, 32, 77);
    fill(world->slot, 64, 140);
    fill(world->message, MESSAGE_SIZE, 201);
    chip_image_blank(model, eeprom);
    eeprom[13] |= 1;
    eeprom[86] = 0;
    eeprom[87] = 0;
    chip_image_put(eeprom, 20 + 2 * SMALL_SLOT, "0000");
    chip_image_put(eeprom, 90, options);
    memcpy(eeprom + KEY_AT, world->slot, 64);
    fill(eeprom + IO_AT, 32, 9);
    chip_host_open_image(&world->host, model, NP_PACE_ZERO, eeprom);
}

static void load_keys(kdf_world *world)
{
    assert_int_equal(run(world, NONCE, 0x23, 0, NP_BYTES(world->temp_key)), 0);
    assert_int_equal(run(world, NONCE, 0x83, 0, NP_BYTES(world->alternate)), 0);
}

#define OPTIONS             "0660" /* IO protection by slot 6, KDF with AES */
#define OPTIONS_PROTECTED   "0664" /* KDFProt 1 */
#define OPTIONS_WITHOUT_AES "0260"

static np_bytes key_of(const kdf_world *world, unsigned source)
{
    const np_bytes keys[SOURCES] = {
        [TEMP_KEY] = NP_BYTES(world->temp_key),
        [TEMP_KEY_UPPER] = np_bytes_of(world->temp_key + 32, 32),
        [SLOT] = NP_BYTES(world->slot),
        [ALTERNATE] = NP_BYTES(world->alternate),
    };
    return keys[source];
}

/* One derivation: what to send, and what libcrypto makes of it. */
typedef struct derivation {
    uint8_t p1; /* algorithm and source; the target is added */
    uint8_t data[4 + MESSAGE_SIZE];
    size_t data_len;
    uint8_t expected[64];
    size_t expected_len;
} derivation;

static derivation derive_prf(const kdf_world *world, unsigned source, size_t key_len, bool is_long)
{
    derivation one = {.p1 = (uint8_t)(PRF | source),
                      .data = {(uint8_t)(key_len / 16 - 1), is_long, 0, MESSAGE_SIZE},
                      .data_len = 4 + MESSAGE_SIZE,
                      .expected_len = is_long ? 64 : 32};
    memcpy(one.data + 4, world->message, MESSAGE_SIZE);
    reference_tls_prf(np_bytes_of(key_of(world, source).data, key_len), NP_BYTES(world->message),
                      one.expected, one.expected_len);
    return one;
}

static derivation derive_aes(const kdf_world *world, unsigned source, unsigned position)
{
    derivation one = {.p1 = (uint8_t)(AES | source),
                      .data = {(uint8_t)position},
                      .data_len = 20,
                      .expected_len = 32};
    memcpy(one.data + 4, world->message, 16);
    reference_aes(key_of(world, source).data + 16 * (size_t)position, world->message, one.expected);
    return one;
}

static derivation derive_hkdf(const kdf_world *world, unsigned source)
{
    derivation one = {.p1 = (uint8_t)(HKDF | source),
                      .data = {0x02, 0, 0, MESSAGE_SIZE},
                      .data_len = 4 + MESSAGE_SIZE,
                      .expected_len = 32};
    memcpy(one.data + 4, world->message, MESSAGE_SIZE);
    reference_hmac(np_bytes_of(key_of(world, source).data, 32), NP_BYTES(world->message),
                   one.expected);
    return one;
}

/* Shows 32 bytes in a source: HKDF over 32 zero bytes, to the output. */
static void expect_in_source(kdf_world *world, unsigned source, const uint8_t *bytes)
{
    static const uint8_t zeros[32];
    const uint8_t details[] = {0x02, 0, 0, 0};
    uint8_t expected[32];
    chip_reply reply;
    reference_hmac(np_bytes_of(bytes, 32), NP_BYTES(zeros), expected);
    chip_host_run(&world->host, KDF, (uint8_t)(HKDF | TO_OUTPUT << 2 | source), KEY_SLOT,
                  NP_BYTES(details), &reply);
    assert_int_equal(reply.data_len, 32);
    assert_memory_equal(reply.data, expected, 32);
}

static void expect_in_slot(kdf_world *world, size_t at, np_bytes bytes)
{
    np_virtual_chip_settle(world->host.chip, world->host.bus.now_ns);
    assert_memory_equal(np_virtual_chip_eeprom(world->host.chip) + at, bytes.data, bytes.len);
}

static void expect_output(kdf_world *world, const derivation *one, const chip_reply *reply,
                          bool is_encrypted)
{
    uint8_t plain[64];
    assert_int_equal(reply->data_len, one->expected_len + (is_encrypted ? 32 : 0));
    memcpy(plain, reply->data, one->expected_len);
    if (is_encrypted) {
        assert_memory_not_equal(plain, one->expected, one->expected_len);
        reference_unmask(np_virtual_chip_eeprom(world->host.chip) + IO_AT,
                         np_bytes_of(reply->data, reply->data_len), plain);
    }
    assert_memory_equal(plain, one->expected, one->expected_len);
}

/* 64 bytes fit into TempKey and a large slot, and nowhere else but the output. */
static bool has_room(unsigned target, size_t len)
{
    return len <= 32 || target == TO_TEMP_KEY || target == TO_SLOT || target >= TO_OUTPUT;
}

static void expect_delivered(kdf_world *world, const derivation *one, unsigned target)
{
    chip_reply reply;
    uint16_t p2 = LARGE_SLOT << 8 | KEY_SLOT;
    load_keys(world);
    uint8_t status = chip_host_run(&world->host, KDF, (uint8_t)(one->p1 | target << 2), p2,
                                   np_bytes_of(one->data, one->data_len), &reply);
    if (target >= TO_OUTPUT) {
        expect_output(world, one, &reply, target == TO_ENCRYPTED);
        return;
    }
    assert_int_equal(reply.data_len, 1);
    assert_int_equal(status, has_room(target, one->expected_len) ? 0 : 0x0f);
    if (status != 0) {
        return;
    }
    if (target == TO_SLOT) {
        expect_in_slot(world, LARGE_AT, np_bytes_of(one->expected, one->expected_len));
    } else {
        const unsigned shown[] = {TEMP_KEY, TEMP_KEY_UPPER, 0, ALTERNATE};
        expect_in_source(world, shown[target], one->expected);
    }
    if (target == TO_TEMP_KEY && one->expected_len == 64) {
        expect_in_source(world, TEMP_KEY_UPPER, one->expected + 32);
    }
}

static void every_prf_goes_from_each_source_to_each_target(void **state)
{
    (void)state;
    for (unsigned i = 0; i < SOURCES * TARGETS * 2; i++) {
        unsigned source = i % SOURCES;
        kdf_world world;
        open_with(&world, i % 2 == 0 ? NP_ATECC608A : NP_ATECC608B, OPTIONS);
        for (size_t key_len = 16; key_len <= key_of(&world, source).len; key_len += 16) {
            derivation one = derive_prf(&world, source, key_len, i / (SOURCES * TARGETS) != 0);
            expect_delivered(&world, &one, i / SOURCES % TARGETS);
        }
        chip_host_close(&world.host);
    }
}

static void every_aes_block_goes_from_each_source_to_each_target(void **state)
{
    (void)state;
    for (unsigned i = 0; i < SOURCES * TARGETS; i++) {
        unsigned source = i % SOURCES;
        kdf_world world;
        open_with(&world, i % 2 == 0 ? NP_ATECC608A : NP_ATECC608B, OPTIONS);
        for (unsigned position = 0; position < key_of(&world, source).len / 16; position++) {
            derivation one = derive_aes(&world, source, position);
            expect_delivered(&world, &one, i / SOURCES);
        }
        chip_host_close(&world.host);
    }
}

static void every_hkdf_step_goes_from_each_source_to_each_target(void **state)
{
    (void)state;
    for (unsigned i = 0; i < SOURCES * TARGETS; i++) {
        kdf_world world;
        open_with(&world, i % 2 == 0 ? NP_ATECC608A : NP_ATECC608B, OPTIONS);
        derivation one = derive_hkdf(&world, i % SOURCES);
        expect_delivered(&world, &one, i / SOURCES);
        chip_host_close(&world.host);
    }
}

/* 2.11, location of the message: 0 slot, 1 TempKey; bit 2: a key of zeros. */
static void hkdf_takes_its_message_from_slot_and_temp_key(void **state)
{
    (void)state;
    static const uint8_t zeros[32];
    static const struct {
        uint8_t p1;
        uint8_t details[4];
    } rows[] = {
        {HKDF | TO_OUTPUT << 2 | ALTERNATE, {0x00, KEY_SLOT, 0, 50}},
        {HKDF | TO_OUTPUT << 2 | ALTERNATE, {0x01, 0, 0, 64}},
        {HKDF | TO_OUTPUT << 2 | TEMP_KEY_UPPER, {0x01, 0, 0, 20}},
        {HKDF | TO_OUTPUT << 2 | TEMP_KEY, {0x05, 0, 0, 48}},
    };
    kdf_world world;
    open_with(&world, NP_ATECC608A, OPTIONS);
    const np_bytes messages[] = {np_bytes_of(world.slot, 50), np_bytes_of(world.temp_key, 64),
                                 np_bytes_of(world.temp_key, 20), np_bytes_of(world.temp_key, 48)};
    const np_bytes keys[] = {NP_BYTES(world.alternate), NP_BYTES(world.alternate),
                             np_bytes_of(world.temp_key + 32, 32), NP_BYTES(zeros)};
    for (size_t i = 0; i < NP_COUNT_OF(rows); i++) {
        uint8_t expected[32];
        chip_reply reply;
        load_keys(&world);
        chip_host_run(&world.host, KDF, rows[i].p1, 0, NP_BYTES(rows[i].details), &reply);
        reference_hmac(keys[i], messages[i], expected);
        assert_int_equal(reply.data_len, 32);
        assert_memory_equal(reply.data, expected, 32);
    }
    chip_host_close(&world.host);
}

/* AEAD: the first half goes to the target, the second to the output in the clear. */
static void aead_splits_what_prf_derives(void **state)
{
    (void)state;
    for (unsigned target = 0; target < TO_OUTPUT; target++) {
        kdf_world world;
        chip_reply reply;
        open_with(&world, NP_ATECC608B, OPTIONS);
        derivation one = derive_prf(&world, SLOT, 48, true);
        one.data[1] = 0x03;
        load_keys(&world);
        chip_host_run(&world.host, KDF, (uint8_t)(one.p1 | target << 2), SMALL_SLOT << 8 | KEY_SLOT,
                      np_bytes_of(one.data, one.data_len), &reply);
        assert_int_equal(reply.data_len, 32);
        assert_memory_equal(reply.data, one.expected + 32, 32);
        if (target == TO_SLOT) {
            expect_in_slot(&world, NP_EEPROM_DATA + SMALL_SLOT * SLOT_SIZE,
                           np_bytes_of(one.expected, 32));
        } else {
            const unsigned shown[] = {TEMP_KEY, TEMP_KEY_UPPER, 0, ALTERNATE};
            expect_in_source(&world, shown[target], one.expected);
        }
        chip_host_close(&world.host);
    }
}

/* KDFProt 1: nothing leaves in the clear, not even the second half of AEAD. */
static void protected_derivations_leave_only_encrypted(void **state)
{
    (void)state;
    kdf_world world;
    chip_reply reply;
    open_with(&world, NP_ATECC608A, OPTIONS_PROTECTED);
    load_keys(&world);
    derivation one = derive_prf(&world, TEMP_KEY, 32, true);
    np_bytes data = np_bytes_of(one.data, one.data_len);
    assert_int_equal(run(&world, KDF, one.p1 | TO_OUTPUT << 2, 0, data), 0x0f);
    chip_host_run(&world.host, KDF, one.p1 | TO_ENCRYPTED << 2, 0, data, &reply);
    expect_output(&world, &one, &reply, true);
    assert_int_equal(run(&world, KDF, one.p1 | TO_TEMP_KEY << 2, 0, data), 0);
    one.data[1] = 0x03;
    assert_int_equal(run(&world, KDF, one.p1 | TO_ALTERNATE << 2, 0, data), 0x0f);
    chip_host_close(&world.host);
}

static const struct {
    const char *what;
    uint8_t p1;
    uint16_t p2;
    uint8_t details[4];
    size_t len; /* of the message */
    uint8_t status;
} refusals[] = {
    {"algorithm 3", 0x70, 0, {0}, 0, 0x03},
    {"bit 7", 0xd0, 0, {2}, 0, 0x03},
    {"target 6", HKDF | 6 << 2, 0, {2}, 0, 0x03},
    {"target 7", HKDF | 7 << 2, 0, {2}, 0, 0x03},
    {"PRF, message length", PRF | TO_OUTPUT << 2, 0, {1, 0, 0, 39}, 40, 0x03},
    {"PRF, AEAD of 32 bytes", PRF, 0, {1, 0x02, 0, 40}, 40, 0x03},
    {"PRF, AEAD 2", PRF, 0, {1, 0x05, 0, 40}, 40, 0x03},
    {"PRF, AEAD 3", PRF, 0, {1, 0x07, 0, 40}, 40, 0x03},
    {"PRF, unknown detail", PRF | TO_OUTPUT << 2, 0, {1, 0, 1, 40}, 40, 0x03},
    {"PRF, 48 bytes of 32", PRF | TO_OUTPUT << 2 | ALTERNATE, 0, {2, 0, 0, 40}, 40, 0x0f},
    {"AES, 15 bytes", AES | TO_OUTPUT << 2, 0, {0}, 15, 0x03},
    {"AES, position 2 of 32 bytes", AES | TO_OUTPUT << 2 | ALTERNATE, 0, {2}, 16, 0x0f},
    {"HKDF, message length", HKDF | TO_OUTPUT << 2, 0, {2, 0, 0, 7}, 8, 0x03},
    {"HKDF, TempKey twice", HKDF | TO_OUTPUT << 2, 0, {1, 0, 0, 8}, 0, 0x0f},
    {"HKDF, 65 bytes of TempKey", HKDF | TO_OUTPUT << 2 | 3, 0, {1, 0, 0, 65}, 0, 0x0f},
    {"a private key as source", HKDF | TO_OUTPUT << 2 | SLOT, 1, {2}, 0, 0x0f},
    {"a private key as target", HKDF | TO_SLOT << 2, 0x0100, {2}, 0, 0x0f},
    {"a target that nobody may write", HKDF | TO_SLOT << 2, 0x0400, {2}, 0, 0x0f},
    {"64 bytes into a slot of 36", PRF | TO_SLOT << 2, 0x0500, {1, 1, 0, 40}, 40, 0x0f},
};

/* A refusal changes neither TempKey nor the alternate key. */
static void a_refused_derivation_changes_nothing(void **state)
{
    (void)state;
    kdf_world world;
    open_with(&world, NP_ATECC608A, OPTIONS);
    load_keys(&world);
    for (size_t i = 0; i < NP_COUNT_OF(refusals); i++) {
        uint8_t data[4 + MESSAGE_SIZE] = {0};
        memcpy(data, refusals[i].details, 4);
        uint8_t status = run(&world, KDF, refusals[i].p1, refusals[i].p2,
                             np_bytes_of(data, 4 + refusals[i].len));
        if (status != refusals[i].status) {
            fail_msg("%s: status %02x", refusals[i].what, status);
        }
        expect_in_source(&world, TEMP_KEY, world.temp_key);
        expect_in_source(&world, TEMP_KEY_UPPER, world.temp_key + 32);
        expect_in_source(&world, ALTERNATE, world.alternate);
    }
    chip_host_close(&world.host);
}

static void without_a_source_or_aes_nothing_is_derived(void **state)
{
    (void)state;
    kdf_world world;
    open_with(&world, NP_ATECC608B, OPTIONS_WITHOUT_AES);
    derivation one = derive_hkdf(&world, TEMP_KEY);
    np_bytes data = np_bytes_of(one.data, one.data_len);
    assert_int_equal(run(&world, KDF, HKDF | TO_OUTPUT << 2 | TEMP_KEY, 0, data), 0x0f);
    assert_int_equal(run(&world, KDF, HKDF | TO_OUTPUT << 2 | ALTERNATE, 0, data), 0x0f);
    assert_int_equal(run(&world, NONCE, 0x03, 0, np_bytes_of(world.temp_key, 32)), 0);
    assert_int_equal(run(&world, KDF, HKDF | TO_OUTPUT << 2 | TEMP_KEY_UPPER, 0, data), 0x0f);
    one = derive_aes(&world, TEMP_KEY, 0);
    data = np_bytes_of(one.data, one.data_len);
    assert_int_equal(run(&world, KDF, AES | TO_OUTPUT << 2 | TEMP_KEY, 0, data), 0x0f);
    chip_host_close(&world.host);
}

/* The upper half can be set only above a lower one. */
static void the_upper_half_needs_the_lower(void **state)
{
    (void)state;
    kdf_world world;
    open_with(&world, NP_ATECC608A, OPTIONS);
    derivation one = derive_hkdf(&world, SLOT);
    np_bytes data = np_bytes_of(one.data, one.data_len);
    uint8_t p1 = one.p1 | TO_UPPER << 2;
    assert_int_equal(run(&world, KDF, p1, KEY_SLOT, data), 0x0f);
    assert_int_equal(run(&world, NONCE, 0x03, 0, np_bytes_of(world.temp_key, 32)), 0);
    assert_int_equal(run(&world, KDF, p1, KEY_SLOT, data), 0);
    expect_in_source(&world, TEMP_KEY, world.temp_key);
    expect_in_source(&world, TEMP_KEY_UPPER, one.expected);
    chip_host_close(&world.host);
}

/* 1.8 and 2.2: idle and other commands keep it, beside TempKey; sleep takes it. */
static void the_alternate_key_lives_until_sleep(void **state)
{
    (void)state;
    static const uint8_t challenge[32];
    kdf_world world;
    open_with(&world, NP_ATECC608B, OPTIONS);
    load_keys(&world);
    assert_int_equal(run(&world, 0x15, 0x02, SECRET_SLOT, np_bytes_of(NULL, 0)), 0);
    run(&world, 0x08, 0x06, SECRET_SLOT, NP_BYTES(challenge)); /* MAC by TempKey, which uses it */
    run(&world, 0x1b, 0x00, 0, np_bytes_of(NULL, 0));
    expect_in_source(&world, ALTERNATE, world.alternate);
    assert_true(chip_host_wake(&world.host));
    chip_host_sleep(&world.host);
    derivation one = derive_hkdf(&world, ALTERNATE);
    assert_int_equal(
        run(&world, KDF, one.p1 | TO_OUTPUT << 2, 0, np_bytes_of(one.data, one.data_len)), 0x0f);
    chip_host_close(&world.host);
}

/* Neither MAC nor GenDig reads the alternate key: both work on TempKey as it was. */
static void a_mac_is_of_temp_key_whatever_the_alternate_key_holds(void **state)
{
    (void)state;
    uint8_t challenge[32], expected[32];
    kdf_world world;
    chip_reply reply;
    fill(challenge, 32, 55);
    open_with(&world, NP_ATECC608A, OPTIONS);
    load_keys(&world);
    const uint8_t *serial = np_virtual_chip_eeprom(world.host.chip);
    uint8_t message[88] = {0};
    memcpy(message, world.temp_key, 32);
    memcpy(message + 32, challenge, 32);
    memcpy(message + 64, (const uint8_t[]){0x08, 0x06, SECRET_SLOT, 0}, 4);
    message[79] = serial[12];
    memcpy(message + 84, serial, 2);
    reference_sha256(NP_BYTES(message), expected);
    chip_host_run(&world.host, 0x08, 0x06, SECRET_SLOT, NP_BYTES(challenge), &reply);
    assert_int_equal(reply.data_len, 32);
    assert_memory_equal(reply.data, expected, 32);
    chip_host_close(&world.host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_prf_goes_from_each_source_to_each_target),
        cmocka_unit_test(every_aes_block_goes_from_each_source_to_each_target),
        cmocka_unit_test(every_hkdf_step_goes_from_each_source_to_each_target),
        cmocka_unit_test(hkdf_takes_its_message_from_slot_and_temp_key),
        cmocka_unit_test(aead_splits_what_prf_derives),
        cmocka_unit_test(protected_derivations_leave_only_encrypted),
        cmocka_unit_test(a_refused_derivation_changes_nothing),
        cmocka_unit_test(without_a_source_or_aes_nothing_is_derived),
        cmocka_unit_test(the_upper_half_needs_the_lower),
        cmocka_unit_test(the_alternate_key_lives_until_sleep),
        cmocka_unit_test(a_mac_is_of_temp_key_whatever_the_alternate_key_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
