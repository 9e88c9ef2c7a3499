/* SPDX-License-Identifier: Apache-2.0 */
/* Plan, consent, provisioning, and what the chip can prove afterwards; openssl is the judge. */
#include "bench.h"

/* The order that the tests begin with: serial N1234, the rest by default. */
static np_chip_order order_for(np_signer *signer)
{
    static const uint8_t serial[] = {'N', '1', '2', '3', '4'};
    return (np_chip_order){.signer = signer, .now = SOME_TIME, .serial = {serial, sizeof(serial)}};
}

static np_signer *make_signer(int64_t now, unsigned years)
{
    np_error err;
    np_signer *signer = NULL;
    assert_ok(np_signer_create(now, years, &signer, &err), &err);
    return signer;
}

static np_signer *without_key(const np_signer *signer)
{
    np_error err;
    char pem[NP_PEM_SIZE];
    np_signer *shown = NULL;
    assert_ok(np_signer_certificate_to_pem(signer, pem, sizeof(pem), &err), &err);
    assert_ok(
        np_signer_open_certificate((np_bytes){(const uint8_t *)pem, strlen(pem)}, &shown, &err),
        &err);
    return shown;
}

static void hash_of(np_chip *chip, const np_chip_order *order, uint8_t ret[NP_PLAN_HASH_SIZE])
{
    np_error err;
    np_chip_plan *plan = NULL;
    assert_ok(np_chip_plan_make(chip, order, &plan, &err), &err);
    np_chip_plan_hash(plan, ret);
    np_chip_plan_free(plan);
}

static np_chip_outcome provision(np_chip *chip, const np_chip_order *order)
{
    np_error err;
    uint8_t consent[NP_PLAN_HASH_SIZE];
    np_chip_outcome outcome;
    hash_of(chip, order, consent);
    assert_ok(np_chip_provision(chip, order, consent, &outcome, &err), &err);
    return outcome;
}

static void the_plan_names_its_three_locks_in_order(void **state)
{
    const bench *on = *state;
    np_error err;
    np_plan_line line;
    np_chip_plan *plan = NULL;
    static const np_step_kind locks[] = {NP_STEP_LOCK_CONFIG, NP_STEP_LOCK_DATA, NP_STEP_LOCK_KEY};
    size_t seen = 0;
    np_signer *signer = make_signer(SOME_TIME, 10);
    np_chip_order order = order_for(signer);
    np_chip *chip = open_chip(on);
    remember_file(on);
    assert_ok(np_chip_plan_make(chip, &order, &plan, &err), &err);
    size_t count = 0;
    for (; np_chip_plan_line(plan, count, &line); count++) {
        assert_true(strlen(line.words) > 0);
        assert_true(line.count > 0);
        if (line.is_irreversible) {
            assert_true(seen < 3);
            assert_int_equal(line.kind, locks[seen++]);
            assert_non_null(strstr(line.words, "(irreversible)"));
        }
    }
    assert_int_equal(seen, 3);
    assert_false(np_chip_plan_line(plan, count + 1, &line));
    assert_false(np_chip_plan_is_done(plan));
    np_chip_plan_free(plan);
    close_chip(chip);
    np_signer_free(signer);
    assert_file_unchanged(on);
}

static void the_hash_depends_on_the_order_but_not_on_the_time(void **state)
{
    const bench *on = *state;
    uint8_t first[NP_PLAN_HASH_SIZE];
    uint8_t other[NP_PLAN_HASH_SIZE];
    static const uint8_t board[] = {'p', 'i'};
    np_signer *signer = make_signer(SOME_TIME, 10);
    np_chip_order order = order_for(signer);
    np_chip *chip = open_chip(on);
    hash_of(chip, &order, first);
    order.now += 86400;
    hash_of(chip, &order, other);
    assert_memory_equal(first, other, sizeof(first));
    order.board = (np_bytes){board, sizeof(board)};
    hash_of(chip, &order, other);
    assert_memory_not_equal(first, other, sizeof(first));
    close_chip(chip);
    np_signer_free(signer);
}

