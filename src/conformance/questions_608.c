/* SPDX-License-Identifier: Apache-2.0 */
/* Questions about ECDH, and about what only a 608 can do: KDF, AES, SelfTest, SecureBoot, latch. */
#include "conformance/probe.h"
#include "conformance/spare.h"

enum {
    TEMP_KEY_ID = 0xffff,
    SLOT_ECDH = 0x0004, /* ReadKey bit 2 */
    ECDH_TO_TEMP_KEY = 0x08,
    ECDH_TO_OUTPUT = 0x0c,
    ECDH_TO_OUTPUT_ENCRYPTED = 0x0e,
    OPTION_KDF_AES = 0x0004,      /* ChipOptions */
    OPTION_ECDH_UNKNOWN = 0x0200, /* ECDHProt 2 or 3 */
    OPTION_KDF_PROTECTION = 0x0c00,
    KDF_PRF_TO_TEMP_KEY = 0x00, /* P1, the source is TempKey in all of them */
    KDF_PRF_TO_SLOT = 0x08,
    KDF_PRF_TO_OUTPUT = 0x10,
    KDF_AES_TO_TEMP_KEY = 0x20,
    KDF_HKDF_TO_TEMP_KEY = 0x40,
    KDF_TARGET_SHIFT = 8, /* P2 */
    KDF_DETAILS = 4,
    KDF_MESSAGE = 16,
    HKDF_IN_TEMP_KEY = 1,
    HKDF_IN_INPUT = 2,
    HKDF_IN_INPUT_CHECKED = 3,
    HKDF_ODD_MESSAGE = 5, /* bytes: no shift of another length */
    AES_KEY_POSITION_2 = 0x80,
    AES_ENABLE = 0x01,
    BOOT_FULL = 5,
    BOOT_FULL_COPY = 7,
    BOOT_DATA = 96, /* digest and signature */
    INFO_LATCH = 0x04,
    LATCH_CLEAR = 0x0002,
    LATCH_SET = 0x0003,
};

static np_bytes generator(void)
{
    return np_bytes_of(probe_no_signature + 64, 64);
}

/* Slot 0 may be used for ECDH, and nothing is counted or asked for. */
static bool has_free_key(probe_host *probe)
{
    unsigned slot_config = np_config_slot_config(probe->config, SPARE_KEY);
    unsigned key_config = np_config_key_config(probe->config, SPARE_KEY);
    if ((slot_config & SLOT_ECDH) == 0 || (slot_config & NP_SLOT_LIMITED_USE) != 0 ||
        (key_config & (NP_KEY_PRIVATE | NP_KEY_REQ_AUTH)) != NP_KEY_PRIVATE) {
        return false;
    }
    probe_reply key =
        probe_call(probe, NP_ATECC_GENKEY, NP_ATECC_GENKEY_PUBLIC, SPARE_KEY, probe_first(0));
    return probe_succeeded(&key);
}

/* A 608 is asked for TempKey as target, so that no protection of the output comes into it. */
static bool ecdh_off_curve(probe_host *probe, unsigned *ret_answer)
{
    uint8_t mode = probe->model == NP_ATECC508A ? 0 : ECDH_TO_TEMP_KEY;
    if (!has_free_key(probe)) {
        return false;
    }
    probe_reply reply = probe_call(probe, NP_ATECC_ECDH, mode, SPARE_KEY, NP_BYTES(probe_block));
    return probe_give_status(&reply, ret_answer);
}

static bool ecdh_source(probe_host *probe, unsigned *ret_answer)
{
    if (!has_free_key(probe)) {
        return false;
    }
    probe_reply reply = probe_call(probe, NP_ATECC_ECDH, ECDH_TO_TEMP_KEY, SPARE_KEY, generator());
    return probe_succeeded(&reply) && probe_read_source(probe, ret_answer);
}

static bool ecdh_override(probe_host *probe, unsigned *ret_answer)
{
    probe_reply reply =
        probe_call(probe, NP_ATECC_ECDH, ECDH_TO_OUTPUT_ENCRYPTED, SPARE_STORING_KEY, generator());
    return probe_give_success(&reply, ret_answer);
}

static unsigned chip_options(const probe_host *probe)
{
    const uint8_t *at = probe->config + NP_CONFIG_CHIP_OPTIONS;
    return at[0] | (unsigned)at[1] << 8;
}

