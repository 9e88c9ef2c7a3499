/* SPDX-License-Identifier: Apache-2.0 */
/* `registry import`: devices by the million, and whole registries. */
#include "base/format.h"
#include "base/wipe.h"
#include "cli/command.h"
#include "cli/file.h"
#include "cli/progress.h"
#include "cli/record.h"
#include "cli/registry.h"
#include "cli/registry/actor.h"
#include "cli/registry/fleet_json.h"
#include "cli/registry/source.h"
#include "cli/signals.h"
#include "cloud/fresh_file.h"
#include "record/json.h"
#include <limits.h>
#include <stdlib.h>

typedef struct importing {
    const cli_arguments *arguments;
    np_store *store;
    np_import *import;
    cli_source source;
    cli_lot *lot;             /* heap: it is large */
    np_transfer_item *things; /* heap: those of a kind that wait to be stored */
    size_t thing_count;
    size_t thing_kind;
    cli_actor actor;
    cli_progress progress;
    char rejects_path[PATH_MAX];
    cloud_fresh_file rejects; /* opened for the first one */
    uint64_t counts[NP_IMPORT_OUTCOME_COUNT];
    uint64_t rows;
    const uint64_t *again; /* rows that alone are wanted; NULL: all are */
    size_t again_count;
    size_t again_next;
    bool has_end; /* of an export */
} importing;

static void importing_clear(importing *run)
{
    np_import_free(run->import);
    np_store_free(run->store);
    cli_source_close(&run->source);
    cloud_fresh_file_clear(&run->rejects);
    if (run->lot != NULL) {
        cli_lot_clear(run->lot);
    }
    free(run->lot);
    free(run->things);
}

/* In the second reading the rows that the load has taken out. */
static bool is_wanted(importing *run, uint64_t number)
{
    if (run->again == NULL) {
        return true;
    }
    while (run->again_next < run->again_count && run->again[run->again_next] < number) {
        run->again_next++;
    }
    return run->again_next < run->again_count && run->again[run->again_next] == number;
}

static np_code put_reject(importing *run, uint64_t number, np_bytes identifier, const char *reason,
                          np_error *err)
{
    uint8_t line[1024];
    np_writer writer = np_writer_of(line, sizeof(line));
    run->counts[NP_IMPORT_REFUSED]++;
    if (run->rejects.path == NULL) {
        NP_TRY(cloud_fresh_file_open(run->rejects_path, &run->rejects, err));
    }
    np_write_text(&writer, "{\"row\":");
    record_json_write_number(&writer, number);
    np_write_text(&writer, ",\"identifier\":");
    record_json_write_text(&writer,
                           np_identifier_is_good(identifier) ? identifier : np_bytes_text(""));
    np_write_text(&writer, ",\"reason\":");
    record_json_write_text(&writer, np_bytes_text(reason));
    np_write_u8(&writer, '}');
    return cloud_fresh_file_put_line(&run->rejects, np_writer_bytes(&writer), err);
}

static np_code check_signals(np_error *err)
{
    if (!cli_signals_take()) {
        return NP_OK;
    }
    np_error_set(err, NP_EINTERRUPTED, "interrupted");
    return np_error_hint(err, NP_EINTERRUPTED,
                         "run the same command again: what is there is passed over");
}

static np_code store_devices(importing *run, np_error *err)
{
    cli_lot *lot = run->lot;
    NP_TRY(np_import_devices(run->import, lot->rows, lot->count, err));
    for (size_t i = 0; i < lot->count; i++) {
        const np_import_row *row = &lot->rows[i];
        if (row->outcome == NP_IMPORT_REFUSED) {
            NP_TRY(put_reject(run, row->number, row->identifier, row->reason, err));
        } else {
            run->counts[row->outcome]++;
        }
    }
    run->rows += lot->count;
    return NP_OK;
}

static np_code store_things(importing *run, np_error *err)
{
    np_bytes kind = np_bytes_text(np_transfer_kind_at(run->thing_kind)->name);
    NP_TRY(np_transfer_put(run->import, run->thing_kind, run->things, run->thing_count, err));
    for (size_t i = 0; i < run->thing_count; i++) {
        const np_transfer_item *item = &run->things[i];
        if (item->outcome == NP_IMPORT_REFUSED) {
            NP_TRY(put_reject(run, item->number, kind, item->reason, err));
        } else {
            run->counts[item->outcome]++;
        }
    }
    run->thing_count = 0;
    return NP_OK;
}

/* What waits is either devices or things. */
static np_code store_lot(importing *run, np_error *err)
{
    NP_TRY(check_signals(err));
    NP_TRY(run->thing_count > 0 ? store_things(run, err) : store_devices(run, err));
    cli_lot_empty(run->lot);
    cli_progress_step(&run->progress, run->rows, cli_source_share(&run->source));
    return NP_OK;
}

static np_code make_room(importing *run, np_error *err)
{
    return run->lot->count == NP_IMPORT_LOT_MAX || run->thing_count > 0 ? store_lot(run, err)
                                                                        : NP_OK;
}

static np_code take_unit(void *self, const cli_unit *unit, np_error *err)
{
    importing *run = self;
    if (!is_wanted(run, unit->number)) {
        return NP_OK;
    }
    NP_TRY(make_room(run, err));
    return cli_lot_add_unit(run->lot, unit, run->arguments->org, err);
}

static np_code take_fault(void *self, uint64_t number, const char *reason, np_error *err)
{
    importing *run = self;
    run->rows++;
    return run->again == NULL ? put_reject(run, number, np_bytes_text(""), reason, err) : NP_OK;
}

