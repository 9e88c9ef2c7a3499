/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "conformance/probe.h"
#include "conformance/spare.h"
#include "conformance/spend.h"
#include "crypto/hash.h"

enum {
    ERASED_ADDRESS = NP_ATECC_ERASED >> 1,
    NEVER_WRITTEN_END = 16,
    COUNTERS_END = NP_CONFIG_COUNTERS + 16,
};

/*
 * The tokens sent to where the chip should be have woken every part of its kind. Only reads: what
 * else is at that address must not be written to.
 */
static np_code is_awake_at(np_atecc *chip, uint8_t address, bool *ret_awake, np_error *err)
{
    static const uint8_t after_wake[] = {0x04, NP_ATECC_AFTER_WAKE, 0x33, 0x43};
    uint8_t answer[sizeof(after_wake)];
    NP_TRY(chip->bus.ops->read(chip->bus.self, address, answer, sizeof(answer), ret_awake, err));
    *ret_awake = *ret_awake && memcmp(answer, after_wake, sizeof(answer)) == 0;
    return NP_OK;
}

/* At one of the addresses that questions or a torn write may have left it. */
static np_code find_at(np_atecc *chip, uint8_t address, bool *ret_found, np_error *err)
{
    uint8_t word[NP_ATECC_WORD_SIZE];
    uint8_t locks[NP_ATECC_WORD_SIZE];
    NP_TRY(is_awake_at(chip, address, ret_found, err));
    if (!*ret_found) {
        return NP_OK;
    }
    chip->address = address;
    NP_TRY(np_atecc_detect(chip, ret_found, err));
    if (!*ret_found) {
        return NP_OK;
    }
    NP_TRY(np_atecc_read_config(chip, NP_CONFIG_I2C_ADDRESS, sizeof(word), word, err));
    NP_TRY(np_atecc_read_config(chip, NP_CONFIG_USER_EXTRA, sizeof(locks), locks, err));
    *ret_found = word[0] >> 1 == address &&
                 locks[NP_CONFIG_LOCK_CONFIG - NP_CONFIG_USER_EXTRA] == NP_ATECC_UNLOCKED;
    return np_atecc_sleep(chip, err);
}

static np_code find(np_atecc *chip, uint8_t home, np_error *err)
{
    const uint8_t others[] = {home ^ 1, ERASED_ADDRESS};
    bool is_found = false;
    NP_TRY(np_atecc_detect(chip, &is_found, err));
    for (size_t i = 0; i < NP_COUNT_OF(others) && !is_found; i++) {
        NP_TRY(find_at(chip, others[i], &is_found, err));
    }
    if (!is_found) { /* once more where it was meant to be, for that message */
        chip->address = home;
    }
    return NP_OK;
}

/* May a byte of an open configuration have this value, after the factory or after us? */
static bool is_ours_or_blank(const np_spend_plan *plan, size_t at, uint8_t value)
{
    uint8_t factory = np_atecc_factory_config(plan->model)[at];
    bool is_away = at == NP_CONFIG_I2C_ADDRESS && value >> 1 == (plan->address ^ 1);
    bool is_trial = at == NP_CONFIG_CHIP_MODE && value == NP_ATECC_LONG_WATCHDOG;
    return value == factory || value == plan->config[at] || value == NP_ATECC_ERASED || is_away ||
           is_trial;
}

/* What using the chip changes once its configuration is locked. */
static bool is_counted(size_t at)
{
    return at >= NP_CONFIG_COUNTERS && at < COUNTERS_END;
}

static np_code check_config(const np_spend_plan *plan, const uint8_t *config, np_error *err)
{
    for (size_t at = NEVER_WRITTEN_END; at < NP_ATECC_CONFIG_SIZE; at++) {
        bool is_extra = at >= NP_CONFIG_USER_EXTRA && at <= NP_CONFIG_LOCK_CONFIG;
        bool is_good = plan->stage == NP_ALL_OPEN
                           ? is_ours_or_blank(plan, at, config[at])
                           : config[at] == plan->config[at] || is_counted(at);
        if (is_extra || is_good) {
            continue;
        }
        np_error_set(err, NP_ECONFLICT_FOREIGN,
                     "configuration byte %zu is %02x: neither a blank chip nor one with the test "
                     "configuration",
                     at, (unsigned)config[at]);
        return np_error_hint(err, NP_ECONFLICT_FOREIGN,
                             "spend a chip as the factory delivers it; nothing was written");
    }
    return NP_OK;
}

static np_code check_locks(const uint8_t *config, np_error *err)
{
    bool is_torn = np_lock_state_of(config[NP_CONFIG_LOCK_CONFIG]) == NP_LOCK_TORN ||
                   np_lock_state_of(config[NP_CONFIG_LOCK_VALUE]) == NP_LOCK_TORN;
    return is_torn ? np_error_set(err, NP_EDEVICE_LOST,
                                  "this chip is lost: one of its lock bytes has neither value")
                   : NP_OK;
}

