/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A whole provisioning, compared with what the unmodified NervesKey library did to the same chip
 * with the same key, signer and clock: packets, configuration, OTP, slots, certificates.
 */
#include "support/factory.h"
#include "support/test.h"

typedef struct recorded_case {
    const char *name;
    np_atecc_model model;
} recorded_case;

static const recorded_case cases[] = {{"508a", NP_ATECC508A}, {"608a", NP_ATECC608A}};

static bool is_same_packet(const recorded_packet *a, const recorded_packet *b)
{
    return a->sent_len == b->sent_len && memcmp(a->sent, b->sent, a->sent_len) == 0 &&
           a->answer_len == b->answer_len && memcmp(a->answer, b->answer, a->answer_len) == 0;
}

static bool is_command(const recorded_packet *packet, uint8_t opcode, uint8_t p1)
{
    return packet->sent[2] == opcode && packet->sent[3] == p1;
}

/*
 * What NervesKey sends and we do not, on purpose: configuration words that the chip has already,
 * and the configuration read again after the key was made (its serial is known by then).
 */
static bool is_omitted(const recorded_life *life, const recorded_packet *packet)
{
    if (is_command(packet, 0x02, 0x80)) {
        return true;
    }
    size_t offset = (size_t)packet->sent[4] * 4;
    return packet->sent[2] == 0x12 && (packet->sent[3] & 3) == 0 &&
           memcmp(life->start_config + offset, packet->sent + 6, packet->sent_len - 8) == 0;
}

/*
 * What we send and NervesKey does not: the check of the random numbers, and the lock bytes right
 * before the data zone is locked.
 */
static bool is_added(const recorded_packet *packet)
{
    return packet->sent[2] == 0x1b || is_command(packet, 0x02, 0x00);
}

static void packets_are_nerveskeys_but_for_the_listed_differences(void **state)
{
    (void)state;
    /* 4 reads; words 16 to 20 and 23 as on every part, and word 6 of the recorded 508A */
    const size_t omitted_expected[] = {4 + 6 + 1, 4 + 6};
    for (size_t i = 0; i < NP_COUNT_OF(cases); i++) {
        factory *line = malloc(sizeof(*line));
        factory_open_recorded(line, cases[i].name, cases[i].model, NP_PACE_TYPICAL);
        assert_ok(factory_provision(line), &line->err);
        size_t ours = 4; /* the snapshot, which NervesKey's cache had already */
        size_t omitted = 0;
        size_t added = 0;
        for (size_t theirs = 0; theirs < line->life->provision_count; theirs++) {
            const recorded_packet *packet = &line->life->provision[theirs];
            if (is_omitted(line->life, packet)) {
                omitted++;
                continue;
            }
            for (; is_added(&line->packets[ours]); ours++) {
                added++;
            }
            if (!is_same_packet(&line->packets[ours], packet)) {
                fail_msg("%s: our packet %zu is not the recorded %zu", cases[i].name, ours, theirs);
            }
            ours++;
        }
        assert_int_equal(omitted, omitted_expected[i]);
        assert_int_equal(added, 2);
        /* verification: blocks 0 and 2, OTP, slots 10, 11, 12, public key, Nonce and Sign */
        assert_int_equal(line->packet_count - ours, 17);
        factory_close(line);
        free(line);
    }
}

static void the_chip_ends_as_nerveskeys_did(void **state)
{
    (void)state;
    for (size_t i = 0; i < NP_COUNT_OF(cases); i++) {
        factory *line = malloc(sizeof(*line));
        factory_open_recorded(line, cases[i].name, cases[i].model, NP_PACE_MAXIMUM);
        assert_ok(factory_provision(line), &line->err);
        const uint8_t *eeprom = np_virtual_chip_eeprom(line->chip);
        const recorded_life *life = line->life;
        assert_memory_equal(eeprom + NP_EEPROM_CONFIG, life->end_config, NP_ATECC_CONFIG_SIZE);
        assert_memory_equal(eeprom + NP_EEPROM_OTP, life->otp, NP_ATECC_OTP_SIZE);
        size_t slot1 = np_atecc_slot_offset(1);
        assert_memory_equal(eeprom + NP_EEPROM_DATA + slot1, life->data + slot1,
                            NP_ATECC_DATA_SIZE - slot1);
        const np_identity *identity = &line->result.identity;
        assert_int_equal(identity->device.len, life->device_len);
        assert_memory_equal(identity->device.bytes, life->device_der, life->device_len);
        assert_int_equal(identity->signer.len, life->signer_len);
        assert_memory_equal(identity->signer.bytes, life->signer_der, life->signer_len);
        assert_true(line->result.issued);
        factory_close(line);
        free(line);
    }
}

