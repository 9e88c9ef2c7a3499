/* SPDX-License-Identifier: Apache-2.0 */
/* `station report`: what a record tells of a shift. */
#include "station/report.h"

#include "base/wipe.h"
#include "cli/record.h"
#include "station/open.h"
#include <time.h>

/* What --shift takes: whose shifts, and how many before the one that goes on. */
static const struct {
    const char *name;
    bool is_of_line; /* as station.conf has them; else a day is one */
    unsigned back;
} spans[] = {{"this", true, 0}, {"last", true, 1}, {"today", false, 0}, {"yesterday", false, 1}};

static np_code choose_shift(const cli_arguments *arguments, const np_shifts *of_line, int64_t now,
                            np_shift *ret, np_error *err)
{
    bool has_times = arguments->from.is_given || arguments->to_time.is_given;
    for (size_t i = 0; i < NP_COUNT_OF(spans) && !has_times; i++) {
        const np_shifts *shifts = spans[i].is_of_line ? of_line : &np_shifts_of_days;
        if (strcmp(arguments->shift, spans[i].name) == 0) {
            *ret = np_shift_at(shifts, now);
            *ret = spans[i].back > 0 ? np_shift_at(shifts, ret->from - 1) : *ret;
            return NP_OK;
        }
    }
    np_error_set(err, NP_EUSAGE,
                 "--shift is this, last, today or yesterday, without --from and --to");
    return np_error_hint(err, NP_EUSAGE, "any other time: --from TIME and --to TIME");
}

static np_code choose_time(const cli_arguments *arguments, const np_shifts *of_line, np_shift *ret,
                           np_error *err)
{
    ret->from = arguments->from.is_given ? arguments->from.seconds : INT64_MIN;
    ret->to = arguments->to_time.is_given ? arguments->to_time.seconds : INT64_MAX;
    return arguments->shift == NULL
               ? NP_OK
               : choose_shift(arguments, of_line, (int64_t)time(NULL), ret, err);
}

static np_code take(void *self, const np_record_line *line, const np_record_trailer *trailer,
                    np_error *err)
{
    (void)trailer;
    (void)err;
    np_report_take(self, line);
    return NP_OK;
}

static json_t *json_tally(const np_report_tally *tally)
{
    return json_pack("{s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I}", "pass",
                     (json_int_t)tally->results[NP_RESULT_PASS], "fail",
                     (json_int_t)tally->results[NP_RESULT_FAIL], "station",
                     (json_int_t)tally->results[NP_RESULT_STATION], "policy",
                     (json_int_t)tally->results[NP_RESULT_POLICY], "interrupted",
                     (json_int_t)tally->interrupted, "first_tries", (json_int_t)tally->first_tries,
                     "first_passes", (json_int_t)tally->first_passes, "first_pass_permille",
                     (json_int_t)np_report_first_pass_yield(tally));
}

static void print_tally(const cli_output *output, const char *name, const np_report_tally *tally)
{
    unsigned yield = np_report_first_pass_yield(tally);
    cli_print(output, "%-12s %7zu %7zu %7zu %7zu %9u.%u %%", name,
              (size_t)tally->results[NP_RESULT_PASS], (size_t)tally->results[NP_RESULT_FAIL],
              (size_t)tally->results[NP_RESULT_STATION], (size_t)tally->results[NP_RESULT_POLICY],
              yield / 10, yield % 10);
}

static void put_bays(cli_output *output, const np_report *report)
{
    json_t *bays = json_array();
    cli_print(output, "%-12s %7s %7s %7s %7s %13s", "bay", "PASS", "FAIL", "STATION", "POLICY",
              "first pass");
    for (size_t i = 0; i < report->bay_count; i++) {
        const np_report_bay *bay = &report->bays[i];
        json_t *row = json_tally(&bay->tally);
        print_tally(output, bay->name, &bay->tally);
        (void)json_object_set_new(row, "bay", cli_json_text(bay->name));
        (void)json_array_append_new(bays, row);
    }
    print_tally(output, "all", &report->all);
    cli_put_json(output, "all", json_tally(&report->all));
    cli_put_json(output, "bays", bays);
}

static void put_failures(cli_output *output, const np_report *report)
{
    json_t *failures = json_array();
    for (size_t i = 0; i < report->failure_count; i++) {
        const np_report_failure *failure = &report->failures[i];
        cli_print(output, "%7zu %s", (size_t)failure->count, failure->name);
        (void)json_array_append_new(failures, json_pack("{s:s,s:I}", "code", failure->name, "count",
                                                        (json_int_t)failure->count));
    }
    cli_put_json(output, "failures", failures);
}

np_code cli_station_report(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    np_station_config config;
    cli_arguments reading = *arguments;
    NP_CLEANUP(cli_record_close) cli_record record = {0};
    np_record_report checked = {0};
    np_report report;
    np_shift shift;
    NP_TRY(np_station_config_load(arguments->config, &config, err));
    NP_TRY(choose_time(arguments, &config.shifts, &shift, err));
    reading.target = config.record;
    NP_TRY(cli_record_open(&reading, &record, err));
    np_report_begin(&report, shift);
    NP_TRY(cli_record_read(&record, take, &report, &checked, err));
    np_report_sort(&report);
    put_bays(output, &report);
    put_failures(output, &report);
    return NP_OK;
}
