/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Auxiliary certificates: compared with what the unmodified NervesKey library did to the same chip,
 * and mended after power cuts and spoiled answers at every transaction.
 */
#include "crypto/hash.h"
#include "nerveskey/aux_plan.h"
#include "support/factory.h"
#include "support/test.h"

enum { AUX_DEVICE_SLOT = 9, AUX_KEY_SLOT = 14, AUX_SIGNER_SLOT = 15, DER_MAX = 1024 };

typedef struct recorded_case {
    const char *name;
    np_atecc_model model;
} recorded_case;

static const recorded_case cases[] = {{"508a", NP_ATECC508A}, {"608a", NP_ATECC608A}};

/* The recorded auxiliary signer, whose key was not kept: it signs the recorded certificate only. */
typedef struct recorded_aux {
    uint8_t signer_der[DER_MAX];
    uint8_t device_der[DER_MAX];
    size_t signer_len;
    size_t device_len;
    np_certificate signer;
    np_certificate device;
    uint8_t slots[3][72];
    uint8_t fingerprint[32];
    np_signing signing;
    np_plan_signer plan_signer;
    unsigned signatures;
} recorded_aux;

static np_code sign_as_recorded(void *self, const uint8_t digest[static 32],
                                uint8_t ret_signature[static 64], np_error *err)
{
    (void)err;
    recorded_aux *aux = self;
    uint8_t expected[32];
    np_sha256(aux->device.tbs, expected);
    assert_memory_equal(digest, expected, sizeof(expected));
    memcpy(ret_signature, aux->slots[0], 64);
    aux->signatures++;
    return NP_OK;
}

static void load_aux(recorded_aux *aux, const char *name)
{
    static const char *const numbers[] = {"9", "14", "15"};
    np_error err;
    aux->signer_len = recorded_bytes(name, "signer_aux_cert_der", NULL, aux->signer_der, DER_MAX);
    aux->device_len = recorded_bytes(name, "device_aux_cert_der", NULL, aux->device_der, DER_MAX);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(recorded_bytes(name, "slots_after_aux", numbers[i], aux->slots[i], 72),
                         72);
    }
    np_bytes signer = np_bytes_of(aux->signer_der, aux->signer_len);
    np_bytes device = np_bytes_of(aux->device_der, aux->device_len);
    assert_ok(np_certificate_parse(signer, &aux->signer, &err), &err);
    assert_ok(np_certificate_parse(device, &aux->device, &err), &err);
    np_sha256(signer, aux->fingerprint);
    aux->signing = (np_signing){.sign = sign_as_recorded, .self = aux};
    memcpy(aux->signing.public_key, aux->slots[1], 64);
    aux->plan_signer = (np_plan_signer){.certificate = &aux->signer,
                                        .compressed = aux->slots[2],
                                        .public_key = aux->slots[1],
                                        .fingerprint = aux->fingerprint};
}

static const uint8_t *slot_of(const factory *line, unsigned slot)
{
    return np_virtual_chip_eeprom(line->chip) + NP_EEPROM_DATA + np_atecc_slot_offset(slot);
}

typedef struct aux_scene {
    factory line;
    recorded_aux recorded;
    np_aux there;
    np_aux_plan plan;
} aux_scene;

/* A chip with its recorded primary identity. */
static aux_scene *open_scene(const recorded_case *from)
{
    aux_scene *scene = calloc(1, sizeof(*scene));
    assert_non_null(scene);
    factory_open_recorded(&scene->line, from->name, from->model, NP_PACE_TYPICAL);
    assert_ok(factory_provision(&scene->line), &scene->line.err);
    load_aux(&scene->recorded, from->name);
    factory_connect(&scene->line);
    return scene;
}

static void close_scene(aux_scene *scene)
{
    factory_close(&scene->line);
    free(scene);
}

static np_code provision(aux_scene *scene, const np_plan_signer *signer, const np_signing *signing)
{
    factory *line = &scene->line;
    np_error *err = &line->err;
    NP_TRY(np_aux_read(&line->device, &scene->there, err));
    NP_TRY(np_aux_plan_compute(&scene->there, signer, line->request.now, &scene->plan, err));
    return scene->plan.is_done
               ? NP_OK
               : np_aux_plan_apply(&scene->plan, &line->device, signing, &scene->there, err);
}

static np_code provision_as_recorded(aux_scene *scene)
{
    return provision(scene, &scene->recorded.plan_signer, &scene->recorded.signing);
}

static bool is_same_packet(const recorded_packet *a, const recorded_packet *b)
{
    return a->sent_len == b->sent_len && memcmp(a->sent, b->sent, a->sent_len) == 0 &&
           a->answer_len == b->answer_len && memcmp(a->answer, b->answer, a->answer_len) == 0;
}

