/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What real parts answered (silicon_observations.csv, transactions_508a_mattborja.csv), and what
 * the vendor's own test suite demands of them (expected_statuses.csv). Every row is applied.
 */
#include "crypto/hash.h"
#include "support/chip_host.h"
#include "support/test.h"
#include "support/vectors.h"

static const uint8_t zeros[32];

typedef struct row_test {
    const char *device;
    const char *state;
    const char *what;
    void (*apply)(chip_host *host, const vector_csv *row);
} row_test;

static np_atecc_model model_of(const char *device)
{
    if (strcmp(device, "608A") == 0 || strcmp(device, "608") == 0) {
        return NP_ATECC608A;
    }
    return strcmp(device, "608B") == 0 ? NP_ATECC608B : NP_ATECC508A;
}

static void open_in_state(chip_host *host, const char *device, const char *state,
                          const uint8_t *eeprom)
{
    uint8_t image[NP_EEPROM_SIZE];
    memcpy(image, eeprom, sizeof(image));
    bool is_data_locked = strstr(state, "data locked") == state || strcmp(state, "locked") == 0;
    bool is_config_locked = is_data_locked || strstr(state, "config locked") == state;
    image[87] = is_config_locked ? 0x00 : 0x55;
    image[86] = is_data_locked ? 0x00 : 0x55;
    chip_host_open_image(host, model_of(device), NP_PACE_TYPICAL, image);
}

static void ask(chip_host *host, uint8_t opcode, uint8_t p1, uint16_t p2, np_bytes data,
                chip_reply *ret)
{
    const np_atecc_command command = {.opcode = opcode, .p1 = p1, .p2 = p2, .data = data};
    assert_true(chip_host_wake(host));
    chip_host_ask(host, &command, ret);
    chip_host_sleep(host);
}

static uint8_t status_of(chip_host *host, uint8_t opcode, uint8_t p1, uint16_t p2, np_bytes data)
{
    chip_reply reply;
    ask(host, opcode, p1, p2, data, &reply);
    return reply.status;
}

static uint8_t status_alone(chip_host *host, uint8_t opcode, uint8_t p1, uint16_t p2)
{
    return status_of(host, opcode, p1, p2, np_bytes_of(NULL, 0));
}

static void expect_data(chip_host *host, uint8_t opcode, uint8_t p1, uint16_t p2, const char *hex)
{
    chip_reply reply;
    uint8_t expected[64];
    size_t len = vector_hex_any(hex, expected, sizeof(expected));
    ask(host, opcode, p1, p2, np_bytes_of(NULL, 0), &reply);
    assert_int_equal(reply.data_len, len);
    assert_memory_equal(reply.data, expected, len);
}

/* The row says it all: opcode, P1, P2 and "status xx" or the bytes. */
static void as_written(chip_host *host, const vector_csv *row)
{
    uint8_t opcode = (uint8_t)strtoul(row->fields[3], NULL, 16);
    uint8_t p1 = (uint8_t)strtoul(row->fields[4], NULL, 16);
    uint16_t p2 = (uint16_t)strtoul(row->fields[5], NULL, 16);
    const char *answer = row->fields[6];
    if (strncmp(answer, "status ", 7) == 0) {
        assert_int_equal(status_alone(host, opcode, p1, p2), strtoul(answer + 7, NULL, 16));
    } else {
        expect_data(host, opcode, p1, p2, answer);
    }
}

static void reads_of_slots_8_and_3_are_0f(chip_host *host, const vector_csv *row)
{
    (void)row;
    assert_int_equal(status_alone(host, 0x02, 0x82, 0x0040), 0x0f);
    assert_int_equal(status_alone(host, 0x02, 0x82, 0x0018), 0x0f);
}

static void random_is_the_pattern(chip_host *host, const vector_csv *row)
{
    (void)row;
    expect_data(host, 0x1b, 0x00, 0,
                "ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000");
}

static void random_is_live(chip_host *host, const vector_csv *row)
{
    (void)row;
    chip_reply first;
    chip_reply second;
    ask(host, 0x1b, 0, 0, np_bytes_of(NULL, 0), &first);
    ask(host, 0x1b, 0, 0, np_bytes_of(NULL, 0), &second);
    assert_int_equal(first.data_len, 32);
    assert_memory_not_equal(first.data, second.data, 32);
}

static void reads_of_otp_are_0f(chip_host *host, const vector_csv *row)
{
    (void)row;
    assert_int_equal(status_alone(host, 0x02, 0x81, 0x0000), 0x0f);
    assert_int_equal(status_alone(host, 0x02, 0x81, 0x0008), 0x0f);
}

static void reads_of_slots_are_0f(chip_host *host, const vector_csv *row)
{
    (void)row;
    assert_int_equal(status_alone(host, 0x02, 0x82, 0x0000), 0x0f);
    assert_int_equal(status_alone(host, 0x02, 0x82, 0x0040), 0x0f);
    assert_int_equal(status_alone(host, 0x02, 0x82, 0x0060), 0x0f);
    assert_int_equal(status_alone(host, 0x02, 0x82, 0x0068), 0x0f);
}

static const uint8_t *counter(chip_host *host)
{
    return np_virtual_chip_eeprom(host->chip) + 52;
}