static void put_hash(np_spend_plan *plan)
{
    static const char purpose[] = "conformance";
    const uint8_t model = (uint8_t)plan->model;
    const np_bytes parts[] = {np_bytes_of(purpose, sizeof(purpose)),
                              np_bytes_of(&model, 1),
                              NP_BYTES(plan->chip_serial.bytes),
                              np_bytes_of(&plan->address, 1),
                              np_bytes_of(plan->config, NP_CONFIG_USER_EXTRA),
                              np_bytes_of(plan->config + NP_CONFIG_SLOT_LOCKED,
                                          NP_ATECC_CONFIG_SIZE - NP_CONFIG_SLOT_LOCKED)};
    np_sha256_parts(parts, NP_COUNT_OF(parts), plan->hash);
}

np_code np_spend_plan_make(np_atecc *chip, np_spend_plan *ret, np_error *err)
{
    probe_host probe = {.chip = chip, .err = err};
    *ret = (np_spend_plan){.address = chip->address};
    NP_TRY(find(chip, ret->address, err));
    NP_TRY(probe_look(&probe));
    NP_TRY(check_locks(probe.config, err));
    ret->stage = probe.stage;
    ret->model = probe.model;
    ret->chip_serial = np_config_serial(probe.config);
    spare_put_config(probe.config, ret->model, ret->address, ret->config);
    spare_put_data(ret->data, ret->otp);
    put_hash(ret);
    return check_config(ret, probe.config, err);
}

/* Text after text, cut off at the end. */
static void put_words(char *ret, const char *const *texts, size_t count)
{
    np_writer writer = np_writer_of((uint8_t *)ret, NP_SPEND_LINE_SIZE - 1);
    for (size_t i = 0; i < count; i++) {
        np_write_text(&writer, texts[i]);
    }
    ret[np_writer_has_room(&writer) ? writer.len : 0] = '\0';
}

typedef struct plan_line {
    np_lock_stage last; /* the step is still to do up to this stage */
    const char *words;
} plan_line;

static const plan_line steps[] = {
    {NP_ALL_OPEN, "ask what a blank chip can answer; bytes 16 to 19 are changed and restored"},
    {NP_ALL_OPEN, "write configuration bytes 16 to 83 and 88 to 127, read them back"},
    {NP_ALL_OPEN, "lock the configuration (for ever)"},
    {NP_CONFIG_LOCKED, "ask what a chip between its locks can answer"},
    {NP_CONFIG_LOCKED, "write OTP and all slots with known bytes; make keys in slots 0 and 2"},
    {NP_CONFIG_LOCKED, "lock the data zone (for ever)"},
    {NP_DATA_LOCKED, "ask the rest; this counts uses, rewrites slots, and sets byte 84 (for ever)"},
    {NP_DATA_LOCKED, "the part is good for nothing else afterwards"},
};

/* A word of the configuration as a number in hex, as specs of the chip 3.4 prints them. */
static void put_number(const uint8_t *at, char ret[static 5])
{
    const uint8_t number[] = {at[1], at[0]};
    np_format_hex(NP_BYTES(number), ret);
}

/* "slot  4: SlotConfig 8f8f, KeyConfig 001c, secret ..." */
static void put_slot(const np_spend_plan *plan, unsigned slot, char *ret)
{
    const char number[] = {(char)(slot < 10 ? ' ' : '1'), (char)('0' + slot % 10), '\0'};
    char slot_config[5];
    char key_config[5];
    put_number(plan->config + NP_CONFIG_SLOT_CONFIG + 2 * slot, slot_config);
    put_number(plan->config + NP_CONFIG_KEY_CONFIG + 2 * slot, key_config);
    const char *words = spare_slot_words(slot);
    const char *const texts[] = {"slot ",
                                 number,
                                 ": SlotConfig ",
                                 slot_config,
                                 ", KeyConfig ",
                                 key_config,
                                 ", ",
                                 words == NULL ? "not used" : words};
    put_words(ret, texts, NP_COUNT_OF(texts));
}

static void put_block(const np_spend_plan *plan, size_t block, char *ret)
{
    char bytes[2 * NP_ATECC_BLOCK_SIZE + 1];
    np_format_hex(np_bytes_of(plan->config + block * NP_ATECC_BLOCK_SIZE, NP_ATECC_BLOCK_SIZE),
                  bytes);
    static const char *const names[] = {"configuration bytes 0 to 31: ", "bytes 32 to 63: ",
                                        "bytes 64 to 95: ", "bytes 96 to 127: "};
    const char *const texts[] = {names[block], bytes};
    put_words(ret, texts, NP_COUNT_OF(texts));
}

bool np_spend_plan_line(const np_spend_plan *plan, size_t index,
                        char ret[static NP_SPEND_LINE_SIZE])
{
    const size_t blocks = NP_ATECC_CONFIG_SIZE / NP_ATECC_BLOCK_SIZE;
    if (index < blocks) {
        put_block(plan, index, ret);
        return true;
    }
    index -= blocks;
    if (index < NP_ATECC_SLOT_COUNT) {
        put_slot(plan, (unsigned)index, ret);
        return true;
    }
    index -= NP_ATECC_SLOT_COUNT;
    for (size_t i = 0; i < NP_COUNT_OF(steps); i++) {
        if (steps[i].last < plan->stage) {
            continue;
        }
        if (index-- == 0) {
            put_words(ret, &steps[i].words, 1);
            return true;
        }
    }
    return false;
}
