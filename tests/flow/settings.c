/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The settings area: packets compared with what the unmodified NervesKey library sent to the same
 * chip, refusals before anything is written, and power cuts at every transaction.
 */
#include "nerveskey/settings.h"
#include "nerveskey/trust_and_go_make.h"
#include "support/factory.h"
#include "support/test.h"

typedef struct recorded_case {
    const char *name;
    np_atecc_model model;
} recorded_case;

static const recorded_case cases[] = {{"508a", NP_ATECC508A}, {"608a", NP_ATECC608A}};

static factory *open_line(const recorded_case *from)
{
    factory *line = calloc(1, sizeof(*line));
    assert_non_null(line);
    factory_open_recorded(line, from->name, from->model, NP_PACE_TYPICAL);
    assert_ok(factory_provision(line), &line->err);
    factory_connect(line);
    return line;
}

/* Into an area of this size, whatever the outcome. */
static np_code write_all(factory *line, np_bytes bytes, size_t expected)
{
    size_t capacity = expected;
    np_code code = np_settings_write(&line->device, bytes, &capacity, &line->err);
    assert_int_equal(capacity, expected);
    return code;
}

static void read_all(factory *line, uint8_t *ret, size_t expected)
{
    np_settings settings;
    assert_ok(np_settings_read(&line->device, &settings, &line->err), &line->err);
    assert_int_equal(settings.capacity, expected);
    memcpy(ret, settings.bytes, expected);
}

static void close_line(factory *line)
{
    factory_close(line);
    free(line);
}

/* The whole area as the recording left it. */
static void recorded_area(const char *name, uint8_t ret[static NP_SETTINGS_SIZE])
{
    static const char *const numbers[] = {"8", "7", "6", "5"};
    size_t at = 0;
    for (size_t i = 0; i < NP_COUNT_OF(numbers); i++) {
        at += recorded_bytes(name, "slots_after_aux", numbers[i], ret + at, NP_SETTINGS_SIZE - at);
    }
    assert_int_equal(at, NP_SETTINGS_SIZE);
}

static bool is_same_packet(const recorded_packet *a, const recorded_packet *b)
{
    return a->sent_len == b->sent_len && memcmp(a->sent, b->sent, a->sent_len) == 0 &&
           a->answer_len == b->answer_len && memcmp(a->answer, b->answer, a->answer_len) == 0;
}

static void the_writes_are_nerveskeys_nineteen(void **state)
{
    (void)state;
    for (size_t i = 0; i < NP_COUNT_OF(cases); i++) {
        recorded_packet theirs[RECORDED_PACKETS_MAX];
        uint8_t area[NP_SETTINGS_SIZE];
        factory *line = open_line(&cases[i]);
        size_t count = recorded_operation(cases[i].name, "put_settings", theirs);
        size_t compared = 0;
        recorded_area(cases[i].name, area);
        assert_ok(write_all(line, NP_BYTES(area), NP_SETTINGS_SIZE), &line->err);
        for (size_t k = 0; k < line->packet_count; k++) {
            if (line->packets[k].sent[2] == 0x12) {
                assert_in_range(compared, 0, count - 1);
                assert_true(is_same_packet(&line->packets[k], &theirs[compared++]));
            }
        }
        assert_int_equal(compared, 19);
        assert_int_equal(count, 19);
        close_line(line);
    }
}

/* The data of a Read's answer, put where it was read from. */
static void collect(const recorded_packet *packet, uint8_t *data)
{
    unsigned slot = packet->sent[4] >> 3;
    size_t offset = (size_t)packet->sent[5] * 32 + (size_t)(packet->sent[4] & 7) * 4;
    size_t size = packet->answer[0] - 3U;
    if (packet->sent[2] == 0x02 && (packet->sent[3] & 3) == 2) {
        memcpy(data + np_atecc_slot_offset(slot) + offset, packet->answer + 1, size);
    }
}

