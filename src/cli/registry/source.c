/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/registry/source.h"

#include "base/format.h"
#include "base/wipe.h"
#include "cli/cloud/manifest_signers.h"
#include "cli/record.h"
#include "cli/registry/fleet_json.h"
#include "cloud/manifest_import.h"
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

double cli_source_share(const cli_source *source)
{
    return source->size == 0 ? 0 : (double)source->taken / (double)source->size;
}

static void free_json(json_t **value)
{
    json_decref(*value);
}

typedef struct relay {
    cli_source *source;
    const cli_source_taker *taker;
} relay;

static np_code take_text(const relay *to, uint64_t number, np_bytes text, np_error *err)
{
    NP_CLEANUP(free_json) json_t *object = cli_source_parse(text);
    return cli_source_take_unit(to->taker, number, object, err);
}

static np_code take_record_line(void *self, const np_record_line *line,
                                const np_record_trailer *trailer, np_error *err)
{
    const relay *to = self;
    (void)trailer;
    to->source->taken += line->text.len + 1;
    return line->kind == NP_RECORD_UNIT ? take_text(to, line->seq + 1, line->text, err) : NP_OK;
}

static np_code read_record(cli_source *source, const cli_source_taker *taker, np_error *err)
{
    NP_CLEANUP(cli_record_close) cli_record record = {0};
    np_record_report report = {0};
    relay to = {source, taker};
    NP_TRY(cli_record_open(source->arguments, &record, err));
    return cli_record_read(&record, take_record_line, &to, &report, err);
}

static np_code take_entry(void *self, const np_manifest_entry *entry, np_error *err)
{
    const relay *to = self;
    long offset = ftell(to->source->file);
    to->source->taken = offset < 0 ? 0 : (uint64_t)offset;
    return entry->is_refused
               ? to->taker->fault(to->taker->self, entry->number, entry->reason, err)
               : take_text(to, entry->number, np_bytes_of(entry->line, entry->line_len), err);
}

static np_code read_manifest(cli_source *source, const cli_source_taker *taker, np_error *err)
{
    np_manifest_signers signers;
    relay to = {source, taker};
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    NP_TRY(cli_manifest_signers_load(&source->arguments->trusted_certs, &signers, err));
    const np_manifest_import import = {.file = source->file,
                                       .path = source->path,
                                       .signers = &signers,
                                       .workers = processors < 1    ? 1
                                                  : processors > 64 ? NP_MANIFEST_WORKERS_MAX
                                                                    : (unsigned)processors,
                                       .take = take_entry,
                                       .self = &to};
    return np_manifest_import_run(&import, err);
}

np_code cli_source_read(cli_source *source, const cli_source_taker *taker, np_error *err)
{
    static np_code (*const readers[])(cli_source *, const cli_source_taker *, np_error *) = {
        [CLI_SOURCE_CSV] = cli_source_read_csv,      [CLI_SOURCE_MANIFEST] = read_manifest,
        [CLI_SOURCE_RECORD] = read_record,           [CLI_SOURCE_EXPORT] = cli_source_read_lines,
        [CLI_SOURCE_NDJSON] = cli_source_read_lines,
    };
    rewind(source->file);
    source->taken = 0;
    return readers[source->form](source, taker, err);
}

/* By the first character, and by what the first line says if it is JSON. */
static np_code find_form(cli_source *source, np_error *err)
{
    NP_CLEANUP(cli_source_line_clear) cli_source_line line = {0};
    np_bytes text = {NULL, 0};
    bool is_end;
    bool is_export;
    int first = fgetc(source->file);
    source->form = first == '[' ? CLI_SOURCE_MANIFEST : CLI_SOURCE_CSV;
    if (first != '{') {
        return NP_OK;
    }
    rewind(source->file);
    NP_TRY(cli_source_next_line(source, &line, &text, &is_end, err));
    NP_CLEANUP(free_json) json_t *object = cli_source_parse(text);
    NP_TRY(cli_fleet_read_header(object, &is_export, err));
    const char *kind = json_string_value(json_object_get(object, "kind"));
    bool is_record = kind != NULL && strcmp(kind, "header") == 0;
    source->form = is_export   ? CLI_SOURCE_EXPORT
                   : is_record ? CLI_SOURCE_RECORD
                               : CLI_SOURCE_NDJSON;
    return NP_OK;
}

static np_code check_arguments(const cli_source *source, np_error *err)
{
    bool is_manifest = source->form == CLI_SOURCE_MANIFEST;
    bool has_signer = source->arguments->trusted_certs.count > 0;
    if (is_manifest && !has_signer) {
        np_error_set(err, NP_EUSAGE, "%s is a manifest: --signer-cert says who may have signed it",
                     source->path);
        return np_error_hint(err, NP_EUSAGE, "take the certificate from the vendor's site");
    }
    if (!is_manifest && has_signer) {
        return np_error_set(err, NP_EUSAGE, "%s is no manifest: --signer-cert says nothing of it",
                            source->path);
    }
    if (source->form != CLI_SOURCE_RECORD && source->arguments->key != NULL) {
        return np_error_set(err, NP_EUSAGE, "%s is no record: --key says nothing of it",
                            source->path);
    }
    return NP_OK;
}

np_code cli_source_open(const cli_arguments *arguments, cli_source *ret, np_error *err)
{
    struct stat about;
    *ret = (cli_source){.path = arguments->target, .arguments = arguments};
    ret->file = fopen(ret->path, "re");
    if (ret->file == NULL) {
        int reason = errno;
        return np_error_set_sub(err, reason == ENOENT ? NP_EINPUT_MISSING : NP_ESTATION_IO, reason,
                                "%s: cannot be opened: %s", ret->path, strerror(reason));
    }
    if (fstat(fileno(ret->file), &about) != 0 || !S_ISREG(about.st_mode)) {
        return np_error_set(err, NP_EINPUT_FORMAT, "%s is no file that can be read twice",
                            ret->path);
    }
    ret->size = (uint64_t)about.st_size;
    NP_TRY(find_form(ret, err));
    return check_arguments(ret, err);
}
