/* SPDX-License-Identifier: Apache-2.0 */
#include "station/unit.h"

#include "base/bytes.h"
#include "base/error.h"

/* Names */

static const char *const state_names[NP_UNIT_STATE_COUNT] = {
    [NP_UNIT_BLANK] = "blank",     [NP_UNIT_PARTIAL] = "partial",
    [NP_UNIT_DONE] = "done",       [NP_UNIT_INCONSISTENT] = "inconsistent",
    [NP_UNIT_FOREIGN] = "foreign",
};

typedef struct result_names {
    const char *shown;
    const char *word;
} result_names;

static const result_names results[NP_RESULT_COUNT] = {
    [NP_RESULT_NONE] = {"", ""},
    [NP_RESULT_PASS] = {"PASS", "pass"},
    [NP_RESULT_FAIL] = {"FAIL", "fail"},
    [NP_RESULT_STATION] = {"STATION", "station"},
    [NP_RESULT_POLICY] = {"POLICY", "policy"},
};

static const char *const conflict_names[NP_CONFLICT_COUNT] = {
    [NP_CONFLICT_FAIL] = "fail",
    [NP_CONFLICT_KEEP] = "keep",
    [NP_CONFLICT_REPLACE] = "replace",
};

static const char *const action_names[NP_ACTION_COUNT] = {
    [NP_ACTION_MAKE] = "make",       [NP_ACTION_RESUME] = "resume", [NP_ACTION_RECORD] = "record",
    [NP_ACTION_CONFIRM] = "confirm", [NP_ACTION_REFUSE] = "refuse",
};

static const char *const step_names[NP_WORK_STEP_COUNT] = {
    [NP_WORK_LOOK] = "look",   [NP_WORK_CLAIM] = "claim",   [NP_WORK_APPLY] = "apply",
    [NP_WORK_CHECK] = "check", [NP_WORK_TEST] = "test",     [NP_WORK_LABEL] = "label",
    [NP_WORK_SCAN] = "scan",   [NP_WORK_RECORD] = "record", [NP_WORK_END] = "end",
};

const char *np_unit_state_name(np_unit_state state)
{
    return state_names[state];
}

const char *np_result_name(np_result result)
{
    return results[result].shown;
}

const char *np_result_word(np_result result)
{
    return results[result].word;
}

const char *np_on_conflict_name(np_on_conflict on_conflict)
{
    return conflict_names[on_conflict];
}

const char *np_unit_action_name(np_unit_action action)
{
    return action_names[action];
}

const char *np_work_step_name(np_work_step step)
{
    return step_names[step];
}

/* Two parts: from the best to the worst; a done one beside a blank one is a unit half made. */
np_unit_state np_unit_state_both(np_unit_state a, np_unit_state b)
{
    if (a == b) {
        return a;
    }
    np_unit_state worse = a > b ? a : b;
    return worse > NP_UNIT_DONE ? worse : NP_UNIT_PARTIAL;
}

/* Results */

/* Input that is refused is what the station was given: a signer that has expired, a file. */
static const np_result result_of_class[] = {
    [NP_CLASS_OK] = NP_RESULT_PASS,         [NP_CLASS_DEVICE] = NP_RESULT_FAIL,
    [NP_CLASS_USAGE] = NP_RESULT_STATION,   [NP_CLASS_INPUT] = NP_RESULT_STATION,
    [NP_CLASS_CONFLICT] = NP_RESULT_FAIL,   [NP_CLASS_POLICY] = NP_RESULT_POLICY,
    [NP_CLASS_STATION] = NP_RESULT_STATION, [NP_CLASS_INTERRUPTED] = NP_RESULT_STATION,
    [NP_CLASS_REJECTS] = NP_RESULT_STATION,
};

np_result np_result_of(np_code code)
{
    return result_of_class[np_error_class(code)];
}

bool np_result_may_retry(np_code code)
{
    switch (code) {
    case NP_EDEVICE_STATUS:
    case NP_EDEVICE_ANSWER:
    case NP_EDEVICE_LOCK:
    case NP_EDEVICE_VERIFY:
    case NP_ESTATION_NACK:
    case NP_ESTATION_TIMEOUT:
    case NP_ESTATION_BUSY:
    case NP_ESTATION_HSM:
        return true;
    default:
        return false;
    }
}

