/* SPDX-License-Identifier: Apache-2.0 */
/* Served chips: one state for all clients, sessions of their own, faults, and how serving ends. */
#include "support/served.h"
#include "atecc/device.h"
#include "link/socket_client.h"
#include "support/test.h"
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SOME_OFFSET = 20, ADDRESS = 0x60 };
static const uint8_t some_word[] = {0xde, 0xad, 0xbe, 0xef};

static int make(void **state)
{
    served *chip = calloc(1, sizeof(*chip));
    served_make(chip);
    *state = chip;
    return 0;
}

static int remove_it(void **state)
{
    served_remove(*state);
    free(*state);
    return 0;
}

static np_atecc driver_of(np_link *link)
{
    np_atecc chip;
    np_atecc_init(&chip, np_link_bus(link), np_link_address(link));
    return chip;
}

static void close_link(np_link *link)
{
    np_error err;
    assert_ok(np_link_close(link, &err), &err);
}

static np_code write_some_word(np_atecc *chip, np_error *err)
{
    uint16_t address = np_atecc_zone_address(SOME_OFFSET);
    return np_atecc_write(chip, NP_ATECC_ZONE_CONFIG, address, NP_BYTES(some_word), err);
}

/* Enough of a chip to sign: configuration locked as it is, a key in slot 0, data locked. */
static void make_key(served *chip, uint8_t ret_key[static 64])
{
    np_error err;
    np_link *link = served_open(chip);
    np_atecc device = driver_of(link);
    uint8_t config[NP_ATECC_CONFIG_SIZE];
    /* SlotConfig 0 = 2087 and KeyConfig 0 = 0033: a private key that signs digests (3.4) */
    static const uint8_t slot_word[] = {0x87, 0x20, 0x0f, 0x0f};
    static const uint8_t key_word[] = {0x33, 0x00, 0x1c, 0x00};
    assert_ok(np_atecc_write(&device, NP_ATECC_ZONE_CONFIG, 5, NP_BYTES(slot_word), &err), &err);
    assert_ok(np_atecc_write(&device, NP_ATECC_ZONE_CONFIG, 24, NP_BYTES(key_word), &err), &err);
    assert_ok(np_atecc_read_config(&device, 0, sizeof(config), config, &err), &err);
    assert_ok(np_atecc_lock_zone(&device, NP_ATECC_LOCK_CONFIG, np_crc16(NP_BYTES(config)), &err),
              &err);
    assert_ok(np_atecc_genkey_create(&device, 0, ret_key, &err), &err);
    assert_ok(np_atecc_lock_zone(&device, NP_ATECC_LOCK_DATA | NP_ATECC_LOCK_NO_CRC, 0, &err),
              &err);
    assert_ok(np_atecc_sleep(&device, &err), &err);
    close_link(link);
}

static void is_signed(const uint8_t key[static 64], const uint8_t digest[static 32],
                      const uint8_t signature[static 64])
{
    np_error err;
    bool is_good = false;
    assert_ok(np_p256_verify(key, digest, signature, &is_good, &err), &err);
    assert_true(is_good);
}

static void both_files_are_for_the_group_and_gone_at_the_end(void **state)
{
    served *chip = *state;
    struct stat status;
    char lock[96];
    static const int signals[] = {SIGTERM, SIGINT, SIGHUP};
    snprintf(lock, sizeof(lock), "%s.lock", chip->socket);
    for (size_t i = 0; i < NP_COUNT_OF(signals); i++) {
        served_start(chip, NULL);
        assert_int_equal(stat(chip->socket, &status), 0);
        assert_int_equal(status.st_mode, S_IFSOCK | 0660);
        assert_int_equal(stat(lock, &status), 0);
        assert_int_equal(status.st_mode & 07777, 0660);
        assert_int_equal(served_stop(chip, signals[i]), 0);
        assert_int_not_equal(stat(chip->socket, &status), 0);
        assert_int_not_equal(stat(lock, &status), 0);
    }
}

static void a_socket_whose_server_was_killed_is_replaced(void **state)
{
    served *chip = *state;
    served_start(chip, NULL);
    served_stop(chip, SIGKILL);
    assert_int_equal(access(chip->socket, F_OK), 0);
    served_start(chip, NULL);
    close_link(served_open(chip));
}

static void a_socket_that_is_served_or_a_file_is_not_replaced(void **state)
{
    served *chip = *state;
    np_error err;
    served other;
    served_make(&other);
    served_start(chip, NULL);
    np_server_options options = {.file = other.file, .socket = chip->socket, .clock_hz = 100000};
    assert_code(np_server_run(&options, &err), NP_ESTATION_BUSY);
    options.socket = chip->file;
    assert_code(np_server_run(&options, &err), NP_EINPUT_EXISTS);
    options.file = chip->file;
    assert_code(np_server_run(&options, &err), NP_ESTATION_BUSY);
    close_link(served_open(chip));
    served_remove(&other);
}

