/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AES, KDF and ECDH against published answers. NIST's files for modes of operation are run with
 * every block of AES computed by the chip.
 */
#include "support/chip_host.h"
#include "support/reference.h"
#include "support/test.h"
#include "support/vectors.h"
#include <jansson.h>

enum {
    AES = 0x51,
    AES_SLOT = 9,
    AES_SLOT_AT = NP_EEPROM_DATA + 288 + 416,
    KDF = 0x56,
    ECDH = 0x43,
    ECDH_SLOT = 1,
    IO_SLOT = 6,
    IO_AT = NP_EEPROM_DATA + 36 * IO_SLOT,
    TEXT_MAX = 1024,
};

/* Both zones locked, AES enabled; slot 9 for AES keys, slot 6 the IO protection key. */
static void make_image(np_atecc_model model, uint8_t *eeprom)
{
    chip_image_blank(model, eeprom);
    eeprom[86] = 0;
    eeprom[87] = 0;
    eeprom[13] |= 0x01;
    chip_image_put(eeprom, 20 + 2 * AES_SLOT, "8f0f");
    chip_image_put(eeprom, 96 + 2 * AES_SLOT, "1a00");
    if (model != NP_ATECC508A) {
        chip_image_put(eeprom, 90, "0660"); /* IO protection by slot 6, KDF with AES */
    }
}

static void load_keys(chip_host *host, const uint8_t *keys)
{
    chip_reply reply;
    assert_int_equal(chip_host_run(host, 0x16, 0x23, 0, np_bytes_of(keys, 64), &reply), 0);
}

static void crypt_block(chip_host *host, uint8_t p1, uint16_t key_id, const uint8_t *block,
                        uint8_t *ret)
{
    chip_reply reply;
    chip_host_run(host, AES, p1, key_id, np_bytes_of(block, 16), &reply);
    assert_int_equal(reply.data_len, 16);
    memcpy(ret, reply.data, 16);
}

static void published_blocks_come_back_from_temp_key_and_slot(void **state)
{
    (void)state;
    vector_csv csv;
    unsigned seen = 0;
    vector_csv_open(&csv, "atecc/aes_ecb_608.csv");
    while (vector_csv_next(&csv)) {
        uint8_t keys[64] = {0}, plain[16], cipher[16], result[16], eeprom[NP_EEPROM_SIZE];
        chip_host host;
        unsigned position = (unsigned)strtoul(csv.fields[2], NULL, 10);
        uint8_t p1 = (uint8_t)(position << 6);
        vector_hex(csv.fields[1], keys + 16 * position, 16);
        vector_hex(csv.fields[3], plain, 16);
        vector_hex(csv.fields[4], cipher, 16);
        make_image(NP_ATECC608A, eeprom);
        memcpy(eeprom + AES_SLOT_AT, keys, 64);
        chip_host_open_image(&host, NP_ATECC608A, NP_PACE_ZERO, eeprom);
        load_keys(&host, keys);
        for (unsigned is_slot = 0; is_slot < 2; is_slot++) {
            uint16_t key_id = is_slot ? AES_SLOT : 0xffff;
            crypt_block(&host, p1, key_id, plain, result);
            assert_memory_equal(result, cipher, 16);
            crypt_block(&host, p1 | 1, key_id, cipher, result);
            assert_memory_equal(result, plain, 16);
        }
        chip_host_close(&host);
        seen++;
    }
    vector_csv_close(&csv);
    assert_int_equal(seen, 17);
}

static void a_published_ghash_product_comes_back(void **state)
{
    (void)state;
    vector_csv csv;
    unsigned seen = 0;
    vector_csv_open(&csv, "atecc/aes_gfm_608.csv");
    while (vector_csv_next(&csv)) {
        uint8_t data[32], expected[16], eeprom[NP_EEPROM_SIZE];
        chip_host host;
        chip_reply reply;
        vector_hex(csv.fields[0], data, 16);
        vector_hex(csv.fields[1], data + 16, 16);
        vector_hex(csv.fields[2], expected, 16);
        make_image(NP_ATECC608B, eeprom);
        chip_host_open_image(&host, NP_ATECC608B, NP_PACE_ZERO, eeprom);
        chip_host_run(&host, AES, 0x03, 0, NP_BYTES(data), &reply);
        assert_int_equal(reply.data_len, 16);
        assert_memory_equal(reply.data, expected, 16);
        chip_host_close(&host);
        seen++;
    }
    vector_csv_close(&csv);
    assert_int_equal(seen, 1);
}

