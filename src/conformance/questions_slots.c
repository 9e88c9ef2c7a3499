/* SPDX-License-Identifier: Apache-2.0 */
/* Questions about zones and slots: reading, writing, hashing with a key, locking. */
#include "conformance/probe.h"
#include "conformance/spare.h"
#include "crypto/hash.h"

enum {
    SOURCE_IS_INPUT = 0x04, /* P1 of MAC, CheckMac and DeriveKey: TempKey's SourceFlag */
    BLOCK_2_TEMP_KEY = 0x01,
    DIG_SLOT = 2,
    SPARE_ADDRESS_BIT = 0x80,
    TAIL_BLOCK = 2, /* of a slot of 72 bytes: eight are there */
    TAIL_STORED = 8,
    FIRST_TAIL_SLOT = 9,
    NO_ONE_BYTE = 0x100, /* the fill is not the same everywhere */
    ENCRYPTED_BLOCK = NP_ATECC_32_BYTES | NP_ATECC_ENCRYPTED | NP_ATECC_ZONE_DATA,
    CLEAR_BLOCK = NP_ATECC_32_BYTES | NP_ATECC_ZONE_DATA,
    UPDATE_USER_EXTRA = 0,
};

static bool spare_address_bits(probe_host *probe, unsigned *ret_answer)
{
    probe_reply reply = probe_call(probe, NP_ATECC_READ, 0, SPARE_ADDRESS_BIT, probe_first(0));
    return probe_give_status(&reply, ret_answer);
}

static bool is_clear(const probe_host *probe, unsigned slot)
{
    const unsigned hidden = NP_SLOT_IS_SECRET | NP_SLOT_ENCRYPT_READ;
    return (np_config_slot_config(probe->config, slot) & hidden) == 0 &&
           (np_config_key_config(probe->config, slot) & NP_KEY_PRIVATE) == 0;
}

static bool tail_fill(probe_host *probe, unsigned *ret_answer)
{
    unsigned slot = FIRST_TAIL_SLOT;
    while (slot < NP_ATECC_SLOT_COUNT && !is_clear(probe, slot)) {
        slot++;
    }
    if (slot == NP_ATECC_SLOT_COUNT) {
        return false;
    }
    uint16_t at = np_atecc_slot_address(slot, (size_t)TAIL_BLOCK * NP_ATECC_BLOCK_SIZE);
    probe_reply reply = probe_call(probe, NP_ATECC_READ, CLEAR_BLOCK, at, probe_first(0));
    uint8_t first = reply.data[TAIL_STORED];
    np_bytes tail = np_bytes_of(reply.data + TAIL_STORED, NP_ATECC_BLOCK_SIZE - TAIL_STORED);
    *ret_answer = np_bytes_are_all(tail, first) ? first : (unsigned)NO_ONE_BYTE;
    return reply.len == NP_ATECC_BLOCK_SIZE;
}

static bool otp_words(probe_host *probe, unsigned *ret_answer)
{
    if (probe->config[NP_CONFIG_OTP_MODE] == 0) {
        return false;
    }
    probe_reply reply = probe_call(probe, NP_ATECC_READ, NP_ATECC_ZONE_OTP, 0, probe_first(0));
    return probe_give_success(&reply, ret_answer);
}

static bool clear_read(probe_host *probe, unsigned *ret_answer)
{
    uint16_t at = np_atecc_slot_address(SPARE_ENCRYPT_ONLY, 0);
    probe_reply reply = probe_call(probe, NP_ATECC_READ, CLEAR_BLOCK, at, probe_first(0));
    return probe_give_success(&reply, ret_answer);
}

static bool dig_slot(probe_host *probe, unsigned slot, size_t other)
{
    probe_reply reply =
        probe_call(probe, NP_ATECC_GENDIG, DIG_SLOT, (uint16_t)slot, probe_first(other));
    return probe_succeeded(&reply);
}

