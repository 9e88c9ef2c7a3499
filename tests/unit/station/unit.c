/* SPDX-License-Identifier: Apache-2.0 */
#include "station/unit.h"

#include "base/bytes.h"
#include "support/test.h"

/* The page of the documentation that tells what happens, as rows. */
typedef struct decision_row {
    np_unit_memory memory;
    np_unit_state state;
    bool has_certificate;
    np_on_conflict on_conflict;
    np_unit_action action;
    np_code code; /* of a refusal */
} decision_row;

static const decision_row decisions[] = {
    /* a day like any other */
    {NP_MEMORY_NEW, NP_UNIT_BLANK, false, NP_CONFLICT_FAIL, NP_ACTION_MAKE, NP_OK},
    /* power failed on the way */
    {NP_MEMORY_BEGUN, NP_UNIT_BLANK, false, NP_CONFLICT_FAIL, NP_ACTION_MAKE, NP_OK},
    {NP_MEMORY_BEGUN, NP_UNIT_PARTIAL, false, NP_CONFLICT_FAIL, NP_ACTION_RESUME, NP_OK},
    {NP_MEMORY_BEGUN, NP_UNIT_PARTIAL, true, NP_CONFLICT_FAIL, NP_ACTION_RESUME, NP_OK},
    {NP_MEMORY_BEGUN, NP_UNIT_DONE, true, NP_CONFLICT_FAIL, NP_ACTION_RECORD, NP_OK},
    /* put in once more */
    {NP_MEMORY_PASSED, NP_UNIT_DONE, true, NP_CONFLICT_FAIL, NP_ACTION_CONFIRM, NP_OK},
    {NP_MEMORY_PASSED, NP_UNIT_BLANK, false, NP_CONFLICT_FAIL, NP_ACTION_REFUSE,
     NP_ECONFLICT_OTHER},
    /* made elsewhere */
    {NP_MEMORY_NEW, NP_UNIT_DONE, true, NP_CONFLICT_FAIL, NP_ACTION_REFUSE, NP_ECONFLICT_OTHER},
    {NP_MEMORY_NEW, NP_UNIT_DONE, true, NP_CONFLICT_KEEP, NP_ACTION_RECORD, NP_OK},
    {NP_MEMORY_NEW, NP_UNIT_DONE, true, NP_CONFLICT_REPLACE, NP_ACTION_REFUSE, NP_ECONFLICT_OTHER},
    {NP_MEMORY_NEW, NP_UNIT_PARTIAL, false, NP_CONFLICT_FAIL, NP_ACTION_RESUME, NP_OK},
    {NP_MEMORY_NEW, NP_UNIT_PARTIAL, true, NP_CONFLICT_FAIL, NP_ACTION_REFUSE, NP_ECONFLICT_OTHER},
    {NP_MEMORY_NEW, NP_UNIT_PARTIAL, true, NP_CONFLICT_KEEP, NP_ACTION_RESUME, NP_OK},
    {NP_MEMORY_NEW, NP_UNIT_PARTIAL, true, NP_CONFLICT_REPLACE, NP_ACTION_REFUSE,
     NP_ECONFLICT_OTHER},
    /* not ours */
    {NP_MEMORY_NEW, NP_UNIT_FOREIGN, false, NP_CONFLICT_REPLACE, NP_ACTION_REFUSE,
     NP_ECONFLICT_FOREIGN},
    {NP_MEMORY_NEW, NP_UNIT_INCONSISTENT, true, NP_CONFLICT_KEEP, NP_ACTION_REFUSE,
     NP_ECONFLICT_OTHER},
    /* serials */
    {NP_MEMORY_SERIAL_PASSED, NP_UNIT_BLANK, false, NP_CONFLICT_REPLACE, NP_ACTION_REFUSE,
     NP_EPOLICY},
    {NP_MEMORY_SERIAL_BEGUN, NP_UNIT_BLANK, false, NP_CONFLICT_FAIL, NP_ACTION_REFUSE, NP_EPOLICY},
    {NP_MEMORY_SERIAL_BEGUN, NP_UNIT_BLANK, false, NP_CONFLICT_REPLACE, NP_ACTION_MAKE, NP_OK},
    {NP_MEMORY_SERIAL_BEGUN, NP_UNIT_DONE, true, NP_CONFLICT_REPLACE, NP_ACTION_REFUSE, NP_EPOLICY},
    {NP_MEMORY_PART_BEGUN, NP_UNIT_PARTIAL, false, NP_CONFLICT_FAIL, NP_ACTION_REFUSE, NP_EPOLICY},
    {NP_MEMORY_PART_BEGUN, NP_UNIT_PARTIAL, false, NP_CONFLICT_REPLACE, NP_ACTION_RESUME, NP_OK},
    {NP_MEMORY_PART_BEGUN, NP_UNIT_PARTIAL, true, NP_CONFLICT_REPLACE, NP_ACTION_REFUSE,
     NP_EPOLICY},
    {NP_MEMORY_PART_PASSED, NP_UNIT_BLANK, false, NP_CONFLICT_REPLACE, NP_ACTION_REFUSE,
     NP_EPOLICY},
};

