/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The constructions of host_digests.json. A small model of the host hashes each field list; it must
 * give the published value first, and is then put to the chip: with the published TempKey where a
 * pass-through nonce may bring it in, else with one that the chip has drawn.
 */
#include "crypto/hash.h"
#include "support/chip_host.h"
#include "support/test.h"
#include "support/vectors.h"
#include <jansson.h>

enum {
    KEY_SLOT = 4,
    KEY_AT = NP_EEPROM_DATA + 36 * KEY_SLOT,
    IO_AT = NP_EEPROM_DATA + 36 * 6,
    TAIL_AT = NP_EEPROM_DATA + 288 + 416, /* slot 9 */
};

static const uint8_t serial[9] = {0x01, 0x23, 0xa1, 0xb2, 0xc3, 0xd4, 0xe5, 0xf6, 0xee};
static const uint8_t scalar[32] = {0x11, 0x22, 0x33};
static const uint8_t zeros[64];

/* ---- the model ---- */

/* head | origin | SN[8] | SN[0:1] | middle | tail */
static void model_dig(np_bytes head, const uint8_t *origin, np_bytes middle, np_bytes tail,
                      uint8_t *ret)
{
    const uint8_t shown[] = {0xee, 0x01, 0x23};
    const np_bytes parts[] = {head, np_bytes_of(origin, 4), NP_BYTES(shown), middle, tail};
    np_sha256_parts(parts, NP_COUNT_OF(parts), ret);
}

static void put_mac_message(const uint8_t *first, const uint8_t *second, const uint8_t *other,
                            uint8_t *ret)
{
    memset(ret, 0, 88);
    memcpy(ret, first, 32);
    memcpy(ret + 32, second, 32);
    memcpy(ret + 64, other, 4);
    memcpy(ret + 76, other + 4, 3);
    ret[79] = serial[8];
    memcpy(ret + 80, other + 7, 4);
    memcpy(ret + 84, serial, 2);
    memcpy(ret + 86, other + 11, 2);
}

static void put_other(uint8_t opcode, uint8_t mode, uint8_t *ret)
{
    memset(ret, 0, 13);
    ret[0] = opcode;
    ret[1] = mode;
    ret[2] = KEY_SLOT;
    if ((mode & 0x40) != 0) {
        memcpy(ret + 7, serial + 4, 4);
        memcpy(ret + 11, serial + 2, 2);
    }
}

/* ---- cases ---- */

static json_t *load_cases(void)
{
    size_t len = 0;
    uint8_t *text = vector_load("atecc/host_digests.json", &len);
    json_error_t error;
    json_t *root = json_loadb((const char *)text, len, 0, &error);
    free(text);
    assert_non_null(root);
    return root;
}

static bool has_input(const json_t *one, const char *name)
{
    return json_object_get(json_object_get(one, "inputs"), name) != NULL;
}

static size_t take(const json_t *one, const char *name, uint8_t *ret, size_t size)
{
    const json_t *inputs = json_object_get(one, "inputs");
    const char *text = json_string_value(json_object_get(inputs, name));
    assert_non_null(text);
    return vector_hex_any(text, ret, size);
}

static unsigned number(const json_t *one, const char *name)
{
    const json_t *value = json_object_get(json_object_get(one, "inputs"), name);
    assert_true(json_is_integer(value));
    return (unsigned)json_integer_value(value);
}

static void take_value(const json_t *one, uint8_t *ret, size_t size)
{
    vector_hex(json_string_value(json_object_get(one, "value")), ret, size);
}

/* Runs all cases whose name begins so; returns how many. */
static unsigned for_each(const char *prefix, void (*apply)(const json_t *one))
{
    json_t *root = load_cases();
    size_t i = 0;
    const json_t *one = NULL;
    unsigned seen = 0;
    json_array_foreach(json_object_get(root, "cases"), i, one)
    {
        const char *name = json_string_value(json_object_get(one, "name"));
        if (strncmp(name, prefix, strlen(prefix)) == 0) {
            apply(one);
            seen++;
        }
    }
    json_decref(root);
    return seen;
}

/* ---- the chip ---- */

/* Both zones locked, the serial of the vectors, keys in slots 0 to 2, slot 4 an ordinary secret. */
static void make_image(np_atecc_model model, uint8_t *eeprom)
{
    chip_image_blank(model, eeprom);
    eeprom[86] = 0;
    eeprom[87] = 0;
    memcpy(eeprom, serial, 4);
    memcpy(eeprom + 8, serial + 4, 5);
    for (size_t slot = 0; slot < 3; slot++) {
        memset(eeprom + NP_EEPROM_DATA + 36 * slot, 0, 4);
        memcpy(eeprom + NP_EEPROM_DATA + 36 * slot + 4, scalar, sizeof(scalar));
    }
}

static void open_image(chip_host *host, np_atecc_model model, const uint8_t *eeprom)
{
    chip_host_open_image(host, model, NP_PACE_ZERO, eeprom);
}

