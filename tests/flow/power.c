/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Power fails, answers get lost, damaged or late, commands arrive damaged: at every single
 * transaction of a provisioning, on every model. Running the same command again must always end in
 * a correctly provisioned chip with one certificate that its key proves, or say that the chip is
 * lost, and that only when a lock byte was torn to neither value.
 *
 * What a chip holds is judged by its EEPROM, not by what our reading says of it. With NP_SOAK=1 in
 * the environment there are more seeds and longer chains of faults.
 */
#include "support/disturbed.h"
#include "support/effort.h"
#include "support/test.h"

enum {
    TORN_SEEDS = 16, /* enough that each torn state of each command is visited, see below */
    CHAINS = 60,
    CHAIN_LENGTH = 5,
    SOAK_FACTOR = 20,
};

#define WATCHDOG_NS UINT64_C(700000000) /* the shortest */

/*
 * ECDSA signatures differ each time; the same certificate must get the same one in each run, so
 * that the bytes a torn write was about to leave are known.
 */
enum { MEMO_MAX = 64 };

typedef struct signature_memo {
    np_signing inner;
    size_t count;
    uint8_t digests[MEMO_MAX][32];
    uint8_t signatures[MEMO_MAX][64];
} signature_memo;

static signature_memo memo;

static np_code sign_once(void *self, const uint8_t digest[static 32],
                         uint8_t ret_signature[static NP_P256_SIGNATURE_SIZE], np_error *err)
{
    signature_memo *known = self;
    for (size_t i = 0; i < known->count; i++) {
        if (memcmp(known->digests[i], digest, 32) == 0) {
            memcpy(ret_signature, known->signatures[i], 64);
            return NP_OK;
        }
    }
    NP_TRY(known->inner.sign(known->inner.self, digest, ret_signature, err));
    if (known->count < MEMO_MAX && np_signature_suits_old_readers(ret_signature)) {
        memcpy(known->digests[known->count], digest, 32);
        memcpy(known->signatures[known->count++], ret_signature, 64);
    }
    return NP_OK;
}

static factory *open_line(np_atecc_model model)
{
    factory *line = malloc(sizeof(*line));
    assert_non_null(line);
    factory_open_fresh(line, model, NP_PACE_TYPICAL);
    memo.inner = line->signing;
    line->signing.sign = sign_once;
    line->signing.self = &memo;
    return line;
}

static const uint8_t *config_of(const factory *line)
{
    return np_virtual_chip_eeprom(line->chip) + NP_EEPROM_CONFIG;
}

/* The configuration of specs of NervesKey 2.1 on this model, written down without our layout. */
static void expected_config(const factory *line, uint8_t *ret)
{
    /* end of the recorded 608A, with this model's own bytes where provisioning changes nothing */
    memcpy(ret, line->life->end_config, NP_ATECC_CONFIG_SIZE);
    np_atecc_model model = np_virtual_chip_model(line->chip);
    const uint8_t *factory_bytes = np_atecc_factory_config(model);
    memcpy(ret, config_of(line), 16);
    memcpy(ret + 52, factory_bytes + 52, 34);
}

static void check_finished(const factory *line)
{
    uint8_t config[NP_ATECC_CONFIG_SIZE];
    uint8_t data[NP_ATECC_DATA_SIZE];
    expected_config(line, config);
    assert_memory_equal(config_of(line), config, sizeof(config));
    const uint8_t *eeprom = np_virtual_chip_eeprom(line->chip);
    assert_memory_equal(eeprom + NP_EEPROM_OTP, line->life->otp, NP_ATECC_OTP_SIZE);
    memcpy(data, line->life->data, sizeof(data));
    size_t certificate = np_atecc_slot_offset(10);
    memcpy(data + certificate, eeprom + NP_EEPROM_DATA + certificate, 64); /* the signature */
    size_t slot1 = np_atecc_slot_offset(1);
    assert_memory_equal(eeprom + NP_EEPROM_DATA + slot1, data + slot1, sizeof(data) - slot1);
    disturbed_check_key(line);
}

static const disturbed_course course = {.open = open_line, .check_finished = check_finished};

/*
 * One fault, then convergence. Gives the EEPROM as the fault left it. False when there was nothing
 * to spoil at that transaction: no answer, or no command.
 */
