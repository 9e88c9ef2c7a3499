/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A virtual Trust&GO part over the bus: what is read is what was made, a stranger's code is not
 * believed, and the key proves itself.
 */
#include "nerveskey/trust_and_go_make.h"
#include "nerveskey/verify.h"
#include "support/test.h"
#include "virtual/bus.h"

enum { NOW = 1795165200 /* 2026-11-20 */, CLOCK_HZ = 100000 };

typedef struct desk {
    np_trust_and_go_part part;
    np_random_seeded seeded;
    np_virtual_chip *chip;
    np_virtual_bus bus;
    np_atecc device;
    np_error err;
} desk;

static const np_chip_serial serial = {{0x01, 0x23, 0xa1, 0xb2, 0xc3, 0xd4, 0xe5, 0xf6, 0x01}};

static void power_up(desk *of)
{
    uint8_t eeprom[NP_EEPROM_SIZE];
    np_virtual_chip_options options = {.model = NP_ATECC608B,
                                       .random = np_random_by_seed(&of->seeded)};
    memcpy(eeprom + NP_EEPROM_CONFIG, of->part.config, sizeof(of->part.config));
    memcpy(eeprom + NP_EEPROM_OTP, of->part.otp, sizeof(of->part.otp));
    memcpy(eeprom + NP_EEPROM_DATA, of->part.data, sizeof(of->part.data));
    of->chip = np_virtual_chip_from_eeprom(&options, eeprom);
    assert_non_null(of->chip);
    np_virtual_bus_init(&of->bus, CLOCK_HZ, of->chip);
    np_atecc_init(&of->device, np_virtual_bus_table(&of->bus), NP_TRUST_AND_GO_ADDRESS);
}

static void make(desk *of)
{
    *of = (desk){.seeded = {.seed = 7}};
    assert_ok(
        np_trust_and_go_make(&serial, NOW, np_random_by_seed(&of->seeded), &of->part, &of->err),
        &of->err);
}

static void verify(desk *of, const np_trust *trust, np_verification *ret)
{
    power_up(of);
    assert_ok(
        np_identity_verify(&of->device, trust, NOW, np_random_by_seed(&of->seeded), ret, &of->err),
        &of->err);
    np_virtual_chip_free(of->chip);
}

static void what_is_read_is_what_was_made(void **state)
{
    (void)state;
    desk of;
    np_identity identity;
    make(&of);
    power_up(&of);
    assert_ok(np_identity_read(&of.device, &identity, &of.err), &of.err);
    assert_ok(np_atecc_sleep(&of.device, &of.err), &of.err);
    assert_int_equal(identity.kind, NP_IDENTITY_TRUST_AND_GO);
    assert_memory_equal(identity.eui48, of.part.data + np_atecc_slot_offset(5), 12);
    assert_memory_equal(identity.device_compressed, of.part.data + np_atecc_slot_offset(10), 72);
    assert_memory_equal(identity.signer_compressed, of.part.data + np_atecc_slot_offset(12), 72);
    assert_string_equal(identity.otp.serial.text, "0123A1B2C3D4E5F601");
    assert_ok(np_identity_settle(&identity, NULL, &of.err), &of.err);
    assert_int_equal(identity.root, NP_ROOT_VIRTUAL);
    np_virtual_chip_free(of.chip);
}

static void the_throw_away_root_is_believed_only_where_it_is_accepted(void **state)
{
    (void)state;
    desk of;
    np_verification seen;
    make(&of);
    verify(&of, &(np_trust){.accepts_virtual_root = true}, &seen);
    assert_true(seen.is_good);
    assert_false(seen.signer_is_trusted);
    verify(&of, &(np_trust){.root = NULL}, &seen);
    assert_false(seen.is_good);
    assert_int_equal(seen.verdicts[NP_CHECK_SIGNER], NP_VERDICT_FAILED);
    verify(&of, &(np_trust){.root = np_trust_and_go_root, .accepts_virtual_root = true}, &seen);
    assert_false(seen.is_good);
    verify(&of, &(np_trust){.root = np_trust_and_go_virtual_root}, &seen);
    assert_true(seen.is_good);
    assert_true(seen.signer_is_trusted);
}

static void another_key_in_slot_0_is_found_out(void **state)
{
    (void)state;
    desk of;
    np_verification seen;
    make(&of);
    memcpy(of.part.data, of.part.data + np_atecc_slot_offset(1), NP_ATECC_KEY_SIZE);
    verify(&of, &(np_trust){.accepts_virtual_root = true}, &seen);
    assert_false(seen.is_good);
    assert_int_equal(seen.verdicts[NP_CHECK_DEVICE], NP_VERDICT_FAILED);
}

static void a_part_is_recognised_by_its_configuration_as_well_as_by_its_code(void **state)
{
    (void)state;
    desk of;
    np_verification seen;
    make(&of);
    memset(of.part.otp, 'x', 8);
    verify(&of, &(np_trust){.accepts_virtual_root = true}, &seen);
    assert_true(seen.is_good);
    make(&of);
    of.part.config[NP_CONFIG_KEY_CONFIG + 2 * 9] ^= 0x20;
    verify(&of, &(np_trust){.accepts_virtual_root = true}, &seen);
    assert_int_equal(seen.identity.kind, NP_IDENTITY_TRUST_AND_GO);
    assert_int_equal(seen.verdicts[NP_CHECK_LAYOUT], NP_VERDICT_FAILED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_read_is_what_was_made),
        cmocka_unit_test(the_throw_away_root_is_believed_only_where_it_is_accepted),
        cmocka_unit_test(another_key_in_slot_0_is_found_out),
        cmocka_unit_test(a_part_is_recognised_by_its_configuration_as_well_as_by_its_code),
    };
    return cmocka_run_group_tests_name("flow trust and go", tests, NULL, NULL);
}