static uint8_t run(chip_host *host, uint8_t opcode, uint8_t p1, uint16_t p2, np_bytes data)
{
    chip_reply reply;
    return chip_host_run(host, opcode, p1, p2, data, &reply);
}

static void expect_digest(chip_host *host, uint8_t opcode, uint8_t p1, uint16_t p2, np_bytes data,
                          const uint8_t *expected)
{
    chip_reply reply;
    chip_host_run(host, opcode, p1, p2, data, &reply);
    assert_int_equal(reply.data_len, 32);
    assert_memory_equal(reply.data, expected, 32);
}

static void pass_through(chip_host *host, const uint8_t *value)
{
    assert_int_equal(run(host, 0x16, 0x03, 0, np_bytes_of(value, 32)), 0);
}

/* SourceFlag 0: the nonce of 4.1, whose random part the chip tells. */
static void draw_temp_key(chip_host *host, uint8_t *ret)
{
    uint8_t message[55] = {0};
    chip_reply reply;
    chip_host_run(host, 0x16, 0x00, 0, np_bytes_of(zeros, 20), &reply);
    assert_int_equal(reply.data_len, 32);
    memcpy(message, reply.data, 32);
    message[52] = 0x16;
    np_sha256(NP_BYTES(message), ret);
}

/* The published value when bit 2 of the mode says "input", else one that the chip draws. */
static void set_temp_key(chip_host *host, unsigned mode, uint8_t *value)
{
    if ((mode & 4) != 0) {
        pass_through(host, value);
    } else {
        draw_temp_key(host, value);
    }
}

static void own_point(uint8_t *ret)
{
    np_p256_key *key = NULL;
    assert_int_equal(np_p256_from_scalar(scalar, &key, NULL), NP_OK);
    np_p256_public(key, ret);
    np_p256_free(key);
}

static void own_signature(const uint8_t *digest, uint8_t *ret)
{
    np_p256_key *key = NULL;
    assert_int_equal(np_p256_from_scalar(scalar, &key, NULL), NP_OK);
    assert_int_equal(np_p256_sign(key, digest, ret, NULL), NP_OK);
    np_p256_free(key);
}

static void expect_signature(const chip_reply *reply, const uint8_t *digest)
{
    uint8_t point[64];
    bool is_valid = false;
    own_point(point);
    assert_int_equal(reply->data_len, 64);
    assert_int_equal(np_p256_verify(point, digest, reply->data, &is_valid, NULL), NP_OK);
    assert_true(is_valid);
}

/* An external signature shows what is in TempKey. */
static void expect_temp_key(chip_host *host, const uint8_t *expected)
{
    chip_reply reply;
    chip_host_run(host, 0x41, 0x80, 0, np_bytes_of(NULL, 0), &reply);
    expect_signature(&reply, expected);
}

/* ---- MAC, HMAC, CheckMac ---- */

static void apply_mac(const json_t *one)
{
    uint8_t key[32], challenge[32], temp_key[32], value[32], digest[32], other[13], message[88];
    uint8_t eeprom[NP_EEPROM_SIZE];
    chip_host host;
    unsigned mode = number(one, "mode");
    take(one, "key", key, 32);
    take(one, "challenge", challenge, 32);
    take(one, "tempkey", temp_key, 32);
    take_value(one, value, 32);
    put_other(0x08, (uint8_t)mode, other);
    const uint8_t *first = (mode & 2) != 0 ? temp_key : key;
    const uint8_t *second = (mode & 1) != 0 ? temp_key : challenge;
    put_mac_message(first, second, other, message);
    np_sha256(NP_BYTES(message), digest);
    assert_memory_equal(digest, value, 32);
    make_image(NP_ATECC608A, eeprom);
    memcpy(eeprom + KEY_AT, key, 32);
    open_image(&host, NP_ATECC608A, eeprom);
    if ((mode & 3) != 0) {
        set_temp_key(&host, mode, temp_key);
    }
    put_mac_message(first, second, other, message);
    np_sha256(NP_BYTES(message), digest);
    expect_digest(&host, 0x08, (uint8_t)mode, KEY_SLOT,
                  np_bytes_of(challenge, (mode & 1) != 0 ? 0 : 32), digest);
    chip_host_close(&host);
}

static void every_published_mac_comes_back(void **state)
{
    (void)state;
    assert_int_equal(for_each("mac_mode", apply_mac), 13);
}

static void apply_hmac(const json_t *one)
{
    uint8_t key[32], temp_key[32], value[32], digest[32], other[13], message[88];
    uint8_t eeprom[NP_EEPROM_SIZE];
    chip_host host;
    unsigned mode = number(one, "mode");
    np_bytes part = NP_BYTES(message);
    take(one, "key", key, 32);
    take(one, "tempkey", temp_key, 32);
    take_value(one, value, 32);
    put_other(0x11, (uint8_t)mode, other);
    put_mac_message(zeros, temp_key, other, message);
    np_hmac_sha256(NP_BYTES(key), &part, 1, digest);
    assert_memory_equal(digest, value, 32);
    make_image(NP_ATECC508A, eeprom);
    memcpy(eeprom + KEY_AT, key, 32);
    open_image(&host, NP_ATECC508A, eeprom);
    set_temp_key(&host, mode, temp_key);
    put_mac_message(zeros, temp_key, other, message);
    np_hmac_sha256(NP_BYTES(key), &part, 1, digest);
    expect_digest(&host, 0x11, (uint8_t)mode, KEY_SLOT, np_bytes_of(NULL, 0), digest);
    chip_host_close(&host);
}

