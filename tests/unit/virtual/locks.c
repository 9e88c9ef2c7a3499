/* SPDX-License-Identifier: Apache-2.0 */
/* What a part answers in each lock state (3.8), and what each command leaves in TempKey (2.2). */
#include "support/chip_host.h"
#include "support/test.h"
#include "support/vectors.h"

static const uint8_t zeros[128];
static const uint8_t scalar[32] = {0x11, 0x22, 0x33};

typedef enum lock_stage { BLANK, CONFIG_LOCKED, DATA_LOCKED, STAGE_COUNT } lock_stage;

static void make_image(np_atecc_model model, lock_stage stage, uint8_t *eeprom)
{
    chip_image_blank(model, eeprom);
    eeprom[87] = stage >= CONFIG_LOCKED ? 0x00 : 0x55;
    eeprom[86] = stage >= DATA_LOCKED ? 0x00 : 0x55;
}

static void put_key(uint8_t *eeprom)
{
    memset(eeprom + NP_EEPROM_DATA, 0, 4);
    memcpy(eeprom + NP_EEPROM_DATA + 4, scalar, sizeof(scalar));
}

enum { ANY_DATA = 0x100, PATTERN, NOT_PATTERN };

/* What is asked of a chip with the factory table, and its status (or kind of data) by stage. */
typedef struct stage_row {
    const char *what;
    uint8_t opcode;
    uint8_t p1;
    uint16_t p2;
    size_t data_len;
    int expected[STAGE_COUNT];
} stage_row;

/* Slot 3 is secret (8fc4: never written), slot 8 is clear (0000). */
static const stage_row stages[] = {
    {"Info", 0x30, 0x00, 0, 0, {ANY_DATA, ANY_DATA, ANY_DATA}},
    {"Read config", 0x02, 0x80, 0, 0, {ANY_DATA, ANY_DATA, ANY_DATA}},
    {"Random", 0x1b, 0x00, 0, 0, {PATTERN, NOT_PATTERN, NOT_PATTERN}},
    {"Read OTP", 0x02, 0x81, 0, 0, {0x0f, 0x0f, ANY_DATA}},
    {"Read clear slot", 0x02, 0x82, 0x0040, 0, {0x0f, 0x0f, ANY_DATA}},
    {"Read secret slot", 0x02, 0x82, 0x0018, 0, {0x0f, 0x0f, 0x0f}},
    {"Read private slot", 0x02, 0x82, 0x0000, 0, {0x0f, 0x0f, 0x0f}},
    {"Write config word", 0x12, 0x00, 0x0005, 4, {0x00, 0x0f, 0x0f}},
    {"Write config block 1", 0x12, 0x80, 0x0008, 32, {0x00, 0x0f, 0x0f}},
    {"Write config block 0", 0x12, 0x80, 0x0000, 32, {0x0f, 0x0f, 0x0f}},
    {"Write config block 2", 0x12, 0x80, 0x0010, 32, {0x0f, 0x0f, 0x0f}},
    {"Write config word 3", 0x12, 0x00, 0x0003, 4, {0x0f, 0x0f, 0x0f}},
    {"Write config word 21", 0x12, 0x00, 0x0015, 4, {0x0f, 0x0f, 0x0f}},
    {"Write clear slot, block", 0x12, 0x82, 0x0040, 32, {0x0f, 0x00, 0x00}},
    {"Write clear slot, word", 0x12, 0x02, 0x0040, 4, {0x0f, 0x0f, 0x00}},
    {"Write secret slot", 0x12, 0x82, 0x0018, 32, {0x0f, 0x00, 0x0f}},
    {"Write private slot", 0x12, 0x82, 0x0000, 32, {0x0f, 0x0f, 0x0f}},
    {"Write OTP block", 0x12, 0x81, 0x0000, 32, {0x0f, 0x00, 0x0f}},
    {"Write OTP word", 0x12, 0x01, 0x0000, 4, {0x0f, 0x0f, 0x0f}},
    {"GenKey create", 0x40, 0x04, 0, 0, {0x0f, ANY_DATA, ANY_DATA}},
    {"GenKey public, empty", 0x40, 0x00, 1, 0, {0x0f, 0x0f, 0x0f}},
    {"Lock config", 0x17, 0x80, 0, 0, {0x00, 0x0f, 0x0f}},
    {"Lock data", 0x17, 0x81, 0, 0, {0x0f, 0x00, 0x0f}},
    {"Lock slot 8", 0x17, 0x22, 0, 0, {0x0f, 0x00, 0x00}},
    {"Lock slot 15, not lockable", 0x17, 0x3e, 0, 0, {0x0f, 0x0f, 0x0f}},
    {"Sign without a message", 0x41, 0x80, 0, 0, {0x0f, 0x0f, 0x0f}},
};