static void orders_that_no_chip_can_hold_are_refused(void **state)
{
    const bench *on = *state;
    np_error err;
    np_chip_plan *plan = NULL;
    static const uint8_t many[64] = {'x'};
    np_signer *signer = make_signer(SOME_TIME, 1);
    np_chip *chip = open_chip(on);
    np_chip_order order = order_for(signer);
    order.board = (np_bytes){many, 11};
    assert_code(np_chip_plan_make(chip, &order, &plan, &err), NP_EINPUT_RANGE);
    order = order_for(signer);
    order.user_data = (np_bytes){many, 33};
    assert_code(np_chip_plan_make(chip, &order, &plan, &err), NP_EINPUT_RANGE);
    order = order_for(signer);
    order.serial = (np_bytes){many, 33};
    assert_code(np_chip_plan_make(chip, &order, &plan, &err), NP_EINPUT_RANGE);
    order = order_for(signer);
    order.now = SOME_TIME + INT64_C(2) * 366 * 86400;
    assert_code(np_chip_plan_make(chip, &order, &plan, &err), NP_EINPUT_TIME);
    assert_null(plan);
    close_chip(chip);
    np_signer_free(signer);
}

static void without_the_right_consent_nothing_is_written(void **state)
{
    const bench *on = *state;
    np_error err;
    np_chip_outcome outcome;
    uint8_t consent[NP_PLAN_HASH_SIZE];
    np_signer *signer = make_signer(SOME_TIME, 10);
    np_chip_order order = order_for(signer);
    np_chip *chip = open_chip(on);
    remember_file(on);
    hash_of(chip, &order, consent);
    consent[31] ^= 1;
    assert_code(np_chip_provision(chip, &order, consent, &outcome, &err), NP_ECONSENT);
    consent[31] ^= 1;
    order.serial.len--;
    assert_code(np_chip_provision(chip, &order, consent, &outcome, &err), NP_ECONSENT);
    assert_int_equal(np_error_class(err.code), NP_CLASS_USAGE);
    close_chip(chip);
    np_signer_free(signer);
    assert_file_unchanged(on);
}

static void a_signer_without_key_plans_but_does_not_provision(void **state)
{
    const bench *on = *state;
    np_error err;
    np_chip_outcome outcome;
    uint8_t consent[NP_PLAN_HASH_SIZE];
    np_signer *signer = make_signer(SOME_TIME, 10);
    np_signer *shown = without_key(signer);
    np_chip_order order = order_for(shown);
    np_chip *chip = open_chip(on);
    remember_file(on);
    hash_of(chip, &order, consent);
    assert_code(np_chip_provision(chip, &order, consent, &outcome, &err), NP_EINPUT_MISSING);
    assert_file_unchanged(on);
    order.signer = signer;
    assert_ok(np_chip_provision(chip, &order, consent, &outcome, &err), &err);
    /* nothing is signed any more, so that the key is not asked for */
    order.signer = shown;
    assert_ok(np_chip_provision(chip, &order, consent, &outcome, &err), &err);
    assert_true(outcome.was_done);
    close_chip(chip);
    np_signer_free(shown);
    np_signer_free(signer);
}

typedef struct progress_log {
    size_t calls;
    size_t count;
    bool is_in_order;
} progress_log;

static bool log_progress(void *self, np_step_kind kind, size_t index, size_t count)
{
    progress_log *log = self;
    log->is_in_order =
        (log->calls == 0 || log->is_in_order) && index == log->calls && kind < NP_STEP_KIND_COUNT;
    log->calls++;
    log->count = count;
    return true;
}

/* Stops before the first step of the kind that self points to. */
static bool stop_before(void *self, np_step_kind kind, size_t index, size_t count)
{
    const np_step_kind *wanted = self;
    return kind != *wanted || index == count;
}

static void what_was_stopped_goes_on_with_the_same_consent(void **state)
{
    const bench *on = *state;
    np_error err;
    uint8_t consent[NP_PLAN_HASH_SIZE];
    np_chip_outcome outcome;
    np_step_kind stops[] = {NP_STEP_WRITE_OTP, NP_STEP_LOCK_DATA, NP_STEP_LOCK_KEY};
    np_signer *signer = make_signer(SOME_TIME, 10);
    np_chip_order order = order_for(signer);
    np_chip *chip = open_chip(on);
    hash_of(chip, &order, consent);
    order.progress = stop_before;
    for (size_t i = 0; i < sizeof(stops) / sizeof(stops[0]); i++) {
        order.progress_self = &stops[i];
        assert_code(np_chip_provision(chip, &order, consent, &outcome, &err), NP_EINTERRUPTED);
        assert_non_null(strstr(err.message, np_step_name(stops[i])));
        close_chip(chip);
        chip = open_chip(on);
    }
    order.progress = NULL;
    assert_ok(np_chip_provision(chip, &order, consent, &outcome, &err), &err);
    assert_false(outcome.was_done);
    assert_false(outcome.is_issued);
    close_chip(chip);
    np_signer_free(signer);
}

