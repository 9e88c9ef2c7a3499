/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole AES-GCM messages with every block cipher and every multiplication by the chip; the host
 * counts, pads and adds as SP 800-38D says. Expected: the test cases of the GCM submission to NIST,
 * and libcrypto for lengths that they leave out.
 */
#include "support/chip_host.h"
#include "support/reference.h"
#include "support/test.h"
#include "support/vectors.h"

enum { AES = 0x51, ENCRYPT = 0, GFM = 3, IN_TEMP_KEY = 0xffff, IV_USUAL = 12, TEXT_MAX = 96 };

typedef struct gcm_run {
    chip_host host;
    uint8_t hash_key[16];
    uint8_t sum[16];
} gcm_run;

static void open_with_key(gcm_run *run, np_bytes key)
{
    uint8_t eeprom[NP_EEPROM_SIZE], keys[32] = {0};
    chip_reply reply;
    chip_image_blank(NP_ATECC608B, eeprom);
    eeprom[86] = 0;
    eeprom[87] = 0;
    *run = (gcm_run){0};
    memcpy(keys, key.data, 16);
    chip_host_open_image(&run->host, NP_ATECC608B, NP_PACE_ZERO, eeprom);
    assert_int_equal(chip_host_run(&run->host, 0x16, 0x03, 0, NP_BYTES(keys), &reply), 0);
}

static void exclusive_or(uint8_t *block, const uint8_t *other, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        block[i] ^= other[i];
    }
}

static void cipher(gcm_run *run, const uint8_t *block, uint8_t *ret)
{
    chip_reply reply;
    chip_host_run(&run->host, AES, ENCRYPT, IN_TEMP_KEY, np_bytes_of(block, 16), &reply);
    assert_int_equal(reply.data_len, 16);
    memcpy(ret, reply.data, 16);
}

/* One step of GHASH: a block, zeros behind it, is added and the sum multiplied. */
static void hash_part(gcm_run *run, const uint8_t *bytes, size_t len)
{
    uint8_t data[32];
    chip_reply reply;
    exclusive_or(run->sum, bytes, len);
    memcpy(data, run->hash_key, 16);
    memcpy(data + 16, run->sum, 16);
    chip_host_run(&run->host, AES, GFM, 0, NP_BYTES(data), &reply);
    assert_int_equal(reply.data_len, 16);
    memcpy(run->sum, reply.data, 16);
}

static void hash_text(gcm_run *run, np_bytes text)
{
    for (size_t at = 0; at < text.len; at += 16) {
        hash_part(run, text.data + at, text.len - at < 16 ? text.len - at : 16);
    }
}

/* Two lengths in bits, big endian; no text here is longer than 2^13 of them. */
static void hash_lengths(gcm_run *run, size_t first, size_t second)
{
    uint8_t block[16] = {0};
    block[6] = (uint8_t)(first * 8 >> 8);
    block[7] = (uint8_t)(first * 8);
    block[14] = (uint8_t)(second * 8 >> 8);
    block[15] = (uint8_t)(second * 8);
    hash_part(run, block, sizeof(block));
}

static void first_counter(gcm_run *run, np_bytes iv, uint8_t *ret)
{
    memset(ret, 0, 16);
    if (iv.len == IV_USUAL) {
        memcpy(ret, iv.data, iv.len);
        ret[15] = 1;
        return;
    }
    hash_text(run, iv);
    hash_lengths(run, 0, iv.len);
    memcpy(ret, run->sum, 16);
    memset(run->sum, 0, 16);
}

static void count_up(uint8_t *counter)
{
    for (size_t i = 16; i-- > 12 && ++counter[i] == 0;) {
    }
}

static void encrypt_by_chip(const reference_gcm_case *one, uint8_t *ret_cipher, uint8_t *ret_tag)
{
    static const uint8_t zeros[16];
    gcm_run run;
    uint8_t counter[16], stream[16], mask[16];
    open_with_key(&run, one->key);
    cipher(&run, zeros, run.hash_key);
    first_counter(&run, one->iv, counter);
    cipher(&run, counter, mask);
    if (one->text.len > 0) {
        memcpy(ret_cipher, one->text.data, one->text.len);
    }
    for (size_t at = 0; at < one->text.len; at += 16) {
        count_up(counter);
        cipher(&run, counter, stream);
        exclusive_or(ret_cipher + at, stream, one->text.len - at < 16 ? one->text.len - at : 16);
    }
    hash_text(&run, one->extra);
    hash_text(&run, np_bytes_of(ret_cipher, one->text.len));
    hash_lengths(&run, one->extra.len, one->text.len);
    memcpy(ret_tag, run.sum, 16);
    exclusive_or(ret_tag, mask, 16);
    chip_host_close(&run.host);
}