static void expect(const stage_row *row, const chip_reply *reply, int expected)
{
    static const uint8_t pattern[] = {0xff, 0xff, 0x00, 0x00};
    if (expected >= ANY_DATA ? reply->len == 4 : reply->status != expected || reply->len != 4) {
        fail_msg("%s: %zu bytes, status %02x", row->what, reply->len, reply->status);
    }
    if (expected == PATTERN) {
        assert_memory_equal(reply->data + 28, pattern, 4);
    }
    if (expected == NOT_PATTERN) {
        assert_memory_not_equal(reply->data + 28, pattern, 4);
    }
}

/* OTP of a 508A in consumption mode (factory) takes writes after the data lock (2.18). */
static bool is_consumption(np_atecc_model model, const stage_row *row, unsigned stage)
{
    return model == NP_ATECC508A && stage == DATA_LOCKED && row->opcode == 0x12 &&
           (row->p1 & 3) == 1;
}

static void every_request_is_answered_as_its_lock_state_demands(void **state)
{
    (void)state;
    for (unsigned model = 0; model < NP_ATECC_MODEL_COUNT; model++) {
        for (unsigned i = 0; i < NP_COUNT_OF(stages) * STAGE_COUNT; i++) {
            const stage_row *row = &stages[i / STAGE_COUNT];
            unsigned stage = i % STAGE_COUNT;
            uint8_t eeprom[NP_EEPROM_SIZE];
            chip_host host;
            chip_reply reply;
            make_image((np_atecc_model)model, (lock_stage)stage, eeprom);
            chip_host_open_image(&host, (np_atecc_model)model, NP_PACE_TYPICAL, eeprom);
            assert_true(chip_host_wake(&host));
            const np_atecc_command command = {.opcode = row->opcode,
                                              .p1 = row->p1,
                                              .p2 = row->p2,
                                              .data = np_bytes_of(zeros, row->data_len)};
            chip_host_ask(&host, &command, &reply);
            bool is_otp = is_consumption((np_atecc_model)model, row, stage);
            expect(row, &reply, is_otp ? 0x00 : row->expected[stage]);
            chip_host_close(&host);
        }
    }
}

static uint8_t temp_key_valid(chip_host *host)
{
    const np_atecc_command command = {.opcode = 0x30, .p1 = 0x02};
    chip_reply reply;
    chip_host_ask(host, &command, &reply);
    assert_int_equal(reply.data_len, 4);
    return reply.data[1] >> 7;
}

typedef struct clearing_row {
    const char *what;
    uint8_t opcode;
    uint8_t p1;
    uint16_t p2;
    size_t data_len;
    int status; /* ANY_DATA for data */
    bool stays_508a;
    bool stays_608;
    enum { BOTH, ONLY_508A, ONLY_608 } families;
} clearing_row;

