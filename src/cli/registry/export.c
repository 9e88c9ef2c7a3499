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
    np_bytes org; /* empty: all */
    bool has_secrets;
    size_t kind;
    uint64_t left_out; /* secrets */
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
    const np_transfer_kind *kind = np_transfer_kind_at(run->kind);
    if (kind->is_secret && !run->has_secrets) {
        run->left_out++;
        return NP_OK;
    }
    return cli_fleet_write_thing(&run->writer, kind, values, err);
}

static np_code put_device(void *self, const np_import_row *row, np_error *err)
{
    exporting *run = self;
    cli_progress_step(&run->progress, run->writer.devices, 0);
    return cli_fleet_write_device(&run->writer, row, err);
}

static np_code put_things(exporting *run, bool of_devices, np_error *err)
{
    const np_transfer_kind *kind;
    for (run->kind = 0; (kind = np_transfer_kind_at(run->kind)) != NULL; run->kind++) {
        bool is_behind = kind->is_of_devices || kind->is_history;
        if (is_behind == of_devices) {
            NP_TRY(np_transfer_each(run->store, run->kind, run->org, put_thing, run, err));
        }
    }
    return NP_OK;
}

static np_code put_all(exporting *run, np_error *err)
{
    NP_TRY(np_store_snapshot(run->store, err));
    NP_TRY(cli_fleet_write_header(&run->writer, err));
    NP_TRY(put_things(run, false, err));
    NP_TRY(np_transfer_each_device(run->store, run->org, put_device, run, err));
    NP_TRY(put_things(run, true, err));
    return cli_fleet_write_end(&run->writer, err);
}

static np_code open_output(const cli_arguments *arguments, exporting *run, np_error *err)
{
    run->writer.file = stdout;
    run->writer.path = "stdout";
    run->has_secrets = arguments->with_secrets;
    run->org = np_bytes_text(arguments->org == NULL ? "" : arguments->org);
    if (arguments->out == NULL && run->has_secrets) {
        np_error_set(err, NP_EUSAGE, "--with-secrets needs --out: secrets do not go to stdout");
        return np_error_hint(err, NP_EUSAGE, "the file is made for you alone, mode 0600");
    }
    if (arguments->out == NULL) {
        return arguments->json ? np_error_set(err, NP_EUSAGE,
                                              "--json needs --out: the export "
                                              "itself goes to stdout without it")
                               : NP_OK;
    }
    NP_TRY(run->has_secrets ? cloud_fresh_file_open_private(arguments->out, &run->file, err)
                            : cloud_fresh_file_open(arguments->out, &run->file, err));
    run->writer.file = run->file.file;
    run->writer.path = arguments->out;
    return NP_OK;
}

static void tell_left_out(const exporting *run)
{
    if (run->left_out > 0) {
        cli_note("%llu shared secrets, tokens and answers to their holders were left out: "
                 "--with-secrets takes them along",
                 (unsigned long long)run->left_out);
    }
}

np_code cli_registry_export(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    NP_CLEANUP(exporting_clear) exporting run = {0};
    NP_TRY(open_output(arguments, &run, err));
    NP_TRY(cli_registry_open(arguments, &run.store, err));
    cli_progress_begin("devices", arguments->out != NULL && !arguments->quiet, &run.progress);
    np_code code = put_all(&run, err);
    cli_progress_end(&run.progress);
    NP_TRY(code);
    tell_left_out(&run);
    if (arguments->out == NULL) {
        return NP_OK;
    }
    NP_TRY(cloud_fresh_file_finish(&run.file, err));
    cli_put_text(output, "out", "export", arguments->out);
    cli_put_count(output, "devices", "devices", run.writer.devices);
    return NP_OK;
}