/* All that was sent between two points and is a Write, in order. */
static size_t take_writes(const recorded_packet *packets, size_t count, const recorded_packet **ret)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        if (packets[i].sent[2] == 0x12) {
            ret[found++] = &packets[i];
        }
    }
    return found;
}

static void compare_writes(const factory *line, const recorded_packet *theirs, size_t their_count,
                           size_t expected)
{
    const recorded_packet *our_writes[FACTORY_PACKETS_MAX];
    const recorded_packet *their_writes[RECORDED_PACKETS_MAX];
    assert_int_equal(take_writes(line->packets, line->packet_count, our_writes), expected);
    assert_int_equal(take_writes(theirs, their_count, their_writes), expected);
    for (size_t i = 0; i < expected; i++) {
        assert_true(is_same_packet(our_writes[i], their_writes[i]));
    }
}

/* Everything that they read, we read too, with the same answer. */
static void compare_reads(const factory *line, const recorded_packet *theirs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        bool is_found = theirs[i].sent[2] == 0x12;
        for (size_t k = 0; k < line->packet_count && !is_found; k++) {
            is_found = is_same_packet(&line->packets[k], &theirs[i]);
        }
        assert_true(is_found);
    }
}

static void the_packets_of_provisioning_are_nerveskeys(void **state)
{
    (void)state;
    for (size_t i = 0; i < NP_COUNT_OF(cases); i++) {
        recorded_packet theirs[RECORDED_PACKETS_MAX];
        aux_scene *scene = open_scene(&cases[i]);
        size_t count = recorded_operation(cases[i].name, "provision_aux", theirs);
        assert_ok(provision_as_recorded(scene), &scene->line.err);
        compare_writes(&scene->line, theirs, count, 8);
        compare_reads(&scene->line, theirs, count);
        assert_int_equal(scene->recorded.signatures, 1);
        np_virtual_chip_settle(scene->line.chip, scene->line.bus.now_ns);
        assert_memory_equal(slot_of(&scene->line, 9), scene->recorded.slots[0], 72);
        assert_memory_equal(slot_of(&scene->line, 14), scene->recorded.slots[1], 72);
        assert_memory_equal(slot_of(&scene->line, 15), scene->recorded.slots[2], 72);
        close_scene(scene);
    }
}

static void the_certificates_are_nerveskeys_byte_for_byte(void **state)
{
    (void)state;
    for (size_t i = 0; i < NP_COUNT_OF(cases); i++) {
        recorded_packet theirs[RECORDED_PACKETS_MAX];
        aux_scene *scene = open_scene(&cases[i]);
        bool is_good = false;
        assert_ok(provision_as_recorded(scene), &scene->line.err);
        factory_connect(&scene->line);
        assert_ok(np_aux_read(&scene->line.device, &scene->there, &scene->line.err),
                  &scene->line.err);
        const np_identity *identity = &scene->there.identity;
        assert_int_equal(scene->there.state, NP_AUX_PRESENT);
        assert_int_equal(identity->device.len, scene->recorded.device_len);
        assert_memory_equal(identity->device.bytes, scene->recorded.device_der,
                            identity->device.len);
        assert_int_equal(identity->signer.len, scene->recorded.signer_len);
        assert_memory_equal(identity->signer.bytes, scene->recorded.signer_der,
                            identity->signer.len);
        assert_ok(np_aux_check(&scene->there, &is_good, NULL), &scene->line.err);
        assert_true(is_good);
        /* the last two words of slot 14 are no part of the key, and we leave them */
        size_t count = recorded_operation(cases[i].name, "device_cert(aux)", theirs);
        assert_int_equal(count, 11);
        compare_reads(&scene->line, theirs, 6);
        compare_reads(&scene->line, theirs + 8, 3);
        count = recorded_operation(cases[i].name, "signer_cert(aux)", theirs);
        compare_reads(&scene->line, theirs, count);
        close_scene(scene);
    }
}

/* Our driver asks again when an answer equals the one before: it might be the old one. */
static void forget_repetitions(factory *line)
{
    size_t kept = 0;
    for (size_t i = 0; i < line->packet_count; i++) {
        if (kept == 0 || !is_same_packet(&line->packets[kept - 1], &line->packets[i])) {
            line->packets[kept++] = line->packets[i];
        }
    }
    line->packet_count = kept;
}

