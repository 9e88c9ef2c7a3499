/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One group in, one answer out: CRC, lengths, watchdog, the handler, TempKey, time. A command is
 * one row here and one function; an opcode without a row is a parse error (DEC).
 */
#include "virtual/rules.h"

/* What a command does to TempKey (2.2). */
typedef enum temp_key_rule {
    TEMP_KEY_STAYS,    /* Info */
    TEMP_KEY_REPLACED, /* set on success, cleared on error */
    TEMP_KEY_CONSUMED, /* 508A: cleared on every return; 608: when it was used */
} temp_key_rule;

typedef struct command_row {
    uint8_t opcode;
    temp_key_rule rule;
    bool keeps_digest_buffer; /* 608: "cleared by most commands except Nonce and SHA"; DEC: Info */
    chip_handler *run;
} command_row;

static const command_row rows[] = {
    {NP_ATECC_READ, TEMP_KEY_CONSUMED, false, chip_run_read},
    {NP_ATECC_WRITE, TEMP_KEY_CONSUMED, false, chip_run_write},
    {NP_ATECC_NONCE, TEMP_KEY_REPLACED, true, chip_run_nonce},
    {NP_ATECC_LOCK, TEMP_KEY_CONSUMED, false, chip_run_lock},
    {NP_ATECC_RANDOM, TEMP_KEY_CONSUMED, false, chip_run_random},
    {NP_ATECC_INFO, TEMP_KEY_STAYS, true, chip_run_info},
    {NP_ATECC_GENKEY, TEMP_KEY_REPLACED, false, chip_run_genkey},
    {NP_ATECC_SIGN, TEMP_KEY_CONSUMED, false, chip_run_sign},
    {NP_ATECC_VERIFY, TEMP_KEY_CONSUMED, false, chip_run_verify},
    {NP_ATECC_UPDATE_EXTRA, TEMP_KEY_CONSUMED, false, chip_run_update_extra},
};

/* An opcode that no row has behaves like "all others". */
static const command_row unknown_row = {0, TEMP_KEY_CONSUMED, false, NULL};

static const command_row *find_row(uint8_t opcode)
{
    for (size_t i = 0; i < NP_COUNT_OF(rows); i++) {
        if (rows[i].opcode == opcode) {
            return &rows[i];
        }
    }
    return &unknown_row;
}

static bool is_legal_size(const np_atecc_command_row *row, size_t size)
{
    for (size_t i = 0; i < sizeof(row->data_sizes) && row->data_sizes[i] != 0xff; i++) {
        if (row->data_sizes[i] == size) {
            return true;
        }
    }
    return false;
}

/* DEC: the worst-case time must fit before the watchdog; the clock divider is taken as M0. */
static bool fits_watchdog(const np_virtual_chip *chip, const np_atecc_command_row *row,
                          uint64_t now_ns)
{
    uint64_t longest_ns = (uint64_t)row->times[chip->options.model].max_us * CHIP_NS_PER_US;
    return chip->watchdog_ns >= now_ns + longest_ns;
}

/* These two say that nothing was executed, and 05 that it may be tried again: all is as before. */
static bool leaves_state(np_atecc_status status)
{
    return status == NP_ATECC_CRC_ERROR || status == NP_ATECC_WATCHDOG ||
           status == NP_ATECC_ECC_FAULT;
}

/* 508A: Valid alone is cleared. 608: all flags. */
static void clear_temp_key(np_virtual_chip *chip)
{
    chip->kept.temp_key.is_valid = false;
    if (chip_is_608(chip)) {
        np_wipe(&chip->kept.temp_key, sizeof(chip->kept.temp_key));
    }
}

