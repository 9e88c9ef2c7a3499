/* SPDX-License-Identifier: Apache-2.0 */
#include "conformance/spend.h"

#include "conformance/probe.h"
#include "conformance/spare.h"

enum {
    LOCK_WORD = NP_CONFIG_USER_EXTRA,
    LOCK_ATTEMPTS = 3,
    KEY_ATTEMPTS = 3,
    /*
     * A chip that misses a Write gives its last answer again, and that may be a success: what was
     * missed is found when it is read back or locked, and written again once.
     */
    WRITE_ATTEMPTS = 2,
};

/* One run: the chip as the questions see it, and what it shall become. */
typedef struct spending {
    probe_host probe;
    const np_spend_plan *plan;
} spending;

static bool is_written(size_t word_at)
{
    return word_at >= NP_CONFIG_I2C_ADDRESS && word_at != LOCK_WORD;
}

static np_code write_word(spending *run, size_t at, const uint8_t *word)
{
    return np_atecc_write(run->probe.chip, NP_ATECC_ZONE_CONFIG, np_atecc_zone_address(at),
                          np_bytes_of(word, NP_ATECC_WORD_SIZE), run->probe.err);
}

/*
 * A run that was cut off may have left the chip at another address, or with the long watchdog: the
 * questions begin with the chip at home and its mode the plain one.
 */
static np_code settle_mode(spending *run)
{
    const size_t at = NP_CONFIG_I2C_ADDRESS;
    const uint8_t *wanted = run->plan->config + at;
    if (memcmp(run->probe.config + at, wanted, NP_ATECC_WORD_SIZE) != 0) {
        NP_TRY(write_word(run, at, wanted));
        NP_TRY(np_atecc_sleep(run->probe.chip, run->probe.err));
    }
    run->probe.chip->address = run->plan->address;
    return probe_look(&run->probe);
}

static np_code compare_config(spending *run)
{
    const uint8_t *config = run->probe.config;
    NP_TRY(probe_look(&run->probe));
    for (size_t at = NP_CONFIG_I2C_ADDRESS; at < NP_ATECC_CONFIG_SIZE; at++) {
        if (is_written(at / NP_ATECC_WORD_SIZE * NP_ATECC_WORD_SIZE) &&
            config[at] != run->plan->config[at]) {
            return np_error_set(run->probe.err, NP_EDEVICE_VERIFY,
                                "read back from the chip: configuration byte %zu is %02x, not %02x",
                                at, (unsigned)config[at], (unsigned)run->plan->config[at]);
        }
    }
    return NP_OK;
}

static np_code write_config_once(spending *run)
{
    NP_TRY(probe_look(&run->probe));
    for (size_t at = 0; at < NP_ATECC_CONFIG_SIZE; at += NP_ATECC_WORD_SIZE) {
        const uint8_t *word = run->plan->config + at;
        bool is_there = memcmp(run->probe.config + at, word, NP_ATECC_WORD_SIZE) == 0;
        if (is_written(at) && !is_there) {
            NP_TRY(write_word(run, at, word));
        }
    }
    return compare_config(run);
}

static np_code write_config(spending *run)
{
    np_code code = NP_EDEVICE_VERIFY;
    NP_TRY(probe_announce(&run->probe, "write the configuration"));
    for (unsigned i = 0; i < WRITE_ATTEMPTS && code == NP_EDEVICE_VERIFY; i++) {
        code = write_config_once(run);
    }
    return code;
}

static np_code report_open(np_error *err, np_code code, const char *words)
{
    if (code != NP_EDEVICE_STATUS) {
        return code == NP_OK ? np_error_set(err, NP_EDEVICE_LOCK, "%s: the chip does not", words)
                             : np_error_prefix(err, code, "%s", words);
    }
    int status = err != NULL ? err->sub : 0;
    return np_error_set_sub(err, NP_EDEVICE_LOCK, status,
                            "%s: the chip refuses, its contents are not the ones that were sent",
                            words);
}

/* Whatever was answered, the lock byte tells; only a lock that is seen open is sent again. */
static np_code lock(spending *run, uint8_t zone, uint16_t crc, const char *words)
{
    np_atecc *chip = run->probe.chip;
    np_error *err = run->probe.err;
    size_t at = zone == NP_ATECC_LOCK_CONFIG ? NP_CONFIG_LOCK_CONFIG : NP_CONFIG_LOCK_VALUE;
    np_error why = {.code = NP_OK};
    np_code code = NP_OK;
    NP_TRY(probe_announce(&run->probe, words));
    for (unsigned i = 0; i < LOCK_ATTEMPTS && code != NP_EDEVICE_STATUS; i++) {
        uint8_t word[NP_ATECC_WORD_SIZE];
        code = np_atecc_lock_zone(chip, zone, crc, &why);
        NP_TRY(np_atecc_read_config(chip, LOCK_WORD, sizeof(word), word, err));
        np_lock_state state = np_lock_state_of(word[at - LOCK_WORD]);
        if (state == NP_LOCK_CLOSED) {
            return np_atecc_sleep(chip, err); /* what was locked is sure to hold after a wake */
        }
        if (state == NP_LOCK_TORN) {
            return np_error_set(err, NP_EDEVICE_LOST,
                                "%s: this chip is lost: its lock byte has neither value", words);
        }
    }
    if (err != NULL && code != NP_OK) {
        *err = why;
    }
    return report_open(err, code, words);
}

