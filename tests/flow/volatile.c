/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The layout whose key is authorised: compared with what the unmodified NervesKey library did to a
 * 608B, cut and disturbed at every transaction, and used as an application would.
 */
#include "nerveskey/volatile.h"
#include "atecc/latch.h"
#include "nerveskey/verify.h"
#include "support/disturbed.h"
#include "support/test.h"

enum { TORN_SEEDS = 4, CHAINS = 30, CHAIN_LENGTH = 4 };

static recorded_life *theirs;

static void ask_for_volatile(factory *line)
{
    line->request.layout = &np_layouts[NP_LAYOUT_VOLATILE];
    line->request.activation_key = np_bytes_of(recorded_slot(theirs, 1).data, 16);
    line->request.encryption_key = np_bytes_of(recorded_slot(theirs, 2).data, 16);
}

static factory *open_recorded(void)
{
    factory *line = malloc(sizeof(*line));
    assert_non_null(line);
    factory_open_recorded(line, "608b_volatile", NP_ATECC608B, NP_PACE_TYPICAL);
    ask_for_volatile(line);
    return line;
}

static factory *open_fresh(np_atecc_model model)
{
    factory *line = malloc(sizeof(*line));
    assert_non_null(line);
    factory_open_fresh(line, model, NP_PACE_TYPICAL);
    ask_for_volatile(line);
    return line;
}

static bool is_command(const recorded_packet *packet, uint8_t opcode, uint8_t p1)
{
    return packet->sent[2] == opcode && packet->sent[3] == p1;
}

/* Configuration words that the chip has already. */
static bool is_omitted(const recorded_life *life, const recorded_packet *packet)
{
    size_t offset = (size_t)packet->sent[4] * 4;
    return is_command(packet, 0x02, 0x80) ||
           (packet->sent[2] == 0x12 && (packet->sent[3] & 3) == 0 &&
            memcmp(life->start_config + offset, packet->sent + 6, packet->sent_len - 8) == 0);
}

/* The check of the random numbers, and the lock bytes before the data lock. */
static bool is_added(const recorded_packet *packet)
{
    return packet->sent[2] == 0x1b || is_command(packet, 0x02, 0x00);
}

static void packets_are_nerveskeys_but_for_the_listed_differences(void **state)
{
    (void)state;
    factory *line = open_recorded();
    assert_ok(factory_provision(line), &line->err);
    size_t ours = 4; /* the snapshot */
    size_t omitted = 0;
    for (size_t i = 0; i < line->life->provision_count; i++) {
        const recorded_packet *packet = &line->life->provision[i];
        if (is_omitted(line->life, packet)) {
            omitted++;
            continue;
        }
        for (; is_added(&line->packets[ours]); ours++) {
        }
        const recorded_packet *mine = &line->packets[ours++];
        assert_int_equal(mine->sent_len, packet->sent_len);
        assert_memory_equal(mine->sent, packet->sent, packet->sent_len);
        assert_int_equal(mine->answer_len, packet->answer_len);
        assert_memory_equal(mine->answer, packet->answer, packet->answer_len);
    }
    /* 5 words as on every part (the sixth has VolatileKeyPermission), and 4 reads of the
     * configuration behind the key */
    assert_int_equal(omitted, 5 + 4);
    /* then 17 as for every layout, and Nonce, CheckMac and Info to set the latch, Info to clear */
    assert_int_equal(line->packet_count - ours, 17 + 4);
    disturbed_close(line);
}

/* As recorded of the 608B, with this part's own first 16 bytes; slots 3 to 9 and 13 to 15 too. */
static void check_finished(const factory *line)
{
    uint8_t config[NP_ATECC_CONFIG_SIZE];
    const uint8_t *eeprom = np_virtual_chip_eeprom(line->chip);
    memcpy(config, theirs->end_config, sizeof(config));
    memcpy(config, eeprom + NP_EEPROM_CONFIG, 16);
    assert_memory_equal(eeprom + NP_EEPROM_CONFIG, config, sizeof(config));
    for (unsigned slot = 1; slot < NP_ATECC_SLOT_COUNT; slot++) {
        if (slot < 10 || slot > 12) {
            assert_memory_equal(eeprom + NP_EEPROM_DATA + np_atecc_slot_offset(slot),
                                recorded_slot(theirs, slot).data, np_atecc_slot_size(slot));
        }
    }
    disturbed_check_key(line);
}

