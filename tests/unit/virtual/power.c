/* SPDX-License-Identifier: Apache-2.0 */
/* Power and EEPROM: what a cut leaves, when a command is complete, and the image that is stored. */
#include "crypto/hash.h"
#include "support/chip_host.h"
#include "support/test.h"
#include "virtual/image.h"

static const uint8_t zeros[64];

enum { LOCK_CONFIG_AT = 87, SLOT_8_AT = NP_EEPROM_DATA + 288, SEEDS = 64 };

static void start(chip_host *host, const np_atecc_command *command)
{
    uint8_t bytes[1 + CHIP_HOST_REPLY_MAX] = {0x03};
    size_t len = chip_host_group(command, bytes + 1);
    assert_true(chip_host_write(host, bytes, 1 + len));
}

static const np_atecc_command lock_config = {.opcode = 0x17, .p1 = 0x80};

static void open_awake(chip_host *host, np_chip_pace pace)
{
    chip_host_open_pace(host, NP_ATECC608A, pace);
    assert_true(chip_host_wake(host));
}

static void a_cut_while_locking_leaves_the_old_the_new_or_an_erased_byte(void **state)
{
    (void)state;
    for (unsigned pace = 0; pace < 3; pace++) {
        unsigned seen[256] = {0};
        for (uint64_t seed = 0; seed < SEEDS; seed++) {
            chip_host host;
            open_awake(&host, (np_chip_pace)pace);
            start(&host, &lock_config);
            assert_true(np_virtual_chip_is_programming(host.chip));
            np_virtual_chip_cut_power(host.chip, host.bus.now_ns, seed);
            assert_false(np_virtual_chip_is_programming(host.chip));
            seen[np_virtual_chip_eeprom(host.chip)[LOCK_CONFIG_AT]]++;
            chip_host_close(&host);
        }
        assert_true(seen[0x55] > 0 && seen[0x00] > 0 && seen[0xff] > 0);
        assert_int_equal(seen[0x55] + seen[0x00] + seen[0xff], SEEDS);
    }
}

static void a_torn_lock_byte_counts_as_locked(void **state)
{
    (void)state;
    uint8_t eeprom[NP_EEPROM_SIZE];
    chip_host host;
    chip_image_blank(NP_ATECC608A, eeprom);
    eeprom[LOCK_CONFIG_AT] = 0xff;
    chip_host_open_image(&host, NP_ATECC608A, NP_PACE_TYPICAL, eeprom);
    assert_int_equal(chip_host_status(&host, 0x12, 0x00, 5, np_bytes_of(zeros, 4)), 0x0f);
    assert_int_equal(chip_host_status(&host, 0x17, 0x80, 0, np_bytes_of(NULL, 0)), 0x0f);
    chip_host_close(&host);
}

/* Lock takes 8 ms typically and 35 ms at most on a 608 (exec_times_ms.csv). */
static void a_command_whose_time_has_passed_is_complete(void **state)
{
    (void)state;
    static const uint64_t time_us[] = {[NP_PACE_TYPICAL] = 8000, [NP_PACE_MAXIMUM] = 35000};
    for (unsigned pace = 0; pace < 2; pace++) {
        chip_host host;
        open_awake(&host, (np_chip_pace)pace);
        start(&host, &lock_config);
        uint64_t end_ns = host.bus.now_ns + time_us[pace] * 1000;
        np_virtual_chip_settle(host.chip, end_ns - 1);
        assert_true(np_virtual_chip_is_programming(host.chip));
        assert_int_equal(np_virtual_chip_eeprom(host.chip)[LOCK_CONFIG_AT], 0x55);
        uint64_t before = np_virtual_chip_generation(host.chip);
        np_virtual_chip_cut_power(host.chip, end_ns, 0);
        assert_int_equal(np_virtual_chip_eeprom(host.chip)[LOCK_CONFIG_AT], 0x00);
        assert_true(np_virtual_chip_generation(host.chip) > before);
        assert_true(np_virtual_chip_busy_ns(host.chip) == time_us[pace] * 1000);
        chip_host_close(&host);
    }
}