static void look(aux_scene *scene, const char *name, const char *operation, np_aux_state expected)
{
    recorded_packet theirs[RECORDED_PACKETS_MAX];
    np_aux_state state = NP_AUX_BROKEN;
    size_t count = recorded_operation(name, operation, theirs);
    factory_connect(&scene->line);
    assert_ok(np_aux_look(&scene->line.device, &state, &scene->line.err), &scene->line.err);
    assert_ok(np_atecc_sleep(&scene->line.device, &scene->line.err), &scene->line.err);
    assert_int_equal(state, expected);
    assert_int_equal(count, 4);
    forget_repetitions(&scene->line);
    assert_int_equal(scene->line.packet_count, 1 + 4);
    for (size_t i = 0; i < 4; i++) {
        assert_true(is_same_packet(&scene->line.packets[1 + i], &theirs[i]));
    }
}

static void presence_is_asked_as_nerveskey_asks(void **state)
{
    (void)state;
    for (size_t i = 0; i < NP_COUNT_OF(cases); i++) {
        recorded_packet theirs[RECORDED_PACKETS_MAX];
        const char *name = cases[i].name;
        aux_scene *scene = open_scene(&cases[i]);
        look(scene, name, "has_aux(none)", NP_AUX_ABSENT);
        assert_ok(provision_as_recorded(scene), &scene->line.err);
        look(scene, name, "has_aux", NP_AUX_PRESENT);
        factory_connect(&scene->line);
        assert_ok(np_aux_clear(&scene->line.device, &scene->line.err), &scene->line.err);
        compare_writes(&scene->line, theirs, recorded_operation(name, "clear_aux", theirs), 9);
        look(scene, name, "has_aux(cleared)", NP_AUX_ABSENT);
        close_scene(scene);
    }
}

static void a_chip_whose_data_is_not_locked_is_unreadable_and_not_planned_for(void **state)
{
    (void)state;
    aux_scene *scene = calloc(1, sizeof(*scene));
    assert_non_null(scene);
    factory *line = &scene->line;
    np_aux_state there = NP_AUX_PRESENT;
    factory_open_fresh(line, NP_ATECC608B, NP_PACE_TYPICAL);
    assert_ok(np_aux_look(&line->device, &there, &line->err), &line->err);
    assert_int_equal(there, NP_AUX_UNREADABLE);
    assert_code(provision(scene, &line->request.signer, &line->signing), NP_ECONFLICT_OTHER);
    assert_int_equal(scene->there.state, NP_AUX_UNREADABLE);
    close_scene(scene);
}

static void a_pair_of_this_signer_is_left_as_it_is(void **state)
{
    (void)state;
    aux_scene *scene = open_scene(&cases[1]);
    assert_ok(provision_as_recorded(scene), &scene->line.err);
    uint64_t generation = np_virtual_chip_generation(scene->line.chip);
    assert_ok(provision_as_recorded(scene), &scene->line.err);
    assert_true(scene->plan.is_done);
    assert_true(np_virtual_chip_generation(scene->line.chip) == generation);
    assert_int_equal(scene->recorded.signatures, 1);
    close_scene(scene);
}

static void an_expired_signer_issues_nothing(void **state)
{
    (void)state;
    aux_scene *scene = open_scene(&cases[0]);
    scene->line.request.now += INT64_C(40) * 366 * 86400;
    assert_code(provision_as_recorded(scene), NP_EINPUT_TIME);
    close_scene(scene);
}

/* Faults: a provisioned chip of each model, put back into the socket for every fault. */
typedef struct fault_scene {
    aux_scene aux;
    uint8_t eeprom[NP_EEPROM_SIZE]; /* with the primary identity only */
} fault_scene;

static fault_scene *open_faults(np_atecc_model model)
{
    fault_scene *scene = calloc(1, sizeof(*scene));
    assert_non_null(scene);
    factory *line = &scene->aux.line;
    factory_open_fresh(line, model, NP_PACE_TYPICAL);
    assert_ok(factory_provision(line), &line->err);
    np_virtual_chip_settle(line->chip, line->bus.now_ns);
    memcpy(scene->eeprom, np_virtual_chip_eeprom(line->chip), NP_EEPROM_SIZE);
    return scene;
}

static void insert_chip(fault_scene *scene, const np_fault *fault)
{
    factory *line = &scene->aux.line;
    np_virtual_chip_options options = {.model = np_virtual_chip_model(line->chip),
                                       .pace = NP_PACE_TYPICAL,
                                       .random = np_random_by_seed(&line->seeded)};
    np_virtual_chip_free(line->chip);
    line->chip = np_virtual_chip_from_eeprom(&options, scene->eeprom);
    assert_non_null(line->chip);
    np_virtual_bus_init(&line->bus, 100000, line->chip);
    line->bus.fault = *fault;
    factory_connect(line);
}

static np_code run(fault_scene *scene)
{
    factory *line = &scene->aux.line;
    return provision(&scene->aux, &line->request.signer, &line->signing);
}