static void open_for_aes(chip_host *host)
{
    uint8_t eeprom[NP_EEPROM_SIZE];
    make_image(NP_ATECC608A, eeprom);
    chip_host_open_image(host, NP_ATECC608A, NP_PACE_ZERO, eeprom);
}

static void take_key(chip_host *host, const char *hex)
{
    uint8_t keys[64] = {0};
    vector_hex(hex, keys, 16);
    load_keys(host, keys);
}

static void exclusive_or(uint8_t *block, const uint8_t *other, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        block[i] ^= other[i];
    }
}

/* SP 800-38A 6.2 with the chip's blocks. */
static void check_cbc(chip_host *host, bool is_decrypt, const uint8_t *iv, const uint8_t *plain,
                      const uint8_t *cipher, size_t len)
{
    for (size_t at = 0; at < len; at += 16) {
        const uint8_t *before = at == 0 ? iv : cipher + at - 16;
        uint8_t block[16];
        memcpy(block, plain + at, 16);
        exclusive_or(block, before, 16);
        uint8_t result[16];
        crypt_block(host, is_decrypt, 0xffff, is_decrypt ? cipher + at : block, result);
        assert_memory_equal(result, is_decrypt ? block : cipher + at, 16);
    }
}

static void nists_cbc_messages_are_met_block_by_block(void **state)
{
    (void)state;
    vector_csv lines;
    chip_host host;
    uint8_t iv[16], plain[512], cipher[512];
    bool is_decrypt = false;
    size_t len = 0;
    unsigned seen = 0;
    open_for_aes(&host);
    vector_words_open(&lines, "atecc/nist/CBCMMT128.rsp");
    while (vector_words_next(&lines)) {
        const char *name = lines.fields[0];
        is_decrypt = is_decrypt || strcmp(name, "[DECRYPT]") == 0;
        if (strcmp(name, "KEY") == 0) {
            take_key(&host, lines.fields[2]);
        } else if (strcmp(name, "IV") == 0) {
            vector_hex(lines.fields[2], iv, 16);
        } else if (strcmp(name, "PLAINTEXT") == 0) {
            len = vector_hex_any(lines.fields[2], plain, sizeof(plain));
        } else if (strcmp(name, "CIPHERTEXT") == 0) {
            len = vector_hex_any(lines.fields[2], cipher, sizeof(cipher));
        }
        if (strcmp(name, is_decrypt ? "PLAINTEXT" : "CIPHERTEXT") == 0) {
            check_cbc(&host, is_decrypt, iv, plain, cipher, len);
            seen++;
        }
    }
    vector_csv_close(&lines);
    chip_host_close(&host);
    assert_int_equal(seen, 20);
}

/* Doubling in GF(2^128) as SP 800-38B 6.1 has it. */
static void double_block(uint8_t *block)
{
    uint8_t carry = block[0] >> 7;
    for (size_t i = 0; i < 16; i++) {
        uint8_t next = i < 15 ? block[i + 1] >> 7 : 0;
        block[i] = (uint8_t)(block[i] << 1 | next);
    }
    block[15] = (uint8_t)(block[15] ^ (carry ? 0x87 : 0));
}

/* SP 800-38B 6.2 with the chip's blocks. */
static void compute_cmac(chip_host *host, const uint8_t *message, size_t len, uint8_t *ret)
{
    uint8_t subkey[16] = {0}, last[16] = {0};
    crypt_block(host, 0, 0xffff, subkey, subkey);
    double_block(subkey);
    bool is_whole = len > 0 && len % 16 == 0;
    size_t before = len == 0 ? 0 : (len - 1) / 16 * 16;
    memcpy(last, message + before, len - before);
    if (!is_whole) {
        last[len - before] = 0x80;
        double_block(subkey);
    }
    exclusive_or(last, subkey, 16);
    memset(ret, 0, 16);
    for (size_t at = 0; at < before; at += 16) {
        exclusive_or(ret, message + at, 16);
        crypt_block(host, 0, 0xffff, ret, ret);
    }
    exclusive_or(ret, last, 16);
    crypt_block(host, 0, 0xffff, ret, ret);
}