static void expect_key(chip_host *host, uint16_t slot)
{
    chip_reply reply;
    ask(host, 0x40, 0x04, slot, np_bytes_of(NULL, 0), &reply);
    assert_int_equal(reply.data_len, 64);
}

static void three_keys_count_nothing(chip_host *host, const vector_csv *row)
{
    (void)row;
    for (unsigned i = 0; i < 3; i++) {
        expect_key(host, 0);
    }
    assert_memory_equal(counter(host), "\xff\xff\xff\xff\0\0\0\0", 8);
}

static void keys_of_type_7_are_0f(chip_host *host, const vector_csv *row)
{
    (void)row;
    assert_int_equal(status_alone(host, 0x40, 0x04, 3), 0x0f);
    assert_int_equal(status_alone(host, 0x40, 0x04, 1), 0x0f);
}

static void a_made_key_is_valid(chip_host *host, const vector_csv *row)
{
    (void)row;
    expect_key(host, 0);
    expect_data(host, 0x30, 0x01, 0, "01000000");
}

static void sign(chip_host *host)
{
    const np_atecc_command nonce = {.opcode = 0x16, .p1 = 0x03, .data = NP_BYTES(zeros)};
    const np_atecc_command command = {.opcode = 0x41, .p1 = 0x80};
    chip_reply reply;
    assert_true(chip_host_wake(host));
    chip_host_ask(host, &nonce, &reply);
    assert_int_equal(reply.status, 0);
    chip_host_ask(host, &command, &reply);
    assert_int_equal(reply.data_len, 64);
    chip_host_sleep(host);
}

/* counters.csv: 1 is 7fff ffff 0000 0000, 2 is 3fff ffff 0000 0000. */
static void two_signatures_count_two(chip_host *host, const vector_csv *row)
{
    (void)row;
    expect_key(host, 0);
    sign(host);
    assert_memory_equal(counter(host), "\x7f\xff\xff\xff\0\0\0\0", 8);
    sign(host);
    assert_memory_equal(counter(host), "\x3f\xff\xff\xff\0\0\0\0", 8);
}

static void a_config_word_is_written_and_read_back(chip_host *host, const vector_csv *row)
{
    (void)row;
    const uint8_t word[] = {0x83, 0x00, 0x87, 0x20};
    assert_int_equal(status_of(host, 0x12, 0x00, 0x0005, NP_BYTES(word)), 0);
    expect_data(host, 0x02, 0x00, 0x0005, "83008720");
}

static void never_written_slots_read_ff(chip_host *host, const vector_csv *row)
{
    (void)row;
    const char *ff = "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff";
    expect_data(host, 0x02, 0x82, 0x0040, ff);
    expect_data(host, 0x02, 0x82, 0x0060, ff);
}

/* The row's state is the one after it. */
static void config_locks_with_its_crc(chip_host *host, const vector_csv *row)
{
    (void)row;
    uint8_t eeprom[NP_EEPROM_SIZE];
    chip_host open;
    memcpy(eeprom, np_virtual_chip_eeprom(host->chip), sizeof(eeprom));
    open_in_state(&open, "508A", "blank", eeprom);
    uint16_t crc = chip_host_crc(np_bytes_of(np_virtual_chip_eeprom(open.chip), 128));
    assert_int_equal(status_alone(&open, 0x17, 0x00, (uint16_t)(crc + 1)), 0x0f);
    assert_int_equal(status_alone(&open, 0x17, 0x00, crc), 0);
    expect_data(&open, 0x02, 0x00, 0x0015, "00005500");
    chip_host_close(&open);
}

static void a_key_is_made(chip_host *host, const vector_csv *row)
{
    (void)row;
    expect_key(host, 0);
}

/* Start and End in one session; the digest is answered. */
static void hash(chip_host *host, const char *text, uint8_t *ret)
{
    np_bytes message = np_bytes_text(text);
    const np_atecc_command start = {.opcode = 0x47};
    const np_atecc_command end = {
        .opcode = 0x47, .p1 = 0x02, .p2 = (uint16_t)message.len, .data = message};
    chip_reply reply;
    assert_true(chip_host_wake(host));
    chip_host_ask(host, &start, &reply);
    assert_int_equal(reply.len, 4);
    assert_int_equal(reply.status, 0);
    chip_host_ask(host, &end, &reply);
    assert_int_equal(reply.data_len, 32);
    memcpy(ret, reply.data, 32);
}

