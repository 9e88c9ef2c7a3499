/* SPDX-License-Identifier: Apache-2.0 */
/* `registry export`: all of the fleet, to be imported elsewhere. */
#include "base/wipe.h"
#include "cli/command.h"
#include "cli/progress.h"
#include "cli/record.h"
#include "cli/registry.h"
#include "cli/registry/fleet_json.h"
#include "cloud/fresh_file.h"

typedef struct exporting {
    np_store *store;
    cloud_fresh_file file; /* stays closed when stdout takes it */
    cli_fleet_writer writer;
    cli_progress progress;
    size_t kind;
} exporting;

static void exporting_clear(exporting *run)
{
    np_store_free(run->store);
    cli_fleet_writer_clear(&run->writer);
    cloud_fresh_file_clear(&run->file);
}

static np_code put_thing(void *self, const np_transfer_value *values, np_error *err)
{
    exporting *run = self;
    return cli_fleet_write_thing(&run->writer, np_transfer_kind_at(run->kind), values, err);
}

static np_code put_device(void *self, const np_import_row *row, np_error *err)
{
    exporting *run = self;
    cli_progress_step(&run->progress, run->writer.devices, 0);
    return cli_fleet_write_device(&run->writer, row, err);
}

static np_code put_all(exporting *run, np_bytes org, np_error *err)
{
    NP_TRY(cli_fleet_write_header(&run->writer, err));
    for (run->kind = 0; np_transfer_kind_at(run->kind) != NULL; run->kind++) {
        NP_TRY(np_transfer_each(run->store, run->kind, org, put_thing, run, err));
    }
    NP_TRY(np_transfer_each_device(run->store, org, put_device, run, err));
    return cli_fleet_write_end(&run->writer, err);
}

static np_code open_output(const cli_arguments *arguments, exporting *run, np_error *err)
{
    run->writer.file = stdout;
    run->writer.path = "stdout";
    if (arguments->out == NULL) {
        return arguments->json ? np_error_set(err, NP_EUSAGE,
                                              "--json needs --out: the export "
                                              "itself goes to stdout without it")
                               : NP_OK;
    }
    NP_TRY(cloud_fresh_file_open(arguments->out, &run->file, err));
    run->writer.file = run->file.file;
    run->writer.path = arguments->out;
    return NP_OK;
}

np_code cli_registry_export(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    NP_CLEANUP(exporting_clear) exporting run = {0};
    np_bytes org = np_bytes_text(arguments->org == NULL ? "" : arguments->org);
    NP_TRY(open_output(arguments, &run, err));
    NP_TRY(cli_registry_open(arguments, &run.store, err));
    cli_progress_begin("devices", arguments->out != NULL && !arguments->quiet, &run.progress);
    np_code code = np_store_snapshot(run.store, err);
    code = code == NP_OK ? put_all(&run, org, err) : code;
    cli_progress_end(&run.progress);
    if (code != NP_OK || arguments->out == NULL) {
        return code;
    }
    NP_TRY(cloud_fresh_file_finish(&run.file, err));
    cli_put_text(output, "out", "export", arguments->out);
    cli_put_count(output, "devices", "devices", run.writer.devices);
    return NP_OK;
}
