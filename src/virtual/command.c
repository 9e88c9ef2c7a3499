/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One group in, one answer out: CRC, lengths, watchdog, the handler, TempKey, time. A command is
 * one row here and one function.
 */
#include "virtual/rules.h"

/* What a command does to TempKey (2.2). */
typedef enum temp_key_rule {
    TEMP_KEY_STAYS,    /* Info; AES and KDF, which set it themselves when it is their target */
    TEMP_KEY_REPLACED, /* set on success, cleared on error */
    TEMP_KEY_CONSUMED, /* 508A: cleared on every return; 608: when it was used. Not when set anew */
} temp_key_rule;

typedef enum families { BOTH, ONLY_508A, ONLY_608 } families;

typedef struct command_row {
    uint8_t opcode;
    families families;
    temp_key_rule rule;
    /* 608: "cleared by most commands except Nonce and SHA"; Info as its reading says */
    bool keeps_digest_buffer;
    chip_handler *run;
} command_row;

static const command_row rows[] = {
    {NP_ATECC_READ, BOTH, TEMP_KEY_CONSUMED, false, chip_run_read},
    {NP_ATECC_WRITE, BOTH, TEMP_KEY_CONSUMED, false, chip_run_write},
    {NP_ATECC_NONCE, BOTH, TEMP_KEY_REPLACED, true, chip_run_nonce},
    {NP_ATECC_LOCK, BOTH, TEMP_KEY_CONSUMED, false, chip_run_lock},
    {NP_ATECC_RANDOM, BOTH, TEMP_KEY_CONSUMED, false, chip_run_random},
    {NP_ATECC_INFO, BOTH, TEMP_KEY_STAYS, true, chip_run_info},
    {NP_ATECC_GENKEY, BOTH, TEMP_KEY_REPLACED, false, chip_run_genkey},
    {NP_ATECC_SIGN, BOTH, TEMP_KEY_CONSUMED, false, chip_run_sign},
    {NP_ATECC_VERIFY, BOTH, TEMP_KEY_CONSUMED, false, chip_run_verify},
    {NP_ATECC_UPDATE_EXTRA, BOTH, TEMP_KEY_CONSUMED, false, chip_run_update_extra},
    {NP_ATECC_SHA, BOTH, TEMP_KEY_CONSUMED, true, chip_run_sha},
    {NP_ATECC_MAC, BOTH, TEMP_KEY_CONSUMED, false, chip_run_mac},
    {NP_ATECC_HMAC, ONLY_508A, TEMP_KEY_CONSUMED, false, chip_run_hmac},
    {NP_ATECC_CHECK_MAC, BOTH, TEMP_KEY_CONSUMED, false, chip_run_check_mac},
    {NP_ATECC_COUNTER, BOTH, TEMP_KEY_CONSUMED, false, chip_run_counter},
    {NP_ATECC_GENDIG, BOTH, TEMP_KEY_REPLACED, false, chip_run_gendig},
    {NP_ATECC_DERIVE_KEY, BOTH, TEMP_KEY_CONSUMED, false, chip_run_derive_key},
    {NP_ATECC_PRIV_WRITE, BOTH, TEMP_KEY_CONSUMED, false, chip_run_priv_write},
    {NP_ATECC_PAUSE, ONLY_508A, TEMP_KEY_CONSUMED, false, chip_run_pause},
    {NP_ATECC_ECDH, BOTH, TEMP_KEY_CONSUMED, false, chip_run_ecdh},
    {NP_ATECC_AES, ONLY_608, TEMP_KEY_STAYS, false, chip_run_aes},
    {NP_ATECC_KDF, ONLY_608, TEMP_KEY_STAYS, false, chip_run_kdf},
    {NP_ATECC_SELF_TEST, ONLY_608, TEMP_KEY_CONSUMED, false, chip_run_self_test},
    {NP_ATECC_SECURE_BOOT, ONLY_608, TEMP_KEY_CONSUMED, false, chip_run_secure_boot},
};

/* An opcode that no row has behaves like "all others". */
static const command_row unknown_row = {0, BOTH, TEMP_KEY_CONSUMED, false, NULL};

static const command_row *find_row(const np_virtual_chip *chip, uint8_t opcode)
{
    families other = chip_is_608(chip) ? ONLY_508A : ONLY_608;
    for (size_t i = 0; i < NP_COUNT_OF(rows); i++) {
        if (rows[i].opcode == opcode && rows[i].families != other) {
            return &rows[i];
        }
    }
    return &unknown_row;
}

static np_atecc_times times_of(const np_virtual_chip *chip, const np_atecc_command_row *row)
{
    return np_atecc_times_at(row, chip->options.model, chip->divider_mode);
}