static size_t count_packets(const factory *line, uint8_t opcode)
{
    size_t count = 0;
    for (size_t i = 0; i < line->packet_count; i++) {
        count += line->packets[i].sent[2] == opcode;
    }
    return count;
}

static void every_model_and_pace_is_provisioned_with_the_same_commands(void **state)
{
    (void)state;
    for (unsigned model = 0; model < NP_ATECC_MODEL_COUNT; model++) {
        for (unsigned pace = NP_PACE_TYPICAL; pace <= NP_PACE_ZERO; pace++) {
            factory *line = malloc(sizeof(*line));
            factory_open_fresh(line, (np_atecc_model)model, (np_chip_pace)pace);
            assert_ok(factory_provision(line), &line->err);
            assert_int_equal(count_packets(line, 0x12), 6 + 2 + 48);
            assert_int_equal(count_packets(line, 0x17), 3);
            assert_int_equal(count_packets(line, 0x40), 2);
            assert_int_equal(count_packets(line, 0x41), 1);
            assert_int_equal(count_packets(line, 0x1b), 1);
            assert_int_equal(count_packets(line, 0x02), 4 + 1 + 2 + 2 + 4 + 2 + 4);
            assert_int_equal(line->device.counts.rereads + line->device.counts.resends, 0);
            factory_close(line);
            free(line);
        }
    }
}

static void a_second_run_finds_the_chip_done_and_writes_nothing(void **state)
{
    (void)state;
    factory *line = malloc(sizeof(*line));
    factory_open_fresh(line, NP_ATECC608B, NP_PACE_TYPICAL);
    assert_ok(factory_provision(line), &line->err);
    np_identity first = line->result.identity;
    uint64_t generation = np_virtual_chip_generation(line->chip);
    assert_ok(factory_provision(line), &line->err);
    assert_false(line->result.issued);
    assert_true(np_plan_is_done(&line->plan));
    assert_true(np_virtual_chip_generation(line->chip) == generation);
    assert_memory_equal(first.device.bytes, line->result.identity.device.bytes, first.device.len);
    factory_close(line);
    free(line);
}

static void a_chip_whose_random_numbers_are_the_pattern_gets_no_key(void **state)
{
    (void)state;
    /* a plan for a chip between its locks, applied to one that is blank */
    factory *line = malloc(sizeof(*line));
    factory_open_fresh(line, NP_ATECC508A, NP_PACE_TYPICAL);
    np_snapshot snapshot;
    assert_ok(np_snapshot_take(&line->device, &snapshot, &line->err), &line->err);
    assert_ok(np_plan_compute(&snapshot, &line->request, &line->plan, &line->err), &line->err);
    while (line->plan.steps[0].kind != NP_STEP_CHECK_RANDOM) {
        memmove(line->plan.steps, line->plan.steps + 1, sizeof(line->plan.steps[0]) * 79);
        line->plan.step_count--;
    }
    np_apply_tools tools = {.signing = &line->signing, .random = np_random_by_seed(&line->seeded)};
    assert_code(np_plan_apply(&line->plan, &line->device, &tools, &line->result, &line->err),
                NP_EDEVICE_ANSWER);
    assert_int_equal(count_packets(line, 0x40), 0);
    factory_close(line);
    free(line);
}

