/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The questions, one function each: how to bring a chip to the point where its answer tells.
 * Opcodes and modes are those of the specification's sections that the readings name.
 */
#include "conformance/probe.h"

enum {
    OP_GENDIG = 0x15,
    OP_ECDH = 0x43,
    OP_SHA = 0x47,
    OP_AES = 0x51,
    OP_KDF = 0x56,
    OP_SELF_TEST = 0x77,
    OP_NOBODY = 0x7e, /* no part of the family has it */
    NONCE_RANDOM = 0x00,
    NONCE_ILLEGAL = 0x02,
    NONCE_OF_TEMP_KEY = 0x8000,
    INFO_STATE = 0x02,
    INFO_LATCH = 0x04,
    LATCH_SET = 0x0003,
    STATE_GENDIG = 0x20,
    STATE_SOURCE = 0x10,
    STATE_VALID = 0x80, /* of the second byte */
    VERIFY_EXTERNAL_BUFFER = 0x22,
    TEMP_KEY_ID = 0xffff,
    SLOT_ECDH = 0x0004, /* ReadKey bit 2 */
    NONCE_INPUT = 20,
};

#define NS_PER_MS UINT64_C(1000000)

static const uint8_t block[64] = {1, 2, 3};

/* Not a signature of anything: r = s = 1 with the generator as public key (FIPS 186-4 D.1.2.3). */
static const uint8_t no_signature[128] = {
    [31] = 1, [63] = 1, 0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5,
    0x63,     0xa4,     0x40, 0xf2, 0x77, 0x03, 0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0, 0xf4, 0xa1,
    0x39,     0x45,     0xd8, 0x98, 0xc2, 0x96, 0x4f, 0xe3, 0x42, 0xe2, 0xfe, 0x1a, 0x7f, 0x9b,
    0x8e,     0xe7,     0xeb, 0x4a, 0x7c, 0x0f, 0x9e, 0x16, 0x2b, 0xce, 0x33, 0x57, 0x6b, 0x31,
    0x5e,     0xce,     0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5};

static probe_reply ask(probe_host *probe, uint8_t opcode, uint8_t p1, uint16_t p2, np_bytes data)
{
    np_atecc_command command = {.opcode = opcode, .p1 = p1, .p2 = p2, .data = data};
    return probe_ask(probe, &command);
}

static np_bytes first(size_t len)
{
    return np_bytes_of(block, len);
}

static bool give_status(const probe_reply *reply, unsigned *ret_answer)
{
    *ret_answer = reply->status;
    return reply->is_answered;
}

static bool ask_status(probe_host *probe, unsigned *ret_answer, const np_atecc_command *command)
{
    probe_reply reply = probe_ask(probe, command);
    return give_status(&reply, ret_answer);
}

static bool succeeded(const probe_reply *reply)
{
    return reply->is_answered && reply->status == NP_ATECC_SUCCESS;
}

static bool load_temp_key(probe_host *probe)
{
    probe_reply reply =
        ask(probe, NP_ATECC_NONCE, NP_ATECC_NONCE_PASS_THROUGH, 0, first(NP_ATECC_BLOCK_SIZE));
    return succeeded(&reply);
}

static bool draw_temp_key(probe_host *probe)
{
    probe_reply reply = ask(probe, NP_ATECC_NONCE, NONCE_RANDOM, 0, first(NONCE_INPUT));
    return succeeded(&reply);
}

/* A bit of Info State: byte 0 or 1, and the mask in it. */
static bool read_state(probe_host *probe, size_t byte, uint8_t mask, unsigned *ret_answer)
{
    probe_reply reply = ask(probe, NP_ATECC_INFO, INFO_STATE, 0, first(0));
    *ret_answer = (reply.data[byte] & mask) != 0;
    return reply.is_answered && reply.len == 4;
}

