/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/issue/journal.h"

#include "cli/recording.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

void cli_issue_journal_close(cli_issue_journal *journal)
{
    np_journal_free(journal->journal);
    np_record_file_close(&journal->record_file);
    np_record_file_close(&journal->spill_file);
    np_p256_free(journal->key);
    *journal = (cli_issue_journal){0};
}

static int64_t now(void)
{
    return (int64_t)time(NULL);
}

/* Beside the output, where there must be room anyway; without a name, so that nothing is left. */
static np_code open_spill(const char *out, cli_issue_journal *journal, np_error *err)
{
    char path[PATH_MAX];
    int length = snprintf(path, sizeof(path), "%s.index-XXXXXX", out);
    int fd = length > 0 && (size_t)length < sizeof(path) ? mkostemp(path, O_CLOEXEC) : -1;
    if (fd < 0) {
        int number = length > 0 && (size_t)length < sizeof(path) ? errno : ENAMETOOLONG;
        return np_error_set_sub(err, NP_ESTATION_IO, number,
                                "%s: no temporary file can be made beside it: %s", out,
                                strerror(number));
    }
    unlink(path);
    journal->spill = np_record_file_storage(&journal->spill_file, "temporary file");
    journal->spill_file.fd = fd;
    return NP_OK;
}

static np_code check_options(const cli_arguments *arguments,
                             const cli_issue_authorization *authorization, np_error *err)
{
    bool has_record = arguments->record != NULL;
    bool has_key = arguments->station_key != NULL;
    if (has_record ? !has_key : has_key && !authorization->is_given) {
        np_error_set(err, NP_EUSAGE, "--record and --station-key need each other");
        return np_error_hint(err, NP_EUSAGE, "nameplate station key create makes the key");
    }
    if (!has_record && arguments->batch != NULL) {
        return np_error_set(err, NP_EUSAGE, "--batch is of a record: give --record as well");
    }
    if (arguments->batch != NULL && authorization->is_given &&
        !np_bytes_equal(np_bytes_text(arguments->batch), authorization->file.terms.batch)) {
        return np_error_set(err, NP_EUSAGE, "--batch differs from that of the authorization");
    }
    return arguments->batch == NULL ? NP_OK
                                    : np_record_check_batch(np_bytes_text(arguments->batch), err);
}

static void tell_found(const char *path, const np_record_found *found)
{
    if (found->cut_bytes > 0) {
        cli_note("%s: %zu bytes that a crash had left behind were cut off", path,
                 (size_t)found->cut_bytes);
    }
    if (found->unsigned_units > 0) {
        cli_note("%s: %zu units of a run that was interrupted are there", path,
                 (size_t)found->unsigned_units);
    }
}

np_code cli_issue_journal_open(const cli_arguments *arguments, np_bytes issuer,
                               const cli_issue_authorization *authorization, cli_issue_journal *ret,
                               np_error *err)
{
    np_record_found found;
    np_journal_options options = {.issuer = issuer,
                                  .tool_version = np_bytes_text("nameplate " NP_VERSION),
                                  .origin = "imported",
                                  .now = now,
                                  .spill = &ret->spill,
                                  .limits = &np_index_usual};
    *ret = (cli_issue_journal){0};
    NP_TRY(check_options(arguments, authorization, err));
    NP_TRY(open_spill(arguments->out, ret, err));
    if (arguments->record != NULL) {
        NP_TRY(np_key_file_load(arguments->station_key, &ret->key, err));
        ret->station = np_signing_by_key(ret->key);
        ret->record = np_record_file_storage(&ret->record_file, arguments->record);
        options.record = &ret->record;
        options.station = &ret->station;
        options.station_name = np_key_file_name(arguments->station_key);
        options.batch =
            arguments->batch == NULL ? (np_bytes){NULL, 0} : np_bytes_text(arguments->batch);
    }
    if (authorization->is_given) {
        options.batch = authorization->file.terms.batch;
        options.authorization_id = np_bytes_text(authorization->file.id);
        options.head = &authorization->head;
    }
    np_code code = np_journal_open(&options, &ret->journal, &found, err);
    if (code != NP_OK && np_error_class(code) != NP_CLASS_STATION) {
        return np_error_prefix(err, code, "%s", arguments->record);
    }
    NP_TRY(code);
    tell_found(arguments->record, &found);
    return NP_OK;
}