static void each_situation_has_its_action(void **state)
{
    (void)state;
    for (size_t i = 0; i < NP_COUNT_OF(decisions); i++) {
        const decision_row *row = &decisions[i];
        np_error err = {0};
        const np_unit_sight sight = {
            .memory = row->memory, .state = row->state, .has_certificate = row->has_certificate};
        np_unit_action action = np_unit_decide(&sight, row->on_conflict, &err);
        if (action != row->action || err.code != row->code) {
            fail_msg("row %zu: %s, %s", i, np_unit_action_name(action), np_code_name(err.code));
        }
    }
}

/* Its serial moved to another part after its certificate was signed, and before that was noted. */
static void a_modem_that_lost_its_serial_gets_another(void **state)
{
    np_error err = {0};
    const np_unit_sight sight = {.memory = NP_MEMORY_NEW,
                                 .state = NP_UNIT_PARTIAL,
                                 .has_certificate = true,
                                 .is_replaceable = true};
    (void)state;
    assert_int_equal(np_unit_decide(&sight, NP_CONFLICT_REPLACE, &err), NP_ACTION_RESUME);
    assert_int_equal(np_unit_decide(&sight, NP_CONFLICT_FAIL, &err), NP_ACTION_REFUSE);
}

/* Of every situation that can be: what passed is never made anew, and a refusal says why. */
static void no_situation_gives_a_name_away(const np_unit_sight *sight, np_on_conflict on_conflict)
{
    np_error err = {0};
    np_unit_action action = np_unit_decide(sight, on_conflict, &err);
    bool is_used =
        sight->memory == NP_MEMORY_SERIAL_PASSED || sight->memory == NP_MEMORY_PART_PASSED;
    bool is_replaced = on_conflict == NP_CONFLICT_REPLACE && sight->is_replaceable;
    assert_true(action < NP_ACTION_COUNT);
    assert_int_equal(action == NP_ACTION_REFUSE, err.code != NP_OK);
    assert_int_equal(action == NP_ACTION_REFUSE, err.message[0] != '\0');
    if (action == NP_ACTION_REFUSE) {
        assert_true(err.hint[0] != '\0');
    }
    if (action == NP_ACTION_CONFIRM) {
        assert_true(sight->memory == NP_MEMORY_PASSED && sight->state == NP_UNIT_DONE);
    }
    if (!is_replaced) {
        assert_false(is_used && action != NP_ACTION_REFUSE);
        assert_false(sight->state > NP_UNIT_DONE && action != NP_ACTION_REFUSE);
        assert_false(action == NP_ACTION_MAKE && sight->state != NP_UNIT_BLANK);
    }
    /* a key that a serial has gone out with is not given another serial */
    bool is_moved =
        sight->memory == NP_MEMORY_SERIAL_BEGUN || sight->memory == NP_MEMORY_PART_BEGUN;
    assert_false(is_moved && sight->has_certificate && !is_replaced && action != NP_ACTION_REFUSE);
}