static bool run_with_fault(np_atecc_model model, const np_fault *fault, uint8_t *ret_eeprom)
{
    factory *line = open_line(model);
    disturbed_set_fault(line, fault->kind, fault->transaction, fault->seed);
    np_code code = factory_provision(line);
    bool happened = line->bus.fault_happened;
    if (ret_eeprom != NULL) {
        memcpy(ret_eeprom, np_virtual_chip_eeprom(line->chip), NP_EEPROM_SIZE);
    }
    if (code == NP_EDEVICE_LOST) {
        assert_true(disturbed_is_lost(line));
    }
    if (code == NP_OK) {
        check_finished(line);
    }
    /* an answer that was spoiled once, or came before the watchdog, is no reason to stop */
    bool is_short =
        fault->kind == NP_FAULT_DELAY_REPLY && disturbed_delay_ns(fault->seed) < WATCHDOG_NS;
    if (is_short || fault->kind == NP_FAULT_LOSE_REPLY || fault->kind == NP_FAULT_CORRUPT_REPLY) {
        assert_ok(code, &line->err);
    }
    disturbed_check_convergence(&course, line);
    disturbed_close(line);
    return happened;
}

/* Each command has one write and one answer: so many transactions can be spoiled either way. */
enum { COMMANDS = 6 + 2 + 48 + 3 + 2 + 2 + 1 + 19 };

static void run_everywhere(np_fault_kind kind, unsigned usual_seeds)
{
    unsigned seeds = effort(usual_seeds, usual_seeds * SOAK_FACTOR);
    for (unsigned model = 0; model < NP_ATECC_MODEL_COUNT; model++) {
        uint64_t count = disturbed_count(&course, (np_atecc_model)model);
        uint64_t happened = 0;
        for (uint64_t i = 0; i < count * seeds; i++) {
            np_fault fault = {.kind = kind, .transaction = i % count, .seed = i / count + i};
            happened += run_with_fault((np_atecc_model)model, &fault, NULL);
        }
        assert_true(happened >= (uint64_t)COMMANDS * seeds);
    }
}

static void a_cut_during_any_transaction_is_recovered_from(void **state)
{
    (void)state;
    run_everywhere(NP_FAULT_CUT_DURING, 1);
}

/* What became of the bytes that a command was writing. */
typedef struct torn_states {
    bool old, new, erased;             /* seen */
    bool has_old, has_new, has_erased; /* can be told from the other two */
} torn_states;

static void note_bytes(torn_states *seen, const uint8_t *before, const uint8_t *after,
                       const uint8_t *torn)
{
    for (size_t i = 0; i < NP_EEPROM_SIZE; i++) {
        bool is_old = torn[i] == before[i];
        bool is_new = torn[i] == after[i];
        bool is_erased = torn[i] == NP_ATECC_ERASED;
        bool can_be_old = before[i] != after[i] && before[i] != NP_ATECC_ERASED;
        assert_true(is_old || is_new || is_erased);
        seen->has_old = seen->has_old || before[i] != after[i];
        seen->has_new = seen->has_new || (before[i] != after[i] && after[i] != NP_ATECC_ERASED);
        seen->has_erased = seen->has_erased || (can_be_old && after[i] != NP_ATECC_ERASED);
        if (before[i] == after[i]) {
            continue;
        }
        seen->old = seen->old || is_old;
        seen->new = seen->new || (is_new && after[i] != NP_ATECC_ERASED);
        seen->erased = seen->erased || (is_erased && can_be_old);
    }
}

static bool are_all_visited(const torn_states *seen)
{
    return (seen->old || !seen->has_old) && (seen->new || !seen->has_new) &&
           (seen->erased || !seen->has_erased);
}

static void tear(np_atecc_model model, uint64_t transaction, const uint8_t *before,
                 const uint8_t *after)
{
    torn_states seen = {0};
    uint8_t torn[NP_EEPROM_SIZE];
    bool is_soak = getenv("NP_SOAK") != NULL;
    for (uint64_t seed = 0; seed < TORN_SEEDS * (is_soak ? SOAK_FACTOR : 1); seed++) {
        np_fault fault = {.kind = NP_FAULT_CUT_AFTER,
                          .transaction = transaction,
                          .seed = transaction << 8 | seed};
        assert_true(run_with_fault(model, &fault, torn));
        note_bytes(&seen, before, after, torn);
        if (are_all_visited(&seen) && !is_soak) {
            break;
        }
    }
    assert_true(are_all_visited(&seen));
}

/*
 * Cuts before each transaction give the EEPROM before and after each command; where they differ, a
 * cut right after the command's STOP tears, and is repeated until old, new and erased were seen.
 */
