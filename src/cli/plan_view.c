/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/plan.h"

#include "base/text.h"
#include "cli/certificate.h"
#include "nerveskey/layout.h"
#include "nerveskey/words.h"
#include <stdio.h>

typedef void (*line_printer)(void *to, const char *line);

static void print_steps(const np_plan *plan, line_printer print, void *to)
{
    np_plan_line step;
    size_t at = 0;
    for (unsigned number = 1; np_plan_next_line(plan, &at, &step); number++) {
        char line[200];
        snprintf(line, sizeof(line), "%2u. %s", number, step.words);
        print(to, line);
    }
}

static void print_head(const cli_planning *planning, line_printer print, void *to)
{
    const np_plan *plan = &planning->plan;
    char chip[2 * NP_ATECC_SERIAL_SIZE + 1];
    char signer[2 * sizeof(planning->signer_fingerprint) + 1];
    char line[200];
    np_format_hex(NP_BYTES(plan->chip_serial.bytes), chip);
    np_format_hex(NP_BYTES(planning->signer_fingerprint), signer);
    snprintf(line, sizeof(line), "chip serial: %s (%s, %s)", chip, np_atecc_model_name(plan->model),
             np_stage_name(plan->stage));
    print(to, line);
    snprintf(line, sizeof(line), "serial: %s", plan->otp.serial.text);
    print(to, line);
    snprintf(line, sizeof(line), "board: %s", plan->otp.board);
    print(to, line);
    snprintf(line, sizeof(line), "signer fingerprint: %s", signer);
    print(to, line);
}

static void print_validity(const np_plan *plan, line_printer print, void *to)
{
    np_validity validity;
    char from[CLI_CIVIL_SIZE];
    char until[CLI_CIVIL_SIZE];
    char line[200];
    if (!np_plan_has(plan, NP_STEP_ISSUE) || np_dates_decode(plan->dates, &validity, NULL)) {
        return;
    }
    cli_format_civil(&validity.not_before, from);
    cli_format_civil(&validity.not_after, until);
    snprintf(line, sizeof(line), "certificate: valid from %s until %s", from, until);
    print(to, line);
}

static void print_plan(const cli_planning *planning, line_printer print, void *to)
{
    const np_plan *plan = &planning->plan;
    char hash[2 * sizeof(plan->hash) + 1];
    char line[200];
    print_head(planning, print, to);
    print_validity(plan, print, to);
    if (np_plan_is_done(plan)) {
        print(to, "the chip is provisioned as asked; nothing is written");
    }
    print_steps(plan, print, to);
    np_format_hex(NP_BYTES(plan->hash), hash);
    snprintf(line, sizeof(line), "plan hash: %s", hash);
    print(to, line);
}

/* Where the bytes of a write are; empty for other steps, secrets, and what is not known yet. */
static np_bytes bytes_of_step(const np_plan *plan, const np_step *step)
{
    size_t slot_end = np_atecc_slot_size(step->slot);
    size_t end = (size_t)step->offset + step->len;
    bool is_hidden = step->slot == NP_NERVESKEY_DEVICE_CERTIFICATE_SLOT ||
                     np_layout_slot_is_secret(plan->layout, step->slot);
    switch (step->kind) {
    case NP_STEP_WRITE_CONFIG:
        return np_bytes_of(plan->config + step->offset, step->len);
    case NP_STEP_WRITE_OTP:
        return np_bytes_of(plan->otp_bytes + step->offset, step->len);
    case NP_STEP_WRITE_SLOT:
        if (is_hidden || step->offset >= slot_end) {
            return (np_bytes){0};
        }
        return np_bytes_of(plan->data + np_atecc_slot_offset(step->slot) + step->offset,
                           (end < slot_end ? end : slot_end) - step->offset);
    default:
        return (np_bytes){0};
    }
}

static json_t *step_document(const np_plan *plan, const np_step *step)
{
    bool is_write = step->kind == NP_STEP_WRITE_CONFIG || step->kind == NP_STEP_WRITE_OTP ||
                    step->kind == NP_STEP_WRITE_SLOT;
    np_bytes data = bytes_of_step(plan, step);
    json_t *row = json_object();
    json_object_set_new(row, "step", cli_json_text(np_step_name(step->kind)));
    json_object_set_new(row, "is_irreversible", json_boolean(np_step_is_irreversible(step->kind)));
    if (step->kind == NP_STEP_WRITE_SLOT || step->kind == NP_STEP_LOCK_KEY) {
        json_object_set_new(row, "slot", json_integer(step->slot));
    }
    if (is_write) {
        json_object_set_new(row, "offset", json_integer(step->offset));
        json_object_set_new(row, "length", json_integer(step->len));
        json_object_set_new(row, "data", data.len > 0 ? cli_json_hex(data) : json_null());
    }
    return row;
}

static void put_steps(cli_output *output, const np_plan *plan)
{
    json_t *steps = json_array();
    for (size_t i = 0; i < plan->step_count; i++) {
        json_array_append_new(steps, step_document(plan, &plan->steps[i]));
    }
    cli_put_json(output, "steps", steps);
}

static void print_to_stdout(void *to, const char *line)
{
    cli_print(to, "%s", line);
}

static void print_to_stderr(void *to, const char *line)
{
    (void)to;
    cli_note_line("%s", line);
}

void cli_note_plan(const cli_planning *planning)
{
    print_plan(planning, print_to_stderr, NULL);
}

void cli_put_plan(cli_output *output, const cli_planning *planning)
{
    const np_plan *plan = &planning->plan;
    if (!output->is_json) {
        print_plan(planning, print_to_stdout, output);
        return;
    }
    cli_put_hex(output, "chip_serial", "", NP_BYTES(plan->chip_serial.bytes));
    cli_put_text(output, "model", "", np_atecc_model_name(plan->model));
    cli_put_text(output, "layout", "", plan->layout->name);
    cli_put_text(output, "stage", "", np_stage_name(plan->stage));
    cli_put_otp(output, &plan->otp);
    cli_put_hex(output, "signer_fingerprint", "", NP_BYTES(planning->signer_fingerprint));
    cli_put_flag(output, "is_done", "", np_plan_is_done(plan));
    cli_put_hex(output, "hash", "", NP_BYTES(plan->hash));
    put_steps(output, plan);
}