static void store_certificates(const bench *on, const np_chip_certificates *certificates)
{
    program_store(&on->room, "device.der",
                  (np_bytes){certificates->device.bytes, certificates->device.len});
    program_store(&on->room, "signer.der",
                  (np_bytes){certificates->signer.bytes, certificates->signer.len});
    assert_int_equal(program_run(&on->room, "openssl x509 -inform DER -in device.der -out d.pem &&"
                                            " openssl x509 -inform DER -in signer.der -out s.pem"),
                     0);
}

static void openssl_verifies_what_a_provisioned_chip_carries(void **state)
{
    const bench *on = *state;
    np_error err;
    np_chip_certificates certificates;
    progress_log log = {0};
    np_signer *signer = make_signer(SOME_TIME, 10);
    np_chip_order order = order_for(signer);
    order.progress = log_progress;
    order.progress_self = &log;
    np_chip *chip = open_chip(on);
    np_chip_outcome outcome = provision(chip, &order);
    assert_true(outcome.is_issued);
    assert_false(outcome.was_done);
    assert_true(log.is_in_order);
    assert_int_equal(log.calls, log.count);
    assert_ok(np_chip_read_certificates(chip, &certificates, &err), &err);
    close_chip(chip);
    assert_int_equal(certificates.device.len, outcome.certificates.device.len);
    assert_memory_equal(certificates.device.bytes, outcome.certificates.device.bytes,
                        certificates.device.len);
    store_certificates(on, &certificates);
    program_store(&on->room, "wanted.der", np_signer_certificate_der(signer));
    np_signer_free(signer);
    assert_int_equal(program_run(&on->room, "cmp signer.der wanted.der"), 0);
    assert_int_equal(program_run(&on->room,
                                 "openssl verify -x509_strict -attime %d"
                                 " -CAfile s.pem d.pem",
                                 SOME_TIME),
                     0);
    char *subject =
        program_output(&on->room, "openssl x509 -in d.pem -noout -subject -nameopt RFC2253");
    assert_string_equal(subject, "subject=CN=N1234\n");
    free(subject);
}

static void openssl_verifies_a_signature_of_slot_0(void **state)
{
    const bench *on = *state;
    np_error err;
    /* SHA-256 of "abc" (FIPS 180-4) */
    static const uint8_t digest[NP_DIGEST_SIZE] = {0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea,
                                                   0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23,
                                                   0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c,
                                                   0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad};
    uint8_t signature[NP_SIGNATURE_SIZE];
    uint8_t der[NP_SIGNATURE_DER_SIZE];
    np_signer *signer = make_signer(SOME_TIME, 10);
    np_chip_order order = order_for(signer);
    np_chip *chip = open_chip(on);
    np_chip_outcome outcome = provision(chip, &order);
    assert_ok(np_chip_sign(chip, digest, signature, &err), &err);
    close_chip(chip);
    np_signer_free(signer);
    store_certificates(on, &outcome.certificates);
    program_store(&on->room, "signature", (np_bytes){der, np_signature_to_der(signature, der)});
    assert_int_equal(program_run(&on->room,
                                 "openssl x509 -in d.pem -pubkey -noout > key.pem && printf abc |"
                                 " openssl dgst -sha256 -verify key.pem -signature signature"),
                     0);
}

static void a_provisioned_chip_says_what_was_ordered(void **state)
{
    const bench *on = *state;
    np_error err;
    np_chip_facts facts;
    uint8_t fingerprint[NP_FINGERPRINT_SIZE];
    static const uint8_t board[] = {'p', 'i'};
    static const uint8_t user_data[] = {7, 8, 9};
    static const uint8_t wanted[NP_USER_DATA_SIZE] = {7, 8, 9};
    np_signer *signer = make_signer(SOME_TIME, 10);
    np_chip_order order = order_for(signer);
    order.board = (np_bytes){board, sizeof(board)};
    order.user_data = (np_bytes){user_data, sizeof(user_data)};
    np_chip *chip = open_chip(on);
    np_chip_outcome outcome = provision(chip, &order);
    assert_ok(np_chip_read_facts(chip, &facts, &err), &err);
    close_chip(chip);
    assert_true(facts.is_provisioned);
    assert_int_equal(facts.stage, NP_STAGE_KEY_LOCKED);
    assert_string_equal(facts.serial, "N1234");
    assert_string_equal(facts.board, "pi");
    assert_memory_equal(facts.user_data, wanted, sizeof(wanted));
    np_signer_fingerprint(signer, fingerprint);
    np_signer_free(signer);
    assert_memory_equal(facts.signer_fingerprint, fingerprint, sizeof(fingerprint));
    np_certificate_fingerprint(
        (np_bytes){outcome.certificates.device.bytes, outcome.certificates.device.len},
        fingerprint);
    assert_memory_equal(facts.device_fingerprint, fingerprint, sizeof(fingerprint));
}

