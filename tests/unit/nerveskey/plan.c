/* SPDX-License-Identifier: Apache-2.0 */
/* Expected values: the Lock packets and slots of the recorded lives; rules of the plan's header. */
#include "nerveskey/plan.h"
#include "nerveskey/layout.h"
#include "support/recorded.h"
#include "support/test.h"

typedef struct plan_desk {
    recorded_life *life;
    np_snapshot snapshot;
    np_plan_request request;
    np_plan plan;
    np_error err;
} plan_desk;

static void set_up(plan_desk *desk, const char *name, np_atecc_model model)
{
    *desk = (plan_desk){.life = recorded_load(name)};
    desk->snapshot = (np_snapshot){.model = model, .address = 0x60, .stage = NP_STAGE_BLANK};
    memcpy(desk->snapshot.config, desk->life->start_config, NP_ATECC_CONFIG_SIZE);
    desk->request = (np_plan_request){
        .serial = np_bytes_text(desk->life->serial),
        .board = np_bytes_text(desk->life->board),
        .now = recorded_time(desk->life),
        .address = 0x60,
        .signer = {.certificate = &desk->life->signer,
                   .compressed = recorded_slot(desk->life, 12).data,
                   .public_key = recorded_slot(desk->life, 11).data,
                   .fingerprint = desk->life->signer_fingerprint},
    };
}

static void tear_down(plan_desk *desk)
{
    free(desk->life);
}

/* A snapshot of the chip as the recorded life left it. */
static void make_finished(plan_desk *desk, bool key_is_locked)
{
    const recorded_life *life = desk->life;
    np_identity *identity = &desk->snapshot.identity;
    memcpy(desk->snapshot.config, life->end_config, NP_ATECC_CONFIG_SIZE);
    desk->snapshot.config[88] = key_is_locked ? 0xfe : 0xff;
    desk->snapshot.stage = np_stage_of(desk->snapshot.config);
    identity->chip_serial = np_config_serial(life->end_config);
    memcpy(identity->otp_bytes, life->otp, sizeof(life->otp));
    memcpy(identity->device_compressed, recorded_slot(life, 10).data, 72);
    memcpy(identity->signer_key, recorded_slot(life, 11).data, 64);
    memcpy(identity->signer_compressed, recorded_slot(life, 12).data, 72);
    memcpy(identity->public_key, life->device.point.data, 64);
    assert_ok(np_identity_rebuild(identity, &desk->err), &desk->err);
    desk->snapshot.has_identity = true;
}

static size_t count_steps(const np_plan *plan, np_step_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < plan->step_count; i++) {
        count += plan->steps[i].kind == kind;
    }
    return count;
}

/* The CRC in the recorded Lock packet: 03 07 17 mode crc. */
static uint16_t recorded_lock_crc(const recorded_life *life, uint8_t mode)
{
    for (size_t i = 0; i < life->provision_count; i++) {
        const uint8_t *sent = life->provision[i].sent;
        if (sent[2] == 0x17 && sent[3] == mode) {
            return (uint16_t)(sent[4] | sent[5] << 8);
        }
    }
    fail_msg("no Lock of mode %u was recorded", mode);
    return 0;
}

static void the_locks_carry_the_recorded_crcs(void **state)
{
    (void)state;
    const char *names[] = {"508a", "608a"};
    const np_atecc_model models[] = {NP_ATECC508A, NP_ATECC608A};
    for (size_t i = 0; i < NP_COUNT_OF(names); i++) {
        plan_desk desk;
        set_up(&desk, names[i], models[i]);
        assert_ok(np_plan_compute(&desk.snapshot, &desk.request, &desk.plan, &desk.err), &desk.err);
        assert_int_equal(np_plan_config_crc(&desk.plan), recorded_lock_crc(desk.life, 0));
        np_bytes device = recorded_slot(desk.life, 10);
        memcpy(desk.plan.data + np_atecc_slot_offset(10), device.data, device.len);
        assert_int_equal(np_plan_data_crc(&desk.plan), recorded_lock_crc(desk.life, 1));
        tear_down(&desk);
    }
}