static void every_published_hmac_comes_back(void **state)
{
    (void)state;
    assert_int_equal(for_each("hmac_mode", apply_hmac), 4);
}

static void apply_check_mac(const json_t *one)
{
    uint8_t key[32], data[77], temp_key[32], value[32], message[88], eeprom[NP_EEPROM_SIZE];
    chip_host host;
    unsigned mode = number(one, "mode");
    take(one, "key", key, 32);
    take(one, "challenge", data, 32);
    take(one, "other_data", data + 64, 13);
    take(one, "tempkey", temp_key, 32);
    take_value(one, value, 32);
    const uint8_t *first = (mode & 2) != 0 ? temp_key : key;
    const uint8_t *second = (mode & 1) != 0 ? temp_key : data;
    put_mac_message(first, second, data + 64, message);
    np_sha256(NP_BYTES(message), data + 32);
    assert_memory_equal(data + 32, value, 32);
    make_image(NP_ATECC608B, eeprom);
    memcpy(eeprom + KEY_AT, key, 32);
    open_image(&host, NP_ATECC608B, eeprom);
    for (unsigned is_wrong = 0; is_wrong < 2; is_wrong++) {
        if ((mode & 3) != 0) {
            set_temp_key(&host, mode, temp_key);
        }
        put_mac_message(first, second, data + 64, message);
        np_sha256(NP_BYTES(message), data + 32);
        data[63] ^= (uint8_t)is_wrong;
        assert_int_equal(run(&host, 0x28, (uint8_t)mode, KEY_SLOT, NP_BYTES(data)), is_wrong);
    }
    chip_host_close(&host);
}

static void every_published_response_matches(void **state)
{
    (void)state;
    assert_int_equal(for_each("checkmac_mode", apply_check_mac), 5);
}

/* 2.4: mode 5 on slot 4 copies slot 5 when its ReadKey is 0; slot 4 is then authorised. */
static void a_good_check_mac_copies_the_next_slot(void **state)
{
    (void)state;
    for (unsigned is_free = 0; is_free < 2; is_free++) {
        uint8_t data[77] = {0}, message[88], eeprom[NP_EEPROM_SIZE];
        chip_host host;
        chip_reply reply;
        make_image(NP_ATECC508A, eeprom);
        chip_image_put(eeprom, 20 + 10, is_free ? "808f" : "818f");
        memset(eeprom + KEY_AT + 36, 0x5a, 32);
        open_image(&host, NP_ATECC508A, eeprom);
        pass_through(&host, zeros);
        put_mac_message(eeprom + KEY_AT, zeros, data + 64, message);
        np_sha256(NP_BYTES(message), data + 32);
        assert_int_equal(run(&host, 0x28, 0x05, KEY_SLOT, NP_BYTES(data)), 0);
        chip_host_run(&host, 0x30, 0x02, 0, np_bytes_of(NULL, 0), &reply);
        assert_int_equal(reply.data[1], (is_free ? 0x80 : 0) | KEY_SLOT << 3 | 0x04);
        if (is_free) {
            assert_int_equal(reply.data[0], 0x10);
            expect_temp_key(&host, eeprom + KEY_AT + 36);
        }
        chip_host_close(&host);
    }
}

/* ---- GenDig ---- */

/* 3.5, for a value of 32 or more. */
static void put_counter(uint8_t *at, unsigned value)
{
    unsigned words[] = {0xffffU >> value % 32, 0xffffU >> (value - 16) % 32, value / 32,
                        (value - 16) / 32};
    for (size_t i = 0; i < 4; i++) {
        at[2 * i] = (uint8_t)(words[i] >> 8);
        at[2 * i + 1] = (uint8_t)words[i];
    }
}

static void prepare_dig(const json_t *one, uint8_t *eeprom)
{
    static const size_t at[] = {64, NP_EEPROM_OTP + 32, KEY_AT};
    make_image(NP_ATECC508A, eeprom);
    if (has_input(one, "stored")) {
        take(one, "stored", eeprom + at[number(one, "zone")], 32);
    }
    if (has_input(one, "counter")) {
        put_counter(eeprom + 60, number(one, "counter"));
    }
    if (number(one, "zone") == 2 && has_input(one, "other_data")) {
        eeprom[20 + 2 * KEY_SLOT] |= 0x10; /* NoMac */
    }
    if (has_input(one, "slot_config")) {
        chip_image_put(eeprom, 20 + 6, "8320");
        chip_image_put(eeprom, 96 + 6, "3300");
    }
}