static np_code write_block(spending *run, uint8_t zone, uint16_t address, np_bytes bytes)
{
    uint8_t block[NP_ATECC_BLOCK_SIZE] = {0}; /* what lies beyond a slot's end is ignored */
    size_t len = bytes.len < sizeof(block) ? bytes.len : sizeof(block);
    memcpy(block, bytes.data, len);
    return np_atecc_write(run->probe.chip, zone, address, NP_BYTES(block), run->probe.err);
}

static bool is_private(const np_spend_plan *plan, unsigned slot)
{
    return (np_config_key_config(plan->config, slot) & NP_KEY_PRIVATE) != 0;
}

static np_code make_key(spending *run, unsigned slot)
{
    uint8_t key[64];
    np_code code = NP_OK;
    for (unsigned i = 0; i < KEY_ATTEMPTS; i++) {
        code = np_atecc_genkey_create(run->probe.chip, slot, key, run->probe.err);
        if (code != NP_ESTATION_TIMEOUT && code != NP_EDEVICE_ANSWER) {
            break;
        }
    }
    return code;
}

static np_code load_slot(spending *run, unsigned slot)
{
    const uint8_t *from = run->plan->data + np_atecc_slot_offset(slot);
    size_t size = np_atecc_slot_size(slot);
    if (is_private(run->plan, slot)) {
        return make_key(run, slot);
    }
    for (size_t at = 0; at < size; at += NP_ATECC_BLOCK_SIZE) {
        NP_TRY(write_block(run, NP_ATECC_ZONE_DATA, np_atecc_slot_address(slot, at),
                           np_bytes_of(from + at, size - at)));
    }
    return NP_OK;
}

static np_code load(spending *run)
{
    NP_TRY(probe_announce(&run->probe, "write OTP and slots"));
    for (size_t at = 0; at < NP_ATECC_OTP_SIZE; at += NP_ATECC_BLOCK_SIZE) {
        NP_TRY(write_block(run, NP_ATECC_ZONE_OTP, np_atecc_zone_address(at),
                           np_bytes_of(run->plan->otp + at, NP_ATECC_BLOCK_SIZE)));
    }
    for (unsigned slot = 0; slot < NP_ATECC_SLOT_COUNT; slot++) {
        np_code code = load_slot(run, slot);
        if (code != NP_OK) {
            return np_error_prefix(run->probe.err, code, "slot %u", slot);
        }
    }
    return NP_OK;
}

/* All slots in order but those of private keys, then OTP (specs of the chip 2.12). */
static uint16_t data_crc(const np_spend_plan *plan)
{
    uint16_t crc = 0;
    for (unsigned slot = 0; slot < NP_ATECC_SLOT_COUNT; slot++) {
        if (!is_private(plan, slot)) {
            crc = np_crc16_update(crc, np_bytes_of(plan->data + np_atecc_slot_offset(slot),
                                                   np_atecc_slot_size(slot)));
        }
    }
    return np_crc16_update(crc, NP_BYTES(plan->otp));
}

static np_code pass_open(spending *run, np_conformance *ret)
{
    NP_TRY(settle_mode(run));
    NP_TRY(probe_ask_all(&run->probe, ret));
    NP_TRY(write_config(run));
    return lock(run, NP_ATECC_LOCK_CONFIG, np_crc16(NP_BYTES(run->probe.config)),
                "lock the configuration");
}

static np_code pass_configured(spending *run, np_conformance *ret)
{
    NP_TRY(probe_ask_all(&run->probe, ret));
    np_code code = NP_EDEVICE_LOCK;
    for (unsigned i = 0; i < WRITE_ATTEMPTS && code == NP_EDEVICE_LOCK; i++) {
        NP_TRY(load(run));
        code = lock(run, NP_ATECC_LOCK_DATA, data_crc(run->plan), "lock the data zone");
    }
    return code;
}

/* The chip may still be at the address that a cut left it at: it is not begun at home then. */
np_code np_spend_run(np_atecc *chip, const np_spend_plan *plan, const np_conformance_watch *watch,
                     np_conformance *ret, np_error *err)
{
    spending run = {
        .probe = {.chip = chip, .may_lock = true, .is_spare = true, .watch = watch, .err = err},
        .plan = plan};
    NP_TRY(probe_begin(&run.probe, ret));
    if (run.probe.stage == NP_ALL_OPEN) {
        NP_TRY(pass_open(&run, ret));
        NP_TRY(probe_look(&run.probe));
    }
    if (run.probe.stage == NP_CONFIG_LOCKED) {
        NP_TRY(pass_configured(&run, ret));
        NP_TRY(probe_look(&run.probe));
    }
    return probe_ask_all(&run.probe, ret);
}