/* The decision. Rows: what is remembered; columns: what is seen. */

typedef enum verdict {
    V_MAKE,
    V_RESUME,
    V_RECORD,
    V_CONFIRM,
    V_ELSEWHERE,   /* made, and not here: kept if that is wanted */
    V_CHANGED,     /* it is not what the record has */
    V_FOREIGN,     /* not ours */
    V_OTHER,       /* ours, and another */
    V_SERIAL_MOVE, /* the serial leaves the part that it was begun on, if that is wanted */
    V_SERIAL_USED,
    V_PART_MOVE, /* the part leaves the serial that it was begun with */
    V_PART_USED,
    V_COUNT
} verdict;

static const uint8_t verdicts[NP_MEMORY_COUNT][NP_UNIT_STATE_COUNT] = {
    /* blank, partial, done, inconsistent, foreign */
    [NP_MEMORY_NEW] = {V_MAKE, V_RESUME, V_ELSEWHERE, V_OTHER, V_FOREIGN},
    [NP_MEMORY_BEGUN] = {V_MAKE, V_RESUME, V_RECORD, V_OTHER, V_FOREIGN},
    [NP_MEMORY_PASSED] = {V_CHANGED, V_CHANGED, V_CONFIRM, V_CHANGED, V_CHANGED},
    [NP_MEMORY_SERIAL_BEGUN] = {V_SERIAL_MOVE, V_SERIAL_MOVE, V_SERIAL_MOVE, V_OTHER, V_FOREIGN},
    [NP_MEMORY_SERIAL_PASSED] = {V_SERIAL_USED, V_SERIAL_USED, V_SERIAL_USED, V_OTHER, V_FOREIGN},
    [NP_MEMORY_PART_BEGUN] = {V_PART_MOVE, V_PART_MOVE, V_PART_MOVE, V_PART_MOVE, V_FOREIGN},
    [NP_MEMORY_PART_PASSED] = {V_PART_USED, V_PART_USED, V_PART_USED, V_PART_USED, V_PART_USED},
};

typedef struct refusal {
    np_code code;
    const char *sentence;
    const char *hint;
} refusal;

static const refusal refusals[V_COUNT] = {
    [V_ELSEWHERE] = {NP_ECONFLICT_OTHER, "the unit was made, but not at this station",
                     "on_conflict = keep takes it into this station's record"},
    [V_CHANGED] = {NP_ECONFLICT_OTHER, "the unit has passed, and is not any more what was recorded",
                   "put it aside: somebody has changed it, or the parts were exchanged"},
    [V_FOREIGN] = {NP_ECONFLICT_FOREIGN, "the part holds something that is not ours",
                   "put it aside; nameplate chip explain tells what it is"},
    [V_OTHER] = {NP_ECONFLICT_OTHER, "the part holds another identity than the one asked for",
                 "was the right serial scanned?"},
    [V_SERIAL_MOVE] = {NP_EPOLICY, "the serial is begun on another part",
                       "put that part in, or say on_conflict = replace"},
    [V_SERIAL_USED] = {NP_EPOLICY, "another part has this serial, and a certificate with it",
                       "a serial is for one unit: give another"},
    [V_PART_MOVE] = {NP_EPOLICY, "the part is begun with another serial",
                     "give it the serial that it was begun with, or say on_conflict = replace"},
    [V_PART_USED] = {NP_EPOLICY, "the part has passed with another serial",
                     "it keeps that serial: on_conflict = keep confirms it"},
};

static np_unit_action refuse(verdict why, np_error *err)
{
    const refusal *row = &refusals[why];
    np_error_set(err, row->code, "%s", row->sentence);
    (void)np_error_hint(err, row->code, "%s", row->hint);
    return NP_ACTION_REFUSE;
}

static np_unit_action go_on(np_unit_state state)
{
    return state == NP_UNIT_BLANK     ? NP_ACTION_MAKE
           : state == NP_UNIT_PARTIAL ? NP_ACTION_RESUME
                                      : NP_ACTION_RECORD;
}

static bool can_be_replaced(const np_unit_sight *sight, np_on_conflict on_conflict)
{
    return on_conflict == NP_CONFLICT_REPLACE && sight->is_replaceable;
}