static bool ecdh_protected(probe_host *probe, unsigned *ret_answer)
{
    if ((chip_options(probe) & OPTION_ECDH_UNKNOWN) == 0 || !has_free_key(probe)) {
        return false;
    }
    probe_reply reply = probe_call(probe, NP_ATECC_ECDH, ECDH_TO_OUTPUT, SPARE_KEY, generator());
    return probe_give_status(&reply, ret_answer);
}

/* PRF with a key of 32 bytes: nobody doubts how its details are read. */
static probe_reply ask_prf(probe_host *probe, uint8_t mode, uint16_t p2)
{
    static const uint8_t data[KDF_DETAILS + KDF_MESSAGE] = {1, 0, 0, KDF_MESSAGE};
    return probe_load_temp_key(probe) ? probe_call(probe, NP_ATECC_KDF, mode, p2, NP_BYTES(data))
                                      : (probe_reply){0};
}

static bool kdf_source(probe_host *probe, unsigned *ret_answer)
{
    probe_reply reply = ask_prf(probe, KDF_PRF_TO_TEMP_KEY, 0);
    return probe_succeeded(&reply) && probe_read_source(probe, ret_answer);
}

static bool kdf_protected(probe_host *probe, unsigned *ret_answer)
{
    if ((chip_options(probe) & OPTION_KDF_PROTECTION) == 0) {
        return false;
    }
    probe_reply reply = ask_prf(probe, KDF_PRF_TO_OUTPUT, 0);
    return probe_give_status(&reply, ret_answer);
}

static bool kdf_to_fixed_slot(probe_host *probe, unsigned *ret_answer)
{
    probe_reply reply = ask_prf(probe, KDF_PRF_TO_SLOT, SPARE_FIXED << KDF_TARGET_SHIFT);
    return probe_give_success(&reply, ret_answer);
}

static bool kdf_aes(probe_host *probe, unsigned *ret_answer)
{
    static const uint8_t data[KDF_DETAILS + KDF_MESSAGE] = {0};
    bool has_aes = (probe->config[NP_CONFIG_AES_ENABLE] & AES_ENABLE) != 0;
    if (!has_aes || (chip_options(probe) & OPTION_KDF_AES) != 0 || !probe_load_temp_key(probe)) {
        return false;
    }
    probe_reply reply = probe_call(probe, NP_ATECC_KDF, KDF_AES_TO_TEMP_KEY, 0, NP_BYTES(data));
    return probe_give_status(&reply, ret_answer);
}

typedef struct hkdf_form {
    unsigned shift;    /* lowest bit of the length in Details */
    unsigned location; /* of the message */
    unsigned len;
    const uint8_t *message; /* NULL: not in the input */
} hkdf_form;

static probe_reply ask_hkdf(probe_host *probe, const hkdf_form *form)
{
    uint8_t data[KDF_DETAILS + 127];
    np_writer writer = np_writer_of(data, sizeof(data));
    np_write_u32_le(&writer, form->len << form->shift | form->location);
    if (form->message != NULL) {
        np_write_bytes(&writer, np_bytes_of(form->message, form->len));
    }
    return probe_load_temp_key(probe)
               ? probe_call(probe, NP_ATECC_KDF, KDF_HKDF_TO_TEMP_KEY, 0, np_writer_bytes(&writer))
               : (probe_reply){0};
}

/* The one of the two that makes a chip see the message that is sent. */
static bool hkdf_shift(probe_host *probe, unsigned *ret_answer)
{
    for (unsigned shift = 24; shift <= 25; shift++) {
        hkdf_form form = {shift, HKDF_IN_INPUT, HKDF_ODD_MESSAGE, probe_block};
        probe_reply reply = ask_hkdf(probe, &form);
        unsigned is_right = 0;
        *ret_answer = shift;
        if (!probe_give_success(&reply, &is_right) || is_right != 0) {
            return reply.is_answered && is_right != 0;
        }
    }
    return false;
}

/* A message in which no byte is the first of the two that the configuration asks for. */
static bool iv_mismatch(probe_host *probe, unsigned *ret_answer)
{
    uint8_t message[NP_ATECC_BLOCK_SIZE];
    hkdf_form form = {0, HKDF_IN_INPUT_CHECKED, sizeof(message), message};
    memset(message, (uint8_t)~probe->config[NP_CONFIG_KDF_IV], sizeof(message));
    if (!hkdf_shift(probe, &form.shift)) {
        return false;
    }
    probe_reply reply = ask_hkdf(probe, &form);
    return probe_give_status(&reply, ret_answer);
}

