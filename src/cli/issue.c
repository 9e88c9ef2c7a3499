/* SPDX-License-Identifier: Apache-2.0 */
#include "signer/issue.h"

#include "base/format.h"
#include "cli/command.h"
#include "cli/issue_input.h"
#include "cli/issue_output.h"
#include "cli/record.h"
#include "cli/signer_key.h"
#include <limits.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum {
    SECONDS_PER_DAY = 86400,
    GROUP = 256, /* units that are made durable at once: a disk that needs 5 ms does it in time */
    PROGRESS_UNITS = 4096, /* a few times a second; not tuned */
    DAYS_MAX = 36500,
};

typedef struct issuing {
    cli_issue_input input;
    cli_issue_output output;
    bool shows_progress;
    uint64_t count;
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
    np_signer_free(run->signer);
    cli_issue_input_close(&run->input);
    cli_issue_output_clear(&run->output);
}

static np_code read_unit(void *self, np_issue_unit *ret, bool *ret_is_end, np_error *err)
{
    return cli_issue_input_next(&((issuing *)self)->input, ret, ret_is_end, err);
}

static np_code put_group(void *self, const np_issue_group *group, np_error *err)
{
    issuing *run = self;
    for (size_t i = 0; i < group->count; i++) {
        NP_TRY(cli_issue_output_put(&run->output, &group->units[i], err));
    }
    run->count += group->count;
    if (run->shows_progress && run->count % PROGRESS_UNITS == 0) {
        fprintf(stderr, "\r%llu units", (unsigned long long)run->count);
    }
    return NP_OK;
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

/* A certificate that outlives its signer's is of use as soon as the signer's is renewed. */
static np_code prepare_template(const cli_arguments *arguments, issuing *run, np_error *err)
{
    int64_t now = (int64_t)time(NULL);
    const np_certificate *authority = np_signer_certificate(run->signer);
    const np_leaf_profile *profile = np_leaf_profile_find(arguments->profile);
    if (arguments->days > DAYS_MAX) {
        return np_error_set(err, NP_EUSAGE, "--days is 0 to %d", DAYS_MAX);
    }
    NP_TRY(np_validity_check_signer(&authority->validity, now, err));
    np_validity validity = {.not_before = np_civil_from_seconds(now)};
    validity.not_after =
        arguments->days == 0
            ? np_leaf_no_expiry()
            : np_civil_from_seconds(now + (int64_t)arguments->days * SECONDS_PER_DAY);
    return np_leaf_prepare(profile, authority, &validity, &run->template, err);
}

static np_code check_profile(const char *name, np_error *err)
{
    if (np_leaf_profile_find(name) != NULL) {
        return NP_OK;
    }
    np_error_set(err, NP_EUSAGE, "there is no profile '%s'", name);
    return np_error_hint(err, NP_EUSAGE, "device, nrf-2022 and nrf-2026 are there");
}

static np_code open_files(const cli_arguments *arguments, issuing *run,
                          char rejects_path[static PATH_MAX], np_error *err)
{
    np_format(rejects_path, PATH_MAX, "%s.rejects", arguments->out);
    const char *rejects = arguments->rejects == NULL ? rejects_path : arguments->rejects;
    NP_TRY(cli_issue_input_open(arguments->target, np_leaf_profile_find(arguments->profile),
                                arguments->subject, &run->input, err));
    return cli_issue_output_open(arguments->out, rejects, arguments->out_format, &run->output, err);
}

static np_code issue_all(issuing *run, np_issue_counts *ret_counts, np_error *err)
{
    np_issue issue = {.template = &run->template,
                      .signing = run->signing,
                      .workers = run->workers,
                      .group = GROUP,
                      .random = np_random_system(),
                      .source = read_unit,
                      .self = run,
                      .parts = {{.confirm = put_group, .self = run}},
                      .part_count = 1};
    run->shows_progress = isatty(STDERR_FILENO) != 0;
    np_code code = np_issue_run(&issue, ret_counts, err);
    if (run->shows_progress && run->count >= PROGRESS_UNITS) {
        fputs("\r", stderr);
    }
    NP_TRY(code);
    return cli_issue_output_finish(&run->output, err);
}

np_code cli_issue(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    char rejects_path[PATH_MAX];
    np_issue_counts counts;
    NP_CLEANUP(issuing_clear) issuing run = {0};
    NP_TRY(check_profile(arguments->profile, err));
    NP_TRY(cli_signer_open_authority(arguments, &run.signer, err));
    NP_TRY(prepare_template(arguments, &run, err));
    NP_TRY(prepare_workers(&run, arguments->workers, err));
    NP_TRY(open_files(arguments, &run, rejects_path, err));
    NP_TRY(issue_all(&run, &counts, err));
    cli_put_text(output, "out", "certificates", run.output.path);
    cli_put_count(output, "issued", "issued", counts.issued);
    cli_put_count(output, "refused", "refused", counts.refused);
    if (counts.refused == 0) {
        return NP_OK;
    }
    cli_put_text(output, "rejects", "refused rows", run.output.rejects_path);
    return np_error_set(err, NP_EREJECTS, "%u of %u units were refused: %s says which and why",
                        (unsigned)counts.refused, (unsigned)(counts.refused + counts.issued),
                        run.output.rejects_path);
}
