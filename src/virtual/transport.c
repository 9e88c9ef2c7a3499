/* SPDX-License-Identifier: Apache-2.0 */
/* The chip on its two wires: wake tokens, word addresses, groups in and out (specs of the chip 1).
 */
#include "virtual/state.h"

#define NS_PER_S UINT64_C(1000000000)

/* The longest run of zero bits, and how many bits had passed when it ended. */
typedef struct zero_run {
    uint32_t bits;
    uint32_t end;
} zero_run;

/* Consecutive zero bytes are one run, the ninth clock between them notwithstanding (1.10). */
static zero_run longest_zero_run(uint8_t address, np_bytes data)
{
    zero_run longest = {0, 0};
    uint32_t run = 0;
    for (size_t i = 0; i <= data.len; i++) {
        uint32_t byte = i == 0 ? (uint32_t)address << 1 : data.data[i - 1];
        for (uint32_t bit = 0; bit < 8; bit++) {
            run = (byte >> (7 - bit) & 1) != 0 ? 0 : run + 1;
            if (run > longest.bits) {
                longest = (zero_run){run, (uint32_t)i * 9 + bit + 1};
            }
        }
    }
    return longest;
}

/* Wakes when SDA was low long enough; the rising edge starts the wake delay. */
static void listen_asleep(np_virtual_chip *chip, const np_wire *wire, uint8_t address,
                          np_bytes data)
{
    zero_run run = longest_zero_run(address, data);
    uint64_t low_ns = run.bits * NS_PER_S / wire->clock_hz;
    if (low_ns >= (uint64_t)chip->options.wake_min_us * CHIP_NS_PER_US) {
        const uint32_t start_bits = 1;
        uint64_t rise_ns = (start_bits + run.end) * NS_PER_S / wire->clock_hz;
        chip_wake_up(chip, wire->start_ns + rise_ns);
    }
}

static bool is_listening(const np_virtual_chip *chip, const np_wire *wire, uint8_t address)
{
    return chip->state == CHIP_AWAKE && !chip->is_busy && address == chip->address &&
           wire->start_ns >= chip->ready_ns;
}

bool np_virtual_chip_listens(np_virtual_chip *chip, const np_wire *wire, uint8_t address)
{
    chip_advance(chip, wire->start_ns);
    return is_listening(chip, wire, address);
}

/* The bytes that the group in the input buffer has in all; its count byte tells. */
static size_t group_size(const np_virtual_chip *chip)
{
    size_t count = chip->input[0];
    /* A count out of range ends the group at once: only the count itself is taken. */
    return count < NP_ATECC_GROUP_MIN || count > chip_reading(chip, READING_GROUP_MAX) ? 1 : count;
}

/*
 * Appends to the group and runs it at the STOP after its last byte. Returns how many bytes were
 * acknowledged. Bytes beyond the count do not spoil the command.
 */
static size_t take_input(np_virtual_chip *chip, const np_wire *wire, np_bytes bytes)
{
    if (bytes.len == 0) {
        return 0;
    }
    if (chip->input_len == 0) {
        chip->input[0] = bytes.data[0];
        chip->output_len = 0;
    }
    size_t room = group_size(chip) - chip->input_len;
    size_t taken = bytes.len < room ? bytes.len : room;
    memcpy(chip->input + chip->input_len, bytes.data, taken);
    chip->input_len += taken;
    if (taken == room) {
        chip_execute(chip, wire->stop_ns);
    }
    return chip_reading(chip, READING_EXTRA_BYTES_ACKED) ? bytes.len : taken;
}

void chip_go_idle(np_virtual_chip *chip)
{
    chip->state = CHIP_IDLE;
    chip->failed_tests =
        chip_reading(chip, READING_IDLE_KEEPS_TEST_FAILURES) ? chip->failed_tests : 0;
    chip->input_len = 0;
    chip->output_len = 0;
}

static void reset_counter(np_virtual_chip *chip)
{
    chip->input_len = 0;
    chip->output_at = 0;
}

/* By word address (1.3). Returns how many of the bytes were acknowledged. */
static size_t take_write(np_virtual_chip *chip, const np_wire *wire, np_bytes data)
{
    switch (data.data[0]) {
    case NP_ATECC_WORD_RESET:
        reset_counter(chip);
        return data.len;
    case NP_ATECC_WORD_SLEEP:
        chip_fall_asleep(chip);
        return data.len;
    case NP_ATECC_WORD_IDLE:
        chip_go_idle(chip);
        return data.len;
    case NP_ATECC_WORD_COMMAND:
        return 1 + take_input(chip, wire, np_bytes_of(data.data + 1, data.len - 1));
    default: /* ignored */
        return chip_reading(chip, READING_RESERVED_WORD_ADDRESS_ACKED) ? data.len : 0;
    }
}

size_t np_virtual_chip_write(np_virtual_chip *chip, const np_wire *wire, uint8_t address,
                             np_bytes data)
{
    chip_advance(chip, wire->start_ns);
    if (chip->state == CHIP_ASLEEP || chip->state == CHIP_IDLE) {
        listen_asleep(chip, wire, address, data);
        return 0;
    }
    if (!is_listening(chip, wire, address)) {
        return 0;
    }
    return 1 + (data.len == 0 ? 0 : take_write(chip, wire, data));
}

bool np_virtual_chip_read(np_virtual_chip *chip, const np_wire *wire, uint8_t address,
                          uint8_t *ret_data, size_t size)
{
    chip_advance(chip, wire->start_ns);
    bool is_partial = chip->input_len > 0 && !chip_reading(chip, READING_PARTIAL_READ_ACKED);
    if (!is_listening(chip, wire, address) || is_partial) {
        return false;
    }
    size_t left = chip->output_at < chip->output_len ? chip->output_len - chip->output_at : 0;
    size_t taken = size < left ? size : left;
    if (taken > 0) {
        memcpy(ret_data, chip->output + chip->output_at, taken);
    }
    memset(ret_data + taken, CHIP_NOTHING, size - taken);
    chip->output_at += taken;
    return true;
}
