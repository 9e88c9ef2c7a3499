/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "base/wipe.h"
#include "cli/chip.h"
#include "cli/consent.h"
#include "cli/signals.h"
#include "conformance/spend.h"
#include <stdio.h>
#include <unistd.h>

static json_t *text_or_null(const char *text)
{
    return text == NULL ? json_null() : cli_json_text(text);
}

static json_t *row_as_json(const np_conformance_row *row)
{
    json_t *object = json_object();
    bool is_asked = row->agreement != NP_NOT_ASKED;
    const char *stage = is_asked ? np_lock_stage_name(row->stage) : NULL;
    json_object_set_new(object, "id", cli_json_text(row->reading->id));
    json_object_set_new(object, "question", cli_json_text(row->reading->question));
    json_object_set_new(object, "result", cli_json_text(np_agreement_name(row->agreement)));
    json_object_set_new(object, "reading", json_integer(row->reading->answer));
    json_object_set_new(object, "answer", is_asked ? json_integer(row->answer) : json_null());
    json_object_set_new(object, "asked_when", text_or_null(stage));
    json_object_set_new(object, "changes", text_or_null(row->changes));
    json_object_set_new(object, "why_not", text_or_null(is_asked ? NULL : row->why_not));
    return object;
}

enum { ANSWER_SIZE = 24 };

static void put_answer(const np_reading *reading, unsigned answer, char ret[static ANSWER_SIZE])
{
    if (reading->kind == NP_READING_YES_NO) {
        snprintf(ret, ANSWER_SIZE, "%s", answer != 0 ? "yes" : "no");
    } else if (reading->kind == NP_READING_STATUS) {
        snprintf(ret, ANSWER_SIZE, "status %02x", answer);
    } else {
        snprintf(ret, ANSWER_SIZE, "%u", answer);
    }
}

static void print_row(cli_output *output, const np_conformance_row *row)
{
    char chip[ANSWER_SIZE];
    char ours[ANSWER_SIZE];
    const np_reading *reading = row->reading;
    cli_print(output, "%s: %s", np_agreement_name(row->agreement), reading->question);
    if (row->agreement == NP_NOT_ASKED) {
        cli_print(output, "    %s", row->why_not);
        return;
    }
    put_answer(reading, row->answer, chip);
    put_answer(reading, reading->answer, ours);
    cli_print(output, "    chip: %s, reading: %s", chip, ours);
    if (row->agreement == NP_DIFFERS) {
        cli_print(output, "    would change: %s in src/virtual/readings.h", reading->id);
    }
}

static void put_run(const np_conformance *run, cli_output *output)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < READING_COUNT; i++) {
        print_row(output, &run->rows[i]);
        json_array_append_new(rows, row_as_json(&run->rows[i]));
    }
    size_t agreed = np_conformance_count(run, NP_AGREED);
    size_t differs = np_conformance_count(run, NP_DIFFERS);
    size_t not_asked = np_conformance_count(run, NP_NOT_ASKED);
    cli_print(output, "%zu agreed, %zu differ, %zu not asked", agreed, differs, not_asked);
    cli_put_json(output, "model", cli_json_text(np_atecc_model_name(run->model)));
    cli_put_json(output, "agreed", json_integer((json_int_t)agreed));
    cli_put_json(output, "differ", json_integer((json_int_t)differs));
    cli_put_json(output, "not_asked", json_integer((json_int_t)not_asked));
    cli_put_json(output, "questions", rows);
}

/* A signal stops between two questions; a terminal shows which one is asked. */
static np_code before_question(void *self, const char *words, np_error *err)
{
    const bool *shows_progress = self;
    if (cli_signals_take()) {
        np_error_set(err, NP_EINTERRUPTED, "stopped by a signal between two questions");
        return np_error_hint(err, NP_EINTERRUPTED, "run the same command again to go on");
    }
    if (*shows_progress) {
        fprintf(stderr, "\r\033[K%.72s", words);
        fflush(stderr);
    }
    return NP_OK;
}

/* With a plan the chip is spent, without one nothing is changed. */
static np_code run_questions(const cli_arguments *arguments, cli_chip *chip,
                             const np_spend_plan *plan, np_conformance *ret, np_error *err)
{
    bool shows_progress = isatty(STDERR_FILENO) && !arguments->trace;
    np_conformance_watch watch = {.before = before_question, .self = &shows_progress};
    sigset_t signals = cli_signals_hold();
    np_code code = plan == NULL
                       ? np_conformance_run(&chip->device, arguments->may_lock, &watch, ret, err)
                       : np_spend_run(&chip->device, plan, &watch, ret, err);
    cli_signals_let_through(&signals);
    if (shows_progress) {
        fputs("\r\033[K", stderr);
    }
    return code;
}

