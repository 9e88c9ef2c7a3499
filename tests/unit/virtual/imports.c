/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys that come into a locked chip: private ones by PrivWrite under a MAC, derived ones, and
 * public ones that a certificate validates (specs of the
 * chip 2.6, 2.16, 2.21, 2.24, 4.2, 4.7, 4.8). The messages are put together here and hashed by
 * libcrypto, which also signs.
 */
#include "crypto/p256.h"
#include "support/chip_host.h"
#include "support/reference.h"
#include "support/test.h"
#include "support/vectors.h"

enum {
    NONCE = 0x16,
    GENDIG = 0x15,
    PRIV_WRITE = 0x46,
    DERIVE_KEY = 0x1c,
    SHA = 0x47,
    VERIFY = 0x45,
    WRITE_KEY = 4, /* slot of the key that guards writes */
    SLOT_SIZE = 36,
    WRITE_KEY_AT = NP_EEPROM_DATA + SLOT_SIZE * WRITE_KEY,
    TAIL_AT = NP_EEPROM_DATA + 8 * SLOT_SIZE + 416,
    PARENT = 13,
    CHILD = 14,
    CHILD_AT = TAIL_AT + 5 * 72,
};

static const uint8_t zeros[64];
static const uint8_t scalar[32] = {0x11, 0x22, 0x33};
static const uint8_t written[32] = {0x21, 0x43, 0x65};

static void lock_both(np_atecc_model model, uint8_t *eeprom)
{
    chip_image_blank(model, eeprom);
    eeprom[86] = 0;
    eeprom[87] = 0;
    for (size_t i = 0; i < 32; i++) {
        eeprom[WRITE_KEY_AT + i] = (uint8_t)(3 * i + 1);
    }
}

static uint8_t run(chip_host *host, uint8_t opcode, uint8_t p1, uint16_t p2, np_bytes data)
{
    chip_reply reply;
    return chip_host_run(host, opcode, p1, p2, data, &reply);
}

/* head | opcode P1 P2 | SN[8] | SN[0:1] | zeros | tail, as most messages of 4 are. */
typedef struct dig_message {
    np_bytes head;
    uint8_t origin[4];
    size_t zeros;
    np_bytes tail;
} dig_message;

static void hash_dig(const chip_host *host, const dig_message *message, uint8_t *ret)
{
    const uint8_t *config = np_virtual_chip_eeprom(host->chip);
    uint8_t bytes[160] = {0};
    np_writer writer = np_writer_of(bytes, sizeof(bytes));
    np_write_bytes(&writer, message->head);
    np_write_bytes(&writer, NP_BYTES(message->origin));
    np_write_u8(&writer, config[12]);
    np_write_bytes(&writer, np_bytes_of(config, 2));
    np_write_fill(&writer, 0, message->zeros);
    np_write_bytes(&writer, message->tail);
    reference_sha256(np_bytes_of(bytes, writer.len), ret);
}

/* A nonce passed through, then GenDig of this slot over it; what TempKey is afterwards. */
static void dig(chip_host *host, uint8_t slot, uint8_t *ret)
{
    uint8_t nonce[32] = {0x77};
    const uint8_t *key = np_virtual_chip_eeprom(host->chip) + NP_EEPROM_DATA + SLOT_SIZE * slot;
    assert_int_equal(run(host, NONCE, 0x03, 0, NP_BYTES(nonce)), 0);
    assert_int_equal(run(host, GENDIG, 0x02, slot, np_bytes_of(NULL, 0)), 0);
    const dig_message message = {.head = np_bytes_of(key, 32),
                                 .origin = {GENDIG, 0x02, slot, 0},
                                 .zeros = 25,
                                 .tail = NP_BYTES(nonce)};
    hash_dig(host, &message, ret);
}

/* 4.7: 36 bytes masked by TempKey and the first four of its hash, then the MAC. */
static void seal_private(const chip_host *host, const uint8_t *temp_key, uint8_t slot, uint8_t *ret)
{
    uint8_t plain[36] = {0}, more[32];
    memcpy(plain + 4, written, sizeof(written));
    reference_sha256(np_bytes_of(temp_key, 32), more);
    for (size_t i = 0; i < sizeof(plain); i++) {
        ret[i] = plain[i] ^ (i < 32 ? temp_key[i] : more[i - 32]);
    }
    const dig_message message = {.head = np_bytes_of(temp_key, 32),
                                 .origin = {PRIV_WRITE, 0x40, slot, 0},
                                 .zeros = 21,
                                 .tail = NP_BYTES(plain)};
    hash_dig(host, &message, ret + 36);
}