static void nists_cmacs_come_back(void **state)
{
    (void)state;
    vector_csv lines;
    chip_host host;
    static uint8_t message[TEXT_MAX];
    uint8_t mac[16], expected[16];
    size_t len = 0, tag_len = 0;
    unsigned seen = 0;
    open_for_aes(&host);
    vector_words_open(&lines, "atecc/nist/CMACGenAES128.rsp");
    while (vector_words_next(&lines)) {
        const char *name = lines.fields[0];
        if (strcmp(name, "Mlen") == 0) {
            len = strtoul(lines.fields[2], NULL, 10);
        } else if (strcmp(name, "Tlen") == 0) {
            tag_len = strtoul(lines.fields[2], NULL, 10);
        } else if (strcmp(name, "Key") == 0) {
            take_key(&host, lines.fields[2]);
        } else if (strcmp(name, "Msg") == 0) {
            vector_hex_any(lines.fields[2], message, sizeof(message));
        } else if (strcmp(name, "Mac") == 0) {
            vector_hex(lines.fields[2], expected, tag_len);
            compute_cmac(&host, message, len, mac);
            assert_memory_equal(mac, expected, tag_len);
            seen++;
        }
    }
    vector_csv_close(&lines);
    chip_host_close(&host);
    assert_int_equal(seen, 80);
}

/* What a row of the CCM file says, headings included. */
typedef struct ccm_case {
    size_t text_len;
    size_t extra_len;
    size_t tag_len;
    size_t nonce_len;
    uint8_t nonce[16];
    uint8_t extra[64];
    uint8_t text[64];
} ccm_case;

static void add_to_mac(chip_host *host, uint8_t *mac, const uint8_t *bytes, size_t len)
{
    for (size_t at = 0; at < len; at += 16) {
        exclusive_or(mac, bytes + at, len - at < 16 ? len - at : 16);
        crypt_block(host, 0, 0xffff, mac, mac);
    }
}

/* SP 800-38C, appendix A.2: first block, associated data with its length, text. */
static void compute_ccm_mac(chip_host *host, const ccm_case *one, uint8_t *ret)
{
    uint8_t extra[80] = {0, (uint8_t)one->extra_len};
    size_t flags = (one->extra_len > 0 ? 64 : 0) + (one->tag_len - 2) / 2 * 8 + 14 - one->nonce_len;
    memset(ret, 0, 16);
    ret[0] = (uint8_t)flags;
    memcpy(ret + 1, one->nonce, one->nonce_len);
    ret[15] = (uint8_t)one->text_len;
    crypt_block(host, 0, 0xffff, ret, ret);
    if (one->extra_len > 0) {
        memcpy(extra + 2, one->extra, one->extra_len);
        add_to_mac(host, ret, extra, one->extra_len + 2);
    }
    add_to_mac(host, ret, one->text, one->text_len);
}

static void compute_ccm(chip_host *host, const ccm_case *one, uint8_t *ret)
{
    uint8_t mac[16], stream[16];
    compute_ccm_mac(host, one, mac);
    uint8_t counter[16] = {(uint8_t)(14 - one->nonce_len)};
    memcpy(counter + 1, one->nonce, one->nonce_len);
    crypt_block(host, 0, 0xffff, counter, stream);
    exclusive_or(mac, stream, 16);
    memcpy(ret, one->text, one->text_len);
    for (size_t at = 0; at < one->text_len; at += 16) {
        counter[15]++;
        crypt_block(host, 0, 0xffff, counter, stream);
        exclusive_or(ret + at, stream, one->text_len - at < 16 ? one->text_len - at : 16);
    }
    memcpy(ret + one->text_len, mac, one->tag_len);
}

