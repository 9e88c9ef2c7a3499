/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/manifest_import.h"

#include "base/format.h"
#include "base/wipe.h"
#include "cli/cloud/manifest_signers.h"
#include "cli/command.h"
#include "cli/file.h"
#include "cli/record.h"
#include "cloud/fresh_file.h"
#include <errno.h>
#include <limits.h>
#include <unistd.h>

enum { PROGRESS_UNITS = 8192 /* a few times a second; not tuned */ };

typedef struct importing {
    np_manifest_signers signers;
    FILE *file;
    cloud_fresh_file units;
    cloud_fresh_file rejects; /* opened for the first one */
    char rejects_path[PATH_MAX];
    uint64_t accepted;
    uint64_t refused;
    bool shows_progress;
} importing;

static void importing_clear(importing *run)
{
    if (run->file != NULL) {
        fclose(run->file);
    }
    cloud_fresh_file_clear(&run->units);
    cloud_fresh_file_clear(&run->rejects);
}

static np_code open_manifest(const char *path, FILE **ret, np_error *err)
{
    *ret = fopen(path, "re");
    if (*ret != NULL) {
        return NP_OK;
    }
    int reason = errno;
    np_code code = reason == ENOENT ? NP_EINPUT_MISSING : NP_ESTATION_IO;
    return np_error_set_sub(err, code, reason, "%s: cannot be opened: %s", path, strerror(reason));
}

static np_code put_reject(importing *run, const np_manifest_entry *entry, np_error *err)
{
    uint8_t line[512];
    np_writer writer = np_writer_of(line, sizeof(line));
    if (run->rejects.path == NULL) {
        NP_TRY(cloud_fresh_file_open(run->rejects_path, &run->rejects, err));
    }
    run->refused++;
    np_write_text(&writer, "{\"element\":");
    record_json_write_number(&writer, entry->number);
    np_write_text(&writer, ",\"reason\":");
    record_json_write_text(&writer, np_bytes_text(entry->reason));
    np_write_text(&writer, ",\"uid\":");
    record_json_write_text(&writer, np_bytes_text(entry->unique_id));
    np_write_u8(&writer, '}');
    return cloud_fresh_file_put_line(&run->rejects, np_writer_bytes(&writer), err);
}

static np_code take_entry(void *self, const np_manifest_entry *entry, np_error *err)
{
    importing *run = self;
    if (run->shows_progress && entry->number % PROGRESS_UNITS == 0) {
        fprintf(stderr, "\r%llu elements", (unsigned long long)entry->number);
    }
    if (entry->is_refused) {
        return put_reject(run, entry, err);
    }
    run->accepted++;
    return cloud_fresh_file_put_line(&run->units, np_bytes_of(entry->line, entry->line_len), err);
}

static unsigned count_workers(unsigned wanted)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned count = wanted > 0 ? wanted : processors > 0 ? (unsigned)processors : 1;
    return count > NP_MANIFEST_WORKERS_MAX ? NP_MANIFEST_WORKERS_MAX : count;
}

static np_code import_all(const cli_arguments *arguments, importing *run, np_error *err)
{
    const np_manifest_import import = {.file = run->file,
                                       .path = arguments->target,
                                       .signers = &run->signers,
                                       .workers = count_workers(arguments->workers),
                                       .take = take_entry,
                                       .self = run};
    run->shows_progress = isatty(STDERR_FILENO) != 0;
    np_code code = np_manifest_import_run(&import, err);
    if (run->shows_progress && run->accepted + run->refused >= PROGRESS_UNITS) {
        fputs("\r", stderr);
    }
    return code;
}

/* The refused ones first: units under their name mean that all is there. */
static np_code finish(importing *run, np_error *err)
{
    if (run->rejects.path != NULL) {
        NP_TRY(cloud_fresh_file_finish(&run->rejects, err));
    }
    return cloud_fresh_file_finish(&run->units, err);
}

static np_code open_files(const cli_arguments *arguments, importing *run, np_error *err)
{
    const char *rejects = arguments->rejects;
    int len = rejects == NULL ? snprintf(run->rejects_path, PATH_MAX, "%s.rejects", arguments->out)
                              : snprintf(run->rejects_path, PATH_MAX, "%s", rejects);
    if (len < 0 || len >= PATH_MAX) {
        return np_error_set(err, NP_EUSAGE, "the name of the file for rejects is too long");
    }
    if (arguments->workers > NP_MANIFEST_WORKERS_MAX) {
        return np_error_set(err, NP_EUSAGE, "--workers is 1 to %d", NP_MANIFEST_WORKERS_MAX);
    }
    NP_TRY(cli_manifest_signers_load(&arguments->trusted_certs, &run->signers, err));
    NP_TRY(open_manifest(arguments->target, &run->file, err));
    NP_TRY(cli_file_check_free(run->rejects_path, err));
    return cloud_fresh_file_open(arguments->out, &run->units, err);
}

np_code cli_cloud_import(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    NP_CLEANUP(importing_clear) importing run = {0};
    NP_TRY(open_files(arguments, &run, err));
    NP_TRY(import_all(arguments, &run, err));
    NP_TRY(finish(&run, err));
    cli_put_text(output, "out", "units", arguments->out);
    cli_put_count(output, "accepted", "accepted", run.accepted);
    cli_put_count(output, "refused", "refused", run.refused);
    if (run.refused == 0) {
        return NP_OK;
    }
    cli_put_text(output, "rejects", "refused elements", run.rejects_path);
    np_error_set(err, NP_EREJECTS, "%zu of %zu elements were refused", (size_t)run.refused,
                 (size_t)(run.refused + run.accepted));
    return np_error_hint(err, NP_EREJECTS, "%s tells which, and why", run.rejects_path);
}