/* Every one brings its TempKey in by a pass-through nonce: the published value itself comes out. */
static void apply_gendig(const json_t *one)
{
    uint8_t eeprom[NP_EEPROM_SIZE], temp_key[32], other[32], value[32];
    chip_host host;
    size_t len = has_input(one, "other_data") ? take(one, "other_data", other, sizeof(other)) : 0;
    take(one, "tempkey", temp_key, 32);
    take_value(one, value, 32);
    prepare_dig(one, eeprom);
    open_image(&host, NP_ATECC508A, eeprom);
    pass_through(&host, temp_key);
    assert_int_equal(run(&host, 0x15, (uint8_t)number(one, "zone"), (uint16_t)number(one, "keyid"),
                         np_bytes_of(other, len)),
                     0);
    expect_temp_key(&host, value);
    chip_host_close(&host);
}

static void every_published_gendig_comes_back(void **state)
{
    (void)state;
    assert_int_equal(for_each("gendig_", apply_gendig), 8);
}

/* Nonce, then GenDig over slot 4: what is then in TempKey. */
static void dig_key(chip_host *host, bool is_random, uint8_t *ret)
{
    static const uint8_t origin[] = {0x15, 0x02, KEY_SLOT, 0x00};
    uint8_t nonce[32] = {0};
    set_temp_key(host, is_random ? 0 : 4, nonce);
    assert_int_equal(run(host, 0x15, 0x02, KEY_SLOT, np_bytes_of(NULL, 0)), 0);
    model_dig(np_bytes_of(np_virtual_chip_eeprom(host->chip) + KEY_AT, 32), origin,
              np_bytes_of(zeros, 25), NP_BYTES(nonce), ret);
}

/* ---- encrypted Write, Read and PrivWrite ---- */

static void mask(const uint8_t *temp_key, const uint8_t *plain, uint8_t *ret)
{
    for (size_t i = 0; i < 32; i++) {
        ret[i] = plain[i] ^ temp_key[i];
    }
}

static size_t slot_at(unsigned slot)
{
    return NP_EEPROM_DATA + np_atecc_slot_offset(slot);
}

/* Each slot takes encrypted writes by slot 4 and gives encrypted reads by it. */
static void write_and_read(uint16_t address, const uint8_t *plain)
{
    uint8_t eeprom[NP_EEPROM_SIZE], temp_key[32], data[64], config[2] = {0xc4, 0x44};
    chip_host host;
    unsigned slot = address >> 3 & 15;
    size_t offset = (size_t)(address >> 8) * 32;
    size_t left = np_atecc_slot_size(slot) - offset;
    const uint8_t origin[] = {0x12, 0x82, (uint8_t)address, (uint8_t)(address >> 8)};
    make_image(NP_ATECC608A, eeprom);
    memcpy(eeprom + 20 + 2 * slot, config, 2);
    chip_image_put(eeprom, 96 + 2 * slot, "1c00");
    open_image(&host, NP_ATECC608A, eeprom);
    for (unsigned is_right = 0; is_right < 2; is_right++) {
        dig_key(&host, false, temp_key);
        mask(temp_key, plain, data);
        model_dig(NP_BYTES(temp_key), origin, np_bytes_of(zeros, 25), np_bytes_of(plain, 32),
                  data + 32);
        data[40] ^= (uint8_t)!is_right;
        assert_int_equal(run(&host, 0x12, 0x82, address, NP_BYTES(data)), is_right ? 0 : 0x0f);
    }
    np_virtual_chip_settle(host.chip, host.bus.now_ns);
    assert_memory_equal(np_virtual_chip_eeprom(host.chip) + slot_at(slot) + offset, plain,
                        left < 32 ? left : 32);
    if (left >= 32) { /* and out again; a nonce that is no random number will not do */
        dig_key(&host, true, temp_key);
        mask(temp_key, plain, data);
        expect_digest(&host, 0x02, 0x82, address, np_bytes_of(NULL, 0), data);
        dig_key(&host, false, temp_key);
        assert_int_equal(run(&host, 0x02, 0x82, address, np_bytes_of(NULL, 0)), 0x0f);
    }
    chip_host_close(&host);
}

static void apply_write(const json_t *one)
{
    uint8_t temp_key[32], plain[32], cipher[32], masked[32], value[32], digest[32];
    uint16_t address = (uint16_t)number(one, "address");
    const uint8_t origin[] = {0x12, 0x82, (uint8_t)address, (uint8_t)(address >> 8)};
    take(one, "tempkey", temp_key, 32);
    take(one, "plain", plain, 32);
    take(one, "cipher", cipher, 32);
    take_value(one, value, 32);
    mask(temp_key, plain, masked);
    assert_memory_equal(masked, cipher, 32);
    model_dig(NP_BYTES(temp_key), origin, np_bytes_of(zeros, 25), NP_BYTES(plain), digest);
    assert_memory_equal(digest, value, 32);
    write_and_read(address, plain);
}

static void encrypted_writes_are_taken_and_read_back_encrypted(void **state)
{
    (void)state;
    assert_int_equal(for_each("write_mac_", apply_write), 3);
}