static void expect_public_half(chip_host *host, uint16_t slot)
{
    uint8_t point[64];
    np_p256_key *key = NULL;
    chip_reply reply;
    assert_int_equal(np_p256_from_scalar(written, &key, NULL), NP_OK);
    np_p256_public(key, point);
    np_p256_free(key);
    chip_host_run(host, 0x40, 0x00, slot, np_bytes_of(NULL, 0), &reply);
    assert_int_equal(reply.data_len, 64);
    assert_memory_equal(reply.data, point, 64);
}

/* Slot 2: WriteConfig 4 (encrypted), WriteKey 4. */
static void a_private_key_is_written_under_its_mac_after_the_data_lock(void **state)
{
    (void)state;
    for (unsigned model = 0; model < NP_ATECC_MODEL_COUNT; model++) {
        uint8_t eeprom[NP_EEPROM_SIZE], temp_key[32], data[68];
        chip_host host;
        lock_both((np_atecc_model)model, eeprom);
        chip_image_put(eeprom, 20 + 4, "8744");
        chip_host_open_image(&host, (np_atecc_model)model, NP_PACE_ZERO, eeprom);
        dig(&host, WRITE_KEY, temp_key);
        seal_private(&host, temp_key, 2, data);
        assert_int_equal(run(&host, PRIV_WRITE, 0x40, 2, NP_BYTES(data)), 0);
        expect_public_half(&host, 2);
        chip_host_close(&host);
    }
}

/* One thing wrong at a time; the slot stays empty. */
static void a_private_key_is_refused_when_one_thing_is_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        const char *slot_config;
        uint8_t dig_slot;
        uint8_t p1;
        uint8_t damage_at;
    } rows[] = {
        {"no encrypted write allowed", "8704", WRITE_KEY, 0x40, 0xff},
        {"never written", "8784", WRITE_KEY, 0x40, 0xff},
        {"another slot's GenDig", "8744", 5, 0x40, 0xff},
        {"plain", "8744", WRITE_KEY, 0x00, 0xff},
        {"damaged number", "8744", WRITE_KEY, 0x40, 35},
        {"damaged MAC", "8744", WRITE_KEY, 0x40, 67},
        {"not secret", "0744", WRITE_KEY, 0x40, 0xff},
    };
    for (size_t i = 0; i < NP_COUNT_OF(rows); i++) {
        uint8_t eeprom[NP_EEPROM_SIZE], temp_key[32], data[68];
        chip_host host;
        lock_both(NP_ATECC608A, eeprom);
        chip_image_put(eeprom, 20 + 4, rows[i].slot_config);
        chip_host_open_image(&host, NP_ATECC608A, NP_PACE_ZERO, eeprom);
        dig(&host, rows[i].dig_slot, temp_key);
        seal_private(&host, temp_key, 2, data);
        if (rows[i].damage_at < sizeof(data)) {
            data[rows[i].damage_at] ^= 1;
        }
        if (run(&host, PRIV_WRITE, rows[i].p1, 2, NP_BYTES(data)) != 0x0f) {
            fail_msg("%s", rows[i].what);
        }
        assert_memory_equal(np_virtual_chip_eeprom(host.chip) + NP_EEPROM_DATA,
                            eeprom + NP_EEPROM_DATA, NP_EEPROM_SIZE - NP_EEPROM_DATA);
        chip_host_close(&host);
    }
}

/* 3.4, 4.8: WriteConfig 2 rolls the slot's own key, 3 makes it of the parent's; neither wants a
 * MAC. */