/*
 * NervesKey takes the last 32 bytes of slot 8 in eight words; we take them in one Read. Everything
 * else is sent alike, and all bytes that come are the same.
 */
static void the_reads_are_nerveskeys_but_for_one_block(void **state)
{
    (void)state;
    for (size_t i = 0; i < NP_COUNT_OF(cases); i++) {
        recorded_packet theirs[RECORDED_PACKETS_MAX];
        uint8_t area[NP_SETTINGS_SIZE];
        uint8_t read[NP_SETTINGS_SIZE];
        uint8_t our_data[NP_ATECC_DATA_SIZE] = {0};
        uint8_t their_data[NP_ATECC_DATA_SIZE] = {0};
        size_t shared = 0;
        factory *line = open_line(&cases[i]);
        size_t count = recorded_operation(cases[i].name, "get_settings", theirs);
        recorded_area(cases[i].name, area);
        assert_ok(write_all(line, NP_BYTES(area), NP_SETTINGS_SIZE), &line->err);
        factory_connect(line);
        read_all(line, read, sizeof(read));
        assert_memory_equal(read, area, sizeof(read));
        for (size_t k = 0; k < count; k++) {
            bool is_found = false;
            collect(&theirs[k], their_data);
            for (size_t m = 0; m < line->packet_count && !is_found; m++) {
                is_found = is_same_packet(&line->packets[m], &theirs[k]);
            }
            shared += is_found;
        }
        for (size_t m = 0; m < line->packet_count; m++) {
            collect(&line->packets[m], our_data);
        }
        assert_int_equal(count, 26);
        assert_int_equal(shared, 26 - 8);
        assert_memory_equal(our_data, their_data, sizeof(our_data));
        close_line(line);
    }
}

static void settings_of_a_fresh_chip_are_zero(void **state)
{
    (void)state;
    uint8_t read[NP_SETTINGS_SIZE];
    factory *line = open_line(&cases[0]);
    read_all(line, read, sizeof(read));
    assert_true(np_bytes_are_all(NP_BYTES(read), 0));
    close_line(line);
}

static void what_is_too_large_is_refused_before_anything_is_sent(void **state)
{
    (void)state;
    static const uint8_t large[NP_SETTINGS_SIZE + 1];
    factory *line = open_line(&cases[1]);
    assert_code(write_all(line, NP_BYTES(large), NP_SETTINGS_SIZE), NP_EINPUT_RANGE);
    assert_non_null(strstr(line->err.message, "525 bytes"));
    assert_int_equal(line->packet_count, 0);
    close_line(line);
}

static void a_chip_that_is_not_provisioned_has_no_settings(void **state)
{
    (void)state;
    np_settings read;
    factory *line = calloc(1, sizeof(*line));
    assert_non_null(line);
    factory_open_fresh(line, NP_ATECC608B, NP_PACE_TYPICAL);
    assert_code(np_settings_read(&line->device, &read, &line->err), NP_ECONFLICT_OTHER);
    assert_code(write_all(line, np_bytes_text("x"), NP_SETTINGS_SIZE), NP_ECONFLICT_OTHER);
    close_line(line);
}

static void a_slot_that_refuses_is_named(void **state)
{
    (void)state;
    factory *line = open_line(&cases[1]);
    assert_ok(np_atecc_lock_slot(&line->device, 8, &line->err), &line->err);
    assert_code(write_all(line, np_bytes_text("x"), NP_SETTINGS_SIZE), NP_EDEVICE_STATUS);
    assert_non_null(strstr(line->err.message, "settings in slot 8, byte 0"));
    close_line(line);
}

/* A provisioned chip with the recorded settings, put back into the socket. */
static void insert_chip(factory *line, const uint8_t *eeprom, const np_fault *fault)
{
    np_virtual_chip_options options = {.model = np_virtual_chip_model(line->chip),
                                       .pace = NP_PACE_TYPICAL,
                                       .random = np_random_by_seed(&line->seeded)};
    np_virtual_chip_free(line->chip);
    line->chip = np_virtual_chip_from_eeprom(&options, eeprom);
    assert_non_null(line->chip);
    np_virtual_bus_init(&line->bus, 100000, line->chip);
    line->bus.fault = *fault;
    factory_connect(line);
}