static void the_chip_ends_as_nerveskeys_did(void **state)
{
    (void)state;
    factory *line = open_recorded();
    assert_ok(factory_provision(line), &line->err);
    check_finished(line);
    const np_identity *identity = &line->result.identity;
    assert_int_equal(identity->device.len, theirs->device_len);
    assert_memory_equal(identity->device.bytes, theirs->device_der, theirs->device_len);
    assert_string_equal(np_nerveskey_mode(theirs->end_config), "volatile");
    assert_string_equal(np_nerveskey_mode(theirs->start_config), "unprovisioned");
    disturbed_close(line);
}

/* Byte 69 as an interrupted write may leave it, and as nobody of us does. */
static void what_an_interrupted_write_left_is_continued_and_a_foreign_byte_is_not(void **state)
{
    (void)state;
    static const struct {
        uint8_t at, value;
        np_code expected;
    } cases[] = {
        {69, 0x81, NP_OK},
        {69, 0xff, NP_OK},
        {70, 0xff, NP_OK},
        {69, 0x82, NP_ECONFLICT_FOREIGN},
        {68, 0x01, NP_ECONFLICT_FOREIGN},
        {72, 0xff, NP_ECONFLICT_FOREIGN},
    };
    for (size_t i = 0; i < NP_COUNT_OF(cases); i++) {
        factory *line = open_recorded();
        np_snapshot snapshot;
        assert_ok(np_snapshot_take(&line->device, &snapshot, &line->err), &line->err);
        snapshot.config[cases[i].at] = cases[i].value;
        assert_code(np_plan_compute(&snapshot, &line->request, &line->plan, &line->err),
                    cases[i].expected);
        assert_ok(np_atecc_sleep(&line->device, &line->err), &line->err);
        disturbed_close(line);
    }
}

static void a_508a_is_refused(void **state)
{
    (void)state;
    factory *line = open_fresh(NP_ATECC508A);
    assert_code(factory_provision(line), NP_ECONFLICT_FOREIGN);
    assert_non_null(strstr(line->err.message, "508A"));
    disturbed_close(line);
}

static void both_revisions_of_the_608a_are_accepted(void **state)
{
    (void)state;
    for (uint8_t revision = 1; revision <= 2; revision++) {
        uint8_t eeprom[NP_EEPROM_SIZE];
        factory *line = open_fresh(NP_ATECC608A);
        memcpy(eeprom, np_virtual_chip_eeprom(line->chip), sizeof(eeprom));
        eeprom[NP_EEPROM_CONFIG + 7] = revision;
        np_virtual_chip_options options = {.model = NP_ATECC608A,
                                           .random = np_random_by_seed(&line->seeded)};
        np_virtual_chip_free(line->chip);
        line->chip = np_virtual_chip_from_eeprom(&options, eeprom);
        np_virtual_bus_init(&line->bus, 100000, line->chip);
        assert_ok(factory_provision(line), &line->err);
        check_finished(line);
        disturbed_close(line);
    }
}

static const disturbed_course course = {.open = open_fresh, .check_finished = check_finished};

static void run_everywhere(np_fault_kind kind, unsigned seeds)
{
    uint64_t count = disturbed_count(&course, NP_ATECC608B);
    uint64_t happened = 0;
    for (uint64_t i = 0; i < count * seeds; i++) {
        factory *line = open_fresh(NP_ATECC608B);
        disturbed_set_fault(line, kind, i % count, i / count + i);
        (void)!factory_provision(line);
        happened += line->bus.fault_happened;
        disturbed_check_convergence(&course, line);
        disturbed_close(line);
    }
    /* at least each of the commands can be hit */
    assert_true(happened >= 80 * seeds);
}