static np_code take_thing(importing *run, uint64_t number, size_t kind, const json_t *line,
                          np_error *err)
{
    if (run->lot->count > 0 || run->thing_count == NP_TRANSFER_LOT_MAX ||
        (run->thing_count > 0 && run->thing_kind != kind)) {
        NP_TRY(store_lot(run, err));
    }
    np_transfer_item *item = &run->things[run->thing_count++];
    item->number = number;
    item->outcome = NP_IMPORT_ADDED;
    run->thing_kind = kind;
    cli_fleet_read_thing(line, kind, run->lot, item);
    return NP_OK;
}

static np_code take_line(void *self, uint64_t number, const json_t *line, np_error *err)
{
    importing *run = self;
    size_t kind;
    const char *word = json_string_value(json_object_get(line, "kind"));
    word = word == NULL ? "" : word;
    run->has_end = run->has_end || strcmp(word, "end") == 0;
    if (strcmp(word, "end") == 0 || !is_wanted(run, number)) {
        return NP_OK;
    }
    if (strcmp(word, "device") == 0) {
        NP_TRY(make_room(run, err));
        return cli_fleet_read_device(line, number, run->lot, err);
    }
    return cli_fleet_kind_of(line, &kind)
               ? take_thing(run, number, kind, line, err)
               : take_fault(run, number, "nobody knows this kind of line", err);
}

static np_code read_all(importing *run, np_error *err)
{
    const cli_source_taker taker = {take_unit, take_line, take_fault, run};
    NP_TRY(cli_source_read(&run->source, &taker, err));
    NP_TRY(store_lot(run, err));
    if (run->source.form == CLI_SOURCE_EXPORT && !run->has_end) {
        np_error_set(err, NP_EINPUT_FORMAT, "%s: the export is not whole: its last line is missing",
                     run->source.path);
        return np_error_hint(err, NP_EINPUT_FORMAT, "export once more");
    }
    return NP_OK;
}

/* What a load finds at its end to be there twice is read and judged once more, row by row. */
static np_code import_all(importing *run, np_error *err)
{
    NP_TRY(read_all(run, err));
    NP_TRY(np_import_end_load(run->import, &run->again, &run->again_count, err));
    if (run->again_count > 0) {
        run->counts[NP_IMPORT_ADDED] -= run->again_count;
        run->rows -= run->again_count;
        NP_TRY(read_all(run, err));
    }
    NP_TRY(np_import_finish(run->import, err));
    return run->rejects.path == NULL ? NP_OK : cloud_fresh_file_finish(&run->rejects, err);
}

static np_code find_policy(const char *name, np_import_policy *ret, np_error *err)
{
    for (*ret = 0; *ret < NP_IMPORT_POLICY_COUNT; ++*ret) {
        if (strcmp(name == NULL ? "reject" : name, np_import_policy_name(*ret)) == 0) {
            return NP_OK;
        }
    }
    return np_error_set(err, NP_EUSAGE, "--on-conflict is reject, keep or update");
}

static np_code begin(const cli_arguments *arguments, importing *run, np_error *err)
{
    np_import_options options = {.source = arguments->target,
                                 .actor = &run->actor.actor,
                                 .is_dry_run = arguments->dry_run,
                                 .may_load = true};
    run->arguments = arguments;
    NP_TRY(find_policy(arguments->on_conflict, &options.policy, err));
    int len = arguments->rejects == NULL
                  ? snprintf(run->rejects_path, PATH_MAX, "%s.rejects", arguments->target)
                  : snprintf(run->rejects_path, PATH_MAX, "%s", arguments->rejects);
    if (len < 0 || len >= PATH_MAX) {
        return np_error_set(err, NP_EUSAGE, "the name of the file for rejects is too long");
    }
    NP_TRY(cli_source_open(arguments, &run->source, err));
    NP_TRY(cli_file_check_free(run->rejects_path, err));
    NP_TRY(cli_registry_open(arguments, &run->store, err));
    cli_actor_init(&run->actor);
    options.store = run->store;
    options.is_whole = run->source.form == CLI_SOURCE_EXPORT;
    run->lot = calloc(1, sizeof(*run->lot));
    run->things = calloc(NP_TRANSFER_LOT_MAX, sizeof(*run->things));
    if (run->lot == NULL || run->things == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for rows");
    }
    return np_import_begin(&options, &run->import, err);
}

static np_code report(const importing *run, cli_output *output, np_error *err)
{
    static const char *const names[NP_IMPORT_OUTCOME_COUNT] = {[NP_IMPORT_ADDED] = "added",
                                                               [NP_IMPORT_SAME] = "unchanged",
                                                               [NP_IMPORT_UPDATED] = "updated",
                                                               [NP_IMPORT_KEPT] = "kept",
                                                               [NP_IMPORT_REFUSED] = "refused"};
    for (size_t i = 0; i < NP_IMPORT_OUTCOME_COUNT; i++) {
        cli_put_count(output, names[i], names[i], run->counts[i]);
    }
    if (run->arguments->dry_run) {
        cli_note("nothing was stored: --dry-run");
    }
    if (run->counts[NP_IMPORT_REFUSED] == 0) {
        return NP_OK;
    }
    cli_put_text(output, "rejects", "refused rows", run->rejects_path);
    np_error_set(err, NP_EREJECTS, "%zu rows were refused", (size_t)run->counts[NP_IMPORT_REFUSED]);
    return np_error_hint(err, NP_EREJECTS, "%s tells which, and why", run->rejects_path);
}

np_code cli_registry_import(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    NP_CLEANUP(importing_clear) importing run = {0};
    NP_TRY(begin(arguments, &run, err));
    cli_progress_begin("rows", !arguments->quiet, &run.progress);
    sigset_t before = cli_signals_hold();
    np_code code = import_all(&run, err);
    cli_progress_end(&run.progress);
    cli_signals_let_through(&before);
    return code == NP_OK ? report(&run, output, err) : code;
}