static void fill(uint8_t area[static NP_SETTINGS_SIZE])
{
    for (size_t i = 0; i < NP_SETTINGS_SIZE; i++) {
        area[i] = (uint8_t)(i * 7 + i / 32 + 1);
    }
}

/* Whatever a fault did, writing again gives the new bytes, and success is never claimed falsely. */
static void run_with_fault(factory *line, const uint8_t *eeprom, const np_fault *fault)
{
    uint8_t area[NP_SETTINGS_SIZE];
    uint8_t read[NP_SETTINGS_SIZE];
    fill(area);
    insert_chip(line, eeprom, fault);
    np_code code = write_all(line, NP_BYTES(area), NP_SETTINGS_SIZE);
    line->bus.fault = (np_fault){.kind = NP_FAULT_NONE};
    np_virtual_bus_power_up(&line->bus);
    factory_connect(line);
    if (code == NP_OK) {
        read_all(line, read, sizeof(read));
        assert_memory_equal(read, area, sizeof(read));
    } else {
        assert_true(fault->kind <= NP_FAULT_CUT_AFTER);
    }
    assert_ok(write_all(line, NP_BYTES(area), NP_SETTINGS_SIZE), &line->err);
    read_all(line, read, sizeof(read));
    assert_memory_equal(read, area, sizeof(read));
    assert_ok(np_atecc_sleep(&line->device, &line->err), &line->err);
}

static void a_fault_at_any_transaction_is_mended_by_writing_again(void **state)
{
    (void)state;
    uint8_t eeprom[NP_EEPROM_SIZE];
    uint8_t area[NP_SETTINGS_SIZE];
    np_fault none = {.kind = NP_FAULT_NONE};
    factory *line = open_line(&cases[1]);
    np_virtual_chip_settle(line->chip, line->bus.now_ns);
    memcpy(eeprom, np_virtual_chip_eeprom(line->chip), sizeof(eeprom));
    fill(area);
    insert_chip(line, eeprom, &none);
    assert_ok(write_all(line, NP_BYTES(area), NP_SETTINGS_SIZE), &line->err);
    uint64_t count = line->bus.counts.transactions;
    assert_true(count > 2 * (4 + 19 + 19));
    for (unsigned kind = NP_FAULT_CUT_BEFORE; kind < NP_FAULT_KIND_COUNT; kind++) {
        for (uint64_t i = 0; i < count; i++) {
            np_fault fault = {
                .kind = (np_fault_kind)kind, .transaction = i, .seed = i, .delay_ns = 60000000};
            run_with_fault(line, eeprom, &fault);
        }
    }
    close_line(line);
}

/* A Trust&GO part on the line's bus. */
static factory *open_part(void)
{
    factory *line = calloc(1, sizeof(*line));
    np_trust_and_go_part part;
    uint8_t eeprom[NP_EEPROM_SIZE];
    const np_fault none = {.kind = NP_FAULT_NONE};
    const np_chip_serial serial = {{0x01, 0x23, 1, 2, 3, 4, 5, 6, 0x01}};
    assert_non_null(line);
    factory_open_fresh(line, NP_ATECC608B, NP_PACE_TYPICAL);
    assert_ok(np_trust_and_go_make(&serial, line->request.now, np_random_by_seed(&line->seeded),
                                   &part, &line->err),
              &line->err);
    memcpy(eeprom + NP_EEPROM_CONFIG, part.config, sizeof(part.config));
    memcpy(eeprom + NP_EEPROM_OTP, part.otp, sizeof(part.otp));
    memcpy(eeprom + NP_EEPROM_DATA, part.data, sizeof(part.data));
    insert_chip(line, eeprom, &none);
    line->device.address = NP_TRUST_AND_GO_ADDRESS;
    return line;
}