/* Slots 9, 14 and 15 hold a good pair of the signer; nothing else has changed. */
static void check_mended(fault_scene *scene)
{
    factory *line = &scene->aux.line;
    uint8_t now[NP_EEPROM_SIZE];
    bool is_good = false;
    np_virtual_chip_settle(line->chip, line->bus.now_ns);
    assert_ok(np_aux_check(&scene->aux.there, &is_good, &line->err), &line->err);
    assert_true(is_good);
    assert_memory_equal(slot_of(line, AUX_DEVICE_SLOT), scene->aux.there.identity.device_compressed,
                        72);
    assert_memory_equal(slot_of(line, AUX_KEY_SLOT), line->request.signer.public_key, 64);
    assert_memory_equal(slot_of(line, AUX_SIGNER_SLOT), line->request.signer.compressed, 72);
    memcpy(now, np_virtual_chip_eeprom(line->chip), sizeof(now));
    const unsigned changed[] = {AUX_DEVICE_SLOT, AUX_KEY_SLOT, AUX_SIGNER_SLOT};
    for (size_t i = 0; i < NP_COUNT_OF(changed); i++) {
        size_t at = NP_EEPROM_DATA + np_atecc_slot_offset(changed[i]);
        memcpy(now + at, scene->eeprom + at, 72);
    }
    assert_memory_equal(now, scene->eeprom, sizeof(now));
}

static uint64_t count_transactions(fault_scene *scene)
{
    factory *line = &scene->aux.line;
    np_fault none = {.kind = NP_FAULT_NONE};
    insert_chip(scene, &none);
    assert_ok(run(scene), &line->err);
    check_mended(scene);
    return line->bus.counts.transactions;
}

/* True when the fault came to pass. */
static bool run_with_fault(fault_scene *scene, const np_fault *fault)
{
    factory *line = &scene->aux.line;
    bool is_cut = fault->kind <= NP_FAULT_CUT_AFTER;
    insert_chip(scene, fault);
    np_code code = run(scene);
    bool happened = line->bus.fault_happened;
    if (code == NP_OK) {
        check_mended(scene);
    } else {
        assert_true(is_cut);
    }
    line->bus.fault = (np_fault){.kind = NP_FAULT_NONE};
    np_virtual_bus_power_up(&line->bus);
    factory_connect(line);
    assert_ok(run(scene), &line->err);
    check_mended(scene);
    return happened;
}

static void run_everywhere(np_fault_kind kind, unsigned seeds, uint64_t at_least)
{
    for (unsigned model = 0; model < NP_ATECC_MODEL_COUNT; model++) {
        fault_scene *scene = open_faults((np_atecc_model)model);
        uint64_t count = count_transactions(scene);
        uint64_t happened = 0;
        for (uint64_t i = 0; i < count * seeds; i++) {
            np_fault fault = {
                .kind = kind, .transaction = i % count, .seed = i, .delay_ns = 60000000};
            happened += run_with_fault(scene, &fault);
        }
        assert_true(happened >= at_least * seeds);
        factory_close(&scene->aux.line);
        free(scene);
    }
}

/* Reads before, one public key, 8 writes, and everything read back. */
enum { COMMANDS_MIN = 4 + 2 + 1 + 4 + 8 + 4 + 2 + 1 + 4 + 2 + 4 };

static void a_power_cut_at_any_transaction_is_mended_by_running_again(void **state)
{
    (void)state;
    run_everywhere(NP_FAULT_CUT_BEFORE, 1, COMMANDS_MIN);
    run_everywhere(NP_FAULT_CUT_DURING, 1, COMMANDS_MIN);
    run_everywhere(NP_FAULT_CUT_AFTER, 4, COMMANDS_MIN);
}

static void spoiled_answers_and_commands_do_not_stop_it(void **state)
{
    (void)state;
    run_everywhere(NP_FAULT_LOSE_REPLY, 1, COMMANDS_MIN);
    run_everywhere(NP_FAULT_CORRUPT_REPLY, 1, COMMANDS_MIN);
    run_everywhere(NP_FAULT_DELAY_REPLY, 1, COMMANDS_MIN);
    run_everywhere(NP_FAULT_CORRUPT_COMMAND, 1, COMMANDS_MIN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_packets_of_provisioning_are_nerveskeys),
        cmocka_unit_test(the_certificates_are_nerveskeys_byte_for_byte),
        cmocka_unit_test(presence_is_asked_as_nerveskey_asks),
        cmocka_unit_test(a_chip_whose_data_is_not_locked_is_unreadable_and_not_planned_for),
        cmocka_unit_test(a_pair_of_this_signer_is_left_as_it_is),
        cmocka_unit_test(an_expired_signer_issues_nothing),
        cmocka_unit_test(a_power_cut_at_any_transaction_is_mended_by_running_again),
        cmocka_unit_test(spoiled_answers_and_commands_do_not_stop_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