static void a_cut_before_or_after_any_transaction_is_recovered_from_torn_or_not(void **state)
{
    (void)state;
    uint8_t(*images)[NP_EEPROM_SIZE] = calloc(DISTURBED_TRANSACTIONS_MAX, NP_EEPROM_SIZE);
    assert_non_null(images);
    for (unsigned model = 0; model < NP_ATECC_MODEL_COUNT; model++) {
        uint64_t count = disturbed_count(&course, (np_atecc_model)model);
        unsigned torn_commands = 0;
        for (uint64_t i = 0; i < count; i++) {
            np_fault fault = {.kind = NP_FAULT_CUT_BEFORE, .transaction = i, .seed = i};
            assert_true(run_with_fault((np_atecc_model)model, &fault, images[i]));
        }
        for (uint64_t i = 0; i + 1 < count; i++) {
            np_fault fault = {.kind = NP_FAULT_CUT_AFTER, .transaction = i, .seed = i};
            if (memcmp(images[i], images[i + 1], NP_EEPROM_SIZE) == 0) {
                assert_true(run_with_fault((np_atecc_model)model, &fault, NULL));
                continue;
            }
            tear((np_atecc_model)model, i, images[i], images[i + 1]);
            torn_commands++;
        }
        /* 6 configuration, 2 OTP, 48 slot writes, one key, three locks */
        assert_int_equal(torn_commands, 6 + 2 + 48 + 1 + 3);
    }
    free(images);
}

/* False when the transaction is not the Lock of a zone: no seed makes it one. */
static bool lock_zone_torn(unsigned model, uint64_t transaction, uint64_t seed, unsigned *lost)
{
    factory *line = open_line((np_atecc_model)model);
    disturbed_set_fault(line, NP_FAULT_CUT_AFTER, transaction, seed);
    (void)!factory_provision(line);
    const uint8_t *last =
        line->packet_count > 0 ? line->packets[line->packet_count - 1].sent : NULL;
    bool is_zone_lock = last != NULL && last[2] == 0x17 && last[3] <= 1;
    if (is_zone_lock) {
        lost[last[3]] += config_of(line)[last[3] == 0 ? 87 : 86] == NP_ATECC_ERASED;
        disturbed_check_convergence(&course, line);
    }
    disturbed_close(line);
    return is_zone_lock;
}

static void a_lock_byte_torn_to_neither_value_is_met_and_named(void **state)
{
    (void)state;
    /* the two zone locks of each model, until the byte was erased */
    for (unsigned model = 0; model < NP_ATECC_MODEL_COUNT; model++) {
        unsigned lost[2] = {0, 0};
        uint64_t count = disturbed_count(&course, (np_atecc_model)model);
        for (uint64_t i = 0; i < count; i++) {
            for (uint64_t seed = 0; seed < TORN_SEEDS && lock_zone_torn(model, i, seed, lost);
                 seed++) {
            }
        }
        assert_true(lost[0] > 0 && lost[1] > 0);
    }
}

static void a_lost_answer_is_recovered_from(void **state)
{
    (void)state;
    run_everywhere(NP_FAULT_LOSE_REPLY, 1);
}

static void a_damaged_answer_is_recovered_from(void **state)
{
    (void)state;
    run_everywhere(NP_FAULT_CORRUPT_REPLY, 2);
}

static void a_late_answer_is_recovered_from(void **state)
{
    (void)state;
    run_everywhere(NP_FAULT_DELAY_REPLY, 4);
}

static void a_damaged_command_is_recovered_from(void **state)
{
    (void)state;
    run_everywhere(NP_FAULT_CORRUPT_COMMAND, 4);
}

static void chains_of_faults_are_recovered_from(void **state)
{
    (void)state;
    uint64_t random = DISTURBED_SEED;
    for (unsigned chain = 0; chain < effort(CHAINS, CHAINS * SOAK_FACTOR); chain++) {
        factory *line = open_line((np_atecc_model)(chain % NP_ATECC_MODEL_COUNT));
        disturbed_run_chain(&course, line, CHAIN_LENGTH, &random);
        disturbed_close(line);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cut_during_any_transaction_is_recovered_from),
        cmocka_unit_test(a_cut_before_or_after_any_transaction_is_recovered_from_torn_or_not),
        cmocka_unit_test(a_lock_byte_torn_to_neither_value_is_met_and_named),
        cmocka_unit_test(a_lost_answer_is_recovered_from),
        cmocka_unit_test(a_damaged_answer_is_recovered_from),
        cmocka_unit_test(a_late_answer_is_recovered_from),
        cmocka_unit_test(a_damaged_command_is_recovered_from),
        cmocka_unit_test(chains_of_faults_are_recovered_from),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
