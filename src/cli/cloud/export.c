/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/export.h"
#include "base/wipe.h"
#include "cli/certificate.h"
#include "cli/cloud/check_result.h"
#include "cli/record.h"
#include "cli/registry.h"
#include "cli/signer_key.h"
#include "registry/exports.h"
#include "signer/seen.h"

/* Which units the registry knows to be there already. */
typedef struct known_units {
    np_store *store; /* NULL: none is asked */
    np_seen marks;   /* of their serials: what is not in it is not known */
    const char *target;
    size_t count; /* of units that were left out */
} known_units;

static void known_units_clear(known_units *known)
{
    np_seen_clear(&known->marks);
    np_store_free(known->store);
}

static np_code note_known(void *self, const np_export_mark *mark, np_error *err)
{
    known_units *known = self;
    return mark->state == NP_EXPORT_REGISTERED
               ? np_seen_add(&known->marks, np_seen_mark(0, mark->serial), err)
               : NP_OK;
}

static np_code load_known(const cli_arguments *arguments, known_units *ret, np_error *err)
{
    if (arguments->registry == NULL || arguments->all) {
        return NP_OK;
    }
    ret->target = arguments->to;
    NP_TRY(cli_registry_open(arguments, &ret->store, err));
    return np_exports_each(ret->store, ret->target, note_known, ret, err);
}

/* The marks are of hashes only: the registry has the last word. */
static np_code is_known(known_units *known, const np_record_line *line, bool *ret, np_error *err)
{
    np_bytes serial = np_record_line_text(line, "serial");
    bool is_missing = true;
    *ret = false;
    if (known->store == NULL || !np_seen_has(&known->marks, np_seen_mark(0, serial))) {
        return NP_OK;
    }
    NP_TRY(np_exports_is_missing(known->store, known->target, serial, &is_missing, err));
    *ret = !is_missing;
    return NP_OK;
}

typedef struct exporting {
    np_cloud_export *export;
    known_units known;
} exporting;

static void exporting_clear(exporting *run)
{
    np_cloud_export_free(run->export);
    known_units_clear(&run->known);
}

static np_code add_line(void *self, const np_record_line *line, const np_record_trailer *trailer,
                        np_error *err)
{
    exporting *run = self;
    bool is_there = false;
    (void)trailer;
    if (line->kind == NP_RECORD_UNIT) {
        NP_TRY(is_known(&run->known, line, &is_there, err));
        run->known.count += is_there ? 1 : 0;
    }
    return is_there ? NP_OK : np_cloud_export_add(run->export, line, err);
}

static void put_summary(const cli_arguments *arguments, cli_output *output,
                        const np_cloud_summary *summary, const known_units *known)
{
    cli_put_text(output, "target", "target", arguments->to);
    cli_put_text(output, "folder", "folder", arguments->out);
    cli_put_count(output, "exported", "exported", summary->exported);
    cli_put_count(output, "refused", "refused", summary->refused);
    cli_put_count(output, "parts", "parts", summary->parts);
    if (known->store != NULL) {
        cli_put_count(output, "registered", "registered before", known->count);
    }
}

static np_code tell_refused(const cli_arguments *arguments, const np_cloud_summary *summary,
                            np_error *err)
{
    if (summary->refused == 0) {
        return NP_OK;
    }
    np_error_set(err, NP_EREJECTS, "%zu of %zu units were refused", summary->refused,
                 summary->exported + summary->refused);
    return np_error_hint(err, NP_EREJECTS, "%s/refused.json tells which, and by which rule",
                         arguments->out);
}

/* Who signs a manifest. */
typedef struct manifest_signer {
    np_signing_key key;
    cli_certificate certificate;
} manifest_signer;

static void manifest_signer_clear(manifest_signer *signer)
{
    np_signing_key_close(&signer->key);
}

static np_code load_manifest_signer(const cli_arguments *arguments, manifest_signer *ret,
                                    np_cloud_export_options *options, np_error *err)
{
    if ((arguments->manifest_key == NULL) != (arguments->manifest_cert == NULL)) {
        return np_error_set(err, NP_EUSAGE, "--manifest-key and --manifest-cert need each other");
    }
    if (arguments->manifest_key == NULL) {
        return NP_OK;
    }
    NP_TRY(cli_certificate_load(arguments->manifest_cert, &ret->certificate, err));
    NP_TRY(np_signing_key_open(arguments->manifest_key, arguments->key_passphrase_file,
                               &cli_secret_terminal, &ret->key, err));
    options->manifest_signing = &ret->key.signing;
    options->manifest_certificate = cli_certificate_der(&ret->certificate);
    return NP_OK;
}

static np_code check_usage(const cli_arguments *arguments, np_error *err)
{
    if (arguments->to == NULL) {
        return np_error_set(err, NP_EUSAGE, "--to TARGET is missing");
    }
    return arguments->out != NULL ? NP_OK : np_error_set(err, NP_EUSAGE, "--out DIR is missing");
}

static np_code export_record(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    NP_CLEANUP(cli_record_close) cli_record record = {0};
    NP_CLEANUP(manifest_signer_clear) manifest_signer signer = {.key = {.key = NULL}};
    NP_CLEANUP(exporting_clear) exporting run = {.export = NULL};
    np_cloud_export_options options = {.target = arguments->to,
                                       .folder = arguments->out,
                                       .chunk = arguments->chunk,
                                       .project = arguments->project,
                                       .identity = arguments->identity,
                                       .manifest_version = arguments->manifest_version};
    np_record_report report = {0};
    np_cloud_summary summary;
    NP_TRY(check_usage(arguments, err));
    NP_TRY(load_manifest_signer(arguments, &signer, &options, err));
    NP_TRY(cli_record_open(arguments, &record, err));
    /* Nothing is handed out from a record that does not fit together. */
    NP_TRY(cli_record_check(&record, &report, err));
    NP_TRY(load_known(arguments, &run.known, err));
    NP_TRY(np_cloud_export_open(&options, &run.export, err));
    report = (np_record_report){0};
    NP_TRY(cli_record_read(&record, add_line, &run, &report, err));
    NP_TRY(np_cloud_export_finish(run.export, &summary, err));
    put_summary(arguments, output, &summary, &run.known);
    return tell_refused(arguments, &summary, err);
}

np_code cli_cloud_export(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    return arguments->check_result != NULL ? cli_cloud_check_result(arguments, output, err)
                                           : export_record(arguments, output, err);
}
