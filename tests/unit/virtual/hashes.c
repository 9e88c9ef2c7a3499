/* SPDX-License-Identifier: Apache-2.0 */
/* SHA and HMAC by the SHA command, against sha_hmac.csv, sha_context_608.csv and NIST's files. */
#include "crypto/hash.h"
#include "support/chip_host.h"
#include "support/test.h"
#include "support/vectors.h"

enum {
    MESSAGE_MAX = 8192,
    KEY_SLOT = 4,
    KEY_AT = NP_EEPROM_DATA + 36 * KEY_SLOT,
    SHA = 0x47,
    HMAC_START = 4,
};

static uint8_t run(chip_host *host, uint8_t p1, uint16_t p2, np_bytes data, chip_reply *ret)
{
    return chip_host_run(host, SHA, p1, p2, data, ret);
}

/* Both zones locked; the key, if any, in slot 4 of the factory's table. */
static void open_with_key(chip_host *host, np_atecc_model model, const uint8_t *key)
{
    uint8_t eeprom[NP_EEPROM_SIZE];
    chip_image_blank(model, eeprom);
    eeprom[86] = 0;
    eeprom[87] = 0;
    if (key != NULL) {
        memcpy(eeprom + KEY_AT, key, 32);
    }
    chip_host_open_image(host, model, NP_PACE_ZERO, eeprom);
}

/* In whole blocks, or in pieces of an odd size as only a 608 takes them. */
static void digest(chip_host *host, uint8_t start, np_bytes message, size_t piece, uint8_t *ret)
{
    chip_reply reply;
    bool is_508a = np_virtual_chip_model(host->chip) == NP_ATECC508A;
    uint8_t end = is_508a && start == HMAC_START ? 5 : 2;
    size_t at = 0;
    assert_int_equal(run(host, start, start == 0 ? 0 : KEY_SLOT, np_bytes_of(NULL, 0), &reply), 0);
    for (; message.len - at >= piece; at += piece) {
        np_bytes part = np_bytes_of(message.data + at, piece);
        assert_int_equal(run(host, 1, (uint16_t)piece, part, &reply), 0);
    }
    np_bytes rest = np_bytes_of(message.data + at, message.len - at);
    run(host, end, (uint16_t)rest.len, rest, &reply);
    assert_int_equal(reply.data_len, 32);
    memcpy(ret, reply.data, 32);
}

static void expect_on_all(const uint8_t *key, np_bytes message, np_bytes expected)
{
    for (unsigned model = 0; model < NP_ATECC_MODEL_COUNT; model++) {
        uint8_t computed[32];
        chip_host host;
        open_with_key(&host, (np_atecc_model)model, key);
        digest(&host, key == NULL ? 0 : HMAC_START, message, 64, computed);
        assert_memory_equal(computed, expected.data, expected.len);
        if (model != NP_ATECC508A && message.len < 300) {
            digest(&host, key == NULL ? 0 : HMAC_START, message, 7, computed);
            assert_memory_equal(computed, expected.data, expected.len);
        }
        chip_host_close(&host);
    }
}

static void published_digests_and_hmacs_come_back(void **state)
{
    (void)state;
    vector_csv csv;
    unsigned seen = 0;
    vector_csv_open(&csv, "atecc/sha_hmac.csv");
    while (vector_csv_next(&csv)) {
        uint8_t key[32], message[512], expected[32];
        bool is_hmac = strcmp(csv.fields[0], "HMAC-SHA256") == 0;
        size_t len = vector_hex_any(csv.fields[3], message, sizeof(message));
        vector_hex(csv.fields[4], expected, sizeof(expected));
        if (is_hmac) {
            vector_hex(csv.fields[2], key, sizeof(key));
        }
        expect_on_all(is_hmac ? key : NULL, np_bytes_of(message, len), NP_BYTES(expected));
        seen++;
    }
    vector_csv_close(&csv);
    assert_int_equal(seen, 9);
}

static unsigned hash_file(const char *path)
{
    static uint8_t message[MESSAGE_MAX];
    vector_csv lines;
    size_t bits = 0;
    unsigned seen = 0;
    vector_words_open(&lines, path);
    while (vector_words_next(&lines)) {
        if (strcmp(lines.fields[0], "Len") == 0) {
            bits = strtoul(lines.fields[2], NULL, 10);
        } else if (strcmp(lines.fields[0], "Msg") == 0) {
            vector_hex_any(lines.fields[2], message, sizeof(message));
        } else if (strcmp(lines.fields[0], "MD") == 0) {
            uint8_t expected[32];
            vector_hex(lines.fields[2], expected, sizeof(expected));
            expect_on_all(NULL, np_bytes_of(message, bits / 8), NP_BYTES(expected));
            seen++;
        }
    }
    vector_csv_close(&lines);
    return seen;
}

static void nists_messages_have_nists_digests(void **state)
{
    (void)state;
    assert_int_equal(hash_file("atecc/nist/SHA256ShortMsg.rsp"), 65);
    assert_int_equal(hash_file("atecc/nist/SHA256LongMsg.rsp"), 64);
}

