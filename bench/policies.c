/* SPDX-License-Identifier: Apache-2.0 */
#include "policies.h"

#include "nerveskey/layout.h"
#include "virtual/bus.h"

#define MS UINT64_C(1000000)

enum { BUS_HZ = 100000, ADDRESS = NP_ATECC_DEFAULT_ADDRESS, ANSWER_MAX = 35 + 32 };

typedef struct policy_host {
    np_random_seeded seeded;
    np_virtual_chip *chip;
    np_virtual_bus bus;
    np_bus table;
    policy_cost cost;
    uint8_t image[NP_ATECC_CONFIG_SIZE];
    /* sends one packet, waits and reads as the policy has it; the answer's bytes */
    void (*exchange)(struct policy_host *host, const np_atecc_command *command, size_t answer_size,
                     uint8_t *ret);
} policy_host;

static bool host_write(policy_host *host, uint8_t address, np_bytes data)
{
    np_error err;
    bool acked = false;
    (void)!host->table.ops->write(host->table.self, address, data, &acked, &err);
    return acked;
}

static bool host_read(policy_host *host, uint8_t *ret, size_t size)
{
    np_error err;
    bool acked = false;
    (void)!host->table.ops->read(host->table.self, ADDRESS, ret, size, &acked, &err);
    return acked;
}

static void host_wait(policy_host *host, uint64_t ns)
{
    host->bus.now_ns += ns;
}

static void send(policy_host *host, const np_atecc_command *command)
{
    uint8_t packet[1 + NP_ATECC_GROUP_MAX] = {NP_ATECC_WORD_COMMAND};
    np_writer group = np_writer_of(packet + 1, sizeof(packet) - 1);
    np_atecc_encode_command(command, &group);
    host_write(host, ADDRESS, np_bytes_of(packet, 1 + group.len));
}

static void send_word(policy_host *host, uint8_t word)
{
    host_write(host, ADDRESS, np_bytes_of(&word, 1));
}

static void wake(policy_host *host, uint8_t byte, uint64_t delay_ns)
{
    uint8_t answer[4];
    host_write(host, 0, np_bytes_of(&byte, 1));
    host_wait(host, delay_ns);
    host_read(host, answer, sizeof(answer));
}

/* NervesKey's timeouts (specs of NervesKey 8.3), in ms. */
static uint64_t nerveskey_timeout_ms(const np_atecc_command *command)
{
    switch (command->opcode) {
    case NP_ATECC_READ:
        return 5;
    case NP_ATECC_GENKEY:
        return 653;
    case NP_ATECC_LOCK:
        return (command->p1 & 3) == NP_ATECC_LOCK_SLOT ? 35 : 100;
    default:
        return 100;
    }
}

/* One wake a command; half the timeout slept, then a read every 2 ms; sleep (8.1, 8.3). */
static void exchange_nerveskey(policy_host *host, const np_atecc_command *command,
                               size_t answer_size, uint8_t *ret)
{
    wake(host, 0x00, 2 * MS);
    send(host, command);
    host_wait(host, (nerveskey_timeout_ms(command) + 1) / 2 * MS);
    while (!host_read(host, ret, answer_size + 3)) {
        host_wait(host, 2 * MS);
    }
    send_word(host, NP_ATECC_WORD_SLEEP);
}

/* The vendor's default: 1 ms, then pointer reset and a try every 2 ms; idle (specs of timing 1). */
static void exchange_vendor(policy_host *host, const np_atecc_command *command, size_t answer_size,
                            uint8_t *ret)
{
    static const uint8_t reset = NP_ATECC_WORD_RESET;
    wake(host, 0x01, 3 * MS / 2);
    send(host, command);
    host_wait(host, MS);
    while (!host_write(host, ADDRESS, np_bytes_of(&reset, 1))) {
        host_wait(host, 2 * MS);
    }
    host_read(host, ret, 1);
    host_read(host, ret + 1, answer_size + 2);
    send_word(host, NP_ATECC_WORD_IDLE);
}

static void run(policy_host *host, const np_atecc_command *command, size_t answer_size)
{
    uint8_t answer[ANSWER_MAX];
    np_bytes data;
    host->exchange(host, command, answer_size, answer);
    host->cost.commands++;
    bool is_good = np_atecc_decode_response(np_bytes_of(answer, answer_size + 3), &data) &&
                   data.len == answer_size && (answer_size > 1 || data.data[0] == 0);
    host->cost.refusals += !is_good;
}

static void run_read_config(policy_host *host)
{
    for (size_t offset = 0; offset < NP_ATECC_CONFIG_SIZE; offset += 32) {
        np_atecc_command command = {
            .opcode = NP_ATECC_READ, .p1 = NP_ATECC_32_BYTES, .p2 = np_atecc_zone_address(offset)};
        run(host, &command, 32);
    }
}

static void run_write(policy_host *host, uint8_t zone, uint16_t address, np_bytes data)
{
    np_atecc_command command = {.opcode = NP_ATECC_WRITE,
                                .p1 = (uint8_t)(zone | (data.len == 32 ? NP_ATECC_32_BYTES : 0)),
                                .p2 = address,
                                .data = data};
    run(host, &command, 1);
}

