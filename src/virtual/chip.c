/* SPDX-License-Identifier: Apache-2.0 */
#include "virtual/chip.h"

#include "virtual/rules.h"
#include <stdlib.h>

static np_virtual_chip *make_chip(const np_virtual_chip_options *options)
{
    np_virtual_chip *chip = calloc(1, sizeof(*chip));
    if (chip == NULL) {
        return NULL;
    }
    chip->options = *options;
    if (chip->options.wake_min_us == 0) {
        chip->options.wake_min_us = CHIP_WAKE_MIN_US;
    }
    size_t count = 0;
    const np_reading *readings = np_readings(&count);
    for (size_t i = 0; i < count; i++) {
        chip->readings[i] = (uint16_t)readings[i].answer;
    }
    chip->state = CHIP_ASLEEP;
    return chip;
}

/* Configuration bytes 0 to 3 and 8 to 12 (specs of the chip 3.2); three of them are the factory's.
 */
static void put_serial(uint8_t config[static NP_ATECC_CONFIG_SIZE], const np_chip_serial *serial)
{
    memcpy(config + 2, serial->bytes + 2, 2);
    memcpy(config + 8, serial->bytes + 4, 4);
}

np_virtual_chip *np_virtual_chip_new(const np_virtual_chip_options *options,
                                     const np_chip_serial *serial)
{
    np_virtual_chip *chip = make_chip(options);
    if (chip == NULL) {
        return NULL;
    }
    memset(chip->eeprom, NP_ATECC_ERASED, sizeof(chip->eeprom));
    memcpy(chip->eeprom, np_atecc_factory_config(options->model), NP_ATECC_CONFIG_SIZE);
    put_serial(chip->eeprom, serial);
    return chip;
}

np_virtual_chip *np_virtual_chip_from_eeprom(const np_virtual_chip_options *options,
                                             const uint8_t eeprom[static NP_EEPROM_SIZE])
{
    np_virtual_chip *chip = make_chip(options);
    if (chip != NULL) {
        memcpy(chip->eeprom, eeprom, sizeof(chip->eeprom));
    }
    return chip;
}

void np_virtual_chip_free(np_virtual_chip *chip)
{
    if (chip == NULL) {
        return;
    }
    chip_drop_changes(chip);
    chip_forget_keys(chip);
    np_wipe(chip, sizeof(*chip));
    free(chip);
}

void chip_fall_asleep(np_virtual_chip *chip)
{
    chip->state = CHIP_ASLEEP;
    chip->is_busy = false;
    chip->input_len = 0;
    chip->output_len = 0;
    chip->failed_tests = 0;
    chip->has_bad_random =
        chip->has_bad_random && chip_reading(chip, READING_HEALTH_FAILURE_OUTLASTS_SLEEP);
    np_wipe(&chip->kept, sizeof(chip->kept));
}

/* Bits 7 to 1 of byte 16; a 608 may be told to use byte 85 instead (specs of the chip 1.9). */
uint8_t np_virtual_chip_address(const np_virtual_chip *chip)
{
    const uint8_t *config = chip_config(chip);
    bool is_extra = chip_is_608(chip) && config[NP_CONFIG_SELECTOR] != 0 &&
                    (config[NP_CONFIG_CHIP_MODE] & CHIP_MODE_EXTRA_ADDRESS) != 0;
    return config[is_extra ? NP_CONFIG_SELECTOR : NP_CONFIG_I2C_ADDRESS] >> 1;
}

static uint64_t watchdog_ms(const np_virtual_chip *chip)
{
    if ((chip_config(chip)[NP_CONFIG_CHIP_MODE] & NP_ATECC_LONG_WATCHDOG) == 0) {
        return chip_reading(chip, READING_WATCHDOG_MS);
    }
    return chip_reading(chip, chip_is_608(chip) ? READING_LONG_WATCHDOG_608_MS
                                                : READING_LONG_WATCHDOG_508A_MS);
}

static void put_output(np_virtual_chip *chip, const uint8_t group[static 4])
{
    chip->output_at = 0;
    chip->output_len = 4;
    memcpy(chip->output, group, 4);
}

/* What is broken shows with the first wake when power comes with a self test, else when asked. */
static void answer_wake(np_virtual_chip *chip)
{
    static const uint8_t after_wake[] = {0x04, 0x11, 0x33, 0x43};
    static const uint8_t after_failure[] = {0x04, 0x07, 0x40, 0xc2};
    bool is_tested = !chip->has_woken && chip_tests_at_power_on(chip);
    chip->has_woken = true;
    if (is_tested) {
        chip->failed_tests = chip->broken_tests;
    }
    put_output(chip, chip->failed_tests != 0 ? after_failure : after_wake);
}