static void settle_buffers(np_virtual_chip *chip, const command_row *row, np_atecc_status status,
                           bool has_used_temp_key)
{
    if (leaves_state(status)) {
        return;
    }
    bool has_failed = status != NP_ATECC_SUCCESS;
    bool is_consumed = row->rule == TEMP_KEY_CONSUMED && (!chip_is_608(chip) || has_used_temp_key);
    if (is_consumed || (row->rule == TEMP_KEY_REPLACED && has_failed)) {
        clear_temp_key(chip);
    }
    if (!row->keeps_digest_buffer) {
        chip->kept.digest_len = 0;
    }
}

static uint32_t time_us(const np_virtual_chip *chip, const np_atecc_command_row *row,
                        np_atecc_status status)
{
    bool is_done = status == NP_ATECC_SUCCESS || status == NP_ATECC_MISCOMPARE;
    np_atecc_times refusal = {CHIP_REFUSAL_TYPICAL_US, CHIP_REFUSAL_MAX_US};
    np_atecc_times times = is_done && row != NULL ? row->times[chip->options.model] : refusal;
    switch (chip->options.pace) {
    case NP_PACE_ZERO:
        return 0;
    case NP_PACE_MAXIMUM:
        return times.max_us;
    default:
        return times.typical_us;
    }
}

static void answer_group(np_virtual_chip *chip, size_t len)
{
    size_t body = 1 + len;
    chip->output[0] = (uint8_t)(body + 2);
    uint16_t crc = np_crc16(np_bytes_of(chip->output, body));
    chip->output[body] = (uint8_t)crc;
    chip->output[body + 1] = (uint8_t)(crc >> 8);
    chip->output_len = body + 2;
    chip->output_at = 0;
}

/* CRC comes before everything else (1.5); a good group too short for a command is a parse error. */
static np_atecc_status check_group(np_bytes group, np_atecc_command *ret)
{
    if (np_atecc_decode_command(group, ret)) {
        return NP_ATECC_SUCCESS;
    }
    if (group.len < NP_ATECC_GROUP_MIN || group.len >= NP_ATECC_COMMAND_MIN) {
        return NP_ATECC_CRC_ERROR;
    }
    uint16_t crc = np_crc16(np_bytes_of(group.data, group.len - 2));
    bool is_good =
        group.data[group.len - 2] == (crc & 0xff) && group.data[group.len - 1] == crc >> 8;
    return is_good ? NP_ATECC_PARSE_ERROR : NP_ATECC_CRC_ERROR;
}

static np_atecc_status run_command(np_virtual_chip *chip, uint64_t now_ns,
                                   const np_atecc_command *command, chip_answer *answer)
{
    const np_atecc_command_row *known = np_atecc_command_by_opcode(command->opcode);
    const command_row *row = find_row(command->opcode);
    np_atecc_status status = NP_ATECC_PARSE_ERROR;
    if (known != NULL && row->run != NULL && is_legal_size(known, command->data.len)) {
        status = fits_watchdog(chip, known, now_ns) ? row->run(chip, command, answer)
                                                    : NP_ATECC_WATCHDOG;
    }
    settle_buffers(chip, row, status, answer->has_used_temp_key);
    return status;
}

void chip_execute(np_virtual_chip *chip, uint64_t stop_ns)
{
    np_atecc_command command = {0};
    chip_answer answer = {.data = chip->output + 1};
    np_bytes group = np_bytes_of(chip->input, chip->input_len);
    chip->input_len = 0;
    np_atecc_status status = check_group(group, &command);
    if (status == NP_ATECC_SUCCESS) {
        status = run_command(chip, stop_ns, &command, &answer);
    }
    if (answer.len == 0) {
        answer.data[0] = (uint8_t)status;
        answer.len = 1;
    }
    answer_group(chip, answer.len);
    const np_atecc_command_row *row = np_atecc_command_by_opcode(command.opcode);
    uint64_t time_ns = (uint64_t)time_us(chip, row, status) * CHIP_NS_PER_US;
    chip->is_busy = true;
    chip->busy_until_ns = stop_ns + time_ns;
    chip->busy_total_ns += time_ns;
}