/* FIPS 180-2, appendix B.1. */
static const char abc_digest[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

static void the_digest_of_abc(chip_host *host, const vector_csv *row)
{
    (void)row;
    uint8_t digest[32], expected[32];
    vector_hex(abc_digest, expected, sizeof(expected));
    hash(host, "abc", digest);
    assert_memory_equal(digest, expected, sizeof(expected));
}

/* sha_hmac.csv has the digest that the part gave. */
static void the_digest_of_picowallet(chip_host *host, const vector_csv *row)
{
    (void)row;
    uint8_t digest[32], expected[32];
    vector_csv csv;
    unsigned seen = 0;
    hash(host, "picowallet", digest);
    vector_csv_open(&csv, "atecc/sha_hmac.csv");
    while (vector_csv_next(&csv)) {
        if (strcmp(csv.fields[3], "7069636f77616c6c6574") == 0) {
            vector_hex(csv.fields[4], expected, sizeof(expected));
            assert_memory_equal(digest, expected, sizeof(expected));
            seen++;
        }
    }
    vector_csv_close(&csv);
    assert_int_equal(seen, 1);
}

/* Asks within the session that is open. */
static uint8_t status_awake(chip_host *host, uint8_t opcode, uint8_t p1, uint16_t p2, np_bytes data)
{
    const np_atecc_command command = {.opcode = opcode, .p1 = p1, .p2 = p2, .data = data};
    chip_reply reply;
    chip_host_ask(host, &command, &reply);
    return reply.status;
}

static void expect_state(chip_host *host, const char *hex)
{
    const np_atecc_command info = {.opcode = 0x30, .p1 = 0x02};
    uint8_t expected[4];
    chip_reply reply;
    vector_hex(hex, expected, sizeof(expected));
    chip_host_ask(host, &info, &reply);
    assert_int_equal(reply.data_len, 4);
    assert_memory_equal(reply.data, expected, 4);
}

/*
 * A good CheckMac on a slot full of zeros: slot | second block | Other[0:3] | 8 zeros | Other[4:6]
 * | SN[8] | Other[7:10] | SN[0:1] | Other[11:12], all other data zero. Mode 1: a random nonce,
 * whose hash the host knows.
 */
static void check_mac(chip_host *host, uint16_t slot)
{
    uint8_t data[77] = {0};
    uint8_t message[88] = {0};
    uint8_t nonce[55] = {0};
    const np_atecc_command ask_nonce = {.opcode = 0x16, .data = {zeros, 20}};
    chip_reply reply;
    chip_host_ask(host, &ask_nonce, &reply);
    assert_int_equal(reply.data_len, 32);
    memcpy(nonce, reply.data, 32);
    nonce[52] = 0x16;
    np_sha256(NP_BYTES(nonce), message + 32);
    memcpy(message + 79, np_virtual_chip_eeprom(host->chip) + 12, 1);
    memcpy(message + 84, np_virtual_chip_eeprom(host->chip), 2);
    np_sha256(NP_BYTES(message), data + 32);
    assert_int_equal(status_awake(host, 0x28, 0x01, slot, NP_BYTES(data)), 0);
}

static void state_after_check_mac(chip_host *host, const vector_csv *row)
{
    (void)row;
    assert_true(chip_host_wake(host));
    check_mac(host, 13);
    expect_state(host, "006c0000"); /* AuthKeyID 13, AuthValid */
}

/* The authorisation by slot 13 is used up by the GenDig. */
static void state_after_gendig(chip_host *host, const vector_csv *row)
{
    (void)row;
    assert_true(chip_host_wake(host));
    check_mac(host, 13);
    assert_int_equal(status_awake(host, 0x16, 0x03, 0, NP_BYTES(zeros)), 0);
    assert_int_equal(status_awake(host, 0x15, 0x02, 12, np_bytes_of(zeros, 4)), 0);
    expect_state(host, "bc800000"); /* NoMac, GenDig, Source, KeyID 12; Valid */
    assert_int_equal(status_awake(host, 0x15, 0x02, 12, np_bytes_of(zeros, 4)), 0x0f);
}

static void public_key(chip_host *host, uint8_t *ret)
{
    chip_reply reply;
    ask(host, 0x40, 0x04, 0, np_bytes_of(NULL, 0), &reply);
    assert_int_equal(reply.data_len, 64);
    memcpy(ret, reply.data, 64);
}

static void sign_hash(chip_host *host, const uint8_t *point, uint8_t *ret)
{
    const np_atecc_command command = {.opcode = 0x41, .p1 = 0x80};
    uint8_t digest[32];
    bool is_valid = false;
    chip_reply reply;
    hash(host, "abc", digest);
    chip_host_ask(host, &command, &reply);
    assert_int_equal(reply.data_len, 64);
    assert_int_equal(np_p256_verify(point, digest, reply.data, &is_valid, NULL), NP_OK);
    assert_true(is_valid);
    memcpy(ret, reply.data, 64);
    chip_host_sleep(host);
}

static void sha_then_sign(chip_host *host, const vector_csv *row)
{
    (void)row;
    uint8_t point[64], signature[64];
    public_key(host, point);
    sign_hash(host, point, signature);
}

static void sha_then_verify(chip_host *host, const vector_csv *row)
{
    (void)row;
    uint8_t data[128], digest[32];
    public_key(host, data + 64);
    sign_hash(host, data + 64, data);
    hash(host, "abc", digest);
    assert_int_equal(status_awake(host, 0x45, 0x02, 4, NP_BYTES(data)), 0);
}

#define UNLOCKED "config unlocked"
#define BETWEEN  "config locked, data unlocked"

/* clang-format off */
static const row_test observations[] = {
    {"608A", UNLOCKED, "Info revision", as_written},
    {"608A", UNLOCKED, "Info KeyValid slot 0", as_written},
    {"608A", UNLOCKED, "Info State", as_written},
    {"608A", UNLOCKED, "Info GPIO on an I2C part", as_written},
    {"608A", UNLOCKED, "SelfTest", as_written},
    {"608A", UNLOCKED, "SelfTest RNG", as_written},
    {"608A", UNLOCKED, "SHA-256 of \"picowallet\"", the_digest_of_picowallet},
    {"608A", UNLOCKED, "Counter 0 read", as_written},
    {"608A", UNLOCKED, "Counter 1 read", as_written},
    {"608A", UNLOCKED, "Read OTP block 0 (32 B)", as_written},
    {"608A", UNLOCKED, "Read data slots 8 and 3", reads_of_slots_8_and_3_are_0f},
    {"608A", UNLOCKED, "Read config word 4", as_written},
    {"608A", UNLOCKED, "Random", random_is_the_pattern},
    {"608A", UNLOCKED, "GenKey create slot 0 (typed P-256, GenKey allowed)", as_written},
    {"608A", BETWEEN, "Random", random_is_live},
    {"608A", BETWEEN, "SelfTest", as_written},
    {"608A", BETWEEN, "Info KeyValid empty slot 0", as_written},
    {"608A", BETWEEN, "GenKey public (mode 0) empty slot 0", as_written},
    {"608A", BETWEEN, "Read OTP blocks 0/1", reads_of_otp_are_0f},
    {"608A", BETWEEN, "Read data slots 0,8,12,13 (clear and secret)", reads_of_slots_are_0f},
    {"608A", BETWEEN, "GenKey create slot 0, three times", three_keys_count_nothing},
    {"608A", BETWEEN, "GenKey create slot 3 (KeyType 7) and slot 1 (KeyType 7)", keys_of_type_7_are_0f},
    {"608A", BETWEEN, "Info KeyValid slot 0 after GenKey", a_made_key_is_valid},
    {"608A", BETWEEN, "Sign external slot 0 (LimitedUse), twice", two_signatures_count_two},
    {"508A", UNLOCKED, "Random", random_is_the_pattern},
    {"508A", UNLOCKED, "SHA start then end with \"abc\"", the_digest_of_abc},
    {"508A", UNLOCKED, "Write config word 5 (SlotConfig 0/1) and read back", a_config_word_is_written_and_read_back},
    {"608B", "locked", "Info State after CheckMac mode 01 on slot 13", state_after_check_mac},
    {"608B", "locked", "Info State after Nonce passthrough + GenDig slot 12 (NoMac, ReqAuth 13)", state_after_gendig},
    {"608B", "locked", "Read of never-written readable data slots", never_written_slots_read_ff},
    {"508A", BETWEEN, "Lock config with CRC then word 0x15", config_locks_with_its_crc},
    {"508A", BETWEEN, "GenKey create slot 0", a_key_is_made},
    {"508A", BETWEEN, "SHA end (digest also in TempKey) then Sign external slot 0", sha_then_sign},
    {"508A", BETWEEN, "SHA end then Verify external P-256", sha_then_verify},
};
/* clang-format on */

static const row_test *find_test(const row_test *tests, size_t count, const char *device,
                                 const char *state, const char *what)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(tests[i].device, device) == 0 && strcmp(tests[i].state, state) == 0 &&
            strcmp(tests[i].what, what) == 0) {
            return &tests[i];
        }
    }
    fail_msg("no test for the row %s, %s, %s", device, state, what);
    return NULL;
}