static bool fits_watchdog(const np_virtual_chip *chip, const np_atecc_command_row *row,
                          uint64_t now_ns)
{
    np_atecc_times times = times_of(chip, row);
    uint64_t needed_us =
        chip_reading(chip, READING_WATCHDOG_REFUSES_BY_MAXIMUM) ? times.max_us : times.typical_us;
    return chip->watchdog_ns >= now_ns + needed_us * CHIP_NS_PER_US;
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

static bool loses_temp_key(const np_virtual_chip *chip, const command_row *row,
                           np_atecc_status status, const chip_answer *answer)
{
    bool is_608 = chip_is_608(chip);
    bool has_failed = status != NP_ATECC_SUCCESS;
    switch (row->rule) {
    case TEMP_KEY_REPLACED:
        return has_failed && (!is_608 || chip_reading(chip, READING_FAILURE_CLEARS_TEMP_KEY_608));
    case TEMP_KEY_CONSUMED:
        return (!is_608 || answer->has_used_temp_key) && !(answer->has_set_temp_key && !has_failed);
    default:
        return false;
    }
}

/* On a 508A every other command ends a running hash; on a 608 an error may. */
static bool ends_hash(const np_virtual_chip *chip, const command_row *row, np_atecc_status status)
{
    if (chip_is_608(chip)) {
        return row->run == chip_run_sha && status != NP_ATECC_SUCCESS &&
               !chip_reading(chip, READING_SHA_FAILURE_KEEPS_CONTEXT_608);
    }
    return row->run != chip_run_sha &&
           (row->run != chip_run_info || chip_reading(chip, READING_INFO_ENDS_SHA_508A));
}

static void settle_buffers(np_virtual_chip *chip, const command_row *row, np_atecc_status status,
                           const chip_answer *answer)
{
    if (leaves_state(status) || answer->goes_idle) {
        return;
    }
    if (loses_temp_key(chip, row, status, answer)) {
        clear_temp_key(chip);
    }
    if (chip->kept.sha.kind != CHIP_SHA_NONE && ends_hash(chip, row, status)) {
        np_wipe(&chip->kept.sha, sizeof(chip->kept.sha));
    }
    bool is_kept =
        row->keeps_digest_buffer &&
        (row->run != chip_run_info || chip_reading(chip, READING_INFO_KEEPS_DIGEST_BUFFER));
    if (!is_kept) {
        chip->kept.digest_len = 0;
    }
}

static uint32_t time_us(const np_virtual_chip *chip, const np_atecc_command_row *row,
                        np_atecc_status status)
{
    bool is_done = status == NP_ATECC_SUCCESS || status == NP_ATECC_MISCOMPARE;
    np_atecc_times refusal = {chip_reading(chip, READING_REFUSAL_TYPICAL_US),
                              chip_reading(chip, READING_REFUSAL_MAX_US)};
    np_atecc_times times = is_done && row != NULL ? times_of(chip, row) : refusal;
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
static np_atecc_status check_group(const np_virtual_chip *chip, np_bytes group,
                                   np_atecc_command *ret)
{
    if (np_atecc_decode_command(group, ret)) {
        return NP_ATECC_SUCCESS;
    }
    if (group.len < NP_ATECC_GROUP_MIN) {
        return chip_status(chip, READING_WRONG_COUNT_STATUS);
    }
    if (group.len >= NP_ATECC_COMMAND_MIN) {
        return NP_ATECC_CRC_ERROR;
    }
    uint16_t crc = np_crc16(np_bytes_of(group.data, group.len - 2));
    bool is_good =
        group.data[group.len - 2] == (crc & 0xff) && group.data[group.len - 1] == crc >> 8;
    return is_good ? NP_ATECC_PARSE_ERROR : NP_ATECC_CRC_ERROR;
}

static np_atecc_status run_row(np_virtual_chip *chip, uint64_t now_ns, const command_row *row,
                               const np_atecc_command *command, chip_answer *answer)
{
    const np_atecc_command_row *known = np_atecc_command_by_opcode(command->opcode);
    if (chip->failed_tests != 0 && !chip_is_open_after_failure(command)) {
        return NP_ATECC_SELF_TEST_ERROR;
    }
    if (known == NULL || row->run == NULL) {
        return chip_status(chip, READING_UNKNOWN_OPCODE);
    }
    if (!np_atecc_is_legal_size(known, command->data.len)) {
        return NP_ATECC_PARSE_ERROR;
    }
    return fits_watchdog(chip, known, now_ns) ? row->run(chip, command, answer) : NP_ATECC_WATCHDOG;
}

static np_atecc_status run_command(np_virtual_chip *chip, uint64_t now_ns,
                                   const np_atecc_command *command, chip_answer *answer)
{
    const command_row *row = find_row(chip, command->opcode);
    np_atecc_status status = run_row(chip, now_ns, row, command, answer);
    if (status != NP_ATECC_SUCCESS) {
        answer->len = 0;
        chip_drop_changes(chip);
    }
    settle_buffers(chip, row, status, answer);
    return status;
}

void chip_execute(np_virtual_chip *chip, uint64_t stop_ns)
{
    np_atecc_command command = {0};
    chip_answer answer = {.data = chip->output + 1};
    np_bytes group = np_bytes_of(chip->input, chip->input_len);
    chip->input_len = 0;
    np_atecc_status status = check_group(chip, group, &command);
    if (status == NP_ATECC_SUCCESS) {
        chip->commands[command.opcode]++;
        status = run_command(chip, stop_ns, &command, &answer);
    }
    if (answer.goes_idle) {
        chip_go_idle(chip);
        return;
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
