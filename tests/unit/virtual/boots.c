/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SecureBoot of a 608: its three configurations, what it stores, the latch, the prohibition and the
 * random nonce (specs of the chip 2.19, 3.6). MACs and nonces are hashed by libcrypto; signatures
 * are made by it.
 */
#include "crypto/p256.h"
#include "support/chip_host.h"
#include "support/reference.h"
#include "support/test.h"
#include "support/vectors.h"

enum {
    BOOT = 0x80,
    NONCE = 0x16,
    INFO = 0x30,
    FULL = 5,
    FULL_STORE = 6,
    FULL_COPY = 7,
    PROHIBIT = 0x40,
    WITH_MAC = 0x80,
    DIGEST_SLOT_AT = NP_EEPROM_DATA + 7 * 36,
    TAIL_AT = NP_EEPROM_DATA + 8 * 36 + 416,
    SIGNATURE_SLOT_AT = TAIL_AT, /* slot 9 */
    KEY_SLOT_AT = TAIL_AT + 6 * 72,
    IO_AT = NP_EEPROM_DATA + 6 * 36,
};

/* Bytes 70 and 71: mode, latch, random nonce; store slot; slot of the public key, 15. */
#define DISABLED         "00f7"
#define FULL_BOTH        "01f7"
#define FULL_SIGNATURE   "02f9"
#define FULL_DIGEST      "03f7"
#define FULL_BOTH_LATCH  "05f7"
#define FULL_BOTH_RANDOM "09f7"

static const uint8_t scalar[32] = {0x11, 0x22, 0x33};

/* A chip, and an image of the firmware that it is to boot: digest and signature. */
typedef struct boot_world {
    chip_host host;
    uint8_t data[96];
} boot_world;

static void put_public(const np_p256_key *key, uint8_t *slot)
{
    uint8_t point[64];
    np_p256_public(key, point);
    memset(slot, 0, 72);
    memcpy(slot + 4, point, 32);
    memcpy(slot + 40, point + 32, 32);
}

/* Slot 15 is a public key; slots 7 and 9 hold what was never written. IO key in slot 6. */
static void open_with(boot_world *world, const char *config)
{
    uint8_t eeprom[NP_EEPROM_SIZE];
    np_p256_key *key = NULL;
    *world = (boot_world){0};
    chip_image_blank(NP_ATECC608B, eeprom);
    eeprom[86] = 0;
    eeprom[87] = 0;
    chip_image_put(eeprom, 70, config);
    chip_image_put(eeprom, 90, "0260");
    chip_image_put(eeprom, 96 + 30, "3000");
    reference_sha256(np_bytes_of(config, 4), eeprom + IO_AT);
    reference_sha256(np_bytes_of("firmware", 8), world->data);
    assert_int_equal(np_p256_from_scalar(scalar, &key, NULL), NP_OK);
    put_public(key, eeprom + KEY_SLOT_AT);
    assert_int_equal(np_p256_sign(key, world->data, world->data + 32, NULL), NP_OK);
    np_p256_free(key);
    chip_host_open_image(&world->host, NP_ATECC608B, NP_PACE_ZERO, eeprom);
}

static uint8_t run(boot_world *world, uint8_t opcode, uint8_t p1, uint16_t p2, np_bytes data)
{
    chip_reply reply;
    return chip_host_run(&world->host, opcode, p1, p2, data, &reply);
}

static uint8_t boot(boot_world *world, uint8_t p1)
{
    size_t len = (p1 & 7) == FULL_STORE ? 32 : 96;
    return run(world, BOOT, p1, 0, np_bytes_of(world->data, len));
}

static uint8_t latch(boot_world *world)
{
    chip_reply reply;
    chip_host_run(&world->host, INFO, 0x04, 0, np_bytes_of(NULL, 0), &reply);
    assert_int_equal(reply.data_len, 4);
    return reply.data[0];
}

static const uint8_t *eeprom_of(boot_world *world)
{
    np_virtual_chip_settle(world->host.chip, world->host.bus.now_ns);
    return np_virtual_chip_eeprom(world->host.chip);
}