static const clearing_row clearings[] = {
    {"Info", 0x30, 0x00, 0, 0, ANY_DATA, true, true, BOTH},
    {"Info, error", 0x30, 0x03, 0, 0, 0x03, true, true, BOTH},
    {"Nonce", 0x16, 0x03, 0, 32, 0x00, true, true, BOTH},
    {"Nonce, error", 0x16, 0x02, 0, 32, 0x03, false, false, BOTH},
    {"GenKey public", 0x40, 0x00, 0, 0, ANY_DATA, true, true, BOTH},
    {"GenKey with digest", 0x40, 0x08, 0, 0, ANY_DATA, true, true, BOTH},
    {"GenKey create", 0x40, 0x04, 0, 0, ANY_DATA, true, true, BOTH},
    {"GenKey, error", 0x40, 0x00, 5, 0, 0x0f, false, false, BOTH},
    {"Read", 0x02, 0x00, 0, 0, ANY_DATA, false, true, BOTH},
    {"Read, error", 0x02, 0x03, 0, 0, 0x03, false, true, BOTH},
    {"Random", 0x1b, 0x00, 0, 0, ANY_DATA, false, true, BOTH},
    {"Write", 0x12, 0x82, 0x0040, 32, 0x00, false, true, BOTH},
    {"Write, error", 0x12, 0x00, 0, 4, 0x0f, false, true, BOTH},
    {"Lock, error", 0x17, 0x80, 0, 0, 0x0f, false, true, BOTH},
    {"Sign", 0x41, 0x80, 0, 0, ANY_DATA, false, false, BOTH},
    {"Verify external", 0x45, 0x02, 4, 128, 0x01, false, false, BOTH},
    {"Verify, parse error", 0x45, 0x02, 0, 128, 0x03, false, true, BOTH},
    {"unknown opcode", 0x99, 0x00, 0, 0, 0x03, false, true, BOTH},
    {"MAC of TempKey", 0x08, 0x05, 4, 0, ANY_DATA, false, false, BOTH},
    {"MAC of a challenge", 0x08, 0x00, 4, 32, ANY_DATA, false, true, BOTH},
    {"MAC, wrong SourceFlag", 0x08, 0x01, 4, 0, 0x0f, false, false, BOTH},
    {"MAC, parse error", 0x08, 0x08, 4, 32, 0x03, false, true, BOTH},
    {"HMAC", 0x11, 0x04, 4, 0, ANY_DATA, false, false, ONLY_508A},
    {"HMAC, error", 0x11, 0x00, 4, 0, 0x0f, false, false, ONLY_508A},
    {"CheckMac of TempKey", 0x28, 0x05, 4, 77, 0x01, false, false, BOTH},
    {"CheckMac of a challenge", 0x28, 0x00, 4, 77, 0x01, false, true, BOTH},
    {"CheckMac, parse error", 0x28, 0x08, 4, 77, 0x03, false, true, BOTH},
    {"Counter", 0x24, 0x00, 0, 0, ANY_DATA, false, true, BOTH},
    {"Counter, error", 0x24, 0x00, 2, 0, 0x03, false, true, BOTH},
    {"GenDig", 0x15, 0x02, 4, 0, 0x00, true, true, BOTH},
    {"GenDig of a counter", 0x15, 0x04, 1, 0, 0x00, true, true, BOTH},
    {"GenDig, error", 0x15, 0x02, 0, 0, 0x0f, false, false, BOTH},
    {"GenDig, parse error", 0x15, 0x06, 0, 0, 0x03, false, false, BOTH},
    {"DeriveKey", 0x1c, 0x04, 5, 0, 0x00, false, false, BOTH},
    {"DeriveKey, error", 0x1c, 0x04, 8, 0, 0x0f, false, false, BOTH},
    {"DeriveKey, parse error", 0x1c, 0x08, 8, 0, 0x03, false, true, BOTH},
    {"ECDH of a slot, error", 0x43, 0x00, 1, 64, 0x0f, false, true, BOTH},
    {"ECDH of TempKey, error", 0x43, 0x0d, 0, 64, 0x0f, false, false, ONLY_608},
    {"PrivWrite, encrypted, error", 0x46, 0x40, 0, 68, 0x0f, false, false, BOTH},
    {"PrivWrite, plain, error", 0x46, 0x00, 0, 68, 0x0f, false, true, BOTH},
    {"SHA start", 0x47, 0x00, 0, 0, 0x00, false, true, BOTH},
    {"SHA HMAC start by slot", 0x47, 0x04, 4, 0, 0x00, false, true, BOTH},
    {"SHA HMAC start by TempKey", 0x47, 0x04, 0xffff, 0, 0x00, false, false, ONLY_608},
    {"SHA, error", 0x47, 0x02, 0, 0, 0x0f, false, true, BOTH},
    {"UpdateExtra", 0x20, 0x00, 0, 0, 0x00, false, true, BOTH},
    {"UpdateExtra, error", 0x20, 0x03, 0, 0, 0x03, false, true, BOTH},
    {"encrypted Read, error", 0x02, 0x82, 0x0018, 0, 0x0f, false, false, BOTH},
    {"Sign, parse error", 0x41, 0x82, 0, 0, 0x03, false, true, BOTH},
    {"Verify stored, error", 0x45, 0x00, 9, 64, 0x0f, false, false, BOTH},
    {"Verify validate, error", 0x45, 0x03, 9, 83, 0x0f, false, false, BOTH},
    {"AES by TempKey", 0x51, 0x00, 0xffff, 16, ANY_DATA, false, true, ONLY_608},
    {"AES by slot", 0x51, 0x00, 10, 16, ANY_DATA, false, true, ONLY_608},
    {"AES, error", 0x51, 0x00, 4, 16, 0x0f, false, true, ONLY_608},
    {"KDF by TempKey", 0x56, 0x50, 0, 4, ANY_DATA, false, true, ONLY_608},
    {"KDF to TempKey", 0x56, 0x40, 0, 4, 0x00, false, true, ONLY_608},
    {"KDF to its upper half", 0x56, 0x44, 0, 4, 0x00, false, true, ONLY_608},
    {"KDF to the alternate key", 0x56, 0x4c, 0, 4, 0x00, false, true, ONLY_608},
    {"KDF, error", 0x56, 0x10, 0, 20, 0x03, false, true, ONLY_608},
    {"SelfTest", 0x77, 0x3f, 0, 0, 0x00, false, true, ONLY_608},
    {"SecureBoot, off", 0x80, 0x05, 0, 96, 0x0f, false, true, ONLY_608},
    {"Pause", 0x01, 0x00, 0, 0, 0x00, false, false, ONLY_508A},
};

