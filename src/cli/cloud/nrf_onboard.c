/* SPDX-License-Identifier: Apache-2.0 */
/* cloud nrf onboard: the rows of a file become devices of an account. */
#include "cloud/nrf_onboard.h"
#include "base/wipe.h"
#include "cli/cloud/nrf_service.h"
#include "cli/command.h"
#include "cli/file.h"
#include "cli/record.h"
#include "cloud/text_file.h"
#include <stdio.h>
#include <stdlib.h>

typedef struct onboard_run {
    const cli_arguments *arguments;
    cli_nrf_service service;
    cloud_text text;
    cloud_text info; /* --devinfo */
    np_nrf_onboarding onboarding;
    np_nrf_update *updates; /* heap */
    size_t update_count;
    size_t update_failures;
} onboard_run;

static void onboard_clear(onboard_run *run)
{
    for (size_t i = 0; i < run->update_count; i++) {
        free((void *)(uintptr_t)run->updates[i].firmware);
        free((void *)(uintptr_t)run->updates[i].reason);
    }
    free(run->updates);
    np_nrf_onboarding_clear(&run->onboarding);
    cloud_text_clear(&run->text);
    cloud_text_clear(&run->info);
    cli_nrf_service_close(&run->service);
}

static void tell_operation(void *self, const char *operation, size_t rows)
{
    (void)self;
    cli_note("%zu rows are accepted as operation %s", rows, operation);
}

static np_code load(onboard_run *run, np_error *err)
{
    const cli_arguments *arguments = run->arguments;
    NP_TRY(cloud_text_load(arguments->target, &run->text, err));
    np_code code =
        np_nrf_onboarding_read(np_bytes_of(run->text.data, run->text.len), &run->onboarding, err);
    if (code != NP_OK) {
        return np_error_prefix(err, code, "%s", arguments->target);
    }
    if (arguments->devinfo != NULL) {
        NP_TRY(cloud_text_load(arguments->devinfo, &run->info, err));
    }
    return arguments->results == NULL ? NP_OK : cli_file_check_free(arguments->results, err);
}

/* Telling the service what is known of a device besides. */

static np_code add_update(onboard_run *run, const char *id, np_bytes firmware, np_error *err)
{
    if (run->updates == NULL) {
        run->updates = calloc(run->onboarding.count, sizeof(*run->updates));
    }
    char *text = strndup((const char *)firmware.data, firmware.len);
    if (run->updates == NULL || text == NULL || run->update_count == run->onboarding.count) {
        free(text);
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for the results");
    }
    run->updates[run->update_count++] = (np_nrf_update){.id = id, .firmware = text};
    return NP_OK;
}

static np_code tell_device(const onboard_run *run, const np_nrf_update *update, np_bytes imei,
                           np_error *err)
{
    char name[128];
    const char *prefix = run->arguments->name_prefix;
    NP_TRY(np_nrf_report_firmware(&run->service.cloud, update->id, update->firmware, err));
    if (prefix == NULL || imei.len == 0) {
        return NP_OK;
    }
    snprintf(name, sizeof(name), "%s%.*s", prefix, (int)imei.len, (const char *)imei.data);
    return np_nrf_name_device(&run->service.cloud, update->id, name, err);
}

/* One device that the service does not want to know more of ends nothing. */
static np_code update_device(onboard_run *run, const char *id, const np_csv_row *row, np_error *err)
{
    np_error refused;
    NP_TRY(add_update(run, id, row->fields[1], err));
    np_nrf_update *update = &run->updates[run->update_count - 1];
    np_bytes imei = row->count > 2 ? row->fields[2] : (np_bytes){NULL, 0};
    if (tell_device(run, update, imei, &refused) != NP_OK) {
        update->reason = strdup(refused.message);
        run->update_failures++;
    }
    return NP_OK;
}

static const np_nrf_outcome *find_outcome(const onboard_run *run, np_bytes id)
{
    for (size_t i = 0; i < run->onboarding.count; i++) {
        const np_nrf_outcome *outcome = &run->onboarding.outcomes[i];
        bool is_known = outcome->verdict == NP_NRF_DONE || outcome->verdict == NP_NRF_THERE;
        if (is_known && np_csv_says(id, np_bytes_text(outcome->id))) {
            return outcome;
        }
    }
    return NULL;
}

static np_code update_devices(onboard_run *run, np_error *err)
{
    np_csv_row row;
    np_csv_found found = NP_CSV_END;
    np_reader reader = np_reader_of(np_bytes_of(run->info.data, run->info.len));
    while (run->info.len > 0 && (found = np_csv_next(&reader, &row)) == NP_CSV_ROW) {
        const np_nrf_outcome *outcome = find_outcome(run, row.fields[0]);
        if (row.count >= 2 && outcome != NULL) {
            NP_TRY(update_device(run, outcome->id, &row, err));
        }
    }
    return found == NP_CSV_END ? NP_OK
                               : np_error_set(err, NP_EINPUT_FORMAT, "%s: a row is no CSV",
                                              run->arguments->devinfo);
}