static void a_derived_key_comes_of_the_slot_or_of_its_parent(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2 * NP_ATECC_MODEL_COUNT; i++) {
        np_atecc_model model = (np_atecc_model)(i / 2);
        bool is_roll = i % 2 == 0;
        uint8_t eeprom[NP_EEPROM_SIZE], nonce[32] = {0x42}, expected[32];
        chip_host host;
        lock_both(model, eeprom);
        chip_image_put(eeprom, 20 + 10, is_roll ? "8024" : "8034");
        memset(eeprom + NP_EEPROM_DATA + SLOT_SIZE * 5, 0x5a, SLOT_SIZE);
        chip_host_open_image(&host, model, NP_PACE_ZERO, eeprom);
        size_t source = NP_EEPROM_DATA + SLOT_SIZE * (is_roll ? 5 : WRITE_KEY);
        const dig_message message = {.head = np_bytes_of(eeprom + source, 32),
                                     .origin = {DERIVE_KEY, 0x04, 5, 0},
                                     .zeros = 25,
                                     .tail = NP_BYTES(nonce)};
        hash_dig(&host, &message, expected);
        assert_int_equal(run(&host, NONCE, 0x03, 0, NP_BYTES(nonce)), 0);
        assert_int_equal(run(&host, DERIVE_KEY, 0x04, 5, np_bytes_of(NULL, 0)), 0);
        np_virtual_chip_settle(host.chip, host.bus.now_ns);
        const uint8_t *slot = np_virtual_chip_eeprom(host.chip) + NP_EEPROM_DATA + SLOT_SIZE * 5;
        assert_memory_equal(slot, expected, 32);
        assert_memory_equal(slot + 32, "\x5a\x5a\x5a\x5a", 4);
        chip_host_close(&host);
    }
}

/* ---- Verify(ValidateExternal), 508A ---- */

/* A certificate in blocks: some before the child's public key, some behind it, and a rest. */
typedef struct template
{
    unsigned before;
    unsigned after;
    unsigned rest; /* bytes in SHA End */
    uint8_t format;
    uint8_t expected;
}
template;

static void put_public(uint8_t *slot, const uint8_t *number)
{
    uint8_t point[64];
    np_p256_key *key = NULL;
    assert_int_equal(np_p256_from_scalar(number, &key, NULL), NP_OK);
    np_p256_public(key, point);
    np_p256_free(key);
    memset(slot, 0, 72);
    memcpy(slot + 4, point, 32);
    memcpy(slot + 40, point + 32, 32);
}

/* Slot 14 needs validation by slot 13 and has the certificate format with this X509id. */
static void open_with_child(chip_host *host, np_atecc_model model, unsigned id, uint8_t format)
{
    uint8_t eeprom[NP_EEPROM_SIZE];
    lock_both(model, eeprom);
    chip_image_put(eeprom, 20 + 2 * CHILD, "0d1f");
    chip_image_put(eeprom, 96 + 2 * PARENT, "30001200");
    eeprom[96 + 2 * CHILD + 1] = (uint8_t)(id << 6);
    eeprom[92 + id] = format;
    put_public(eeprom + CHILD_AT - 72, scalar);
    put_public(eeprom + CHILD_AT, written);
    eeprom[CHILD_AT] = 0xa0;
    chip_host_open_image(host, model, NP_PACE_ZERO, eeprom);
}

/* Hashes the certificate in the chip and beside it. */
static void hash_certificate(chip_host *host, const template *shape, uint8_t *ret_digest)
{
    uint8_t text[64 * 16];
    const uint8_t *slot = np_virtual_chip_eeprom(host->chip) + CHILD_AT;
    unsigned blocks = shape->before + 1 + shape->after;
    for (size_t i = 0; i < sizeof(text); i++) {
        text[i] = (uint8_t)(i * 7);
    }
    memcpy(text + 64 * (size_t)shape->before, slot + 4, 32);
    memcpy(text + 64 * (size_t)shape->before + 32, slot + 40, 32);
    assert_int_equal(run(host, SHA, 0, 0, np_bytes_of(NULL, 0)), 0);
    for (unsigned block = 0; block < blocks; block++) {
        bool is_key = block == shape->before;
        np_bytes part = np_bytes_of(text + 64 * (size_t)block, 64);
        assert_int_equal(is_key ? run(host, SHA, 3, CHILD, np_bytes_of(NULL, 0))
                                : run(host, SHA, 1, 64, part),
                         0);
    }
    chip_reply reply;
    np_bytes rest = np_bytes_of(text + 64 * (size_t)blocks, shape->rest);
    reference_sha256(np_bytes_of(text, 64 * (size_t)blocks + shape->rest), ret_digest);
    chip_host_run(host, SHA, 2, (uint16_t)shape->rest, rest, &reply);
    assert_int_equal(reply.data_len, 32);
    assert_memory_equal(reply.data, ret_digest, 32);
}