static void ask_row(chip_host *host, const clearing_row *row)
{
    const np_atecc_command command = {.opcode = row->opcode,
                                      .p1 = row->p1,
                                      .p2 = row->p2,
                                      .data = np_bytes_of(zeros, row->data_len)};
    chip_reply reply;
    chip_host_ask(host, &command, &reply);
    if (row->status == ANY_DATA ? reply.len == 4 : reply.status != row->status) {
        fail_msg("%s: status %02x", row->what, reply.status);
    }
}

static void each_command_clears_temp_key_by_the_familys_rule(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2 * NP_COUNT_OF(clearings); i++) {
        const clearing_row *row = &clearings[i / 2];
        np_atecc_model model = i % 2 == 0 ? NP_ATECC508A : NP_ATECC608A;
        const np_atecc_command nonce = {.opcode = 0x16, .p1 = 0x03, .data = np_bytes_of(zeros, 32)};
        if (row->families == (i % 2 == 0 ? ONLY_608 : ONLY_508A)) {
            continue;
        }
        uint8_t eeprom[NP_EEPROM_SIZE];
        chip_host host;
        chip_reply reply;
        make_image(model, DATA_LOCKED, eeprom);
        put_key(eeprom);
        chip_image_put(eeprom, 20 + 2 * 5, "8034");  /* derived from slot 4 */
        chip_image_put(eeprom, 96 + 2 * 10, "1a00"); /* AES keys */
        chip_host_open_image(&host, model, NP_PACE_TYPICAL, eeprom);
        assert_true(chip_host_wake(&host));
        chip_host_ask(&host, &nonce, &reply);
        ask_row(&host, row);
        bool stays = model == NP_ATECC508A ? row->stays_508a : row->stays_608;
        if (temp_key_valid(&host) != stays) {
            fail_msg("%s on a %s", row->what, np_atecc_model_name(model));
        }
        chip_host_close(&host);
    }
}

static void a_damaged_group_leaves_temp_key_alone(void **state)
{
    (void)state;
    const np_atecc_command nonce = {.opcode = 0x16, .p1 = 0x03, .data = np_bytes_of(zeros, 32)};
    chip_host host;
    chip_reply reply;
    chip_host_open(&host, NP_ATECC508A);
    assert_true(chip_host_wake(&host));
    chip_host_ask(&host, &nonce, &reply);
    assert_true(chip_host_write(&host, (const uint8_t[]){3, 7, 0x1b, 0, 0, 0, 0, 0}, 8));
    chip_host_take_reply(&host, &reply);
    assert_int_equal(reply.status, 0xff);
    assert_int_equal(temp_key_valid(&host), 1);
    chip_host_close(&host);
}