/* Runs a file's rows through its table; returns how many were applied. */
static unsigned apply_rows(const char *path, const row_test *tests, size_t count,
                           void (*prepare)(uint8_t *eeprom, const row_test *test))
{
    unsigned applied = 0;
    size_t rows = 0;
    vector_csv csv;
    vector_csv_open(&csv, path);
    while (vector_csv_next(&csv)) {
        const row_test *test = find_test(tests, count, csv.fields[0], csv.fields[1], csv.fields[2]);
        uint8_t eeprom[NP_EEPROM_SIZE];
        chip_host host;
        rows++;
        chip_image_blank(model_of(test->device), eeprom);
        prepare(eeprom, test);
        open_in_state(&host, test->device, test->state, eeprom);
        test->apply(&host, &csv);
        chip_host_close(&host);
        applied++;
    }
    vector_csv_close(&csv);
    assert_int_equal(rows, count);
    return applied;
}

/* The observed part had LimitedUse on slot 0 and KeyType 7 in slot 1: SlotConfig and KeyConfig. */
static void prepare_observation(uint8_t *eeprom, const row_test *test)
{
    bool is_picowallet = strcmp(test->device, "608A") == 0 && strcmp(test->state, BETWEEN) == 0;
    eeprom[20] = is_picowallet ? eeprom[20] | 0x20 : eeprom[20];
    eeprom[98] = is_picowallet ? 0x3c : eeprom[98];
    if (test->apply == state_after_check_mac || test->apply == state_after_gendig) {
        chip_image_put(eeprom, 20 + 24, "9f0f8f0f"); /* 12: NoMac; 13: no copy, ReadKey is 15 */
        chip_image_put(eeprom, 96 + 24, "bc0d3c00"); /* 12: ReqAuth by 13 */
        memset(eeprom + NP_EEPROM_DATA + 288 + 416 + 4 * 72, 0, 72);
    }
}