static void a_change_is_in_the_file_although_the_server_is_killed(void **state)
{
    served *chip = *state;
    np_error err;
    uint8_t eeprom[NP_EEPROM_SIZE];
    served_start(chip, NULL);
    np_link *link = served_open(chip);
    np_atecc device = driver_of(link);
    assert_ok(write_some_word(&device, &err), &err);
    served_stop(chip, SIGKILL);
    served_load(chip, eeprom);
    assert_memory_equal(eeprom + NP_EEPROM_CONFIG + SOME_OFFSET, some_word, sizeof(some_word));
    close_link(link);
}

static void all_clients_see_one_chip(void **state)
{
    served *chip = *state;
    np_error err;
    uint8_t word[4];
    served_start(chip, NULL);
    np_link *one = served_open(chip);
    np_link *two = served_open(chip);
    np_atecc first = driver_of(one);
    np_atecc second = driver_of(two);
    assert_ok(write_some_word(&first, &err), &err);
    assert_ok(np_atecc_sleep(&first, &err), &err);
    assert_ok(np_atecc_read_config(&second, SOME_OFFSET, sizeof(word), word, &err), &err);
    assert_memory_equal(word, some_word, sizeof(word));
    close_link(one);
    close_link(two);
}

/* A Nonce by hand: the first half of a signature, with the session still open. */
static void load_digest(np_atecc *device, const uint8_t digest[static 32])
{
    np_error err;
    uint8_t ignored[4];
    uint8_t packet[64] = {NP_ATECC_WORD_COMMAND};
    np_writer writer = np_writer_of(packet + 1, sizeof(packet) - 1);
    np_atecc_command nonce = {.opcode = NP_ATECC_NONCE,
                              .p1 = NP_ATECC_NONCE_PASS_THROUGH,
                              .data = np_bytes_of(digest, 32)};
    bool acked = false;
    np_bus bus = device->bus;
    assert_ok(np_atecc_read_config(device, 0, sizeof(ignored), ignored, &err), &err);
    np_atecc_encode_command(&nonce, &writer);
    assert_ok(bus.ops->write(bus.self, ADDRESS, np_bytes_of(packet, 1 + writer.len), &acked, &err),
              &err);
    assert_true(acked);
}

static void temp_key_is_the_chips_and_not_the_connections(void **state)
{
    served *chip = *state;
    np_error err;
    uint8_t key[64];
    uint8_t signature[64 + 3];
    static const uint8_t digest[32] = {7};
    static const uint8_t sign[] = {0x03, 0x07, 0x41, 0x80, 0x00, 0x00, 0x28, 0x05};
    bool acked = false;
    served_start(chip, NULL);
    make_key(chip, key);
    np_link *one = served_open(chip);
    np_link *two = served_open(chip);
    np_atecc first = driver_of(one);
    load_digest(&first, digest);
    np_bus bus = np_link_bus(two); /* without holding it, as a foreign program might */
    bus.ops->wait_until_ns(bus.self, first.bus.ops->now_ns(first.bus.self) + 10000000);
    assert_ok(bus.ops->write(bus.self, ADDRESS, NP_BYTES(sign), &acked, &err), &err);
    assert_true(acked);
    bus.ops->wait_until_ns(bus.self, bus.ops->now_ns(bus.self) + 100000000);
    assert_ok(bus.ops->read(bus.self, ADDRESS, signature, sizeof(signature), &acked, &err), &err);
    assert_true(acked);
    is_signed(key, digest, signature + 1);
    close_link(one);
    close_link(two);
}

static void whoever_waits_in_vain_is_told_who_holds_the_bus(void **state)
{
    served *chip = *state;
    np_error err;
    char holder[32];
    np_link *refused = NULL;
    np_link_options options = {.lock_wait_ms = 1};
    served_start(chip, NULL);
    np_link *link = served_open(chip);
    np_bus bus = np_link_bus(link);
    assert_ok(np_bus_hold(&bus, &err), &err);
    assert_code(np_link_open(chip->uri, &options, &refused, &err), NP_ESTATION_BUSY);
    snprintf(holder, sizeof(holder), "process %d", (int)getpid());
    assert_non_null(strstr(err.message, holder));
    np_bus_release(&bus);
    assert_ok(np_link_open(chip->uri, &options, &refused, &err), &err);
    close_link(refused);
    close_link(link);
}