static void each_configuration_allows_its_own_modes(void **state)
{
    (void)state;
    static const struct {
        const char *config;
        uint8_t full;
        uint8_t store;
        uint8_t copy;
    } rows[] = {
        {DISABLED, 0x0f, 0x0f, 0x0f},
        {FULL_BOTH, 0x00, 0x0f, 0x0f},
        /* Nothing is stored yet: zeros and FF are no signature, and no digest of anything. */
        {FULL_SIGNATURE, 0x0f, 0x01, 0x00},
        {FULL_DIGEST, 0x00, 0x01, 0x00},
    };
    for (size_t i = 0; i < NP_COUNT_OF(rows); i++) {
        boot_world world;
        open_with(&world, rows[i].config);
        assert_int_equal(boot(&world, FULL), rows[i].full);
        assert_int_equal(boot(&world, FULL_STORE), rows[i].store);
        assert_int_equal(boot(&world, FULL_COPY), rows[i].copy);
        assert_int_equal(boot(&world, 4), 0x03);
        assert_int_equal(boot(&world, 0x20 | FULL), 0x03);
        assert_int_equal(run(&world, BOOT, FULL, 1, NP_BYTES(world.data)), 0x03);
        assert_int_equal(run(&world, BOOT, FULL, 0, np_bytes_of(world.data, 32)), 0x03);
        assert_int_equal(run(&world, BOOT, FULL_STORE, 0, NP_BYTES(world.data)), 0x03);
        chip_host_close(&world.host);
    }
}

static void a_copy_is_what_later_boots_are_compared_with(void **state)
{
    (void)state;
    for (unsigned is_digest = 0; is_digest < 2; is_digest++) {
        boot_world world;
        open_with(&world, is_digest ? FULL_DIGEST : FULL_SIGNATURE);
        world.data[95] ^= 1;
        assert_int_equal(boot(&world, FULL_COPY), 0x01);
        assert_int_equal(eeprom_of(&world)[DIGEST_SLOT_AT], 0xff);
        assert_int_equal(eeprom_of(&world)[SIGNATURE_SLOT_AT], 0xff);
        world.data[95] ^= 1;
        assert_int_equal(boot(&world, FULL_COPY), 0x00);
        if (is_digest) {
            assert_memory_equal(eeprom_of(&world) + DIGEST_SLOT_AT, world.data, 32);
        } else {
            assert_memory_equal(eeprom_of(&world) + SIGNATURE_SLOT_AT, world.data + 32, 64);
        }
        assert_int_equal(boot(&world, FULL_STORE), 0x00);
        world.data[0] ^= 1;
        assert_int_equal(boot(&world, FULL_STORE), 0x01);
        chip_host_close(&world.host);
    }
}

/* Sleep keeps the latch; power takes it (1.8). */
static void a_good_boot_sets_the_latch_where_configured(void **state)
{
    (void)state;
    boot_world world;
    open_with(&world, FULL_BOTH);
    assert_int_equal(boot(&world, FULL), 0x00);
    assert_int_equal(latch(&world), 0);
    chip_host_close(&world.host);
    open_with(&world, FULL_BOTH_LATCH);
    world.data[0] ^= 1;
    assert_int_equal(boot(&world, FULL), 0x01);
    assert_int_equal(latch(&world), 0);
    world.data[0] ^= 1;
    assert_int_equal(boot(&world, FULL), 0x00);
    assert_int_equal(latch(&world), 1);
    assert_true(chip_host_wake(&world.host));
    chip_host_sleep(&world.host);
    assert_int_equal(latch(&world), 1);
    np_virtual_chip_cut_power(world.host.chip, world.host.bus.now_ns, 1);
    np_virtual_bus_power_up(&world.host.bus);
    chip_host_wait_us(&world.host, 1000);
    assert_int_equal(latch(&world), 0);
    chip_host_close(&world.host);
}