/* Results. */

static np_code store_results(const onboard_run *run, np_error *err)
{
    np_writer measured = {0};
    if (run->arguments->results == NULL) {
        return NP_OK;
    }
    np_nrf_results_write(&measured, &run->onboarding, run->updates, run->update_count);
    uint8_t *text = malloc(measured.len + 1);
    if (text == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for the results");
    }
    np_writer writer = np_writer_of(text, measured.len);
    np_nrf_results_write(&writer, &run->onboarding, run->updates, run->update_count);
    np_code code = np_file_create(run->arguments->results, 0666, np_writer_bytes(&writer), err);
    free(text);
    return code;
}

static bool is_good(np_nrf_verdict verdict)
{
    return verdict == NP_NRF_DONE || verdict == NP_NRF_THERE;
}

static void put_rows(const onboard_run *run, cli_output *output)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < run->onboarding.count; i++) {
        const np_nrf_outcome *outcome = &run->onboarding.outcomes[i];
        const char *verdict = np_nrf_verdict_name(outcome->verdict);
        bool is_unsent = run->arguments->dry_run && outcome->verdict == NP_NRF_OPEN;
        if (!is_good(outcome->verdict) && !is_unsent) {
            cli_print(output, "row %zu: %s: %s%s%s", i + 1, outcome->id, verdict,
                      outcome->reason == NULL ? "" : ": ",
                      outcome->reason == NULL ? "" : outcome->reason);
        }
        json_t *reason = outcome->reason == NULL ? json_null() : cli_json_text(outcome->reason);
        json_array_append_new(rows, json_pack("{s:i, s:o, s:s, s:o}", "row", (int)i + 1, "device",
                                              cli_json_text(outcome->id), "result", verdict,
                                              "reason", reason));
    }
    if (output->is_json) {
        cli_put_json(output, "rows", json_incref(rows));
        cli_put_json(output, "operations", json_incref(run->onboarding.operations));
    }
    json_decref(rows);
}

static void put_updates(const onboard_run *run, cli_output *output)
{
    for (size_t i = 0; i < run->update_count; i++) {
        if (run->updates[i].reason != NULL) {
            cli_print(output, "%s: its firmware was not reported: %s", run->updates[i].id,
                      run->updates[i].reason);
        }
    }
    cli_put_count(output, "updates", "firmware reported", run->update_count - run->update_failures);
}

static void put_summary(const onboard_run *run, cli_output *output)
{
    static const np_nrf_verdict order[] = {NP_NRF_DONE, NP_NRF_THERE, NP_NRF_REFUSED, NP_NRF_UNFIT,
                                           NP_NRF_OPEN};
    for (size_t i = 0; i < NP_COUNT_OF(order); i++) {
        const char *name = np_nrf_verdict_name(order[i]);
        cli_put_count(output, name, name, np_nrf_onboarding_count(&run->onboarding, order[i]));
    }
    put_rows(run, output);
    if (run->arguments->devinfo != NULL) {
        put_updates(run, output);
    }
}

static np_code work(onboard_run *run, np_error *err)
{
    const cli_arguments *arguments = run->arguments;
    const np_nrf_cloud *cloud = &run->service.cloud;
    if (arguments->skip_existing) {
        NP_TRY(np_nrf_onboarding_skip(cloud, &run->onboarding, err));
    }
    NP_TRY(np_nrf_onboarding_run(cloud, &run->onboarding, tell_operation, NULL, err));
    if (arguments->confirm) {
        NP_TRY(np_nrf_onboarding_confirm(cloud, &run->onboarding, err));
    }
    return update_devices(run, err);
}

static np_code tell_rejects(const onboard_run *run, np_error *err)
{
    size_t bad = np_nrf_onboarding_count(&run->onboarding, NP_NRF_REFUSED) +
                 np_nrf_onboarding_count(&run->onboarding, NP_NRF_UNFIT);
    if (bad == 0 && run->update_failures == 0) {
        return NP_OK;
    }
    if (bad == 0) {
        return np_error_set(err, NP_EREJECTS,
                            "all devices are there, but %zu did not get their "
                            "firmware's name",
                            run->update_failures);
    }
    return np_error_set(err, NP_EREJECTS, "%zu of %zu rows were refused", bad,
                        run->onboarding.count);
}

/* What was found out is told, whatever ended the run. */
np_code cli_cloud_nrf_onboard(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    NP_CLEANUP(onboard_clear) onboard_run run = {.arguments = arguments};
    np_error ignored;
    NP_TRY(load(&run, err));
    if (arguments->dry_run) {
        put_summary(&run, output);
        return tell_rejects(&run, err);
    }
    NP_TRY(cli_nrf_service_open(arguments, &run.service, err));
    np_code code = work(&run, err);
    put_summary(&run, output);
    np_code stored = store_results(&run, code == NP_OK ? err : &ignored);
    if (code != NP_OK || stored != NP_OK) {
        return code != NP_OK ? code : stored;
    }
    return tell_rejects(&run, err);
}
