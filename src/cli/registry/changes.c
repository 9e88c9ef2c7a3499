/* SPDX-License-Identifier: Apache-2.0 */
/* `registry changes`: who has changed what, and that nobody has altered that list. */
#include "registry/changes.h"
#include "base/civil.h"
#include "base/text.h"
#include "base/wipe.h"
#include "cli/command.h"
#include "cli/record.h"
#include "cli/registry.h"
#include "cloud/fresh_file.h"

typedef struct listing {
    cli_output *output;
    json_t *list;
} listing;

static json_t *describe(const np_change *change, const char *time)
{
    return json_pack("{s:I, s:s, s:o, s:o, s:o, s:o}", "seq", (json_int_t)change->seq, "changed_at",
                     time, "who", cli_json_slice(change->who), "what", cli_json_slice(change->what),
                     "org", cli_json_slice(change->org), "subject",
                     cli_json_slice(change->subject));
}

static np_code list_one(void *self, const np_change *change, np_error *err)
{
    listing *list = self;
    char time[NP_TIME_TEXT_SIZE];
    np_format_time(change->changed_at, time);
    if (list->list != NULL) {
        return json_array_append_new(list->list, describe(change, time)) == 0
                   ? NP_OK
                   : np_error_set(err, NP_ESTATION_MEMORY, "out of memory");
    }
    cli_print(list->output, "%lld  %s  %.*s  %.*s  %.*s%s%.*s", (long long)change->seq, time,
              (int)change->who.len, (const char *)change->who.data, (int)change->what.len,
              (const char *)change->what.data, (int)change->org.len, (const char *)change->org.data,
              change->org.len == 0 ? "" : "/", (int)change->subject.len,
              (const char *)change->subject.data);
    return NP_OK;
}

np_code cli_registry_changes_list(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    NP_CLEANUP(np_store_free_at) np_store *store = NULL;
    listing list = {.output = output};
    const np_change_query query = {.org =
                                       np_bytes_text(arguments->org == NULL ? "" : arguments->org)};
    NP_TRY(cli_registry_open(arguments, &store, err));
    list.list = output->is_json ? json_array() : NULL;
    np_code code = np_change_each(store, &query, list_one, &list, err);
    cli_put_json(output, "changes", list.list);
    return code;
}

/* The last hash that somebody wrote down must be among them: what is gone at the end is found so.
 */
typedef struct anchor {
    uint8_t wanted[NP_FINGERPRINT_BYTES];
    bool is_found;
} anchor;

static np_code match_hash(void *self, const np_change *change, np_error *err)
{
    anchor *on = self;
    (void)err;
    on->is_found = on->is_found || np_bytes_equal(change->hash, NP_BYTES(on->wanted));
    return NP_OK;
}

static np_code check_head(const cli_arguments *arguments, np_store *store, np_error *err)
{
    anchor on = {0};
    const np_change_query all = {0};
    if (arguments->head == NULL) {
        return NP_OK;
    }
    if (np_parse_hex(arguments->head, on.wanted, sizeof(on.wanted), NULL) != NP_OK) {
        return np_error_set(err, NP_EUSAGE, "--head is a hash of 64 hex digits");
    }
    NP_TRY(np_change_each(store, &all, match_hash, &on, err));
    return on.is_found
               ? NP_OK
               : np_error_set(err, NP_EINPUT_FORMAT,
                              "%s: no change has this hash: changes were taken away, or the "
                              "whole list is another",
                              np_store_name(store));
}

np_code cli_registry_changes_verify(const cli_arguments *arguments, cli_output *output,
                                    np_error *err)
{
    NP_CLEANUP(np_store_free_at) np_store *store = NULL;
    np_changes_report report;
    NP_TRY(cli_registry_open(arguments, &store, err));
    NP_TRY(np_changes_verify(store, NULL, NULL, &report, err));
    if (report.is_bad) {
        np_error_set(err, NP_EINPUT_FORMAT, "%s: change %lld: %s", np_store_name(store),
                     (long long)report.bad_seq, report.reason);
        return np_error_hint(err, NP_EINPUT_FORMAT,
                             "compare with a backup: who could write to the database?");
    }
    NP_TRY(check_head(arguments, store, err));
    cli_put_count(output, "changes", "changes", report.count);
    cli_put_hex(output, "head", "head", NP_BYTES(report.head));
    return NP_OK;
}

typedef struct exporting {
    cloud_fresh_file file; /* stays closed when stdout takes it */
    cli_output *output;
} exporting;

static void exporting_clear(exporting *run)
{
    cloud_fresh_file_clear(&run->file);
}

static np_code put_line(void *self, np_bytes line, np_error *err)
{
    exporting *run = self;
    if (run->file.path != NULL) {
        return cloud_fresh_file_put_line(&run->file, line, err);
    }
    fwrite(line.data, 1, line.len, stdout);
    return fputc('\n', stdout) == '\n'
               ? NP_OK
               : np_error_set(err, NP_ESTATION_IO, "stdout cannot be written");
}

np_code cli_registry_changes_export(const cli_arguments *arguments, cli_output *output,
                                    np_error *err)
{
    NP_CLEANUP(np_store_free_at) np_store *store = NULL;
    NP_CLEANUP(exporting_clear) exporting run = {.output = output};
    np_changes_report report;
    if (arguments->out == NULL && arguments->json) {
        return np_error_set(err, NP_EUSAGE,
                            "--json needs --out: the lines themselves go to stdout "
                            "without it");
    }
    NP_TRY(cli_registry_open(arguments, &store, err));
    if (arguments->out != NULL) {
        NP_TRY(cloud_fresh_file_open(arguments->out, &run.file, err));
    }
    NP_TRY(np_changes_verify(store, put_line, &run, &report, err));
    if (report.is_bad) {
        cli_note("change %lld does not fit: %s", (long long)report.bad_seq, report.reason);
    }
    if (arguments->out == NULL) {
        return NP_OK;
    }
    NP_TRY(cloud_fresh_file_finish(&run.file, err));
    cli_put_text(output, "out", "changes", arguments->out);
    cli_put_count(output, "changes", "count", report.count);
    cli_put_hex(output, "head", "head", NP_BYTES(report.head));
    return NP_OK;
}