static bool partial_read(probe_host *probe, unsigned *ret_answer)
{
    static const uint8_t half[] = {NP_ATECC_WORD_COMMAND, NP_ATECC_COMMAND_MIN, NP_ATECC_INFO};
    static const uint8_t reset = NP_ATECC_WORD_RESET;
    uint8_t byte;
    probe_wake(probe);
    if (!probe_write(probe, NP_BYTES(half))) {
        return false;
    }
    *ret_answer = probe_read(probe, &byte, 1);
    return probe_write(probe, np_bytes_of(&reset, 1));
}

static bool extra_bytes(probe_host *probe, unsigned *ret_answer)
{
    /* Info, revision: a command that changes nothing, and one byte too many */
    static const uint8_t group[] = {NP_ATECC_WORD_COMMAND, 0x07, 0x30, 0, 0, 0, 0x03, 0x5d, 0};
    probe_wake(probe);
    *ret_answer = probe_write(probe, NP_BYTES(group));
    return probe_take(probe).is_answered;
}

static bool reserved_word(probe_host *probe, unsigned *ret_answer)
{
    static const uint8_t bytes[] = {0x04, 0x00};
    probe_wake(probe);
    *ret_answer = probe_write(probe, NP_BYTES(bytes));
    return true;
}

static bool wrong_count(probe_host *probe, unsigned *ret_answer)
{
    static const uint8_t group[] = {NP_ATECC_WORD_COMMAND, 0x03};
    probe_wake(probe);
    if (!probe_write(probe, NP_BYTES(group))) {
        return false;
    }
    probe_reply reply = probe_take(probe);
    return give_status(&reply, ret_answer);
}

static bool unknown_opcode(probe_host *probe, unsigned *ret_answer)
{
    return ask_status(probe, ret_answer, &(np_atecc_command){.opcode = OP_NOBODY});
}

/* Reads until nobody answers: to 10 ms. */
static bool watchdog(probe_host *probe, unsigned *ret_answer)
{
    const unsigned step_ms = 10;
    const unsigned long_mode = 0x04;
    uint8_t byte;
    if ((probe->config[NP_CONFIG_CHIP_MODE] & long_mode) != 0) {
        return false;
    }
    probe_wake(probe);
    uint64_t woke_ns = probe->chip->woke_ns;
    while (probe_now_ns(probe) - woke_ns < 3000 * NS_PER_MS && probe_read(probe, &byte, 1)) {
        probe_wait_ns(probe, step_ms * NS_PER_MS);
    }
    probe->chip->is_awake = false;
    *ret_answer = (unsigned)((probe_now_ns(probe) - woke_ns) / NS_PER_MS);
    return true;
}

static bool key_id_16(probe_host *probe, unsigned *ret_answer)
{
    return ask_status(probe, ret_answer, &(np_atecc_command){.opcode = NP_ATECC_GENKEY, .p2 = 16});
}

static bool transport_key(probe_host *probe, unsigned *ret_answer)
{
    return draw_temp_key(probe) &&
           ask_status(probe, ret_answer,
                      &(np_atecc_command){.opcode = OP_GENDIG, .p1 = 2, .p2 = 0x8000});
}

static bool spare_address_bits(probe_host *probe, unsigned *ret_answer)
{
    return ask_status(probe, ret_answer, &(np_atecc_command){.opcode = NP_ATECC_READ, .p2 = 0x80});
}

static bool failed_nonce(probe_host *probe, unsigned *ret_answer)
{
    unsigned is_valid = 0;
    if (!load_temp_key(probe)) {
        return false;
    }
    ask(probe, NP_ATECC_NONCE, NONCE_ILLEGAL, 0, first(NONCE_INPUT));
    bool is_read = read_state(probe, 1, STATE_VALID, &is_valid);
    *ret_answer = !is_valid;
    return is_read;
}

static bool load_digest_buffer(probe_host *probe)
{
    probe_reply reply =
        ask(probe, NP_ATECC_NONCE, NP_ATECC_NONCE_TO_DIGEST_BUFFER, 0, first(NP_ATECC_BLOCK_SIZE));
    return succeeded(&reply);
}