#define KEY "feffe9928665731c6d6a8f9467308308"
#define TEXT                                                                                       \
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6" \
    "b525b16aedf5aa0de657ba637b39"
#define EXTRA "feedfacedeadbeeffeedfacedeadbeefabaddad2"

/* McGrew and Viega, "The Galois/Counter Mode of Operation", appendix B, cases 1 to 6. */
static const struct {
    const char *key;
    const char *iv;
    const char *extra;
    const char *text;
    const char *cipher;
    const char *tag;
} published[] = {
    {"00000000000000000000000000000000", "000000000000000000000000", "", "", "",
     "58e2fccefa7e3061367f1d57a4e7455a"},
    {"00000000000000000000000000000000", "000000000000000000000000", "",
     "00000000000000000000000000000000", "0388dace60b6a392f328c2b971b2fe78",
     "ab6e47d42cec13bdf53a67b21257bddf"},
    {KEY, "cafebabefacedbaddecaf888", "", TEXT "1aafd255",
     "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84"
     "aa051ba30b396a0aac973d58e091473f5985",
     "4d5c2af327cd64a62cf35abd2ba6fab4"},
    {KEY, "cafebabefacedbaddecaf888", EXTRA, TEXT,
     "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84"
     "aa051ba30b396a0aac973d58e091",
     "5bc94fbc3221a5db94fae95ae7121a47"},
    {KEY, "cafebabefacedbad", EXTRA, TEXT,
     "61353b4c2806934a777ff51fa22a4755699b2a714fcdc6f83766e5f97b6c742373806900e49f24b22b097544d489"
     "6b424989b5e1ebac0f07c23f4598",
     "3612d2e79e3b0785561be14aaca2fccb"},
    {KEY,
     "9313225df88406e555909c5aff5269aa6a7a9538534f7da1e4c303d2a318a728c3c0c95156809539fcf0e2429a6b"
     "525416aedbf5a0de6a57a637b39b",
     EXTRA, TEXT,
     "8ce24998625615b603a033aca13fb894be9112a5c3a211a8ba262a3cca7e2ca701e4a9a4fba43c90ccdcb281d48c"
     "7c6fd62875d2aca417034c34aee5",
     "619cc5aefffe0bfa462af43c1699d050"},
};

static void published_messages_come_back_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < NP_COUNT_OF(published); i++) {
        uint8_t key[16], iv[64], extra[32], text[TEXT_MAX], expected[TEXT_MAX], tag[16];
        uint8_t computed[TEXT_MAX], computed_tag[16];
        vector_hex(published[i].key, key, sizeof(key));
        vector_hex(published[i].tag, tag, sizeof(tag));
        const reference_gcm_case one = {
            .key = NP_BYTES(key),
            .iv = np_bytes_of(iv, vector_hex_any(published[i].iv, iv, sizeof(iv))),
            .extra = np_bytes_of(extra, vector_hex_any(published[i].extra, extra, sizeof(extra))),
            .text = np_bytes_of(text, vector_hex_any(published[i].text, text, sizeof(text)))};
        vector_hex(published[i].cipher, expected, one.text.len);
        encrypt_by_chip(&one, computed, computed_tag);
        assert_memory_equal(computed, expected, one.text.len);
        assert_memory_equal(computed_tag, tag, sizeof(tag));
    }
}

/* Around the ends of blocks, and a counter that carries. */
static void every_length_comes_out_as_libcrypto_has_it(void **state)
{
    (void)state;
    uint8_t bytes[TEXT_MAX], expected[TEXT_MAX], computed[TEXT_MAX], tag[16], computed_tag[16];
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t)(i * 29 + 7);
    }
    for (size_t len = 0; len <= 49; len++) {
        const reference_gcm_case one = {.key = np_bytes_of(bytes + len, 16),
                                        .iv = np_bytes_of(bytes + 3, 1 + len % 20),
                                        .extra = np_bytes_of(bytes + 11, len * 7 % 34),
                                        .text = np_bytes_of(bytes + 20, len)};
        reference_gcm(&one, expected, tag);
        encrypt_by_chip(&one, computed, computed_tag);
        assert_memory_equal(computed, expected, len);
        assert_memory_equal(computed_tag, tag, sizeof(tag));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_messages_come_back_whole),
        cmocka_unit_test(every_length_comes_out_as_libcrypto_has_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