static void a_cut_after_any_transaction_is_recovered_from(void **state)
{
    (void)state;
    run_everywhere(NP_FAULT_CUT_AFTER, TORN_SEEDS);
}

static void a_cut_during_any_transaction_is_recovered_from(void **state)
{
    (void)state;
    run_everywhere(NP_FAULT_CUT_DURING, 1);
}

static void lost_and_damaged_answers_are_recovered_from(void **state)
{
    (void)state;
    run_everywhere(NP_FAULT_LOSE_REPLY, 1);
    run_everywhere(NP_FAULT_CORRUPT_REPLY, 1);
}

static void chains_of_faults_are_recovered_from(void **state)
{
    (void)state;
    uint64_t random = DISTURBED_SEED;
    for (unsigned chain = 0; chain < CHAINS; chain++) {
        factory *line = open_fresh(NP_ATECC608B);
        disturbed_run_chain(&course, line, CHAIN_LENGTH, &random);
        disturbed_close(line);
    }
}

static void the_key_works_after_the_right_activation_key_and_until_power_fails(void **state)
{
    (void)state;
    factory *line = open_recorded();
    np_verification seen;
    bool is_set = true;
    uint8_t wrong[16] = {0};
    const np_trust trust = {.root = NULL};
    np_random random = np_random_by_seed(&line->seeded);
    int64_t now = recorded_time(theirs);
    assert_ok(factory_provision(line), &line->err);
    assert_ok(np_atecc_latch_read(&line->device, &is_set, &line->err), &line->err);
    assert_false(is_set);
    assert_ok(np_identity_verify(&line->device, &trust, now, random, &seen, &line->err),
              &line->err);
    assert_int_equal(seen.verdicts[NP_CHECK_CHALLENGE], NP_VERDICT_FAILED);
    assert_non_null(strstr(seen.notes[NP_CHECK_CHALLENGE], "not authorised"));
    assert_code(np_volatile_authorize(&line->device, theirs->end_config, wrong, random, &line->err),
                NP_ECONFLICT_OTHER);
    assert_ok(np_volatile_authorize(&line->device, theirs->end_config,
                                    line->request.activation_key.data, random, &line->err),
              &line->err);
    assert_ok(np_identity_verify(&line->device, &trust, now, random, &seen, &line->err),
              &line->err);
    assert_true(seen.is_good);
    assert_ok(np_atecc_sleep(&line->device, &line->err), &line->err);
    disturbed_set_fault(line, NP_FAULT_CUT_BEFORE, 0, 0);
    (void)!np_atecc_latch_read(&line->device, &is_set, NULL);
    np_virtual_bus_power_up(&line->bus);
    disturbed_set_fault(line, NP_FAULT_NONE, 0, 0);
    factory_connect(line);
    assert_ok(np_atecc_latch_read(&line->device, &is_set, &line->err), &line->err);
    assert_false(is_set);
    disturbed_close(line);
}

static void another_activation_key_is_found_out_when_it_is_provisioned_again(void **state)
{
    (void)state;
    factory *line = open_recorded();
    static const uint8_t other[16] = {1};
    assert_ok(factory_provision(line), &line->err);
    line->request.activation_key = NP_BYTES(other);
    assert_code(factory_provision(line), NP_ECONFLICT_OTHER);
    assert_non_null(strstr(line->err.message, "another activation key"));
    disturbed_close(line);
}