static void the_digest_buffer_of_a_608_serves_one_signature(void **state)
{
    (void)state;
    const np_atecc_command nonce = {.opcode = 0x16, .p1 = 0x43, .data = np_bytes_of(zeros, 32)};
    const np_atecc_command sign = {.opcode = 0x41, .p1 = 0xa0};
    const np_atecc_command random = {.opcode = 0x1b};
    uint8_t eeprom[NP_EEPROM_SIZE];
    chip_host host;
    chip_reply reply;
    make_image(NP_ATECC608A, CONFIG_LOCKED, eeprom);
    put_key(eeprom);
    chip_host_open_image(&host, NP_ATECC608A, NP_PACE_TYPICAL, eeprom);
    assert_true(chip_host_wake(&host));
    chip_host_ask(&host, &nonce, &reply);
    chip_host_ask(&host, &sign, &reply);
    assert_int_equal(reply.data_len, 64);
    chip_host_ask(&host, &sign, &reply);
    assert_int_equal(reply.status, 0x0f);
    chip_host_ask(&host, &nonce, &reply);
    chip_host_ask(&host, &random, &reply);
    chip_host_ask(&host, &sign, &reply);
    assert_int_equal(reply.status, 0x0f);
    chip_host_close(&host);
}

/* 3.4: WriteConfig, for 4 and for 32 bytes, of a secret and of an open slot. */
static void write_config_decides_after_the_data_lock(void **state)
{
    (void)state;
    static const struct {
        const char *slot_config;
        uint8_t word;
        uint8_t block;
    } cases[] = {
        {"0000", 0x00, 0x00}, {"8000", 0x0f, 0x00}, {"0010", 0x0f, 0x00}, {"0020", 0x0f, 0x0f},
        {"0030", 0x0f, 0x0f}, {"0040", 0x0f, 0x0f}, {"0050", 0x0f, 0x0f}, {"0080", 0x0f, 0x0f},
        {"0090", 0x0f, 0x0f}, {"00a0", 0x0f, 0x0f}, {"00f0", 0x0f, 0x0f},
    };
    for (size_t i = 0; i < NP_COUNT_OF(cases); i++) {
        uint8_t eeprom[NP_EEPROM_SIZE];
        chip_host host;
        make_image(NP_ATECC608B, DATA_LOCKED, eeprom);
        chip_image_put(eeprom, 20 + 2 * 9, cases[i].slot_config);
        chip_host_open_image(&host, NP_ATECC608B, NP_PACE_TYPICAL, eeprom);
        assert_int_equal(chip_host_status(&host, 0x12, 0x02, 0x0048, np_bytes_of(zeros, 4)),
                         cases[i].word);
        assert_int_equal(chip_host_status(&host, 0x12, 0x82, 0x0048, np_bytes_of(zeros, 32)),
                         cases[i].block);
        chip_host_close(&host);
    }
}

static void a_pub_invalid_slot_refuses_a_write_over_a_valid_key(void **state)
{
    (void)state;
    uint8_t eeprom[NP_EEPROM_SIZE];
    chip_host host;
    const size_t slot_9 = NP_EEPROM_DATA + 288 + 416;
    make_image(NP_ATECC608B, DATA_LOCKED, eeprom);
    chip_image_put(eeprom, 20 + 2 * 9, "0010");
    chip_image_put(eeprom, 96 + 2 * 9, "3200");
    chip_image_put(eeprom, slot_9, "50000000");
    chip_host_open_image(&host, NP_ATECC608B, NP_PACE_TYPICAL, eeprom);
    assert_int_equal(chip_host_status(&host, 0x12, 0x82, 0x0148, np_bytes_of(zeros, 32)), 0x0f);
    chip_host_close(&host);
    chip_image_put(eeprom, slot_9, "a0000000");
    chip_host_open_image(&host, NP_ATECC608B, NP_PACE_TYPICAL, eeprom);
    assert_int_equal(chip_host_status(&host, 0x12, 0x82, 0x0148, np_bytes_of(zeros, 32)), 0);
    np_virtual_chip_settle(host.chip, host.bus.now_ns);
    assert_int_equal(np_virtual_chip_eeprom(host.chip)[slot_9], 0xa0);
    chip_host_close(&host);
}