static void real_parts_were_seen_to_answer_like_this(void **state)
{
    (void)state;
    assert_int_equal(apply_rows("atecc/silicon_observations.csv", observations,
                                NP_COUNT_OF(observations), prepare_observation),
                     34);
}

static void short_write_to_slot_10(chip_host *host, const vector_csv *row)
{
    (void)row;
    assert_int_equal(status_of(host, 0x12, 0x02, 0x0250, np_bytes_of(zeros, 4)), 0x0f);
}

static void block_write_to_the_tail_of_slot_10(chip_host *host, const vector_csv *row)
{
    (void)row;
    const uint8_t *slot = np_virtual_chip_eeprom(host->chip) + NP_EEPROM_DATA + 288 + 416 + 72;
    assert_int_equal(status_of(host, 0x12, 0x82, 0x0250, NP_BYTES(zeros)), 0);
    assert_true(np_bytes_are_all(np_bytes_of(slot + 64, 8), 0x00));
    assert_true(np_bytes_are_all(np_bytes_of(slot + 72, 24), 0xff));
    assert_int_equal(status_of(host, 0x12, 0x82, 0x0251, NP_BYTES(zeros)), 0);
}

static void block_write_to_a_private_slot(chip_host *host, const vector_csv *row)
{
    (void)row;
    assert_int_equal(status_of(host, 0x12, 0x82, 0x0000, NP_BYTES(zeros)), 0x0f);
}

static void expect_refusal(uint8_t status)
{
    assert_true(status == 0x03 || status == 0x0f);
}

static void short_write_beyond_slot_10(chip_host *host, const vector_csv *row)
{
    (void)row;
    expect_refusal(status_of(host, 0x12, 0x02, 0x0252, np_bytes_of(zeros, 4)));
}

static void block_write_to_slot_16(chip_host *host, const vector_csv *row)
{
    (void)row;
    expect_refusal(status_of(host, 0x12, 0x82, 16 << 3, NP_BYTES(zeros)));
}

static void short_write_to_slot_8(chip_host *host, const vector_csv *row)
{
    (void)row;
    expect_refusal(status_of(host, 0x12, 0x02, 0x0447, np_bytes_of(zeros, 4)));
}

static void reads_of_all_slots_are_0f(chip_host *host, const vector_csv *row)
{
    (void)row;
    for (uint16_t slot = 0; slot < 16; slot++) {
        assert_int_equal(status_alone(host, 0x02, 0x02, (uint16_t)(slot << 3)), 0x0f);
        assert_int_equal(status_alone(host, 0x02, 0x82, (uint16_t)(slot << 3)), 0x0f);
    }
}

static void clear_slots_are_read(chip_host *host, const vector_csv *row)
{
    never_written_slots_read_ff(host, row);
    expect_data(host, 0x02, 0x02, 0x0041, "ffffffff");
}

static void write_pattern(chip_host *host, unsigned word, bool is_block)
{
    uint8_t data[32];
    for (unsigned i = 0; i < sizeof(data); i++) {
        data[i] = (uint8_t)(word * 4 + i + 0x21);
    }
    assert_int_equal(status_of(host, 0x12, is_block ? 0x80 : 0x00, (uint16_t)word,
                               np_bytes_of(data, is_block ? 32 : 4)),
                     0);
}

/* Byte 16 last, so that the address does not change under the test. */
static void config_takes_any_pattern(chip_host *host, const vector_csv *row)
{
    (void)row;
    chip_reply reply;
    write_pattern(host, 8, true);
    write_pattern(host, 24, true);
    for (unsigned word = 5; word < 32; word++) {
        if (word != 21) {
            write_pattern(host, word, false);
        }
    }
    for (unsigned word = 5; word < 32; word++) {
        ask(host, 0x02, 0x00, (uint16_t)word, np_bytes_of(NULL, 0), &reply);
        assert_int_equal(reply.data_len, 4);
        for (unsigned i = 0; i < 4 && word != 21; i++) {
            assert_int_equal(reply.data[i], (uint8_t)(word * 4 + i + 0x21));
        }
    }
}

static void otp_is_closed(chip_host *host, const vector_csv *row)
{
    (void)row;
    assert_int_equal(status_of(host, 0x12, 0x01, 0x0000, np_bytes_of(zeros, 4)), 0x0f);
    assert_int_equal(status_of(host, 0x12, 0x81, 0x0000, NP_BYTES(zeros)), 0x0f);
}

static void otp_bits_are_consumed(chip_host *host, const vector_csv *row)
{
    (void)row;
    const uint8_t first[] = {0x0f, 0xff, 0x00, 0xaa};
    const uint8_t second[] = {0xf3, 0x55, 0xff, 0x0f};
    assert_int_equal(status_of(host, 0x12, 0x01, 0x0002, NP_BYTES(first)), 0);
    assert_int_equal(status_of(host, 0x12, 0x01, 0x0002, NP_BYTES(second)), 0);
    expect_data(host, 0x02, 0x01, 0x0002, "0355000a");
}

