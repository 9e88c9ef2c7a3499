/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One unit's way through a bay: what it is (blank, partial, done, inconsistent or foreign), what
 * the station remembers of it, and the one thing to be done next. Pure: it is told what was seen
 * and how each step went, and knows no bus, file or clock. Doing is bay.h's affair.
 *
 * Rule for callers: do what np_work_next says, and tell np_work_took how it went, until END.
 */
#pragma once

#include "base/error.h"

/* What a part in the bay turned out to be, seen against what it shall become. */
typedef enum np_unit_state {
    NP_UNIT_BLANK,        /* nothing of ours is on it */
    NP_UNIT_PARTIAL,      /* begun; what is missing can be done */
    NP_UNIT_DONE,         /* all is there, as asked */
    NP_UNIT_INCONSISTENT, /* it holds something of ours, and not what was asked for; or is lost */
    NP_UNIT_FOREIGN,      /* it holds something that is not ours */
    NP_UNIT_STATE_COUNT
} np_unit_state;

/* "blank", "partial", "done", "inconsistent", "foreign" */
const char *np_unit_state_name(np_unit_state state);

/* Two parts are one unit: what is to be done for it is decided by the worse. */
np_unit_state np_unit_state_both(np_unit_state a, np_unit_state b);

/* What the record and the units in work know about the serial that is asked for and this part. */
typedef enum np_unit_memory {
    NP_MEMORY_NEW,           /* neither is known */
    NP_MEMORY_BEGUN,         /* this serial on this part, not finished */
    NP_MEMORY_PASSED,        /* and finished */
    NP_MEMORY_SERIAL_BEGUN,  /* the serial is begun on another part */
    NP_MEMORY_SERIAL_PASSED, /* another part has a certificate with the serial */
    NP_MEMORY_PART_BEGUN,    /* the part is begun with another serial */
    NP_MEMORY_PART_PASSED,   /* the part has passed with another serial */
    NP_MEMORY_COUNT
} np_unit_memory;

/* What an operator gets to see, and what a test executive needs to know (cli.md, exit status). */
typedef enum np_result {
    NP_RESULT_NONE, /* not yet */
    NP_RESULT_PASS,
    NP_RESULT_FAIL,    /* the unit is bad */
    NP_RESULT_STATION, /* the station is; the unit may be good */
    NP_RESULT_POLICY,  /* the rules say no */
    NP_RESULT_COUNT
} np_result;

/* "PASS", "FAIL", "STATION", "POLICY"; "" for none */
const char *np_result_name(np_result result);

/* As the record has it: "pass", "fail", "station", "policy". */
const char *np_result_word(np_result result);

/* Whose trouble a code is. */
np_result np_result_of(np_code code);

/* Can the same steps go better when they are done once more? */
bool np_result_may_retry(np_code code);

typedef enum np_on_conflict {
    NP_CONFLICT_FAIL,    /* refuse */
    NP_CONFLICT_KEEP,    /* a part keeps the serial that it has, if it is known with that */
    NP_CONFLICT_REPLACE, /* a serial moves to the part at hand unless one has passed with it */
    NP_CONFLICT_COUNT
} np_on_conflict;

/* "fail", "keep", "replace" */
const char *np_on_conflict_name(np_on_conflict on_conflict);

/* All that the decision depends on. */
typedef struct np_unit_sight {
    np_unit_state state;
    np_unit_memory memory;
    bool has_certificate; /* the part has one already, or its key can be made no more */
    bool is_replaceable;  /* what the part holds can be taken away: modems */
} np_unit_sight;

/* What is done for a unit. */
typedef enum np_unit_action {
    NP_ACTION_MAKE,    /* claim the serial; from the beginning */
    NP_ACTION_RESUME,  /* claim it; what is missing */
    NP_ACTION_RECORD,  /* claim it; verify and record: only the line is missing */
    NP_ACTION_CONFIRM, /* verify: it is made and recorded */
    NP_ACTION_REFUSE,  /* touch nothing */
    NP_ACTION_COUNT
} np_unit_action;

/* "make", "resume", "record", "confirm", "refuse" */
const char *np_unit_action_name(np_unit_action action);

/*
 * The one next action; for REFUSE the code and the sentence are in err: NP_ECONFLICT_OTHER and
 * NP_ECONFLICT_FOREIGN (the unit is bad), NP_EPOLICY (the rules say no).
 */
np_unit_action np_unit_decide(const np_unit_sight *sight, np_on_conflict on_conflict,
                              np_error *err);

/* The steps of a unit in a bay, in their order. */
typedef enum np_work_step {
    NP_WORK_LOOK,   /* open the parts, see what they are, ask the memory, plan; np_work_decided */
    NP_WORK_CLAIM,  /* serial and part belong together from here on; durable before a lock */
    NP_WORK_APPLY,  /* the plans; they end with a fresh signature after the last lock */
    NP_WORK_CHECK,  /* the checks that the product asks for besides */
    NP_WORK_TEST,   /* at the gateway that plays the cloud */
    NP_WORK_LABEL,  /* printed */
    NP_WORK_SCAN,   /* and read back */
    NP_WORK_RECORD, /* the unit's line, whatever the result; durable */
    NP_WORK_END,
    NP_WORK_STEP_COUNT
} np_work_step;

/* "look", "claim", ... */
const char *np_work_step_name(np_work_step step);

typedef struct np_work_policy {
    np_on_conflict on_conflict;
    unsigned retries; /* of a unit, in all its steps */
    bool has_checks;
    bool has_test;
    bool has_label;
    bool has_scan; /* of the label */
} np_work_policy;

typedef struct np_work {
    np_work_policy policy;
    np_work_step step;
    np_unit_action action;
    bool is_claimed;
    unsigned retried;
    np_result result;
    np_code code;             /* behind the result: NP_OK or the failure */
    np_work_step failed_step; /* where, when the code is none */
} np_work;

np_work np_work_begin(const np_work_policy *policy);

static inline np_work_step np_work_next(const np_work *work)
{
    return work->step;
}

/* The outcome of LOOK, when it succeeded: before np_work_took. */
void np_work_decided(np_work *work, np_unit_action action);

/* How the step went; for a refused unit NP_WORK_LOOK takes the code of np_unit_decide. */
void np_work_took(np_work *work, np_code code);