static void provisioning_again_writes_nothing(void **state)
{
    const bench *on = *state;
    np_error err;
    np_chip_plan *plan = NULL;
    np_signer *signer = make_signer(SOME_TIME, 10);
    np_chip_order order = order_for(signer);
    np_chip *chip = open_chip(on);
    (void)provision(chip, &order);
    close_chip(chip);
    remember_file(on);
    chip = open_chip(on);
    assert_ok(np_chip_plan_make(chip, &order, &plan, &err), &err);
    assert_true(np_chip_plan_is_done(plan));
    np_chip_plan_free(plan);
    np_chip_outcome outcome = provision(chip, &order);
    assert_true(outcome.was_done);
    assert_false(outcome.is_issued);
    order.serial.len--;
    assert_code(np_chip_plan_make(chip, &order, &plan, &err), NP_ECONFLICT_OTHER);
    close_chip(chip);
    np_signer_free(signer);
    assert_file_unchanged(on);
}

static void a_provisioned_chip_proves_itself(void **state)
{
    const bench *on = *state;
    np_error err;
    np_chip_verdicts seen;
    np_signer *signer = make_signer(SOME_TIME, 10);
    np_signer *shown = without_key(signer);
    np_chip_order order = order_for(signer);
    np_chip *chip = open_chip(on);
    (void)provision(chip, &order);
    assert_ok(np_chip_verify(chip, shown, SOME_TIME, &seen, &err), &err);
    assert_true(seen.is_good);
    assert_true(seen.signer_is_trusted);
    assert_false(seen.signer_is_expired);
    for (unsigned i = 0; i < NP_CHECK_COUNT; i++) {
        assert_int_equal(seen.verdicts[i], NP_VERDICT_PASSED);
    }
    assert_ok(np_chip_verify(chip, NULL, SOME_TIME, &seen, &err), &err);
    assert_true(seen.is_good);
    assert_false(seen.signer_is_trusted);
    close_chip(chip);
    np_signer_free(shown);
    np_signer_free(signer);
}

static void another_signer_and_another_century_are_noticed(void **state)
{
    const bench *on = *state;
    np_error err;
    np_chip_verdicts seen;
    np_signer *signer = make_signer(SOME_TIME, 10);
    np_signer *other = make_signer(SOME_TIME, 10);
    np_chip_order order = order_for(signer);
    np_chip *chip = open_chip(on);
    (void)provision(chip, &order);
    assert_ok(np_chip_verify(chip, other, SOME_TIME, &seen, &err), &err);
    assert_false(seen.is_good);
    assert_int_equal(seen.verdicts[NP_CHECK_SIGNER], NP_VERDICT_FAILED);
    assert_int_equal(seen.verdicts[NP_CHECK_CHALLENGE], NP_VERDICT_PASSED);
    int64_t later = SOME_TIME + INT64_C(100) * 366 * 86400;
    assert_ok(np_chip_verify(chip, signer, later, &seen, &err), &err);
    assert_false(seen.is_good);
    assert_true(seen.signer_is_expired);
    assert_int_equal(seen.verdicts[NP_CHECK_TIME], NP_VERDICT_FAILED);
    assert_int_equal(seen.verdicts[NP_CHECK_SIGNER], NP_VERDICT_PASSED);
    close_chip(chip);
    np_signer_free(other);
    np_signer_free(signer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BENCH(the_plan_names_its_three_locks_in_order),
        ON_BENCH(the_hash_depends_on_the_order_but_not_on_the_time),
        ON_BENCH(orders_that_no_chip_can_hold_are_refused),
        ON_BENCH(without_the_right_consent_nothing_is_written),
        ON_BENCH(a_signer_without_key_plans_but_does_not_provision),
        ON_BENCH(what_was_stopped_goes_on_with_the_same_consent),
        ON_BENCH(openssl_verifies_what_a_provisioned_chip_carries),
        ON_BENCH(openssl_verifies_a_signature_of_slot_0),
        ON_BENCH(a_provisioned_chip_says_what_was_ordered),
        ON_BENCH(provisioning_again_writes_nothing),
        ON_BENCH(a_provisioned_chip_proves_itself),
        ON_BENCH(another_signer_and_another_century_are_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