static void any_write_invalidates_a_public_key_that_needs_validation(void **state)
{
    (void)state;
    uint8_t eeprom[NP_EEPROM_SIZE];
    const size_t slot_9 = NP_EEPROM_DATA + 288 + 416;
    for (uint16_t block = 0; block < 3; block++) {
        chip_host host;
        make_image(NP_ATECC508A, CONFIG_LOCKED, eeprom);
        chip_image_put(eeprom, 96 + 2 * 9, "3200");
        chip_image_put(eeprom, slot_9, "53000000");
        chip_host_open_image(&host, NP_ATECC508A, NP_PACE_TYPICAL, eeprom);
        uint16_t address = (uint16_t)(block << 8 | 9 << 3);
        assert_int_equal(chip_host_status(&host, 0x12, 0x82, address, np_bytes_of(zeros, 32)), 0);
        np_virtual_chip_settle(host.chip, host.bus.now_ns);
        assert_int_equal(np_virtual_chip_eeprom(host.chip)[slot_9], block == 0 ? 0xa0 : 0xa3);
        chip_host_close(&host);
    }
}

/* CRC over slots in order without private ones, then OTP: 2.12. */
static void the_data_lock_checks_what_the_host_believes_is_there(void **state)
{
    (void)state;
    uint8_t eeprom[NP_EEPROM_SIZE];
    uint8_t believed[NP_ATECC_DATA_SIZE + NP_ATECC_OTP_SIZE];
    chip_host host;
    make_image(NP_ATECC508A, CONFIG_LOCKED, eeprom);
    put_key(eeprom);
    for (size_t i = 3 * 36; i < NP_ATECC_DATA_SIZE; i++) {
        eeprom[NP_EEPROM_DATA + i] = (uint8_t)i;
    }
    size_t open_len = NP_ATECC_DATA_SIZE - 3 * 36; /* the factory's slots 0 to 2 are private */
    memcpy(believed, eeprom + NP_EEPROM_DATA + 3 * 36, open_len);
    memset(believed + open_len, 0xff, NP_ATECC_OTP_SIZE);
    uint16_t crc = chip_host_crc(np_bytes_of(believed, open_len + NP_ATECC_OTP_SIZE));
    chip_host_open_image(&host, NP_ATECC508A, NP_PACE_TYPICAL, eeprom);
    uint16_t wrong = (uint16_t)(crc ^ 1);
    assert_int_equal(chip_host_status(&host, 0x17, 0x01, wrong, np_bytes_of(NULL, 0)), 0x0f);
    assert_int_equal(chip_host_status(&host, 0x17, 0x01, crc, np_bytes_of(NULL, 0)), 0);
    assert_int_equal(chip_host_status(&host, 0x17, 0x01, crc, np_bytes_of(NULL, 0)), 0x0f);
    assert_int_equal(np_virtual_chip_eeprom(host.chip)[86], 0);
    chip_host_close(&host);
}

static void a_locked_slot_never_changes_again(void **state)
{
    (void)state;
    uint8_t eeprom[NP_EEPROM_SIZE];
    chip_host host;
    make_image(NP_ATECC508A, CONFIG_LOCKED, eeprom);
    chip_host_open_image(&host, NP_ATECC508A, NP_PACE_TYPICAL, eeprom);
    assert_int_equal(chip_host_status(&host, 0x17, 0x02, 0, np_bytes_of(NULL, 0)), 0);
    assert_int_equal(chip_host_status(&host, 0x17, 0x02, 0, np_bytes_of(NULL, 0)), 0x0f);
    assert_int_equal(chip_host_status(&host, 0x40, 0x04, 0, np_bytes_of(NULL, 0)), 0x0f);
    assert_int_equal(chip_host_status(&host, 0x17, 0x2a, 0, np_bytes_of(NULL, 0)), 0);
    assert_int_equal(chip_host_status(&host, 0x12, 0x82, 10 << 3, np_bytes_of(zeros, 32)), 0x0f);
    assert_memory_equal(np_virtual_chip_eeprom(host.chip) + 88, "\xfe\xfb", 2);
    chip_host_close(&host);
}