static void take_mode(np_virtual_chip *chip)
{
    chip->address = np_virtual_chip_address(chip);
    chip->divider_mode = chip_config(chip)[NP_CONFIG_CHIP_MODE];
}

/* From sleep or idle. */
void chip_wake_up(np_virtual_chip *chip, uint64_t at_ns)
{
    uint64_t delay_us = !chip->has_woken && chip_tests_at_power_on(chip) ? CHIP_WAKE_DELAY_TESTED_US
                                                                         : CHIP_WAKE_DELAY_US;
    chip->state = CHIP_AWAKE;
    chip->wakes++;
    take_mode(chip);
    chip->ready_ns = at_ns + delay_us * CHIP_NS_PER_US;
    chip->watchdog_ns = at_ns + watchdog_ms(chip) * CHIP_US_PER_MS * CHIP_NS_PER_US;
    chip->input_len = 0;
    answer_wake(chip);
}

static void finish_command(np_virtual_chip *chip)
{
    chip->is_busy = false;
    if (chip->change_count > 0) {
        chip_apply_changes(chip);
    }
    if (!chip_reading(chip, READING_MODE_AT_NEXT_WAKE)) {
        take_mode(chip);
    }
}

/*
 * What time alone does: a command ends, the watchdog bites. A command that the watchdog stopped
 * leaves what a power cut would; its time is the seed.
 */
void chip_advance(np_virtual_chip *chip, uint64_t now_ns)
{
    if (chip->state != CHIP_AWAKE) {
        return;
    }
    bool has_bitten = chip->watchdog_ns <= now_ns;
    uint64_t end_ns = has_bitten ? chip->watchdog_ns : now_ns;
    if (chip->is_busy && chip->busy_until_ns <= end_ns) {
        finish_command(chip);
    }
    if (has_bitten) {
        if (chip_reading(chip, READING_WATCHDOG_TEARS)) {
            chip_tear_changes(chip, chip->watchdog_ns);
        }
        chip_drop_changes(chip);
        chip_fall_asleep(chip);
    }
}

void np_virtual_chip_settle(np_virtual_chip *chip, uint64_t now_ns)
{
    chip_advance(chip, now_ns);
}

/* At no pace at all a command has not ended before something came after it. */
void np_virtual_chip_cut_power(np_virtual_chip *chip, uint64_t at_ns, uint64_t seed)
{
    if (chip->options.pace != NP_PACE_ZERO || !chip->is_busy) {
        chip_advance(chip, at_ns);
    }
    chip_tear_changes(chip, seed);
    chip_fall_asleep(chip);
    chip->state = CHIP_OFF;
    chip->latch = false;
    chip->has_bad_random = false;
    chip->is_secure_boot_off = false;
    chip->has_woken = false;
}

/* Time from power to the first wake (tPU, 100 us at least) is not modelled: parts may be faster. */
void np_virtual_chip_power_up(np_virtual_chip *chip, uint64_t at_ns)
{
    (void)at_ns;
    if (chip->state == CHIP_OFF) {
        chip->state = CHIP_ASLEEP;
    }
}

void np_virtual_chip_delay(np_virtual_chip *chip, uint64_t extra_ns)
{
    if (chip->is_busy) {
        chip->busy_until_ns += extra_ns;
        chip->busy_total_ns += extra_ns;
    }
}

void np_virtual_chip_break_tests(np_virtual_chip *chip, uint8_t tests)
{
    chip->broken_tests = tests;
}

void np_virtual_chip_set_reading(np_virtual_chip *chip, np_reading_id id, unsigned answer)
{
    chip->readings[id] = (uint16_t)answer;
}

const uint8_t *np_virtual_chip_eeprom(const np_virtual_chip *chip)
{
    return chip->eeprom;
}

uint64_t np_virtual_chip_generation(const np_virtual_chip *chip)
{
    return chip->generation;
}

np_atecc_model np_virtual_chip_model(const np_virtual_chip *chip)
{
    return chip->options.model;
}

uint64_t np_virtual_chip_busy_ns(const np_virtual_chip *chip)
{
    return chip->busy_total_ns;
}

uint64_t np_virtual_chip_wakes(const np_virtual_chip *chip)
{
    return chip->wakes;
}

uint64_t np_virtual_chip_commands(const np_virtual_chip *chip, uint8_t opcode)
{
    return chip->commands[opcode];
}

bool np_virtual_chip_is_programming(const np_virtual_chip *chip)
{
    return chip->is_busy && chip->change_count > 0;
}