static void a_trust_and_go_part_has_416_bytes_in_slot_8_alone(void **state)
{
    (void)state;
    uint8_t area[416];
    uint8_t read[416];
    uint8_t before[NP_EEPROM_SIZE];
    factory *line = open_part();
    memcpy(before, np_virtual_chip_eeprom(line->chip), sizeof(before));
    memset(area, 0x5a, sizeof(area));
    assert_ok(write_all(line, NP_BYTES(area), sizeof(area)), &line->err);
    size_t writes = 0;
    for (size_t i = 0; i < line->packet_count; i++) {
        writes += line->packets[i].sent[2] == 0x12;
    }
    assert_int_equal(writes, 13);
    read_all(line, read, sizeof(read));
    assert_memory_equal(read, area, sizeof(read));
    memcpy(before + NP_EEPROM_DATA + np_atecc_slot_offset(8), area, sizeof(area));
    assert_memory_equal(before, np_virtual_chip_eeprom(line->chip), sizeof(before));
    assert_ok(np_atecc_sleep(&line->device, &line->err), &line->err);
    close_line(line);
}

static void what_is_too_large_for_a_trust_and_go_part_leaves_it_as_it_was(void **state)
{
    (void)state;
    static const uint8_t large[417];
    uint8_t before[NP_EEPROM_SIZE];
    factory *line = open_part();
    memcpy(before, np_virtual_chip_eeprom(line->chip), sizeof(before));
    assert_code(write_all(line, NP_BYTES(large), 416), NP_EINPUT_RANGE);
    assert_non_null(strstr(line->err.message, "need 417 bytes; this chip stores at most 416"));
    assert_memory_equal(before, np_virtual_chip_eeprom(line->chip), sizeof(before));
    close_line(line);
}

/* Slots that nobody has published may be configured otherwise; the code in the OTP is enough. */
static void a_part_of_another_configuration_is_known_by_its_code(void **state)
{
    (void)state;
    uint8_t eeprom[NP_EEPROM_SIZE];
    const np_fault none = {.kind = NP_FAULT_NONE};
    np_settings settings;
    factory *line = open_part();
    memcpy(eeprom, np_virtual_chip_eeprom(line->chip), sizeof(eeprom));
    eeprom[NP_EEPROM_CONFIG + NP_CONFIG_SLOT_CONFIG + 2 * 6] ^= 0x40;
    insert_chip(line, eeprom, &none);
    line->device.address = NP_TRUST_AND_GO_ADDRESS;
    assert_ok(np_settings_read(&line->device, &settings, &line->err), &line->err);
    assert_int_equal(settings.capacity, 416);
    assert_ok(np_atecc_sleep(&line->device, &line->err), &line->err);
    eeprom[NP_EEPROM_OTP] ^= 1;
    insert_chip(line, eeprom, &none);
    line->device.address = NP_TRUST_AND_GO_ADDRESS;
    assert_code(np_settings_read(&line->device, &settings, &line->err), NP_ECONFLICT_FOREIGN);
    assert_ok(np_atecc_sleep(&line->device, &line->err), &line->err);
    close_line(line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_writes_are_nerveskeys_nineteen),
        cmocka_unit_test(the_reads_are_nerveskeys_but_for_one_block),
        cmocka_unit_test(settings_of_a_fresh_chip_are_zero),
        cmocka_unit_test(what_is_too_large_is_refused_before_anything_is_sent),
        cmocka_unit_test(a_chip_that_is_not_provisioned_has_no_settings),
        cmocka_unit_test(a_slot_that_refuses_is_named),
        cmocka_unit_test(a_fault_at_any_transaction_is_mended_by_writing_again),
        cmocka_unit_test(a_trust_and_go_part_has_416_bytes_in_slot_8_alone),
        cmocka_unit_test(what_is_too_large_for_a_trust_and_go_part_leaves_it_as_it_was),
        cmocka_unit_test(a_part_of_another_configuration_is_known_by_its_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