/* One row of NIST's file. */
typedef struct hmac_case {
    uint8_t key[128];
    size_t key_len;
    uint8_t message[256];
    size_t len;
    uint8_t tag[32];
    size_t tag_len;
} hmac_case;

/* Runs the rows whose key has at least, and at most, so many bytes; returns how many. */
static unsigned for_each_hmac(size_t least, size_t most, void (*check)(const hmac_case *one))
{
    vector_csv lines;
    hmac_case one = {0};
    unsigned seen = 0;
    vector_words_open(&lines, "atecc/nist/HMAC_sha256.rsp");
    while (vector_words_next(&lines)) {
        if (strcmp(lines.fields[0], "Tlen") == 0) {
            one.tag_len = strtoul(lines.fields[2], NULL, 10);
        } else if (strcmp(lines.fields[0], "Key") == 0) {
            one.key_len = vector_hex_any(lines.fields[2], one.key, sizeof(one.key));
        } else if (strcmp(lines.fields[0], "Msg") == 0) {
            one.len = vector_hex_any(lines.fields[2], one.message, sizeof(one.message));
        } else if (strcmp(lines.fields[0], "Mac") == 0 && one.key_len >= least &&
                   one.key_len <= most) {
            vector_hex(lines.fields[2], one.tag, one.tag_len);
            check(&one);
            seen++;
        }
    }
    vector_csv_close(&lines);
    return seen;
}

static void check_hmac_by_slot(const hmac_case *one)
{
    uint8_t slot[32];
    np_sha256(np_bytes_of(one->key, one->key_len), slot);
    expect_on_all(slot, np_bytes_of(one->message, one->len), np_bytes_of(one->tag, one->tag_len));
}

/* RFC 2104: a key longer than a block is its digest, and that has the 32 bytes of a slot. */
static void nists_hmacs_with_long_keys_come_back(void **state)
{
    (void)state;
    assert_int_equal(for_each_hmac(65, 128, check_hmac_by_slot), 90); /* of 70 and 74 bytes */
}

/* RFC 2104 from without: hash of (key and 5c | hash of (key and 36 | message)). */
static void hmac_by_two_hashes(chip_host *host, const hmac_case *one, uint8_t *ret)
{
    uint8_t inner[64 + sizeof(one->message)], outer[64 + 32];
    for (size_t i = 0; i < 64; i++) {
        uint8_t key = i < one->key_len ? one->key[i] : 0;
        inner[i] = key ^ 0x36;
        outer[i] = key ^ 0x5c;
    }
    memcpy(inner + 64, one->message, one->len);
    digest(host, 0, np_bytes_of(inner, 64 + one->len), 64, outer + 64);
    digest(host, 0, NP_BYTES(outer), 64, ret);
}

static void check_hmac_by_hashes(const hmac_case *one)
{
    for (unsigned model = 0; model < NP_ATECC_MODEL_COUNT; model++) {
        uint8_t computed[32];
        chip_host host;
        open_with_key(&host, (np_atecc_model)model, NULL);
        hmac_by_two_hashes(&host, one, computed);
        assert_memory_equal(computed, one->tag, one->tag_len);
        chip_host_close(&host);
    }
}

/*
 * Keys of 40, 45 and 64 bytes are neither hashed to 32 bytes nor do they fit into them: no slot can
 * hold one, and the HMAC modes cannot be asked. Two plain hashes can.
 */
static void nists_hmacs_with_keys_that_no_slot_holds_come_of_two_hashes(void **state)
{
    (void)state;
    assert_int_equal(for_each_hmac(33, 64, check_hmac_by_hashes), 135);
    assert_int_equal(for_each_hmac(0, 32, check_hmac_by_slot), 0); /* NIST's file has none */
}

/* SHAVS 6.4: each thousandth digest of digests is published, and the seed of the next thousand. */
static void run_thousand(chip_host *host, uint8_t *seed)
{
    uint8_t last[3][32];
    memcpy(last[0], seed, 32);
    memcpy(last[1], seed, 32);
    memcpy(last[2], seed, 32);
    for (unsigned i = 0; i < 1000; i++) {
        uint8_t message[96];
        memcpy(message, last, sizeof(message));
        memmove(last[0], last[1], 64);
        digest(host, 0, NP_BYTES(message), 64, last[2]);
    }
    memcpy(seed, last[2], 32);
}

static void nists_chain_of_digests_of_digests_comes_back(void **state)
{
    (void)state;
    vector_csv lines;
    chip_host host;
    uint8_t seed[32], expected[32];
    unsigned seen = 0;
    open_with_key(&host, NP_ATECC608B, NULL);
    vector_words_open(&lines, "atecc/nist/SHA256Monte.rsp");
    while (vector_words_next(&lines)) {
        if (strcmp(lines.fields[0], "Seed") == 0) {
            vector_hex(lines.fields[2], seed, sizeof(seed));
        } else if (strcmp(lines.fields[0], "MD") == 0) {
            vector_hex(lines.fields[2], expected, sizeof(expected));
            run_thousand(&host, seed);
            assert_memory_equal(seed, expected, sizeof(expected));
            seen++;
        }
    }
    vector_csv_close(&lines);
    chip_host_close(&host);
    assert_int_equal(seen, 100);
}

