/* SPDX-License-Identifier: Apache-2.0 */
#include "signer/issue.h"

#include "base/format.h"
#include "cli/command.h"
#include "cli/issue/authorization.h"
#include "cli/issue/input.h"
#include "cli/issue/journal.h"
#include "cli/issue/output.h"
#include "cli/issue/progress.h"
#include "cli/record.h"
#include "cli/signals.h"
#include "cli/signer_key.h"
#include <limits.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum {
    SECONDS_PER_DAY = 86400,
    GROUP = 256, /* units that are made durable at once: a disk that needs 5 ms does it in time */
    DAYS_MAX = 36500,
};

typedef struct issuing {
    cli_issue_input input;
    cli_issue_authorization authorization;
    cli_issue_journal journal;
    cli_issue_output output;
    cli_issue_progress progress;
    char rejects_path[PATH_MAX];
    np_record_file out_file;
    np_record_file rejects_file;
    np_record_storage out;
    np_record_storage rejects;
    np_signer *signer;
    np_leaf_template template;
    unsigned workers;
    np_p256_key *keys[NP_ISSUE_WORKERS_MAX];
    np_signing signing[NP_ISSUE_WORKERS_MAX];
} issuing;

static void issuing_clear(issuing *run)
{
    for (unsigned i = 0; i < run->workers; i++) {
        np_p256_free(run->keys[i]);
    }
    cli_issue_journal_close(&run->journal);
    cli_issue_authorization_close(&run->authorization);
    cli_issue_output_clear(&run->output);
    np_record_file_close(&run->out_file);
    np_record_file_close(&run->rejects_file);
    cli_issue_input_close(&run->input);
    np_signer_free(run->signer);
}

/* HSMs sign for any thread; a key in this process is copied for each. */
static np_code prepare_workers(issuing *run, unsigned wanted, np_error *err)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned count = wanted > 0 ? wanted : processors > 0 ? (unsigned)processors : 1;
    if (wanted > NP_ISSUE_WORKERS_MAX) {
        return np_error_set(err, NP_EUSAGE, "--workers is 1 to %d", NP_ISSUE_WORKERS_MAX);
    }
    count = count > NP_ISSUE_WORKERS_MAX ? NP_ISSUE_WORKERS_MAX : count;
    for (; run->workers < count; run->workers++) {
        np_p256_key **key = &run->keys[run->workers];
        NP_TRY(np_signer_copy_key(run->signer, key, err));
        run->signing[run->workers] =
            *key == NULL ? *np_signer_signing(run->signer) : np_signing_by_key(*key);
    }
    return NP_OK;
}

static np_code choose_validity(const np_leaf_profile *profile, unsigned days, int64_t now,
                               np_validity *ret, np_error *err)
{
    if (days > DAYS_MAX) {
        return np_error_set(err, NP_EUSAGE, "--days is 0 to %d", DAYS_MAX);
    }
    if (profile->stored_as != NULL && days > 0) {
        return np_error_set(err, NP_EUSAGE, "--days: profile %s has %d years", profile->name,
                            NP_DATES_MAX_YEARS);
    }
    if (profile->stored_as != NULL) {
        return np_validity_at(now, NP_DATES_MAX_YEARS, ret, err);
    }
    ret->not_before = np_civil_from_seconds(now);
    ret->not_after = days == 0 ? np_leaf_no_expiry()
                               : np_civil_from_seconds(now + (int64_t)days * SECONDS_PER_DAY);
    return NP_OK;
}

/* A certificate that outlives its signer's is of use as soon as the signer's is renewed. */
static np_code prepare_template(const cli_arguments *arguments, issuing *run, np_error *err)
{
    int64_t now = (int64_t)time(NULL);
    const np_certificate *authority = np_signer_certificate(run->signer);
    const np_leaf_profile *profile = np_leaf_profile_find(arguments->profile);
    np_validity validity;
    NP_TRY(np_validity_check_signer(&authority->validity, now, err));
    NP_TRY(choose_validity(profile, arguments->days, now, &validity, err));
    return np_leaf_prepare(profile, authority, &validity, &run->template, err);
}

static np_code check_profile(const char *name, np_error *err)
{
    if (np_leaf_profile_find(name) != NULL) {
        return NP_OK;
    }
    np_error_set(err, NP_EUSAGE, "there is no profile '%s'", name);
    return np_error_hint(err, NP_EUSAGE, "device, nerveskey, nrf-2022 and nrf-2026 are there");
}

/* What a run that did not end has left: see np_record_file. */
static bool has_unnamed(const char *out)
{
    char path[PATH_MAX];
    int length = snprintf(path, sizeof(path), "%s.new", out);
    return length > 0 && (size_t)length < sizeof(path) && access(path, F_OK) == 0;
}

