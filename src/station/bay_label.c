/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The label of a unit: printed, and read back by whoever sticks it on. What is printed is noted, so
 * that a unit that was interrupted in between is asked for its label, and gets no second one.
 */
#include "base/format.h"
#include "base/text.h"
#include "station/bay_internal.h"

static np_code print(station_bay *bay, np_error *err)
{
    const np_station_hooks *hooks = bay->shared->options->hooks;
    const np_station_made made = bay_made(bay);
    pthread_mutex_lock(&bay->shared->label_mutex);
    np_code code = hooks->label(hooks->self, &made, bay->label, err);
    pthread_mutex_unlock(&bay->shared->label_mutex);
    return code;
}

static void note(station_bay *bay)
{
    station_recorder *recorder = bay->shared->recorder;
    bay->labelled = (station_job){
        .task = STATION_TASK_LABEL, .bay = bay->index, .label = np_bytes_text(bay->label)};
    station_recorder_post(recorder, &bay->labelled);
}

np_code bay_label(station_bay *bay, np_error *err)
{
    bool is_scanned = bay->work.policy.has_scan;
    if (is_scanned && bay->view.label[0] != '\0') {
        memcpy(bay->label, bay->view.label, sizeof(bay->label));
    } else {
        NP_TRY(print(bay, err));
    }
    if (is_scanned) {
        note(bay);
    }
    bay->is_verified[BAY_VERIFIED_LABEL] = true;
    return NP_OK;
}

static np_code print_again(station_bay *bay, np_error *err)
{
    NP_TRY(print(bay, err));
    note(bay);
    return NP_OK;
}

/* Is it this label? If not, what is it? */
static np_code check(const station_bay *bay, const char *scanned, np_error *err)
{
    np_label_scan scan;
    np_label_check_text(bay->shared->options->label_pattern, np_bytes_text(bay->label),
                        np_bytes_text(scanned), &scan);
    if (scan.verdict == NP_LABEL_SAME) {
        return NP_OK;
    }
    const char *text = np_label_verdict_text(scan.verdict);
    return scan.verdict == NP_LABEL_OTHER_UNIT
               ? np_error_set(err, NP_EDEVICE_VERIFY, "%s: %s is %s, not %s", text, scan.fact,
                              scan.scanned, scan.printed)
               : np_error_set(err, NP_EDEVICE_VERIFY, "%s", text);
}

static np_code refuse_end(const station_bay *bay, np_error *err)
{
    np_error_set(err, NP_EINTERRUPTED, "the line ended before the label of %s was scanned",
                 bay->view.serial);
    return np_error_hint(err, NP_EINTERRUPTED, "put it in again: it goes on with this");
}

/* What nobody was asked for may be printed twice; what somebody was, never. */
static np_code ask(station_bay *bay, const np_error *wrong, station_heard *ret_heard,
                   char ret[static NP_LABEL_TEXT_SIZE], np_error *err)
{
    station_shared *shared = bay->shared;
    NP_TRY(station_recorder_wait(shared->recorder, &bay->labelled, STATION_JOB_DURABLE, err));
    shared->ask_label(shared->self, bay->index, bay->label);
    bay_tell_state(bay, NP_BAY_LABEL, wrong->code, wrong);
    *ret_heard = shared->await_label(shared->self, bay->index, ret);
    return NP_OK;
}

/* The parts are free: whoever sticks the label on may take the unit out. */
np_code bay_scan(station_bay *bay, np_error *err)
{
    char scanned[NP_LABEL_TEXT_SIZE];
    station_heard heard;
    np_error wrong = {.code = NP_OK};
    unsigned left = bay->shared->options->config->policy.rescans;
    NP_TRY(bay_close_parts(bay, err));
    for (;;) {
        NP_TRY(ask(bay, &wrong, &heard, scanned, err));
        if (heard == STATION_HEARD_END) {
            return refuse_end(bay, err);
        }
        if (heard == STATION_HEARD_AGAIN) {
            NP_TRY(print_again(bay, err));
        } else if (check(bay, scanned, &wrong) == NP_OK) {
            break;
        } else if (left-- == 0) {
            *err = wrong;
            return wrong.code;
        }
    }
    bay_tell_state(bay, NP_BAY_BUSY, NP_OK, NULL);
    bay->is_verified[BAY_VERIFIED_SCAN] = true;
    return NP_OK;
}
