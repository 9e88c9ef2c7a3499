/* SPDX-License-Identifier: Apache-2.0 */
/* Questions about the two wires, and about time. */
#include "conformance/probe.h"

enum {
    OP_NOBODY = 0x7e,   /* no part of the family has it */
    COUNT_TAKEN = 71,   /* the least that any source says is taken */
    COUNT_REFUSED = 256 /* cannot be said in one byte */
};

#define NS_PER_MS UINT64_C(1000000)

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

/*
 * A group of this size, whole and with a good CRC: Info with far too much data. It is taken when
 * all of it is acknowledged and the answer is about the command, not about the group.
 */
static bool is_group_taken(probe_host *probe, size_t count, bool *ret_taken)
{
    uint8_t bytes[1 + COUNT_REFUSED] = {NP_ATECC_WORD_COMMAND, (uint8_t)count, NP_ATECC_INFO};
    uint16_t crc = np_crc16(np_bytes_of(bytes + 1, count - 2));
    bytes[count - 1] = (uint8_t)crc;
    bytes[count] = (uint8_t)(crc >> 8);
    probe_wake(probe);
    bool is_acked = probe_write(probe, np_bytes_of(bytes, 1 + count));
    probe_reply reply = probe_take(probe);
    probe_sleep(probe);
    *ret_taken = is_acked && reply.status != NP_ATECC_CRC_ERROR;
    return reply.is_answered;
}

static bool group_max(probe_host *probe, unsigned *ret_answer)
{
    size_t taken = COUNT_TAKEN;
    size_t refused = COUNT_REFUSED;
    while (refused - taken > 1) {
        size_t middle = (taken + refused) / 2;
        bool is_taken = false;
        if (!is_group_taken(probe, middle, &is_taken)) {
            return false;
        }
        *(is_taken ? &taken : &refused) = middle;
    }
    *ret_answer = (unsigned)taken;
    return true;
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
    return probe_give_status(&reply, ret_answer);
}

static bool unknown_opcode(probe_host *probe, unsigned *ret_answer)
{
    probe_reply reply = probe_call(probe, OP_NOBODY, 0, 0, probe_first(0));
    return probe_give_status(&reply, ret_answer);
}

enum {
    STEP_MS = 10,
    SHORT_LIMIT_MS = 3000, /* beyond the maximum of 1.7 s: it does not come */
    LONG_LIMIT_MS = 20000, /* beyond 1.7/1.3 of 13 s */
};

static bool has_long_mode(const probe_host *probe)
{
    return (probe->config[NP_CONFIG_CHIP_MODE] & NP_ATECC_LONG_WATCHDOG) != 0;
}

/* Reads until nobody answers: to 10 ms. */
static unsigned measure_watchdog(probe_host *probe, unsigned limit_ms)
{
    uint8_t byte;
    probe_wake(probe);
    uint64_t woke_ns = probe->chip->woke_ns;
    while (probe_now_ns(probe) - woke_ns < limit_ms * NS_PER_MS && probe_read(probe, &byte, 1)) {
        probe_wait_ns(probe, STEP_MS * NS_PER_MS);
    }
    return (unsigned)((probe_now_ns(probe) - woke_ns) / NS_PER_MS);
}

static bool short_watchdog(probe_host *probe, unsigned *ret_answer)
{
    if (has_long_mode(probe)) {
        return false;
    }
    *ret_answer = measure_watchdog(probe, SHORT_LIMIT_MS);
    return probe->trouble == NP_OK;
}

/* The word with address and chip mode, while the configuration is open. It ends the session. */
static bool put_mode(probe_host *probe, const uint8_t word[static NP_ATECC_WORD_SIZE])
{
    uint16_t at = np_atecc_zone_address(NP_CONFIG_I2C_ADDRESS);
    np_code code = np_atecc_write(probe->chip, NP_ATECC_ZONE_CONFIG, at,
                                  np_bytes_of(word, NP_ATECC_WORD_SIZE), probe->err);
    bool is_done = probe_note(probe, code);
    probe_sleep(probe);
    return is_done;
}

static bool long_watchdog(probe_host *probe, unsigned *ret_answer)
{
    const uint8_t *word = probe->config + NP_CONFIG_I2C_ADDRESS;
    bool is_trial = probe->is_spare && probe->stage == NP_ALL_OPEN && !has_long_mode(probe);
    uint8_t trial[NP_ATECC_WORD_SIZE];
    memcpy(trial, word, sizeof(trial));
    trial[NP_CONFIG_CHIP_MODE - NP_CONFIG_I2C_ADDRESS] |= NP_ATECC_LONG_WATCHDOG;
    if ((!is_trial && !has_long_mode(probe)) || (is_trial && !put_mode(probe, trial))) {
        return false;
    }
    *ret_answer = measure_watchdog(probe, LONG_LIMIT_MS);
    probe_sleep(probe);
    return probe->trouble == NP_OK && (!is_trial || put_mode(probe, word));
}