static void a_factory_chip_needs_six_configuration_writes_and_48_of_slots(void **state)
{
    (void)state;
    for (unsigned model = 0; model < NP_ATECC_MODEL_COUNT; model++) {
        plan_desk desk;
        set_up(&desk, "608a", (np_atecc_model)model);
        memcpy(desk.snapshot.config, np_atecc_factory_config((np_atecc_model)model),
               NP_ATECC_CONFIG_SIZE);
        assert_ok(np_plan_compute(&desk.snapshot, &desk.request, &desk.plan, &desk.err), &desk.err);
        assert_int_equal(count_steps(&desk.plan, NP_STEP_WRITE_CONFIG), 6);
        assert_int_equal(count_steps(&desk.plan, NP_STEP_WRITE_OTP), 2);
        assert_int_equal(count_steps(&desk.plan, NP_STEP_WRITE_SLOT), 48);
        assert_int_equal(count_steps(&desk.plan, NP_STEP_LOCK_CONFIG), 1);
        assert_int_equal(count_steps(&desk.plan, NP_STEP_LOCK_DATA), 1);
        assert_int_equal(count_steps(&desk.plan, NP_STEP_LOCK_KEY), 1);
        assert_int_equal(desk.plan.steps[desk.plan.step_count - 1].kind, NP_STEP_VERIFY);
        tear_down(&desk);
    }
}

static void the_default_serial_is_base32_of_the_chips(void **state)
{
    (void)state;
    plan_desk desk;
    set_up(&desk, "608a", NP_ATECC608A);
    desk.request.serial = (np_bytes){0};
    desk.request.board = (np_bytes){0};
    assert_ok(np_plan_compute(&desk.snapshot, &desk.request, &desk.plan, &desk.err), &desk.err);
    assert_string_equal(desk.plan.otp.serial.text, desk.life->serial);
    assert_memory_equal(desk.plan.otp_bytes, desk.life->otp, 64);
    tear_down(&desk);
}

static void between_the_locks_everything_is_done_again(void **state)
{
    (void)state;
    plan_desk desk;
    uint8_t hash[32];
    set_up(&desk, "508a", NP_ATECC508A);
    assert_ok(np_plan_compute(&desk.snapshot, &desk.request, &desk.plan, &desk.err), &desk.err);
    memcpy(hash, desk.plan.hash, sizeof(hash));
    memcpy(desk.snapshot.config, desk.life->end_config, NP_ATECC_CONFIG_SIZE);
    desk.snapshot.config[86] = 0x55;
    desk.snapshot.config[88] = 0xff;
    desk.snapshot.stage = np_stage_of(desk.snapshot.config);
    assert_int_equal(desk.snapshot.stage, NP_STAGE_CONFIGURED);
    assert_ok(np_plan_compute(&desk.snapshot, &desk.request, &desk.plan, &desk.err), &desk.err);
    assert_int_equal(desk.plan.steps[0].kind, NP_STEP_CHECK_RANDOM);
    assert_true(np_plan_has(&desk.plan, NP_STEP_MAKE_KEY));
    assert_int_equal(count_steps(&desk.plan, NP_STEP_WRITE_SLOT), 48);
    assert_memory_equal(hash, desk.plan.hash, sizeof(hash));
    tear_down(&desk);
}

static void no_key_is_made_once_the_data_zone_is_locked(void **state)
{
    (void)state;
    plan_desk desk;
    set_up(&desk, "508a", NP_ATECC508A);
    make_finished(&desk, false);
    assert_int_equal(desk.snapshot.stage, NP_STAGE_DATA_LOCKED);
    assert_ok(np_plan_compute(&desk.snapshot, &desk.request, &desk.plan, &desk.err), &desk.err);
    assert_int_equal(desk.plan.step_count, 3);
    assert_int_equal(desk.plan.steps[0].kind, NP_STEP_CHECK_KEY);
    assert_int_equal(desk.plan.steps[1].kind, NP_STEP_LOCK_KEY);
    assert_int_equal(desk.plan.steps[2].kind, NP_STEP_VERIFY);
    make_finished(&desk, true);
    assert_ok(np_plan_compute(&desk.snapshot, &desk.request, &desk.plan, &desk.err), &desk.err);
    assert_true(np_plan_is_done(&desk.plan));
    tear_down(&desk);
}

static void a_finished_chip_needs_no_valid_signer(void **state)
{
    (void)state;
    plan_desk desk;
    set_up(&desk, "508a", NP_ATECC508A);
    desk.request.now += INT64_C(86400) * 366 * 20;
    assert_code(np_plan_compute(&desk.snapshot, &desk.request, &desk.plan, &desk.err),
                NP_EINPUT_TIME);
    make_finished(&desk, true);
    assert_ok(np_plan_compute(&desk.snapshot, &desk.request, &desk.plan, &desk.err), &desk.err);
    tear_down(&desk);
}