static void a_context_goes_out_and_comes_back(void **state)
{
    (void)state;
    vector_csv csv;
    unsigned seen = 0;
    vector_csv_open(&csv, "atecc/sha_context_608.csv");
    while (vector_csv_next(&csv)) {
        uint8_t first[64], context[99], second[64], expected[32];
        chip_host host;
        chip_reply reply;
        size_t first_len = vector_hex_any(csv.fields[0], first, sizeof(first));
        size_t context_len = vector_hex_any(csv.fields[1], context, sizeof(context));
        size_t second_len = vector_hex_any(csv.fields[3], second, sizeof(second));
        vector_hex(csv.fields[4], expected, sizeof(expected));
        open_with_key(&host, NP_ATECC608A, NULL);
        run(&host, 0, 0, np_bytes_of(NULL, 0), &reply);
        run(&host, 1, (uint16_t)first_len, np_bytes_of(first, first_len), &reply);
        run(&host, 6, 0, np_bytes_of(NULL, 0), &reply);
        assert_int_equal(reply.data_len, context_len);
        assert_memory_equal(reply.data, context, context_len);
        chip_host_close(&host);
        open_with_key(&host, NP_ATECC608B, NULL);
        np_bytes saved = np_bytes_of(context, context_len);
        assert_int_equal(run(&host, 7, (uint16_t)context_len, saved, &reply), 0);
        run(&host, 2, (uint16_t)second_len, np_bytes_of(second, second_len), &reply);
        assert_int_equal(reply.data_len, 32);
        assert_memory_equal(reply.data, expected, 32);
        chip_host_close(&host);
        seen++;
    }
    vector_csv_close(&csv);
    assert_int_equal(seen, 1);
}

/* The 508A keeps the hash in TempKey; a 608 has room beside it, and three places for the digest. */
static void another_command_ends_a_hash_on_a_508a_only(void **state)
{
    (void)state;
    for (unsigned model = 0; model < NP_ATECC_MODEL_COUNT; model++) {
        chip_host host;
        chip_reply reply;
        open_with_key(&host, (np_atecc_model)model, NULL);
        assert_int_equal(run(&host, 0, 0, np_bytes_of(NULL, 0), &reply), 0);
        chip_host_run(&host, 0x1b, 0, 0, np_bytes_of(NULL, 0), &reply);
        assert_int_equal(run(&host, 2, 0, np_bytes_of(NULL, 0), &reply),
                         model == NP_ATECC508A ? 0x0f : 0);
        assert_int_equal(run(&host, 2, 0, np_bytes_of(NULL, 0), &reply), 0x0f);
        chip_host_close(&host);
    }
}

static void modes_and_lengths_of_sha_are_checked(void **state)
{
    (void)state;
    static const uint8_t zeros[99];
    static const struct {
        uint8_t p1;
        uint16_t p2;
        uint8_t len;
        uint8_t status_508a;
        uint8_t status_608;
    } rows[] = {
        {0x00, 0, 1, 3, 3},    {0x00, 1, 0, 3, 3},       {0x01, 63, 63, 3, 0}, {0x01, 0, 0, 3, 3},
        {0x01, 65, 65, 3, 3},  {0x01, 64, 63, 3, 3},     {0x02, 65, 65, 3, 3}, {0x82, 0, 0, 3, 3},
        {0x05, 0, 0, 0x0f, 3}, {0x03, 16, 0, 3, 3},      {0x06, 0, 1, 3, 3},   {0x07, 35, 35, 3, 3},
        {0x41, 64, 64, 3, 3},  {0x08, 0, 0, 3, 3},       {0x04, 0, 1, 3, 3},   {0x07, 37, 37, 3, 3},
        {0x03, 0, 0, 0x0f, 3}, {0x04, 0, 0, 0x0f, 0x0f},
    };
    for (size_t i = 0; i < NP_COUNT_OF(rows) * 2; i++) {
        bool is_608 = i % 2 != 0;
        chip_host host;
        chip_reply reply;
        open_with_key(&host, is_608 ? NP_ATECC608B : NP_ATECC508A, NULL);
        run(&host, 0, 0, np_bytes_of(NULL, 0), &reply);
        assert_int_equal(
            run(&host, rows[i / 2].p1, rows[i / 2].p2, np_bytes_of(zeros, rows[i / 2].len), &reply),
            is_608 ? rows[i / 2].status_608 : rows[i / 2].status_508a);
        chip_host_close(&host);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_digests_and_hmacs_come_back),
        cmocka_unit_test(nists_messages_have_nists_digests),
        cmocka_unit_test(nists_hmacs_with_long_keys_come_back),
        cmocka_unit_test(nists_hmacs_with_keys_that_no_slot_holds_come_of_two_hashes),
        cmocka_unit_test(nists_chain_of_digests_of_digests_comes_back),
        cmocka_unit_test(a_context_goes_out_and_comes_back),
        cmocka_unit_test(another_command_ends_a_hash_on_a_508a_only),
        cmocka_unit_test(modes_and_lengths_of_sha_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