/* "Alen = 32" and "[Alen = 32]" alike. */
static void take_length(ccm_case *one, const vector_csv *lines)
{
    const char *name = lines->fields[0] + (lines->fields[0][0] == '[');
    size_t value = lines->field_count > 2 ? strtoul(lines->fields[2], NULL, 10) : 0;
    size_t *lengths[] = {&one->extra_len, &one->text_len, &one->tag_len, &one->nonce_len};
    static const char *const names[] = {"Alen", "Plen", "Tlen", "Nlen"};
    for (size_t i = 0; i < NP_COUNT_OF(names); i++) {
        if (strcmp(name, names[i]) == 0) {
            *lengths[i] = value;
        }
    }
}

static void nists_ccm_texts_come_back(void **state)
{
    (void)state;
    vector_csv lines;
    chip_host host;
    ccm_case one = {0};
    uint8_t expected[96], computed[96];
    unsigned seen = 0;
    open_for_aes(&host);
    vector_words_open(&lines, "atecc/nist/VNT128.rsp");
    while (vector_words_next(&lines)) {
        const char *name = lines.fields[0];
        take_length(&one, &lines);
        if (strcmp(name, "Key") == 0) {
            take_key(&host, lines.fields[2]);
        } else if (strcmp(name, "Nonce") == 0) {
            vector_hex(lines.fields[2], one.nonce, one.nonce_len);
        } else if (strcmp(name, "Adata") == 0) {
            vector_hex_any(lines.fields[2], one.extra, sizeof(one.extra));
        } else if (strcmp(name, "Payload") == 0) {
            vector_hex_any(lines.fields[2], one.text, sizeof(one.text));
        } else if (strcmp(name, "CT") == 0) {
            vector_hex(lines.fields[2], expected, one.text_len + one.tag_len);
            compute_ccm(&host, &one, computed);
            assert_memory_equal(computed, expected, one.text_len + one.tag_len);
            seen++;
        }
    }
    vector_csv_close(&lines);
    chip_host_close(&host);
    assert_int_equal(seen, 70);
}

/* The host's side of it, against the case of host_digests.json. */
static void the_hosts_unmasking_is_the_published_one(void **state)
{
    (void)state;
    size_t len = 0;
    char *text = (char *)vector_load("atecc/host_digests.json", &len);
    json_t *root = json_loads(text, 0, NULL);
    const json_t *cases = json_object_get(root, "cases");
    const json_t *one = json_array_get(cases, json_array_size(cases) - 1);
    const json_t *inputs = json_object_get(one, "inputs");
    uint8_t io_key[32], bytes[96], expected[64], plain[64];
    free(text);
    assert_string_equal(json_string_value(json_object_get(one, "name")), "io_decrypt_64");
    vector_hex(json_string_value(json_object_get(inputs, "io_key")), io_key, 32);
    vector_hex(json_string_value(json_object_get(inputs, "data")), bytes, 64);
    vector_hex(json_string_value(json_object_get(inputs, "out_nonce")), bytes + 64, 32);
    vector_hex(json_string_value(json_object_get(one, "value")), expected, 64);
    reference_unmask(io_key, NP_BYTES(bytes), plain);
    assert_memory_equal(plain, expected, sizeof(plain));
    json_decref(root);
}

/* Clear (target 4), and the same bytes encrypted (target 5). */
static void published_derivations_come_back(void **state)
{
    (void)state;
    vector_csv csv;
    unsigned seen = 0;
    vector_csv_open(&csv, "atecc/kdf_608.csv");
    while (vector_csv_next(&csv)) {
        uint8_t key[32], data[64], expected[64], plain[64], eeprom[NP_EEPROM_SIZE];
        uint8_t p1 = (uint8_t)strtoul(csv.fields[1], NULL, 16);
        uint16_t p2 = (uint16_t)strtoul(csv.fields[2], NULL, 16);
        chip_host host;
        chip_reply reply;
        vector_hex(csv.fields[3], data, 4);
        vector_hex(csv.fields[4], key, sizeof(key));
        size_t len = 4 + vector_hex_any(csv.fields[5], data + 4, sizeof(data) - 4);
        size_t size = vector_hex_any(csv.fields[6], expected, sizeof(expected));
        make_image(NP_ATECC608A, eeprom);
        chip_host_open_image(&host, NP_ATECC608A, NP_PACE_ZERO, eeprom);
        assert_int_equal(chip_host_run(&host, 0x16, 0x03, 0, NP_BYTES(key), &reply), 0);
        chip_host_run(&host, KDF, p1, p2, np_bytes_of(data, len), &reply);
        assert_int_equal(reply.data_len, size);
        assert_memory_equal(reply.data, expected, size);
        chip_host_run(&host, KDF, p1 | 0x04, p2, np_bytes_of(data, len), &reply);
        assert_int_equal(reply.data_len, size + 32);
        reference_unmask(eeprom + IO_AT, np_bytes_of(reply.data, reply.data_len), plain);
        assert_memory_equal(plain, expected, size);
        chip_host_close(&host);
        seen++;
    }
    vector_csv_close(&csv);
    assert_int_equal(seen, 3);
}