/* Before the data lock any TempKey will do: the published bytes themselves go in. */
static void apply_priv_write(const json_t *one)
{
    uint8_t temp_key[32], plain[36], data[68], eeprom[NP_EEPROM_SIZE];
    chip_host host;
    bool is_cipher = !has_input(one, "cipher36");
    take(one, "tempkey", temp_key, 32);
    take(one, "plain36", plain, 36);
    if (is_cipher) { /* the other case has the same bytes, and the MAC for them */
        return;
    }
    take(one, "cipher36", data, 36);
    take_value(one, data + 36, 32);
    make_image(NP_ATECC508A, eeprom);
    eeprom[86] = 0x55;
    open_image(&host, NP_ATECC508A, eeprom);
    pass_through(&host, temp_key);
    assert_int_equal(run(&host, 0x46, 0x40, 2, NP_BYTES(data)), 0);
    np_virtual_chip_settle(host.chip, host.bus.now_ns);
    assert_memory_equal(np_virtual_chip_eeprom(host.chip) + NP_EEPROM_DATA + 72, plain, 36);
    data[0] ^= 1;
    pass_through(&host, temp_key);
    assert_int_equal(run(&host, 0x46, 0x40, 2, NP_BYTES(data)), 0x0f);
    chip_host_close(&host);
}

static void a_published_private_key_is_written(void **state)
{
    (void)state;
    assert_int_equal(for_each("privwrite_", apply_priv_write), 2);
}

/* ---- DeriveKey ---- */

/* Target 3 is created from slot 4, with a MAC of the parent. */
static void derive(unsigned mode, const uint8_t *source, uint8_t *temp_key)
{
    const uint8_t origin[] = {0x1c, (uint8_t)mode, 3, 0};
    uint8_t mac[32], derived[32], eeprom[NP_EEPROM_SIZE];
    chip_host host;
    make_image(NP_ATECC608A, eeprom);
    memcpy(eeprom + KEY_AT, source, 32);
    chip_image_put(eeprom, 20 + 6, "8fb4");
    open_image(&host, NP_ATECC608A, eeprom);
    model_dig(np_bytes_of(source, 32), origin, np_bytes_of(NULL, 0), np_bytes_of(NULL, 0), mac);
    set_temp_key(&host, mode, temp_key);
    model_dig(np_bytes_of(source, 32), origin, np_bytes_of(zeros, 25), np_bytes_of(temp_key, 32),
              derived);
    assert_int_equal(run(&host, 0x1c, (uint8_t)mode, 3, NP_BYTES(mac)), 0);
    np_virtual_chip_settle(host.chip, host.bus.now_ns);
    assert_memory_equal(np_virtual_chip_eeprom(host.chip) + NP_EEPROM_DATA + 108, derived, 32);
    set_temp_key(&host, mode, temp_key);
    mac[0] ^= 1;
    assert_int_equal(run(&host, 0x1c, (uint8_t)mode, 3, NP_BYTES(mac)), 0x0f);
    chip_host_close(&host);
}

static void apply_derived(const json_t *one)
{
    uint8_t source[32], temp_key[32], value[32], digest[32];
    unsigned mode = number(one, "mode");
    const uint8_t origin[] = {0x1c, (uint8_t)mode, 3, 0};
    take(one, "source_key", source, 32);
    take(one, "tempkey", temp_key, 32);
    take_value(one, value, 32);
    model_dig(NP_BYTES(source), origin, np_bytes_of(zeros, 25), NP_BYTES(temp_key), digest);
    assert_memory_equal(digest, value, 32);
    derive(mode, source, temp_key);
}

static void apply_derive_mac(const json_t *one)
{
    uint8_t parent[32], value[32], digest[32];
    const uint8_t origin[] = {0x1c, (uint8_t)number(one, "mode"), 3, 0};
    take(one, "parent", parent, 32);
    take_value(one, value, 32);
    model_dig(NP_BYTES(parent), origin, np_bytes_of(NULL, 0), np_bytes_of(NULL, 0), digest);
    assert_memory_equal(digest, value, 32);
}

static void published_keys_are_derived(void **state)
{
    (void)state;
    assert_int_equal(for_each("derivekey_mode", apply_derived), 2);
    assert_int_equal(for_each("derivekey_mac_", apply_derive_mac), 2);
}

/* ---- GenKey, Sign(internal), Verify ---- */

static void apply_genkey(const json_t *one)
{
    uint8_t temp_key[32], point[64], value[32], digest[32], eeprom[NP_EEPROM_SIZE];
    unsigned mode = number(one, "mode");
    const uint8_t origin[] = {0x40, (uint8_t)mode, 2, 0};
    chip_host host;
    chip_reply reply;
    take(one, "tempkey", temp_key, 32);
    take(one, "public_key", point, 64);
    take_value(one, value, 32);
    model_dig(NP_BYTES(temp_key), origin, np_bytes_of(zeros, 25), NP_BYTES(point), digest);
    assert_memory_equal(digest, value, 32);
    make_image(NP_ATECC508A, eeprom);
    open_image(&host, NP_ATECC508A, eeprom);
    pass_through(&host, temp_key);
    chip_host_run(&host, 0x40, (uint8_t)mode, 2, np_bytes_of(NULL, 0), &reply);
    assert_int_equal(reply.data_len, 64);
    model_dig(NP_BYTES(temp_key), origin, np_bytes_of(zeros, 25), np_bytes_of(reply.data, 64),
              digest);
    expect_temp_key(&host, digest);
    chip_host_close(&host);
}