static void an_invalid_public_key_verifies_nothing(chip_host *host, const vector_csv *row)
{
    (void)row;
    const uint8_t signature[64] = {0};
    const np_atecc_command nonce = {.opcode = 0x16, .p1 = 0x03, .data = NP_BYTES(zeros)};
    const np_atecc_command verify = {
        .opcode = 0x45, .p1 = 0x00, .p2 = 9, .data = NP_BYTES(signature)};
    chip_reply reply;
    assert_true(chip_host_wake(host));
    chip_host_ask(host, &nonce, &reply);
    chip_host_ask(host, &verify, &reply);
    assert_int_equal(reply.status, 0x0f);
}

static void the_count_match_value_ends_a_key(chip_host *host, const vector_csv *row)
{
    (void)row;
    const np_atecc_command nonce = {.opcode = 0x16, .p1 = 0x03, .data = NP_BYTES(zeros)};
    const np_atecc_command command = {.opcode = 0x41, .p1 = 0x80};
    chip_reply reply;
    expect_key(host, 0);
    for (unsigned use = 0; use < 32; use++) {
        sign(host);
    }
    assert_true(chip_host_wake(host));
    chip_host_ask(host, &nonce, &reply);
    chip_host_ask(host, &command, &reply);
    assert_int_equal(reply.status, 0x0f);
}

static void counter_3_is_a_parse_error(chip_host *host, const vector_csv *row)
{
    (void)row;
    assert_int_equal(status_alone(host, 0x24, 0x00, 3), 0x03);
    assert_int_equal(status_alone(host, 0x24, 0x01, 3), 0x03);
}

/* Slot 9 is the AES key and slot 13 lets the latch be set (2.10, 3.6). */
static void the_latch_lets_aes_go(chip_host *host, const vector_csv *row)
{
    (void)row;
    assert_true(chip_host_wake(host));
    assert_int_equal(status_awake(host, 0x51, 0x00, 9, np_bytes_of(zeros, 16)), 0x0f);
    assert_int_equal(status_awake(host, 0x30, 0x04, 3, np_bytes_of(NULL, 0)), 0x0f);
    check_mac(host, 13);
    assert_int_equal(status_awake(host, 0x30, 0x04, 3, np_bytes_of(NULL, 0)), 0);
    assert_int_equal(status_awake(host, 0x51, 0x00, 9, np_bytes_of(zeros, 16)), 0);
    chip_host_sleep(host);
    expect_data(host, 0x30, 0x04, 0, "01000000"); /* outlasts sleep */
    np_virtual_chip_cut_power(host->chip, host->bus.now_ns, 0);
    np_virtual_bus_power_up(&host->bus);
    expect_data(host, 0x30, 0x04, 0, "00000000");
}

/* Details: one 16-byte key; 16 bytes of message for PRF, key position 0 for AES. */
static void kdf_ignores_unused_slots(chip_host *host, const vector_csv *row)
{
    (void)row;
    uint8_t data[20] = {0, 0, 0, 16};
    assert_true(chip_host_wake(host));
    assert_int_equal(status_awake(host, 0x16, 0x03, 0, NP_BYTES(zeros)), 0);
    assert_int_equal(status_awake(host, 0x56, 0x10, 0x1234, NP_BYTES(data)), 0);
    data[3] = 0;
    assert_int_equal(status_awake(host, 0x56, 0x30, 0x1234, NP_BYTES(data)), 0);
}

static void aes_leaves_temp_key(chip_host *host, const vector_csv *row)
{
    (void)row;
    const uint8_t keys[64] = {0};
    assert_true(chip_host_wake(host));
    assert_int_equal(status_awake(host, 0x16, 0x23, 0, NP_BYTES(keys)), 0);
    for (unsigned i = 0; i < 16; i++) {
        uint8_t p1 = (uint8_t)(i % 4 << 6);
        assert_int_equal(status_awake(host, 0x51, p1, 0xffff, np_bytes_of(zeros, 16)), 0);
    }
    assert_int_equal(status_awake(host, 0x16, 0x03, 0, NP_BYTES(zeros)), 0);
    assert_int_equal(status_awake(host, 0x51, 0x80, 0xffff, np_bytes_of(zeros, 16)), 0x0f);
}

static void aes_that_is_off(chip_host *host, const vector_csv *row)
{
    (void)row;
    assert_true(chip_host_wake(host));
    assert_int_equal(status_awake(host, 0x16, 0x03, 0, NP_BYTES(zeros)), 0);
    assert_int_equal(status_awake(host, 0x51, 0x00, 0xffff, np_bytes_of(zeros, 16)), 0x03);
}

