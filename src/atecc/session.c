/* SPDX-License-Identifier: Apache-2.0 */
#include "atecc/session.h"

enum {
    WAKE_LOW_US = 60,     /* SDA low that is sure to wake (specs of the chip 1.2, tWLO) */
    WAKE_DELAY_US = 1500, /* tWHI */
    WAKE_ANSWER_SIZE = 4,
    WAKE_ZEROS_MAX = 16, /* enough for 2 MHz */
    POLL_US = 1000,      /* recipe: every 1 to 2 ms */
    /* Longer than any command of a part at its factory clock: it may still be busy. */
    FIRST_PATIENCE_US = 250000,
    LONGEST_WATCHDOG_US = 1700000, /* of the short kind */
    /* Longer than that: then even a stuck chip sleeps and can be woken. */
    PATIENCE_US = 2000000,
    RETRY_PAUSE_US = 5000, /* between attempts to wake; not tuned */
    ATTEMPTS = 4,          /* of one command: FF, EE and 05 are retried up to three times */
    GROUP_OVERHEAD = 3,    /* count and CRC */
};

#define NS_PER_US UINT64_C(1000)

static uint64_t now_ns(const np_atecc *chip)
{
    return chip->bus.ops->now_ns(chip->bus.self);
}

static void wait_until_ns(const np_atecc *chip, uint64_t deadline_ns)
{
    chip->bus.ops->wait_until_ns(chip->bus.self, deadline_ns);
}

static np_code write_word(np_atecc *chip, uint8_t word_address, bool *ret_acked, np_error *err)
{
    return chip->bus.ops->write(chip->bus.self, chip->address, np_bytes_of(&word_address, 1),
                                ret_acked, err);
}

/*
 * Holds SDA low. The address byte of address 0 is eight zero bits: enough up to 133 kHz, where the
 * NACK that follows ends it. Faster buses need zero bytes behind it, clocked through the NACK.
 */
static np_code send_wake_token(np_atecc *chip, np_error *err)
{
    static const uint8_t zeros[WAKE_ZEROS_MAX] = {0};
    uint64_t bits = ((uint64_t)WAKE_LOW_US * chip->bus.clock_hz + 999999) / 1000000;
    size_t zero_bytes = (size_t)((bits + 7) / 8);
    if (zero_bytes <= 1) {
        bool acked = false;
        return chip->bus.ops->write(chip->bus.self, 0, np_bytes_of(zeros, 1), &acked, err);
    }
    zero_bytes = zero_bytes > WAKE_ZEROS_MAX ? WAKE_ZEROS_MAX : zero_bytes;
    return chip->bus.ops->write_through(chip->bus.self, 0, np_bytes_of(zeros, zero_bytes - 1), err);
}

typedef enum wake_result { WAKE_SILENT, WAKE_DONE, WAKE_OTHER_ANSWER } wake_result;

typedef struct wake_answer {
    wake_result result;
    uint8_t bytes[WAKE_ANSWER_SIZE];
} wake_answer;

static np_code try_wake(np_atecc *chip, wake_answer *ret, np_error *err)
{
    static const uint8_t expected[WAKE_ANSWER_SIZE] = {0x04, NP_ATECC_AFTER_WAKE, 0x33, 0x43};
    NP_TRY(send_wake_token(chip, err));
    uint64_t woke_ns = now_ns(chip);
    wait_until_ns(chip, woke_ns + WAKE_DELAY_US * NS_PER_US);
    bool acked = false;
    NP_TRY(chip->bus.ops->read(chip->bus.self, chip->address, ret->bytes, sizeof(ret->bytes),
                               &acked, err));
    ret->result = WAKE_SILENT;
    if (acked) {
        bool is_awake = memcmp(ret->bytes, expected, sizeof(expected)) == 0;
        ret->result = is_awake ? WAKE_DONE : WAKE_OTHER_ANSWER;
    }
    if (ret->result == WAKE_DONE) {
        chip->is_awake = true;
        chip->was_reached = true;
        chip->woke_ns = woke_ns;
        chip->chip_mode = chip->next_mode;
        chip->last_answer_len = 0;
        chip->counts.sessions++;
    }
    return NP_OK;
}