static void published_digests_of_genkey_come_back(void **state)
{
    (void)state;
    assert_int_equal(for_each("genkey_digest_mode0", apply_genkey), 2);
}

/* 4.10: TempKey | 41 | ten bytes | SN[8] | four | SN[0:1] | five. */
static void put_slot_message(const uint8_t *temp_key, const uint8_t *other, uint8_t *ret)
{
    memcpy(ret, temp_key, 32);
    ret[32] = 0x41;
    memcpy(ret + 33, other, 10);
    ret[43] = serial[8];
    memcpy(ret + 44, other + 10, 4);
    memcpy(ret + 48, serial, 2);
    memcpy(ret + 50, other + 14, 5);
}

/* Slot 2 has the published SlotConfig and KeyConfig; its key's digest is in TempKey, flags 42. */
static void sign_internal(unsigned mode, const uint8_t *published)
{
    static const uint8_t origin[] = {0x40, 0x08, 2, 0};
    uint8_t temp_key[32], point[64], message[55], digest[32], eeprom[NP_EEPROM_SIZE];
    chip_host host;
    chip_reply reply;
    make_image(NP_ATECC608A, eeprom);
    chip_image_put(eeprom, 20 + 4, "8720");
    open_image(&host, NP_ATECC608A, eeprom);
    draw_temp_key(&host, temp_key);
    own_point(point);
    assert_int_equal(run(&host, 0x40, 0x08, 2, np_bytes_of(NULL, 0)), 0);
    memcpy(message, published, sizeof(message));
    model_dig(NP_BYTES(temp_key), origin, np_bytes_of(zeros, 25), NP_BYTES(point), message);
    message[53] = 0; /* no validated public key is in slot 2 */
    np_sha256(NP_BYTES(message), digest);
    chip_host_run(&host, 0x41, (uint8_t)mode, 1, np_bytes_of(NULL, 0), &reply);
    expect_signature(&reply, digest);
    chip_host_close(&host);
}

static void apply_sign_message(const json_t *one)
{
    uint8_t temp_key[32], value[55], message[55];
    unsigned mode = number(one, "mode");
    const uint8_t *shown = (mode & 0x40) != 0 ? serial : zeros;
    uint8_t other[19] = {(uint8_t)mode, 1, 0, 0x87, 0x20, 0x33, 0x00, 0x42};
    memcpy(other + 10, shown + 4, 4);
    memcpy(other + 14, shown + 2, 2);
    other[16] = 1;
    other[17] = (uint8_t)number(one, "pubkey_valid");
    take(one, "tempkey", temp_key, 32);
    take_value(one, value, 55);
    put_slot_message(temp_key, other, message);
    assert_memory_equal(message, value, 55);
    sign_internal(mode, value);
}

/* The digests of the four messages, by mode. */
static void apply_sign_digest(const json_t *one)
{
    json_t *root = load_cases();
    size_t i = 0;
    const json_t *other = NULL;
    unsigned seen = 0;
    uint8_t value[32], digest[32], message[55];
    take_value(one, value, 32);
    json_array_foreach(json_object_get(root, "cases"), i, other)
    {
        const char *name = json_string_value(json_object_get(other, "name"));
        if (strncmp(name, "sign_internal_msg_", 18) == 0 &&
            number(other, "mode") == number(one, "mode")) {
            take_value(other, message, 55);
            np_sha256(NP_BYTES(message), digest);
            assert_memory_equal(digest, value, 32);
            seen++;
        }
    }
    json_decref(root);
    assert_int_equal(seen, 1);
}

static void published_messages_are_signed_internally(void **state)
{
    (void)state;
    assert_int_equal(for_each("sign_internal_msg_", apply_sign_message), 4);
    assert_int_equal(for_each("sign_internal_digest_", apply_sign_digest), 4);
}

static void put_public(uint8_t *eeprom, size_t at)
{
    uint8_t point[64];
    own_point(point);
    memset(eeprom + at, 0, 72);
    memcpy(eeprom + at + 4, point, 32);
    memcpy(eeprom + at + 40, point + 32, 32);
}

/* Slot 14 is validated, then invalidated, by slot 13: GenKey mode 10, a signature, Verify 3 or 7.
 */