/* clang-format off */
static const row_test statuses[] = {
    {"any device", BETWEEN, "Write 4 bytes to data slot 10 block 2", short_write_to_slot_10},
    {"any device", BETWEEN, "Write 32 bytes to data slot 10 block 2 (8-byte tail block), offset 0 or 1", block_write_to_the_tail_of_slot_10},
    {"ECC parts", BETWEEN, "Write 32 bytes to slot 0 typed as ECC private key", block_write_to_a_private_slot},
    {"any device", BETWEEN, "Write 4 bytes to slot 10 block 2 offset 2 (beyond the slot)", short_write_beyond_slot_10},
    {"any device", BETWEEN, "Write 32 bytes to slot 16", block_write_to_slot_16},
    {"any device", BETWEEN, "Write 4 bytes to slot 8 block 4 offset 7", short_write_to_slot_8},
    {"any device", BETWEEN, "Read data zone", reads_of_all_slots_are_0f},
    {"any device", "data locked", "Read clear data zone slot", clear_slots_are_read},
    {"any device", UNLOCKED, "Write config bytes 20-83 and 88-127 with an arbitrary pattern, read back", config_takes_any_pattern},
    {"any device", "any", "Counter with id 3", counter_3_is_a_parse_error},
    {"608", "data locked", "Write OTP", otp_is_closed},
    {"508A", "data locked, OTPmode 55", "Write OTP clearing bits", otp_bits_are_consumed},
    {"any device", "data locked", "Verify(stored) with a PubInfo key in invalid state", an_invalid_public_key_verifies_nothing},
    {"608", "data locked", "AES with slot whose KeyConfig bit 12 is set while the persistent latch is 0", the_latch_lets_aes_go},
    {"608", "data locked", "Sign with a key whose counter has reached the CountMatch value", the_count_match_value_ends_a_key},
    {"608", "any", "KDF PRF/AES with Param2 0x1234 when neither source nor target is a slot", kdf_ignores_unused_slots},
    {"608", "any", "AES repeated 16 times from one 64-byte TempKey load", aes_leaves_temp_key},
    {"608", "any", "AES while byte 13 bit 0 is clear", aes_that_is_off},
};
/* clang-format on */

static void prepare_status(uint8_t *eeprom, const row_test *test)
{
    if (test->apply == an_invalid_public_key_verifies_nothing) {
        eeprom[96 + 2 * 9] = 0x32; /* P-256, public, PubInfo, Lockable */
        eeprom[NP_EEPROM_DATA + 288 + 416] = 0xa0;
    }
    if (test->apply == the_latch_lets_aes_go) {
        eeprom[13] |= 0x01;
        eeprom[69] = 0x8d;
        chip_image_put(eeprom, 20 + 18, "8f0f");
        chip_image_put(eeprom, 96 + 18, "1810"); /* AES, PersistentDisable */
        chip_image_put(eeprom, 20 + 26, "8f0f");
        memset(eeprom + NP_EEPROM_DATA + 288 + 416 + 4 * 72, 0, 72);
    }
    if (test->apply == kdf_ignores_unused_slots) {
        eeprom[13] |= 0x01;
        eeprom[90] = 0x04; /* KDF by AES */
    }
    if (test->apply == aes_leaves_temp_key || test->apply == aes_that_is_off) {
        bool is_on = test->apply == aes_leaves_temp_key;
        eeprom[13] = (uint8_t)((eeprom[13] & 0xfe) | is_on);
    }
    if (test->apply == the_count_match_value_ends_a_key) {
        eeprom[18] = 0xa1; /* CountMatch on, slot 10 */
        eeprom[20] |= 0x20;
        /* countmatch_slot_values.csv has the layout: the limit twice, little endian */
        chip_image_put(eeprom, NP_EEPROM_DATA + 288 + 416 + 72, "2000000020000000");
    }
}

static void the_vendors_tests_would_pass(void **state)
{
    (void)state;
    assert_int_equal(
        apply_rows("atecc/expected_statuses.csv", statuses, NP_COUNT_OF(statuses), prepare_status),
        18);
}

/* Nibble by nibble; a dot is a withheld byte's. */
static void expect_text(const char *text, const chip_reply *reply)
{
    size_t nibble = 0;
    for (const char *at = text; *at != '\0'; at++) {
        if (*at == ' ') {
            continue;
        }
        unsigned value = (unsigned)reply->data[nibble / 2] >> (nibble % 2 == 0 ? 4 : 0) & 0xfU;
        const char digit[2] = {*at, '\0'};
        assert_true(*at == '.' || strtoul(digit, NULL, 16) == value);
        nibble++;
    }
    assert_int_equal(nibble, reply->data_len * 2);
}

/* "<dev><op><p1><p2><outLen><inLen><data>"; P2 as a number. What it needs to be told comes here. */
typedef struct session_508a {
    chip_host host;
    uint8_t point[64];     /* of the last GenKey */
    uint8_t signature[64]; /* of the last Sign */
} session_508a;

/* The dots of the recording: its CRC, and the signature and key that this run has made. */
static size_t fill_input(const session_508a *session, const char *input, uint8_t *bytes,
                         size_t size)
{
    char filled[64];
    snprintf(filled, sizeof(filled), "%s", input);
    if (strncmp(input, "501700....", 10) == 0) {
        uint16_t crc = chip_host_crc(np_bytes_of(np_virtual_chip_eeprom(session->host.chip), 128));
        snprintf(filled, sizeof(filled), "501700%04x0100", crc);
    }
    char *dots = strstr(filled, "...");
    if (dots != NULL) {
        *dots = '\0';
    }
    size_t len = vector_hex_any(filled, bytes, size);
    if (dots != NULL) {
        assert_string_equal(input + (dots - filled), "...<128>");
        memcpy(bytes + len, session->signature, 64);
        memcpy(bytes + len + 64, session->point, 64);
        len += 128;
    }
    return len;
}