static void without_a_pace_a_command_completes_with_the_next_transaction(void **state)
{
    (void)state;
    chip_host host;
    uint8_t answer[4];
    open_awake(&host, NP_PACE_ZERO);
    start(&host, &lock_config);
    assert_int_equal(np_virtual_chip_eeprom(host.chip)[LOCK_CONFIG_AT], 0x55);
    assert_true(chip_host_read(&host, answer, sizeof(answer)));
    assert_memory_equal(answer, "\x04\x00\x03\x40", 4);
    assert_int_equal(np_virtual_chip_eeprom(host.chip)[LOCK_CONFIG_AT], 0x00);
    assert_true(np_virtual_chip_busy_ns(host.chip) == 0);
    chip_host_close(&host);
}

static void a_delay_keeps_the_chip_busy_and_its_eeprom_old(void **state)
{
    (void)state;
    chip_host host;
    uint8_t answer[4];
    open_awake(&host, NP_PACE_TYPICAL);
    start(&host, &lock_config);
    np_virtual_chip_delay(host.chip, 20000000);
    chip_host_wait_us(&host, 27000);
    assert_false(chip_host_read(&host, answer, sizeof(answer)));
    assert_int_equal(np_virtual_chip_eeprom(host.chip)[LOCK_CONFIG_AT], 0x55);
    chip_host_wait_us(&host, 1000);
    assert_true(chip_host_read(&host, answer, sizeof(answer)));
    chip_host_close(&host);
}

static void only_bytes_of_the_running_command_are_torn(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        uint8_t eeprom[NP_EEPROM_SIZE];
        chip_host host;
        const np_atecc_command write = {
            .opcode = 0x12, .p1 = 0x82, .p2 = 8 << 3 | 1 << 8, .data = np_bytes_of(zeros, 32)};
        chip_image_blank(NP_ATECC508A, eeprom);
        eeprom[LOCK_CONFIG_AT] = 0;
        memset(eeprom + SLOT_8_AT, 0xa5, 416);
        chip_host_open_image(&host, NP_ATECC508A, NP_PACE_TYPICAL, eeprom);
        assert_true(chip_host_wake(&host));
        start(&host, &write);
        np_virtual_chip_cut_power(host.chip, host.bus.now_ns, seed);
        const uint8_t *after = np_virtual_chip_eeprom(host.chip);
        assert_memory_equal(after, eeprom, SLOT_8_AT + 32);
        assert_memory_equal(after + SLOT_8_AT + 64, eeprom + SLOT_8_AT + 64,
                            NP_EEPROM_SIZE - SLOT_8_AT - 64);
        for (size_t i = 0; i < 32; i++) {
            uint8_t byte = after[SLOT_8_AT + 32 + i];
            assert_true(byte == 0x00 || byte == 0xa5 || byte == 0xff);
        }
        chip_host_close(&host);
    }
}

static void a_key_that_power_tore_is_not_the_key_that_was_answered(void **state)
{
    (void)state;
    uint8_t eeprom[NP_EEPROM_SIZE];
    chip_host host;
    chip_reply reply;
    const np_atecc_command create = {.opcode = 0x40, .p1 = 0x04};
    const np_atecc_command public = {.opcode = 0x40, .p1 = 0x00};
    chip_image_blank(NP_ATECC508A, eeprom);
    eeprom[LOCK_CONFIG_AT] = 0;
    chip_host_open_image(&host, NP_ATECC508A, NP_PACE_TYPICAL, eeprom);
    assert_true(chip_host_wake(&host));
    chip_host_ask(&host, &create, &reply);
    uint8_t first[64];
    memcpy(first, reply.data, sizeof(first));
    chip_host_ask(&host, &public, &reply);
    assert_memory_equal(reply.data, first, sizeof(first));
    start(&host, &create);
    np_virtual_chip_cut_power(host.chip, host.bus.now_ns, 1);
    np_virtual_bus_power_up(&host.bus);
    assert_true(chip_host_wake(&host));
    chip_host_ask(&host, &public, &reply);
    assert_true(reply.len == 4 || memcmp(reply.data, first, sizeof(first)) != 0);
    chip_host_close(&host);
}

