/* SPDX-License-Identifier: Apache-2.0 */
#include "station/report.h"

#include "base/civil.h"
#include "base/format.h"
#include <stdlib.h>

void np_report_begin(np_report *report, np_shift shift)
{
    *report = (np_report){.shift = shift};
}

static void copy_text(const np_record_line *line, const char *name, char *ret, size_t size)
{
    np_bytes text = np_record_line_text(line, name);
    np_format(ret, size, "%.*s", (int)text.len, text.len == 0 ? "" : (const char *)text.data);
}

static bool take_time(const np_record_line *line, const char *name, int64_t *ret)
{
    char text[NP_TIME_TEXT_SIZE + 1];
    copy_text(line, name, text, sizeof(text));
    return np_parse_time(text, ret, NULL) == NP_OK;
}

/* The bay's tally; NULL: a line without a bay, or more bays than anybody has. */
static np_report_tally *tally_of(np_report *report, const np_record_line *line)
{
    char name[NP_REPORT_NAME_SIZE];
    copy_text(line, "bay", name, sizeof(name));
    for (size_t i = 0; i < report->bay_count; i++) {
        if (strcmp(report->bays[i].name, name) == 0) {
            return &report->bays[i].tally;
        }
    }
    if (name[0] == '\0' || report->bay_count == NP_REPORT_BAYS_MAX) {
        return NULL;
    }
    np_report_bay *bay = &report->bays[report->bay_count++];
    memcpy(bay->name, name, sizeof(bay->name));
    return &bay->tally;
}

static void count_failure(np_report *report, const np_record_line *line)
{
    char name[NP_REPORT_NAME_SIZE];
    copy_text(line, "failure", name, sizeof(name));
    for (size_t i = 0; i < report->failure_count; i++) {
        if (strcmp(report->failures[i].name, name) == 0) {
            report->failures[i].count++;
            return;
        }
    }
    if (name[0] != '\0' && report->failure_count < NP_REPORT_FAILURES_MAX) {
        np_report_failure *failure = &report->failures[report->failure_count++];
        memcpy(failure->name, name, sizeof(failure->name));
        failure->count = 1;
    }
}

/* A line without a result is of a program that writes down only what it made. */
static np_result result_of(const np_record_line *line)
{
    if (np_record_line_value(line, "result").len == 0) {
        return NP_RESULT_PASS;
    }
    for (unsigned i = NP_RESULT_PASS; i < NP_RESULT_COUNT; i++) {
        if (np_record_line_says(line, "result", np_bytes_text(np_result_word((np_result)i)))) {
            return (np_result)i;
        }
    }
    return NP_RESULT_NONE;
}

static void count(np_report_tally *tally, const np_record_line *line, np_result result)
{
    uint64_t attempt = 1;
    int64_t started;
    int64_t finished;
    if (result == NP_RESULT_NONE) {
        tally->interrupted++;
        return;
    }
    tally->results[result]++;
    bool is_first = !np_record_line_number(line, "attempt", &attempt) || attempt == 1;
    bool is_of_unit = result == NP_RESULT_PASS || result == NP_RESULT_FAIL;
    tally->first_tries += is_first && is_of_unit ? 1 : 0;
    tally->first_passes += is_first && result == NP_RESULT_PASS ? 1 : 0;
    if (result == NP_RESULT_PASS && take_time(line, "started", &started) &&
        take_time(line, "finished", &finished) && finished > started) {
        tally->seconds += (uint64_t)(finished - started);
    }
}

void np_report_take(np_report *report, const np_record_line *line)
{
    int64_t finished;
    if (line->kind != NP_RECORD_UNIT || !take_time(line, "finished", &finished) ||
        finished < report->shift.from || finished >= report->shift.to) {
        return;
    }
    np_result result = result_of(line);
    np_report_tally *bay = tally_of(report, line);
    count(&report->all, line, result);
    if (bay != NULL) {
        count(bay, line, result);
    }
    if (result != NP_RESULT_PASS && result != NP_RESULT_NONE) {
        count_failure(report, line);
    }
}

static int compare(const void *a, const void *b)
{
    const np_report_failure *first = a;
    const np_report_failure *second = b;
    return first->count != second->count ? (first->count < second->count ? 1 : -1)
                                         : strcmp(first->name, second->name);
}

void np_report_sort(np_report *report)
{
    qsort(report->failures, report->failure_count, sizeof(report->failures[0]), compare);
}

unsigned np_report_first_pass_yield(const np_report_tally *tally)
{
    return tally->first_tries == 0 ? 1000
                                   : (unsigned)(1000 * tally->first_passes / tally->first_tries);
}
