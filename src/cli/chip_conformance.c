/* SPDX-License-Identifier: Apache-2.0 */
#include "base/wipe.h"
#include "cli/chip.h"
#include "conformance/conformance.h"

static json_t *row_as_json(const np_conformance_row *row)
{
    json_t *object = json_object();
    bool is_asked = row->agreement != NP_NOT_ASKED;
    json_object_set_new(object, "id", cli_json_text(row->reading->id));
    json_object_set_new(object, "question", cli_json_text(row->reading->question));
    json_object_set_new(object, "result", cli_json_text(np_agreement_name(row->agreement)));
    json_object_set_new(object, "reading", json_integer(row->reading->answer));
    json_object_set_new(object, "answer", is_asked ? json_integer(row->answer) : json_null());
    json_object_set_new(object, "why_not", is_asked ? json_null() : cli_json_text(row->why_not));
    return object;
}

static void print_row(cli_output *output, const np_conformance_row *row)
{
    static const char *const formats[] = {
        [NP_READING_YES_NO] = "", [NP_READING_STATUS] = "status ", [NP_READING_NUMBER] = ""};
    const np_reading *reading = row->reading;
    const char *kind = formats[reading->kind];
    cli_print(output, "%s: %s", np_agreement_name(row->agreement), reading->question);
    if (row->agreement == NP_NOT_ASKED) {
        cli_print(output, "    %s", row->why_not);
    } else if (reading->kind == NP_READING_YES_NO) {
        cli_print(output, "    chip: %s, reading: %s", row->answer != 0 ? "yes" : "no",
                  reading->answer != 0 ? "yes" : "no");
    } else {
        cli_print(output, "    chip: %s%u, reading: %s%u", kind, row->answer, kind,
                  reading->answer);
    }
}

static size_t count_rows(const np_conformance *run, np_agreement agreement)
{
    size_t count = 0;
    for (size_t i = 0; i < run->count; i++) {
        count += run->rows[i].agreement == agreement;
    }
    return count;
}

static void put_run(const np_conformance *run, cli_output *output)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < run->count; i++) {
        print_row(output, &run->rows[i]);
        json_array_append_new(rows, row_as_json(&run->rows[i]));
    }
    size_t agreed = count_rows(run, NP_AGREED);
    size_t differs = count_rows(run, NP_DIFFERS);
    size_t not_asked = count_rows(run, NP_NOT_ASKED);
    cli_print(output, "%zu agreed, %zu differ, %zu not asked", agreed, differs, not_asked);
    cli_put_json(output, "model", cli_json_text(np_atecc_model_name(run->model)));
    cli_put_json(output, "agreed", json_integer((json_int_t)agreed));
    cli_put_json(output, "differ", json_integer((json_int_t)differs));
    cli_put_json(output, "not_asked", json_integer((json_int_t)not_asked));
    cli_put_json(output, "questions", rows);
}

np_code cli_chip_conformance(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    NP_CLEANUP(cli_chip_abandon) cli_chip chip = {0};
    np_conformance run;
    NP_TRY(cli_chip_open(arguments, &chip, err));
    NP_TRY(np_conformance_run(&chip.device, arguments->may_lock, &run, err));
    NP_TRY(cli_chip_close(&chip, err));
    put_run(&run, output);
    if (count_rows(&run, NP_DIFFERS) > 0) {
        return np_error_set(err, NP_EDEVICE_ANSWER,
                            "the chip answers otherwise than doc/silicon.md reads the sources");
    }
    return NP_OK;
}