static void keep_output(session_508a *session, uint8_t opcode, const chip_reply *reply)
{
    assert_int_equal(reply->data_len, 64);
    memcpy(opcode == 0x40 ? session->point : session->signature, reply->data, 64);
}

/* The session sleeps where the recording does nothing that must live on. */
static void replay_transaction(session_508a *session, const char *input, const char *result)
{
    uint8_t bytes[160];
    chip_reply reply;
    size_t len = fill_input(session, input, bytes, sizeof(bytes));
    assert_int_equal(len, 7U + bytes[6]);
    const np_atecc_command command = {.opcode = bytes[1],
                                      .p1 = bytes[2],
                                      .p2 = (uint16_t)(bytes[3] << 8 | bytes[4]),
                                      .data = np_bytes_of(bytes + 7, bytes[6])};
    assert_true(chip_host_wake(&session->host));
    chip_host_ask(&session->host, &command, &reply);
    chip_host_idle(&session->host);
    assert_int_equal(reply.data_len, bytes[5]);
    if (strcmp(result, "...<64>") == 0) {
        keep_output(session, bytes[1], &reply);
    } else {
        expect_text(result, &reply);
    }
}

static void a_published_session_of_a_508a_replays(void **state)
{
    (void)state;
    unsigned applied = 0;
    uint8_t eeprom[NP_EEPROM_SIZE];
    uint8_t digest[32];
    bool is_valid = false;
    vector_csv csv;
    session_508a session = {0};
    chip_image_blank(NP_ATECC508A, eeprom);
    eeprom[16] = 0xa0; /* as the session shows it: address 50 */
    chip_host_open_image(&session.host, NP_ATECC508A, NP_PACE_TYPICAL, eeprom);
    session.host.address = 0x50;
    vector_csv_open(&csv, "atecc/transactions_508a_mattborja.csv");
    while (vector_csv_next(&csv)) {
        replay_transaction(&session, csv.fields[0], csv.fields[1]);
        applied++;
    }
    vector_csv_close(&csv);
    chip_host_close(&session.host);
    assert_int_equal(applied, 24);
    vector_hex(abc_digest, digest, sizeof(digest));
    assert_int_equal(np_p256_verify(session.point, digest, session.signature, &is_valid, NULL),
                     NP_OK);
    assert_true(is_valid);
}

static void a_new_chip_has_the_published_factory_configuration(void **state)
{
    (void)state;
    for (unsigned model = 0; model < NP_ATECC_MODEL_COUNT; model++) {
        static const uint8_t own[] = {2, 3, 8, 9, 10, 11, 14};
        uint8_t expected[NP_EEPROM_SIZE];
        uint8_t made[NP_EEPROM_SIZE];
        chip_host host;
        chip_image_blank((np_atecc_model)model, expected);
        chip_host_open(&host, (np_atecc_model)model);
        memcpy(made, np_virtual_chip_eeprom(host.chip), sizeof(made));
        assert_memory_equal(made + 2, "\xf5\x2e", 2);
        assert_memory_equal(made + 8, "\x01\xf0\xc2\x01\xee", 5);
        for (size_t i = 0; i < sizeof(own); i++) {
            made[own[i]] = 0;
        }
        assert_memory_equal(made, expected, sizeof(made));
        chip_host_close(&host);
    }
}

/* Whole groups as real parts sent or took them. */
static void observed_groups_come_back_byte_for_byte(void **state)
{
    (void)state;
    unsigned seen = 0;
    vector_csv csv;
    vector_csv_open(&csv, "atecc/crc16.csv");
    while (vector_csv_next(&csv)) {
        uint8_t group[CHIP_HOST_REPLY_MAX];
        size_t len = vector_hex_any(csv.fields[4], group, sizeof(group));
        if (strncmp(csv.fields[5], "observed", 8) != 0) {
            continue;
        }
        uint16_t crc = chip_host_crc(np_bytes_of(group, len - 2));
        assert_int_equal(group[len - 2] | group[len - 1] << 8, crc);
        seen++;
    }
    vector_csv_close(&csv);
    assert_int_equal(seen, 5);
    chip_host host;
    chip_reply reply;
    chip_host_open(&host, NP_ATECC608A);
    assert_true(chip_host_wake(&host)); /* 04 11 33 43 */
    assert_true(chip_host_write(&host, (const uint8_t[]){3, 7, 0x30, 0, 0, 0, 3, 0x5d}, 8));
    chip_host_take_reply(&host, &reply);
    assert_memory_equal(reply.bytes, "\x07\x00\x00\x60\x02\x80\x38", 7);
    assert_true(chip_host_write(&host, (const uint8_t[]){3, 7, 0x02, 0x81, 0, 0, 0x0a, 0x27}, 8));
    chip_host_take_reply(&host, &reply);
    assert_memory_equal(reply.bytes, "\x04\x0f\x23\x42", 4);
    chip_host_close(&host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(real_parts_were_seen_to_answer_like_this),
        cmocka_unit_test(the_vendors_tests_would_pass),
        cmocka_unit_test(a_published_session_of_a_508a_replays),
        cmocka_unit_test(a_new_chip_has_the_published_factory_configuration),
        cmocka_unit_test(observed_groups_come_back_byte_for_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