static void another_encryption_key_is_found_out_when_it_is_provisioned_again(void **state)
{
    (void)state;
    factory *line = open_recorded();
    static const uint8_t other[16] = {1};
    uint8_t before[NP_EEPROM_SIZE];
    bool is_set = true;
    assert_ok(factory_provision(line), &line->err);
    np_bytes right = line->request.encryption_key;
    memcpy(before, np_virtual_chip_eeprom(line->chip), sizeof(before));
    line->request.encryption_key = NP_BYTES(other);
    assert_code(factory_provision(line), NP_ECONFLICT_OTHER);
    assert_non_null(strstr(line->err.message, "another encryption key"));
    assert_memory_equal(before, np_virtual_chip_eeprom(line->chip), sizeof(before));
    assert_ok(np_atecc_latch_read(&line->device, &is_set, &line->err), &line->err);
    assert_false(is_set);
    assert_ok(np_atecc_sleep(&line->device, &line->err), &line->err);
    line->request.encryption_key = right;
    assert_ok(factory_provision(line), &line->err);
    disturbed_close(line);
}

/* Slots 0 to 2 have locks of their own: they stay open when it is the wrong key that goes on. */
static void another_key_does_not_finish_what_an_interruption_left(void **state)
{
    (void)state;
    static const uint8_t other[16] = {1};
    factory *line = open_recorded();
    uint8_t eeprom[NP_EEPROM_SIZE];
    assert_ok(factory_provision(line), &line->err);
    memcpy(eeprom, np_virtual_chip_eeprom(line->chip), sizeof(eeprom));
    eeprom[NP_EEPROM_CONFIG + NP_CONFIG_SLOT_LOCKED] = 0xff;
    np_virtual_chip_options options = {.model = NP_ATECC608B,
                                       .random = np_random_by_seed(&line->seeded)};
    np_virtual_chip_free(line->chip);
    line->chip = np_virtual_chip_from_eeprom(&options, eeprom);
    np_virtual_bus_init(&line->bus, 100000, line->chip);
    factory_connect(line);
    np_bytes right = line->request.encryption_key;
    line->request.encryption_key = NP_BYTES(other);
    assert_code(factory_provision(line), NP_ECONFLICT_OTHER);
    assert_memory_equal(eeprom, np_virtual_chip_eeprom(line->chip), sizeof(eeprom));
    line->request.encryption_key = right;
    assert_ok(factory_provision(line), &line->err);
    check_finished(line);
    disturbed_close(line);
}

typedef struct counted_work {
    unsigned calls;
    np_code returns;
    bool was_authorized;
} counted_work;

static np_code do_counted_work(void *self, np_atecc *chip, np_error *err)
{
    counted_work *work = self;
    work->calls++;
    assert_ok(np_atecc_latch_read(chip, &work->was_authorized, err), err);
    return work->returns == NP_OK ? NP_OK : np_error_set(err, work->returns, "no");
}

static void work_is_done_authorised_and_the_latch_is_left_as_it_was(void **state)
{
    (void)state;
    static const uint8_t wrong[16] = {1};
    factory *line = open_recorded();
    counted_work counted = {.returns = NP_OK};
    const np_volatile_work work = {.run = do_counted_work, .self = &counted};
    np_random random = np_random_by_seed(&line->seeded);
    const uint8_t *key = line->request.activation_key.data;
    assert_ok(factory_provision(line), &line->err);
    for (unsigned was_set = 0; was_set < 2; was_set++) {
        bool is_set = false;
        counted.returns = NP_OK;
        assert_ok(np_volatile_run(&line->device, key, random, &work, &line->err), &line->err);
        assert_true(counted.was_authorized);
        counted.returns = NP_EDEVICE_VERIFY;
        assert_code(np_volatile_run(&line->device, key, random, &work, &line->err),
                    NP_EDEVICE_VERIFY);
        assert_int_equal(counted.calls, 2 + 2 * was_set);
        assert_code(np_volatile_run(&line->device, wrong, random, &work, &line->err),
                    NP_ECONFLICT_OTHER);
        assert_int_equal(counted.calls, 2 + 2 * was_set);
        assert_ok(np_atecc_latch_read(&line->device, &is_set, &line->err), &line->err);
        assert_int_equal(is_set, was_set);
        assert_ok(np_volatile_authorize(&line->device, theirs->end_config, key, random, &line->err),
                  &line->err);
    }
    assert_ok(np_atecc_sleep(&line->device, &line->err), &line->err);
    disturbed_close(line);
}