static void parameters_without_a_meaning_are_parse_errors(void **state)
{
    (void)state;
    static const struct {
        uint8_t opcode;
        uint8_t p1;
        uint16_t p2;
        size_t data_len;
    } cases[] = {
        {0x02, 0x03, 0, 0},      {0x02, 0x83, 0, 0},       {0x02, 0x04, 0, 0},
        {0x02, 0x00, 0x0020, 0}, {0x02, 0x01, 0x0010, 0},  {0x02, 0x02, 0x0200, 0},
        {0x02, 0x02, 0x0080, 0}, {0x12, 0x00, 0x0005, 32}, {0x12, 0x80, 0x0008, 4},
        {0x12, 0x83, 0, 32},     {0x17, 0x03, 0, 0},       {0x17, 0x40, 0, 0},
        {0x1b, 0x02, 0, 0},      {0x1b, 0x00, 1, 0},       {0x30, 0x05, 0, 0},
        {0x40, 0x20, 0, 0},      {0x40, 0x04, 16, 0},      {0x41, 0x80, 16, 0},
        {0x41, 0x82, 0, 0},      {0x45, 0x02, 3, 128},     {0x45, 0x02, 4, 64},
        {0x30, 0x00, 0, 4},      {0x40, 0x04, 0, 4},       {0x41, 0x80, 0, 3},
    };
    chip_host host;
    uint8_t eeprom[NP_EEPROM_SIZE];
    make_image(NP_ATECC608A, DATA_LOCKED, eeprom);
    chip_host_open_image(&host, NP_ATECC608A, NP_PACE_TYPICAL, eeprom);
    for (size_t i = 0; i < NP_COUNT_OF(cases); i++) {
        uint8_t status = chip_host_status(&host, cases[i].opcode, cases[i].p1, cases[i].p2,
                                          np_bytes_of(zeros, cases[i].data_len));
        if (status != 0x03) {
            fail_msg("%02x %02x %04x: %02x", cases[i].opcode, cases[i].p1, cases[i].p2, status);
        }
    }
    chip_host_close(&host);
}

/* 2.23: the value 0 over 0, as a vendor's write_config sends it, is accepted in every state. */
static void user_extra_is_written_once_and_the_selector_as_the_model_has_it(void **state)
{
    (void)state;
    np_bytes none = {0};
    for (unsigned model = 0; model < NP_ATECC_MODEL_COUNT; model++) {
        chip_host host;
        chip_host_open(&host, (np_atecc_model)model);
        assert_int_equal(chip_host_status(&host, 0x20, 0, 0, none), 0x00);
        assert_int_equal(chip_host_status(&host, 0x20, 0, 0x5a, none), 0x00);
        assert_int_equal(chip_host_status(&host, 0x20, 0, 0x5b, none), 0x0f);
        assert_int_equal(chip_host_status(&host, 0x20, 1, 0x5a, none), 0x00);
        uint8_t second = chip_host_status(&host, 0x20, 1, 0x5b, none);
        assert_int_equal(second, model == NP_ATECC508A ? 0x00 : 0x0f);
        assert_int_equal(chip_host_status(&host, 0x20, 0, 0x100, none), 0x03);
        assert_int_equal(chip_host_status(&host, 0x20, 3, 0, none), 0x03);
        const uint8_t *config = np_virtual_chip_eeprom(host.chip) + NP_EEPROM_CONFIG;
        assert_int_equal(config[84], 0x5a);
        chip_host_close(&host);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_request_is_answered_as_its_lock_state_demands),
        cmocka_unit_test(each_command_clears_temp_key_by_the_familys_rule),
        cmocka_unit_test(a_damaged_group_leaves_temp_key_alone),
        cmocka_unit_test(the_digest_buffer_of_a_608_serves_one_signature),
        cmocka_unit_test(write_config_decides_after_the_data_lock),
        cmocka_unit_test(a_pub_invalid_slot_refuses_a_write_over_a_valid_key),
        cmocka_unit_test(any_write_invalidates_a_public_key_that_needs_validation),
        cmocka_unit_test(the_data_lock_checks_what_the_host_believes_is_there),
        cmocka_unit_test(a_locked_slot_never_changes_again),
        cmocka_unit_test(parameters_without_a_meaning_are_parse_errors),
        cmocka_unit_test(user_extra_is_written_once_and_the_selector_as_the_model_has_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