static void validate(chip_host *host, uint8_t mode, const uint8_t *other)
{
    static const uint8_t origin[] = {0x40, 0x10, 0x0e, 0x00};
    uint8_t temp_key[32], point[64], message[55], digest[32], data[83];
    own_point(point);
    memcpy(data + 64, other, 19);
    data[64 + 17] = mode == 7;
    for (unsigned is_right = 0; is_right < 2; is_right++) {
        draw_temp_key(host, temp_key);
        assert_int_equal(run(host, 0x40, 0x10, 14, np_bytes_of(origin + 1, 3)), 0);
        model_dig(NP_BYTES(temp_key), origin, np_bytes_of(zeros, 25), NP_BYTES(point), digest);
        put_slot_message(digest, data + 64, message);
        np_sha256(NP_BYTES(message), digest);
        own_signature(digest, data);
        data[0] ^= (uint8_t)!is_right;
        assert_int_equal(run(host, 0x45, mode, 14, NP_BYTES(data)), !is_right);
    }
    np_virtual_chip_settle(host->chip, host->bus.now_ns);
    assert_int_equal(np_virtual_chip_eeprom(host->chip)[TAIL_AT + 5 * 72] >> 4, mode == 7 ? 10 : 5);
}

static void apply_validate(const json_t *one)
{
    uint8_t temp_key[32], other[19], value[32], message[55], digest[32], eeprom[NP_EEPROM_SIZE];
    chip_host host;
    take(one, "tempkey", temp_key, 32);
    take(one, "other_data", other, 19);
    take_value(one, value, 32);
    put_slot_message(temp_key, other, message);
    np_sha256(NP_BYTES(message), digest);
    assert_memory_equal(digest, value, 32);
    make_image(NP_ATECC608A, eeprom);
    chip_image_put(eeprom, 20 + 26, "0f0f0d1f");
    chip_image_put(eeprom, 96 + 26, "30001200");
    put_public(eeprom, TAIL_AT + 4 * 72);
    put_public(eeprom, TAIL_AT + 5 * 72);
    open_image(&host, NP_ATECC608A, eeprom);
    validate(&host, 3, other);
    validate(&host, 7, other);
    chip_host_close(&host);
}

static void a_parent_validates_and_invalidates_a_key(void **state)
{
    (void)state;
    assert_int_equal(for_each("verify_validate_digest", apply_validate), 1);
}

/* IO key | message | nonce | R | S | 45 | P1 | P2 */
static void model_proof(const uint8_t *io_key, const uint8_t *message, const uint8_t *nonce,
                        const uint8_t *signature, const uint8_t *origin, uint8_t *ret)
{
    const np_bytes parts[] = {np_bytes_of(io_key, 32), np_bytes_of(message, 32),
                              np_bytes_of(nonce, 32), np_bytes_of(signature, 64),
                              np_bytes_of(origin, 4)};
    np_sha256_parts(parts, NP_COUNT_OF(parts), ret);
}

/* Message in TempKey and nonce in the digest buffer, or both in the buffer. */
static void load_proof(chip_host *host, unsigned mode, const uint8_t *message, const uint8_t *nonce)
{
    uint8_t both[64];
    memcpy(both, message, 32);
    memcpy(both + 32, nonce, 32);
    if ((mode & 0x20) != 0) {
        assert_int_equal(run(host, 0x16, 0x63, 0, NP_BYTES(both)), 0);
    } else {
        assert_int_equal(run(host, 0x16, 0x43, 0, np_bytes_of(nonce, 32)), 0);
        pass_through(host, message);
    }
}

static void apply_proof(const json_t *one)
{
    uint8_t io_key[32], message[32], nonce[32], data[128], value[32], digest[32];
    uint8_t eeprom[NP_EEPROM_SIZE];
    chip_host host;
    unsigned mode = number(one, "mode");
    unsigned key_id = number(one, "keyid");
    const uint8_t origin[] = {0x45, (uint8_t)mode, (uint8_t)key_id, 0};
    bool is_external = (mode & 2) != 0;
    take(one, "io_key", io_key, 32);
    take(one, "message", message, 32);
    take(one, "system_nonce", nonce, 32);
    take(one, "signature", data, 64);
    take_value(one, value, 32);
    model_proof(io_key, message, nonce, data, origin, digest);
    assert_memory_equal(digest, value, 32);
    make_image(NP_ATECC608A, eeprom);
    chip_image_put(eeprom, 90, "0260");
    chip_image_put(eeprom, 96 + 18, "3000");
    memcpy(eeprom + IO_AT, io_key, 32);
    put_public(eeprom, TAIL_AT);
    open_image(&host, NP_ATECC608A, eeprom);
    own_signature(message, data);
    own_point(data + 64);
    model_proof(io_key, message, nonce, data, origin, digest);
    load_proof(&host, mode, message, nonce);
    np_bytes sent = np_bytes_of(data, is_external ? 128 : 64);
    expect_digest(&host, 0x45, (uint8_t)mode, (uint16_t)key_id, sent, digest);
    data[5] ^= 1;
    load_proof(&host, mode, message, nonce);
    assert_int_equal(run(&host, 0x45, (uint8_t)mode, (uint16_t)key_id, sent), 0x01);
    chip_host_close(&host);
}

static void a_608_proves_what_it_verified(void **state)
{
    (void)state;
    assert_int_equal(for_each("verify_mac_mode", apply_proof), 4);
}

/* ---- SecureBoot ---- */