static void another_serial_board_or_signer_is_a_conflict(void **state)
{
    (void)state;
    plan_desk desk;
    set_up(&desk, "508a", NP_ATECC508A);
    make_finished(&desk, true);
    np_plan_request good = desk.request;
    desk.request.serial = np_bytes_text("other");
    assert_code(np_plan_compute(&desk.snapshot, &desk.request, &desk.plan, &desk.err),
                NP_ECONFLICT_OTHER);
    assert_non_null(strstr(desk.err.message, "'other'"));
    desk.request = good;
    desk.request.board = np_bytes_text("other");
    assert_code(np_plan_compute(&desk.snapshot, &desk.request, &desk.plan, &desk.err),
                NP_ECONFLICT_OTHER);
    desk.request = good;
    recorded_life *stranger = recorded_load("608a");
    desk.request.signer.certificate = &stranger->signer;
    desk.request.signer.fingerprint = stranger->signer_fingerprint;
    assert_code(np_plan_compute(&desk.snapshot, &desk.request, &desk.plan, &desk.err),
                NP_ECONFLICT_OTHER);
    free(stranger);
    tear_down(&desk);
}

static void user_data_that_differs_is_a_conflict(void **state)
{
    (void)state;
    plan_desk desk;
    const uint8_t user_data[] = {1, 2, 3};
    set_up(&desk, "608a", NP_ATECC608A);
    make_finished(&desk, true);
    desk.request.user_data = NP_BYTES(user_data);
    assert_code(np_plan_compute(&desk.snapshot, &desk.request, &desk.plan, &desk.err),
                NP_ECONFLICT_OTHER);
    tear_down(&desk);
}

static void each_byte_that_is_not_the_factorys_is_named(void **state)
{
    (void)state;
    plan_desk desk;
    set_up(&desk, "508a", NP_ATECC508A);
    for (unsigned at = 16; at < NP_ATECC_CONFIG_SIZE; at++) {
        bool is_lock = at == 86 || at == 87; /* those decide the stage, not the plan */
        bool is_checked = at == 17 || at == 19 || (at >= 52 && at <= 91);
        uint8_t old = desk.snapshot.config[at];
        if (is_lock || at == 16) {
            continue;
        }
        desk.snapshot.config[at] = (uint8_t)(old ^ 0x04);
        np_code code = np_plan_compute(&desk.snapshot, &desk.request, &desk.plan, &desk.err);
        assert_int_equal(code, is_checked ? NP_ECONFLICT_FOREIGN : NP_OK);
        if (is_checked) {
            char name[16];
            snprintf(name, sizeof(name), "byte %u (", at);
            assert_non_null(strstr(desk.err.message, name));
        }
        desk.snapshot.config[at] = old;
    }
    tear_down(&desk);
}

static void what_an_interrupted_write_leaves_is_accepted(void **state)
{
    (void)state;
    plan_desk desk;
    set_up(&desk, "608a", NP_ATECC608A);
    memset(desk.snapshot.config + 16, 0xff, 4);
    assert_ok(np_plan_compute(&desk.snapshot, &desk.request, &desk.plan, &desk.err), &desk.err);
    assert_int_equal(desk.plan.config[16], 0xc0);
    assert_int_equal(desk.plan.config[17], 0x00);
    /* an erased counter is ours only when the words written before it are */
    memcpy(desk.snapshot.config, desk.life->start_config, NP_ATECC_CONFIG_SIZE);
    desk.snapshot.config[57] = 0xff;
    assert_code(np_plan_compute(&desk.snapshot, &desk.request, &desk.plan, &desk.err),
                NP_ECONFLICT_FOREIGN);
    memcpy(desk.snapshot.config + 16, desk.life->end_config + 16, 16);
    assert_ok(np_plan_compute(&desk.snapshot, &desk.request, &desk.plan, &desk.err), &desk.err);
    assert_int_equal(desk.plan.config[57], 0x00);
    tear_down(&desk);
}

static void a_torn_lock_byte_is_a_lost_chip(void **state)
{
    (void)state;
    for (unsigned at = 86; at <= 87; at++) {
        plan_desk desk;
        set_up(&desk, "608a", NP_ATECC608A);
        desk.snapshot.config[at] = 0xff;
        desk.snapshot.stage = np_stage_of(desk.snapshot.config);
        assert_code(np_plan_compute(&desk.snapshot, &desk.request, &desk.plan, &desk.err),
                    NP_EDEVICE_LOST);
        assert_non_null(strstr(desk.err.message, "this chip is lost"));
        tear_down(&desk);
    }
}