static bool other_buffer(probe_host *probe, unsigned *ret_answer)
{
    return load_temp_key(probe) && load_digest_buffer(probe) &&
           read_state(probe, 1, STATE_VALID, ret_answer);
}

/* A message that is there gives a mismatch, one that is not an execution error. */
static bool ask_verify(probe_host *probe, uint8_t mode, unsigned *ret_answer)
{
    probe_reply reply =
        ask(probe, NP_ATECC_VERIFY, mode, NP_ATECC_VERIFY_P256, NP_BYTES(no_signature));
    *ret_answer = reply.status == NP_ATECC_MISCOMPARE;
    return reply.is_answered;
}

static bool info_and_buffer(probe_host *probe, unsigned *ret_answer)
{
    if (!load_digest_buffer(probe)) {
        return false;
    }
    ask(probe, NP_ATECC_INFO, 0, 0, first(0));
    return ask_verify(probe, VERIFY_EXTERNAL_BUFFER, ret_answer);
}

static bool verify_blank(probe_host *probe, unsigned *ret_answer)
{
    return load_temp_key(probe) && ask_verify(probe, NP_ATECC_VERIFY_EXTERNAL, ret_answer);
}

static bool computed_nonce(probe_host *probe, unsigned *ret_answer)
{
    unsigned is_input = 0;
    if (!load_temp_key(probe)) {
        return false;
    }
    probe_reply reply =
        ask(probe, NP_ATECC_NONCE, NONCE_RANDOM, NONCE_OF_TEMP_KEY, first(NONCE_INPUT));
    bool is_read = succeeded(&reply) && read_state(probe, 0, STATE_SOURCE, &is_input);
    *ret_answer = !is_input;
    return is_read;
}

static bool sha_start(probe_host *probe)
{
    probe_reply reply = ask(probe, OP_SHA, 0, 0, first(0));
    return succeeded(&reply);
}

static probe_reply sha_end(probe_host *probe)
{
    return ask(probe, OP_SHA, 2, 3, first(3));
}

static bool sha_source(probe_host *probe, unsigned *ret_answer)
{
    if (!sha_start(probe)) {
        return false;
    }
    probe_reply reply = sha_end(probe);
    return succeeded(&reply) && read_state(probe, 0, STATE_SOURCE, ret_answer);
}

static bool info_in_sha(probe_host *probe, unsigned *ret_answer)
{
    if (!sha_start(probe)) {
        return false;
    }
    ask(probe, NP_ATECC_INFO, 0, 0, first(0));
    probe_reply reply = sha_end(probe);
    *ret_answer = reply.status != NP_ATECC_SUCCESS;
    return reply.is_answered;
}

static bool failure_in_sha(probe_host *probe, unsigned *ret_answer)
{
    const uint16_t not_the_length = 5;
    if (!sha_start(probe)) {
        return false;
    }
    ask(probe, OP_SHA, 1, not_the_length, first(4));
    probe_reply reply = sha_end(probe);
    *ret_answer = reply.status == NP_ATECC_SUCCESS;
    return reply.is_answered;
}

static bool shared_nonce(probe_host *probe, unsigned *ret_answer)
{
    if (!draw_temp_key(probe)) {
        return false;
    }
    probe_reply reply = ask(probe, OP_GENDIG, 3, 0, first(NP_ATECC_BLOCK_SIZE));
    return succeeded(&reply) && read_state(probe, 0, STATE_GENDIG, ret_answer);
}

static bool gendig_blank(probe_host *probe, unsigned *ret_answer)
{
    if (!draw_temp_key(probe)) {
        return false;
    }
    probe_reply reply = ask(probe, OP_GENDIG, 0, 0, first(0));
    *ret_answer = reply.status == NP_ATECC_SUCCESS;
    return reply.is_answered;
}