static bool wrong_mac(probe_host *probe, unsigned *ret_answer)
{
    if (!probe_load_temp_key(probe) || !dig_slot(probe, SPARE_SECRET, 0)) {
        return false;
    }
    probe_reply reply = probe_call(probe, NP_ATECC_WRITE, ENCRYPTED_BLOCK,
                                   np_atecc_slot_address(SPARE_ROLLING, 0), probe_first(64));
    return probe_give_status(&reply, ret_answer);
}

/* TempKey is what the host put there, plain bytes are zeros: TempKey is the cipher, too. */
static bool open_write(probe_host *probe, unsigned *ret_answer)
{
    static const uint8_t zeros[32];
    np_chip_serial serial = np_config_serial(probe->config);
    uint16_t at = np_atecc_slot_address(SPARE_ROLLING, 0);
    const uint8_t origin[] = {NP_ATECC_WRITE,  ENCRYPTED_BLOCK, (uint8_t)at,    (uint8_t)(at >> 8),
                              serial.bytes[8], serial.bytes[0], serial.bytes[1]};
    const np_bytes message[] = {probe_first(32), NP_BYTES(origin), np_bytes_of(zeros, 25),
                                NP_BYTES(zeros)};
    uint8_t data[64];
    memcpy(data, probe_block, 32);
    np_sha256_parts(message, NP_COUNT_OF(message), data + 32);
    if (!probe_load_temp_key(probe)) {
        return false;
    }
    probe_reply reply = probe_call(probe, NP_ATECC_WRITE, ENCRYPTED_BLOCK, at, NP_BYTES(data));
    return probe_give_refusal(&reply, ret_answer);
}

/* The group order is below 2^256 - 1. */
static bool scalar_out_of_range(probe_host *probe, unsigned *ret_answer)
{
    uint8_t data[68] = {0};
    memset(data + 4, 0xff, 32);
    probe_reply reply =
        probe_call(probe, NP_ATECC_PRIV_WRITE, 0, SPARE_STORING_KEY, NP_BYTES(data));
    return probe_give_status(&reply, ret_answer);
}

/* MAC of a challenge, or of a TempKey that no random number has made. */
static probe_reply ask_mac(probe_host *probe, unsigned slot, bool is_of_temp_key)
{
    if (!is_of_temp_key) {
        return probe_call(probe, NP_ATECC_MAC, 0, (uint16_t)slot, probe_first(32));
    }
    return probe_load_temp_key(probe)
               ? probe_call(probe, NP_ATECC_MAC, BLOCK_2_TEMP_KEY | SOURCE_IS_INPUT, (uint16_t)slot,
                            probe_first(0))
               : (probe_reply){0};
}

static bool random_before_lock(probe_host *probe, unsigned *ret_answer)
{
    probe_reply usual = ask_mac(probe, SPARE_SECRET, true);
    probe_reply reply = ask_mac(probe, SPARE_RANDOM, true);
    return probe_succeeded(&usual) && probe_give_refusal(&reply, ret_answer);
}

static bool random_without_temp_key(probe_host *probe, unsigned *ret_answer)
{
    probe_reply usual = ask_mac(probe, SPARE_SECRET, false);
    probe_reply reply = ask_mac(probe, SPARE_RANDOM, false);
    return probe_succeeded(&usual) && probe_give_success(&reply, ret_answer);
}

static bool put_limits(probe_host *probe, uint32_t first, uint32_t second)
{
    uint8_t block[NP_ATECC_BLOCK_SIZE] = {0};
    np_writer writer = np_writer_of(block, sizeof(block));
    np_write_u32_le(&writer, first);
    np_write_u32_le(&writer, second);
    probe_reply reply = probe_call(probe, NP_ATECC_WRITE, CLEAR_BLOCK,
                                   np_atecc_slot_address(SPARE_OPEN, 0), NP_BYTES(block));
    return probe_succeeded(&reply);
}