static void run_write_config(policy_host *host, size_t offset, size_t len)
{
    run_write(host, NP_ATECC_ZONE_CONFIG, np_atecc_zone_address(offset),
              np_bytes_of(host->image + offset, len));
}

static void run_lock(policy_host *host, uint8_t mode, uint16_t crc)
{
    np_atecc_command command = {.opcode = NP_ATECC_LOCK, .p1 = mode, .p2 = crc};
    run(host, &command, 1);
}

static const uint8_t zero_block[32];

static void run_contents(policy_host *host)
{
    run_write(host, NP_ATECC_ZONE_OTP, 0, NP_BYTES(zero_block));
    run_write(host, NP_ATECC_ZONE_OTP, 8, NP_BYTES(zero_block));
    np_atecc_command genkey = {.opcode = NP_ATECC_GENKEY, .p1 = NP_ATECC_GENKEY_CREATE};
    run(host, &genkey, 64);
}

static void run_slots(policy_host *host)
{
    for (unsigned slot = 1; slot < NP_ATECC_SLOT_COUNT; slot++) {
        for (size_t offset = 0; offset < np_atecc_slot_size(slot); offset += 32) {
            run_write(host, NP_ATECC_ZONE_DATA, np_atecc_slot_address(slot, offset),
                      NP_BYTES(zero_block));
        }
    }
}

static void begin(policy_host *host)
{
    static const np_chip_serial serial = {{0}};
    np_virtual_chip_options options = {
        .model = NP_ATECC508A, .pace = NP_PACE_TYPICAL, .random = np_random_by_seed(&host->seeded)};
    host->chip = np_virtual_chip_new(&options, &serial);
    np_virtual_bus_init(&host->bus, BUS_HZ, host->chip);
    host->table = np_virtual_bus_table(&host->bus);
    np_nerveskey_target_config(np_virtual_chip_eeprom(host->chip), NP_ATECC508A, ADDRESS,
                               host->image);
}

static policy_cost end(policy_host *host)
{
    np_virtual_chip_free(host->chip);
    host->cost.total_ms = (double)host->bus.now_ns / 1e6;
    host->cost.bytes = host->bus.counts.bytes;
    return host->cost;
}

/* All slots and the OTP hold zeros here: 1172 and 64 bytes. */
static uint16_t zeros_crc(void)
{
    uint16_t crc = 0;
    for (size_t left = 1172 + 64; left > 0;) {
        size_t len = left < sizeof(zero_block) ? left : sizeof(zero_block);
        crc = np_crc16_update(crc, np_bytes_of(zero_block, len));
        left -= len;
    }
    return crc;
}

policy_cost policy_nerveskey(void)
{
    static const uint8_t words[] = {16, 20, 24, 28};
    static const uint8_t late_words[] = {64, 68, 72, 76, 80, 92};
    policy_host host = {.exchange = exchange_nerveskey};
    begin(&host);
    run_read_config(&host);
    for (size_t i = 0; i < NP_COUNT_OF(words); i++) {
        run_write_config(&host, words[i], 4);
    }
    run_write_config(&host, 32, 32);
    for (size_t i = 0; i < NP_COUNT_OF(late_words); i++) {
        run_write_config(&host, late_words[i], 4);
    }
    run_write_config(&host, 96, 32);
    run_lock(&host, NP_ATECC_LOCK_CONFIG, np_crc16(NP_BYTES(host.image)));
    run_contents(&host);
    run_read_config(&host);
    run_slots(&host);
    run_lock(&host, NP_ATECC_LOCK_DATA, zeros_crc());
    run_lock(&host, NP_ATECC_LOCK_SLOT, 0);
    return end(&host);
}

policy_cost policy_vendor(void)
{
    static const uint8_t words[] = {16, 20, 24, 28};
    static const uint8_t late_words[] = {64, 68, 72, 76, 80, 88, 92};
    policy_host host = {.exchange = exchange_vendor};
    begin(&host);
    run_read_config(&host);
    for (size_t i = 0; i < NP_COUNT_OF(words); i++) {
        run_write_config(&host, words[i], 4);
    }
    run_write_config(&host, 32, 32);
    for (size_t i = 0; i < NP_COUNT_OF(late_words); i++) {
        run_write_config(&host, late_words[i], 4);
    }
    run_write_config(&host, 96, 32);
    for (uint8_t mode = 0; mode < 2; mode++) {
        np_atecc_command extra = {.opcode = NP_ATECC_UPDATE_EXTRA, .p1 = mode};
        run(&host, &extra, 1);
    }
    run_lock(&host, NP_ATECC_LOCK_CONFIG | NP_ATECC_LOCK_NO_CRC, 0);
    run_contents(&host);
    run_slots(&host);
    run_lock(&host, NP_ATECC_LOCK_DATA | NP_ATECC_LOCK_NO_CRC, 0);
    run_lock(&host, NP_ATECC_LOCK_SLOT, 0);
    return end(&host);
}