static np_code open_output(const cli_arguments *arguments, issuing *run, np_error *err)
{
    const char *rejects = arguments->rejects == NULL ? run->rejects_path : arguments->rejects;
    np_format(run->rejects_path, sizeof(run->rejects_path), "%s.rejects", arguments->out);
    run->out = np_record_file_storage(&run->out_file, arguments->out);
    run->rejects = np_record_file_storage(&run->rejects_file, rejects);
    cli_issue_output_options options = {.format = arguments->out_format,
                                        .out = &run->out,
                                        .rejects = &run->rejects,
                                        .out_name = arguments->out,
                                        .rejects_name = rejects,
                                        .template = &run->template,
                                        .has_record = arguments->record != NULL,
                                        .was_interrupted = has_unnamed(arguments->out)};
    return cli_issue_output_open(&options, &run->output, err);
}

/* The record is opened before the output is touched: it may be of another station. */
static np_code open_files(const cli_arguments *arguments, issuing *run, np_error *err)
{
    np_bytes issuer = np_signer_certificate(run->signer)->der;
    NP_TRY(cli_issue_input_open(arguments->target, np_leaf_profile_find(arguments->profile),
                                arguments->subject, &run->input, err));
    NP_TRY(cli_issue_journal_open(arguments, issuer, &run->authorization, &run->journal, err));
    NP_TRY(
        cli_issue_authorization_begin(&run->authorization, arguments, run->journal.journal, err));
    return open_output(arguments, run, err);
}

static np_code run_all(issuing *run, np_issue_counts *ret_counts, np_error *err)
{
    np_issue issue = {.template = &run->template,
                      .signing = run->signing,
                      .workers = run->workers,
                      .group = GROUP,
                      .random = np_random_system(),
                      .source = cli_issue_input_next,
                      .self = &run->input,
                      .parts = {cli_issue_progress_part(&run->progress),
                                np_journal_part(run->journal.journal),
                                cli_issue_authorization_part(&run->authorization),
                                cli_issue_output_part(&run->output)},
                      .part_count = 4};
    sigset_t before = cli_signals_hold();
    np_code code = np_issue_run(&issue, ret_counts, err);
    cli_signals_let_through(&before);
    return code;
}

/* The station signs also for what a run has made that is interrupted now. */
static np_code issue_all(issuing *run, bool is_quiet, np_issue_counts *ret_counts, np_error *err)
{
    cli_issue_progress_begin(&run->input, !is_quiet, &run->progress);
    np_code code = run_all(run, ret_counts, err);
    cli_issue_progress_end(&run->progress);
    if (code == NP_OK || code == NP_EINTERRUPTED) {
        NP_TRY(np_journal_finish(run->journal.journal, err));
    }
    NP_TRY(code);
    return cli_issue_output_finish(&run->output, err);
}

/* Refused rows of an interrupted run that are refused no longer. */
static void drop_empty_rejects(const issuing *run)
{
    if (run->output.rejects.is_open && run->output.rejects.offset == 0) {
        unlink(run->output.rejects.name);
    }
}

static np_code report(const issuing *run, const np_issue_counts *counts, cli_output *output,
                      np_error *err)
{
    const char *rejects = run->output.rejects.name;
    for (size_t i = 0; i < run->input.ignored_count; i++) {
        cli_note("%s: '%s' is not known and was passed over", run->input.path,
                 run->input.ignored[i]);
    }
    cli_put_text(output, "out", "certificates", run->output.out.name);
    cli_put_count(output, "issued", "issued", counts->issued);
    if (counts->recorded > 0) {
        cli_put_count(output, "recorded", "recorded before", counts->recorded);
    }
    cli_put_count(output, "refused", "refused", counts->refused);
    if (counts->refused == 0) {
        return NP_OK;
    }
    cli_put_text(output, "rejects", "refused rows", rejects);
    return np_error_set(err, NP_EREJECTS, "%zu of %zu units were refused: %s says which and why",
                        (size_t)counts->refused,
                        (size_t)(counts->refused + counts->recorded + counts->issued), rejects);
}

/* Only a signer that chips can store has certificates that they can. */
static np_code open_signer(const cli_arguments *arguments, np_signer **ret, np_error *err)
{
    return np_leaf_profile_find(arguments->profile)->stored_as == NULL
               ? cli_signer_open_authority(arguments, ret, err)
               : cli_signer_open(arguments, ret, err);
}

np_code cli_issue(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    np_issue_counts counts;
    NP_CLEANUP(issuing_clear) issuing run = {.workers = 0};
    NP_TRY(check_profile(arguments->profile, err));
    NP_TRY(cli_issue_authorization_open(arguments, &run.authorization, err));
    NP_TRY(open_signer(arguments, &run.signer, err));
    NP_TRY(prepare_template(arguments, &run, err));
    NP_TRY(prepare_workers(&run, arguments->workers, err));
    NP_TRY(open_files(arguments, &run, err));
    NP_TRY(issue_all(&run, arguments->quiet, &counts, err));
    drop_empty_rejects(&run);
    return report(&run, &counts, output, err);
}