/*
 * GenKey of a public key may take 115 ms, and takes 11 typically. With some 50 ms left a chip that
 * asks for the longest time refuses; one that does not answers, or sleeps before it has.
 */
static bool watchdog_refuses(probe_host *probe, unsigned *ret_answer)
{
    const unsigned left_ms = 60;
    unsigned limit_ms = has_long_mode(probe) ? LONG_LIMIT_MS : SHORT_LIMIT_MS;
    probe_reply key = probe_call(probe, NP_ATECC_GENKEY, NP_ATECC_GENKEY_PUBLIC, 0, probe_first(0));
    probe_sleep(probe);
    if (!probe_succeeded(&key)) {
        return false;
    }
    unsigned watchdog_ms = measure_watchdog(probe, limit_ms);
    probe_sleep(probe);
    probe_wake(probe);
    if (watchdog_ms <= left_ms || watchdog_ms >= limit_ms || probe->trouble != NP_OK) {
        return false;
    }
    uint64_t spent_ns = probe_now_ns(probe) - probe->chip->woke_ns;
    probe_wait_ns(probe, (watchdog_ms - left_ms) * NS_PER_MS - spent_ns);
    key = probe_call(probe, NP_ATECC_GENKEY, NP_ATECC_GENKEY_PUBLIC, 0, probe_first(0));
    *ret_answer = key.is_answered && key.status == NP_ATECC_WATCHDOG;
    return *ret_answer != 0 || !key.is_answered || probe_succeeded(&key);
}

/* Back to its address, whichever it has. */
static void bring_home(probe_host *probe, uint8_t home, uint8_t away)
{
    bool is_away = false;
    probe->chip->is_awake = true; /* at one of the two; both are told to sleep */
    probe_sleep(probe);
    probe->chip->address = away;
    probe->chip->is_awake = true;
    probe_sleep(probe);
    probe_note(probe, np_atecc_detect(probe->chip, &is_away, probe->err));
    if (is_away) {
        uint16_t at = np_atecc_zone_address(NP_CONFIG_I2C_ADDRESS);
        np_bytes word = np_bytes_of(probe->config + NP_CONFIG_I2C_ADDRESS, NP_ATECC_WORD_SIZE);
        np_error moved; /* a chip that moves at once answers this at its old address */
        if (np_atecc_write(probe->chip, NP_ATECC_ZONE_CONFIG, at, word, &moved) != NP_OK) {
            probe->chip->is_awake = true;
        }
        probe_sleep(probe);
    }
    probe->chip->address = home;
    probe->chip->is_awake = true;
    probe_sleep(probe);
    probe_wake(probe);
}

/* Does the old address still answer, right after the configuration got another one? */
static bool mode_at_next_wake(probe_host *probe, unsigned *ret_answer)
{
    uint8_t home = probe->chip->address;
    uint8_t away = home ^ 1;
    uint8_t word[NP_ATECC_WORD_SIZE];
    uint8_t byte;
    memcpy(word, probe->config + NP_CONFIG_I2C_ADDRESS, sizeof(word));
    word[0] = (uint8_t)(away << 1);
    np_atecc_command command = {.opcode = NP_ATECC_WRITE,
                                .p2 = np_atecc_zone_address(NP_CONFIG_I2C_ADDRESS),
                                .data = NP_BYTES(word)};
    probe_wake(probe);
    probe->chip->address = away;
    bool is_taken = probe_read(probe, &byte, 1); /* by another part */
    probe->chip->address = home;
    if (is_taken || !probe_send(probe, &command)) {
        return false;
    }
    probe_wait_ns(probe, 100 * NS_PER_MS); /* longer than any Write */
    bool is_home = probe_read(probe, &byte, 1);
    probe->chip->address = away;
    bool is_away = probe_read(probe, &byte, 1);
    probe->chip->address = home;
    *ret_answer = is_home;
    bool has_moved = is_home != is_away;
    if (is_home) { /* then the next wake must find it away: the write was done */
        probe_sleep(probe);
        probe->chip->address = away;
        probe_note(probe, np_atecc_detect(probe->chip, &has_moved, probe->err));
    }
    probe->chip->address = home;
    bring_home(probe, home, away);
    return has_moved && probe->trouble == NP_OK;
}

