/* SPDX-License-Identifier: Apache-2.0 */
/* Random and Nonce (specs of the chip 2.14, 2.17, 4.1). */
#include "crypto/hash.h"
#include "virtual/rules.h"

enum {
    NONCE_RANDOM = 0,
    NONCE_RANDOM_NO_SEED = 1,
    NONCE_INPUT_SIZE = 20,
    NONCE_COMPUTE = 0x8000,
    NONCE_MODE_BITS = 0x03,
    NONCE_LONG = 0x20,        /* 608: 64 bytes */
    NONCE_TARGET_BITS = 0xc0, /* 608 */
    NONCE_TO_TEMP_KEY = 0x00,
    NONCE_TO_DIGEST_BUFFER = 0x40,
    NONCE_TO_ALTERNATE_KEY = 0x80,
    NONCE_SIZE = 32,
    NONCE_LONG_SIZE = 64,
    OPTION_HEALTH_CLEARS = 0x0008, /* ChipOptions: a report of the failure clears it */
};

bool chip_draw(np_virtual_chip *chip, uint8_t ret[static 32])
{
    static const uint8_t pattern[] = {0xff, 0xff, 0x00, 0x00};
    if (chip_is_config_locked(chip)) {
        bool is_drawn =
            !chip->has_bad_random &&
            chip->options.random.fill(chip->options.random.self, ret, 32, NULL) == NP_OK;
        chip->has_bad_random = !is_drawn && chip_is_608(chip);
        return is_drawn;
    }
    for (size_t i = 0; i < 32; i++) {
        ret[i] = pattern[i % sizeof(pattern)];
    }
    return true;
}

np_atecc_status chip_draw_failure(np_virtual_chip *chip)
{
    if ((chip_options(chip) & OPTION_HEALTH_CLEARS) != 0) {
        chip->has_bad_random = false;
    }
    return chip_status(chip, chip_is_608(chip) ? READING_RANDOM_FAILURE_608
                                               : READING_RANDOM_FAILURE_508A);
}

np_atecc_status chip_run_random(np_virtual_chip *chip, const np_atecc_command *command,
                                chip_answer *answer)
{
    if (command->p1 > NONCE_RANDOM_NO_SEED || command->p2 != 0) {
        return NP_ATECC_PARSE_ERROR;
    }
    if (!chip_draw(chip, answer->data)) {
        return chip_draw_failure(chip);
    }
    answer->len = 32;
    return NP_ATECC_SUCCESS;
}

/* SHA(random or TempKey | NumIn | 16 | P1 | 00) */
static void hash_nonce(const uint8_t *first, const np_atecc_command *command, uint8_t *ret)
{
    const uint8_t tail[] = {NP_ATECC_NONCE, command->p1, 0};
    const np_bytes parts[] = {np_bytes_of(first, 32), command->data, NP_BYTES(tail)};
    np_sha256_parts(parts, NP_COUNT_OF(parts), ret);
}

/* P2 8000: TempKey takes the place of the random number and is answered. */
static np_atecc_status compute_nonce(np_virtual_chip *chip, const np_atecc_command *command,
                                     chip_answer *answer)
{
    chip_temp_key *key = &chip->kept.temp_key;
    if (!chip_has_message(chip)) {
        return NP_ATECC_EXECUTION_ERROR;
    }
    hash_nonce(key->value, command, key->value);
    bool is_random = chip_reading(chip, chip_is_608(chip) ? READING_COMPUTED_NONCE_IS_RANDOM_608
                                                          : READING_COMPUTED_NONCE_IS_RANDOM_508A);
    key->is_input_only = key->is_input_only && !is_random;
    key->is_upper_valid = false;
    memcpy(answer->data, key->value, 32);
    answer->len = 32;
    return NP_ATECC_SUCCESS;
}

static np_atecc_status draw_nonce(np_virtual_chip *chip, const np_atecc_command *command,
                                  chip_answer *answer)
{
    if (!chip_draw(chip, answer->data)) {
        return chip_draw_failure(chip);
    }
    answer->len = 32;
    chip->kept.temp_key = (chip_temp_key){.is_valid = true};
    hash_nonce(answer->data, command, chip->kept.temp_key.value);
    return NP_ATECC_SUCCESS;
}

static np_atecc_status run_random_nonce(np_virtual_chip *chip, const np_atecc_command *command,
                                        chip_answer *answer)
{
    if (command->data.len != NONCE_INPUT_SIZE || (command->p2 & ~NONCE_COMPUTE) != 0) {
        return NP_ATECC_PARSE_ERROR;
    }
    return command->p2 == NONCE_COMPUTE ? compute_nonce(chip, command, answer)
                                        : draw_nonce(chip, command, answer);
}

static np_atecc_status pass_through(np_virtual_chip *chip, uint8_t target, np_bytes value)
{
    chip_volatile *kept = &chip->kept;
    if (target != NONCE_TO_TEMP_KEY && !chip_reading(chip, READING_NONCE_BUFFERS_KEEP_TEMP_KEY)) {
        kept->temp_key.is_valid = false;
    }
    switch (target) {
    case NONCE_TO_TEMP_KEY:
        chip_set_temp_key(chip, value, true);
        return NP_ATECC_SUCCESS;
    case NONCE_TO_DIGEST_BUFFER:
        kept->digest_len = value.len;
        memcpy(kept->digest_buffer, value.data, value.len);
        return NP_ATECC_SUCCESS;
    case NONCE_TO_ALTERNATE_KEY:
        if (value.len != NONCE_SIZE) {
            return NP_ATECC_PARSE_ERROR;
        }
        kept->has_alternate_key = true;
        memcpy(kept->alternate_key, value.data, value.len);
        return NP_ATECC_SUCCESS;
    default:
        return NP_ATECC_PARSE_ERROR;
    }
}

np_atecc_status chip_run_nonce(np_virtual_chip *chip, const np_atecc_command *command,
                               chip_answer *answer)
{
    uint8_t p1 = command->p1;
    if (p1 == NONCE_RANDOM || p1 == NONCE_RANDOM_NO_SEED) {
        return run_random_nonce(chip, command, answer);
    }
    uint8_t choices = chip_is_608(chip) ? NONCE_TARGET_BITS | NONCE_LONG : 0;
    size_t size = (p1 & NONCE_LONG) != 0 ? NONCE_LONG_SIZE : NONCE_SIZE;
    if ((p1 & ~choices) != NP_ATECC_NONCE_PASS_THROUGH || command->p2 != 0 ||
        command->data.len != size) {
        return NP_ATECC_PARSE_ERROR;
    }
    return pass_through(chip, p1 & NONCE_TARGET_BITS, command->data);
}