static np_code report_silence(const np_atecc *chip, const wake_answer *last, np_error *err)
{
    if (last->result == WAKE_OTHER_ANSWER) {
        const uint8_t *bytes = last->bytes;
        np_code code = np_error_set(err, NP_EDEVICE_ANSWER,
                                    "what is at 0x%02x answers %02x %02x %02x %02x to a wake token "
                                    "instead of 04 11 33 43",
                                    chip->address, bytes[0], bytes[1], bytes[2], bytes[3]);
        return np_error_hint(err, code,
                             "is it another part with this address? otherwise check the wiring");
    }
    if (chip->was_reached) {
        np_code code = np_error_set(err, NP_ESTATION_TIMEOUT,
                                    "the chip at 0x%02x stopped answering", chip->address);
        return np_error_hint(err, code, "check power and wiring, then run the same command again");
    }
    np_code code =
        np_error_set(err, NP_ESTATION_NACK, "nothing answers at address 0x%02x", chip->address);
    return np_error_hint(err, code,
                         "check power, wiring and address; wiring and adapter must carry the wake "
                         "token (a bus of 100 kHz at most is the safe choice)");
}

/*
 * A chip that is awake ignores the token and gives an old answer, a busy one nothing at all: such
 * a chip is told to sleep, and asked again until its watchdog must have ended whatever it does.
 */
static np_code wake_held(np_atecc *chip, uint32_t patience_us, np_error *err)
{
    uint64_t deadline_ns = now_ns(chip) + patience_us * NS_PER_US;
    for (;;) {
        wake_answer answer = {.result = WAKE_SILENT};
        NP_TRY(try_wake(chip, &answer, err));
        if (answer.result == WAKE_DONE) {
            return NP_OK;
        }
        if (answer.result == WAKE_OTHER_ANSWER) {
            chip->was_reached = true;
            bool acked = false;
            NP_TRY(write_word(chip, NP_ATECC_WORD_SLEEP, &acked, err));
        }
        if (now_ns(chip) >= deadline_ns) {
            return report_silence(chip, &answer, err);
        }
        if (answer.result == WAKE_SILENT) {
            wait_until_ns(chip, now_ns(chip) + RETRY_PAUSE_US * NS_PER_US);
        }
    }
}

/*
 * Whoever held the bus before may have died with the chip awake: its answer to that wake token must
 * not pass for the one to ours, so it is told to sleep. A chip that sleeps does not hear it.
 */
static np_code hold_bus(np_atecc *chip, np_error *err)
{
    if (chip->is_holding || chip->bus.ops->hold == NULL) {
        return NP_OK;
    }
    NP_TRY(np_bus_hold(&chip->bus, err));
    chip->is_holding = true;
    bool acked = false;
    return write_word(chip, NP_ATECC_WORD_SLEEP, &acked, err);
}

static void release_bus(np_atecc *chip)
{
    if (chip->is_holding) {
        np_bus_release(&chip->bus);
    }
    chip->is_holding = false;
}

static np_code wake(np_atecc *chip, uint32_t patience_us, np_error *err)
{
    np_code code = hold_bus(chip, err);
    if (code == NP_OK) {
        code = wake_held(chip, patience_us, err);
    }
    if (code != NP_OK) {
        release_bus(chip);
    }
    return code;
}

np_code np_atecc_detect(np_atecc *chip, bool *ret_is_there, np_error *err)
{
    np_code code = chip->is_awake ? NP_OK : wake(chip, FIRST_PATIENCE_US, err);
    *ret_is_there = code == NP_OK;
    bool is_absent =
        code == NP_ESTATION_NACK || code == NP_ESTATION_TIMEOUT || code == NP_EDEVICE_ANSWER;
    return is_absent ? NP_OK : code;
}

np_code np_atecc_sleep(np_atecc *chip, np_error *err)
{
    if (!chip->is_awake) {
        return NP_OK;
    }
    chip->is_awake = false;
    bool acked = false;
    np_code code = write_word(chip, NP_ATECC_WORD_SLEEP, &acked, err);
    release_bus(chip);
    return code;
}

/* A mode that waits for the next wake is reckoned with where it makes the driver more careful. */
static uint32_t session_us(const np_atecc *chip)
{
    bool is_long = (chip->chip_mode & chip->next_mode & NP_ATECC_LONG_WATCHDOG) != 0;
    return is_long ? NP_ATECC_LONG_SESSION_US : NP_ATECC_SESSION_US;
}

static uint32_t give_up_us(const np_atecc *chip, const np_atecc_command_row *row)
{
    uint32_t now_us = np_atecc_give_up_us(row, chip->chip_mode);
    uint32_t next_us = np_atecc_give_up_us(row, chip->next_mode);
    return now_us > next_us ? now_us : next_us;
}