static void sign(const uint8_t *digest, uint8_t *ret)
{
    np_p256_key *key = NULL;
    assert_int_equal(np_p256_from_scalar(scalar, &key, NULL), NP_OK);
    assert_int_equal(np_p256_sign(key, digest, ret, NULL), NP_OK);
    np_p256_free(key);
}

static uint8_t validity(chip_host *host)
{
    np_virtual_chip_settle(host->chip, host->bus.now_ns);
    return np_virtual_chip_eeprom(host->chip)[CHILD_AT] >> 4;
}

/* X509format: how many blocks (7 to 4), and in which the key stands (3 to 0). */
static void a_certificate_validates_the_key_that_stands_where_it_must(void **state)
{
    (void)state;
    static const template shapes[] = {
        {0, 0, 0, 0x10, 0x00},  {0, 0, 63, 0x10, 0x00}, {1, 2, 20, 0x41, 0x00},
        {3, 0, 1, 0x43, 0x00},  {0, 9, 5, 0xa0, 0x00},  {1, 2, 20, 0x42, 0x0f},
        {1, 2, 20, 0x31, 0x0f}, {1, 2, 20, 0x51, 0x0f}, {1, 2, 20, 0x00, 0x0f},
    };
    for (unsigned i = 0; i < NP_COUNT_OF(shapes); i++) {
        uint8_t digest[32], signature[64];
        chip_host host;
        open_with_child(&host, NP_ATECC508A, i % 4, shapes[i].format);
        hash_certificate(&host, &shapes[i], digest);
        sign(digest, signature);
        assert_int_equal(run(&host, VERIFY, 1, CHILD, NP_BYTES(signature)), shapes[i].expected);
        assert_int_equal(validity(&host), shapes[i].expected == 0 ? 5 : 10);
        chip_host_close(&host);
    }
}

static void a_certificate_is_worth_its_signature_and_its_digest(void **state)
{
    (void)state;
    static const template shape = {.before = 1, .after = 1, .rest = 8, .format = 0x31};
    uint8_t digest[32], signature[64];
    chip_host host;
    open_with_child(&host, NP_ATECC508A, 0, shape.format);
    hash_certificate(&host, &shape, digest);
    sign(digest, signature);
    signature[9] ^= 1;
    assert_int_equal(run(&host, VERIFY, 1, CHILD, NP_BYTES(signature)), 0x01);
    signature[9] ^= 1; /* TempKey is used up by now */
    assert_int_equal(run(&host, VERIFY, 1, CHILD, NP_BYTES(signature)), 0x0f);
    assert_int_equal(run(&host, NONCE, 0x03, 0, NP_BYTES(digest)), 0);
    assert_int_equal(run(&host, VERIFY, 1, CHILD, NP_BYTES(signature)), 0x0f);
    hash_certificate(&host, &shape, digest);
    assert_int_equal(run(&host, VERIFY, 1, PARENT, NP_BYTES(signature)), 0x0f);
    assert_int_equal(validity(&host), 10);
    hash_certificate(&host, &shape, digest);
    assert_int_equal(run(&host, VERIFY, 1, CHILD, NP_BYTES(signature)), 0x00);
    assert_int_equal(validity(&host), 5);
    chip_host_close(&host);
}

/* A 608 has neither the step of SHA that takes the key nor this mode of Verify. */
static void a_608_does_not_validate_by_certificate(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        chip_host host;
        open_with_child(&host, i == 0 ? NP_ATECC608A : NP_ATECC608B, 0, 0x10);
        assert_int_equal(run(&host, SHA, 0, 0, np_bytes_of(NULL, 0)), 0);
        assert_int_equal(run(&host, SHA, 3, CHILD, np_bytes_of(NULL, 0)), 0x03);
        assert_int_equal(run(&host, VERIFY, 1, CHILD, NP_BYTES(zeros)), 0x03);
        chip_host_close(&host);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_private_key_is_written_under_its_mac_after_the_data_lock),
        cmocka_unit_test(a_private_key_is_refused_when_one_thing_is_wrong),
        cmocka_unit_test(a_derived_key_comes_of_the_slot_or_of_its_parent),
        cmocka_unit_test(a_certificate_validates_the_key_that_stands_where_it_must),
        cmocka_unit_test(a_certificate_is_worth_its_signature_and_its_digest),
        cmocka_unit_test(a_608_does_not_validate_by_certificate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