static bool aes_upper_half(probe_host *probe, unsigned *ret_answer)
{
    const uint8_t key_position_2 = 0x80;
    bool has_aes = (probe->config[NP_CONFIG_AES_ENABLE] & 1) != 0;
    return has_aes && load_temp_key(probe) &&
           ask_status(
               probe, ret_answer,
               &(np_atecc_command){
                   .opcode = OP_AES, .p1 = key_position_2, .p2 = TEMP_KEY_ID, .data = first(16)});
}

static bool latch_set(probe_host *probe, unsigned *ret_answer)
{
    probe_reply latch = ask(probe, NP_ATECC_INFO, INFO_LATCH, 0, first(0));
    bool is_clear = latch.is_answered && latch.len == 4 && latch.data[0] == 0;
    return is_clear && ask_status(probe, ret_answer,
                                  &(np_atecc_command){
                                      .opcode = NP_ATECC_INFO, .p1 = INFO_LATCH, .p2 = LATCH_SET});
}

/* Each test may take a quarter of a second: a session for each. */
static bool self_test_mask(probe_host *probe, unsigned *ret_answer)
{
    *ret_answer = 0;
    for (unsigned bit = 1; bit < 0x100; bit <<= 1) {
        probe_reply reply = ask(probe, OP_SELF_TEST, (uint8_t)bit, 0, first(0));
        if (!reply.is_answered) {
            return false;
        }
        *ret_answer |= reply.status == NP_ATECC_PARSE_ERROR ? 0 : bit;
        probe_sleep(probe);
    }
    return true;
}

static bool hkdf_key_as_message(probe_host *probe, unsigned *ret_answer)
{
    static const uint8_t details[] = {0x01, 0, 0, 32}; /* a message of 32 bytes in TempKey */
    const uint8_t temp_key_to_output_hkdf = 0x50;
    if (!load_temp_key(probe)) {
        return false;
    }
    probe_reply reply = ask(probe, OP_KDF, temp_key_to_output_hkdf, 0, NP_BYTES(details));
    *ret_answer = reply.len == NP_ATECC_BLOCK_SIZE;
    return reply.is_answered;
}

static bool ecdh_off_curve(probe_host *probe, unsigned *ret_answer)
{
    unsigned slot_config = np_config_slot_config(probe->config, 0);
    unsigned key_config = np_config_key_config(probe->config, 0);
    bool is_free = (slot_config & SLOT_ECDH) != 0 && (slot_config & NP_SLOT_LIMITED_USE) == 0 &&
                   (key_config & (NP_KEY_PRIVATE | NP_KEY_REQ_AUTH)) == NP_KEY_PRIVATE;
    probe_reply key = ask(probe, NP_ATECC_GENKEY, NP_ATECC_GENKEY_PUBLIC, 0, first(0));
    return is_free && succeeded(&key) &&
           ask_status(probe, ret_answer,
                      &(np_atecc_command){.opcode = OP_ECDH, .data = NP_BYTES(block)});
}

static bool otp_words(probe_host *probe, unsigned *ret_answer)
{
    if (probe->config[NP_CONFIG_OTP_MODE] == 0) {
        return false;
    }
    probe_reply reply = ask(probe, NP_ATECC_READ, NP_ATECC_ZONE_OTP, 0, first(0));
    *ret_answer = reply.len == NP_ATECC_WORD_SIZE;
    return reply.is_answered;
}

static bool lock_wrong_summary(probe_host *probe, unsigned *ret_answer)
{
    uint16_t wrong = (uint16_t)~np_crc16(NP_BYTES(probe->config));
    return ask_status(
        probe, ret_answer,
        &(np_atecc_command){.opcode = NP_ATECC_LOCK, .p1 = NP_ATECC_LOCK_CONFIG, .p2 = wrong});
}

#define NO_KEY  "slot 0 must hold a key that may do ECDH without counting or authorisation"
#define NO_NEED ""