static void a_chip_continues_from_its_image(void **state)
{
    (void)state;
    chip_host host;
    uint8_t image[NP_CHIP_IMAGE_SIZE], eeprom[NP_EEPROM_SIZE], made[NP_EEPROM_SIZE];
    np_atecc_model model = NP_ATECC508A;
    np_error err;
    open_awake(&host, NP_PACE_TYPICAL);
    assert_int_equal(chip_host_status(&host, 0x17, 0x80, 0, np_bytes_of(NULL, 0)), 0);
    np_virtual_chip_settle(host.chip, host.bus.now_ns);
    memcpy(made, np_virtual_chip_eeprom(host.chip), sizeof(made));
    np_chip_image_encode(np_virtual_chip_model(host.chip), made, image);
    chip_host_close(&host);
    assert_ok(np_chip_image_decode(NP_BYTES(image), &model, eeprom, &err), &err);
    assert_int_equal(model, NP_ATECC608A);
    assert_memory_equal(eeprom, made, sizeof(made));
    chip_host_open_image(&host, model, NP_PACE_TYPICAL, eeprom);
    assert_int_equal(chip_host_status(&host, 0x17, 0x80, 0, np_bytes_of(NULL, 0)), 0x0f);
    chip_host_close(&host);
}

static void expect_refusal(np_bytes image, const char *word)
{
    np_atecc_model model = NP_ATECC508A;
    uint8_t eeprom[NP_EEPROM_SIZE];
    np_error err = {0};
    assert_code(np_chip_image_decode(image, &model, eeprom, &err), NP_EINPUT_FORMAT);
    assert_non_null(strstr(err.message, word));
}

/* A header that is wrong but whose digest is right: another program, or another time, wrote it. */
static void expect_foreign(const uint8_t *image, size_t at, uint8_t value, const char *word)
{
    uint8_t changed[NP_CHIP_IMAGE_SIZE];
    memcpy(changed, image, sizeof(changed));
    changed[at] = value;
    np_sha256(np_bytes_of(changed, sizeof(changed) - 32), changed + sizeof(changed) - 32);
    expect_refusal(NP_BYTES(changed), word);
}

static void images_that_are_damaged_cut_off_or_foreign_are_refused(void **state)
{
    (void)state;
    uint8_t image[NP_CHIP_IMAGE_SIZE], eeprom[NP_EEPROM_SIZE];
    chip_image_blank(NP_ATECC508A, eeprom);
    np_chip_image_encode(NP_ATECC508A, eeprom, image);
    for (size_t len = 0; len < sizeof(image); len += 7) {
        expect_refusal(np_bytes_of(image, len), "bytes");
    }
    for (size_t at = 8; at < sizeof(image); at += 5) {
        image[at] ^= 0x10;
        expect_refusal(NP_BYTES(image), "damaged");
        image[at] ^= 0x10;
    }
    expect_foreign(image, 0, 'N', "magic");
    expect_foreign(image, 9, 2, "version");
    expect_foreign(image, 11, 3, "model");
    memset(image, 0, sizeof(image));
    expect_refusal(NP_BYTES(image), "magic");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cut_while_locking_leaves_the_old_the_new_or_an_erased_byte),
        cmocka_unit_test(a_torn_lock_byte_counts_as_locked),
        cmocka_unit_test(a_command_whose_time_has_passed_is_complete),
        cmocka_unit_test(without_a_pace_a_command_completes_with_the_next_transaction),
        cmocka_unit_test(a_delay_keeps_the_chip_busy_and_its_eeprom_old),
        cmocka_unit_test(only_bytes_of_the_running_command_are_torn),
        cmocka_unit_test(a_key_that_power_tore_is_not_the_key_that_was_answered),
        cmocka_unit_test(a_chip_continues_from_its_image),
        cmocka_unit_test(images_that_are_damaged_cut_off_or_foreign_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