static bool key_as_message(probe_host *probe, unsigned *ret_answer)
{
    hkdf_form form = {0, HKDF_IN_TEMP_KEY, NP_ATECC_BLOCK_SIZE, NULL};
    if (!hkdf_shift(probe, &form.shift)) {
        return false;
    }
    probe_reply reply = ask_hkdf(probe, &form);
    return probe_give_success(&reply, ret_answer);
}

static bool aes_upper_half(probe_host *probe, unsigned *ret_answer)
{
    bool has_aes = (probe->config[NP_CONFIG_AES_ENABLE] & AES_ENABLE) != 0;
    if (!has_aes || !probe_load_temp_key(probe)) {
        return false;
    }
    probe_reply reply =
        probe_call(probe, NP_ATECC_AES, AES_KEY_POSITION_2, TEMP_KEY_ID, probe_first(16));
    return probe_give_status(&reply, ret_answer);
}

static bool aes_authorised(probe_host *probe, unsigned *ret_answer)
{
    unsigned is_authorised = 0;
    bool has_aes = (probe->config[NP_CONFIG_AES_ENABLE] & AES_ENABLE) != 0;
    if (!has_aes || !probe_check_mac(probe, true) ||
        !probe_read_state(probe, 1, PROBE_STATE_AUTHORISED, &is_authorised) || is_authorised == 0) {
        return false;
    }
    probe_reply reply = probe_call(probe, NP_ATECC_AES, 0, SPARE_AES, probe_first(16));
    return probe_give_success(&reply, ret_answer);
}

/* Each test may take a quarter of a second: a session for each. */
static bool self_test_mask(probe_host *probe, unsigned *ret_answer)
{
    *ret_answer = 0;
    for (unsigned bit = 1; bit < 0x100; bit <<= 1) {
        probe_reply reply = probe_call(probe, NP_ATECC_SELF_TEST, (uint8_t)bit, 0, probe_first(0));
        if (!reply.is_answered) {
            return false;
        }
        *ret_answer |= reply.status == NP_ATECC_PARSE_ERROR ? 0 : bit;
        probe_sleep(probe);
    }
    return true;
}

/* A signature that is wrong: nothing is stored whatever the mode. */
static probe_reply ask_boot(probe_host *probe, uint8_t mode)
{
    static const uint8_t digest[32];
    uint8_t data[BOOT_DATA];
    memcpy(data, digest, sizeof(digest));
    memcpy(data + sizeof(digest), probe_no_signature, sizeof(data) - sizeof(digest));
    return probe_call(probe, NP_ATECC_SECURE_BOOT, mode, 0, NP_BYTES(data));
}

/* With a random nonce FullCopy must come as far as the signature. */
static bool does_boot(probe_host *probe)
{
    bool is_drawn = probe_draw_temp_key(probe);
    probe_reply reply = ask_boot(probe, BOOT_FULL_COPY);
    probe_sleep(probe);
    return is_drawn && reply.is_answered && reply.status == NP_ATECC_MISCOMPARE;
}

static bool give_boot(const probe_reply *reply, unsigned *ret_answer)
{
    *ret_answer = reply->status == NP_ATECC_MISCOMPARE;
    return reply->is_answered && (*ret_answer != 0 || reply->status == NP_ATECC_EXECUTION_ERROR ||
                                  reply->status == NP_ATECC_PARSE_ERROR);
}

static bool boot_full(probe_host *probe, unsigned *ret_answer)
{
    if (!does_boot(probe) || !probe_draw_temp_key(probe)) {
        return false;
    }
    probe_reply reply = ask_boot(probe, BOOT_FULL);
    return give_boot(&reply, ret_answer);
}

static bool boot_without_nonce(probe_host *probe, unsigned *ret_answer)
{
    unsigned has_compared = 0;
    if (!does_boot(probe)) {
        return false;
    }
    probe_reply reply = ask_boot(probe, BOOT_FULL_COPY);
    bool is_answer = give_boot(&reply, &has_compared);
    *ret_answer = has_compared == 0;
    return is_answer;
}

static bool is_latch_clear(probe_host *probe)
{
    probe_reply latch = probe_call(probe, NP_ATECC_INFO, INFO_LATCH, 0, probe_first(0));
    return latch.is_answered && latch.len == 4 && latch.data[0] == 0;
}

static bool latch_set(probe_host *probe, unsigned *ret_answer)
{
    if (!is_latch_clear(probe)) {
        return false;
    }
    probe_reply reply = probe_call(probe, NP_ATECC_INFO, INFO_LATCH, LATCH_SET, probe_first(0));
    return probe_give_status(&reply, ret_answer);
}