const probe_row probe_rows[] = {
    {"PARTIAL_READ_ACKED", PROBE_ANY, PROBE_ALWAYS, partial_read, NO_NEED},
    {"EXTRA_BYTES_ACKED", PROBE_ANY, PROBE_ALWAYS, extra_bytes, NO_NEED},
    {"RESERVED_WORD_ADDRESS_ACKED", PROBE_ANY, PROBE_ALWAYS, reserved_word, NO_NEED},
    {"WRONG_COUNT_STATUS", PROBE_ANY, PROBE_ALWAYS, wrong_count, NO_NEED},
    {"UNKNOWN_OPCODE", PROBE_ANY, PROBE_ALWAYS, unknown_opcode, NO_NEED},
    {"WATCHDOG_MS", PROBE_ANY, PROBE_ALWAYS, watchdog, "the watchdog is the long one"},
    {"LOCK_WRONG_SUMMARY", PROBE_ANY, PROBE_WITH_CONSENT, lock_wrong_summary, NO_NEED},
    {"KEY_ID_ABOVE_15", PROBE_ANY, PROBE_CONFIGURED, key_id_16, NO_NEED},
    {"TRANSPORT_KEY", PROBE_ANY, PROBE_CONFIGURED, transport_key, NO_NEED},
    {"FAILURE_CLEARS_TEMP_KEY_608", PROBE_608, PROBE_ALWAYS, failed_nonce, NO_NEED},
    {"INFO_KEEPS_DIGEST_BUFFER", PROBE_608, PROBE_DATA_LOCKED, info_and_buffer, NO_NEED},
    {"SPARE_ADDRESS_BITS", PROBE_ANY, PROBE_ALWAYS, spare_address_bits, NO_NEED},
    {"OTP_WORDS_READABLE", PROBE_508A, PROBE_DATA_LOCKED, otp_words, "OTPmode is 0"},
    {"NONCE_BUFFERS_KEEP_TEMP_KEY", PROBE_608, PROBE_ALWAYS, other_buffer, NO_NEED},
    {"COMPUTED_NONCE_IS_RANDOM_508A", PROBE_508A, PROBE_ALWAYS, computed_nonce, NO_NEED},
    {"COMPUTED_NONCE_IS_RANDOM_608", PROBE_608, PROBE_ALWAYS, computed_nonce, NO_NEED},
    {"SHA_DIGEST_SOURCE", PROBE_ANY, PROBE_ALWAYS, sha_source, NO_NEED},
    {"SHA_FAILURE_KEEPS_CONTEXT_608", PROBE_608, PROBE_ALWAYS, failure_in_sha, NO_NEED},
    {"INFO_ENDS_SHA_508A", PROBE_508A, PROBE_ALWAYS, info_in_sha, NO_NEED},
    {"SHARED_NONCE_IS_GENDIG", PROBE_ANY, PROBE_CONFIGURED, shared_nonce, NO_NEED},
    {"GENDIG_CONFIG_BEFORE_LOCK", PROBE_ANY, PROBE_BLANK, gendig_blank, NO_NEED},
    {"ECDH_POINT_OFF_CURVE", PROBE_ANY, PROBE_DATA_LOCKED, ecdh_off_curve, NO_KEY},
    {"HKDF_KEY_AS_MESSAGE", PROBE_608, PROBE_DATA_LOCKED, hkdf_key_as_message, NO_NEED},
    {"AES_WITHOUT_UPPER_HALF", PROBE_608, PROBE_ALWAYS, aes_upper_half, "AES is switched off"},
    {"SELF_TEST_MASK", PROBE_608, PROBE_ALWAYS, self_test_mask, NO_NEED},
    {"LATCH_SET_REFUSED", PROBE_608, PROBE_ALWAYS, latch_set, "the latch is set already"},
    {"VERIFY_EXTERNAL_BEFORE_LOCK", PROBE_ANY, PROBE_BLANK, verify_blank, NO_NEED},
};

const size_t probe_row_count = NP_COUNT_OF(probe_rows);