static bool copies_differ(probe_host *probe, unsigned *ret_answer)
{
    const uint32_t limit = SPARE_COUNT_LIMIT;
    if (!put_limits(probe, limit, limit)) {
        return false;
    }
    probe_reply usual = ask_mac(probe, SPARE_LIMITED, false);
    if (!probe_succeeded(&usual) || !put_limits(probe, limit, 2 * limit)) {
        return false;
    }
    probe_reply reply = ask_mac(probe, SPARE_LIMITED, false);
    return probe_give_success(&reply, ret_answer);
}

enum { CHECK_OTHER = 13, CHECK_ZEROS_1 = 4 + 8 + 3, CHECK_ZEROS_2 = 4, CHECK_ZEROS_3 = 2 };

/* Message 5 of specs of the chip 4, OtherData all zeros; challenge and TempKey are the same. */
bool probe_check_mac(probe_host *probe, bool is_of_temp_key)
{
    static const uint8_t zeros[CHECK_ZEROS_1];
    uint8_t secret[SPARE_SECRET_SIZE];
    uint8_t data[32 + NP_SHA256_SIZE + CHECK_OTHER] = {0};
    np_chip_serial serial = np_config_serial(probe->config);
    spare_put_secret(SPARE_SECRET, secret);
    const np_bytes message[] = {NP_BYTES(secret),
                                probe_first(32),
                                NP_BYTES(zeros),
                                np_bytes_of(serial.bytes + 8, 1),
                                np_bytes_of(zeros, CHECK_ZEROS_2),
                                np_bytes_of(serial.bytes, 2),
                                np_bytes_of(zeros, CHECK_ZEROS_3)};
    memcpy(data, probe_block, 32);
    np_sha256_parts(message, NP_COUNT_OF(message), data + 32);
    if (is_of_temp_key && !probe_load_temp_key(probe)) {
        return false;
    }
    uint8_t mode = is_of_temp_key ? BLOCK_2_TEMP_KEY | SOURCE_IS_INPUT : 0;
    probe_reply reply = probe_call(probe, NP_ATECC_CHECK_MAC, mode, SPARE_SECRET, NP_BYTES(data));
    return probe_succeeded(&reply);
}

static bool copy_source(probe_host *probe, unsigned *ret_answer)
{
    return probe_check_mac(probe, true) && probe_read_source(probe, ret_answer);
}

static bool authorises(probe_host *probe, unsigned *ret_answer)
{
    return probe_check_mac(probe, false) &&
           probe_read_state(probe, 1, PROBE_STATE_AUTHORISED, ret_answer);
}

static probe_reply roll(probe_host *probe)
{
    return probe_call(probe, NP_ATECC_DERIVE_KEY, SOURCE_IS_INPUT, SPARE_ROLLING, probe_first(0));
}

static bool derive_from_no_mac(probe_host *probe, unsigned *ret_answer)
{
    if (!probe_load_temp_key(probe)) {
        return false;
    }
    probe_reply usual = roll(probe);
    if (!probe_succeeded(&usual) || !probe_load_temp_key(probe) ||
        !dig_slot(probe, SPARE_NO_MAC, 4)) {
        return false;
    }
    probe_reply reply = roll(probe);
    return probe_give_success(&reply, ret_answer);
}

static bool set_user_extra(probe_host *probe, uint8_t value, unsigned *ret_done)
{
    probe_reply reply =
        probe_call(probe, NP_ATECC_UPDATE_EXTRA, UPDATE_USER_EXTRA, value, probe_first(0));
    return probe_give_success(&reply, ret_done);
}

static bool read_user_extra(probe_host *probe, uint8_t *ret)
{
    probe_reply reply = probe_call(probe, NP_ATECC_READ, 0,
                                   np_atecc_zone_address(NP_CONFIG_USER_EXTRA), probe_first(0));
    *ret = reply.data[0];
    return reply.len == NP_ATECC_WORD_SIZE;
}

/*
 * Byte 84 is 0 until somebody changes it. If nobody can, 1 stands for "some other value"; a byte
 * that is the mark already was 0 when it was set, and must not change again.
 */