/* Of a spare chip the latch is set first, by whoever knows the key; then nobody in particular. */
static bool latch_clear(probe_host *probe, unsigned *ret_answer)
{
    if (probe->is_spare ? probe->stage != NP_DATA_LOCKED : !is_latch_clear(probe)) {
        return false;
    }
    if (probe->is_spare && probe_check_mac(probe, true)) {
        probe_call(probe, NP_ATECC_INFO, INFO_LATCH, LATCH_SET, probe_first(0));
        probe_sleep(probe);
    }
    probe_reply reply = probe_call(probe, NP_ATECC_INFO, INFO_LATCH, LATCH_CLEAR, probe_first(0));
    return probe_give_success(&reply, ret_answer);
}

#define NO_KEY "slot 0 must hold a key that may do ECDH without counting or authorisation"
#define NO_AES "AES is switched off"

static const probe_row rows[] = {
    {READING_ECDH_POINT_OFF_CURVE, PROBE_ANY, PROBE_LOCKED, PROBE_HARMLESS, ecdh_off_curve, NO_KEY,
     NULL},
    {READING_ECDH_SECRET_SOURCE, PROBE_608, PROBE_LOCKED, PROBE_HARMLESS, ecdh_source, NO_KEY,
     NULL},
    {READING_ECDH_OUTPUT_OVERRIDES_SLOT, PROBE_608, PROBE_LOCKED, PROBE_SPENDS, ecdh_override, NULL,
     NULL},
    {READING_ECDH_PROTECTION_2_3, PROBE_608, PROBE_LOCKED, PROBE_HARMLESS, ecdh_protected,
     "ECDHProt must be 2 or 3, and slot 0 hold a key that is free for ECDH", NULL},
    {READING_KDF_RESULT_SOURCE, PROBE_608, PROBE_LOCKED, PROBE_HARMLESS, kdf_source, NULL, NULL},
    {READING_KDF_IV_MISMATCH, PROBE_608, PROBE_LOCKED, PROBE_HARMLESS, iv_mismatch, NULL, NULL},
    {READING_KDF_AES_OPTION_OFF, PROBE_608, PROBE_LOCKED, PROBE_HARMLESS, kdf_aes,
     "AES must be switched on, and not for KDF", NULL},
    {READING_KDF_PROTECTED_CLEAR_OUTPUT, PROBE_608, PROBE_LOCKED, PROBE_HARMLESS, kdf_protected,
     "KDFProt is 0", NULL},
    {READING_KDF_TARGET_IGNORES_WRITE_CONFIG, PROBE_608, PROBE_LOCKED, PROBE_SPENDS,
     kdf_to_fixed_slot, NULL, "slot 12, if the chip writes there"},
    {READING_HKDF_LENGTH_LOWEST_BIT, PROBE_608, PROBE_LOCKED, PROBE_HARMLESS, hkdf_shift, NULL,
     NULL},
    {READING_HKDF_KEY_AS_MESSAGE, PROBE_608, PROBE_LOCKED, PROBE_HARMLESS, key_as_message, NULL,
     NULL},
    {READING_AES_WITHOUT_UPPER_HALF, PROBE_608, PROBE_ALWAYS, PROBE_HARMLESS, aes_upper_half,
     NO_AES, NULL},
    {READING_AES_KEY_TAKES_AUTHORISATION, PROBE_608, PROBE_LOCKED, PROBE_SPENDS, aes_authorised,
     NO_AES, NULL},
    {READING_SELF_TEST_MASK, PROBE_608, PROBE_ALWAYS, PROBE_HARMLESS, self_test_mask, NULL, NULL},
    {READING_SECURE_BOOT_FULL_IN_SIGNATURE_MODE, PROBE_608, PROBE_LOCKED, PROBE_SPENDS, boot_full,
     NULL, NULL},
    {READING_SECURE_BOOT_NONCE_WITHOUT_MAC, PROBE_608, PROBE_LOCKED, PROBE_SPENDS,
     boot_without_nonce, NULL, NULL},
    {READING_LATCH_CLEAR_IS_FREE, PROBE_608, PROBE_ALWAYS, PROBE_HARMLESS, latch_clear,
     "the latch is set, and clearing it would end an authorisation", NULL},
    {READING_LATCH_SET_REFUSED, PROBE_608, PROBE_ALWAYS, PROBE_HARMLESS, latch_set,
     "the latch is set already", NULL},
};

const probe_table probe_608_table = {rows, NP_COUNT_OF(rows)};