static void all_situations_are_decided(void **state)
{
    (void)state;
    for (unsigned i = 0; i < NP_MEMORY_COUNT * NP_UNIT_STATE_COUNT * NP_CONFLICT_COUNT * 4U; i++) {
        const np_unit_sight sight = {
            .has_certificate = (i & 1) != 0,
            .is_replaceable = (i & 2) != 0,
            .state = (np_unit_state)(i / 4 % NP_UNIT_STATE_COUNT),
            .memory = (np_unit_memory)(i / 4 / NP_UNIT_STATE_COUNT % NP_MEMORY_COUNT),
        };
        no_situation_gives_a_name_away(
            &sight, (np_on_conflict)(i / 4 / NP_UNIT_STATE_COUNT / NP_MEMORY_COUNT));
    }
}

static void two_parts_are_one_unit(void **state)
{
    (void)state;
    assert_int_equal(np_unit_state_both(NP_UNIT_BLANK, NP_UNIT_BLANK), NP_UNIT_BLANK);
    assert_int_equal(np_unit_state_both(NP_UNIT_DONE, NP_UNIT_BLANK), NP_UNIT_PARTIAL);
    assert_int_equal(np_unit_state_both(NP_UNIT_BLANK, NP_UNIT_DONE), NP_UNIT_PARTIAL);
    assert_int_equal(np_unit_state_both(NP_UNIT_DONE, NP_UNIT_DONE), NP_UNIT_DONE);
    assert_int_equal(np_unit_state_both(NP_UNIT_DONE, NP_UNIT_FOREIGN), NP_UNIT_FOREIGN);
    assert_int_equal(np_unit_state_both(NP_UNIT_INCONSISTENT, NP_UNIT_BLANK), NP_UNIT_INCONSISTENT);
}

/* The way through the bay */

enum { STEPS_MAX = 32 };

/* The steps' names, in order, of a unit all of whose steps succeed but that at index fail_at. */
static void walk(const np_work_policy *policy, np_unit_action action, int fail_at, np_code code,
                 char *ret_names, np_work *ret)
{
    *ret = np_work_begin(policy);
    ret_names[0] = '\0';
    int count = 0;
    for (; np_work_next(ret) != NP_WORK_END && count < STEPS_MAX; count++) {
        np_work_step step = np_work_next(ret);
        strcat(ret_names, np_work_step_name(step));
        strcat(ret_names, " ");
        if (step == NP_WORK_LOOK) {
            np_work_decided(ret, action);
        }
        np_work_took(ret, count == fail_at ? code : NP_OK);
    }
    assert_true(count < STEPS_MAX);
}

typedef struct walk_row {
    np_work_policy policy;
    np_unit_action action;
    int fail_at;
    np_code code;
    const char *steps;
    np_result result;
} walk_row;

#define FULL                                                                                       \
    {                                                                                              \
        .retries = 1, .has_checks = true, .has_test = true, .has_label = true                      \
    }
#define PLAIN                                                                                      \
    {                                                                                              \
        .retries = 0                                                                               \
    }