/* What the host computes of an IO key, a nonce and a digest, before anything is sent. */
static void apply_boot_key(const json_t *one)
{
    uint8_t io_key[32], temp_key[32], value[32], digest[32];
    take(one, "io_key", io_key, 32);
    take(one, "tempkey", temp_key, 32);
    take_value(one, value, 32);
    const np_bytes parts[] = {NP_BYTES(io_key), NP_BYTES(temp_key)};
    np_sha256_parts(parts, 2, digest);
    assert_memory_equal(digest, value, 32);
}

static void model_boot(const uint8_t *key, const uint8_t *digest, np_bytes signature, unsigned mode,
                       uint8_t *ret)
{
    const uint8_t origin[] = {0x80, (uint8_t)mode, 0, 0};
    const np_bytes parts[] = {np_bytes_of(key, 32), np_bytes_of(digest, 32), signature,
                              NP_BYTES(origin)};
    np_sha256_parts(parts, NP_COUNT_OF(parts), ret);
}

/* The nonce and IO key of the published K; digest in slot 7 or signature in slot 9, key in 15. */
static void boot(const uint8_t *key, const uint8_t *digest, unsigned mode, unsigned config)
{
    static const char nonce_hex[] =
        "9fdc38224c2db94b7122f5b0ddbbfd1a0691418efbb92733932b315475392d5f";
    static const char io_hex[] = "97c6487aac3aeadfa8511f40a2b50052062ec9708607cf70dfdbfbdaead35dd3";
    uint8_t nonce[32], data[96], mac[32], eeprom[NP_EEPROM_SIZE];
    bool is_store = (mode & 7) == 6;
    bool is_digest = (config & 3) == 3;
    chip_host host;
    vector_hex(nonce_hex, nonce, 32);
    make_image(NP_ATECC608A, eeprom);
    chip_image_put(eeprom, IO_AT, io_hex);
    chip_image_put(eeprom, 90, "0260");
    chip_image_put(eeprom, 70, is_digest ? "03f7" : "02f9");
    chip_image_put(eeprom, 96 + 30, "3000");
    put_public(eeprom, TAIL_AT + 6 * 72);
    mask(key, digest, data);
    own_signature(digest, data + 32);
    if (is_store) {
        memcpy(eeprom + NP_EEPROM_DATA + 7 * 36, digest, 32);
        memcpy(eeprom + TAIL_AT, data + 32, 64);
    }
    open_image(&host, NP_ATECC608A, eeprom);
    pass_through(&host, nonce);
    bool has_signature = !is_store || !is_digest;
    model_boot(key, digest, np_bytes_of(data + 32, has_signature ? 64 : 0), mode, mac);
    np_bytes sent = np_bytes_of(data, is_store ? 32 : 96);
    expect_digest(&host, 0x80, (uint8_t)mode, 0, sent, mac);
    data[3] ^= 1;
    pass_through(&host, nonce);
    assert_int_equal(run(&host, 0x80, (uint8_t)mode, 0, sent), 0x01);
    chip_host_close(&host);
}

static void apply_boot(const json_t *one)
{
    uint8_t key[32], digest[32], signature[64], value[32], mac[32];
    unsigned mode = number(one, "mode");
    take(one, "hashed_key", key, 32);
    take(one, "digest", digest, 32);
    size_t len = take(one, "signature", signature, sizeof(signature));
    take_value(one, value, 32);
    model_boot(key, digest, np_bytes_of(signature, len), mode, mac);
    assert_memory_equal(mac, value, 32);
    boot(key, digest, mode, number(one, "secure_boot_config"));
}

static void apply_boot_digest(const json_t *one)
{
    static const char key_hex[] =
        "ad58ed2d29e0b3d2073fbad928ba507e7b276e8a56276510f3a1a8ad3b05d747";
    uint8_t key[32], digest[32], masked[32], value[32];
    vector_hex(key_hex, key, 32);
    take(one, "digest", digest, 32);
    take_value(one, value, 32);
    mask(key, digest, masked);
    assert_memory_equal(masked, value, 32);
}

static void published_boots_are_proved(void **state)
{
    (void)state;
    assert_int_equal(for_each("secureboot_hashed_key", apply_boot_key), 1);
    assert_int_equal(for_each("secureboot_digest_enc", apply_boot_digest), 1);
    assert_int_equal(for_each("secureboot_mac_", apply_boot), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_published_mac_comes_back),
        cmocka_unit_test(every_published_hmac_comes_back),
        cmocka_unit_test(every_published_response_matches),
        cmocka_unit_test(a_good_check_mac_copies_the_next_slot),
        cmocka_unit_test(every_published_gendig_comes_back),
        cmocka_unit_test(encrypted_writes_are_taken_and_read_back_encrypted),
        cmocka_unit_test(a_published_private_key_is_written),
        cmocka_unit_test(published_keys_are_derived),
        cmocka_unit_test(published_digests_of_genkey_come_back),
        cmocka_unit_test(published_messages_are_signed_internally),
        cmocka_unit_test(a_parent_validates_and_invalidates_a_key),
        cmocka_unit_test(a_608_proves_what_it_verified),
        cmocka_unit_test(published_boots_are_proved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