#define TRIAL_MODE "bytes 16 to 19 of the configuration, for a moment"

static const probe_row rows[] = {
    {READING_PARTIAL_READ_ACKED, PROBE_ANY, PROBE_ALWAYS, PROBE_HARMLESS, partial_read, NULL, NULL},
    {READING_EXTRA_BYTES_ACKED, PROBE_ANY, PROBE_ALWAYS, PROBE_HARMLESS, extra_bytes, NULL, NULL},
    {READING_GROUP_MAX, PROBE_ANY, PROBE_ALWAYS, PROBE_HARMLESS, group_max, NULL, NULL},
    {READING_RESERVED_WORD_ADDRESS_ACKED, PROBE_ANY, PROBE_ALWAYS, PROBE_HARMLESS, reserved_word,
     NULL, NULL},
    {READING_WRONG_COUNT_STATUS, PROBE_ANY, PROBE_ALWAYS, PROBE_HARMLESS, wrong_count, NULL, NULL},
    {READING_UNKNOWN_OPCODE, PROBE_ANY, PROBE_ALWAYS, PROBE_HARMLESS, unknown_opcode, NULL, NULL},
    {READING_WATCHDOG_MS, PROBE_ANY, PROBE_ALWAYS, PROBE_HARMLESS, short_watchdog,
     "the watchdog is the long one", NULL},
    {READING_LONG_WATCHDOG_508A_MS, PROBE_508A, PROBE_ALWAYS, PROBE_HARMLESS, long_watchdog,
     "the watchdog is the short one", TRIAL_MODE},
    {READING_LONG_WATCHDOG_608_MS, PROBE_608, PROBE_ALWAYS, PROBE_HARMLESS, long_watchdog,
     "the watchdog is the short one", TRIAL_MODE},
    {READING_WATCHDOG_REFUSES_BY_MAXIMUM, PROBE_ANY, PROBE_CLOSED, PROBE_HARMLESS, watchdog_refuses,
     "slot 0 must hold a key whose public half may be computed", NULL},
    {READING_MODE_AT_NEXT_WAKE, PROBE_ANY, PROBE_OPEN, PROBE_SPENDS, mode_at_next_wake,
     "another part answers at the neighbouring address", TRIAL_MODE},
};

const probe_table probe_bus_table = {rows, NP_COUNT_OF(rows)};

#define CANNOT_FAIL "needs a part whose random numbers fail"
#define TOO_SHORT                                                                                  \
    "needs a logic analyser: a read takes as long on the bus as the refusal, and the host's own "  \
    "delays are in what it measures"

static const probe_row silent_rows[] = {
    {READING_WATCHDOG_TEARS, PROBE_ANY, PROBE_ALWAYS, PROBE_HARMLESS, NULL,
     "the chip takes no command that the watchdog could stop; needs power and clock out of bounds",
     NULL},
    {READING_TORN_BYTE, PROBE_ANY, PROBE_ALWAYS, PROBE_HARMLESS, NULL,
     "needs power that can be cut within a write, often, and a microsecond apart", NULL},
    {READING_REFUSAL_TYPICAL_US, PROBE_ANY, PROBE_ALWAYS, PROBE_HARMLESS, NULL, TOO_SHORT, NULL},
    {READING_REFUSAL_MAX_US, PROBE_ANY, PROBE_ALWAYS, PROBE_HARMLESS, NULL, TOO_SHORT, NULL},
    {READING_RANDOM_FAILURE_608, PROBE_ANY, PROBE_ALWAYS, PROBE_HARMLESS, NULL, CANNOT_FAIL, NULL},
    {READING_RANDOM_FAILURE_508A, PROBE_ANY, PROBE_ALWAYS, PROBE_HARMLESS, NULL, CANNOT_FAIL, NULL},
    {READING_HEALTH_FAILURE_ENDS_BY_SELF_TEST, PROBE_ANY, PROBE_ALWAYS, PROBE_HARMLESS, NULL,
     CANNOT_FAIL, NULL},
    {READING_HEALTH_FAILURE_OUTLASTS_SLEEP, PROBE_ANY, PROBE_ALWAYS, PROBE_HARMLESS, NULL,
     CANNOT_FAIL, NULL},
    {READING_IDLE_KEEPS_TEST_FAILURES, PROBE_ANY, PROBE_ALWAYS, PROBE_HARMLESS, NULL,
     "needs a part whose self test fails", NULL},
};

const probe_table probe_silent_table = {silent_rows, NP_COUNT_OF(silent_rows)};