static void work_without_a_key_is_done_as_it_is(void **state)
{
    (void)state;
    factory *line = open_recorded();
    counted_work counted = {.returns = NP_OK};
    const np_volatile_work work = {.run = do_counted_work, .self = &counted};
    np_random random = np_random_by_seed(&line->seeded);
    assert_ok(factory_provision(line), &line->err);
    assert_ok(np_volatile_run(&line->device, NULL, random, &work, &line->err), &line->err);
    assert_int_equal(counted.calls, 1);
    assert_false(counted.was_authorized);
    assert_ok(np_atecc_sleep(&line->device, &line->err), &line->err);
    disturbed_close(line);
}

static void layouts_do_not_mix(void **state)
{
    (void)state;
    factory *line = open_recorded();
    assert_ok(factory_provision(line), &line->err);
    line->request.layout = NULL;
    assert_code(factory_provision(line), NP_EUSAGE);
    line->request.activation_key = (np_bytes){0};
    line->request.encryption_key = (np_bytes){0};
    assert_code(factory_provision(line), NP_ECONFLICT_OTHER);
    assert_non_null(strstr(line->err.message, "nerveskey-volatile"));
    line->request.layout = &np_layouts[NP_LAYOUT_VOLATILE];
    assert_code(factory_provision(line), NP_EUSAGE);
    disturbed_close(line);
}

static void the_plans_hash_tells_nothing_about_the_keys(void **state)
{
    (void)state;
    uint8_t hash[32];
    static const uint8_t other[16] = {1};
    factory *line = open_recorded();
    np_snapshot snapshot;
    assert_ok(np_snapshot_take(&line->device, &snapshot, &line->err), &line->err);
    assert_ok(np_plan_compute(&snapshot, &line->request, &line->plan, &line->err), &line->err);
    memcpy(hash, line->plan.hash, sizeof(hash));
    line->request.activation_key = NP_BYTES(other);
    line->request.encryption_key = NP_BYTES(other);
    assert_ok(np_plan_compute(&snapshot, &line->request, &line->plan, &line->err), &line->err);
    assert_memory_equal(hash, line->plan.hash, sizeof(hash));
    assert_ok(np_atecc_sleep(&line->device, &line->err), &line->err);
    disturbed_close(line);
}

static int load(void **state)
{
    (void)state;
    theirs = recorded_load("608b_volatile");
    return 0;
}

static int unload(void **state)
{
    (void)state;
    free(theirs);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packets_are_nerveskeys_but_for_the_listed_differences),
        cmocka_unit_test(the_chip_ends_as_nerveskeys_did),
        cmocka_unit_test(what_an_interrupted_write_left_is_continued_and_a_foreign_byte_is_not),
        cmocka_unit_test(a_508a_is_refused),
        cmocka_unit_test(both_revisions_of_the_608a_are_accepted),
        cmocka_unit_test(a_cut_after_any_transaction_is_recovered_from),
        cmocka_unit_test(a_cut_during_any_transaction_is_recovered_from),
        cmocka_unit_test(lost_and_damaged_answers_are_recovered_from),
        cmocka_unit_test(chains_of_faults_are_recovered_from),
        cmocka_unit_test(the_key_works_after_the_right_activation_key_and_until_power_fails),
        cmocka_unit_test(another_activation_key_is_found_out_when_it_is_provisioned_again),
        cmocka_unit_test(another_encryption_key_is_found_out_when_it_is_provisioned_again),
        cmocka_unit_test(another_key_does_not_finish_what_an_interruption_left),
        cmocka_unit_test(work_is_done_authorised_and_the_latch_is_left_as_it_was),
        cmocka_unit_test(work_without_a_key_is_done_as_it_is),
        cmocka_unit_test(layouts_do_not_mix),
        cmocka_unit_test(the_plans_hash_tells_nothing_about_the_keys),
    };
    return cmocka_run_group_tests_name("flow volatile", tests, load, unload);
}