static bool free_value(probe_host *probe, unsigned *ret_answer)
{
    const uint8_t mark = 0xa5;
    uint8_t value = 0;
    unsigned is_changed = 0;
    if (!read_user_extra(probe, &value) || (value != 0 && value != mark) ||
        (value == 0 && !set_user_extra(probe, mark, &is_changed))) {
        return false;
    }
    if (value == 0 && is_changed == 0) {
        *ret_answer = 1;
        return true;
    }
    bool is_asked = set_user_extra(probe, mark ^ 0xff, &is_changed);
    *ret_answer = is_changed != 0 ? mark : 0;
    return is_asked;
}

static bool lock_wrong_summary(probe_host *probe, unsigned *ret_answer)
{
    uint16_t wrong = (uint16_t)~np_crc16(NP_BYTES(probe->config));
    probe_reply reply =
        probe_call(probe, NP_ATECC_LOCK, NP_ATECC_LOCK_CONFIG, wrong, probe_first(0));
    return probe_give_status(&reply, ret_answer);
}

static const probe_row rows[] = {
    {READING_LOCK_WRONG_SUMMARY, PROBE_ANY, PROBE_OPEN, PROBE_SENDS_LOCK, lock_wrong_summary, NULL,
     NULL},
    {READING_REQ_RANDOM_BEFORE_DATA_LOCK, PROBE_ANY, PROBE_CONFIGURED, PROBE_SPENDS,
     random_before_lock, NULL, NULL},
    {READING_REQ_RANDOM_WITHOUT_TEMP_KEY, PROBE_ANY, PROBE_LOCKED, PROBE_SPENDS,
     random_without_temp_key, NULL, NULL},
    {READING_SPARE_ADDRESS_BITS, PROBE_ANY, PROBE_ALWAYS, PROBE_HARMLESS, spare_address_bits, NULL,
     NULL},
    {READING_TAIL_FILL, PROBE_ANY, PROBE_LOCKED, PROBE_HARMLESS, tail_fill,
     "one of slots 9 to 15 must be readable in the clear", NULL},
    {READING_OTP_WORDS_READABLE, PROBE_508A, PROBE_LOCKED, PROBE_HARMLESS, otp_words,
     "OTPmode is 0", NULL},
    {READING_CLEAR_READ_OF_ENCRYPT_ONLY, PROBE_ANY, PROBE_LOCKED, PROBE_SPENDS, clear_read, NULL,
     NULL},
    {READING_WRONG_INPUT_MAC, PROBE_ANY, PROBE_LOCKED, PROBE_SPENDS, wrong_mac, NULL,
     "slot 10, if the chip takes a wrong MAC"},
    {READING_OPEN_WRITE_NEEDS_GENDIG, PROBE_ANY, PROBE_CONFIGURED, PROBE_SPENDS, open_write, NULL,
     "slot 10"},
    {READING_PRIV_WRITE_SCALAR_OUT_OF_RANGE, PROBE_ANY, PROBE_CONFIGURED, PROBE_SPENDS,
     scalar_out_of_range, NULL, "slot 2, if the chip takes such a number"},
    {READING_CHECK_MAC_COPY_SOURCE, PROBE_ANY, PROBE_LOCKED, PROBE_SPENDS, copy_source, NULL, NULL},
    {READING_CHECK_MAC_AUTHORISES_WITHOUT_NONCE, PROBE_ANY, PROBE_LOCKED, PROBE_SPENDS, authorises,
     NULL, NULL},
    {READING_DERIVE_FROM_NO_MAC, PROBE_ANY, PROBE_LOCKED, PROBE_SPENDS, derive_from_no_mac, NULL,
     "slot 10"},
    {READING_COUNT_MATCH_COPIES_DIFFER, PROBE_608, PROBE_LOCKED, PROBE_SPENDS, copies_differ, NULL,
     "slot 8 and Counter0"},
    {READING_SELECTOR_FREE_VALUE, PROBE_ANY, PROBE_LOCKED, PROBE_SPENDS, free_value,
     "byte 84 was changed by somebody else, or torn", "byte 84, for ever"},
};

const probe_table probe_slots_table = {rows, NP_COUNT_OF(rows)};