static void a_prohibited_boot_waits_for_power(void **state)
{
    (void)state;
    boot_world world;
    open_with(&world, FULL_DIGEST);
    assert_int_equal(boot(&world, FULL | PROHIBIT), 0x00);
    assert_int_equal(boot(&world, FULL), 0x0f);
    assert_int_equal(boot(&world, FULL_COPY), 0x0f);
    assert_true(chip_host_wake(&world.host));
    chip_host_sleep(&world.host);
    assert_int_equal(boot(&world, FULL_STORE), 0x0f);
    np_virtual_chip_cut_power(world.host.chip, world.host.bus.now_ns, 1);
    np_virtual_bus_power_up(&world.host.bus);
    chip_host_wait_us(&world.host, 1000);
    assert_int_equal(boot(&world, FULL), 0x00);
    chip_host_close(&world.host);
}

/* 4.1: random | 20 bytes | 16 | P1 | 00 */
static void draw_nonce(boot_world *world, uint8_t *ret)
{
    static const uint8_t input[20] = {7};
    uint8_t message[55] = {0};
    chip_reply reply;
    chip_host_run(&world->host, NONCE, 0x00, 0, NP_BYTES(input), &reply);
    assert_int_equal(reply.data_len, 32);
    memcpy(message, reply.data, 32);
    memcpy(message + 32, input, sizeof(input));
    message[52] = NONCE;
    reference_sha256(NP_BYTES(message), ret);
}

/* K = SHA(IO key | nonce); the digest masked by it; SHA(K | digest | signature | 80 | P1 | P2). */
static void expect_proof(boot_world *world, const uint8_t *nonce, uint8_t p1)
{
    uint8_t key[32], sent[96], proved[132], expected[32];
    chip_reply reply;
    memcpy(proved, eeprom_of(world) + IO_AT, 32);
    memcpy(proved + 32, nonce, 32);
    reference_sha256(np_bytes_of(proved, 64), key);
    memcpy(sent, world->data, sizeof(sent));
    for (size_t i = 0; i < 32; i++) {
        sent[i] ^= key[i];
    }
    memcpy(proved, key, 32);
    memcpy(proved + 32, world->data, 96);
    memcpy(proved + 128, (const uint8_t[]){BOOT, p1, 0, 0}, 4);
    reference_sha256(NP_BYTES(proved), expected);
    chip_host_run(&world->host, BOOT, p1, 0, NP_BYTES(sent), &reply);
    assert_int_equal(reply.data_len, 32);
    assert_memory_equal(reply.data, expected, 32);
}

static void a_configured_nonce_must_be_random(void **state)
{
    (void)state;
    static const uint8_t fixed[32] = {5};
    uint8_t nonce[32];
    boot_world world;
    open_with(&world, FULL_BOTH_RANDOM);
    assert_int_equal(boot(&world, FULL), 0x0f);
    assert_int_equal(run(&world, NONCE, 0x03, 0, NP_BYTES(fixed)), 0);
    assert_int_equal(boot(&world, FULL), 0x0f);
    assert_int_equal(run(&world, NONCE, 0x03, 0, NP_BYTES(fixed)), 0);
    assert_int_equal(boot(&world, FULL | WITH_MAC), 0x0f);
    draw_nonce(&world, nonce);
    expect_proof(&world, nonce, FULL | WITH_MAC);
    assert_int_equal(boot(&world, FULL | WITH_MAC), 0x0f); /* the nonce is used up */
    chip_host_close(&world.host);
}

static void a_proof_covers_the_prohibition_and_takes_any_nonce_else(void **state)
{
    (void)state;
    static const uint8_t fixed[32] = {5};
    uint8_t nonce[32];
    boot_world world;
    open_with(&world, FULL_BOTH);
    draw_nonce(&world, nonce);
    expect_proof(&world, nonce, FULL | WITH_MAC);
    assert_int_equal(run(&world, NONCE, 0x03, 0, NP_BYTES(fixed)), 0);
    expect_proof(&world, fixed, FULL | WITH_MAC | PROHIBIT);
    assert_int_equal(boot(&world, FULL), 0x0f);
    chip_host_close(&world.host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_configuration_allows_its_own_modes),
        cmocka_unit_test(a_copy_is_what_later_boots_are_compared_with),
        cmocka_unit_test(a_good_boot_sets_the_latch_where_configured),
        cmocka_unit_test(a_prohibited_boot_waits_for_power),
        cmocka_unit_test(a_configured_nonce_must_be_random),
        cmocka_unit_test(a_proof_covers_the_prohibition_and_takes_any_nonce_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