/* In a process of its own: Nonce, then death. The parent is told before, by the pipe. */
static void die_between_nonce_and_sign(const served *chip, int ready_fd, int go_fd)
{
    static const uint8_t digest[32] = {0xff};
    char ignored;
    np_link *link = served_open(chip);
    np_atecc device = driver_of(link);
    load_digest(&device, digest);
    if (write(ready_fd, "r", 1) != 1 || read(go_fd, &ignored, 1) < 0) {
        _exit(1);
    }
    kill(getpid(), SIGKILL);
}

static void a_holder_that_dies_between_nonce_and_sign_spoils_nothing(void **state)
{
    served *chip = *state;
    np_error err;
    uint8_t key[64];
    uint8_t signature[64];
    static const uint8_t digest[32] = {9};
    int ready[2];
    int go[2];
    char byte;
    served_start(chip, NULL);
    make_key(chip, key);
    np_link *link = served_open(chip);
    np_atecc device = driver_of(link);
    assert_int_equal(pipe(ready) | pipe(go), 0);
    pid_t child = fork();
    if (child == 0) {
        close(go[1]);
        die_between_nonce_and_sign(chip, ready[1], go[0]);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(write(go[1], "g", 1), 1);
    /* waits until the holder is dead, then signs its own digest and not the other's */
    assert_ok(np_atecc_sign(&device, 0, digest, signature, &err), &err);
    is_signed(key, digest, signature);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    close(ready[0]), close(ready[1]), close(go[0]), close(go[1]);
    close_link(link);
}

static void commands_survive_every_fault_on_demand(void **state)
{
    served *chip = *state;
    np_error err;
    uint8_t config[NP_ATECC_CONFIG_SIZE];
    uint8_t eeprom[NP_EEPROM_SIZE];
    /* 0 to 3 find the address; then sleep, token, its answer, the first Read (7) and its answer */
    static const char *const lists[] = {"nack@7", "bad-crc@8", "slow@7:40", "power-cut@8",
                                        "nack@7,bad-crc@9,slow@11,power-cut@13,power-cut@14"};
    for (size_t i = 0; i < NP_COUNT_OF(lists); i++) {
        np_server_options options = {.time = SOCKET_TIME_TYPICAL};
        assert_ok(np_fault_words_parse(&server_fault_table, lists[i], &options.faults, &err), &err);
        served_start(chip, &options);
        np_link *link = served_open(chip);
        np_atecc device = driver_of(link);
        assert_ok(np_atecc_read_config(&device, 0, sizeof(config), config, &err), &err);
        served_load(chip, eeprom);
        assert_memory_equal(config, eeprom + NP_EEPROM_CONFIG, sizeof(config));
        /* each fault leaves a trace: something was sent again, read again, or a session more */
        bool is_felt =
            device.counts.commands > 4 || device.counts.rereads > 0 || device.counts.sessions > 1;
        assert_true(is_felt);
        close_link(link);
        served_stop(chip, SIGTERM);
    }
}

static uint64_t time_a_write(served *chip, socket_time time)
{
    np_error err;
    np_server_options options = {.time = time};
    served_start(chip, &options);
    np_link *link = served_open(chip);
    np_atecc device = driver_of(link);
    uint8_t word[4];
    assert_ok(np_atecc_read_config(&device, 0, sizeof(word), word, &err), &err);
    uint64_t begin_ns = device.bus.ops->now_ns(device.bus.self);
    assert_ok(write_some_word(&device, &err), &err);
    uint64_t ns = device.bus.ops->now_ns(device.bus.self) - begin_ns;
    close_link(link);
    served_stop(chip, SIGTERM);
    return ns;
}

/* Write of a word: 7 ms typically, 45 ms at most (specs of the chip 5), 2 ms on the wires. */
static void time_passes_as_the_server_was_told(void **state)
{
    served *chip = *state;
    assert_in_range(time_a_write(chip, SOCKET_TIME_TYPICAL), 7000000, 12000000);
    assert_in_range(time_a_write(chip, SOCKET_TIME_MAXIMUM), 45000000, 50000000);
    assert_true(time_a_write(chip, SOCKET_TIME_REAL) >= 7000000);
}

static np_code send_raw(const served *chip, np_bytes request, socket_client *client, np_error *err)
{
    np_reader results;
    assert_ok(socket_client_open(chip->socket, client, err), err);
    np_writer writer = socket_client_begin(client);
    np_write_bytes(&writer, request);
    return socket_client_send(client, &writer, &results, err);
}

static void a_request_that_is_not_well_formed_ends_just_its_connection(void **state)
{
    served *chip = *state;
    np_error err;
    static const uint8_t unknown[] = {0x09};
    static const uint8_t endless[] = {0x04, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    static const uint8_t greedy[] = {0x03, 0x60, 0x20, 0x00, 0x03, 0x60, 0x20, 0x00};
    const np_bytes bad[] = {NP_BYTES(unknown), NP_BYTES(endless), NP_BYTES(greedy)};
    socket_client *client = calloc(1, sizeof(*client));
    served_start(chip, NULL);
    for (size_t i = 0; i < NP_COUNT_OF(bad); i++) {
        assert_code(send_raw(chip, bad[i], client, &err), NP_EINPUT_FORMAT);
        assert_code(send_raw(chip, (np_bytes){0}, client, &err), NP_OK);
        socket_client_close(client);
    }
    free(client);
    close_link(served_open(chip));
}

/* One message: wake token, its time, the answer. In real time the server itself waits. */
static void one_message_carries_write_wait_and_read(void **state)
{
    static const uint8_t request[] = {0x01, 0x00, 0x00, 0x01, 0x00, 0x04, 0,    0, 0,
                                      0,    0,    0x16, 0xe3, 0x60, 0x03, 0x60, 0, 0x04};
    static const uint8_t expected[] = {0x00, 0x01, 0x04, 0x11, 0x33, 0x43};
    served *chip = *state;
    np_error err;
    np_reader results;
    socket_client *client = calloc(1, sizeof(*client));
    for (unsigned time = 0; time < SOCKET_TIME_COUNT; time++) {
        np_server_options options = {.time = (socket_time)time};
        served_start(chip, &options);
        assert_ok(socket_client_open(chip->socket, client, &err), &err);
        np_writer writer = socket_client_begin(client);
        np_write_bytes(&writer, NP_BYTES(request));
        assert_ok(socket_client_send(client, &writer, &results, &err), &err);
        assert_true(np_bytes_equal(results.rest, NP_BYTES(expected)));
        assert_true(client->now_ns - client->greeting.now_ns > 1500000);
        socket_client_close(client);
        served_stop(chip, SIGTERM);
    }
    free(client);
}

static void a_client_learns_that_its_server_has_gone(void **state)
{
    served *chip = *state;
    np_error err;
    uint8_t word[4];
    np_link *refused = NULL;
    np_link_options options = {0};
    assert_code(np_link_open(chip->uri, &options, &refused, &err), NP_EINPUT_MISSING);
    served_start(chip, NULL);
    np_link *link = served_open(chip);
    np_atecc device = driver_of(link);
    served_stop(chip, SIGTERM);
    assert_code(np_atecc_read_config(&device, 0, 4, word, &err), NP_ESTATION_TIMEOUT);
    assert_non_null(strstr(err.hint, "nameplate virtual serve"));
    close_link(link);
}

/* It removes the lock first, and then the socket. */
static void a_server_that_is_about_to_end_is_as_good_as_gone(void **state)
{
    served *chip = *state;
    np_error err;
    char lock[96];
    np_link *refused = NULL;
    np_link_options options = {0};
    served_start(chip, NULL);
    snprintf(lock, sizeof(lock), "%s.lock", chip->socket);
    assert_int_equal(unlink(lock), 0);
    assert_code(np_link_open(chip->uri, &options, &refused, &err), NP_ESTATION_TIMEOUT);
    assert_non_null(strstr(err.message, "nobody serves this chip any more"));
}

#define ON_A_CHIP(test) cmocka_unit_test_setup_teardown(test, make, remove_it)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_A_CHIP(both_files_are_for_the_group_and_gone_at_the_end),
        ON_A_CHIP(a_socket_whose_server_was_killed_is_replaced),
        ON_A_CHIP(a_socket_that_is_served_or_a_file_is_not_replaced),
        ON_A_CHIP(a_change_is_in_the_file_although_the_server_is_killed),
        ON_A_CHIP(all_clients_see_one_chip),
        ON_A_CHIP(temp_key_is_the_chips_and_not_the_connections),
        ON_A_CHIP(whoever_waits_in_vain_is_told_who_holds_the_bus),
        ON_A_CHIP(a_holder_that_dies_between_nonce_and_sign_spoils_nothing),
        ON_A_CHIP(commands_survive_every_fault_on_demand),
        ON_A_CHIP(time_passes_as_the_server_was_told),
        ON_A_CHIP(a_request_that_is_not_well_formed_ends_just_its_connection),
        ON_A_CHIP(one_message_carries_write_wait_and_read),
        ON_A_CHIP(a_client_learns_that_its_server_has_gone),
        ON_A_CHIP(a_server_that_is_about_to_end_is_as_good_as_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