/* What was answered is shown even when the run broke off: some of it cannot be asked again. */
static np_code ask(const cli_arguments *arguments, cli_chip *chip, const np_spend_plan *plan,
                   cli_output *output, np_error *err)
{
    np_conformance run = {.model = NP_ATECC508A};
    np_code code = run_questions(arguments, chip, plan, &run, err);
    if (run.rows[0].reading != NULL) {
        put_run(&run, output);
    }
    NP_TRY(code);
    NP_TRY(cli_chip_close(chip, err));
    if (np_conformance_count(&run, NP_DIFFERS) > 0) {
        return np_error_set(err, NP_EDEVICE_ANSWER,
                            "the chip answers otherwise than doc/silicon.md reads the sources");
    }
    return NP_OK;
}

typedef void (*line_printer)(void *to, const char *line);

static void print_to_stdout(void *to, const char *line)
{
    cli_print(to, "%s", line);
}

static void print_to_stderr(void *to, const char *line)
{
    (void)to;
    cli_note_line("%s", line);
}

static void print_plan(const np_spend_plan *plan, line_printer print, void *to)
{
    char serial[2 * NP_ATECC_SERIAL_SIZE + 1];
    char hash[2 * sizeof(plan->hash) + 1];
    char line[NP_SPEND_LINE_SIZE];
    np_format_hex(NP_BYTES(plan->chip_serial.bytes), serial);
    np_format_hex(NP_BYTES(plan->hash), hash);
    snprintf(line, sizeof(line), "chip serial: %s (%s, %s)", serial,
             np_atecc_model_name(plan->model), np_lock_stage_name(plan->stage));
    print(to, line);
    for (size_t i = 0; np_spend_plan_line(plan, i, line); i++) {
        print(to, line);
    }
    snprintf(line, sizeof(line), "plan hash: %s", hash);
    print(to, line);
}

static void put_plan(const np_spend_plan *plan, cli_output *output)
{
    print_plan(plan, print_to_stdout, output);
    cli_put_json(output, "chip_serial", cli_json_hex(NP_BYTES(plan->chip_serial.bytes)));
    cli_put_json(output, "model", cli_json_text(np_atecc_model_name(plan->model)));
    cli_put_json(output, "stage", cli_json_text(np_lock_stage_name(plan->stage)));
    cli_put_json(output, "configuration", cli_json_hex(NP_BYTES(plan->config)));
    cli_put_json(output, "hash", cli_json_hex(NP_BYTES(plan->hash)));
}

/* Nothing is locked any more on a chip that was spent before. */
static np_code get_consent(const cli_arguments *arguments, const np_spend_plan *plan, np_error *err)
{
    if (plan->stage == NP_DATA_LOCKED) {
        return NP_OK;
    }
    print_plan(plan, print_to_stderr, NULL);
    return cli_consent_get(arguments, "LOCK", "the chip would be used up and locked", err);
}

static np_code spend(const cli_arguments *arguments, cli_chip *chip, cli_output *output,
                     np_error *err)
{
    np_spend_plan plan;
    NP_TRY(np_spend_plan_make(&chip->device, &plan, err));
    if (arguments->dry_run) {
        put_plan(&plan, output);
        NP_TRY(cli_consent_check(arguments, plan.hash, err));
        return cli_chip_close(chip, err);
    }
    NP_TRY(cli_consent_check(arguments, plan.hash, err));
    NP_TRY(get_consent(arguments, &plan, err));
    return ask(arguments, chip, &plan, output, err);
}

np_code cli_chip_conformance(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    NP_CLEANUP(cli_chip_abandon) cli_chip chip = {0};
    if (!arguments->spend && (arguments->yes || arguments->dry_run || arguments->plan != NULL)) {
        np_error_set(err, NP_EUSAGE, "--plan, --yes and --dry-run are for --spend");
        return np_error_hint(err, NP_EUSAGE, "without --spend nothing is changed");
    }
    NP_TRY(cli_chip_open(arguments, &chip, err));
    return arguments->spend ? spend(arguments, &chip, output, err)
                            : ask(arguments, &chip, NULL, output, err);
}