static const walk_row walks[] = {
    {PLAIN, NP_ACTION_MAKE, -1, NP_OK, "look claim apply record ", NP_RESULT_PASS},
    {FULL, NP_ACTION_MAKE, -1, NP_OK, "look claim apply check test label record ", NP_RESULT_PASS},
    {FULL, NP_ACTION_RECORD, -1, NP_OK, "look claim apply check test label record ",
     NP_RESULT_PASS},
    /* no second line, no second label */
    {FULL, NP_ACTION_CONFIRM, -1, NP_OK, "look apply check test ", NP_RESULT_PASS},
    /* refused */
    {FULL, NP_ACTION_REFUSE, 0, NP_EPOLICY, "look record ", NP_RESULT_POLICY},
    {FULL, NP_ACTION_REFUSE, 0, NP_ECONFLICT_FOREIGN, "look record ", NP_RESULT_FAIL},
    {FULL, NP_ACTION_MAKE, 1, NP_EPOLICY, "look claim record ", NP_RESULT_POLICY},
    /* trouble that may pass: once more from the look, and the claim stands */
    {FULL, NP_ACTION_RESUME, 2, NP_ESTATION_NACK,
     "look claim apply look apply check test label record ", NP_RESULT_PASS},
    {FULL, NP_ACTION_MAKE, 0, NP_ESTATION_TIMEOUT, "look look claim apply check test label record ",
     NP_RESULT_PASS},
    {PLAIN, NP_ACTION_MAKE, 2, NP_ESTATION_NACK, "look claim apply record ", NP_RESULT_STATION},
    /* trouble that does not */
    {FULL, NP_ACTION_MAKE, 2, NP_EDEVICE_LOST, "look claim apply record ", NP_RESULT_FAIL},
    {FULL, NP_ACTION_MAKE, 5, NP_ESTATION_IO, "look claim apply check test label record ",
     NP_RESULT_STATION},
    {FULL, NP_ACTION_MAKE, 6, NP_ESTATION_IO, "look claim apply check test label record ",
     NP_RESULT_STATION},
};

static void each_unit_goes_its_way(void **state)
{
    (void)state;
    for (size_t i = 0; i < NP_COUNT_OF(walks); i++) {
        const walk_row *row = &walks[i];
        char names[512];
        np_work work;
        walk(&row->policy, row->action, row->fail_at, row->code, names, &work);
        if (strcmp(names, row->steps) != 0 || work.result != row->result) {
            fail_msg("walk %zu: %s%s", i, names, np_result_name(work.result));
        }
    }
}

/* Whatever fails and however often: it ends, and never with a PASS that was not earned. */
static void every_failure_ends(void **state)
{
    const np_work_policy policy = FULL;
    (void)state;
    for (unsigned code = NP_OK + 1; code < NP_CODE_COUNT; code++) {
        for (int at = 0; at < 8; at++) {
            char names[512];
            np_work work;
            walk(&policy, NP_ACTION_MAKE, at, (np_code)code, names, &work);
            bool was_retried = work.retried > 0;
            bool happened = at < 7;
            assert_int_equal(work.result == NP_RESULT_PASS, was_retried || !happened);
            assert_true(work.result != NP_RESULT_NONE);
        }
        np_work work = np_work_begin(&policy);
        int count = 0;
        for (; np_work_next(&work) != NP_WORK_END && count < STEPS_MAX; count++) {
            np_work_took(&work, (np_code)code);
        }
        assert_true(count < STEPS_MAX);
        assert_int_equal(work.result, np_result_of((np_code)code));
        assert_true(work.result != NP_RESULT_PASS);
    }
}

static void whose_trouble_it_is(void **state)
{
    (void)state;
    assert_int_equal(np_result_of(NP_OK), NP_RESULT_PASS);
    assert_int_equal(np_result_of(NP_EDEVICE_LOCK), NP_RESULT_FAIL);
    assert_int_equal(np_result_of(NP_ECONFLICT_FOREIGN), NP_RESULT_FAIL);
    assert_int_equal(np_result_of(NP_EPOLICY), NP_RESULT_POLICY);
    assert_int_equal(np_result_of(NP_ESTATION_IO), NP_RESULT_STATION);
    assert_int_equal(np_result_of(NP_EINPUT_TIME), NP_RESULT_STATION);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_situation_has_its_action),
        cmocka_unit_test(a_modem_that_lost_its_serial_gets_another),
        cmocka_unit_test(all_situations_are_decided),
        cmocka_unit_test(two_parts_are_one_unit),
        cmocka_unit_test(each_unit_goes_its_way),
        cmocka_unit_test(every_failure_ends),
        cmocka_unit_test(whose_trouble_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