static void a_key_that_was_replaced_before_its_lock_is_not_locked(void **state)
{
    (void)state;
    factory *line = malloc(sizeof(*line));
    factory_open_fresh(line, NP_ATECC608A, NP_PACE_TYPICAL);
    np_snapshot snapshot;
    assert_ok(np_snapshot_take(&line->device, &snapshot, &line->err), &line->err);
    assert_ok(np_plan_compute(&snapshot, &line->request, &line->plan, &line->err), &line->err);
    line->plan.step_count -= 2; /* up to the data lock */
    np_apply_tools tools = {.signing = &line->signing, .random = np_random_by_seed(&line->seeded)};
    assert_ok(np_plan_apply(&line->plan, &line->device, &tools, &line->result, &line->err),
              &line->err);
    np_atecc stranger; /* a driver that is not watched: ours would not be allowed to */
    uint8_t key[64];
    np_atecc_init(&stranger, np_virtual_bus_table(&line->bus), NP_ATECC_DEFAULT_ADDRESS);
    assert_ok(np_atecc_genkey_create(&stranger, 0, key, &line->err), &line->err);
    assert_ok(np_atecc_sleep(&stranger, &line->err), &line->err);
    assert_code(factory_provision(line), NP_ECONFLICT_OTHER);
    assert_int_equal(count_packets(line, 0x17), 0);
    factory_close(line);
    free(line);
}

static void every_bus_speed_wakes_and_provisions(void **state)
{
    (void)state;
    const uint32_t clocks[] = {10000, 100000, 133000, 400000, 1000000};
    for (size_t i = 0; i < NP_COUNT_OF(clocks); i++) {
        factory *line = malloc(sizeof(*line));
        factory_open_fresh(line, NP_ATECC608A, NP_PACE_TYPICAL);
        line->bus.clock_hz = clocks[i];
        assert_ok(factory_provision(line), &line->err);
        assert_int_equal(line->device.counts.rereads + line->device.counts.resends, 0);
        factory_close(line);
        free(line);
    }
}

/* As NervesKey reads it: 48 bytes of serial with flags 1, and year 0 for no expiry. */
static void what_nerveskey_would_read_is_read(void **state)
{
    (void)state;
    factory *line = malloc(sizeof(*line));
    factory_open_recorded(line, "508a", NP_ATECC508A, NP_PACE_TYPICAL);
    assert_ok(factory_provision(line), &line->err);
    uint8_t eeprom[NP_EEPROM_SIZE];
    memcpy(eeprom, np_virtual_chip_eeprom(line->chip), sizeof(eeprom));
    memset(eeprom + NP_EEPROM_OTP + 16, 'S', 48);
    /* the last five bits of the dates are the years */
    eeprom[NP_EEPROM_DATA + np_atecc_slot_offset(10) + 66] &= 0xe0;
    np_virtual_chip_free(line->chip);
    np_virtual_chip_options options = {.model = NP_ATECC508A,
                                       .random = np_random_by_seed(&line->seeded)};
    line->chip = np_virtual_chip_from_eeprom(&options, eeprom);
    np_virtual_bus_init(&line->bus, 100000, line->chip);
    factory_connect(line);
    np_identity identity;
    np_certificate certificate;
    np_bytes name;
    assert_ok(np_identity_read(&line->device, &identity, &line->err), &line->err);
    assert_int_equal(identity.otp.serial.len, 48);
    assert_ok(np_certificate_parse(np_bytes_of(identity.device.bytes, identity.device.len),
                                   &certificate, &line->err),
              &line->err);
    assert_true(np_certificate_common_name(certificate.subject, &name));
    assert_true(name.len == 48 && np_bytes_are_all(name, 'S'));
    assert_int_equal(certificate.validity.not_after.year, 9999);
    assert_int_equal(certificate.validity.not_after.second, 59);
    factory_close(line);
    free(line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packets_are_nerveskeys_but_for_the_listed_differences),
        cmocka_unit_test(the_chip_ends_as_nerveskeys_did),
        cmocka_unit_test(every_model_and_pace_is_provisioned_with_the_same_commands),
        cmocka_unit_test(every_bus_speed_wakes_and_provisions),
        cmocka_unit_test(what_nerveskey_would_read_is_read),
        cmocka_unit_test(a_second_run_finds_the_chip_done_and_writes_nothing),
        cmocka_unit_test(a_chip_whose_random_numbers_are_the_pattern_gets_no_key),
        cmocka_unit_test(a_key_that_was_replaced_before_its_lock_is_not_locked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