static void a_chip_locked_by_somebody_else_is_foreign(void **state)
{
    (void)state;
    plan_desk desk;
    set_up(&desk, "608a", NP_ATECC608A);
    desk.snapshot.config[87] = 0x00; /* the factory's configuration, locked */
    desk.snapshot.stage = np_stage_of(desk.snapshot.config);
    assert_code(np_plan_compute(&desk.snapshot, &desk.request, &desk.plan, &desk.err),
                NP_ECONFLICT_FOREIGN);
    desk.snapshot.config[86] = 0x00;
    desk.snapshot.stage = np_stage_of(desk.snapshot.config);
    assert_code(np_plan_compute(&desk.snapshot, &desk.request, &desk.plan, &desk.err),
                NP_ECONFLICT_FOREIGN);
    /* ours, data locked, but nothing of ours in it */
    memcpy(desk.snapshot.config, desk.life->end_config, NP_ATECC_CONFIG_SIZE);
    desk.snapshot.stage = np_stage_of(desk.snapshot.config);
    desk.snapshot.has_identity = false;
    strcpy(desk.snapshot.identity_error.message, "no magic");
    assert_code(np_plan_compute(&desk.snapshot, &desk.request, &desk.plan, &desk.err),
                NP_ECONFLICT_FOREIGN);
    assert_non_null(strstr(desk.err.message, "no magic"));
    tear_down(&desk);
}

static void certificates_are_dated_only_while_a_chip_can_store_the_date(void **state)
{
    (void)state;
    const struct {
        const char *now;
        np_code code;
    } rows[] = {
        {"2026-11-20T08:59:59Z", NP_EINPUT_TIME}, /* before the signer */
        {"2026-11-20T09:00:00Z", NP_OK},
        {"2029-11-20T09:00:00Z", NP_OK},
        {"2029-11-20T09:00:01Z", NP_EINPUT_TIME}, /* after it */
    };
    plan_desk desk;
    set_up(&desk, "608a", NP_ATECC608A);
    for (size_t i = 0; i < NP_COUNT_OF(rows); i++) {
        assert_ok(np_parse_time(rows[i].now, &desk.request.now, &desk.err), &desk.err);
        assert_code(np_plan_compute(&desk.snapshot, &desk.request, &desk.plan, &desk.err),
                    rows[i].code);
    }
    np_certificate eternal = desk.life->signer;
    eternal.validity.not_after.year = 9999;
    desk.request.signer.certificate = &eternal;
    assert_ok(np_parse_time("2031-12-31T23:59:59Z", &desk.request.now, &desk.err), &desk.err);
    assert_ok(np_plan_compute(&desk.snapshot, &desk.request, &desk.plan, &desk.err), &desk.err);
    assert_ok(np_parse_time("2032-01-01T00:00:00Z", &desk.request.now, &desk.err), &desk.err);
    assert_code(np_plan_compute(&desk.snapshot, &desk.request, &desk.plan, &desk.err),
                NP_EINPUT_TIME);
    /* 29 February counts as the 28th: 2028 - 2000 = 28, month 2, day 28, hour 10, 31 years */
    assert_ok(np_parse_time("2028-02-29T10:30:00Z", &desk.request.now, &desk.err), &desk.err);
    assert_ok(np_plan_compute(&desk.snapshot, &desk.request, &desk.plan, &desk.err), &desk.err);
    uint32_t dates = 28U << 19 | 2U << 15 | 28U << 10 | 10U << 5 | 31U;
    assert_int_equal(desk.plan.dates[0] << 16 | desk.plan.dates[1] << 8 | desk.plan.dates[2],
                     dates);
    tear_down(&desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_locks_carry_the_recorded_crcs),
        cmocka_unit_test(a_factory_chip_needs_six_configuration_writes_and_48_of_slots),
        cmocka_unit_test(the_default_serial_is_base32_of_the_chips),
        cmocka_unit_test(between_the_locks_everything_is_done_again),
        cmocka_unit_test(no_key_is_made_once_the_data_zone_is_locked),
        cmocka_unit_test(a_finished_chip_needs_no_valid_signer),
        cmocka_unit_test(another_serial_board_or_signer_is_a_conflict),
        cmocka_unit_test(user_data_that_differs_is_a_conflict),
        cmocka_unit_test(each_byte_that_is_not_the_factorys_is_named),
        cmocka_unit_test(what_an_interrupted_write_leaves_is_accepted),
        cmocka_unit_test(a_torn_lock_byte_is_a_lost_chip),
        cmocka_unit_test(a_chip_locked_by_somebody_else_is_foreign),
        cmocka_unit_test(certificates_are_dated_only_while_a_chip_can_store_the_date),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