/* The bytes "iv" must stand at 9 (C). The message is wrong in one place, or right. */
static void hkdf_looks_for_the_configured_bytes(void **state)
{
    (void)state;
    uint8_t eeprom[NP_EEPROM_SIZE];
    chip_host host;
    chip_reply reply;
    uint8_t data[20] = {0x03, 0, 0, 16};
    make_image(NP_ATECC608A, eeprom);
    chip_image_put(eeprom, 72, "096976");
    chip_host_open_image(&host, NP_ATECC608A, NP_PACE_ZERO, eeprom);
    assert_int_equal(chip_host_run(&host, 0x16, 0x03, 0, np_bytes_of(eeprom, 32), &reply), 0);
    memcpy(data + 4 + 9, "iw", 2);
    assert_int_equal(chip_host_run(&host, KDF, 0x50, 0, NP_BYTES(data), &reply), 0x0f);
    memcpy(data + 4 + 9, "iv", 2);
    chip_host_run(&host, KDF, 0x50, 0, NP_BYTES(data), &reply);
    assert_int_equal(reply.data_len, 32);
    data[3] = 10;
    assert_int_equal(chip_host_run(&host, KDF, 0x50, 0, np_bytes_of(data, 14), &reply), 0x0f);
    chip_host_close(&host);
}

static void put_private(uint8_t *eeprom, const char *hex)
{
    uint8_t *slot = eeprom + NP_EEPROM_DATA + 36 * ECDH_SLOT;
    memset(slot, 0, 4);
    vector_hex(hex, slot + 4, 32);
}

static void expect_secret(chip_host *host, uint8_t p1, const uint8_t *point, const uint8_t *secret)
{
    chip_reply reply;
    uint8_t plain[32];
    chip_host_run(host, ECDH, p1, ECDH_SLOT, np_bytes_of(point, 64), &reply);
    bool is_encrypted = (p1 & 2) != 0;
    assert_int_equal(reply.data_len, is_encrypted ? 64 : 32);
    memcpy(plain, reply.data, 32);
    if (is_encrypted) {
        reference_unmask(np_virtual_chip_eeprom(host->chip) + IO_AT,
                         np_bytes_of(reply.data, reply.data_len), plain);
    }
    assert_memory_equal(plain, secret, 32);
}

/* Slot 1 of the factory's table: ReadKey 7 lets the secret out. */
static void nists_shared_secrets_come_back(void **state)
{
    (void)state;
    vector_csv csv;
    unsigned seen = 0;
    vector_csv_open(&csv, "atecc/nist/ecdh_p256.csv");
    while (vector_csv_next(&csv)) {
        uint8_t point[64], secret[32];
        vector_hex(csv.fields[0], point, 32);
        vector_hex(csv.fields[1], point + 32, 32);
        vector_hex(csv.fields[3], secret, 32);
        for (unsigned model = 0; model < NP_ATECC_MODEL_COUNT; model++) {
            uint8_t eeprom[NP_EEPROM_SIZE];
            chip_host host;
            make_image((np_atecc_model)model, eeprom);
            put_private(eeprom, csv.fields[2]);
            chip_host_open_image(&host, (np_atecc_model)model, NP_PACE_ZERO, eeprom);
            expect_secret(&host, 0x00, point, secret);
            if (model != NP_ATECC508A) {
                expect_secret(&host, 0x0c, point, secret);
                expect_secret(&host, 0x0e, point, secret);
            }
            chip_host_close(&host);
        }
        seen++;
    }
    vector_csv_close(&csv);
    assert_int_equal(seen, 25);
}