/* Identity that cannot be taken away again is never given another name. */
static bool can_move(const np_unit_sight *sight, np_on_conflict on_conflict)
{
    bool is_nameless = !sight->has_certificate && sight->state <= NP_UNIT_PARTIAL;
    return can_be_replaced(sight, on_conflict) ||
           (on_conflict == NP_CONFLICT_REPLACE && is_nameless);
}

/* Unknown here, and with a certificate: somebody else has made it as far as that, or this station
 * has, and the serial has moved to another part before the certificate was noted. */
static bool can_resume(const np_unit_sight *sight, np_on_conflict on_conflict)
{
    return sight->memory != NP_MEMORY_NEW || !sight->has_certificate ||
           on_conflict == NP_CONFLICT_KEEP || can_be_replaced(sight, on_conflict);
}

np_unit_action np_unit_decide(const np_unit_sight *sight, np_on_conflict on_conflict, np_error *err)
{
    verdict why = (verdict)verdicts[sight->memory][sight->state];
    switch (why) {
    case V_MAKE:
        return NP_ACTION_MAKE;
    case V_RESUME:
        return can_resume(sight, on_conflict) ? NP_ACTION_RESUME : refuse(V_ELSEWHERE, err);
    case V_RECORD:
        return NP_ACTION_RECORD;
    case V_CONFIRM:
        return NP_ACTION_CONFIRM;
    case V_ELSEWHERE:
        return on_conflict == NP_CONFLICT_KEEP ? NP_ACTION_RECORD : refuse(why, err);
    case V_SERIAL_MOVE:
    case V_PART_MOVE:
        return can_move(sight, on_conflict) ? go_on(sight->state) : refuse(why, err);
    case V_OTHER:
    case V_FOREIGN:
    case V_CHANGED:
        return can_be_replaced(sight, on_conflict) ? NP_ACTION_MAKE : refuse(why, err);
    default:
        return refuse(why, err);
    }
}

/* The way through the bay */

np_work np_work_begin(const np_work_policy *policy)
{
    return (np_work){.policy = *policy, .step = NP_WORK_LOOK, .action = NP_ACTION_REFUSE};
}

void np_work_decided(np_work *work, np_unit_action action)
{
    work->action = action;
}

/* Is there anything to do in this step? */
static bool is_wanted(const np_work *work, np_work_step step)
{
    bool is_confirmed = work->action == NP_ACTION_CONFIRM;
    switch (step) {
    case NP_WORK_CLAIM:
        return !is_confirmed && !work->is_claimed;
    case NP_WORK_CHECK:
        return work->policy.has_checks;
    case NP_WORK_TEST:
        return work->policy.has_test;
    case NP_WORK_LABEL:
        return work->policy.has_label && !is_confirmed; /* it has one */
    case NP_WORK_SCAN:
        return work->policy.has_scan && !is_confirmed;
    case NP_WORK_RECORD:
        return !is_confirmed; /* a line is there, and one is enough */
    default:
        return true;
    }
}

static void go_to_next(np_work *work)
{
    do {
        work->step = (np_work_step)(work->step + 1);
    } while (!is_wanted(work, work->step));
}

/* Steps that can be begun anew with a look; what was recorded or claimed is not among them. */
static bool is_repeatable(np_work_step step)
{
    return step == NP_WORK_LOOK || step == NP_WORK_APPLY || step == NP_WORK_CHECK ||
           step == NP_WORK_TEST;
}

static void fail(np_work *work, np_code code)
{
    work->failed_step = work->step;
    work->code = code;
    work->result = np_result_of(code);
    work->step = work->step == NP_WORK_RECORD ? NP_WORK_END : NP_WORK_RECORD;
}

void np_work_took(np_work *work, np_code code)
{
    bool is_over = work->result != NP_RESULT_NONE; /* a failure is being recorded */
    if (code == NP_OK) {
        work->is_claimed = work->is_claimed || work->step == NP_WORK_CLAIM;
        if (is_over) {
            work->step = NP_WORK_END;
            return;
        }
        go_to_next(work);
        work->result = work->step == NP_WORK_END ? NP_RESULT_PASS : NP_RESULT_NONE;
    } else if (!is_over && is_repeatable(work->step) && np_result_may_retry(code) &&
               work->retried < work->policy.retries) {
        work->retried++;
        work->step = NP_WORK_LOOK;
    } else {
        fail(work, code);
    }
}