uint32_t session_need_us(const np_atecc *chip, const np_atecc_command_row *row)
{
    uint32_t patience_us = give_up_us(chip, row);
    uint32_t most_us = session_us(chip) / 2;
    if (patience_us <= most_us) {
        return patience_us;
    }
    /* The field value may be of a slower clock and would fill a session by itself: GenKey's is. */
    uint32_t now_us = np_atecc_times_at(row, NP_ATECC608A, chip->chip_mode).max_us;
    uint32_t next_us = np_atecc_times_at(row, NP_ATECC608A, chip->next_mode).max_us;
    return (now_us > next_us ? now_us : next_us) / 2 * 3;
}

/* A slow command may outlast a session; whether it outlasts the chip's watchdog, the chip says. */
static uint64_t poll_end_ns(const np_atecc *chip)
{
    uint32_t longest_us = session_us(chip);
    longest_us = longest_us > LONGEST_WATCHDOG_US ? longest_us : LONGEST_WATCHDOG_US;
    return chip->woke_ns + longest_us * NS_PER_US;
}

np_code session_ensure(np_atecc *chip, uint32_t needed_us, np_error *err)
{
    uint64_t end_ns = chip->woke_ns + session_us(chip) * NS_PER_US;
    if (chip->is_awake && now_ns(chip) + needed_us * NS_PER_US > end_ns) {
        NP_TRY(np_atecc_sleep(chip, err));
    }
    if (chip->is_awake) {
        return NP_OK;
    }
    return wake(chip, chip->was_reached ? PATIENCE_US : FIRST_PATIENCE_US, err);
}

/* What became of one attempt. */
typedef enum attempt_end {
    ATTEMPT_DONE,
    ATTEMPT_NOT_SENT, /* the command was NACKed: the chip has not seen it */
    ATTEMPT_STATUS,   /* the chip answered a status other than success */
    ATTEMPT_DAMAGED,  /* it answered, but not so that it can be believed */
    ATTEMPT_STALE,    /* it answered the same as before: perhaps the command was not seen */
    ATTEMPT_SILENT,   /* it did not answer in time */
} attempt_end;

typedef struct attempt {
    attempt_end end;
    uint8_t status;
} attempt;

static np_code send(np_atecc *chip, const np_atecc_command *command, bool *ret_acked, np_error *err)
{
    uint8_t buffer[1 + NP_ATECC_GROUP_MAX];
    np_writer writer = np_writer_of(buffer, sizeof(buffer));
    np_write_u8(&writer, NP_ATECC_WORD_COMMAND);
    np_writer group = np_writer_of(buffer + 1, sizeof(buffer) - 1);
    np_atecc_encode_command(command, &group);
    chip->counts.commands++;
    return chip->bus.ops->write(chip->bus.self, chip->address,
                                np_bytes_of(buffer, writer.len + group.len), ret_acked, err);
}

/* Reads the answer as soon as the chip gives it. False: none until the deadline. */
static np_code poll(np_atecc *chip, const session_call *call, uint8_t *buffer, bool *ret_acked,
                    np_error *err)
{
    uint64_t sent_ns = now_ns(chip);
    uint64_t end_ns = poll_end_ns(chip);
    uint64_t deadline_ns = sent_ns + give_up_us(chip, call->row) * NS_PER_US;
    deadline_ns = deadline_ns < end_ns ? deadline_ns : end_ns;
    uint64_t next_ns = sent_ns + call->row->times[NP_ATECC508A].typical_us * NS_PER_US;
    for (;;) {
        wait_until_ns(chip, next_ns);
        NP_TRY(chip->bus.ops->read(chip->bus.self, chip->address, buffer,
                                   call->answer_size + GROUP_OVERHEAD, ret_acked, err));
        next_ns += POLL_US * NS_PER_US;
        if (*ret_acked || next_ns > deadline_ns) {
            return NP_OK;
        }
    }
}

/*
 * An answer longer than a status that equals the one before may be the one before: a command whose
 * word address was damaged on the way is ignored, and the chip gives its last answer again.
 */
static bool is_old_answer(const np_atecc *chip, np_bytes answer)
{
    return answer.len > 1 &&
           np_bytes_equal(answer, np_bytes_of(chip->last_answer, chip->last_answer_len));
}

static attempt judge(np_atecc *chip, const session_call *call, np_bytes answer)
{
    bool is_status = answer.len == 1;
    if (is_status && (call->answer_size != 1 || answer.data[0] != NP_ATECC_SUCCESS)) {
        /* A success status where data is due is an answer to something else. */
        attempt_end end = answer.data[0] == NP_ATECC_SUCCESS ? ATTEMPT_DAMAGED : ATTEMPT_STATUS;
        return (attempt){end, answer.data[0]};
    }
    if (answer.len != call->answer_size) {
        return (attempt){.end = ATTEMPT_DAMAGED};
    }
    bool is_old = is_old_answer(chip, answer);
    memcpy(chip->last_answer, answer.data, answer.len);
    chip->last_answer_len = answer.len;
    if (call->ret != NULL) {
        memcpy(call->ret, answer.data, answer.len);
    }
    return (attempt){.end = is_old ? ATTEMPT_STALE : ATTEMPT_DONE};
}