/* Slot 2 (ReadKey F) stores in slot 3; a point that no curve has is refused; 0c does not help. */
static void a_secret_that_must_be_stored_is_not_answered(void **state)
{
    (void)state;
    vector_csv csv;
    uint8_t point[64], secret[32], eeprom[NP_EEPROM_SIZE];
    chip_host host;
    chip_reply reply;
    vector_csv_open(&csv, "atecc/nist/ecdh_p256.csv");
    assert_true(vector_csv_next(&csv));
    vector_hex(csv.fields[0], point, 32);
    vector_hex(csv.fields[1], point + 32, 32);
    vector_hex(csv.fields[3], secret, 32);
    make_image(NP_ATECC608A, eeprom);
    memset(eeprom + NP_EEPROM_DATA + 72, 0, 4);
    vector_hex(csv.fields[2], eeprom + NP_EEPROM_DATA + 76, 32);
    vector_csv_close(&csv);
    chip_host_open_image(&host, NP_ATECC608A, NP_PACE_ZERO, eeprom);
    assert_int_equal(chip_host_run(&host, ECDH, 0x0c, 2, NP_BYTES(point), &reply), 0x0f);
    assert_int_equal(chip_host_run(&host, ECDH, 0x00, 2, NP_BYTES(point), &reply), 0);
    assert_int_equal(reply.data_len, 1);
    assert_memory_equal(np_virtual_chip_eeprom(host.chip) + NP_EEPROM_DATA + 108, secret, 32);
    point[63] ^= 1;
    assert_int_equal(chip_host_run(&host, ECDH, 0x00, 2, NP_BYTES(point), &reply), 0x0f);
    chip_host_close(&host);
}

/* GenKey FFFF, then ECDH from TempKey: the other side's secret is the same. */
static void an_ephemeral_key_agrees(void **state)
{
    (void)state;
    uint8_t scalar[32] = {0x11, 0x22}, point[64], ephemeral[64], expected[32];
    uint8_t eeprom[NP_EEPROM_SIZE];
    bool is_valid = false;
    np_p256_key *key = NULL;
    chip_host host;
    chip_reply reply;
    make_image(NP_ATECC608B, eeprom);
    chip_host_open_image(&host, NP_ATECC608B, NP_PACE_ZERO, eeprom);
    assert_int_equal(np_p256_from_scalar(scalar, &key, NULL), NP_OK);
    np_p256_public(key, point);
    chip_host_run(&host, 0x40, 0x04, 0xffff, np_bytes_of(NULL, 0), &reply);
    assert_int_equal(reply.data_len, 64);
    memcpy(ephemeral, reply.data, 64);
    assert_int_equal(np_p256_agree(key, ephemeral, expected, &is_valid, NULL), NP_OK);
    np_p256_free(key);
    chip_host_run(&host, ECDH, 0x0d, 0, NP_BYTES(point), &reply);
    assert_int_equal(reply.data_len, 32);
    assert_memory_equal(reply.data, expected, 32);
    assert_int_equal(chip_host_run(&host, ECDH, 0x0d, 0, NP_BYTES(point), &reply), 0x0f);
    chip_host_close(&host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_blocks_come_back_from_temp_key_and_slot),
        cmocka_unit_test(a_published_ghash_product_comes_back),
        cmocka_unit_test(nists_cbc_messages_are_met_block_by_block),
        cmocka_unit_test(nists_cmacs_come_back),
        cmocka_unit_test(nists_ccm_texts_come_back),
        cmocka_unit_test(the_hosts_unmasking_is_the_published_one),
        cmocka_unit_test(published_derivations_come_back),
        cmocka_unit_test(hkdf_looks_for_the_configured_bytes),
        cmocka_unit_test(nists_shared_secrets_come_back),
        cmocka_unit_test(a_secret_that_must_be_stored_is_not_answered),
        cmocka_unit_test(an_ephemeral_key_agrees),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
