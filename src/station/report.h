/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a record tells of a time: how many units passed, how many at their first try, what was
 * wrong with the others, and in which bay. Pure: it is fed with lines.
 */
#pragma once

#include "record/line.h"
#include "station/config.h"

enum { NP_REPORT_BAYS_MAX = 256, NP_REPORT_FAILURES_MAX = NP_CODE_COUNT, NP_REPORT_NAME_SIZE = 64 };

typedef struct np_report_tally {
    uint64_t results[NP_RESULT_COUNT];
    uint64_t interrupted;
    uint64_t first_tries;  /* units that passed or failed for the first time */
    uint64_t first_passes; /* those of them that passed */
    uint64_t seconds;      /* of units that passed, in all */
} np_report_tally;

typedef struct np_report_bay {
    char name[NP_REPORT_NAME_SIZE];
    np_report_tally tally;
} np_report_bay;

typedef struct np_report_failure {
    char name[NP_REPORT_NAME_SIZE]; /* of the code, as "device-lock" */
    uint64_t count;
} np_report_failure;

typedef struct np_report {
    np_shift shift; /* or any other time; of the lines that were finished in it */
    np_report_tally all;
    np_report_bay bays[NP_REPORT_BAYS_MAX]; /* in the order in which they appear */
    size_t bay_count;
    np_report_failure failures[NP_REPORT_FAILURES_MAX]; /* after np_report_sort the most first */
    size_t failure_count;
} np_report;

void np_report_begin(np_report *report, np_shift shift);
void np_report_take(np_report *report, const np_record_line *line);
void np_report_sort(np_report *report);

/* In tenths of a percent; 1000 when nothing was tried. */
unsigned np_report_first_pass_yield(const np_report_tally *tally);