static np_code receive(np_atecc *chip, const session_call *call, attempt *ret, np_error *err)
{
    uint8_t buffer[NP_ATECC_ANSWER_MAX + GROUP_OVERHEAD];
    size_t size = call->answer_size + GROUP_OVERHEAD;
    np_bytes answer;
    bool acked = false;
    NP_TRY(poll(chip, call, buffer, &acked, err));
    if (!acked) {
        *ret = (attempt){.end = ATTEMPT_SILENT};
        return NP_OK;
    }
    if (!np_atecc_decode_response(np_bytes_of(buffer, size), &answer)) {
        chip->counts.rereads++;
        NP_TRY(write_word(chip, NP_ATECC_WORD_RESET, &acked, err));
        NP_TRY(chip->bus.ops->read(chip->bus.self, chip->address, buffer, size, &acked, err));
        if (!acked || !np_atecc_decode_response(np_bytes_of(buffer, size), &answer)) {
            *ret = (attempt){.end = ATTEMPT_DAMAGED};
            return NP_OK;
        }
    }
    *ret = judge(chip, call, answer);
    return NP_OK;
}

static np_code make_attempt(np_atecc *chip, const session_call *call, attempt *ret, np_error *err)
{
    bool acked = false;
    NP_TRY(send(chip, &call->command, &acked, err));
    if (!acked) {
        *ret = (attempt){.end = ATTEMPT_NOT_SENT};
        return NP_OK;
    }
    return receive(chip, call, ret, err);
}

/* May the command be sent again, and must a new session begin before it? */
typedef struct remedy {
    bool may_resend;
    bool new_session;
} remedy;

static remedy find_remedy(const session_call *call, const attempt *last)
{
    switch (last->end) {
    case ATTEMPT_NOT_SENT:
        return (remedy){true, true};
    case ATTEMPT_STALE:
        return (remedy){true, false};
    case ATTEMPT_STATUS:
        /* Nothing was executed in any of these cases (specs of the chip 1.5). */
        return (remedy){last->status == NP_ATECC_CRC_ERROR || last->status == NP_ATECC_ECC_FAULT ||
                            last->status == NP_ATECC_WATCHDOG ||
                            last->status == NP_ATECC_AFTER_WAKE,
                        last->status == NP_ATECC_WATCHDOG};
    default:
        return (remedy){call->row->is_repeatable, true};
    }
}

static np_code report(const np_atecc *chip, const session_call *call, const attempt *last,
                      np_error *err)
{
    const char *name = call->row->name;
    if (last->end == ATTEMPT_STATUS) {
        return np_error_set_sub(err, NP_EDEVICE_STATUS, last->status,
                                "%s refused, chip status 0x%02x (%s)", name, last->status,
                                np_atecc_status_name(last->status));
    }
    if (last->end == ATTEMPT_DAMAGED) {
        np_code code = np_error_set(err, NP_EDEVICE_ANSWER, "the answer to %s is damaged", name);
        return np_error_hint(err, code, "check the wiring, then run the same command again");
    }
    np_code code =
        np_error_set(err, NP_ESTATION_TIMEOUT, "the chip at 0x%02x did not answer %s in time",
                     chip->address, name);
    return np_error_hint(err, code, "check power and wiring, then run the same command again");
}

np_code session_execute(np_atecc *chip, const session_call *call, np_error *err)
{
    attempt last = {.end = ATTEMPT_SILENT};
    for (unsigned count = 0; count < ATTEMPTS; count++) {
        chip->counts.resends += count > 0;
        if (!call->needs_session) {
            NP_TRY(session_ensure(chip, session_need_us(chip, call->row), err));
        }
        bool was_stale = last.end == ATTEMPT_STALE;
        NP_TRY(make_attempt(chip, call, &last, err));
        if (last.end == ATTEMPT_DONE || (last.end == ATTEMPT_STALE && was_stale)) {
            return NP_OK;
        }
        remedy cure = find_remedy(call, &last);
        if (cure.new_session) {
            NP_TRY(np_atecc_sleep(chip, err));
        }
        if (!cure.may_resend || (cure.new_session && call->needs_session)) {
            break;
        }
    }
    return report(chip, call, &last, err);
}
